"""Answering every interaction once: in time, in the right visibility, and across a crash.

A reply that is ready at once is the interaction's response itself, public or private as it wants to
be. For a later one the interaction is deferred publicly; what then turns out private takes the place of the
deferral, because Discord fixes a deferral's visibility. Where Discord no longer takes an answer (15
minutes, or 3 s without a response), a public one is posted in the channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import Enum
from typing import Any

import discord

from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Inbox
from bot.chat.reply import Outcome, Paragraph, Reply
from bot.chat.request import Address
from bot.chat.text import Code
from bot.chat.wording import translator
from bot.errors import Ambiguous, DeliveryError, PaperwireError, Rejected, RetryAfter, TooOld
from bot.platforms.discord.asked import LIFETIME, Asked
from bot.platforms.discord.errors import ALREADY_ACKNOWLEDGED, ours
from bot.platforms.discord.render import Payload, render
from bot.platforms.discord.webhooks import LOADING, Pause, Webhooks

log = logging.getLogger(__name__)

# Long work shows within one second that it goes on; what is quicker needs no deferral.
PATIENCE = 0.7
_RESPONSE = 3.0  # seconds that Discord waits for the first response
_SAFETY = 60.0  # seconds before the end of a token's life in which it is not relied on
_LONGEST_PAUSE = 30.0
_POSTINGS = 5

Post = Callable[[Address, Reply, str], Awaitable[object]]


class _Stands(Enum):
    """What Discord has of our answer, as far as we know."""

    NOTHING = "nothing"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


class Answers:
    """`post` sends a reply to a channel, a key telling Discord which repeats are one message."""

    def __init__(
        self,
        webhooks: Webhooks,
        inbox: Inbox,
        post: Post,
        *,
        patience: float,
        clock: Callable[[], float],
        pause: Pause,
    ) -> None:
        self._webhooks = webhooks
        self._inbox = inbox
        self._post = post
        self._patience = patience
        self._clock = clock
        self._pause = pause

    async def fresh(self, asked: Asked, dispatcher: Dispatcher) -> None:
        """Answer what has just come in, unless it came in before."""
        work = asyncio.ensure_future(self._work(asked, dispatcher))
        try:
            quick, _ = await asyncio.wait({work}, timeout=self._patience)
            stands = _Stands.NOTHING if quick else await self._defer(asked)
            reply = await work
        finally:
            work.cancel()
        if reply:
            await self._deliver(asked, reply, stands)
            await self._finish(str(asked.id))

    async def again(self, asked: Asked, dispatcher: Dispatcher) -> None:
        """Answer what an earlier run may have answered or not."""
        reply = await dispatcher.dispatch(asked.request)
        await self._deliver(asked, reply, _Stands.UNKNOWN)

    async def _work(self, asked: Asked, dispatcher: Dispatcher) -> Reply | None:
        if not await self._new(str(asked.id), asked.to_json()):
            return None
        return await dispatcher.dispatch(asked.request)

    async def _new(self, key: str, payload: str) -> bool:
        try:
            return await self._inbox.put(key, payload)
        except PaperwireError as error:
            log.warning("answering without the inbox: %s", error)  # a person waits, and a crash is rare
            return True

    async def _finish(self, key: str) -> None:
        try:
            await self._inbox.done(key)
        except PaperwireError as error:
            log.warning("the inbox did not take that %s is done: %s", key, error)

    async def _defer(self, asked: Asked) -> _Stands:
        try:
            await self._webhooks.defer(asked)
        except (discord.HTTPException, DeliveryError) as error:
            log.info("interaction %s could not be deferred: %s", asked.id, error)
            return _Stands.UNKNOWN
        return _Stands.DEFERRED

    async def _deliver(self, asked: Asked, reply: Reply, stands: _Stands) -> None:
        """Send the reply by the way that is left. Raises nothing: what cannot be sent is logged."""
        private = reply.private or reply.outcome is not Outcome.DONE
        bodies: list[Payload] = render(reply)
        wait, apologised = 1.0, False
        while True:
            try:
                await self._send(asked, bodies, private, stands)
            except (RetryAfter, Ambiguous) as error:
                log.info("answer to %s is delayed: %s", asked.id, error)
                await self._pause(getattr(error, "seconds", wait))
                stands, wait = _Stands.UNKNOWN, min(wait * 2, _LONGEST_PAUSE)
            except TooOld:
                await self._elsewhere(asked, reply, private)
                return
            except DeliveryError as error:
                log.error("Discord refused the answer to /%s (%s): %s", asked.command, asked.id, error)
                if apologised or not isinstance(error, Rejected):
                    return
                bodies, private, apologised = render(_apology(asked)), True, True
                stands = _Stands.UNKNOWN
            else:
                return

    async def _send(self, asked: Asked, bodies: list[Payload], private: bool, stands: _Stands) -> None:
        """Send all parts that are not there yet. Raises `DeliveryError`; `TooOld` if Discord takes none."""
        age = self._clock() - asked.born
        if age > LIFETIME - _SAFETY:
            raise TooOld("the interaction's token has expired")
        try:
            if stands is _Stands.NOTHING and await self._responded(asked, bodies[0], private=private):
                known = True
            else:
                known = stands is _Stands.DEFERRED
                deferred = known or await self._is_deferred(asked)
                if deferred:
                    await self._fill(asked, bodies[0], private=private)
                elif deferred is None:
                    await self._late(asked, bodies[0], private=private, age=age)
            for number, body in enumerate(bodies[1:], 1):
                await self._part(asked, number, body, private=private, known=known)
        except discord.HTTPException as error:
            raise ours(error) from None

    async def _responded(self, asked: Asked, body: Payload, *, private: bool) -> bool:
        """Respond; False if there is a response already."""
        try:
            await self._webhooks.respond(asked, body, private=private)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            return False
        return True

    async def _is_deferred(self, asked: Asked) -> bool | None:
        """Whether the answer is still to come; None if there is no response, or none any more."""
        try:
            message = await self._webhooks.original(asked)
        except discord.HTTPException as error:
            if isinstance(ours(error), TooOld):
                return None
            raise
        return bool(int(message.get("flags", 0)) & LOADING)

    async def _fill(self, asked: Asked, body: Payload, *, private: bool) -> None:
        """Put the answer where the deferral stands."""
        try:
            if private:
                await self._webhooks.delete_original(asked)
            else:
                await self._webhooks.edit_original(asked, body)
                return
        except discord.NotFound:
            log.debug("the deferral of %s was taken away", asked.id)
        await self._part(asked, 0, body, private=private, known=True)

    async def _late(self, asked: Asked, body: Payload, *, private: bool, age: float) -> None:
        """Answer an interaction that shows no response: it may have had one, or be seconds old."""
        if age < _RESPONSE and await self._responded(asked, body, private=private):
            return
        await self._part(asked, 0, body, private=private, known=False)

    async def _part(self, asked: Asked, number: int, body: Payload, *, private: bool, known: bool) -> None:
        """Send a further message, and remember it; unless `known` not to be there, only if it is not."""
        key = f"{asked.id}/{number}"
        if not known and not await self._new(key, ""):
            return
        await self._webhooks.follow_up(asked, body, private=private)
        await self._new(key, "")
        await self._finish(key)

    async def _elsewhere(self, asked: Asked, reply: Reply, private: bool) -> None:
        """Post the answer in the channel, beneath the question; what is private only where nobody else reads."""
        if private and not asked.private:
            log.warning("/%s (%s) stays without its private answer: too late", asked.command, asked.id)
            return
        question = Paragraph((Code(asked.line),), small=True)
        late = replace(reply, blocks=(question, *reply.blocks))
        for _ in range(_POSTINGS):
            try:
                await self._post(asked.address, late, str(asked.id))
            except (RetryAfter, Ambiguous) as error:
                await self._pause(getattr(error, "seconds", 1.0))
            except DeliveryError as error:
                log.warning("/%s (%s) stays without an answer: %s", asked.command, asked.id, error)
                return
            else:
                return


def _apology(asked: Asked) -> Reply:
    hint: Any = asked.request.hint
    said = translator(hint.tag if hint else "en").rich(
        "Something went wrong on our side; if it happens again, tell the owner the reference `{reference}`.",
        reference=str(asked.id)[-6:],
    )
    return Reply((Paragraph(said),), Outcome.FAILED, private=True)
