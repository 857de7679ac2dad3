"""Answering every interaction once: in time, in the right visibility, and across a crash.

A reply that is ready at once is the interaction's response itself, public or private as it wants to
be. For a later one the interaction is deferred publicly; what then turns out private takes the place of the
deferral, because Discord fixes a deferral's visibility. Where Discord no longer takes an answer (15
minutes, or 3 s without a response), a public one is posted in the channel.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

import discord

from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Inbox
from bot.chat.reply import Outcome, Paragraph, Reply
from bot.chat.request import Address
from bot.chat.text import Code
from bot.chat.wording import translator
from bot.errors import Ambiguous, DeliveryError, Rejected, RetryAfter, TooOld
from bot.platforms.discord.asked import LIFETIME, Asked
from bot.platforms.discord.deferral import Deferral
from bot.platforms.discord.delivery import Delivery, Remembered, Stands
from bot.platforms.discord.render import Payload, render
from bot.platforms.discord.webhooks import Pause, Webhooks

log = logging.getLogger(__name__)

# Long work shows within one second that it goes on; what is quicker needs no deferral.
PATIENCE = 0.7
_LONGEST_PAUSE = 30.0
_GRACE = 120.0
_DOUBTS = 5

Post = Callable[[Address, Reply, str], Awaitable[object]]


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
        ticks: Callable[[], float],
        pause: Pause,
    ) -> None:
        self._webhooks = webhooks
        self._inbox = Remembered(inbox)
        self._post = post
        self._patience = patience
        self._clock = clock
        self._ticks = ticks
        self._pause = pause

    async def fresh(self, asked: Asked, dispatcher: Dispatcher) -> None:
        """Answer what has just come in, unless it came in before."""
        born = self._ticks()
        deferral = Deferral(partial(self._defer, asked), self._patience)
        try:
            reply = await self._work(asked, dispatcher)
            stands = await deferral.stands()
        finally:
            deferral.cancel()
        if reply:
            await self._deliver(asked, reply, stands, born)
            await self._inbox.done(str(asked.id))

    async def again(self, asked: Asked, dispatcher: Dispatcher) -> None:
        """Answer what an earlier run may have answered or not."""
        reply = await dispatcher.dispatch(asked.request)
        # Clocks may have been set in between: however old it seems, one failure of Discord's is waited out.
        lived = min(max(0.0, self._clock() - asked.received), LIFETIME - _GRACE)
        await self._deliver(asked, reply, Stands.UNKNOWN, self._ticks() - lived)
        await self._inbox.done(str(asked.id))

    async def _work(self, asked: Asked, dispatcher: Dispatcher) -> Reply | None:
        if not await self._inbox.new(str(asked.id), asked.to_json()):
            return None
        return await dispatcher.dispatch(asked.request)

    async def _defer(self, asked: Asked) -> Stands:
        try:
            await self._webhooks.defer(asked)
        except (discord.HTTPException, DeliveryError) as error:
            log.info("interaction %s could not be deferred: %s", asked.id, error)
            return Stands.UNKNOWN
        return Stands.DEFERRED

    async def _deliver(self, asked: Asked, reply: Reply, stands: Stands, born: float) -> None:
        """Send the reply by the way that is left. Raises nothing: what cannot be sent is logged.

        `born` is when the interaction was made, in ticks; it decides for how long a failing Discord is
        tried, but not whether.
        """
        private = reply.private or reply.outcome is not Outcome.DONE
        delivery = Delivery(self._webhooks, self._inbox, asked, _rendered(asked, reply), private=private)
        wait, apologised = 1.0, False
        while True:
            try:
                await delivery.send(stands)
            except (RetryAfter, Ambiguous) as error:
                if self._ticks() - born > LIFETIME:
                    await self._elsewhere(asked, reply, private)
                    return
                log.info("answer to %s is delayed: %s", asked.id, error)
                await self._pause(getattr(error, "seconds", wait))
                stands, wait = Stands.UNKNOWN, min(wait * 2, _LONGEST_PAUSE)
            except TooOld:
                await self._elsewhere(asked, reply, private)
                return
            except DeliveryError as error:
                log.error("Discord refused the answer to /%s (%s): %s", asked.command, asked.id, error)
                if apologised or not isinstance(error, Rejected):
                    return
                stands, apologised = Stands.UNKNOWN, True
                delivery = Delivery(self._webhooks, self._inbox, asked, render(_apology(asked)), private=True)
            else:
                return

    async def _elsewhere(self, asked: Asked, reply: Reply, private: bool) -> None:
        """Post the answer in the channel, beneath the question; what is private only where nobody else reads."""
        if private and not asked.private:
            log.warning("/%s (%s) stays without its private answer: too late", asked.command, asked.id)
            return
        question = Paragraph((Code(asked.line),), small=True)
        late = replace(reply, blocks=(question, *reply.blocks))
        doubts = 0
        while doubts < _DOUBTS:
            try:
                await self._post(asked.address, late, str(asked.id))
            except RetryAfter as error:
                await self._pause(error.seconds)
            except Ambiguous:  # the key makes it safe to repeat
                doubts += 1
                await self._pause(1.0)
            except DeliveryError as error:
                log.warning("/%s (%s) stays without an answer: %s", asked.command, asked.id, error)
                return
            else:
                return


def _rendered(asked: Asked, reply: Reply) -> Sequence[Payload]:
    try:
        return render(reply)
    except Exception:  # a fault of ours, and still the person is not left without a word
        log.exception("the answer to /%s (%s) cannot be rendered", asked.command, asked.id)
        return render(_apology(asked))


def _apology(asked: Asked) -> Reply:
    hint = asked.request.hint
    said = translator(hint.tag if hint else "en").rich(
        "Something went wrong on our side; if it happens again, tell the owner the reference `{reference}`.",
        reference=str(asked.id)[-6:],
    )
    return Reply((Paragraph(said),), Outcome.FAILED, private=True)
