"""How an answer is got out of a model: ask, and once more where that may help."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from bot.errors import ModelFailure, ModelUnusable
from bot.writing.answer import Answer
from bot.writing.model import Check, Completion
from bot.writing.reading import Malformed, read
from bot.writing.usage import Usage

A = TypeVar("A", bound=Answer)

# What a broken reply is worth being shown of itself.
MOST_SHOWN = 8_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and how it ended: "cut" at the limit of tokens, "refused" by the model or its filter."""

    text: str
    end: Literal["complete", "cut", "refused"] = "complete"
    usage: Usage = Usage(1)  # noqa: RUF009 - frozen, so that sharing one is harmless


class Ask(Protocol):
    """Sends the turns to a model; `longer` asks for a higher limit of tokens. Raises `ModelUnavailable`."""

    async def __call__(self, turns: Sequence[Turn], schema: type[Answer], *, longer: bool) -> Reply: ...


async def converse(
    ask: Ask, *, system: str, user: str, schema: type[A], check: Check[A] | None = None
) -> Completion[A]:
    """Return the answer after at most one longer attempt and one repair.

    An answer with shortcomings, its own or those that `check` finds, is good enough where the repair brings
    nothing better.
    Raises `ModelUnusable`, and what `ask` raises; the error knows what the attempts cost.
    """
    talk = _Talk(ask, schema)
    try:
        return await _converse(talk, system=system, user=user, schema=schema, check=check)
    except ModelFailure as error:
        error.cost = talk.usage + (error.cost if isinstance(error.cost, Usage) else Usage())
        raise


async def _converse(
    talk: _Talk, *, system: str, user: str, schema: type[A], check: Check[A] | None
) -> Completion[A]:
    turns = [Turn("system", system), Turn("user", user)]
    reply = await talk.say(turns)
    first, problems = _judge(reply, schema, check)
    if first is None or problems:
        try:
            repaired = await talk.say([*turns, *_repair(reply, problems, schema)])
            second, remaining = _judge(repaired, schema, check)
        except ModelFailure:
            if first is None:
                raise
            return Completion(first, talk.usage)
        if second is not None and (first is None or len(remaining) < len(problems)):
            first = second
    if first is None:
        raise ModelUnusable("malformed")
    return Completion(first, talk.usage)


class _Talk:
    """Counts what is spent, and remembers that the usual limit was too low."""

    def __init__(self, ask: Ask, schema: type[Answer]) -> None:
        self._ask = ask
        self._schema = schema
        self._longer = False
        self.usage = Usage()

    async def say(self, turns: Sequence[Turn]) -> Reply:
        """Return a reply that is not cut short. Raises `ModelUnusable` for cut and refused."""
        while True:
            reply = await self._ask(turns, self._schema, longer=self._longer)
            self.usage += reply.usage
            if reply.end == "refused":
                raise ModelUnusable("refused")
            # Cut in the chatter that follows a whole answer is not cut.
            if reply.end != "cut" or _judge(reply, self._schema)[0] is not None:
                return reply
            if self._longer:
                raise ModelUnusable("cut")
            self._longer = True


def _judge(reply: Reply, schema: type[A], check: Check[A] | None = None) -> tuple[A | None, Sequence[str]]:
    try:
        answer = read(reply.text, schema)
    except Malformed as error:
        return None, error.problems
    return answer, [*answer.shortcomings(), *(check(answer) if check else ())]


def _repair(reply: Reply, problems: Sequence[str], schema: type[Answer]) -> list[Turn]:
    if not reply.text.strip():
        return []  # there is nothing to show: the question is put again
    listed = "\n".join(f"- {problem}" for problem in problems)
    return [
        Turn("assistant", reply.text[:MOST_SHOWN]),
        Turn(
            "user",
            f"That reply cannot be used as it is:\n{listed}\n\n"
            "Reply again with the whole corrected JSON object and nothing else. " + described(schema),
        ),
    ]


def described(schema: type[Answer]) -> str:
    """Return the shape in words, for models whose server does not hold them to it."""
    return "The object has to match this JSON schema:\n" + json.dumps(
        schema.model_json_schema(), ensure_ascii=False
    )
