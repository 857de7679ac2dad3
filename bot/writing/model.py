"""A chat model, as the writing tasks see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from bot.writing.usage import Usage

if TYPE_CHECKING:
    from bot.writing.answer import Answer

T = TypeVar("T")
A = TypeVar("A", bound="Answer")

Check = Callable[[A], Sequence[str]]  # what is worth asking for once more, in words for the model
Heard = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """A validated answer, what all the attempts at it cost together, and the name of the model that gave it."""

    value: T
    usage: Usage
    model: str = ""


class ChatModel(Protocol):
    """A model that answers in a given shape."""

    @property
    def name(self) -> str:
        """The name under which readers and results know it."""
        ...

    async def complete(
        self,
        *,
        system: str,
        user: str,
        schema: type[A],
        deadline: float | None = None,
        check: Check[A] | None = None,
        heard: Heard | None = None,
    ) -> Completion[A]:
        """Return an answer of the shape `schema` within `deadline` seconds (None: the model's own).

        What `check` finds wanting is asked for once more, together with the answer's own shortcomings.
        `heard` is told the raw text of a reply so far, again and again as it grows; every attempt begins anew.
        Raises `ModelUnavailable` where it cannot be reached and `ModelUnusable` where nothing usable came,
        after everything that was worth a second try.
        """
        ...

    async def aclose(self) -> None:
        """Release what it holds; a model may be closed twice."""
        ...
