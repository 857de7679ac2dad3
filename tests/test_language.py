"""Languages as people name them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnknownLanguage
from bot.language import ENGLISH, TAGS, Language


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("Chinese", "zh-Hans"),
        ("中文", "zh-Hans"),
        ("简体中文", "zh-Hans"),
        ("Simplified Chinese", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("zh_TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("繁體中文", "zh-Hant"),
        ("Traditional Chinese", "zh-Hant"),
        ("German", "de"),
        ("deutsch", "de"),
        ("德语", "de"),
        ("in French", "fr"),
        ("pt-BR", "pt"),
        ("ＥＮ", "en"),
        ("日本語", "ja"),
        ("Español", "es"),
    ],
)
def test_names_and_codes(said: str, tag: str) -> None:
    assert Language.parse(said).tag == tag


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_is_found_by_its_own_and_its_english_name(tag: str) -> None:
    language = Language(tag)
    assert Language.parse(language.name()) == language
    assert Language.parse(language.name(ENGLISH)) == language


def test_a_near_miss_is_offered() -> None:
    with pytest.raises(UnknownLanguage) as told:
        Language.parse("Germn")
    assert told.value.nearest == "Deutsch"


@given(st.text(max_size=80))
def test_anything_else_is_a_mistake(said: str) -> None:
    with suppress(UnknownLanguage):
        assert Language.parse(said).tag in TAGS
