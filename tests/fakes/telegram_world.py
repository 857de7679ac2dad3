"""The people, chats and messages of a Telegram that is not there."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_html import Entity, utf16

JSON = dict[str, Any]

ANONYMOUS_ADMIN = 1087968824  # "GroupAnonymousBot", who speaks for admins that hide
CHANNEL_BOT = 136817688  # "Channel_Bot", who speaks for people that write as their channel


@dataclass(frozen=True)
class User:
    id: int
    name: str
    language: str = ""
    is_bot: bool = False
    username: str = ""

    def json(self) -> JSON:
        extra = {"language_code": self.language} if self.language else {}
        extra |= {"username": self.username} if self.username else {}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.name, **extra}


@dataclass(frozen=True)
class Upload:
    """A file in a request."""

    name: str
    data: bytes = field(repr=False)


@dataclass
class Sent:
    """A message of the bot's, as its readers see it. `buttons` are as Telegram keeps them.

    `asks` is what stands in the field that it opens for a reply, for whom it names alone if `selective`.

    `upload` is a picture that was uploaded, as a photo or, if `document`, as a file; `album` is the same for
    all that came in one.
    """

    id: int
    chat: int
    text: str
    entities: list[Entity]
    html: str = ""
    buttons: list[list[JSON]] = field(default_factory=list)
    photo: str = ""
    reply_to: int | None = None
    thread: int | None = None
    silent: bool = False
    edits: int = 0
    upload: Upload | None = None
    document: bool = False
    album: str = ""
    asks: str | None = None
    selective: bool = False

    @property
    def automatic(self) -> list[Entity]:
        """What Telegram linked by itself."""
        return [entity for entity in self.entities if entity.automatic]


@dataclass(frozen=True)
class Offered:
    """The answer to an inline query: results, each with the message that it would become, and the parameters."""

    results: list[tuple[JSON, Sent]]
    parameters: JSON

    @property
    def titles(self) -> list[str]:
        return [str(result["title"]) for result, _ in self.results]


@dataclass
class Chat:
    """`closed`: what Telegram answers to every message, such as `(403, "Forbidden: …")`."""

    id: int
    type: str
    title: str = ""
    admins: list[User] = field(default_factory=list)
    forum: bool = False
    topics: dict[int, bool] = field(default_factory=dict)  # thread id → is open
    closed: tuple[int, str] | None = None
    migrated_to: int | None = None
    sent: list[Sent] = field(default_factory=list)
    known: set[int] = field(default_factory=set)  # ids of messages that exist
    actions: list[str] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        return self.type in ("group", "supergroup")

    def json(self) -> JSON:
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, "type": self.type, **name, **({"is_forum": True} if self.forum else {})}


class World:
    """Everything that exists, by id; makes what Telegram would report about it."""

    def __init__(self, bot: User) -> None:
        self.bot = bot
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.callbacks: set[str] = set()  # asked, and not answered
        self.answers: list[JSON] = []  # to callbacks
        self.queries: set[str] = set()  # inline queries asked, and not answered
        self.offered: dict[str, Offered] = {}
        self.chosen: dict[str, Sent] = {}  # messages sent from offers, by their inline ids
        self._last_query = 7000
        self._last_message = 100
        self._last_callback = 5000

    def message_id(self, chat: Chat) -> int:
        self._last_message += 1
        chat.known.add(self._last_message)
        return self._last_message

    def message(
        self,
        chat: Chat,
        user: User | None,
        text: str,
        *,
        thread: int | None = None,
        anonymous: bool = False,
        as_channel: Chat | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> JSON:
        """Return a person's message; no user means a post in a channel."""
        made: JSON = {"message_id": self.message_id(chat), "date": int(time.time()), "chat": chat.json()}
        if user:
            made["from"] = user.json()
        if anonymous:
            made["from"] = {
                "id": ANONYMOUS_ADMIN,
                "is_bot": True,
                "first_name": "Group",
                "username": "GroupAnonymousBot",
            }
            made["sender_chat"] = chat.json()
        elif as_channel:
            made["from"] = {
                "id": CHANNEL_BOT,
                "is_bot": True,
                "first_name": "Channel",
                "username": "Channel_Bot",
            }
            made["sender_chat"] = as_channel.json()
        elif chat.type == "channel":
            made["sender_chat"] = chat.json()
        if thread is not None:
            made |= {"message_thread_id": thread, "is_topic_message": True}
        if text:
            made["text"] = text
            if entities := commands_in(text):
                made["entities"] = entities
        return {**made, **(extra or {})}

    def callback(self, chat: Chat, user: User, data: str | None, message: JSON | None) -> JSON:
        """Return the press of a button under `message`; none stands for one too old to show."""
        self._last_callback += 1
        self.callbacks.add(str(self._last_callback))
        shown = message or {"message_id": 1, "date": 0, "chat": chat.json()}
        pressed: JSON = {
            "id": str(self._last_callback),
            "from": user.json(),
            "message": shown,
            "chat_instance": "1",
        }
        return pressed if data is None else {**pressed, "data": data}

    def query(self, user: User, words: str, offset: str) -> JSON:
        """Return what is reported as somebody types `@bot words` in some chat."""
        self._last_query += 1
        self.queries.add(str(self._last_query))
        return {
            "id": str(self._last_query), "from": user.json(), "query": words, "offset": offset, "chat_type": "supergroup",
        }  # fmt: skip

    def pressed_elsewhere(self, message: str, user: User, data: str) -> JSON:
        """Return the press of a button under a message that was sent from an offer."""
        self._last_callback += 1
        self.callbacks.add(str(self._last_callback))
        return {
            "id": str(self._last_callback), "from": user.json(), "inline_message_id": message, "chat_instance": "2",
            "data": data,
        }  # fmt: skip

    def shown(self, sent: Sent) -> JSON:
        """Return a message of the bot's as the Bot API describes it."""
        chat = self.chats[sent.chat]
        made: JSON = {"message_id": sent.id, "date": int(time.time()), "chat": chat.json()}
        if chat.type == "channel":
            made["sender_chat"] = chat.json()
        else:
            made["from"] = self.bot.json()
        entities = [entity.json() for entity in sent.entities]
        if sent.document:
            name = sent.upload.name if sent.upload else ""
            made["document"] = {"file_id": "d", "file_unique_id": "d", "file_name": name}
            made |= {"caption": sent.text, "caption_entities": entities} if sent.text else {}
        elif sent.photo or sent.upload:
            made["photo"] = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]
            made |= {"caption": sent.text, "caption_entities": entities} if sent.text else {}
        else:
            made |= {"text": sent.text, "entities": entities}
        if sent.album:
            made["media_group_id"] = sent.album
        if sent.buttons:
            made["reply_markup"] = {"inline_keyboard": sent.buttons}
        if sent.thread is not None:
            made |= {"message_thread_id": sent.thread, "is_topic_message": True}
        return made


def commands_in(text: str) -> list[JSON]:
    """Return the entities that Telegram's clients give to commands."""
    found = re.finditer(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>])", text)
    return [
        {"type": "bot_command", "offset": utf16(text[: m.start()]), "length": utf16(m.group())} for m in found
    ]
