"""A second model, for when the first brings nothing."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TypeVar

from bot.errors import ModelFailure, ModelUnusable
from bot.writing.answer import Answer
from bot.writing.model import ChatModel, Check, Completion, Heard
from bot.writing.usage import Usage

A = TypeVar("A", bound=Answer)

# Of a deadline: the second has to have time to answer, too.
FIRST_SHARE = 0.6

log = logging.getLogger(__name__)


class Fallback:
    """Asks `first`, and `second` where the first is unavailable or its answer malformed or cut.

    A refusal is final: it is a judgement on the text, and no other model is looked for to overrule it.
    What is written is kept under the first one's name, whoever wrote it, and says who did.
    """

    def __init__(self, first: ChatModel, second: ChatModel) -> None:
        self._first = first
        self._second = second

    @property
    def name(self) -> str:
        return self._first.name

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
        """Return an answer as `ChatModel` promises; without a `deadline` each model has its own.

        Where both fail, the error is the first one's, with what both of them cost.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        share = None if deadline is None else deadline * FIRST_SHARE
        try:
            return await self._first.complete(
                system=system, user=user, schema=schema, deadline=share, check=check, heard=heard
            )
        except ModelFailure as error:
            if isinstance(error, ModelUnusable) and error.reason == "refused":
                raise
            failed, spent = error, _cost(error)
        log.info("%s: %s; asking %s", self._first.name, failed, self._second.name)
        left = None if deadline is None else deadline - (clock() - began)
        try:
            done = await self._second.complete(
                system=system, user=user, schema=schema, deadline=left, check=check, heard=heard
            )
        except ModelFailure as error:
            log.warning("%s: %s", self._second.name, error)
            failed.cost = spent + _cost(error)
            raise failed from None
        return replace(done, usage=spent + done.usage)

    async def aclose(self) -> None:
        """Release what both hold."""
        await self._first.aclose()
        await self._second.aclose()


def _cost(error: ModelFailure) -> Usage:
    return error.cost if isinstance(error.cost, Usage) else Usage()
