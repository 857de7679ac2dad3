"""What a roundup says of one theme, as a model has to give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from bot.papers.paper import Paper
from bot.writing.answer import Answer
from bot.writing.tasks.fields import Lines
from bot.writing.tasks.theme import MOST_PARAGRAPHS, cited, misplaced, tidied

_LONGEST = 1_500  # characters of a paragraph


class ThemeTextAnswer(Answer):
    """A few paragraphs about the papers of a theme."""

    papers: ClassVar[Mapping[int, Paper]] = {}

    paragraphs: Lines = Field(
        description="Two to four short paragraphs that cite papers by their number in square brackets: [3]."
    )

    @field_validator("paragraphs")
    @classmethod
    def _tidied(cls, paragraphs: list[str]) -> list[str]:
        """Citations of papers that there are not go at once: nothing is asked again for their sake."""
        if tidy := [shown for shown in (tidied(one, cls.papers) for one in paragraphs) if shown]:
            return tidy
        raise ValueError("must hold two to four paragraphs")

    def shortcomings(self) -> Sequence[str]:
        said = []
        fewest = 2 if len(self.papers) > 2 else 1
        if not fewest <= len(self.paragraphs) <= MOST_PARAGRAPHS:
            said.append(
                f"paragraphs: has {len(self.paragraphs)}, {fewest} to {MOST_PARAGRAPHS} are asked for"
            )
        if any(len(paragraph) > _LONGEST for paragraph in self.paragraphs):
            said.append(f"paragraphs: one is longer than {_LONGEST} characters; short ones are asked for")
        numbers = {number for paragraph in self.paragraphs for number in cited(paragraph)}
        if missing := sorted(self.papers.keys() - numbers):
            said.append("paragraphs: not cited yet: " + ", ".join(f"[{number}]" for number in missing))
        for paragraph in self.paragraphs:
            for sentence, findings in misplaced(paragraph, self.papers):
                theirs = "".join(f"[{number}]" for number in cited(sentence))
                said += [f"paragraphs: “{found.claim}” is not said by {theirs}" for found in findings]
        return said


def theme_answer(papers: Mapping[int, Paper]) -> type[ThemeTextAnswer]:
    """Return the shape of a text that has to cite these papers, by number."""

    class Asked(ThemeTextAnswer):
        pass

    Asked.papers = papers
    Asked.__name__ = Asked.__qualname__ = ThemeTextAnswer.__name__
    Asked.__doc__ = ThemeTextAnswer.__doc__
    return Asked
