"""What Telegram reports, as a call of a command: who, where, what; nothing where nothing was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from telegram import CallbackQuery, Chat, ChatMember, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.chat.command import Registry
from bot.chat.request import Address, Call
from bot.errors import Mistake
from bot.language import Language
from bot.platforms.telegram.sender import Target

ANONYMOUS_ADMIN = 1087968824  # Telegram's stand-in for admins who hide behind their group
SLASHES = ("/", "／")

# An arXiv link or what looks like an id, old or new; the command checks it.
_PAPER = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*arxiv\.org/[^\s<>\"，。）]+"
    r"|(?<![\d.])\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?(?!\d)"
    r"|\b[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?\b",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One call as it came in. `manages` is None where only Telegram can say; so for `private`, see `Request`.

    `channel`: everybody reads along, and only those who manage it write.
    """

    call: Call
    address: Address
    target: Target
    private: bool
    actor: str
    name: str
    manages: bool | None
    hint: Language | None = None
    callback: str | None = None
    channel: bool = False


def read(update: Update, username: str, registry: Registry) -> Incoming | None:
    """Return what was asked, None where nobody asked us anything.

    Edits are ignored: what was asked has been answered, and an answer to a correction would be a second one.
    """
    if update.callback_query:
        return _pressed(update.callback_query)
    if update.message:
        return _said(update.message, username, registry)
    if update.channel_post:
        return _said(update.channel_post, username, registry)
    return None


def read_addition(update: Update) -> Incoming | None:
    """Return what adding the bot to a group or channel asks: to be served there, if the person may ask that."""
    change = update.my_chat_member
    if change is None or change.chat.type == ChatType.PRIVATE:
        return None
    member = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR)
    if change.old_chat_member.status in member or change.new_chat_member.status not in member:
        return None
    return Incoming(
        Call("allow"),
        _address(change.chat, None),
        Target(str(change.chat.id)),
        False,
        str(change.from_user.id),
        change.from_user.full_name,
        True,
        _hint(change.from_user),
    )


def _pressed(query: CallbackQuery) -> Incoming | None:
    message = query.message
    if not message:  # under a message sent through another bot, or lost: nowhere to answer
        return None
    private = message.chat.type == ChatType.PRIVATE
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Incoming(
        Call.parse(query.data or ""),
        _address(message.chat, thread),
        Target(str(message.chat.id), thread, None if private else message.message_id),
        private,
        str(query.from_user.id),
        query.from_user.full_name,
        True if private else None,
        _hint(query.from_user),
        query.id,
        message.chat.type == ChatType.CHANNEL,
    )


def _said(message: Message, username: str, registry: Registry) -> Incoming | None:
    private = message.chat.type == ChatType.PRIVATE
    if message.is_automatic_forward:  # a channel's post, once more in the group that discusses it
        return None
    call = _call(message, username, registry, private=private)
    if call is None:
        return None
    # The author of a channel's post is the channel, whether or not Telegram repeats it.
    author = message.chat if message.chat.type == ChatType.CHANNEL else None
    user, channel = message.from_user, message.sender_chat or author
    if channel:
        # A post in a channel, an admin who hides, or a person who writes as a channel of theirs.
        actor, name = str(channel.id), channel.title or ""
        manages: bool | None = channel.id == message.chat.id
    elif user and not user.is_bot:
        actor, name = str(user.id), user.full_name
        manages = True if private else None
    else:
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    return Incoming(
        call,
        _address(message.chat, thread),
        Target(str(message.chat.id), thread, None if private else message.message_id),
        private,
        actor,
        name,
        manages,
        _hint(user) if user and not channel else None,
    )


def _call(message: Message, username: str, registry: Registry, *, private: bool) -> Call | None:
    text = message.text or message.caption or ""
    if text.startswith(SLASHES) and (private or _begins_with_command(message, registry)):
        call = Call.parse(text)
        name, _, bot = call.name.partition("@")
        if bot and bot != username.casefold() and not private:
            return None
        return (
            _opened(registry)
            if name == "start" and not _known(registry, name)
            else Call(name, call.arguments)
        )
    if not private:
        return None
    if (found := _PAPER.search(text)) and _known(registry, "summarize"):
        return Call("summarize", found.group())
    # A sticker deserves an answer too; that somebody pinned a message does not.
    return Call("") if text or message.effective_attachment else None


def _begins_with_command(message: Message, registry: Registry) -> bool:
    """Tell `/help` from `/etc/passwd`: where many people talk, Telegram says what a command is."""
    entities = message.entities or message.caption_entities
    if not entities:  # which Telegram may leave out; then our own commands are commands
        name = Call.parse(message.text or message.caption or "").name.partition("@")[0]
        return name == "start" or _known(registry, name)
    return any(entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0 for entity in entities)


def _opened(registry: Registry) -> Call:
    """Return what Telegram's own "Start" button means where no command claims it."""
    return Call("help") if _known(registry, "help") else Call("start")


def _known(registry: Registry, name: str) -> bool:
    try:
        registry.find(name)
    except Mistake:
        return False
    return True


def _address(chat: Chat, thread: int | None) -> Address:
    return Address("telegram", str(chat.id), None if thread is None else str(thread))


def _hint(user: User) -> Language | None:
    return _language(user.language_code) if user.language_code else None


@lru_cache(maxsize=256)
def _language(code: str) -> Language | None:
    try:
        return Language.parse(code)
    except Mistake:
        return None
