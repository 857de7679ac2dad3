"""A brief as a model has to give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from bot.writing.answer import Answer
from bot.writing.clean import clean

MOST_TAKEAWAYS = 7
FEWEST_TAKEAWAYS = 3


def _joined(value: Any) -> Any:
    """A paragraph that came as a list of sentences is a paragraph."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    return value


def _cleaned(text: str) -> str:
    shown = clean(text)
    if not any(map(str.isalnum, shown)):
        raise ValueError("must not be empty")
    return shown


def _listed(value: Any) -> Any:
    """A list that came as lines, or as objects that hold one text each, is a list."""
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, list):
        return [_only(item) for item in value]
    return value


def _only(item: Any) -> Any:
    if isinstance(item, dict) and len(item) == 1:
        return next(iter(item.values()))
    return item


def _bounded(items: list[str]) -> list[str]:
    kept = list(dict.fromkeys(filter(None, map(clean, items))))
    if not kept:
        raise ValueError(f"must hold {FEWEST_TAKEAWAYS} to {MOST_TAKEAWAYS} sentences")
    return kept[:MOST_TAKEAWAYS]


Text = Annotated[str, BeforeValidator(_joined), AfterValidator(_cleaned)]
Takeaways = Annotated[list[str], BeforeValidator(_listed), AfterValidator(_bounded)]


class BriefAnswer(Answer):
    """A brief in the paper's own language."""

    gist: Text = Field(description="One sentence: what is new and how well it works.")
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

    title: Text = Field(description="The paper's title, translated.")
    abstract: Text = Field(
        description="The paper's whole abstract, translated sentence by sentence, not shortened."
    )
