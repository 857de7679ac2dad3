"""Getting one answer to one interaction, from whatever point it stands at."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Sequence
from enum import Enum

import discord

from bot.chat.platform import Inbox
from bot.errors import Ambiguous, DeliveryError, PaperwireError, TooOld
from bot.platforms.discord.asked import Asked
from bot.platforms.discord.channels import replacing
from bot.platforms.discord.errors import ALREADY_ACKNOWLEDGED, UNKNOWN_MESSAGE, ours
from bot.platforms.discord.render import Payload
from bot.platforms.discord.webhooks import LOADING, Webhooks

log = logging.getLogger(__name__)


class Stands(Enum):
    """What Discord has of our answer, as far as we know."""

    NOTHING = "nothing"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


class Remembered:
    """The inbox as one that never fails: a person waits, and a crash is rare."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def new(self, key: str, payload: str) -> bool:
        """Keep what came in; False if it came in before."""
        try:
            return await self._inbox.put(key, payload)
        except PaperwireError as error:
            log.warning("answering without the inbox: %s", error)
            return True

    async def done(self, key: str) -> None:
        """Forget the payload."""
        try:
            await self._inbox.done(key)
        except PaperwireError as error:
            log.warning("the inbox did not take that %s is done: %s", key, error)


class Delivery:
    """The messages of an answer. `send` may be called again after any failure and sends what is missing."""

    def __init__(
        self,
        webhooks: Webhooks,
        inbox: Remembered,
        asked: Asked,
        bodies: Sequence[Payload],
        *,
        private: bool,
        drafted: bool = False,
        here: bool = False,
    ) -> None:
        """`drafted`: what stands in place of the deferral may be a draft, and no answer.

        `here`: the answer takes the place of the message that the button stands under. Without any bodies what was
        asked is taken for heard, and nothing shows.
        """
        self._webhooks = webhooks
        self._inbox = inbox
        self._asked = asked
        self._bodies = bodies
        self._private = private
        self._drafted = drafted
        self._here = here
        self.ids: list[str] = []  # of the further messages, as far as they are known
        self._unsent: dict[int, bool] = {}  # parts that are ours to send; True: it may have been sent

    async def send(self, stands: Stands) -> None:
        """Send all parts that are not there yet. Raises `DeliveryError`; `TooOld` if Discord takes none.

        Discord alone knows when that is: clocks differ.
        """
        try:
            if not self._bodies:
                await self._silence(stands)
                return
            if self._here:
                await self._replace(stands)
                return
            known = await self._first(stands)
            for number in range(1, len(self._bodies)):
                await self._part(number, known=known)
        except discord.HTTPException as error:
            raise ours(error) from None

    async def _replace(self, stands: Stands) -> None:
        """Put the answer in place of the message with the button; to do that twice is no harm."""
        body = replacing(self._bodies[0])
        if stands is Stands.NOTHING and await self._taken(self._webhooks.update(self._asked, body)):
            return
        try:
            await self._webhooks.edit_original(self._asked, body)
        except discord.HTTPException as error:
            # No response shows: the bot was down for 3 s, or is back within them.
            if not isinstance(ours(error), TooOld):
                raise
            if not await self._taken(self._webhooks.update(self._asked, body)):
                raise

    async def _silence(self, stands: Stands) -> None:
        """Leave nothing that says that an answer is on its way."""
        if stands is Stands.NOTHING and self._asked.message:
            await self._taken(self._webhooks.defer_update(self._asked))
            return
        if stands is Stands.NOTHING:
            await self._taken(self._webhooks.defer(self._asked))
        if stands is Stands.UNKNOWN or self._asked.here:  # it may be somebody's message that stands there
            return
        with contextlib.suppress(discord.NotFound):
            await self._webhooks.delete_original(self._asked)

    async def _taken(self, response: Awaitable[None]) -> bool:
        """Whether Discord took the response; not if it has one."""
        try:
            await response
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            return False
        return True

    async def _first(self, stands: Stands) -> bool:
        """Send the first part; return whether it is certain that the others are not there."""
        if stands is Stands.NOTHING and await self._responded():
            return True
        if self._asked.here and stands is Stands.DEFERRED:  # nothing shows of it that could be filled in
            await self._part(0, known=True)
            return True
        deferred: bool | None = stands is Stands.DEFERRED
        known = stands is Stands.DEFERRED
        if not known:
            deferred = await self._is_deferred()
        if deferred:
            await self._fill()
        elif deferred is None and not await self._responded(late=True):
            # No response shows: it may have been one that was taken back, or the bot was down for 3 s.
            await self._part(0, known=False)
        return known

    async def _responded(self, *, late: bool = False) -> bool:
        """Respond; False if there is a response already, or where it is `late` and Discord waits no more."""
        try:
            await self._webhooks.respond(self._asked, self._bodies[0], private=self._private)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED and not (late and isinstance(ours(error), TooOld)):
                raise
            return False
        return True

    async def _is_deferred(self) -> bool | None:
        """Whether the answer is still to come; None if there is no response, or none any more."""
        try:
            message = await self._webhooks.original(self._asked)
        except discord.HTTPException as error:
            if error.code == UNKNOWN_MESSAGE or isinstance(ours(error), TooOld):
                return None
            raise
        if self._asked.here and str(message.get("id")) == self._asked.message:
            await self._part(0, known=False)  # only heard so far, or that and more
            return False
        return self._drafted or bool(int(message.get("flags", 0)) & LOADING)

    async def _fill(self) -> None:
        """Put the first part where the deferral stands."""
        try:
            if not self._private:
                body = self._bodies[0]
                await self._webhooks.edit_original(self._asked, replacing(body) if self._drafted else body)
                return
            await self._webhooks.delete_original(self._asked)
        except discord.NotFound:
            log.debug("the deferral of %s was taken away", self._asked.id)
        await self._part(0, known=True)

    async def _part(self, number: int, *, known: bool) -> None:
        """Send a further message, and remember it; unless `known` not to be there, only if it is not.

        Discord knows no nonce for it: where it stays open whether it was sent, it is sent once more.
        """
        key = f"{self._asked.id}/{number}"
        if not known and number not in self._unsent and not await self._inbox.new(key, ""):
            return
        doubted = self._unsent.get(number, False)
        self._unsent[number] = False
        try:
            sent = await self._webhooks.follow_up(self._asked, self._bodies[number], private=self._private)
            self.ids += filter(None, (sent.get("id"),))
        except (discord.HTTPException, DeliveryError) as error:
            if not isinstance(ours(error), Ambiguous):
                raise
            if not doubted:
                self._unsent[number] = True
                raise
            log.warning("part %d of the answer to %s may be missing: %s", number, self._asked.id, error)
        del self._unsent[number]
        await self._inbox.new(key, "")
        await self._inbox.done(key)
