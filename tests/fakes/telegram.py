"""Telegram's Bot API as its documentation has it, on a socket.

    with TelegramFake() as telegram:
        ada = telegram.user(7, "Ada", "de")
        chat = telegram.private(ada)
        telegram.say(chat, ada, "/help")
        telegram.wait(lambda: telegram.messages(chat))

Everything that a test calls may be called from any thread.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.fakes.server import FakeServer
from tests.fakes.telegram_limits import Counters
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_refusal import Refusal
from tests.fakes.telegram_world import JSON, Chat, Offered, Sent, Upload, User, World

TOKEN = "123456789:AAH-a_token_that_must_never_be_logged"


@dataclass
class Fault:
    """How the next `times` calls of `method` go wrong, in `chat` or in any.

    `after`: the call takes effect first. No code: the connection is closed, or, if `hang`, left open.
    """

    method: str
    times: int
    code: int = 0
    description: str = ""
    parameters: JSON = field(default_factory=dict)
    chat: int | None = None
    after: bool = False
    hang: bool = False


@dataclass(frozen=True)
class Call:
    """A request that came in, parameters as Telegram reads them."""

    method: str
    parameters: JSON
    at: float


class TelegramFake(FakeServer):
    """A Bot API server for one bot. `limits`: refuse what is sent faster than Telegram allows."""

    def __init__(self, *, limits: bool = False, token: str = TOKEN, username: str = "paperwire_bot") -> None:
        super().__init__()
        self.token = token
        self.world = World(
            User(int(token.split(":", maxsplit=1)[0]), "Paperwire", is_bot=True, username=username)
        )
        self.methods = Methods(self.world)
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.updates: list[JSON] = []  # not yet confirmed
        self.confirmed = 0
        self._next_update = 1000
        self.proxy = ""  # where calls of the webhook are passed on to: a base address without TLS
        self.brought: list[tuple[int, int]] = []  # (update, status) of every call of the webhook
        self._bringing = asyncio.Lock()
        self._limits = Counters() if limits else None
        self._changed = threading.Condition()
        self._polls: list[asyncio.Future[None]] = []

    def settings(self) -> dict[str, str]:
        """Return the environment that points a bot here."""
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_API_URL": self.url}

    # ----- the world, for tests

    def user(self, id: int, name: str, language: str = "") -> User:  # noqa: A002 (Telegram's word)
        """Make a person."""
        made = self.world.users[id] = User(id, name, language)
        return made

    def private(self, user: User) -> Chat:
        """Open the chat of one person with the bot."""
        return self._open(Chat(user.id, "private", user.name))

    def group(self, title: str = "Group", admins: Iterable[User] = ()) -> Chat:
        """Make a small group with the bot in it."""
        return self._open(Chat(-1000 - len(self.world.chats), "group", title, list(admins)))

    def supergroup(
        self, title: str = "Supergroup", admins: Iterable[User] = (), *, forum: bool = False
    ) -> Chat:
        """Make a supergroup with the bot in it."""
        number = -1_001_000_000_000 - len(self.world.chats)
        return self._open(Chat(number, "supergroup", title, list(admins), forum))

    def forum(
        self, title: str = "Forum", admins: Iterable[User] = (), topics: Iterable[int] = (11, 12)
    ) -> Chat:
        """Make a supergroup with topics, all of them open."""
        chat = self.supergroup(title, admins, forum=True)
        chat.topics = dict.fromkeys(topics, True)
        return chat

    def channel(self, title: str = "Channel", admins: Iterable[User] = ()) -> Chat:
        """Make a channel in which the bot may post."""
        number = -1_001_500_000_000 - len(self.world.chats)
        return self._open(Chat(number, "channel", title, list(admins)))

    def migrate(self, group: Chat) -> Chat:
        """Make a supergroup of a group, as happens when it grows; the old id answers 400 from now on."""
        new = self.supergroup(group.title, group.admins)
        group.migrated_to = new.id
        return new

    def grow(self, group: Chat, by: User) -> Chat:
        """Make a supergroup of a group, and report it in both."""
        new = self.migrate(group)
        self.say(group, by, "", migrate_to_chat_id=new.id)
        self.say(new, by, "", migrate_from_chat_id=group.id)
        return new

    def say(
        self,
        chat: Chat,
        user: User | None,
        text: str,
        *,
        thread: int | None = None,
        anonymous: bool = False,
        as_channel: Chat | None = None,
        edited: bool = False,
        **extra: object,
    ) -> int:
        """Let somebody write, or the channel post if there is no user; return the message's id."""
        message = self.world.message(
            chat, user, text, thread=thread, anonymous=anonymous, as_channel=as_channel, extra=extra
        )
        kind = "channel_post" if chat.type == "channel" else "message"
        self.update({f"edited_{kind}" if edited else kind: message})
        return int(message["message_id"])

    def reply(
        self, to: Sent, user: User, text: str, *, forwarded: Chat | None = None, **extra: object
    ) -> int:
        """Let somebody reply to a message of the bot's; `forwarded`: to a channel's post in the group that discusses it."""
        original = self.world.shown(to)
        chat = forwarded or self.world.chats[to.chat]
        if forwarded:
            origin = {"type": "channel", "date": 1, "chat": original["chat"], "message_id": to.id}
            original |= {
                "message_id": self.world.message_id(forwarded),
                "chat": forwarded.json(),
                "is_automatic_forward": True,
                "forward_origin": origin,
            }
        extra = {"reply_to_message": original, **extra}
        return self.say(chat, user, text, thread=to.thread, **extra)  # type: ignore[arg-type]

    def delete(self, message: Sent) -> None:
        """Let somebody delete a message of the bot's."""
        chat = self.world.chats[message.chat]
        chat.sent.remove(message)
        chat.known.discard(message.id)

    def press(self, message: Sent, row: int, column: int, user: User) -> str:
        """Let somebody press a button; return the callback's id."""
        data = message.buttons[row][column]["callback_data"]
        return self.callback(self.world.chats[message.chat], user, data, self.world.shown(message))

    def callback(self, chat: Chat, user: User, data: str | None, message: JSON | None = None) -> str:
        """Report a press of a button with any data, under a message that may be too old to show."""
        pressed = self.world.callback(chat, user, data, message)
        self.update({"callback_query": pressed})
        return str(pressed["id"])

    def member(
        self,
        chat: Chat,
        by: User,
        old: str,
        new: str,
        *,
        was: Mapping[str, object] | None = None,
        **rights: object,
    ) -> None:
        """Report that somebody has changed what the bot is in `chat`: member, administrator, left, kicked …

        `rights` differ from all that the new status can have, `was` from all that the old one can.
        """
        changed = {
            "chat": chat.json(), "from": by.json(), "date": int(time.time()),
            "old_chat_member": self._status(old, was or {}), "new_chat_member": self._status(new, rights),
        }  # fmt: skip
        self.update({"my_chat_member": changed})

    def _status(self, status: str, rights: Mapping[str, object]) -> JSON:
        known = dict.fromkeys(_RIGHTS.get(status, ()), True) | (
            {"until_date": 0} if status in ("kicked", "restricted") else {}
        )
        return {"user": self.world.bot.json(), "status": status, **known, **rights}

    def inline(self, user: User, words: str, offset: str = "") -> str:
        """Let somebody type `@bot words` in some chat; return the query's id. Needs `methods.inline`."""
        assert self.methods.inline, "@BotFather has to be told first"
        query = self.world.query(user, words, offset)
        self.update({"inline_query": query})
        return str(query["id"])

    def offered(self, query: str) -> Offered:
        """Return the answer to an inline query, waiting for it."""
        self.wait(lambda: query in self.world.offered)
        return self.world.offered[query]

    def choose(self, offered: Offered, number: int) -> str:
        """Let somebody send one of the offers; return the inline id of the message, if it has buttons."""
        _, sent = offered.results[number]
        if not sent.buttons:
            return ""
        inline = f"inline-{len(self.world.chosen) + 1}"
        self.world.chosen[inline] = sent
        return inline

    def press_elsewhere(self, message: str, row: int, column: int, user: User) -> str:
        """Let somebody press a button under a message sent from an offer; return the callback's id."""
        data = self.world.chosen[message].buttons[row][column]["callback_data"]
        pressed = self.world.pressed_elsewhere(message, user, data)
        self.update({"callback_query": pressed})
        return str(pressed["id"])

    def update(self, update: Mapping[str, Any]) -> int:
        """Queue an update as it stands, or bring it where a webhook says; return its id."""
        with self._changed:
            self._next_update += 1
            allowed = self.methods.allowed
            if allowed and not any(
                kind in allowed for kind in update
            ):  # nobody has asked for it: it is gone for good
                return self._next_update
            self.updates.append({"update_id": self._next_update, **update})
        self._wake()
        if self.methods.webhook:
            asyncio.run_coroutine_threadsafe(self._bring(), self.loop)
        return self._next_update

    async def bring(self) -> None:
        """Bring to the webhook what waits, as Telegram does again and again."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._bring(), self.loop))

    async def _bring(self) -> None:
        """Call the webhook with each update in order; what is not taken with a 2xx stays."""
        assert self.proxy, "where the webhook's proxy passes calls on to"
        async with self._bringing, aiohttp.ClientSession() as client:
            for update in self._waiting():
                headers = (
                    {"X-Telegram-Bot-Api-Secret-Token": self.methods.secret} if self.methods.secret else {}
                )
                target = self.proxy + urlsplit(self.methods.webhook).path
                try:
                    async with client.post(target, json=update, headers=headers) as answer:
                        status = answer.status
                except aiohttp.ClientError:
                    status, self.methods.webhook_error = 0, "Connection refused"
                self.brought.append((int(update["update_id"]), status))
                if 200 <= status < 300:
                    with self._changed:
                        self.updates = [u for u in self.updates if u["update_id"] != update["update_id"]]
                elif status:
                    self.methods.webhook_error = f"Wrong response from the webhook: {status}"
                self.methods.waiting = len(self.updates)
                self._notify()

    def messages(self, chat: Chat) -> list[Sent]:
        """Return what the bot has sent to `chat` and not deleted, oldest first."""
        return list(chat.sent)

    def called(self, method: str) -> list[JSON]:
        """Return the parameters of every call of `method`."""
        return [call.parameters for call in list(self.calls) if call.method == method]

    # ----- bad days

    def refuse(
        self,
        method: str,
        code: int,
        description: str,
        *,
        times: int = 1,
        chat: Chat | None = None,
        **parameters: object,
    ) -> None:
        """Answer the next calls with an error; 502 and 520 come as HTML, as from a proxy in between."""
        self.faults.append(Fault(method, times, code, description, parameters, chat.id if chat else None))

    def throttle(self, method: str, seconds: int, *, times: int = 1, chat: Chat | None = None) -> None:
        """Answer the next calls with 429."""
        self.refuse(
            method,
            429,
            f"Too Many Requests: retry after {seconds}",
            times=times,
            chat=chat,
            retry_after=seconds,
        )

    def drop(self, method: str, *, times: int = 1, after: bool = True) -> None:
        """Close the connection instead of answering, after doing what was asked or before."""
        self.faults.append(Fault(method, times, after=after))

    def hang(self, method: str, *, times: int = 1, after: bool = False) -> None:
        """Never answer."""
        self.faults.append(Fault(method, times, after=after, hang=True))

    # ----- waiting

    def wait(self, condition: Callable[[], object], timeout: float = 15) -> None:
        """Return as soon as `condition` holds; raise `TimeoutError` with what was sent if it never does."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(condition()), timeout):
                texts = {chat.id: [sent.text for sent in chat.sent] for chat in self.world.chats.values()}
                raise TimeoutError(f"{[call.method for call in self.calls[-20:]]} {texts}")

    async def wait_for(self, condition: Callable[[], object], timeout: float = 15) -> None:  # noqa: ASYNC109
        """Return as soon as `condition` holds, without blocking the loop."""
        await asyncio.to_thread(self.wait, condition, timeout)

    # ----- the wire

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.route("*", "/bot{token}/{method}", self._serve_method)]

    async def _serve_method(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        if ":" not in token:
            return _error(404, "Not Found")
        if token != self.token:
            return _error(401, "Unauthorized")
        method = request.match_info["method"]
        try:
            parameters = await read_parameters(request)
        except Refusal as refused:
            return _error(refused.code, refused.description)
        except ValueError:
            return _error(400, "Bad Request: can't parse a parameter as JSON object")
        self.calls.append(Call(method, parameters, time.monotonic()))
        fault = self._fault(method, parameters)
        try:
            if fault and not fault.after:
                return await self._go_wrong(fault, request)
            answer = await self._answer(method, parameters)
            if fault:
                self._notify()
                return await self._go_wrong(fault, request)
        except Refusal as refused:
            return _error(refused.code, refused.description, refused.parameters)
        finally:
            self._notify()
        return web.json_response({"ok": True, "result": answer})

    async def _answer(self, method: str, parameters: JSON) -> object:
        if method.lower() == "getupdates":
            return await self._get_updates(parameters)
        if self._limits and method in _COUNTED:
            chat = self.methods.chat(parameters)
            times = len(parameters.get("media") or ()) if method == "sendMediaGroup" else 1
            if seconds := self._limits.wait(chat.id, group=chat.is_group, now=time.monotonic(), times=times):
                raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        return self.methods.call(method, parameters)

    async def _get_updates(self, parameters: JSON) -> list[JSON]:
        if self.methods.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        # Of two that poll at once, Telegram ends the older one.
        for poll in self._polls:
            if not poll.done():
                poll.set_exception(
                    Refusal(
                        409,
                        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                    )
                )
        offset, limit = int(parameters.get("offset") or 0), int(parameters.get("limit") or 100)
        if offset < 0:
            with self._changed:
                self.updates = self.updates[offset:]
        elif offset:
            with self._changed:
                self.confirmed = max(self.confirmed, offset)
                self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if "allowed_updates" in parameters:
            self.methods.allowed = parameters["allowed_updates"]
        deadline = time.monotonic() + float(parameters.get("timeout") or 0)
        while not (waiting := self._waiting()[: max(1, min(limit, 100))]) and time.monotonic() < deadline:
            poll = self.loop.create_future()
            self._polls.append(poll)
            self._notify()
            try:
                await asyncio.wait_for(poll, deadline - time.monotonic())
            except TimeoutError:
                break
            finally:
                self._polls.remove(poll)
        return waiting

    def _waiting(self) -> list[JSON]:
        """Return what may be handed out; an update of a kind that nobody asked for is gone for good."""
        with self._changed:
            allowed = self.methods.allowed
            self.updates = [u for u in self.updates if not allowed or any(kind in allowed for kind in u)]
            return list(self.updates)

    def _fault(self, method: str, parameters: JSON) -> Fault | None:
        for fault in self.faults:
            fits = fault.chat is None or str(parameters.get("chat_id")) == str(fault.chat)
            if fault.method in (method, "*") and fits and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    async def _go_wrong(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.hang:
            await asyncio.Event().wait()
        if not fault.code:
            assert request.transport
            request.transport.close()
            return web.Response()
        if fault.code in (502, 520):
            page = "<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>"
            return web.Response(status=fault.code, text=page, content_type="text/html")
        return _error(fault.code, fault.description, fault.parameters)

    def _open(self, chat: Chat) -> Chat:
        self.world.chats[chat.id] = chat
        return chat

    def _wake(self) -> None:
        def wake() -> None:
            for poll in self._polls:
                if not poll.done():
                    poll.set_result(None)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(wake)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


# What a bot's place in a chat always tells of its rights.
_RIGHTS = {
    "administrator": (
        "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
        "can_edit_stories", "can_delete_stories", "can_post_messages", "can_edit_messages",
    ),
    "restricted": (
        "is_member", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics", "can_send_messages",
        "can_send_polls", "can_send_other_messages", "can_add_web_page_previews", "can_send_audios",
        "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes",
        "can_edit_tag", "can_react_to_messages",
    ),
}  # fmt: skip
# What Telegram reads as JSON even from a form; every other value is a string, whatever it looks like.
_STRUCTURED = {
    "allowed_updates", "reply_markup", "reply_parameters", "commands", "scope", "link_preview_options", "entities", "media",
    "results", "button",
}  # fmt: skip
# What counts towards the limits, edits too.
_COUNTED = {"sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "editMessageText"}
_LARGEST_REQUEST = 50 * 1024 * 1024


async def read_parameters(request: web.Request) -> JSON:
    """Read the query string and a body of JSON, a form or multipart, as Telegram does."""
    raw: JSON = dict(request.query)
    if request.content_type == "application/json":
        raw |= await request.json() if request.can_read_body else {}
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                raw[name] = Upload(value.filename, value.file.read())
            else:
                raw[name] = value
    if sum(len(value.data) for value in raw.values() if isinstance(value, Upload)) > _LARGEST_REQUEST:
        raise Refusal(413, "Request Entity Too Large")
    return {
        name: json.loads(value) if name in _STRUCTURED and isinstance(value, str) and value else value
        for name, value in raw.items()
    }


def _error(code: int, description: str, parameters: JSON | None = None) -> web.Response:
    body: JSON = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)
