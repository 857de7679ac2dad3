"""The languages that Paperwire writes in, as people name them."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.errors import UnknownLanguage

# BCP 47 tags, in the order in which they are offered.
TAGS = (
    "en", "zh-Hans", "zh-Hant", "ja", "ko", "de", "fr", "es", "pt", "it", "nl", "ru", "uk", "pl", "cs",
    "sv", "da", "nb", "fi", "tr", "ar", "fa", "he", "hi", "bn", "ur", "ta", "id", "ms", "vi", "th", "el",
    "ro", "hu", "bg", "sr", "hr", "sk", "sl", "lt", "lv", "et", "ca", "sw",
)  # fmt: skip

# What people type that neither CLDR's names nor the tags themselves cover.
_ALIASES = {
    "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "cn": "zh-Hans", "chinese": "zh-Hans",
    "mandarin": "zh-Hans", "中文": "zh-Hans", "汉语": "zh-Hans", "简体": "zh-Hans", "简中": "zh-Hans", "简体中文": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "tw": "zh-Hant", "繁體": "zh-Hant",
    "繁体": "zh-Hant", "繁中": "zh-Hant", "繁體中文": "zh-Hant", "繁体中文": "zh-Hant", "正體中文": "zh-Hant", "jp": "ja", "kr": "ko", "ua": "uk", "cz": "cs",
    "no": "nb", "norwegian": "nb", "norsk": "nb", "iw": "he", "in": "id", "farsi": "fa", "br": "pt",
    "us": "en", "uk english": "en", "英语": "en", "英文": "en", "日文": "ja", "韩文": "ko",
    "德文": "de", "法文": "fr", "俄文": "ru", "西文": "es",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Language:
    """A language to write in: one of `TAGS`."""

    tag: str

    @classmethod
    def parse(cls, text: str) -> Language:
        """Read a code or a name, in English, in Chinese or in the language itself.

        A region that makes no difference to us is dropped: `pt-BR` is `pt`. Raises `UnknownLanguage`.
        """
        given = _plain(text).strip(" .,;:[]").replace("_", "-")
        candidates = [given, given.removeprefix("in "), given.removeprefix("to ")]
        if "-" in given:
            script = "-".join(given.split("-")[:2])
            candidates += [script, given.split("-", 1)[0]]
        for names in (_codes, _names):  # the codes cost nothing, the names read 40 locales once
            for candidate in candidates:
                if tag := names().get(candidate):
                    return cls(tag)
        near = difflib.get_close_matches(given[:40], _names(), n=1, cutoff=0.75)
        raise UnknownLanguage(text.strip()[:40], cls(_names()[near[0]]).name() if near else None)

    @classmethod
    def complete(cls, prefix: str) -> Sequence[tuple[str, str]]:
        """Return (tag, name) of the languages that `prefix` may mean, at most 25, likeliest first."""
        given = prefix.strip().casefold()
        hits = [tag for tag in TAGS if tag.casefold().startswith(given)]
        hits += [tag for name, tag in _names().items() if name.startswith(given) and tag not in hits]
        return [(tag, cls(tag).name()) for tag in dict.fromkeys(hits)][:25]

    def name(self, within: Language | None = None) -> str:
        """Return the language's name in `within`, in itself if none is given."""
        from babel import Locale

        shown_in = Locale.parse((within or self).tag, sep="-")
        name = Locale.parse(self.tag, sep="-").get_display_name(shown_in)
        if name and shown_in.language == "zh":
            name = name.replace(" (", "（").replace(")", "）")
        return (name or self.tag)[:1].upper() + (name or self.tag)[1:]

    @property
    def is_english(self) -> bool:
        return self.tag == "en"

    def __str__(self) -> str:
        return self.tag


ENGLISH = Language("en")


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Casefolded code or alias → tag."""
    return {tag.casefold(): tag for tag in TAGS} | _ALIASES


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Casefolded name or code → tag."""
    from babel import Locale

    names: dict[str, str] = {}
    english, chinese = Locale.parse("en"), Locale.parse("zh-Hans", sep="-")
    for tag in TAGS:
        own = Locale.parse(tag, sep="-")
        for shown_in in (english, chinese, own):
            for name in (own.get_display_name(shown_in), own.get_language_name(shown_in)):
                if name:
                    names.setdefault(_plain(name), tag)
    names["simplified chinese"] = "zh-Hans"
    names["traditional chinese"] = "zh-Hant"
    return names | _codes()


def _plain(name: str) -> str:
    """Fold width and case, drop brackets: `中文（简体）` is `中文 简体`, `Chinese (Simplified)` likewise."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(folded.replace("(", " ").replace(")", " ").split())
