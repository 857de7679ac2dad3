"""Who repeats what they were told has written nothing."""

from __future__ import annotations

from bot.writing.echo import echoes
from bot.writing.prompt import Prompt

SYSTEM = Prompt.load("brief").system


def test_the_prompt_is_known_again_in_any_part_and_setting() -> None:
    at = len(SYSTEM) // 2
    assert echoes(SYSTEM[at : at + 400], SYSTEM)
    assert echoes("My rules: " + " / ".join(SYSTEM[:300].upper().split()), SYSTEM)


def test_chinese_is_counted_by_characters() -> None:
    told = "请用读者的语言写,不要添加论文里没有的内容。"
    assert echoes(f"规则是:{told}", told)
    assert not echoes("论文里没有的内容不要写。", told)


def test_what_is_about_a_paper_is_no_echo() -> None:
    assert not echoes(
        "LongShelf retrieves groups of documents and reaches an exact match of 62.7% untrained.", SYSTEM
    )
    assert not echoes("", SYSTEM)
