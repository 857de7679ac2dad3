"""Text that is visibly in another language, with its numbers and names kept."""

from __future__ import annotations

import itertools
import re

# Words by which prompts name a language, and filler that no reader takes for English.
_NAMES = {
    "zh-Hant": "traditional chinese|zh-hant|zh-tw|繁體中文|繁体中文|正體中文",
    "zh-Hans": "simplified chinese|chinese|zh-hans|zh-cn|zh|简体中文|中文|汉语",
    "ja": "japanese|ja|日本語",
    "ko": "korean|ko|한국어",
    "ru": "russian|ru|русский",
    "uk": "ukrainian|uk|українська",
    "ar": "arabic|ar|العربية",
    "de": "german|de|deutsch",
    "fr": "french|fr|français",
    "es": "spanish|es|español",
    "pt": "portuguese|pt|português",
    "it": "italian|italiano",
    "en": "english|en",
}
_FILLER = {
    "zh-Hans": "本文 提出 方法 在 任务 上 取得 更好 结果 并 说明 其 原因",
    "zh-Hant": "本文 提出 方法 在 任務 上 取得 更好 結果 並 說明 其 原因",
    "ja": "本稿 では 手法 を 提案 し 課題 に おいて 良い 結果 を 示す",
    "ko": "본 논문은 방법을 제안하고 과제에서 더 나은 결과를 보인다",
    "ru": "в этой работе предложен метод который даёт лучший результат на задачах",
    "uk": "у цій роботі запропоновано метод який дає кращий результат на задачах",
    "ar": "تقترح هذه الورقة طريقة تعطي نتيجة أفضل في المهام",
    "de": "wir zeigen dass das Verfahren auf den Aufgaben bessere Ergebnisse liefert und warum",
    "fr": "nous montrons que la méthode donne de meilleurs résultats sur les tâches",
    "es": "mostramos que el método da mejores resultados en las tareas",
    "pt": "mostramos que o método dá melhores resultados nas tarefas",
    "it": "mostriamo che il metodo dà risultati migliori nei compiti",
}
_UNSPACED = ("zh-Hans", "zh-Hant", "ja")
_ANY = "|".join(f"(?:{names})" for names in _NAMES.values())
# A two-letter code counts only where an instruction names it; "it is" and "de facto" are words.
_LONG = "|".join(n for names in _NAMES.values() for n in names.split("|") if len(n) > 2 or not n.isascii())
_LABELLED = re.compile(
    rf"\blanguage\s*(?:is|:|=|：)\s*[\"'`]?({_ANY})(?!\w)",
    re.IGNORECASE,
)
_WRITES = re.compile(
    rf"(?:writ\w+|answer\w*|respond|reply|output|everything|summar\w+)\b[^.\n]{{0,80}}?\b(?:in|into)\s+[\"'`]?({_ANY})(?!\w)"
    rf"|(?:用|使用)({_ANY})",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"(?:to|into|in)\s+[\"'`]?({_ANY})(?!\w)|(?<!\w)({_LONG})(?!\w)",
    re.IGNORECASE,
)


def asked_for(instructions: str) -> str | None:
    """Return the language other than English that instructions name, None without."""
    return written_in(instructions) or _first(_NAMED, instructions)


def written_in(instructions: str) -> str | None:
    """Return the language other than English that everything is to be written in, None without."""
    if labelled := list(_LABELLED.finditer(instructions)):
        return _tag(labelled[-1])
    return _first(_WRITES, instructions)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    return next(filter(None, map(_tag, pattern.finditer(text))), None)


def _tag(found: re.Match[str]) -> str | None:
    name = next(group for group in found.groups() if group)
    tag = next(tag for tag, names in _NAMES.items() if re.fullmatch(names, name, re.IGNORECASE))
    return tag if tag != "en" else None


def in_language(text: str, tag: str) -> str:
    """Return filler in the language, as long as the text, with its numbers, names and formulas where they stood."""
    filler = itertools.cycle(_FILLER[tag].split())
    tokens = re.findall(r"\$[^$]+\$\S*|\S+", text)
    # In a title every word has a capital, so a capital alone names nothing there.
    is_title = sum(token[:1].isupper() for token in tokens) > len(tokens) * 0.6
    words, starts = [], True
    for token in tokens:
        bare = token.strip(".,;:!?()[]\"'")
        is_name = bool(re.search(r"\d|[A-Z].*[A-Z]|[\\$]|[^\x00-\x7f]", bare))
        is_name = is_name or (bare[:1].isupper() and not starts and not is_title)
        word = bare if is_name else next(filler)
        words.append(word[:1].upper() + word[1:] if starts and not is_name else word)
        starts = token[-1] in ".!?"
        if starts:
            words[-1] += "。" if tag in _UNSPACED else "."
    joined = " ".join(words)
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", joined) if tag in _UNSPACED else joined
