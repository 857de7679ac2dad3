"""A brief as a model has to give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.writing.answer import Answer
from bot.writing.tasks.fields import Line, Lines, Text

MOST_TAKEAWAYS = 7
FEWEST_TAKEAWAYS = 3


def _bounded(items: list[str]) -> list[str]:
    if not items:
        raise ValueError(f"must hold {FEWEST_TAKEAWAYS} to {MOST_TAKEAWAYS} sentences")
    return items[:MOST_TAKEAWAYS]


Takeaways = Annotated[Lines, AfterValidator(_bounded)]


class BriefAnswer(Answer):
    """A brief in the paper's own language."""

    gist: Line = Field(description="One sentence: what is new and how well it works.")
    summary: Text = Field(
        description="2 to 4 sentences: problem, approach, main results, what follows from them."
    )
    takeaways: Takeaways = Field(
        description="3 to 7 items of one sentence each, the most important first, plain text without numbering."
    )

    def shortcomings(self) -> Sequence[str]:
        if len(self.takeaways) < FEWEST_TAKEAWAYS:
            return [
                f"takeaways: has {len(self.takeaways)} items, {FEWEST_TAKEAWAYS} to {MOST_TAKEAWAYS} are asked for"
            ]
        return ()


class TranslatedBriefAnswer(BriefAnswer):
    """A brief in another language than the paper's."""

    title: Line = Field(description="The paper's title, translated.")
    abstract: Text = Field(
        description="The paper's whole abstract, translated sentence by sentence, not shortened."
    )
