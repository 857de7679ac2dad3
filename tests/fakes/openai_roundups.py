"""Answers about many numbered papers: which belong together, and a few paragraphs that cite them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.fakes.openai_languages import in_language

_BLOCK = re.compile(r"^Paper \[(\d+)\]:\s*\n(.*?)(?=^Paper \[\d+\]:|\Z)", re.DOTALL | re.MULTILINE)
_LISTED = re.compile(r"^\[(\d+)\] (.+)\n(.+)$", re.MULTILINE)
_COUNT = re.compile(r"^Themes: (\d+)(?: to (\d+))?$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

# What a reader of titles would put together, the more telling first.
_WORDS = {
    "Safety and alignment": r"safe|align|jailbreak|attack|bias|moral|unlearn|watermark|prefer",
    "Retrieval and long context": r"retriev|rag\b|long.context|document|search",
    "Agents and tools": r"agent|tool|environment|plan",
    "Reasoning": r"reason|math|logic|chain.of.thought",
    "Languages beyond English": r"lingual|translat|low.resource",
    "Cheaper inference": r"efficien|quanti|sparse|attention|compress|decoding|inference",
    "Speech and images": r"speech|audio|vision|visual|image|video|multimodal",
    "Evaluation": r"benchmark|evaluat|dataset|leaderboard|hallucinat",
}


def numbered(prompts: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return title and text of the papers that the first of some prompts numbers; none if none does."""
    for prompt in prompts:
        found: dict[int, tuple[str, str]] = {}
        for number, inside in _BLOCK.findall(prompt):
            title = re.search(r"^Title: (.+)$", inside, re.MULTILINE)
            text = re.search(r"^Abstract: (.+)$", inside, re.MULTILINE)
            if title:
                found[int(number)] = (title[1], text[1] if text else title[1])
        found = found or {int(n): (title, text) for n, title, text in _LISTED.findall(prompt)}
        if found:
            return found
    return {}


def wanted_themes(prompts: Sequence[str]) -> tuple[int, int]:
    """Return how few and how many themes a prompt asks for."""
    asked = next((found for prompt in prompts if (found := _COUNT.search(prompt))), None)
    return (int(asked[1]), int(asked[2] or asked[1])) if asked else (1, 8)


def themes(
    papers: Mapping[int, tuple[str, str]], count: tuple[int, int], language: str | None
) -> list[dict[str, Any]]:
    """Return themes by the words of the titles; each paper is in one."""
    groups: dict[str, list[int]] = {}
    for number, (title, text) in papers.items():
        said = (title.lower(), text.lower())
        heads = (head for where in said for head, words in _WORDS.items() if re.search(words, where))
        groups.setdefault(next(heads, "Models and data"), []).append(number)
    parted = sorted(groups.items(), key=lambda group: -len(group[1]))
    while len(parted) > count[1]:
        parted[-2][1].extend(parted.pop()[1])
    while len(parted) < count[0] and len(parted[0][1]) > 1:
        head, mine = parted.pop(0)
        middle = len(mine) // 2
        parted += [(head, mine[:middle]), (f"{head}, continued", mine[middle:])]
    return [
        {"title": _in(head, language), "line": _in("What these papers are after.", language), "papers": mine}
        for head, mine in parted
    ]


def paragraphs(papers: Mapping[int, tuple[str, str]], language: str | None) -> list[str]:
    """Return sentences of the papers' own, in two paragraphs, each with the number of its paper."""
    said = [_cited(text, number, language) for number, (_, text) in papers.items()]
    middle = (len(said) + 1) // 2
    return [" ".join(part) for part in (said[:middle], said[middle:]) if part]


def _cited(text: str, number: int, language: str | None) -> str:
    first = next(_sentences(text))
    return f"{_in(first, language).rstrip('.。')} [{number}]{'。' if language and language.startswith('zh') else '.'}"


def _sentences(text: str) -> Iterator[str]:
    yield from (sentence for sentence in _SENTENCE.split(text) if len(sentence) > 1)
    yield text


def _in(text: str, language: str | None) -> str:
    return in_language(text, language) if language and language != "en" else text
