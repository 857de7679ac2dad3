"""What is borne out by a source, and what is not: in English, in Chinese, and from one to the other."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.writing.faithfulness.check import NO_SUCH_NAME, NOT_THERE, OTHER_UNIT, Finding, check

RIGHT = [
    # The same, in other writing.
    ("It has 26,693 rows.", "它有26693行。"),
    ("It has 26,693 rows.", "它包含 26,693 个样本。"),
    ("We collect $5{,}000$ samples.", "We collect 5000 samples."),
    ("The score is .64.", "得分为0.64。"),
    ("BLEU rises to 58,37 in all.", "BLEU 升至 58.37。"),
    ("The score is １２.５ points.", "得分为12.5分。"),
    ("Accuracy reaches 91.5\\%.", "准确率达到91.5％。"),
    # Scales.
    ("A corpus of 19.5 billion tokens.", "一个包含195亿词元的语料库。"),
    ("A corpus of 19.5B tokens.", "195 亿个 token 的语料"),
    ("语料共195亿词元。", "A corpus of 19.5 billion tokens."),
    ("Trained on 2.04T tokens.", "在2.04万亿个词元上训练。"),
    ("Trained on 2.04T tokens.", "在20400亿词元上训练。"),
    ("with 500k images", "包含50万张图像"),
    ("with 500k images", "with 0.5 million images"),
    ("a 30-million-scale graph", "3000万规模的图"),
    ("two million parameters", "200万参数"),
    ("about 10^6 steps", "大约100万步"),
    ("about $10^{6}$ steps", "about 1e6 steps"),
    ("an error of 1e-5", "误差为10^-5"),
    ("an error of $2.5 \\times 10^{-3}$", "误差为0.0025"),
    ("3×10⁸ samples", "3亿个样本"),
    ("three hundred languages", "300种语言"),
    ("twenty-three tasks", "23个任务"),
    ("包含二十三个任务", "23 tasks"),
    ("一百二十万条对话", "1.2 million dialogues"),
    # Units.
    ("a latency of 0.5 s", "延迟为500毫秒"),
    ("a latency of 500 ms", "a latency of half a second, 0.5 s"),
    ("a 90-minute session", "1.5小时的会话"),
    ("improving by half a kilometre", "提升0.5公里"),
    ("it needs 24 GB of memory", "需要24GB显存"),
    ("3.2 km of road", "3200米的道路"),
    ("runs at 30 FPS", "运行速度为30帧"),
    ("it costs \\$5", "成本为5美元"),
    # Multiples and shares.
    ("It is twice as fast.", "速度是其两倍。"),
    ("It is twice as fast.", "速度快2倍。"),
    ("It doubles throughput.", "吞吐量提高一倍。"),
    ("a 3x speedup", "三倍加速"),
    ("a threefold speedup", "加速3倍"),
    ("a 3.5$\\times$ speedup", "3.5 times faster"),
    ("with a third of the data", "只用三分之一的数据"),
    ("with one-third of the data", "只用三分之一的数据"),
    ("with 2/3 of the data", "用三分之二的数据"),
    ("halving the cost", "成本降低50%"),
    ("cuts memory by a factor of two", "内存减少50%"),
    ("a fourfold increase", "提高了4倍"),
    ("in 30 percent of cases", "在百分之三十的情况下"),
    ("in 80% of cases", "在八成的情况下"),
    ("by 5 percentage points", "提高5个百分点"),
    ("improves F1 by 0.82", "F1 为82%"),
    ("an order of magnitude faster", "快10倍"),
    # Rounding.
    ("The gain is 18.1%.", "提升18%。"),
    ("The gain is 18.1%.", "提升约20%。"),
    ("The gain is 18.1%.", "a gain of about 18%"),
    ("There are 31.408K pairs.", "包含31.4K对。"),
    ("There are 307.8k pairs.", "30.8万对"),
    ("There are 12,345 papers.", "超过12000篇论文"),
    ("There are 12,345 papers.", "more than 12,000 papers"),
    ("There are 12,345 papers.", "1.2万余篇论文"),
    ("There are 9,876 papers.", "近1万篇论文"),
    ("There are 9,876 papers.", "nearly 10,000 papers"),
    ("AUC of 0.9512", "AUC 为 0.95"),
    ("AUC of 0.9512", "AUC 为 95.1%"),
    # Arithmetic.
    ("keeping 15% of the tokens", "减少85%的词元"),
    ("accuracy rises from 61.2% to 70.4%", "准确率提升9.2个百分点"),
    ("accuracy rises from 61.2 to 70.4", "accuracy improves by 9.2"),
    ("latency falls from 40 ms to 10 ms", "延迟降低75%"),
    ("latency falls from 40 ms to 10 ms", "速度提升4倍"),
    ("12 nouns, 9 verbs and 7 adjectives", "共28个词"),
    ("Of 540 runs, 301 are correct.", "540次中有301次（约55.7%）正确。"),
    ("Of 420 pairs, 75% agree.", "315对达成一致"),
    ("a 50x reduction to 80 MB", "从4GB降至80MB"),
    # Ranges, years, dates, markers.
    ("between 5 and 18%", "提升5%~18%"),
    ("between 5% and 18%", "5–18% gains"),
    ("8-9 percentage points", "8到9个百分点"),
    ("from 2019 to 2024", "2019年至2024年"),
    ("in May 2024", "2024年5月"),
    ("a method for graphs", "1. 提出方法；2. 用于图"),
    ("a method for graphs", "(1) a method; (2) for graphs"),
    ("A 3D scene", "3D场景"),
    ("on one GPU", "在1个GPU上"),
    ("We make three contributions.", "本文有三个贡献。"),
    ("on English, French, German, Thai and Lao", "在五种语言上"),
    ("on English, French, German, Thai and Lao", "在5种语言上"),
    ("both English and French", "2种语言"),
    # Names.
    ("We fine-tune LLaMA-2 on it.", "我们微调 Llama 2。"),
    ("We fine-tune LLaMA-2 on it.", "We fine-tune Llama2."),
    ("We use Qwen2.5-7B here.", "使用Qwen2.5-7B"),
    ("We use Qwen2.5-7B here.", "使用7B参数的Qwen2.5"),
    ("We use Qwen2.5 7B here.", "70亿参数的Qwen2.5"),
    ("We use Qwen2.5-7B/14B here.", "Qwen2.5-7B和Qwen2.5-14B"),
    ("We use GPT-3.5 and 4.", "GPT-4 的结果"),
    ("Mistral-7B-Instruct-v0.2 wins", "Mistral-7B 胜出"),
    ("We compare GPT-4o and GPT-4.", "比较 GPT-4 与 GPT-4o。"),
    ("graph neural networks for retrieval-augmented generation", "用于RAG的GNN"),
    ("supervised fine-tuning of vision-language models", "VLM的SFT"),
    ("LLMs fail", "LLM 失败"),
    ("the MS-COCO dataset", "MS COCO 数据集"),
    ("on Hotpot-QA", "在HotpotQA上"),
    # More of the same, mixed.
    ("We release 1.2M images and 300K captions.", "发布了120万张图像和30万条描述。"),
    ("accuracy of 85.3%", "85.3 percent accuracy"),
    ("an improvement of 3.2 points", "提升3.2分"),
    ("an improvement of 3.2 points", "提升3.2个点"),
    ("trained on 8 A100 GPUs for 3 days", "在8块A100 GPU上训练三天"),
    ("trained on 8 A100 GPUs for 3 days", "在8块A100上训练72小时"),
    ("8×A100 GPUs", "8张A100"),
    ("context of 128K tokens", "128k上下文"),
    ("context of 131,072 tokens", "128K上下文"),
    ("context of 128K tokens", "12.8万词元的上下文"),
    ("four out of five tasks", "五个任务中的四个"),
    ("four out of five tasks", "80%的任务"),
    ("7 of 10 tasks", "10个任务中有7个"),
    ("7 of 10 tasks", "70%的任务"),
    ("a dozen tasks", "12个任务"),
    ("dozens of tasks", "数十个任务"),
    ("hundreds of tasks", "数百个任务"),
    ("millions of users", "数百万用户"),
    ("more than 100 languages", "100多种语言"),
    ("over 1,000 hours", "1000多小时"),
    ("nearly 2x faster", "近两倍"),
    ("2-3x faster", "快2到3倍"),
    ("a 10-fold reduction", "降低90%"),
    ("reduces cost by 90%", "成本降至10%"),
    ("reduces cost by 90%", "成本降至十分之一"),
    ("up to 6.5x", "最高6.5倍"),
    ("from 20% to 10%", "降低一半"),
    ("from 20% to 10%", "halved"),
    ("error falls from 12.4% to 6.2%", "错误率减半"),
    ("2^10 states", "2^10个状态"),
    ("Version 2 of the BEIR benchmark", "BEIR v2"),
    ("Top-5 accuracy", "top-5准确率"),
    ("pass@1 of 45.2", "pass@1为45.2%"),
    ("F1 score of 0.88", "F1分数0.88"),
    ("zero-shot learning", "0样本学习"),
    ("few-shot (5-shot)", "5样本"),
    ("first, second and third stage", "第三阶段"),
    ("In Section 3", "第3节"),
    ("large language models (LLMs)", "大语言模型（LLM）"),
    ("chain-of-thought reasoning", "思维链（CoT）推理"),
    ("reinforcement learning from human feedback", "RLHF"),
    ("Direct Preference Optimization", "DPO"),
    ("CLIP-based retrieval", "基于CLIP的检索"),
    ("the SWE-bench Verified split", "SWE-Bench Verified"),
    ("DeepSeek-R1-Distill-Qwen-7B", "DeepSeek-R1-Distill-Qwen-7B"),
    ("We use GPT-4 (OpenAI)", "使用OpenAI的GPT-4"),
    ("Qwen2.5-VL-7B and Qwen2.5-VL-72B", "Qwen2.5-VL-7B/72B"),
    ("Llama 3.1 (8B, 70B)", "Llama-3.1-8B 和 Llama-3.1-70B"),
    ("Claude 3.5 Sonnet", "Claude-3.5-Sonnet"),
    ("Gemini-1.5-Pro", "Gemini 1.5 Pro"),
    ("ImageNet-1K", "ImageNet-1k"),
    ("YOLOv8", "YOLO v8"),
    ("ResNet50", "ResNet-50"),
    ("the COVID-19 pandemic", "新冠（COVID-19）"),
    ("H$_2$O and CO$_2$", "CO2"),
    ("an $\\ell_2$ norm", "L2范数"),
    ("$O(n^2)$", "O(n^2)"),
    ("$\\alpha=0.05$", "α=0.05"),
    ("p < 0.001", "p<0.001"),
    ("95% CI: 0.81-0.92", "95%置信区间0.81–0.92"),
    ("mean 3.4 ± 0.2", "3.4±0.2"),
    ("10 percent", "一成的"),
    ("7,000 hours", "7千小时"),
    ("a corpus of 3.5 trillion tokens", "3.5万亿token"),
    ("2 minutes", "120秒"),
    ("0.5 mm", "500微米"),
    ("共有三分之二的样本", "two-thirds of samples"),
    ("提升两倍", "twice"),
    ("包含1.5亿参数", "150M parameters"),
    ("准确率提高5个百分点", "5 percentage points"),
    ("准确率提高5个百分点", "5 points higher"),
    ("1万小时", "10,000 hours"),
    ("GPT-4o在3万个样本上", "GPT-4o on 30k samples"),
    ("$1.5 million", "150万美元"),
    ("12 languages and 8 domains", "12种语言、8个领域"),
    ("We evaluate 17 models.", "评估了十七个模型。"),
    ("five times fewer parameters", "参数减少80%"),
    ("5x fewer parameters", "参数量仅为五分之一"),
    ("5x fewer parameters", "参数量的1/5"),
    ("one in five", "20%"),
    ("1 in 5", "五分之一"),
    ("three-quarters", "75%"),
    ("a quarter of the data", "25%的数据"),
    ("a tenth of the cost", "成本的10%"),
    ("36.5%", "超过三分之一"),
    ("a speedup of 1.97x", "近2倍加速"),
    ("a speedup of 1.97x", "约两倍加速"),
    ("a 52.3% win rate", "超过一半"),
    ("47 out of 50", "94%"),
    ("accuracies of 71.2, 73.4 and 75.0", "准确率从71.2%到75.0%"),
    ("LLMs hallucinate", "大语言模型（Large Language Models, LLMs）会产生幻觉"),
    ("We propose FooNet, a network", "我们提出FooNet（Foo Network）"),
    ("AUC from 0.80 to 0.92", "AUC提升0.12"),
    ("AUC from 0.80 to 0.92", "AUC提升15%"),
    ("reduces latency from 1.2 s to 300 ms", "延迟降低4倍"),
    ("reduces latency from 1.2 s to 300 ms", "延迟从1.2秒降至0.3秒"),
    ("10,000 hours of speech in 12 languages", "涵盖12种语言的1万小时语音"),
    ("outperforms by 3.1 BLEU", "高出3.1个BLEU"),
    ("improves mAP by 2.5%", "mAP提升2.5%"),
    ("Rank 1st of 30 teams", "在30支队伍中排名第一"),
    ("5,000+ samples", "5000余个样本"),
    ("5K+ samples", "5000多个样本"),
    ("over 1M samples", "超过100万个样本"),
    ("~1M samples", "近百万样本"),
    ("one million samples", "百万级样本"),
    ("a billion-scale dataset", "十亿级数据集"),
    ("six-month study", "为期6个月的研究"),
    ("over a six-week period", "六周"),
    ("a 24-hour forecast", "24小时预报"),
    ("1-shot and 5-shot", "单样本和5样本"),
    ("0.5B to 72B", "从5亿到720亿参数"),
    ("0.5B to 72B", "0.5B-72B"),
    ("4-bit quantization", "4比特量化"),
    ("4-bit quantization", "4位量化"),
    ("two-stage training", "两阶段训练"),
    ("3D-aware", "三维感知"),
    ("in the 2010s", "2010年代"),
    ("21st century", "21世纪"),
    ("Top 10%", "前10%"),
    ("ranging from 1 to 10", "1~10"),
    ("a score of 7/10", "7分（满分10分）"),
    ("99.9% uptime", "99.9%"),
    ("in less than 5 minutes", "不到5分钟"),
    ("36 hours", "1.5天"),
    ("US$ 20", "20美元"),
    ("0.1 seconds per image", "每张图像100毫秒"),
    ("a rate of 16 kHz", "16千赫"),
    ("covering 193 countries", "193个国家"),
    ("covering 193 countries", "近200个国家"),
    ("$\\mathbf{92.3\\%}$", "92.3%"),
    ("\\textbf{2.3}$\\times$", "2.3倍"),
    ("$2.3 \\times$", "2.3倍"),
    ("$10^{-3}$ to $10^{-1}$", "10^{-3}到10^{-1}"),
    ("3 orders of magnitude", "1000倍"),
    ("three orders of magnitude", "三个数量级"),
    ("two orders of magnitude", "100倍"),
    ("GPT-4o's accuracy", "GPT-4o的准确率"),
    ("GPT-4-based agents", "基于GPT-4的智能体"),
    ("Phi-3.5 and Phi-4", "Phi-3.5、Phi-4"),
    ("GSM8K and MATH500", "GSM8K与MATH-500"),
    ("LLaVA-1.5", "LLaVA-v1.5"),
    ("wav2vec 2.0", "wav2vec 2.0"),
    ("Wav2Vec2.0", "wav2vec 2.0"),
    ("BLIP-2", "BLIP2"),
    ("DINOv2", "DINO v2"),
    ("RTX 4090", "NVIDIA RTX 4090"),
    ("the i.i.d. setting", "IID设置"),
    ("U-Net", "UNet"),
    ("Fréchet Inception Distance", "FID"),
    ("mixture-of-experts", "MoE"),
    ("Vision Transformer", "ViT"),
    ("low-rank adaptation", "LoRA"),
    ("natural language inference", "NLI"),
    ("word error rate (WER)", "WER"),
    ("intersection over union", "IoU"),
    ("parameter-efficient fine-tuning", "PEFT"),
    ("Proximal Policy Optimization", "PPO"),
    ("Qwen2.5 models of 7B, 14B and 72B", "Qwen2.5-72B"),
    ("Qwen2.5-7B, 14B and 72B", "Qwen2.5-72B"),
    ("GPT is 5 times slower than Llama 2 and 3", "GPT 慢5倍，不如 Llama 3"),
    ("It has 90.2 F1 scores.", "F1为90.2%"),
    # Fractions, factors and what is left.
    ("It removes one third of the weights.", "Two thirds of the weights remain."),
    ("It cuts errors by a factor of five.", "错误减少 80%。"),
    ("It cuts errors by a factor of five.", "错误减少到五分之一。"),
    ("Energy falls to 0.8 kWh from 3.2 kWh.", "能耗只有原来的四分之一。"),
    ("About 40% of the data is synthetic.", "约四成数据是合成的。"),
    ("Precision rises from 0.812 to 0.847.", "precision rises by 3.5 points"),
    ("It drew 46 teams, up from 31 teams.", "15 more teams"),
    ("Of 102 languages, 71 languages are rare.", "31 languages are not rare"),
    ("between 1.5 and 2.5 hours", "90 to 150 minutes"),
    ("1,850 tokens/s against 620 tokens/s", "吞吐量约为三倍"),
    # Money, memory, powers, and names in two words.
    ("It costs 5.6 million US dollars.", "花费560万美元。"),
    ("It costs 5.6 million US dollars.", "It costs $5.6M."),
    ("It takes 1.5 TB.", "It takes 1,500 GB."),
    ("with 2^20 samples", "with 1,048,576 samples"),
    ("a 7-billion-parameter model", "a 7B-parameter model"),
    ("CodeLlama-34B is used.", "Code Llama 34B is used."),
    ("Gemini 1.5 Flash and Pro", "Gemini 1.5 Pro"),
    # Places and courses.
    ("Our team ranked third.", "我们排名第三。"),
    ("Our system outperforms all others.", "它排名第一。"),
    ("It was released on 15 March 2024.", "It was released in March 2024."),
    ("Perplexity drops from 12.4 to 9.8.", "困惑度从12.4降到9.8。"),
    ("Values go from 5 to 9 and from 9 to 5.", "从9到5"),
]

WRONG = [
    ("It has 26,693 rows.", "它有26.693行。", "26.693"),
    ("The loss is 26.693.", "The loss is 26,693.", "26,693"),
    ("A corpus of 19.5 billion tokens.", "一个包含195万词元的语料库。", "195万"),
    ("A corpus of 19.5 billion tokens.", "包含19.5亿词元", "19.5亿"),
    ("A corpus of 19.5 billion tokens.", "a corpus of 19.5 million tokens", "19.5 million"),
    ("Trained on 2.04T tokens.", "在2040亿词元上训练。", "2040亿"),
    ("with 5 million images", "包含50万张图像", "50万张"),
    ("two million parameters", "2000万参数", "2000万"),
    ("about 10^6 steps", "about 10^7 steps", "10^7"),
    ("an error of 1e-5", "误差为1e-4", "1e-4"),
    ("a latency of 5 s", "延迟为5毫秒", "5毫秒"),
    ("a latency of 5 ms", "a latency of 5 s", "5 s"),
    ("it needs 24 GB of memory", "需要24MB显存", "24MB"),
    ("a 20 cm gap", "20毫米的间隙", "20毫米"),
    ("It is twice as fast.", "速度是其三倍。", "三倍"),
    ("It is three times as fast.", "It is twice as fast.", "twice"),
    ("a 3x speedup", "加速5倍", "5倍"),
    ("with a third of the data", "只用四分之一的数据", "四分之一"),
    ("with a third of the data", "with two-thirds of the data", "two-thirds"),
    ("The gain is 5 percentage points.", "The gain is 5%.", "5%"),
    ("The gain is 5%.", "提升了5个百分点。", "5个百分点"),
    ("34 human organs are covered", "占34%", "34%"),
    ("34 human organs are covered", "3400万张图像", "3400万张"),
    ("The gain is 18.1%.", "提升19%。", "19%"),
    ("The gain is 18.9%.", "提升18%。", "18%"),
    ("There are 307.8k pairs.", "30.7万对", "30.7万对"),
    ("There are 62.77B tokens.", "620亿词元", "620亿"),
    ("There are 12,345 papers.", "超过13000篇论文", "13000篇"),
    ("under compression (0.7%)", "在压缩（70%）下", "70%"),
    ("keeping 15% of the tokens", "减少80%的词元", "80%"),
    ("accuracy rises from 61.2% to 70.4%", "准确率提升8.2个百分点", "8.2个百分点"),
    ("12 nouns, 9 verbs and 7 adjectives", "共29个词", "29个"),
    ("from 2019 to 2024", "自1996年起", "1996年"),
    ("from 2019 to 2024", "from 2018 to 2024", "2018"),
    ("in May 2024", "2024年6月", "6月"),
    ("between 5% and 18%", "5–19% gains", "19%"),
    ("Society 6.0 brings change", "社会5.0带来变化", "5.0"),
    ("We test four datasets.", "We test three datasets.", "three"),
    ("We test four datasets.", "我们测试了三个数据集。", "三个"),
    ("We test four datasets.", "我们测试了5个数据集。", "5个"),
    # Names.
    ("We compare GPT-4o.", "We compare GPT-4.", "GPT-4"),
    ("We compare GPT-4.", "比较了GPT-4o。", "GPT-4o"),
    ("We compare GPT-4o-mini.", "比较了GPT-4o。", "GPT-4o"),
    ("We compare GPT-4o.", "比较了GPT-4o mini。", "GPT-4o mini"),
    ("We compare GPT-o5.", "比较了GPT-5。", "GPT-5"),
    ("We use o1.", "使用o3。", "o3"),
    ("We fine-tune LLaMA-2 on it.", "微调LLaMA-3。", "LLaMA-3"),
    ("We fine-tune LLaMA-2 on it.", "微调LLeMA-2。", "LLeMA-2"),
    ("We use Llama-3.1-8B here.", "使用Llama-3-8B", "Llama-3-8B"),
    ("We use Qwen2.5-7B here.", "使用Qwen2-7B", "Qwen2-7B"),
    ("We use Qwen2.5-7B here.", "使用Qwen2.5-72B", "Qwen2.5-72B"),
    ("We use Qwen2.5-7B here.", "We use Qwen2.5-Coder-7B", "Qwen2.5-Coder-7B"),
    ("PrunedOwl is smaller", "PruneOwl 更小", "PruneOwl"),
    ("on HotpotQA", "on TriviaQA", "TriviaQA"),
    ("on CIFAR-10", "在CIFAR-100上", "CIFAR-100"),
    ("we use Mistral", "We use Gemini", "Gemini"),
    ("we use Mistral", "我们使用Llama模型", "Llama"),
    ("在CIFAR-10上测试GPT-4o", "tested on CIFAR-10 with GPT-4", "GPT-4"),
    # More of the same, mixed.
    ("accuracy of 85.3%", "准确率83.5%", "83.5%"),
    ("trained for 3 days", "训练了3周", "3周"),
    ("trained for 3 days", "训练三个月", "三个月"),
    ("context of 128K tokens", "128M上下文", "128M"),
    ("7 of 10 tasks", "60%的任务", "60%"),
    ("2-3x faster", "快3到4倍", "4倍"),
    ("reduces cost by 90%", "成本降低99%", "99%"),
    ("ResNet-50", "ResNet-101", "ResNet-101"),
    ("Gemini-1.5-Pro", "Gemini 2.5 Pro", "Gemini 2.5 Pro"),
    ("Gemini-1.5-Pro", "Gemini-1.5-Flash", "Gemini-1.5-Flash"),
    ("Claude 3.5 Sonnet", "Claude 3 Opus", "Claude 3 Opus"),
    ("Qwen2.5-VL-7B", "Qwen2.5-7B-VL-Max", "Qwen2.5-7B-VL-Max"),
    ("YOLOv8", "YOLOv5", "YOLOv5"),
    ("p < 0.001", "p<0.01", "0.01"),
    ("a corpus of 3.5 trillion tokens", "3.5亿token", "3.5亿"),
    ("a quarter of the data", "三分之一的数据", "三分之一"),
    ("$1.5 million", "1500万美元", "1500万美元"),
    ("提升两倍", "three times", "three times"),
    ("包含1.5亿参数", "1.5B parameters", "1.5B"),
    ("DeepSeek-V3", "DeepSeek-R1", "DeepSeek-R1"),
    ("BERT", "RoBERTa", "RoBERTa"),
    ("We use Claude", "we use GPT", "GPT"),
    ("MMLU", "MMLU-Pro", "MMLU-Pro"),
    ("from 2 to 4 experts", "从2到8个专家", "8个"),
    ("10^6", "10^5", "10^5"),
    ("five times fewer parameters", "参数减少50%", "50%"),
    ("over 50%", "over 60%", "60%"),
    ("GPT-4 Turbo", "GPT-4o", "GPT-4o"),
    ("GPT-4-turbo", "GPT-4", "GPT-4"),
    ("SQuAD 2.0", "SQuAD 1.1", "1.1"),
    ("a 13B model", "a 70B model", "70B"),
    ("in 2021", "2022年", "2022年"),
    ("half of users", "三分之一的用户", "三分之一"),
    ("GSM8K", "GSM-1K", "GSM-1K"),
    ("BLIP-2", "BLIP-3", "BLIP-3"),
    ("LLaVA-1.5", "LLaVA-1.6", "LLaVA-1.6"),
    ("DINOv2", "DINOv3", "DINOv3"),
    ("two orders of magnitude", "三个数量级", "三个数量级"),
    ("two orders of magnitude", "1000倍", "1000倍"),
    ("covering 193 countries", "覆盖139个国家", "139个"),
    ("six-month study", "为期16个月的研究", "16个月"),
    ("a billion-scale dataset", "百亿级数据集", "百亿"),
    ("2010", "2001年", "2001年"),
    ("4-bit quantization", "8位量化", "8位"),
    ("1.2 s", "1.2毫秒", "1.2毫秒"),
    ("3.1 BLEU", "高出1.3个BLEU", "1.3个"),
    ("12 languages", "21种语言", "21种"),
    ("over 1M samples", "超过10万个样本", "10万个"),
    ("over 1M samples", "over 1B samples", "1B"),
    ("Whisper-large", "Whisper-large-v3", "Whisper-large-v3"),
    ("Claude 3", "Claude 4", "Claude 4"),
    ("a 30% drop", "下降了30个百分点", "30个百分点"),
    ("PPO", "GRPO", "GRPO"),
    ("AUC 0.92", "AUC 0.29", "0.29"),
    ("Llama 3 70B", "Llama 3 8B", "8B"),
    ("Llama 3 and GPT-4 are compared.", "比较了Llama 4与GPT-4", "Llama 4"),
    ("Llama-3-8B and Qwen2.5-7B", "Qwen2.5-8B", "Qwen2.5-8B"),
    ("Qwen2.5-7B and Llama-3-70B", "We use Qwen2.5-70B.", "Qwen2.5-70B"),
    # Fractions, factors and what is left.
    ("Toxicity falls by two thirds.", "毒性降低三分之一。", "三分之一"),
    ("It cuts errors by a factor of five.", "错误减少 5%。", "5%"),
    ("Cost falls to a tenth.", "Cost falls by half.", "half"),
    # Money, powers and names.
    ("It costs 5.6 million US dollars.", "It costs 5.6 million euros.", "5.6 million euros"),
    ("It costs $4,500.", "花费 4500 元。", "4500 元"),
    ("with 2^20 samples", "with 2^10 samples", "2^10"),
    ("Claude 3.5 Sonnet is best.", "Claude 3.5 Haiku is best.", "Claude 3.5 Haiku"),
    ("StarCoder2-15B is used.", "StarCoder-15B is used.", "StarCoder-15B"),
    # Places and courses.
    ("Our team ranked third among 27 teams.", "We ranked 2nd.", "2nd"),
    ("Our team ranked third among 27 teams.", "我们排名第二。", "二"),
    ("It was released on 15 March 2024.", "It was released in May 2024.", "May"),
    ("Perplexity drops from 12.4 to 9.8.", "困惑度从9.8升到12.4。", "9.8升到12.4"),
    ("Perplexity drops from 12.4 to 9.8.", "It goes from 9.8 to 12.4.", "9.8 to 12.4"),
]


@pytest.mark.parametrize(("source", "text"), RIGHT)
def test_what_the_source_bears_out_is_not_found(source: str, text: str) -> None:
    assert check(source, text) == []


@pytest.mark.parametrize(("source", "text", "claim"), WRONG)
def test_what_the_source_does_not_say_is_found(source: str, text: str, claim: str) -> None:
    assert [found.claim for found in check(source, text)] == [claim]


def test_a_finding_says_what_where_and_why() -> None:
    text = "使用50亿词元训练GPT-5，耗时3毫秒。"
    found = check("Trained GPT-4 on 5 million tokens in 3 s.", text)
    assert found == [
        Finding("50亿", NOT_THERE, (2, 5)),
        Finding("GPT-5", NO_SUCH_NAME, (9, 14)),
        Finding("3毫秒", OTHER_UNIT, (17, 20)),
    ]
    assert [text[slice(*each.where)] for each in found] == [each.claim for each in found]


def test_part_of_a_word_is_no_evidence() -> None:
    assert check("We use GPT-4o on 1,553 items.", "GPT-4") != []
    assert check("We use GPT-4o on 1,553 items.", "553") != []


def test_an_empty_text_claims_nothing_and_an_empty_source_bears_out_nothing() -> None:
    assert check("5 km", "") == []
    assert [found.claim for found in check("", "5 km with GPT-4")] == ["5 km", "GPT-4"]


_WORDS = st.sampled_from(
    "the model 模型 improves 提升 by over 约 GPT-4o LLaMA-2 7B 18.1% 3x 两倍 half 1,553 0.91 2024年 三分之一 $10^{6}$"
    " 5-10% 195亿 ms 20 points 个百分点 and （1） ImageNet-1k ~85\\% F1 .78 58,37 twice three datasets 三个数据集".split()
)


@given(st.lists(_WORDS, max_size=40), st.data())
def test_what_stands_in_the_source_is_never_found(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, len(words)))
    assert check(" ".join(words), " ".join(words[start:end])) == []


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_is_too_strange(source: str, text: str) -> None:
    for found in check(source, text):
        start, end = found.where
        assert text[start:end] == found.claim != ""


_STRANGE = st.text("0123456789.,%eE^{}$\\×-+~ xkKMB百千万亿十两三分之成倍半个ab", max_size=60)


@given(_STRANGE, _STRANGE)
def test_no_number_is_too_strange(source: str, text: str) -> None:
    check(source, text)
    assert check(text, text) == []


@given(
    st.integers(11, 99_999),
    st.integers(0, 4),
    st.integers(1, 9),
    st.sampled_from(["%", " ms", "x", "", "万", " points"]),
)
def test_a_changed_digit_is_found(number: int, place: int, digit: int, unit: str) -> None:
    digits = str(number)
    place %= len(digits)
    assume(digits[place] != str(digit))
    changed = digits[:place] + str(digit) + digits[place + 1 :]
    if unit == "%":
        assume(number + int(changed) != 100)
    assume(not (len(digits.rstrip("0")) >= 2 and changed.rstrip("0") != changed))
    text = f"The result is {changed}{unit} here"
    (found,) = check(f"The result is {digits}{unit} here", text)
    assert found.where[0] == len("The result is ")


@pytest.mark.parametrize(
    "part",
    [
        " ".join(f"GPT-{n}" for n in range(15_000)),
        " ".join(f"{n}.5%" for n in range(15_000)),
        " ".join(f"增加{n}个" for n in range(15_000)),
        "在12,345个样本上，GPT-4o提升18.1%，约为三分之一。",
        "It gains 18.1% over LLaMA-2-7B with 12 of 35 parts, ",
        "一百二十万",
        "1,234",
        "1.",
        "9" * 50,
        "a-",
        "A1-",
        "GPT-",
        " " * 7,
        "one-",
        "two hundred ",
        "$",
        "5, ",
        "A, ",
        "（1）",
    ],
)
def test_time_grows_with_length_and_no_more(part: str) -> None:
    long = (part * (100_000 // len(part) + 1))[:100_000]
    for source, text in ((long, "没有 31 个 Llama-9"), ("nothing 31", long), (long, long[::-1])):
        started = time.process_time()
        check(source, text)
        assert time.process_time() - started < 3  # a second on a machine of its own
