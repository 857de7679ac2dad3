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
from collections.abc import AsyncIterator
from dataclasses import dataclass

from telegram import Bot, Update
from telegram.error import InvalidToken

from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Inbox
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Request
from bot.errors import DeliveryError, Misconfigured, PlatformUnavailable
from bot.platforms.telegram.acknowledge import Typing
from bot.platforms.telegram.errors import Unreached, redacted
from bot.platforms.telegram.managers import Managers
from bot.platforms.telegram.menu import set_menu
from bot.platforms.telegram.pace import Limits
from bot.platforms.telegram.packed import pack, unpack
from bot.platforms.telegram.poll import Poll
from bot.platforms.telegram.press import Presses
from bot.platforms.telegram.receive import Incoming, read, read_addition
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
    """Seconds. Telegram shows "typing" for 5, so it is renewed sooner."""

    poll: float = 30.0
    read: float = 20.0
    connect: float = 10.0
    typing_after: float = 0.3
    typing_every: float = 4.5
    first_wait: float = 1.0
    longest_wait: float = 30.0
    grace: float = 3.0


class _Unreadable(Exception):
    """What came is no update that Telegram documents."""


class Telegram:
    """The bot's account on Telegram. `api_url` may be a server of one's own."""

    name = "telegram"
    nonce_window: float | None = None  # nothing makes a repeat harmless

    def __init__(
        self,
        *,
        token: str,
        inbox: Inbox,
        api_url: str = "https://api.telegram.org",
        limits: Limits | None = None,
        timing: Timing | None = None,
    ) -> None:
        hush()
        self._token = token
        self._inbox = inbox
        self._timing = timing or Timing()
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
        self._sending = 0

    async def run(self, dispatcher: Dispatcher) -> None:
        """Answer people until cancelled. Raises `Misconfigured` if Telegram does not know the token."""
        hush()
        await asyncio.gather(self._wire.initialize(), self._poll_wire.initialize())
        poll = Poll(self._bot, self._poll_wire, self._address, self._timing)
        tasks: set[asyncio.Task[None]] = set()
        # Far more than one chat can have, which `IN_LINE` and what the sender lets wait see to.
        room = asyncio.Semaphore(AT_HAND)

        async def start(key: str, payload: str) -> None:
            await room.acquire()
            task = asyncio.create_task(self._work(dispatcher, username, key, payload), name=f"telegram {key}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: room.release())

        menu: asyncio.Task[None] | None = None
        try:
            username = await poll.introduce()
            menu = asyncio.create_task(set_menu(self._bot, dispatcher.registry), name="telegram menu")
            for key, payload in await self._left():
                await start(key, payload)
            async for update in poll.updates():
                key, payload = str(update["update_id"]), json.dumps(update, ensure_ascii=False)
                # In the inbox first: the next poll tells Telegram to forget the update.
                if await self._put(key, payload):
                    await start(key, payload)
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

    async def _work(self, dispatcher: Dispatcher, username: str, key: str, payload: str) -> None:
        """Answer one update and take it out of the inbox; nothing that goes wrong goes further."""
        try:
            update, incoming, added = self._read(payload, username, dispatcher)
            if update.my_chat_member:
                self._managers.forget(update.my_chat_member.chat.id)
            if update.callback_query and not update.callback_query.message:
                await self._presses.answer(update.callback_query.id)
            if incoming:
                await self._answer(dispatcher, incoming)
            elif added:
                await self._answer(dispatcher, added, quietly=True)
        except _Unreadable as error:
            log.warning("An update cannot be read (%s); nobody is answered", error)
        except DeliveryError as error:
            log.warning("An answer could not be delivered: %s", error)
        except Exception:
            log.error("An update could not be worked on:\n%s", self._redacted(traceback.format_exc()))
        try:
            await self._inbox.done(key)
        except Exception as error:
            log.warning("An answered update could not be taken out of the inbox: %s", self._redacted(error))

    def _read(
        self, payload: str, username: str, dispatcher: Dispatcher
    ) -> tuple[Update, Incoming | None, Incoming | None]:
        """Return an update, what it asks, and whether it adds us to a chat.

        Raises `_Unreadable` for one that is not as Telegram documents it.
        """
        try:
            update = Update.de_json(json.loads(payload), self._bot)
            return update, read(update, username, dispatcher.registry), read_addition(update)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            raise _Unreadable(type(error).__name__) from None

    async def _answer(self, dispatcher: Dispatcher, incoming: Incoming, *, quietly: bool = False) -> None:
        """Dispatch and send; `quietly` says nothing but a success, where nobody has typed anything.

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
            reply = await self._worked_out(dispatcher, incoming)
        if reply and quietly and reply.outcome is not Outcome.DONE:
            return
        if reply and (payloads := render(reply)):
            await self._sender.answer(incoming.target, payloads)
        elif reply:
            log.error("/%s had nothing to say", incoming.call.name)
            await self._sender.answer(incoming.target, [Message("…", "…")])

    async def _worked_out(self, dispatcher: Dispatcher, incoming: Incoming) -> Reply | None:
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
        with self._typing.shown(incoming.target):
            if incoming.callback is not None:
                return await self._presses.work(dispatcher, request, incoming)
            return await dispatcher.dispatch(request)

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


def _target(address: Address) -> Target:
    return Target(address.chat, int(address.thread) if address.thread else None)


def _refused() -> Misconfigured:
    return Misconfigured(
        "TELEGRAM_BOT_TOKEN", "was refused by Telegram", "ask @BotFather for the token again"
    )
