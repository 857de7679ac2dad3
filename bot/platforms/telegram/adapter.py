"""Telegram: receive, acknowledge, build a `Request`, dispatch, send.

An update is in the inbox before Telegram is told that it arrived, and leaves it when it was answered:
whatever ends this process, nothing that people asked is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

from telegram import Bot, Chat, Update
from telegram.constants import ChatType
from telegram.error import ChatMigrated, InvalidToken, TelegramError

from bot.chat.dispatch import Dispatcher
from bot.chat.draft import EVERY, EVERY_AMONG_MANY, PATIENCE, Draft
from bot.chat.platform import FollowUps, Inbox, MemoryFollowUps
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.wording import translator
from bot.errors import DeliveryError, Misconfigured, PaperwireError, PlatformUnavailable
from bot.platforms.telegram.acknowledge import Typing
from bot.platforms.telegram.drafts import Drafted
from bot.platforms.telegram.errors import Unreached, redacted
from bot.platforms.telegram.hook import Hook, Webhook
from bot.platforms.telegram.inline import Inline, single
from bot.platforms.telegram.links import FROM_INLINE, payload_of, with_links
from bot.platforms.telegram.managers import Managers
from bot.platforms.telegram.menu import Menus
from bot.platforms.telegram.pace import Limits
from bot.platforms.telegram.packed import pack, unpack
from bot.platforms.telegram.poll import Poll
from bot.platforms.telegram.press import Presses
from bot.platforms.telegram.questions import Questions, question
from bot.platforms.telegram.receive import Incoming, read, read_addition, read_loss, read_reply
from bot.platforms.telegram.render import Message, render
from bot.platforms.telegram.sender import POSTING, SENDING, Sender, Target
from bot.platforms.telegram.slots import Slots
from bot.platforms.telegram.wire import Wire, hush

log = logging.getLogger(__name__)

AT_ONCE = 256  # commands worked on at the same time
IN_A_CHAT = 16  # of them in one chat
IN_LINE = 200  # commands that wait in one chat for those before them
AT_HAND = 4096  # updates in memory; with more, Telegram keeps what comes


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. Telegram shows "typing" for 5, so it is renewed sooner; for `draft` and `progress` see `Draft`.

    `watch`: how often a webhook is looked after.
    """

    poll: float = 30.0
    read: float = 20.0
    connect: float = 10.0
    typing_after: float = 0.3
    typing_every: float = 4.5
    first_wait: float = 1.0
    longest_wait: float = 30.0
    grace: float = 3.0
    watch: float = 300.0
    draft: float = EVERY
    draft_in_group: float = EVERY_AMONG_MANY
    progress: float = PATIENCE


_DRAFT = ".draft"  # what the inbox holds beside an update: the id of the message in which its answer grows


Lost = Callable[[Address, str], Awaitable[None]]
Owners = Callable[[], Awaitable[Iterable[str]]]


async def _nothing_lost(address: Address, reason: str) -> None:
    """Nobody wants to know."""


async def _nobody() -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class _News:
    """An update as far as it concerns us: what it asks, what it may ask as a reply, and what became of a chat."""

    update: Update
    asked: Incoming | None
    replied: tuple[Address, str, Incoming] | None
    added: Incoming | None
    lost: tuple[Address, str] | None


class _Unreadable(Exception):
    """What came is no update that Telegram documents."""


