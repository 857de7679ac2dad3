"""The themes of a roundup: which of its papers belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.language import Language
from bot.papers.paper import Paper
from bot.writing.clean import visible
from bot.writing.extractive import sentences
from bot.writing.material import fenced
from bot.writing.prompt import Prompt
from bot.writing.tasks.brief import named

if TYPE_CHECKING:
    from bot.writing.tasks.themes_answer import ThemesAnswer

FEWEST, MOST = 3, 8
_LONGEST = 600  # characters of a paper's sentences

# Which of some groups of papers a paper is nearest to; papers are numbered from 1.
Nearest = Callable[[int, Sequence[Sequence[int]]], int]


@dataclass(frozen=True, slots=True)
class Theme:
    """A few words, one line, and the numbers of the papers under it, counted from 1."""

    title: str
    line: str
    papers: tuple[int, ...]


class ThemesTask:
    """Puts the question for the themes, and sees to it that each paper is in one."""

    name = "themes"

    @property
    def revision(self) -> int:
        return Prompt.load(self.name).revision

    def ask(
        self, subject: str, papers: Sequence[Paper], gists: Sequence[str], language: Language
    ) -> tuple[str, str]:
        """Return the system part, the same for every roundup, and the user part; `gists` go with `papers`."""
        prompt = Prompt.load(self.name)
        fewest, most = bounds(len(papers))
        told = "\n\n".join(
            f"[{number}] {visible(paper.title)}\n{_told(paper, gist)}"
            for number, (paper, gist) in enumerate(zip(papers, gists, strict=True), 1)
        )
        return prompt.system, prompt.fill(
            language=named(language),
            subject=visible(subject),
            count=f"{fewest} to {most}" if fewest < most else str(most),
            papers=str(len(papers)),
            material=fenced(told),
        )

    def schema(self, count: int) -> type[ThemesAnswer]:
        """Return the shape of the answer about `count` papers."""
        from bot.writing.tasks.themes_answer import themes_answer

        return themes_answer(*bounds(count), count)

    def read(self, answer: ThemesAnswer, count: int, nearest: Nearest) -> tuple[Theme, ...]:
        """Return themes in which each of `count` papers stands once.

        A paper that is named twice stays where it was named first; one that is not named goes to the theme that
        is `nearest`. Numbers of no paper are dropped, and themes without any paper.
        """
        placed: set[int] = set()
        groups: list[list[int]] = []
        heads: list[tuple[str, str]] = []
        for theme in answer.themes:
            mine = [n for n in dict.fromkeys(theme.papers) if 1 <= n <= count and n not in placed]
            if mine:
                placed.update(mine)
                groups.append(mine)
                heads.append((theme.title, theme.line))
        while len(groups) > MOST:  # the smallest go where their papers fit best
            smallest = min(range(len(groups)), key=lambda at: (len(groups[at]), -at))
            placed.difference_update(groups.pop(smallest))
            heads.pop(smallest)
        whole = [tuple(group) for group in groups]
        for number in range(1, count + 1):
            if number not in placed:
                groups[nearest(number, whole)].append(number)
        return tuple(Theme(*head, tuple(group)) for head, group in zip(heads, groups, strict=True))


def bounds(count: int) -> tuple[int, int]:
    """Return how many themes so many papers fall into, at least and at most."""
    most = max(1, min(MOST, count // 2))
    return min(FEWEST, most), most


def _told(paper: Paper, gist: str) -> str:
    """Return what a paper says of itself in two sentences: what is new, and what came of it."""
    last = sentences(paper.abstract)[-1:]
    return " ".join(dict.fromkeys([visible(gist), *last]))[:_LONGEST]
