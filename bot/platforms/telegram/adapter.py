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
from typing import Any

from telegram import Bot, Chat, Update
from telegram.constants import ChatType
from telegram.error import ChatMigrated, InvalidToken, TelegramError

from bot.chat.dispatch import Dispatcher
from bot.chat.platform import FollowUps, Inbox, MemoryFollowUps
from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.errors import DeliveryError, Misconfigured, PaperwireError, PlatformUnavailable
from bot.platforms.telegram.answering import Answers, Owners
from bot.platforms.telegram.calls import Target
from bot.platforms.telegram.errors import Unreached, redacted
from bot.platforms.telegram.hook import Hook, Webhook
from bot.platforms.telegram.inline import Inline
from bot.platforms.telegram.managers import Managers
from bot.platforms.telegram.menu import Menus
from bot.platforms.telegram.news import News, Unreadable
from bot.platforms.telegram.pace import Limits
from bot.platforms.telegram.packed import pack, unpack
from bot.platforms.telegram.poll import Poll
from bot.platforms.telegram.render import render
from bot.platforms.telegram.sender import POSTING, SENDING, Sender
from bot.platforms.telegram.timing import Timing
from bot.platforms.telegram.wire import Wire, hush

log = logging.getLogger(__name__)

AT_HAND = 4096  # updates in memory; with more, Telegram keeps what comes
_DRAFT = ".draft"  # what the inbox holds beside an update: the id of the message in which its answer grows

Lost = Callable[[Address, str], Awaitable[None]]
Moved = Callable[[Address, Address], Awaitable[None]]


async def _nothing_lost(address: Address, reason: str) -> None:
    """Nobody wants to know."""


async def _nothing_moved(old: Address, new: Address) -> None:
    """Nothing is kept about the chat."""


async def _nobody() -> Iterable[str]:
    return ()


class Telegram:
    """The bot's account on Telegram. `api_url` may be a server of one's own.

    With a `webhook` updates are brought to us, else they are polled. `on_lost` is told of a chat in which we can write
    no more, and why, as soon as Telegram says so; `on_moved` of a group's old and new address. `owners` gives the ids
    of those who see owners' commands in their menus.
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
        on_moved: Moved = _nothing_moved,
        owners: Owners = _nobody,
    ) -> None:
        hush()
        self._token = token
        self._id = int(number) if (number := token.partition(":")[0]).isdecimal() else 0
        self._inbox = inbox
        self._timing = timing or Timing()
        self._webhook = webhook
        self._on_lost = on_lost
        self._on_moved = on_moved
        self._owners = owners
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
        self._managers = Managers(self._bot)
        self._answers = Answers(
            self._bot,
            self._sender,
            self._managers,
            follow_ups or MemoryFollowUps(),
            owners=owners,
            timing=self._timing,
        )
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
            self._answers.username, self._hears_all = me.username or "", bool(me.can_read_all_group_messages)
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
        if self._hears_all or chat.isdecimal():  # a person's
            return True
        async with self._open():
            return await self._managers.has(chat, str(self._id))

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
        except PaperwireError as error:
            log.warning("What an earlier run left unanswered could not be read: %s", error)
            return []

    async def _put(self, key: str, payload: str) -> bool:
        """Put an update in the inbox, however long that takes: Telegram keeps those behind it."""
        wait = self._timing.first_wait
        while True:
            try:
                return await self._inbox.put(key, payload)
            except PaperwireError as error:
                log.warning("An update could not be put in the inbox: %s", error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, self._timing.longest_wait)

    async def _work(self, dispatcher: Dispatcher, key: str, payload: str, draft: int | None) -> None:
        """Answer one update and take it out of the inbox; nothing that goes wrong goes further.

        `draft` is the message in which an earlier run has begun to show the answer.
        """
        begun = draft is not None

        async def keep(message: int) -> None:
            nonlocal begun
            begun = True
            try:
                await self._inbox.put(key + _DRAFT, str(message))
            except PaperwireError as error:
                log.warning("A crash would leave a draft behind: %s", error)

        try:
            news = self._read(payload, dispatcher)
            await self._take_note(news)
            await self._answers.answer(dispatcher, news, draft, keep)
        except Unreadable as error:
            log.warning("An update cannot be read (%s); nobody is answered", error)
        except DeliveryError as error:
            log.warning("An answer could not be delivered: %s", error)
        except Exception:  # whatever came, the others must not wait for it
            log.error("An update could not be worked on:\n%s", self._redacted(traceback.format_exc()))
        try:
            await self._inbox.done(key)
            if begun:
                await self._inbox.done(key + _DRAFT)
        except PaperwireError as error:
            log.warning("An answered update could not be taken out of the inbox: %s", error)

    def _read(self, payload: str, dispatcher: Dispatcher) -> News:
        username, registry = self._answers.username, dispatcher.registry
        return News.read(payload, self._bot, number=self._id, username=username, registry=registry)

    async def _take_note(self, news: News) -> None:
        """Take note of what became of a chat, and of our place in it."""
        try:
            if news.migrated:
                await self._on_moved(*news.migrated)
            if change := news.update.my_chat_member:
                self._managers.forget(change.chat.id)
                if news.lost and not await self._has_migrated(change.chat):
                    await self._on_lost(*news.lost)
        except PaperwireError as error:  # the next message to the chat will tell
            log.warning("What became of a chat could not be noted: %s", error)

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
                await self._inline.answer(dispatcher, query, self._answers.username)
        except Exception:  # whatever came, the others must not wait for it
            log.error("An inline query could not be worked on:\n%s", self._redacted(traceback.format_exc()))

    async def _set_menus(self, dispatcher: Dispatcher) -> None:
        menus = Menus(self._bot, dispatcher.registry)
        try:
            await menus.set(await self._owners())
        except PaperwireError as error:
            log.warning("The menus of commands could not be set: %s", error)

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
        await self._answers.finish()
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