class Telegram:
    """The bot's account on Telegram. `api_url` may be a server of one's own.

    With a `webhook` updates are brought to us, else they are polled. `on_lost` is told of a chat in which we can write
    no more, and why, as soon as Telegram says so. `owners` gives the ids of those who see owners' commands in their menus.
    """

    name = "telegram"
    nonce_window: float | None = None  # nothing makes a repeat harmless

    def __init__(
        self,
        *,
        token: str,
        inbox: Inbox,
        follow_ups: FollowUps | None = None,
        api_url: str = "https://api.telegram.org",
        limits: Limits | None = None,
        timing: Timing | None = None,
        webhook: Webhook | None = None,
        on_lost: Lost = _nothing_lost,
        owners: Owners = _nobody,
    ) -> None:
        hush()
        self._token = token
        self._id = int(number) if (number := token.partition(":")[0]).isdecimal() else 0
        self._inbox = inbox
        self._follow_ups = follow_ups or MemoryFollowUps()
        self._timing = timing or Timing()
        self._webhook = webhook
        self._on_lost = on_lost
        self._owners = owners
        self._username = ""
        self._hears_all = False
        api_url = api_url.rstrip("/")
        self._wire = Wire(
            connections=SENDING + POSTING + 16, read=self._timing.read, connect=self._timing.connect
        )
        self._poll_wire = Wire(connections=4, read=self._timing.read, connect=self._timing.connect)
        try:
            self._bot = Bot(
                token,
                base_url=f"{api_url}/bot",
                base_file_url=f"{api_url}/file/bot",
                request=self._wire,
                get_updates_request=self._poll_wire,
            )
        except InvalidToken:
            raise _refused() from None
        self._address = f"{api_url}/bot{token}/getUpdates"
        self._sender = Sender(
            self._bot,
            limits or Limits(),
            first_wait=self._timing.first_wait,
            longest_wait=self._timing.longest_wait,
        )
        self._slots = Slots(AT_ONCE, IN_A_CHAT)
        self._managers = Managers(self._bot)
        self._typing = Typing(self._bot, self._timing.typing_after, self._timing.typing_every)
        self._presses = Presses(self._bot, self._timing.typing_after)
        self._inline = Inline(self._bot)
        self._sending = 0

    async def run(self, dispatcher: Dispatcher) -> None:
        """Answer people until cancelled. Raises `Misconfigured` if Telegram does not know the token."""
        hush()
        await asyncio.gather(self._wire.initialize(), self._poll_wire.initialize())
        poll = Poll(self._bot, self._poll_wire, self._address, self._timing)
        tasks: set[asyncio.Task[None]] = set()
        # Far more than one chat can have, which `IN_LINE` and what the sender lets wait see to.
        room = asyncio.Semaphore(AT_HAND)

        def begin(work: Coroutine[Any, Any, None], name: str) -> None:
            task = asyncio.create_task(work, name=f"telegram {name}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async def start(key: str, payload: str, draft: int | None = None) -> None:
            await room.acquire()

            async def work() -> None:
                try:
                    await self._work(dispatcher, key, payload, draft)
                finally:
                    room.release()

            begin(work(), key)

        async def take(update: dict[str, Any], put: Callable[[str, str], Awaitable[bool]]) -> None:
            key = str(update["update_id"])
            if "inline_query" in update:  # worth nothing a second later: it is in no inbox
                begin(self._offer(dispatcher, update), key)
                return
            payload = json.dumps(update, ensure_ascii=False)
            # In the inbox first: Telegram forgets the update once it has heard that it arrived.
            if await put(key, payload):
                await start(key, payload)

        menu: asyncio.Task[None] | None = None
        try:
            me = await poll.introduce()
            self._username, self._hears_all = me.username or "", bool(me.can_read_all_group_messages)
            menu = asyncio.create_task(self._set_menus(dispatcher), name="telegram menu")
            left = dict(await self._left())
            drafts = {key: left.pop(key + _DRAFT) for key in list(left) if key + _DRAFT in left}
            for key, payload in left.items():
                await start(key, payload, int(drafts[key]) if key in drafts else None)
            if self._webhook:
                await Hook(self._bot, self._webhook, self._timing).serve(
                    lambda update: take(update, self._inbox.put)
                )
            await poll.leave_webhook()
            async for update in poll.updates():
                await take(update, self._put)
        except InvalidToken:
            raise _refused() from None
        finally:
            if menu:
                menu.cancel()
            await self._end(poll, tasks)

    async def send(self, address: Address, reply: Reply) -> tuple[str, ...]:
        """Send `reply` to a chat unasked; return the ids of the messages. Raises a `DeliveryError`."""
        async with self._open():
            return await self._sender.deliver(_target(address), render(reply))

    def compose(self, reply: Reply) -> tuple[str, ...]:
        """Return the messages that `reply` becomes, as `post` takes them."""
        return tuple(pack(payload) for payload in render(reply))

    @contextlib.asynccontextmanager
    async def turn(self, address: Address) -> AsyncIterator[None]:
        """Wait for a moment in which a message may leave for the chat. Raises as `post` does."""
        async with self._open():
            try:
                async with self._sender.turn(_target(address).chat):
                    yield
            except Unreached:
                raise PlatformUnavailable("Telegram") from None

    async def post(self, address: Address, message: str, *, key: str, first: bool) -> str:
        """Send one message that `compose` made, within its `turn`; return its id. Only the first notifies.

        Raises a `DeliveryError`, `RetryAfter` at once instead of waiting long, and `PlatformUnavailable`
        where there is no Telegram to take it: then it has surely not arrived.
        """
        payload = unpack(message)
        async with self._open():
            try:
                return await self._sender.post(_target(address), payload, first=first)
            except Unreached:
                raise PlatformUnavailable("Telegram") from None

    async def recall(self, address: Address, message: str, *, key: str, since: float) -> None:
        """Return None: a bot cannot look back at what stands in a chat."""

    async def manages(self, chat: str, person: str) -> bool:
        """Tell whether `person` may manage `chat`; nobody does while Telegram does not say."""
        chat = chat.removeprefix(f"{self.name}:")
        if chat == person:  # a private chat has its person's id and no administrators
            return True
        async with self._open():
            return await self._managers.has(chat, person)

    async def hears(self, chat: str) -> bool:
        """Tell whether what people write in a group reaches us, links to papers among it.

        With its privacy mode on, a bot is told of what is meant for it alone, unless it is an administrator.
        """
        async with self._open():
            return self._hears_all or await self._managers.has(chat, str(self._id))

    async def private(self, person: str) -> Address | None:
        """Return the chat that has its person's id; None for a channel or group that writes as one."""
        return Address(self.name, person) if person.isdecimal() else None

    async def find(self, name: str) -> Address:
        """Return the address of the chat with this @name or id. Raises a `DeliveryError`."""
        async with self._open():
            return Address(self.name, await self._sender.find(name))

    async def close(self) -> None:
        """Close the connections that sending has opened and kept; `run` closes its own."""
        await asyncio.gather(self._wire.shutdown(), self._poll_wire.shutdown())

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        """Keep the connections open while something is sent, whether or not `run` is running."""
        self._sending += 1
        try:
            await self._wire.initialize()
            yield
        finally:
            self._sending -= 1

    async def _left(self) -> list[tuple[str, str]]:
        try:
            return list(await self._inbox.left())
        except Exception as error:
            log.warning("What an earlier run left unanswered could not be read: %s", self._redacted(error))
            return []

    async def _put(self, key: str, payload: str) -> bool:
        """Put an update in the inbox, however long that takes: Telegram keeps those behind it."""
        wait = self._timing.first_wait
        while True:
            try:
                return await self._inbox.put(key, payload)
            except Exception as error:
                log.warning("An update could not be put in the inbox: %s", self._redacted(error))
                await asyncio.sleep(wait)
                wait = min(2 * wait, self._timing.longest_wait)

    async def _work(self, dispatcher: Dispatcher, key: str, payload: str, draft: int | None) -> None:
        """Answer one update and take it out of the inbox; nothing that goes wrong goes further.

        `draft` is the message in which an earlier run has begun to show the answer.
        """
        drafted: Drafted | None = None

        async def keep(message: int) -> None:
            try:
                await self._inbox.put(key + _DRAFT, str(message))
            except Exception as error:
                log.warning("A crash would leave a draft behind: %s", self._redacted(error))

        try:
            news = self._read(payload, dispatcher)
            if news.update.my_chat_member:
                await self._moved(news)
            if incoming := await self._meant(news):
                if not incoming.unasked and not incoming.elsewhere:
                    drafted = Drafted(self._sender, incoming.target, keep, draft, place=_place(incoming))
                await self._answer(dispatcher, incoming, drafted)
            elif news.update.callback_query:
                await self._presses.answer(news.update.callback_query.id)
        except _Unreadable as error:
            log.warning("An update cannot be read (%s); nobody is answered", error)
        except DeliveryError as error:
            log.warning("An answer could not be delivered: %s", error)
        except Exception:
            log.error("An update could not be worked on:\n%s", self._redacted(traceback.format_exc()))
        try:
            await self._inbox.done(key)
            if draft or (drafted and drafted.begun):
                await self._inbox.done(key + _DRAFT)
        except Exception as error:
            log.warning("An answered update could not be taken out of the inbox: %s", self._redacted(error))

    async def _meant(self, news: _News) -> Incoming | None:
        """Return what is asked, by a reply to an answer of ours perhaps; None if nothing is."""
        if news.replied and (line := await self._continued(*news.replied[:2])):
            said = news.replied[2].call.arguments
            # A sticker in reply asks nothing.
            return replace(news.replied[2], call=Call.parse(f"{line} {said}")) if said else None
        return news.asked or news.added

    async def _moved(self, news: _News) -> None:
        """Take note that our place in a chat has changed."""
        change = news.update.my_chat_member
        assert change
        self._managers.forget(change.chat.id)
        if not news.lost or await self._has_migrated(change.chat):
            return
        try:
            await self._on_lost(*news.lost)
        except PaperwireError as error:  # the next message to the chat will tell
            log.warning("That a chat is lost could not be noted: %s", error)

    async def _has_migrated(self, chat: Chat) -> bool:
        """Tell whether a group has become a supergroup, out of which we seem to have been put."""
        if chat.type != ChatType.GROUP:
            return False
        try:
            await self._bot.send_chat_action(chat.id, "typing")
        except ChatMigrated:
            return True
        except TelegramError:
            return False
        return False

    async def _offer(self, dispatcher: Dispatcher, payload: dict[str, Any]) -> None:
        """Answer an inline query; nothing that goes wrong goes further."""
        try:
            query = Update.de_json(payload, self._bot).inline_query
            if query:
                await self._inline.answer(dispatcher, query, self._username)
        except Exception:
            log.error("An inline query could not be worked on:\n%s", self._redacted(traceback.format_exc()))

    async def _set_menus(self, dispatcher: Dispatcher) -> None:
        menus = Menus(self._bot, dispatcher.registry)
        try:
            await menus.set(await self._owners())
        except Exception as error:
            log.warning("The menus of commands could not be set: %s", self._redacted(error))

    def _read(self, payload: str, dispatcher: Dispatcher) -> _News:
        """Return an update as far as it concerns us. Raises `_Unreadable` for one that is not as Telegram documents it."""
        try:
            update, registry = Update.de_json(json.loads(payload), self._bot), dispatcher.registry
            asked = read(update, self._username, registry)
            return _News(
                update,
                asked,
                read_reply(update, self._id),
                read_addition(update, registry),
                read_loss(update),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            raise _Unreadable(type(error).__name__) from None

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
                await self._follow_ups.put(Address(self.name, chat), str(message), reply.follow_up)
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
                if incoming.callback is not None:
                    await self._presses.answer(incoming.callback)
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
        payloads = render(with_links(reply, self._username))
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
        message = single(reply, self._username, t, asked)
        if message and reply.outcome is Outcome.DONE and not reply.private:
            await self._sender.edit_elsewhere(incoming.elsewhere, message)
        else:
            await self._sender.answer(incoming.target, render(reply))

    async def _greet_owner(self, dispatcher: Dispatcher, person: str) -> None:
        """Show somebody who may just have become an owner what owners may do."""
        try:
            if person in await self._owners():
                await Menus(self._bot, dispatcher.registry).set_for([person])
        except Exception as error:
            log.warning("An owner’s menu could not be set: %s", self._redacted(error))

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
                    reply = await self._presses.work(answers, request, incoming)
                else:
                    reply = await dispatcher.dispatch(request)
            if draft:
                await draft.end()
            return reply
        finally:
            if draft:
                draft.cancel()

    async def _end(self, poll: Poll, tasks: set[asyncio.Task[None]]) -> None:
        """Let what is nearly answered finish, leave the rest in the inbox, close the connections."""
        unfinished = set(tasks)
        if unfinished:
            _, unfinished = await asyncio.wait(unfinished, timeout=self._timing.grace)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if not unfinished:
            await poll.confirm(self._wire)
        await self._typing.finish()
        await self._poll_wire.shutdown()
        if not self._sending:
            await self._wire.shutdown()

    def _redacted(self, said: object) -> str:
        return redacted(said, self._token)


def _place(incoming: Incoming) -> int | None:
    """Return the message whose place the answer takes, if that can be."""
    return incoming.standing.message if incoming.here and incoming.standing and not incoming.asks else None


def _target(address: Address) -> Target:
    return Target(address.chat, int(address.thread) if address.thread else None)


def _refused() -> Misconfigured:
    return Misconfigured(
        "TELEGRAM_BOT_TOKEN", "was refused by Telegram", "ask @BotFather for the token again"
    )
