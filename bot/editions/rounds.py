"""The roundups that chats have subscribed to: which days one is about, and the messages that it becomes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.chat.platform import Composes, Standing
from bot.chat.reply import Button
from bot.chat.wording import translator
from bot.editions.messages import standing_as
from bot.editions.period import LONGEST, Period
from bot.editions.roundup import Made
from bot.editions.roundup_reply import headline, roundup_reply
from bot.editions.roundups import Asked, Roundups
from bot.editions.shared import Shared
from bot.editions.wish import Wish
from bot.store.outbox import Outbox
from bot.store.quotas import Payer
from bot.topics.wanted import Wanted

_DAY = timedelta(days=1)
_LONGEST_COMMAND = 64  # bytes


@dataclass(frozen=True, slots=True)
class Round:
    """A roundup ready to go out: its frozen content, and `key`, the same for the same roundup in any chat.

    `empty`: nothing matched.
    """

    key: str
    content: str
    parts: int
    empty: bool


def period_of(wish: Wish, last: date) -> Period:
    """Return the days up to `last` that the chat has had no roundup of, a month of them at most."""
    if wish.rounded is None or wish.rounded >= last:
        return Period.until(last, wish.roundup)
    return Period(max(wish.rounded + _DAY, last - (LONGEST - 1) * _DAY), last)


class Rounds:
    """Makes what many chats get at the same time once."""

    def __init__(self, roundups: Roundups, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._roundups = roundups
        self._outbox = outbox
        self._clock = clock
        self._made: Shared[Made] = Shared(8, 600, clock)
        self._contents: Shared[tuple[str, int]] = Shared(32, 600, clock)

    async def of(
        self,
        platform: str,
        composes: Composes,
        asked: Asked,
        payer: Payer,
        until: float,
        *,
        standing: Standing | None = None,
    ) -> Round:
        """Return the roundup, written as far as it is by `until`, a Unix time; if it is not, it is extracted.

        Its headline is the name of `standing`, how it is to stand in the chat. Raises `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        written = (asked.wanted.typed, asked.period, asked.language)

        async def purse() -> Payer:
            return payer

        late = False
        try:
            async with asyncio.timeout(max(0.0, until - self._clock())):
                made = await self._made.get(written, lambda: self._roundups.of(asked, purse))
        except TimeoutError:
            late = True
            made = await self._made.get((*written, late), lambda: self._roundups.extract(asked))

        async def frozen() -> tuple[str, int]:
            reply = roundup_reply(
                made, translator(asked.language.tag), buttons=_buttons(asked.wanted, made), late=late
            )
            named = (
                replace(standing, name=headline(made, translator(asked.language.tag))) if standing else None
            )
            messages = standing_as(named, composes, composes.compose(reply))
            return await self._outbox.freeze(messages), len(messages)

        said = (platform, standing, *written, late, made.written.writer, made.written.written_at)
        content, parts = await self._contents.get(said, frozen)
        key = f"roundup\n{asked.wanted.key}\n{asked.period.first} {asked.period.last}"
        return Round(key, content, parts, not made.roundup.items)


def delivery_key(address: str, key: str) -> str:
    """Return the key under which a place gets it once."""
    return hashlib.sha256(f"{address}\n{key}".encode()).hexdigest()[:20]


def _buttons(wanted: Wanted, made: Made) -> list[Button]:
    command = f"/topic {wanted.typed}"
    if len(command.encode()) > _LONGEST_COMMAND:
        return []
    return [Button(translator(made.written.language.tag)("Latest papers"), command)]
