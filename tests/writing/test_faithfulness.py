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
    ("The score is .78.", "得分为0.78。"),
    ("BLEU rises to 72,64 in all.", "BLEU 升至 72.64。"),
    ("The score is １２.５ points.", "得分为12.5分。"),
    ("Accuracy reaches 91.5\\%.", "准确率达到91.5％。"),
    # Scales.
    ("A corpus of 19.5 billion tokens.", "一个包含195亿词元的语料库。"),
    ("A corpus of 19.5B tokens.", "195 亿个 token 的语料"),
    ("语料共195亿词元。", "A corpus of 19.5 billion tokens."),
    ("Trained on 1.08T tokens.", "在1.08万亿个词元上训练。"),
    ("Trained on 1.08T tokens.", "在10800亿词元上训练。"),
    ("with 500k images", "包含50万张图像"),
    ("with 500k images", "with 0.5 million images"),
    ("a 10-million-scale graph", "1000万规模的图"),
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
    ("improving by half a centimeter", "提升0.5厘米"),
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
    ("There are 24.602K pairs.", "包含24.6K对。"),
    ("There are 206.8k pairs.", "20.7万对"),
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
    ("17 nouns, 8 verbs and 14 adjectives", "共39个词"),
    ("Of 335 runs, 199 are correct.", "335次中有199次（约59.4%）正确。"),
    ("Of 318 pairs, 80% agree.", "254对达成一致"),
    ("a 70x reduction to 60 MB", "从4.2GB降至60MB"),
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
]

WRONG = [
    ("It has 26,693 rows.", "它有26.693行。", "26.693"),
    ("The loss is 26.693.", "The loss is 26,693.", "26,693"),
    ("A corpus of 19.5 billion tokens.", "一个包含195万词元的语料库。", "195万"),
    ("A corpus of 19.5 billion tokens.", "包含19.5亿词元", "19.5亿"),
    ("A corpus of 19.5 billion tokens.", "a corpus of 19.5 million tokens", "19.5 million"),
    ("Trained on 1.08T tokens.", "在1080亿词元上训练。", "1080亿"),
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
    ("There are 206.8k pairs.", "20.6万对", "20.6万对"),
    ("There are 84.88B tokens.", "840亿词元", "840亿"),
    ("There are 12,345 papers.", "超过13000篇论文", "13000篇"),
    ("under compression (0.9%)", "在压缩（90%）下", "90%"),
    ("keeping 15% of the tokens", "减少80%的词元", "80%"),
    ("accuracy rises from 61.2% to 70.4%", "准确率提升8.2个百分点", "8.2个百分点"),
    ("17 nouns, 8 verbs and 14 adjectives", "共40个词", "40个"),
    ("from 2019 to 2024", "自1996年起", "1996年"),
    ("from 2019 to 2024", "from 2018 to 2024", "2018"),
    ("in May 2024", "2024年6月", "6月"),
    ("between 5% and 18%", "5–19% gains", "19%"),
    ("Industry 5.0 brings change", "工业4.0带来变化", "4.0"),
    ("We test four datasets.", "We test three datasets.", "three"),
    ("We test four datasets.", "我们测试了三个数据集。", "三个"),
    ("We test four datasets.", "我们测试了5个数据集。", "5个"),
    # Names.
    ("We compare GPT-4o.", "We compare GPT-4.", "GPT-4"),
    ("We compare GPT-4.", "比较了GPT-4o。", "GPT-4o"),
    ("We compare GPT-4o-mini.", "比较了GPT-4o。", "GPT-4o"),
    ("We compare GPT-4o.", "比较了GPT-4o mini。", "GPT-4o mini"),
    ("We compare GPT-o3.", "比较了GPT-3。", "GPT-3"),
    ("We use o1.", "使用o3。", "o3"),
    ("We fine-tune LLaMA-2 on it.", "微调LLaMA-3。", "LLaMA-3"),
    ("We fine-tune LLaMA-2 on it.", "微调LaMMA-2。", "LaMMA-2"),
    ("We use Llama-3.1-8B here.", "使用Llama-3-8B", "Llama-3-8B"),
    ("We use Qwen2.5-7B here.", "使用Qwen2-7B", "Qwen2-7B"),
    ("We use Qwen2.5-7B here.", "使用Qwen2.5-72B", "Qwen2.5-72B"),
    ("We use Qwen2.5-7B here.", "We use Qwen2.5-Coder-7B", "Qwen2.5-Coder-7B"),
    ("SlicedPhi is smaller", "SlicePhi 更小", "SlicePhi"),
    ("on HotpotQA", "on TriviaQA", "TriviaQA"),
    ("on CIFAR-10", "在CIFAR-100上", "CIFAR-100"),
    ("we use Mistral", "We use Gemini", "Gemini"),
    ("we use Mistral", "我们使用Llama模型", "Llama"),
    ("在CIFAR-10上测试GPT-4o", "tested on CIFAR-10 with GPT-4", "GPT-4"),
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
    " 5-10% 195亿 ms 20 points 个百分点 and （1） ImageNet-1k ~85\\% F1 .78 72,64 twice three datasets 三个数据集".split()
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


@given(st.integers(11, 99_999), st.integers(0, 4), st.integers(1, 9), st.sampled_from(["%", " ms", "x", "", "万", " points"]))
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
        assert time.process_time() - started < 4  # a second on a machine of its own
