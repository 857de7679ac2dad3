"""What a prompt gives to write from that holds a whole paper, section by section, and perhaps a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"^## (?P<name>.+) \(pages? [\d-]+\)$", re.MULTILINE)
_ID = re.compile(r"^\[(P\d+)\] ", re.MULTILINE)
_QUESTION = re.compile(r"<<<QUESTION-\w+\s+(.*?)\s+QUESTION-\w+>>>", re.DOTALL)
_IDLE = frozenset(
    "a an the of to in on is are was were it its does do did how what which who why when and or".split()
)


@dataclass(frozen=True)
class Sentence:
    """A sentence with the section and the passage that it stands in."""

    text: str
    section: str
    passage: str


@dataclass(frozen=True)
class WholePaper:
    """The sentences of a paper, and those to point at, the most telling first.

    Where there is a question these are all that share words with it; `found` if any does.
    """

    sentences: Sequence[Sentence]
    telling: Sequence[Sentence]
    found: bool


def whole_paper(prompt: str) -> WholePaper | None:
    """Return the paper that a prompt holds, None if it holds none by sections."""
    headings = list(_HEADING.finditer(prompt))
    if not headings:
        return None
    ends = [*(heading.start() for heading in headings[1:]), prompt.find("\nPAPER-", headings[-1].end())]
    sentences = [
        Sentence(sentence, heading["name"].split(" ")[0], named[1] if (named := _ID.match(paragraph)) else "")
        for heading, end in zip(headings, ends, strict=True)
        for paragraph in prompt[heading.end() : end].split("\n\n")
        for sentence in re.split(r"(?<=[.!?。！？])\s+", _ID.sub("", paragraph).strip())
        if len(sentence) > 20
    ]
    asked = _QUESTION.search(prompt)
    if not asked:
        results = sorted(
            sentences, key=lambda one: (one.section in ("Abstract", "1", "2"), "%" not in one.text)
        )
        return WholePaper(sentences, results, found=True)
    words = _words(asked[1])
    shared = {sentence: len(words & _words(sentence.text)) for sentence in sentences}
    most = max(shared.values())
    telling = [one for one in sentences if shared[one] >= max(1, most - 1)] or sentences
    telling.sort(key=lambda one: -shared[one])
    return WholePaper(telling, telling, found=most > 0)


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in set(re.findall(r"[^\W_]{2,}", text.casefold())) - _IDLE}
