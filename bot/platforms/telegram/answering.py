"""From what somebody asked to the answer in their chat: who goes first, what is shown meanwhile, where it goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from telegram import Bot

from bot.chat.dispatch import Dispatcher
from bot.chat.draft import Draft
from bot.chat.platform import FollowUps
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.wording import translator
from bot.errors import PaperwireError
from bot.platforms.telegram.acknowledge import Typing
from bot.platforms.telegram.drafts import Drafted
from bot.platforms.telegram.inline import single
from bot.platforms.telegram.links import FROM_INLINE, payload_of, with_links
from bot.platforms.telegram.managers import Managers
from bot.platforms.telegram.menu import Menus
from bot.platforms.telegram.news import News
from bot.platforms.telegram.press import Presses
from bot.platforms.telegram.questions import Questions, question
from bot.platforms.telegram.receive import Incoming
from bot.platforms.telegram.render import Message, render
from bot.platforms.telegram.sender import Sender
from bot.platforms.telegram.slots import Slots
from bot.platforms.telegram.timing import Timing

log = logging.getLogger(__name__)

AT_ONCE = 256  # commands worked on at the same time
IN_A_CHAT = 16  # of them in one chat
IN_LINE = 200  # commands that wait in one chat for those before them

Owners = Callable[[], Awaitable[Iterable[str]]]
Keep = Callable[[int], Awaitable[None]]


class Answers:
    """Answers what is asked. `username` is ours, once it is known."""

    def __init__(
        self,
        bot: Bot,
        sender: Sender,
        managers: Managers,
        follow_ups: FollowUps,
        *,
        owners: Owners,
        timing: Timing,
    ) -> None:
        self._bot = bot
        self._sender = sender
        self._managers = managers
        self._follow_ups = follow_ups
        self._owners = owners
        self._timing = timing
        self._slots = Slots(AT_ONCE, IN_A_CHAT)
        self._typing = Typing(bot, timing.typing_after, timing.typing_every)
        self.presses = Presses(bot, timing.typing_after)
        self.username = ""

    async def answer(self, dispatcher: Dispatcher, news: News, begun: int | None, keep: Keep) -> None:
        """Answer what an update asks, if anything. Raises a `DeliveryError`.

        `begun` is the message in which an earlier run has begun to show the answer; `keep` is told of one that we begin.
        """
        press = news.update.callback_query
        async with self.presses.in_time(press.id) if press else contextlib.nullcontext():
            incoming = await self._meant(news)
            if not incoming:
                return
            drafted: Drafted | None = None
            if not incoming.unasked and not incoming.elsewhere:
                drafted = Drafted(self._sender, incoming.target, keep, begun, place=_place(incoming))
            await self._answer(dispatcher, incoming, drafted)

    async def finish(self) -> None:
        """Return when nothing is on its way any more but answers."""
        await asyncio.gather(self._typing.finish(), self.presses.finish())

    async def _meant(self, news: News) -> Incoming | None:
        """Return what is asked, by a reply to an answer of ours perhaps; None if nothing is."""
        if news.replied and (line := await self._continued(*news.replied[:2])):
            said = news.replied[2].call.arguments
            # A sticker in reply asks nothing.
            return replace(news.replied[2], call=Call.parse(f"{line} {said}")) if said else None
        return news.asked or news.added

    async def _continued(self, address: Address, message: str) -> str | None:
        """Return the command that a reply to this message continues."""
        try:
            return await self._follow_ups.get(address, message)
        except PaperwireError as error:
            log.warning("What a reply continues is not known: %s", error)
            return None

    async def _remember(self, reply: Reply, chat: str, ids: Iterable[int]) -> None:
        try:
            for message in ids:
                await self._follow_ups.put(Address("telegram", chat), str(message), reply.follow_up)
        except PaperwireError as error:
            log.warning("Replies to an answer will not be understood: %s", error)

    async def _answer(self, dispatcher: Dispatcher, incoming: Incoming, drafted: Drafted | None) -> None:
        """Dispatch and send; where nobody has typed anything, say nothing but a success.

        What comes to a chat where too much waits already is left out.
        """
        chat = incoming.target.chat
        if self._slots.waiting(chat) >= IN_LINE:
            log.warning("Too many commands wait in chat %s; one is left out", chat)
            return
        # Only the work takes a place: an answer may have to wait long for Telegram to take it.
        async with self._slots.slot(chat):
            if self._sender.crowded(chat):
                log.warning("Too many answers wait in chat %s; a command is left out", chat)
                return
            reply = await self._worked_out(dispatcher, incoming, drafted)
        if reply and incoming.unasked and reply.outcome is not Outcome.DONE:
            reply = None
        if not reply or not reply.blocks:
            await self._take_back(incoming, drafted)
        elif incoming.elsewhere:
            await self._answer_elsewhere(incoming, reply)
        else:
            await self._send(incoming, reply, drafted)
        if incoming.call.name == "start" and incoming.call.arguments and incoming.private:
            await self._greet_owner(dispatcher, incoming.actor)

    async def _send(self, incoming: Incoming, reply: Reply, drafted: Drafted | None) -> None:
        payloads = render(with_links(reply, self.username))
        if not payloads:
            log.error("/%s had nothing to say", incoming.call.name)
            payloads = [Message("…", "…")]
        if incoming.asks and reply.follow_up:
            payloads = [question(reply, person=incoming.actor, name=incoming.name, private=incoming.private)]
        elif _place(incoming) and not (
            reply.outcome is Outcome.DONE and len(payloads) == 1 and isinstance(payloads[0], Message)
        ):
            await self._take_back(incoming, drafted)
            drafted = None
        draft = drafted.message if drafted else None
        chat, ids = await self._sender.answer(incoming.target, payloads, draft)
        if reply.follow_up:
            await self._remember(reply, chat, ids)

    async def _take_back(self, incoming: Incoming, drafted: Drafted | None) -> None:
        """Let nothing stand in the chat of what was shown while the answer was made."""
        if not drafted or not drafted.begun or drafted.message is None:
            return
        chat = incoming.target.chat
        if incoming.standing and drafted.message == _place(incoming):
            await self._sender.restore(chat, incoming.standing)
        else:
            await self._sender.delete(chat, drafted.message)

    async def _answer_elsewhere(self, incoming: Incoming, reply: Reply) -> None:
        """Answer in the message from our offers under which a button was pressed; what went wrong, to its person alone."""
        asked = payload_of(f"/{incoming.call.name} {incoming.call.arguments}") or FROM_INLINE
        t = translator(incoming.hint.tag if incoming.hint else "en")
        message = single(reply, self.username, t, asked)
        if message and reply.outcome is Outcome.DONE and not reply.private:
            await self._sender.edit_elsewhere(incoming.elsewhere, message)
        else:
            await self._sender.answer(incoming.target, render(reply))

    async def _greet_owner(self, dispatcher: Dispatcher, person: str) -> None:
        """Show somebody who may just have become an owner what owners may do."""
        try:
            if person in await self._owners():
                await Menus(self._bot, dispatcher.registry).set_for([person])
        except PaperwireError as error:
            log.warning("An owner’s menu could not be set: %s", error)

    async def _worked_out(
        self, dispatcher: Dispatcher, incoming: Incoming, drafted: Drafted | None
    ) -> Reply | None:
        """Return the reply, None if it was shown to the one who pressed and to nobody else."""
        manages = incoming.manages
        if manages is None:
            manages = await self._managers.has(incoming.target.chat, incoming.actor)
        request = Request(
            incoming.call,
            incoming.address,
            Actor(incoming.actor, incoming.name, manages),
            private=incoming.private,
            hint=incoming.hint,
        )
        draft: Draft | None = None
        # Who presses a button in a channel without managing it is answered by a pop-up, and nothing is posted.
        if drafted and not (incoming.channel and incoming.callback is not None and not manages):
            every = self._timing.draft if incoming.private else self._timing.draft_in_group
            draft = Draft(drafted.show, every=every, patience=self._timing.progress)
            request = replace(request, draft=draft.put, progress=draft.progress)
        answers = Questions(dispatcher, aloud=incoming.channel) if incoming.asks else dispatcher
        # Who presses a button elsewhere does not look at the chat with us.
        typing = contextlib.nullcontext() if incoming.elsewhere else self._typing.shown(incoming.target)
        try:
            with typing:
                if incoming.callback is not None:
                    reply = await self.presses.work(answers, request, incoming, self.username)
                else:
                    reply = await dispatcher.dispatch(request)
            if draft:
                await draft.end()
            return reply
        finally:
            if draft:
                draft.cancel()


def _place(incoming: Incoming) -> int | None:
    """Return the message whose place the answer takes, if that can be."""
    return incoming.standing.message if incoming.here and incoming.standing and not incoming.asks else None
