"""A chat model that says what a test tells it to."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.errors import PaperwireError
from bot.writing.answer import Answer
from bot.writing.conversation import Reply, Turn, converse
from bot.writing.model import Check, Completion, Heard
from bot.writing.usage import Usage

A = TypeVar("A", bound=Answer)

# A reply as it is, an object to be written as JSON, a failure to be raised, or what makes one from the question.
Said = str | Mapping[str, object] | Reply | PaperwireError
Line = Said | Callable[[Sequence[Turn]], Said]


@dataclass(frozen=True)
class Prompted:
    """One request as the model saw it."""

    turns: Sequence[Turn]
    schema: type[Answer]
    longer: bool

    @property
    def system(self) -> str:
        return self.turns[0].text

    @property
    def user(self) -> str:
        return self.turns[1].text


_PIECE = 7  # characters of a reply that come at once


class ScriptedModel:
    """Replies with `lines` one after the other, and keeps every prompt; a line too few is the test's mistake.

    `ScriptedModel(itertools.repeat({...}))` never runs dry. Every reply costs 100 + 20 tokens.
    """

    def __init__(self, lines: Iterable[Line] = (), *, name: str = "scripted") -> None:
        self.name = name
        self.prompts: list[Prompted] = []
        self.closed = False
        self._lines = iter(lines)

    def say(self, *lines: Line) -> None:
        """Reply with these before what is left."""
        self._lines = itertools.chain(lines, self._lines)

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
        async def ask(turns: Sequence[Turn], schema: type[Answer], *, longer: bool) -> Reply:
            reply = await self._ask(turns, schema, longer=longer)
            if heard:
                for end in range(_PIECE, len(reply.text) + _PIECE, _PIECE):
                    heard(reply.text[:end])
            return reply

        done = await converse(ask, system=system, user=user, schema=schema, check=check)
        return replace(done, model=self.name)

    async def aclose(self) -> None:
        self.closed = True

    async def _ask(self, turns: Sequence[Turn], schema: type[Answer], *, longer: bool) -> Reply:
        self.prompts.append(Prompted(tuple(turns), schema, longer))
        line = next(self._lines, None)
        assert line is not None, f"{self.name} was asked {len(self.prompts)} times, and has no line for that"
        said = line(turns) if callable(line) else line
        if isinstance(said, PaperwireError):
            raise said
        if isinstance(said, Reply):
            return said
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return Reply(text, usage=Usage(1, 100, 20))
