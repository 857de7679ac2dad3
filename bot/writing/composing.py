"""How something is written that readers can trust: asked for, checked, mended once, and marked where it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from bot.errors import ModelUnusable
from bot.language import Language
from bot.writing.echo import echoes
from bot.writing.marks import marked
from bot.writing.model import A, ChatModel, Check, Heard
from bot.writing.notes import OTHER_LANGUAGE
from bot.writing.spoken import speaks
from bot.writing.usage import Usage
from bot.writing.written import Flaw

if TYPE_CHECKING:
    from bot.writing.answer import Answer
    from bot.writing.faithfulness.check import Finding, Reference


@dataclass(frozen=True, slots=True)
class Composed(Generic[A]):
    """An answer with its flaws marked, the name of the model that gave it, and what it cost."""

    value: A
    model: str
    usage: Usage
    flaws: tuple[Flaw, ...] = ()
    notes: tuple[str, ...] = ()


class Composer:
    """Has a chat model write, and holds it to its source."""

    def __init__(self, model: ChatModel, *, deadline: float | None = None) -> None:
        """`deadline` is that of one whole conversation, in seconds; None is the model's own."""
        self._model = model
        self._deadline = deadline

    @property
    def name(self) -> str:
        """The name that what it writes is kept under."""
        return self._model.name

    async def compose(
        self,
        *,
        system: str,
        user: str,
        schema: type[A],
        source: str | Reference,
        language: Language,
        heard: Heard | None = None,
        check: Check[A] | None = None,
        allowed: Callable[[A], str] | None = None,
    ) -> Composed[A]:
        """Return an answer in which every number and name stands in `source`, or is marked.

        What fails, and what `check` finds wanting beside, is rewritten once with the finding. What stands in the
        words that `allowed` returns may be named all the same.
        What is suspicious in a source of a few lines is among the notes; who writes out `system` has written nothing.
        Raises `ModelUnavailable` and `ModelUnusable`.
        """

        def findings(answer: A) -> list[tuple[str, str, Finding]]:
            spared = allowed(answer).casefold() if allowed else ""
            return [found for found in _findings(source, answer) if found[2].claim.casefold() not in spared]

        def echoed(answer: A) -> list[str]:
            return [place for place, text in answer.texts() if echoes(text, system)]

        def wanting(answer: A) -> Sequence[str]:
            told = [
                f"{place}: “{found.claim}” — {found.why} Say what the source says, or leave it out."
                for place, _, found in findings(answer)
            ]
            told += [
                f"{place}: repeats what you were told; write about the paper." for place in echoed(answer)
            ]
            return [*told, *(check(answer) if check else ())]

        done = await self._model.complete(
            system=system, user=user, schema=schema, deadline=self._deadline, check=wanting, heard=heard
        )
        answer = done.value
        if echoed(answer):
            unusable = ModelUnusable("echo")
            unusable.cost = done.usage
            raise unusable
        found: dict[str, tuple[str, list[Finding]]] = {}
        for place, text, finding in findings(answer):
            found.setdefault(place, (text, []))[1].append(finding)
        changed = {place: marked(text, findings) for place, (text, findings) in found.items()}
        strange = any(not speaks(text, language) for _, text in answer.texts())
        return Composed(
            answer.with_texts(changed) if changed else answer,
            done.model,
            done.usage,
            tuple(Flaw(place, f.claim, f.why) for place, (_, findings) in found.items() for f in findings),
            (*((OTHER_LANGUAGE,) if strange else ()), *_suspicions(source)),
        )


def _suspicions(source: str | Reference) -> tuple[str, ...]:
    """Return what is suspicious in a short source; of a long one, that is known where it is read."""
    from bot.writing.suspicion import suspicions  # only those who write need it

    return suspicions(source) if isinstance(source, str) else ()


def _findings(source: str | Reference, answer: Answer) -> list[tuple[str, str, Finding]]:
    """Return what an answer claims beyond its source: in which field, its text, and the finding."""
    from bot.writing.faithfulness.check import Reference  # only those who write need it

    reference = Reference(source) if isinstance(source, str) else source
    return [(place, text, found) for place, text in answer.texts() for found in reference.check(text)]
