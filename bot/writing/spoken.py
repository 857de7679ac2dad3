"""Whether a text is in the language that was asked for, as far as its letters and its commonest words tell."""

from __future__ import annotations

import re
import unicodedata

from bot.language import Language

FEWEST_LETTERS = 40  # a title may be all names
_SHARE = 0.08  # of the letters; names and terms stay in English, and are long where a character is a word
_ENGLISH_SHARE = 0.2  # of the words

_SCRIPTS = {
    "zh-Hans": ("CJK",), "zh-Hant": ("CJK",), "ja": ("CJK", "HIRAGANA", "KATAKANA"), "ko": ("HANGUL",),
    "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "bg": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"),
    "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",), "he": ("HEBREW",), "hi": ("DEVANAGARI",),
    "bn": ("BENGALI",), "ta": ("TAMIL",), "th": ("THAI",), "el": ("GREEK",),
}  # fmt: skip
# Characters that only one of the two ways of writing Chinese has, among its commonest.
_SIMPLIFIED = frozenset(
    "们这来时说国对学会过为与种体实个开关发现问题从应进该将网络数据评测训练优让无层术务错误样"
)
_TRADITIONAL = frozenset(
    "們這來時說國對學會過為與種體實個開關發現問題從應進該將網絡數據評測訓練優讓無層術務錯誤樣"
)
_ENGLISH = frozenset(
    "the of and to is are that with for on by this we from which it be can as an our their these".split()
)
_WORD = re.compile(r"[^\W\d_]+")


def speaks(text: str, language: Language) -> bool:
    """Return whether `text` may be in `language`; too little text may be in any."""
    letters = [character for character in text if character.isalpha()]
    # A character of Chinese says about as much as three letters.
    if sum(3 if letter > "\u2e7f" else 1 for letter in letters) < FEWEST_LETTERS:
        return True
    if scripts := _SCRIPTS.get(language.tag):
        own = sum(unicodedata.name(letter, "").startswith(scripts) for letter in letters)
        return own >= _SHARE * len(letters) and not _other_chinese(text, language)
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    if latin < len(letters) / 2:
        return False
    words = _WORD.findall(text.casefold())
    english = sum(word in _ENGLISH for word in words) / max(len(words), 1)
    return language.is_english or len(words) < 12 or english < _ENGLISH_SHARE


def _other_chinese(text: str, language: Language) -> bool:
    if not language.tag.startswith("zh"):
        return False
    simplified = sum(character in _SIMPLIFIED - _TRADITIONAL for character in text)
    traditional = sum(character in _TRADITIONAL - _SIMPLIFIED for character in text)
    other, own = (simplified, traditional) if language.tag == "zh-Hant" else (traditional, simplified)
    return other > 2 and other > own
