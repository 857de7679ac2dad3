"""What a roundup says of one theme: a few paragraphs that cite its papers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.language import Language
from bot.papers.paper import Paper
from bot.writing.clean import visible
from bot.writing.marks import MARK, marked
from bot.writing.material import fenced
from bot.writing.prompt import Prompt
from bot.writing.tasks.brief import named
from bot.writing.written import Flaw

if TYPE_CHECKING:
    from bot.writing.faithfulness.check import Finding
    from bot.writing.tasks.theme_answer import ThemeTextAnswer

MOST_PARAGRAPHS = 4

_LIST = r"\d{1,3}(?:\s*(?:[,，、;；]|[-–—]|and|和)\s*\d{1,3})*"
_CITED = re.compile(rf"\s?[\[【［](?P<numbers>{_LIST})[\]】］]")
_RANGE = re.compile(r"(\d+)\s*[-–—]\s*(\d+)")
_MOST_IN_RANGE = 40
# A citation may stand before the full stop or behind it.
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？])(?:\s*\[\d{1,3}\])*|.+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ThemeText:
    """Paragraphs in which [3] cites paper 3; a marked claim is one that the papers cited there do not make."""

    paragraphs: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {"paragraphs": list(self.paragraphs)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ThemeText:
        return cls(tuple(data["paragraphs"]))


class ThemeTask:
    """Puts the question for one theme, and reads the answer."""

    name = "theme"

    @property
    def revision(self) -> int:
        return Prompt.load(self.name).revision

    def ask(
        self, subject: str, title: str, line: str, papers: Mapping[int, Paper], language: Language
    ) -> tuple[str, str]:
        """Return the system part, the same for every theme, and the user part; papers go by their numbers."""
        prompt = Prompt.load(self.name)
        return prompt.system, prompt.fill(
            language=named(language),
            subject=visible(subject),
            theme=visible(f"{title} – {line}" if line else title),
            numbers=", ".join(map(str, papers)),
            material="\n\n".join(
                f"Paper [{number}]:\n{fenced(_told(paper))}" for number, paper in papers.items()
            ),
        )

    def source(self, papers: Mapping[int, Paper]) -> str:
        """Return what a text about these papers is held to."""
        return "\n\n".join(f"[{number}] {_told(paper)}" for number, paper in papers.items())

    def schema(self, papers: Mapping[int, Paper]) -> type[ThemeTextAnswer]:
        """Return the shape of the answer, which knows what it has to cite."""
        from bot.writing.tasks.theme_answer import theme_answer

        return theme_answer(papers)

    def read(
        self, answer: ThemeTextAnswer, papers: Mapping[int, Paper]
    ) -> tuple[ThemeText, tuple[Flaw, ...]]:
        """Return the paragraphs, and what they lay to the charge of the wrong paper."""
        paragraphs = list(answer.paragraphs)
        if len(paragraphs) > MOST_PARAGRAPHS:
            paragraphs[MOST_PARAGRAPHS - 1 :] = [" ".join(paragraphs[MOST_PARAGRAPHS - 1 :])]
        flaws: list[Flaw] = []
        told: list[str] = []
        for at, paragraph in enumerate(paragraphs):
            parts: list[str] = []
            for sentence, findings in misplaced(paragraph, papers):
                flaws += [Flaw(f"paragraphs[{at}]", found.claim, found.why) for found in findings]
                parts.append(marked(sentence, findings))
            told.append("".join(parts))
        return ThemeText(tuple(told)), tuple(flaws)


def tidied(text: str, papers: Mapping[int, Paper]) -> str:
    """Return `text` with each citation written as [3], or [3][5], and without those of no paper."""

    def written(found: re.Match[str]) -> str:
        numbers = [number for number in _numbers(found["numbers"]) if number in papers]
        if not numbers:
            return ""
        blank = " " if found[0][0].isspace() else ""
        return blank + "".join(f"[{number}]" for number in numbers)

    return " ".join(_CITED.sub(written, text).split())


def cited(text: str) -> list[int]:
    """Return the numbers that `text` cites, in order, each once."""
    found = (number for match in _CITED.finditer(text) for number in _numbers(match["numbers"]))
    return list(dict.fromkeys(found))


def misplaced(paragraph: str, papers: Mapping[int, Paper]) -> Iterator[tuple[str, list[Finding]]]:
    """Yield the sentences of a paragraph, each with what it claims and none of the papers it cites says.

    Joined they are the paragraph. What is marked already, or cites nothing, is not looked at.
    """
    from bot.writing.faithfulness.check import check  # only those who write need it

    for match in _SENTENCE.finditer(paragraph):
        sentence = match[0]
        theirs = {number: papers[number] for number in cited(sentence) if number in papers}
        if not theirs or MARK in sentence or len(theirs) == len(papers):
            yield sentence, []
            continue
        yield sentence, check(ThemeTask().source(theirs), sentence)


def _numbers(written: str) -> Iterator[int]:
    spans = {int(first): int(last) for first, last in _RANGE.findall(written)}
    for found in re.findall(r"\d+", written):
        first = int(found)
        yield first
        last = spans.get(first, first)
        yield from range(first + 1, min(last, first + _MOST_IN_RANGE))


def _told(paper: Paper) -> str:
    return f"Title: {visible(paper.title)}\n\nAbstract: {visible(paper.abstract)}"
