"""A deep summary as a model has to give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from bot.writing.answer import Answer
from bot.writing.tasks.fields import Lines, Name, Text

FEWEST_RESULTS, MOST_RESULTS = 3, 8
MOST_LIMITATIONS = 5


class ResultAnswer(Answer):
    """One result, with the section that it was found in."""

    unread: ClassVar[frozenset[str]] = frozenset({"section"})

    text: Text = Field(
        description="One sentence: a result with its numbers, what was measured on what, compared with what."
    )
    section: Name = Field(description="Number of the section that says so, or its title if it has no number.")


def _objects(value: Any) -> Any:
    """A result that came as a bare sentence is one without a section; one that says nothing is none."""
    if not isinstance(value, list):
        return value
    made = [{"text": item, "section": ""} if isinstance(item, str) else item for item in value]
    return [item for item in made if not isinstance(item, dict) or str(item.get("text") or "").strip()]


def _bounded(items: list[ResultAnswer]) -> list[ResultAnswer]:
    if not items:
        raise ValueError(f"must hold {FEWEST_RESULTS} to {MOST_RESULTS} results")
    return items[:MOST_RESULTS]


def _few(items: list[str]) -> list[str]:
    return items[:MOST_LIMITATIONS]


class DeepAnswer(Answer):
    """What a whole paper says."""

    problem: Text = Field(
        description="2 to 3 sentences: what the paper is after, and why that is hard or open."
    )
    method: Text = Field(description="3 to 5 sentences: what was done and how it works, concretely.")
    results: Annotated[list[ResultAnswer], BeforeValidator(_objects), AfterValidator(_bounded)] = Field(
        description="3 to 8 results, the most important first."
    )
    limitations: Annotated[Lines, AfterValidator(_few)] = Field(
        description="What the paper itself names as limits, one sentence each; an empty array if it names none."
    )
    new: Text = Field(description="1 to 2 sentences: what is new against earlier work, as the paper says.")

    def shortcomings(self) -> Sequence[str]:
        if len(self.results) < FEWEST_RESULTS:
            return [
                f"results: has {len(self.results)} items, {FEWEST_RESULTS} to {MOST_RESULTS} are asked for"
            ]
        return ()
