"""Answering every interaction once: in time, in the right visibility, and across a crash.

A reply that is ready at once is the interaction's response itself, public or private as it wants to
be. For a later one the interaction is deferred publicly; what then turns out private takes the place of the
deferral, because Discord fixes a deferral's visibility. What a button answers `here` takes the place of the
message that it stands under, where it is one public message of words. Where Discord no longer takes an answer (15
minutes, or 3 s without a response), a public one is posted in the channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import discord

from bot.chat.dispatch import Dispatcher
from bot.chat.draft import EVERY, EVERY_AMONG_MANY, Draft
from bot.chat.draft import PATIENCE as PATIENT
from bot.chat.platform import Inbox
from bot.chat.reply import Image, Outcome, Paragraph, Reply, say
from bot.chat.request import Address, Request
from bot.chat.text import Code
from bot.chat.wording import translator
from bot.errors import Ambiguous, DeliveryError, Rejected, RetryAfter, TooOld, UnknownCommand
from bot.language import ENGLISH
from bot.platforms.discord.asked import LIFETIME, Asked
from bot.platforms.discord.channels import replacing
from bot.platforms.discord.continued import Continued
from bot.platforms.discord.deferral import Deferral
from bot.platforms.discord.delivery import Delivery, Remembered, Stands
from bot.platforms.discord.forms import form
from bot.platforms.discord.render import Payload, render
from bot.platforms.discord.uploads import FILES, without
from bot.platforms.discord.webhooks import Pause, Webhooks

log = logging.getLogger(__name__)

# Long work shows within one second that it goes on; what is quicker needs no deferral.
PATIENCE = 0.7
_LONGEST_PAUSE = 30.0
_LOOK_UP = 1.0  # of the 3 s that Discord gives for showing a form
_GRACE = 120.0
_DOUBTS = 5

Post = Callable[[Address, Reply, str], Awaitable[Sequence[str]]]
Edit = Callable[[Address, str, Payload], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two drafts, with one person and among many; for `progress` see `Draft`."""

    every: float = EVERY
    among_many: float = EVERY_AMONG_MANY
    progress: float = PATIENT


@dataclass(slots=True)
class Shown:
    """What is shown of an answer that is being written."""

    begun: bool = False
    message: str = ""  # its id, where it is a message of its own


