"""An answer to a question as a model has to give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from bot.writing.answer import Answer
from bot.writing.tasks.fields import Name, Prose

MOST_PASSAGES = 5


class PassageAnswer(Answer):
    """A passage that an answer stands on, and its words."""

    unread: ClassVar[frozenset[str]] = frozenset({"passage", "quote"})

    passage: Name = Field(description="The passage's id, such as P12.")
    quote: str = Field(
        description="The words of that passage that the answer stands on, 5 to 40 of them, copied character by character."
    )


def _objects(value: Any) -> Any:
    """A bare id is a passage without a quote, which nobody can verify; so is anything else but an object."""
    if not isinstance(value, list):
        return value
    return [item for item in value if isinstance(item, dict) and str(item.get("quote") or "").strip()]


def _few(items: list[PassageAnswer]) -> list[PassageAnswer]:
    return items[:MOST_PASSAGES]


class QuestionAnswer(Answer):
    """An answer; its text comes last, so that what it stands on is known when it begins."""

    found: bool = Field(description="Whether the paper answers the question, in whole or in part.")
    passages: Annotated[list[PassageAnswer], BeforeValidator(_objects), AfterValidator(_few)] = Field(
        description="1 to 5 passages that the answer stands on, the most telling first; an empty array if found is false."
    )
    answer: Prose = Field(description="The answer in 1 to 3 short paragraphs.")

    def shortcomings(self) -> Sequence[str]:
        if self.found and not self.passages:
            return [
                "passages: is empty, though found is true; give what the answer stands on, with its words"
            ]
        return ()
