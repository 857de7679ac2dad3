"""A chat model behind a server that speaks the OpenAI dialect."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import Field

from bot.errors import ModelUnavailable, ModelUnusable
from bot.writing.answer import Answer
from bot.writing.breaker import Breaker
from bot.writing.clean import visible
from bot.writing.conversation import Reply, Turn, converse
from bot.writing.dialect import RUNGS, Dialect, Failure, Question, Shape, StructuredOutput
from bot.writing.model import Check, Completion, Heard
from bot.writing.prices import FREE, Price
from bot.writing.reading import fits, is_bare
from bot.writing.usage import Usage

if TYPE_CHECKING:
    from bot.writing.openai_wire import Wire

A = TypeVar("A", bound=Answer)

log = logging.getLogger(__name__)

# Seconds before each further attempt; a server that is down for longer is the next reader's luck.
PAUSES = (0.5, 1.0, 2.0, 4.0)

# How much higher the limit of tokens is for a reply that was cut: reasoning counts towards it.
LONGER = 4


class OpenAIModel:
    """Asks `/chat/completions` under `base_url`, and finds out what the server there understands.

    Nothing is connected or imported before the first call, whose deadline begins after that. An empty `api_key` is for local servers.
    A server that fails again and again is left alone for a while, see `Breaker`; every model has one of its
    own, because the same server may be out of one model and have another.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        api_key: str = "",
        deadline: float = 90.0,
        max_tokens: int = 4_096,
        price: Price = FREE,
        breaker: Breaker | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._base_url = base_url
        self._api_key = api_key
        self._deadline = deadline
        self._max_tokens = max_tokens
        self._price = price
        self._breaker = breaker or Breaker(name)
        self._sleep = sleep
        self._jitter = jitter
        # OpenAI's own reasoning models refuse the old name, most other servers know only that.
        own = "//api.openai.com" in base_url
        self._dialect = Dialect(Shape(limit="max_completion_tokens" if own else "max_tokens"))
        self._wire: Wire | None = None
        self.spent = Usage()

    @property
    def name(self) -> str:
        return self._name

    @property
    def structured_output(self) -> StructuredOutput:
        """How the form of an answer is asked for, as far as is known by now."""
        return self._dialect.shape.output

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
        """Return an answer of the shape `schema`, as `ChatModel` promises."""
        wire = await self._connect()
        until = self._until(deadline)

        async def ask(turns: Sequence[Turn], schema: type[Answer], *, longer: bool) -> Reply:
            question = Question(turns, schema, self._max_tokens * (LONGER if longer else 1))
            first = self._dialect.first(streams=heard is not None)
            reply, shape = await self._ask(wire, question, until, first, heard)
            if reply.text and reply.end == "complete" and not any(turn.role == "assistant" for turn in turns):
                self._dialect.answered(shape, fits=fits(reply.text, schema))
            return reply

        done = await converse(ask, system=system, user=user, schema=schema, check=check)
        return replace(done, model=self._name)

    async def probe(self, *, deadline: float | None = None) -> StructuredOutput:
        """Find out, by tiny calls, which structured output the server holds its model to, and keep to it.

        A server that accepts `json_schema` and ignores it comes out as "json_object" or "prompt".
        Raises `ModelUnavailable`, and `ModelUnusable` where what answers is no model: it says not one word.
        """
        wire = await self._connect()
        until = self._until(deadline)
        # Nothing in these words makes a model write JSON.
        turns = [Turn("system", "You are being tested."), Turn("user", "Say in one word that you are ready.")]
        question = Question(turns, _Ready, self._max_tokens)
        shape = Shape(RUNGS[0], self._dialect.shape.limit)
        while True:
            reply, shape = await self._ask(wire, question, until, shape)
            lower = shape.lower
            if lower is None or is_bare(reply.text):
                break
            shape = lower
        if not reply.text and reply.end == "complete":
            raise ModelUnusable("malformed")
        self._dialect.shape = Shape(shape.output, self._dialect.shape.limit)
        return shape.output

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.aclose()

    async def _connect(self) -> Wire:
        if self._wire is None:
            # The SDK takes most of a second to import: in a thread, others go on meanwhile.
            wire_type = await asyncio.to_thread(_import_wire)
            if self._wire is None:
                self._wire = wire_type(self._base_url, self._api_key, self._name)
        return self._wire

    def _until(self, deadline: float | None) -> float:
        return asyncio.get_running_loop().time() + (self._deadline if deadline is None else deadline)

    async def _ask(
        self, wire: Wire, question: Question, until: float, shape: Shape, heard: Heard | None = None
    ) -> tuple[Reply, Shape]:
        """Return the reply, and the shape that got it, beginning with `shape`. Raises `ModelUnavailable`."""
        with self._breaker.call() as call:
            try:
                async with asyncio.timeout_at(until):
                    answered = await self._try(wire, question, until, shape, heard)
            except TimeoutError:
                call.failed = True
                raise _unavailable("timeout", requests=1) from None
            except _GivenUp as given_up:
                failure = given_up.failure
                # A server that says no is there.
                call.failed = failure.passing
                raise _unavailable(failure.reason, failure.retry_after, requests=given_up.requests) from None
            call.failed = False
            return answered

    async def _try(
        self, wire: Wire, question: Question, until: float, first: Shape, heard: Heard | None
    ) -> tuple[Reply, Shape]:
        """Return the reply after as many requests as it takes. Raises `_GivenUp`."""
        clock = asyncio.get_running_loop().time
        pauses = iter(PAUSES)
        shape, tried, failures = first, {first}, list[Failure]()
        while True:
            try:
                reply = await wire.send(question, shape, seconds=until - clock(), heard=heard)
            except Failure as failure:
                failures.append(failure)
                if other := self._dialect.another(shape, failure, tried):
                    shape = other
                    tried.add(shape)
                    continue
                pause = self._pause(failure, next(pauses, None))
                if pause is None or clock() + pause >= until:
                    said = self._without_key(failure.message)
                    log.warning("%s: %s %s (%d requests)", self._name, failure.reason, said, len(failures))
                    raise _GivenUp(failure, len(failures)) from None
                await self._sleep(pause)
                shape = first
            else:
                usage = self._price.of(replace(reply.usage, retries=len(failures)))
                self.spent += usage
                self._dialect.worked(shape, failures, streams=heard is not None)
                return replace(reply, usage=usage), shape

    def _without_key(self, message: str) -> str:
        return visible(message.replace(self._api_key, "…") if self._api_key else message)

    def _pause(self, failure: Failure, usual: float | None) -> float | None:
        """Return how long to wait before the next attempt, None if there shall be none."""
        if not failure.passing or usual is None:
            return None
        return max(failure.retry_after or 0.0, usual * (0.5 + self._jitter()))


class _GivenUp(Exception):
    """No further request is worth it after this `failure`, the last of so many."""

    def __init__(self, failure: Failure, requests: int) -> None:
        super().__init__(failure.reason)
        self.failure = failure
        self.requests = requests


def _unavailable(reason: str, retry_after: float | None = None, *, requests: int) -> ModelUnavailable:
    error = ModelUnavailable(reason, retry_after)
    error.cost = Usage(retries=requests)
    return error


class _Ready(Answer):
    """The smallest answer there is."""

    ready: Literal["yes", "no"] = Field(description="Whether you are ready.")


def _import_wire() -> type[Wire]:
    from bot.writing.openai_wire import Wire

    return Wire
