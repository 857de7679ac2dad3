"""What a text counts: the same things in English and Chinese."""

from __future__ import annotations

import re

from bot.writing.faithfulness.numbers import Number

_THINGS = (
    "dataset|corpora|corpus 数据集|语料库",
    "benchmark 基准",
    "task 任务",
    "model 模型",
    "language 语言",
    "domain 领域",
    "contribution 贡献",
    "stage|phase 阶段",
    "step 步骤",
    "component 组件|组成部分",
    "module 模块",
    "categor|class 类别",
    "experiment 实验",
    "scenario 场景",
    "agent 智能体|代理",
    "layer 层",
    "question 问题",
    "challenge 挑战",
    "dimension 维度",
    "metric 指标",
    "participant 参与者",
    "baseline 基线",
    "modalit 模态",
    "strateg 策略",
    "method|approach 方法",
    "paper|stud 论文|研究",
    "annotator 标注者|标注员",
    "expert 专家",
    "factor 因素",
    "famil 家族|系列",
    "variant 变体",
    "principle 原则",
    "aspect 方面",
    "countr 国家",
    "institution 机构",
    "tool 工具",
    "attack 攻击",
)
_ENGLISH = {word: n for n, thing in enumerate(_THINGS) for word in thing.split(" ")[0].split("|") if word}
_CHINESE = {word: n for n, thing in enumerate(_THINGS) for word in thing.rsplit(" ", 1)[1].split("|")}
_AFTER_ENGLISH = re.compile(
    r"[ -](?:(?!(?:of|in|on|and|or|to|for|with|by|at|from|than|is|are)\b)[A-Za-z][A-Za-z-]* ){0,3}?"
    rf"(?P<word>{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})(?:s|es|ies|y)\b"
)
_AFTER_CHINESE = re.compile(
    rf"[^，。；、,.;:：\d和与]{{0,6}}?(?P<word>{'|'.join(sorted(_CHINESE, key=len, reverse=True))})"
)


def thing(number: Number, text: str) -> int | None:
    """Return what plain `text` counts with the number, as the same value for the same thing; None if unknown."""
    if found := _AFTER_ENGLISH.match(text, number.end):
        return _ENGLISH[found["word"]]
    if found := _AFTER_CHINESE.match(text, number.end):
        return _CHINESE[found["word"]]
    return None