class Answers:
    """`post` sends a reply to a channel, a key telling Discord which repeats are one message.

    `edit` puts something else in place of a message of ours.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        inbox: Inbox,
        follow_ups: Continued,
        post: Post,
        edit: Edit,
        *,
        pace: Pace,
        patience: float,
        clock: Callable[[], float],
        ticks: Callable[[], float],
        pause: Pause,
    ) -> None:
        self._webhooks = webhooks
        self._inbox = Remembered(inbox)
        self._follow_ups = follow_ups
        self._post = post
        self._edit = edit
        self._pace = pace
        self._patience = patience
        self._clock = clock
        self._ticks = ticks
        self._pause = pause

    async def fresh(self, asked: Asked, dispatcher: Dispatcher) -> None:
        """Answer what has just come in, unless it came in before."""
        if asked.asks and await self._asks(asked, dispatcher):
            return
        born = self._ticks()
        deferral = Deferral(partial(self._defer, asked), self._patience)
        shown = Shown()
        every = self._pace.every if asked.private else self._pace.among_many
        draft = Draft(partial(self._show, asked, deferral, shown), every=every, patience=self._pace.progress)
        try:
            reply = await self._work(asked, draft, dispatcher)
            await draft.end()
            stands = await deferral.stands()
        finally:
            draft.cancel()
            deferral.cancel()
        if reply:
            await self._deliver(asked, reply, stands, born, drafted=shown.begun)
            await self._inbox.done(str(asked.id))

    async def again(self, asked: Asked, dispatcher: Dispatcher) -> None:
        """Answer what an earlier run may have answered or not."""
        reply = await self._reply(asked, asked.request, dispatcher)
        # Clocks may have been set in between: however old it seems, one failure of Discord's is waited out.
        lived = min(max(0.0, self._clock() - asked.received), LIFETIME - _GRACE)
        # Known from before: there was a draft, which stands there still.
        drafted = not await self._inbox.new(_draft_of(asked), "")
        await self._inbox.done(_draft_of(asked))
        await self._deliver(asked, reply, Stands.UNKNOWN, self._ticks() - lived, drafted=drafted)
        await self._inbox.done(str(asked.id))

    async def _work(self, asked: Asked, draft: Draft, dispatcher: Dispatcher) -> Reply | None:
        if not await self._inbox.new(str(asked.id), asked.to_json()):
            return None
        if asked.here:  # what stands there stays until there is something to put in its place
            return await self._reply(asked, asked.request, dispatcher)
        request = replace(asked.request, draft=draft.put, progress=draft.progress)
        return await self._reply(asked, request, dispatcher)

    async def _reply(self, asked: Asked, request: Request, dispatcher: Dispatcher) -> Reply:
        if asked.asks and (refused := await dispatcher.refusal(request)):
            return refused
        if asked.command or asked.pointed is None:
            return await dispatcher.dispatch(request)
        t = translator((await dispatcher.language(request)).tag)
        return say(t("There is no arXiv id and no link to a paper in that message."), private=True)

    async def _asks(self, asked: Asked, dispatcher: Dispatcher) -> bool:
        """Show the form that asks for what the command line lacks; False where it lacks nothing, or is refused."""
        try:
            command = dispatcher.registry.find(asked.command)
        except UnknownCommand:
            return False
        if not command.parameters:
            return False
        try:
            async with asyncio.timeout(_LOOK_UP):
                if await dispatcher.refusal(asked.request):
                    return False
                language = await dispatcher.language(asked.request)
        except TimeoutError:
            language = asked.request.hint or ENGLISH
        free = not dispatcher.registry.completes(command.parameters[-1])
        await self._webhooks.ask(asked, form(asked, command, translator(language.tag), free=free))
        return True

    async def _show(self, asked: Asked, deferral: Deferral, shown: Shown, reply: Reply) -> float:
        """Show a draft in place of the deferral, the first message's worth of it."""
        if await deferral.now() is not Stands.DEFERRED:
            return 0.0
        if not shown.begun:
            shown.begun = True
            # A run that comes after a crash is not to take it for the answer.
            await self._inbox.new(_draft_of(asked), "")
            await self._inbox.done(_draft_of(asked))
        body = without(render(reply, again=False)[0])
        return await self._webhooks.show(asked, replacing(body))

    async def _defer(self, asked: Asked) -> Stands:
        try:
            await (self._webhooks.defer_update if asked.here else self._webhooks.defer)(asked)
        except (discord.HTTPException, DeliveryError) as error:
            log.info("interaction %s could not be deferred: %s", asked.id, error)
            return Stands.UNKNOWN
        return Stands.DEFERRED

    async def _deliver(
        self, asked: Asked, reply: Reply, stands: Stands, born: float, *, drafted: bool
    ) -> None:
        """Send the reply by the way that is left. Raises nothing: what cannot be sent is logged.

        `born` is when the interaction was made, in ticks; it decides for how long a failing Discord is
        tried, but not whether.
        """
        private = reply.private or reply.outcome is not Outcome.DONE
        deliver = partial(Delivery, self._webhooks, self._inbox, asked, drafted=drafted)
        bodies = _rendered(asked, reply) if reply.blocks else ()
        delivery = deliver(bodies, private=private, here=_fits_here(asked, reply, bodies))
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
                if reply.uploads:  # its words, where pictures are not wanted
                    reply, stands = _in_words(reply), Stands.UNKNOWN
                    delivery = deliver(_rendered(asked, reply), private=private)
                    continue
                if apologised or not isinstance(error, Rejected):
                    return
                stands, apologised = Stands.UNKNOWN, True
                delivery = deliver(render(_apology(asked)), private=True)
            else:
                if reply.follow_up and not private:
                    await self._remember(asked, reply.follow_up, delivery.ids)
                return

    async def _remember(self, asked: Asked, line: str, ids: Sequence[str]) -> None:
        """Remember what replies to the answer continue; `ids` are those of its messages but the first."""
        try:
            first = (await self._webhooks.original(asked))["id"]
            await self._follow_ups.put(asked.place, [first, *ids], line)
        except (discord.HTTPException, DeliveryError, LookupError) as error:
            log.info("replies to the answer to %s will not be understood: %s", asked.id, error)

    async def _edited(self, asked: Asked, reply: Reply) -> bool:
        """Put the answer in place of the message with the button, as the bot; False where that cannot be."""
        bodies = _rendered(asked, reply) if reply.blocks else ()
        if asked.ephemeral or not _fits_here(asked, reply, bodies):
            return False
        try:
            await self._edit(asked.address, asked.message, bodies[0])
        except DeliveryError as error:
            log.info("the message under /%s (%s) stays: %s", asked.command, asked.id, error)
            return False
        return True

    async def _elsewhere(self, asked: Asked, reply: Reply, private: bool) -> None:
        """Post the answer in the channel, beneath the question; what is private only where nobody else reads."""
        if private and not asked.private:
            log.warning("/%s (%s) stays without its private answer: too late", asked.command, asked.id)
            return
        if await self._edited(asked, reply):
            return
        question = Paragraph((Code(asked.line),), small=True)
        late = replace(reply, blocks=(question, *reply.blocks))
        doubts = 0
        while doubts < _DOUBTS:
            try:
                ids = await self._post(asked.address, late, str(asked.id))
            except RetryAfter as error:
                await self._pause(error.seconds)
            except Ambiguous:  # the key makes it safe to repeat
                doubts += 1
                await self._pause(1.0)
            except DeliveryError as error:
                log.warning("/%s (%s) stays without an answer: %s", asked.command, asked.id, error)
                return
            else:
                if reply.follow_up:
                    await self._follow_ups.put(asked.place, ids, reply.follow_up)
                return


def _fits_here(asked: Asked, reply: Reply, bodies: Sequence[Payload]) -> bool:
    """Whether the answer takes the place of the message that the button stands under.

    What one person alone may read does so only where nobody else sees that message, and what went wrong never does.
    """
    done = reply.outcome is Outcome.DONE and (asked.ephemeral or not reply.private)
    return asked.here and bool(asked.message) and done and len(bodies) == 1 and FILES not in bodies[0]


def _in_words(reply: Reply) -> Reply:
    blocks = (replace(block, data=b"") if isinstance(block, Image) else block for block in reply.blocks)
    return replace(reply, blocks=tuple(blocks))


def _draft_of(asked: Asked) -> str:
    return f"{asked.id}/draft"


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
