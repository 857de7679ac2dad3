"""Due subscriptions become tasks, which any worker on the same Redis takes up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot.editions.wish import is_roundup
from bot.errors import PaperwireError, StoreUnavailable
from bot.logs import about
from bot.store.subscriptions import Claim, Subscription, Subscriptions

if TYPE_CHECKING:
    from docket import Docket

log = logging.getLogger(__name__)

CLAIM = 30.0  # seconds until what a dead process had claimed is due again
_TICK = 1.0  # seconds
_BUSY = 0.1  # seconds between two looks while there is more
_REDELIVERY = 10.0  # seconds until another worker takes a task that a dead one had
_PATIENCE = 5.0  # seconds
_LONGEST = timedelta(minutes=30)  # for all editions of one chat that are due together
_AT_ONCE = 64  # chats in one process; most of them wait for the same texts

Row = tuple[str, str, str, str, str, float | None, str]


class Prepares(Protocol):
    """What is done with each claim."""

    async def prepare(self, claim: Claim) -> None:
        """Settle the claim, or raise, and then it is due again."""


class Work:
    """Claims what is due, and prepares it: both in any number of processes.

    The editions of one chat are one task, one after the other, because a later one leaves out what an earlier
    one shows. The tasks hold nothing that is not in the store: what is lost of them is due again.
    """

    def __init__(
        self,
        desk: Prepares,
        subscriptions: Subscriptions,
        url: str,
        *,
        claim: float = CLAIM,
        tick: float = _TICK,
        redelivery: float = _REDELIVERY,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`url` is the address of the Redis that holds the tasks; whoever can write there can run code here.

        `claim`, `tick` and `redelivery` are in seconds: how long a claim lasts that nobody renews, how often
        we look for what is due, after how long another worker takes over a task, how long work may go on when
        it is told to stop.
        """
        self._desk = desk
        self._subscriptions = subscriptions
        self._url = url
        self._lease = claim
        self._pause = tick
        self._patience = patience
        self._redelivery = timedelta(seconds=redelivery)
        self._clock = clock
        self._at_work: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; what is under way has some seconds then, and is left to others after that."""
        from docket import Docket, Timeout, Worker

        logging.getLogger("docket").setLevel(logging.WARNING)

        async def edition(chat: str, rows: list[Row], longest: Timeout = Timeout(_LONGEST)) -> None:  # noqa: B008
            preparing = asyncio.create_task(self._prepare([_claim(row) for row in rows]))
            self._at_work.add(preparing)
            try:
                await asyncio.wait({preparing})
            finally:
                preparing.cancel()
                await asyncio.gather(preparing, return_exceptions=True)
                self._at_work.discard(preparing)

        async with Docket(name="pw:work", url=self._url) as docket:
            docket.register(edition)
            async with Worker(
                docket,
                concurrency=_AT_ONCE,
                redelivery_timeout=self._redelivery,
                minimum_check_interval=timedelta(milliseconds=100),
                schedule_automatic_tasks=False,
            ) as worker:
                ticking = asyncio.create_task(self._tick(docket), name="what is due")
                working = asyncio.create_task(worker.run_forever(), name="editions")
                try:
                    await asyncio.shield(working)
                finally:
                    ticking.cancel()
                    working.cancel()  # which waits for the tasks under way, and a text may take twenty minutes
                    await asyncio.wait({working}, timeout=self._patience)
                    for preparing in self._at_work:
                        preparing.cancel()
                    await asyncio.gather(ticking, working, return_exceptions=True)

    async def _tick(self, docket: Docket) -> None:
        while True:
            # No more than can be begun soon: claims that wait for their turn run out.
            room = _AT_ONCE - len(self._at_work)
            more = not room
            try:
                if room:
                    claims = await self._subscriptions.claim(self._clock(), self._lease, room)
                    more = len(claims) == room
                    await self._hand_out(docket, claims)
            except Exception as error:
                log.warning("what is due could not be handed out: %s", error)
            await asyncio.sleep(_BUSY if more else self._pause)

    async def _hand_out(self, docket: Docket, claims: list[Claim]) -> None:
        by_chat: dict[str, list[Row]] = {}
        for claim in claims:
            by_chat.setdefault(claim.subscription.chat, []).append(_row(claim))
        # Were one dropped because such a task waits already, the claims run out and are made again.
        await docket.add_many(
            docket.call("edition", key=f"edition {chat}")(chat, rows) for chat, rows in by_chat.items()
        )

    async def _prepare(self, claims: list[Claim]) -> None:
        """Prepare the editions of one chat."""
        async with self._renewed(claims) as ours:
            # What is written longest keeps nothing else waiting.
            for claim in sorted(ours, key=lambda claim: is_roundup(claim.subscription.wanted)):
                with about(chat=claim.subscription.chat, topic=claim.subscription.wanted):
                    await self._prepare_one(claim)

    async def _prepare_one(self, claim: Claim) -> None:
        try:
            await self._desk.prepare(claim)
        except PaperwireError as error:
            # The claim runs out, and the edition is due once more.
            log.warning("the edition is put off: %s", error)
        except Exception:
            log.exception("the edition failed")

    @contextlib.asynccontextmanager
    async def _renewed(self, claims: list[Claim]) -> AsyncIterator[list[Claim]]:
        """Keep those claims that are still ours while the block runs."""

        async def renewed() -> list[Claim]:
            now = self._clock()
            kept = [self._subscriptions.renew(claim, now, self._lease) for claim in claims]
            return [claim for claim, ours in zip(claims, await asyncio.gather(*kept), strict=True) if ours]

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._lease / 3)
                with contextlib.suppress(StoreUnavailable):
                    await renewed()

        try:
            ours = await renewed()
        except StoreUnavailable as error:
            log.warning("editions are put off: %s", error)
            ours = []
        renewing = asyncio.create_task(renew())
        try:
            yield ours
        except asyncio.CancelledError:
            with contextlib.suppress(StoreUnavailable):  # nobody has to wait until they run out
                now = self._clock()
                await asyncio.gather(*(self._subscriptions.renew(claim, now, 0.0) for claim in ours))
            raise
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)


def _row(claim: Claim) -> Row:
    one = claim.subscription
    return (one.id, one.chat, one.place, one.wanted, one.data, one.due, claim.token)


def _claim(row: Row) -> Claim:
    id_, chat, place, wanted, data, due, token = row
    return Claim(Subscription(id_, chat, place, wanted, data, due=due), token)
