"""The one way out: what goes to Telegram with this token, at Telegram's pace."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from telegram import Bot

from bot.errors import Ambiguous, DeliveryError, Forbidden, Migrated, Rejected, RetryAfter, ThreadGone, TooOld
from bot.platforms.telegram.calls import Calls, Standing, Target, simpler
from bot.platforms.telegram.errors import UNREACHED, Unarrived, Unreached
from bot.platforms.telegram.pace import Limits, Turns
from bot.platforms.telegram.patience import Place, Waiting, places
from bot.platforms.telegram.reasons import SILENCED
from bot.platforms.telegram.render import Album, Message, Payload
from bot.platforms.telegram.slots import Slots

log = logging.getLogger(__name__)

PATIENCE = 900.0  # seconds for which a reply is worth sending to a Telegram that is away
SENDING = 32  # answers on their way at once; the connection pool grows slow with many more
_IN_A_CHAT = 8  # of them to one chat, which cannot then keep the others waiting
POSTING = 32  # of what nobody asked for: apart, so that none of it keeps an answer waiting
LONGEST_WAIT = 5.0  # what nobody asked for is handed back rather than kept waiting longer
_ELSEWHERE = 60.0  # seconds for which somebody looks at a message elsewhere for an answer
_BETWEEN_PARTS = 60.0  # unless the part before it is out


class Sender:
    """Sends replies at once and whatever it takes, and unasked messages behind them."""

    def __init__(
        self, bot: Bot, limits: Limits, *, first_wait: float = 1.0, longest_wait: float = 30.0
    ) -> None:
        self._calls = Calls(bot)
        self._turns = Turns(limits)
        self._sending = Slots(SENDING, _IN_A_CHAT)
        self._posting = Slots(POSTING, _IN_A_CHAT)
        self._waiting = Waiting()
        self._silent = False  # whether nothing was heard of Telegram since something may have arrived
        self._asking = asyncio.Lock()
        self._ask_again = 0.0
        self._first_wait = first_wait
        self._longest_wait = longest_wait

    def crowded(self, chat: str) -> bool:
        """Tell whether so many answers wait in `chat` already that another would be refused."""
        return self._waiting.full(chat, self._turns.paused(chat))

    async def answer(
        self, target: Target, payloads: Sequence[Payload], draft: int | None = None
    ) -> tuple[str, tuple[int, ...]]:
        """Send a reply to a command, through pauses and outages, around what is gone; return chat and ids.

        It takes the place of the `draft` with this id, which has notified. A part whose fate is unknown is sent
        once more and no more, as soon as Telegram answers anything: a repeat is better than silence. Raises
        `DeliveryError`, also where too many answers wait already.
        """
        ids: list[int] = []
        left = deque(payloads)
        if draft is not None and not isinstance(left[0], Message):
            await self.delete(target.chat, draft)
            draft = None
        with self._waiting.place(target.chat) as place:
            while left:
                payload = left.popleft()
                try:
                    target, sent = await self._insist(target, payload, place, first=not ids, draft=draft)
                except Rejected:
                    if not (isinstance(payload, Album) and len(payload.uploads) > 1):
                        raise
                    left.extendleft(Album((upload,)) for upload in reversed(payload.uploads))
                    continue
                ids += sent
                target, draft = replace(target, reply_to=None), None
        return target.chat, tuple(ids)

    async def draft(self, target: Target, payload: Message, message: int | None) -> int:
        """Show a reply that is still being written, in its `message` if there is one; return the id.

        Nothing is repeated and nothing waits. Raises a `DeliveryError`: `RetryAfter` where it must not be now,
        `TooOld` where the message is gone.
        """
        if wait := self._turns.spare(target.chat):
            raise RetryAfter(wait)
        (sent,) = await self._once(target, payload, "HTML", first=True, draft=message)
        return sent

    async def delete(self, chat: str, message: int) -> None:
        """Delete a message of ours, if Telegram lets us."""
        try:
            await self._calls.delete(chat, message)
        except DeliveryError as error:
            log.info("A draft could not be deleted: %s", error)

    async def restore(self, chat: str, standing: Standing) -> None:
        """Let a message of ours say again what it said, if Telegram lets us."""
        try:
            await self._calls.restore(chat, standing)
        except DeliveryError as error:
            log.info("A message could not be restored: %s", error)

    async def edit_elsewhere(self, message: str, payload: Message) -> None:
        """Show `payload` in a message that was sent from our offers, of whose chat nothing is known but its own id.

        Pauses and outages are borne with for a while. Raises a `DeliveryError`.
        """
        loop = asyncio.get_running_loop()
        give_up, wait = loop.time() + _ELSEWHERE, self._first_wait
        while True:
            try:
                return await self._edit_elsewhere(message, payload)
            except (RetryAfter, Ambiguous) as error:  # to edit twice is no harm
                pause = error.seconds if isinstance(error, RetryAfter) else wait
                if loop.time() + pause > give_up:
                    raise
                await asyncio.sleep(pause)
                wait = min(2 * wait, self._longest_wait)

    async def _edit_elsewhere(self, message: str, payload: Message) -> None:
        refused: DeliveryError | None = None
        for form, parse_mode in simpler(payload):
            assert isinstance(form, Message)
            try:
                async with self._sending.slot(message):
                    return await self._calls.edit_elsewhere(message, form, parse_mode)
            except Rejected as error:
                refused = error
        assert refused
        raise refused

    @contextlib.asynccontextmanager
    async def turn(self, chat: str) -> AsyncIterator[None]:
        """Wait until a message that nobody asked for may leave, behind those that somebody did.

        Raises a `DeliveryError`: `RetryAfter` instead of waiting for more than the turns of others, and
        `Unreached` after a message that may have arrived, until Telegram answers again.
        """
        if (wait := self._turns.delay(chat)) > LONGEST_WAIT:
            raise RetryAfter(wait)
        async with contextlib.AsyncExitStack() as place:
            try:
                async with asyncio.timeout(LONGEST_WAIT):
                    await self._be_answered()
                    turn = await self._turns.take(chat, urgent=False)
                    await place.enter_async_context(self._posting.slot(chat))
            except TimeoutError:
                raise (_unreached() if self._silent else RetryAfter(LONGEST_WAIT)) from None
            yield
        self._turns.answered(turn)

    async def post(self, target: Target, payload: Payload, *, first: bool) -> str:
        """Send one message within its `turn`; return its id. Raises a `DeliveryError`."""
        try:
            return str((await self._post(target, payload, first=first))[0])
        except Ambiguous:
            self._silent = True
            raise

    async def deliver(self, target: Target, payloads: Sequence[Payload]) -> tuple[str, ...]:
        """Post one after the other; return the ids. Raises a `DeliveryError`.

        Once a part is out, the others follow after pauses of up to a minute, or it is `Ambiguous`.
        """
        ids: list[str] = []
        while len(ids) < len(payloads):
            try:
                async with self.turn(target.chat):
                    ids.append(await self.post(target, payloads[len(ids)], first=not ids))
            except RetryAfter as error:
                if not ids:
                    raise
                if error.everywhere or error.seconds > _BETWEEN_PARTS:
                    raise Ambiguous(f"{len(ids)} of {len(payloads)} messages were sent: {error}") from None
                await asyncio.sleep(error.seconds)
        return tuple(ids)

    async def find(self, name: str) -> str:
        """Return the id of a chat by its @name or id. Raises a `DeliveryError`."""
        return await self._calls.find(name)

    async def _insist(
        self, target: Target, payload: Payload, place: Place, *, first: bool, draft: int | None
    ) -> tuple[Target, Sequence[int]]:
        """Send `payload`, in the place of a `draft`; return where it went in the end, and the ids."""
        loop = asyncio.get_running_loop()
        give_up, wait, doubted = loop.time() + PATIENCE, self._first_wait, False
        while True:
            if (pause := self._turns.paused(target.chat)) and not place.keep(places(pause)):
                raise RetryAfter(pause)
            messages = len(payload.uploads) if isinstance(payload, Album) else 1
            turn = await self._turns.take(target.chat, urgent=True, messages=messages)
            try:
                async with self._sending.slot(target.chat):
                    sent = await self._post(target, payload, first=first, draft=draft)
            except (RetryAfter, Unarrived) as error:
                if loop.time() > give_up:
                    raise
                if isinstance(error, Unarrived) or error.everywhere:
                    if not place.keep(places()):
                        raise
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, self._longest_wait)
            except Ambiguous:
                if doubted or not place.keep(places()) or not await self._is_back(give_up):
                    raise
                doubted = True
            except Migrated as error:
                target, draft = Target(error.new_chat), None
            except (TooOld, Rejected):
                if draft is None:
                    raise
                draft = None  # it is gone: a message of its own then
            except ThreadGone:
                if target.thread is None:
                    raise
                target, draft = Target(target.chat), None
            else:
                self._turns.answered(turn)
                return target, sent

    async def _be_answered(self) -> None:
        """Return if Telegram has answered since something may have arrived. Raises `Unreached`.

        Such a message is repeated once and no more, if at all: an outage must not make many of them.
        """
        if not self._silent:
            return
        loop = asyncio.get_running_loop()
        async with self._asking:
            if not self._silent:
                return
            if loop.time() < self._ask_again:
                raise _unreached()
            self._ask_again = loop.time() + self._first_wait
            if not await self._calls.answers():
                raise _unreached()
            self._silent, self._ask_again = False, 0.0

    async def _is_back(self, give_up: float) -> bool:
        """Return True as soon as Telegram answers anything, False when it has not until `give_up`."""
        loop, wait = asyncio.get_running_loop(), self._first_wait
        while loop.time() < give_up:
            await asyncio.sleep(wait)
            wait = min(2 * wait, self._longest_wait)
            if await self._calls.answers():
                return True
        return False

    async def _post(
        self, target: Target, payload: Payload, *, first: bool, draft: int | None = None
    ) -> Sequence[int]:
        """Send `payload`, simpler each time that Telegram refuses its form; return the messages' ids."""
        refused: DeliveryError | None = None
        for form, parse_mode in simpler(payload):
            # Those that went before may have met a pause in the meantime.
            if pause := self._turns.paused(target.chat):
                raise RetryAfter(pause)
            try:
                return await self._once(target, form, parse_mode, first=first, draft=draft)
            except Rejected as error:
                # A message that is edited may be gone in more ways than Telegram documents.
                level = logging.ERROR if draft is None else logging.INFO
                log.log(level, "Telegram refused a message, which is a fault of ours: %s", error.reason)
                refused = error
            except Forbidden as error:
                # Many groups take words and no pictures; without any right, the words will be refused too.
                if isinstance(form, Message) or error.reason != SILENCED:
                    raise
                refused = Rejected(error.reason)
        assert refused
        raise refused

    async def _once(
        self, target: Target, payload: Payload, parse_mode: str | None, *, first: bool, draft: int | None
    ) -> Sequence[int]:
        """Send `payload` in this form, in place of the `draft` if there is one; return the ids."""
        try:
            if draft is None or not isinstance(payload, Message):
                return await self._calls.send(target, payload, parse_mode, first=first)
            await self._calls.edit(target.chat, draft, payload, parse_mode)
            return (draft,)
        except RetryAfter as error:
            if not error.everywhere:
                self._turns.hold(target.chat, error.seconds)
            raise


def _unreached() -> Unreached:
    return Unreached(UNREACHED, everywhere=True)
