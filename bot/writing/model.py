"""A chat model, as the writing tasks see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from bot.writing.usage import Usage

if TYPE_CHECKING:
    from bot.writing.answer import Answer

T = TypeVar("T")
A = TypeVar("A", bound="Answer")


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """A validated answer, and what all the attempts at it cost together."""

    value: T
    usage: Usage


class ChatModel(Protocol):
    """A model that answers in a given shape."""

    @property
    def name(self) -> str:
        """The name under which readers and results know it."""
        ...

    async def complete(
        self, *, system: str, user: str, schema: type[A], deadline: float | None = None
    ) -> Completion[A]:
        """Return an answer of the shape `schema` within `deadline` seconds (None: the model's own).

        Raises `ModelUnavailable` where it cannot be reached and `ModelUnusable` where nothing usable came,
        after everything that was worth a second try.
        """
        ...

    async def aclose(self) -> None:
        """Release what it holds; a model may be closed twice."""
        ...
