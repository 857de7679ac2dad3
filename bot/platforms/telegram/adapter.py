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
from telegram.error import InvalidToken, TelegramError

from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Inbox
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Request
from bot.errors import DeliveryError, Misconfigured
from bot.platforms.telegram.acknowledge import Typing
from bot.platforms.telegram.errors import redacted
from bot.platforms.telegram.managers import Managers
from bot.platforms.telegram.menu import set_menu
from bot.platforms.telegram.pace import Limits
from bot.platforms.telegram.poll import Poll
from bot.platforms.telegram.receive import Incoming, read, read_addition
from bot.platforms.telegram.render import Message, Payload, render
from bot.platforms.telegram.sender import SENDING, Sender, Target
from bot.platforms.telegram.unlinked import JOINER
from bot.platforms.telegram.wire import Wire, hush

log = logging.getLogger(__name__)

AT_ONCE = 256  # commands worked on at the same time
LONGEST_ALERT = 200


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
        self._wire = Wire(connections=2 * SENDING, read=self._timing.read, connect=self._timing.connect)
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
        self._sender = Sender(self._bot, limits or Limits(), first_wait=self._timing.first_wait)
        self._managers = Managers(self._bot)
        self._typing = Typing(self._bot, self._timing.typing_after, self._timing.typing_every)
        self._sending = 0

    async def run(self, dispatcher: Dispatcher) -> None:
        """Answer people until cancelled. Raises `Misconfigured` if Telegram does not know the token."""
        hush()
        await asyncio.gather(self._wire.initialize(), self._poll_wire.initialize())
        poll = Poll(self._bot, self._poll_wire, self._address, self._timing)
        tasks: set[asyncio.Task[None]] = set()
        slots = asyncio.Semaphore(AT_ONCE)

        async def start(key: str, payload: str) -> None:
            await slots.acquire()
            task = asyncio.create_task(self._work(dispatcher, username, key, payload), name=f"telegram {key}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: slots.release())

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
        target = Target(address.chat, int(address.thread) if address.thread else None)
        async with self._open():
            return await self._sender.deliver(target, render(reply))

    async def find(self, name: str) -> Address:
        """Return the address of the chat with this @name or id. Raises a `DeliveryError`."""
        async with self._open():
            return Address(self.name, await self._sender.find(name))

    async def close(self) -> None:
        """Close the connections that `send` has opened; `run` closes its own."""
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
                await self._answer_callback(update.callback_query.id)
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
        """Dispatch and send; `quietly` says nothing but a success, where nobody has typed anything."""
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
            reply = await self._dispatch(dispatcher, request, incoming.callback)
        if reply and quietly and reply.outcome is not Outcome.DONE:
            return
        if reply and (payloads := render(reply)):
            await self._sender.answer(incoming.target, payloads)
        elif reply:
            log.error("/%s had nothing to say", incoming.call.name)
            await self._sender.answer(incoming.target, [Message("…", "…")])

    async def _dispatch(self, dispatcher: Dispatcher, request: Request, callback: str | None) -> Reply | None:
        """Return the reply, None if it was shown to the one who pressed and to nobody else."""
        if callback is None:
            return await dispatcher.dispatch(request)
        work = asyncio.create_task(dispatcher.dispatch(request))
        try:
            # A press is answered at once; what only its person should read, with the answer itself.
            await asyncio.wait({work}, timeout=self._timing.typing_after)
            alert = _alert(render(work.result())) if work.done() and work.result().private else ""
            if alert and not request.private and await self._answer_callback(callback, alert):
                return None
            if not alert or request.private:
                await self._answer_callback(callback)
            return await work
        finally:
            work.cancel()

    async def _answer_callback(self, callback: str, alert: str = "") -> bool:
        """End the button's waiting; False if Telegram waits no more."""
        try:
            return await self._bot.answer_callback_query(callback, text=alert or None, show_alert=bool(alert))
        except TelegramError as error:
            log.debug("A press of a button could not be answered: %s", self._redacted(error))
            return False

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


def _alert(payloads: list[Payload]) -> str:
    """Return a reply as the text of a pop-up, nothing if it is more than that holds."""
    if len(payloads) == 1 and isinstance(payloads[0], Message) and not payloads[0].keyboard:
        text = payloads[0].plain.replace(JOINER, "")
        return text if len(text.encode("utf-16-le")) <= 2 * LONGEST_ALERT else ""
    return ""


def _refused() -> Misconfigured:
    return Misconfigured(
        "TELEGRAM_BOT_TOKEN", "was refused by Telegram", "ask @BotFather for the token again"
    )
