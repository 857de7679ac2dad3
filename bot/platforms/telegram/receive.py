"""What Telegram reports, as a call of a command: who, where, what; nothing where nothing was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    MaybeInaccessibleMessage,
    Message,
    MessageEntity,
    MessageOriginChannel,
    Update,
    User,
)
from telegram.constants import ChatType

from bot.chat.command import Registry
from bot.chat.request import Address, Call
from bot.errors import Mistake
from bot.language import Language
from bot.platforms.telegram.calls import Standing, Target
from bot.platforms.telegram.links import opened
from bot.platforms.telegram.reasons import BLOCKED, REMOVED, SILENCED
from bot.platforms.telegram.render import ASKS, HERE

ANONYMOUS_ADMIN = 1087968824  # Telegram's stand-in for admins who hide behind their group
SLASHES = ("/", "／")

# An arXiv link or what looks like an id, old or new; the command checks it.
_PAPER = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*arxiv\.org/[^\s<>\"，。）]+"
    r"|(?<![\d.])\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?(?!\d)"
    r"|\b[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?\b",
    re.IGNORECASE | re.ASCII,
)
# What may be the code of the first start; links of others to us carry all sorts of things.
_CODE = re.compile(r"[A-Z2-9-]{8,9}", re.IGNORECASE | re.ASCII)
# A paper's own page, and no bare number: many people write numbers.
_LINK = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:(?:www|export)\.)?arxiv\.org/(?:abs|pdf|html)/[^\s<>\"，。）)\]]+",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One call as it came in. `manages` is None where only Telegram can say; so for `private`, see `Request`.

    `channel`: everybody reads along, and only those who manage it write. `unasked`: nobody has typed anything for
    us, who says nothing but a success then. Of a press: for `here` and `asks` see `Button`; `standing` is what the
    button stands under, None if that is no text that can be seen; `elsewhere`, the id of a message that was sent from
    our offers, whose chat is not known: the chat is the person's own then.
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
    unasked: bool = False
    here: bool = False
    asks: bool = False
    standing: Standing | None = None
    elsewhere: str = ""


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


def read_reply(update: Update, bot: int) -> tuple[Address, str, Incoming] | None:
    """Return what a person says in reply to what may be a message of ours; None for all else, and for commands.

    Beside their words, which stand as arguments of no command, that is the chat and the id of the message.
    """
    message = update.message or update.channel_post
    replied = message.reply_to_message if message else None
    if not message or not replied or message.is_automatic_forward:
        return None
    words = message.text or message.caption or ""
    if words.startswith(SLASHES) or not _ours(replied, bot):
        return None
    where, number = _address(replied.chat, None), replied.message_id
    if replied.is_automatic_forward and isinstance(replied.forward_origin, MessageOriginChannel):
        # A comment on a channel's post, in the group that discusses them.
        where, number = _address(replied.forward_origin.chat, None), replied.forward_origin.message_id
    incoming = _from(message, Call("", words.strip()))
    if incoming is None:
        return None
    target = replace(incoming.target, reply_to=message.message_id)
    return where, str(number), replace(incoming, target=target)


def _ours(message: Message, bot: int) -> bool:
    """Tell whether a message may be ours: those of a channel do not say who wrote them."""
    if message.sender_chat:
        return message.is_automatic_forward or message.chat.type == ChatType.CHANNEL
    return message.from_user.id == bot if message.from_user else message.chat.type == ChatType.CHANNEL


def read_addition(update: Update, registry: Registry) -> Incoming | None:
    """Return what letting the bot into a group or channel, or letting it write there again, asks: a greeting."""
    change = update.my_chat_member
    if change is None or change.chat.type == ChatType.PRIVATE or not _known(registry, "welcome"):
        return None
    if _writes(change.old_chat_member, change.chat) or not _writes(change.new_chat_member, change.chat):
        return None
    return Incoming(
        Call("welcome"),
        _address(change.chat, None),
        Target(str(change.chat.id)),
        False,
        str(change.from_user.id),
        change.from_user.full_name,
        True,
        hint(change.from_user),
        channel=change.chat.type == ChatType.CHANNEL,
    )


def read_migration(update: Update) -> tuple[Address, Address] | None:
    """Return a group and the supergroup that it has become, as either of them says; None for all else."""
    message = update.message
    if message and message.migrate_to_chat_id:
        return _address(message.chat, None), Address("telegram", str(message.migrate_to_chat_id))
    if message and message.migrate_from_chat_id:
        return Address("telegram", str(message.migrate_from_chat_id)), _address(message.chat, None)
    return None


def read_loss(update: Update) -> tuple[Address, str] | None:
    """Return the chat in which the bot can write no more, and why; None for every other news of its place there."""
    change = update.my_chat_member
    if change is None or _writes(change.new_chat_member, change.chat):
        return None
    if change.chat.type == ChatType.PRIVATE:
        return _address(change.chat, None), BLOCKED
    return _address(change.chat, None), SILENCED if _is_in(change.new_chat_member) else REMOVED


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in (ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER)


def _writes(member: ChatMember, chat: Chat) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    if chat.type == ChatType.CHANNEL:  # a bot in a channel is an administrator, or reads along for nothing
        return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    return _is_in(member)


def _pressed(query: CallbackQuery) -> Incoming | None:
    message, line = query.message, query.data or ""
    here, line = line.startswith(HERE), line.removeprefix(HERE)
    asks, line = line.startswith(ASKS), line.removeprefix(ASKS)
    call, person, name = Call.parse(line), str(query.from_user.id), query.from_user.full_name
    if not message:
        if not query.inline_message_id or asks:  # lost, or where nobody can be asked anything
            return None
        # What is shown there, the people of a chat read that we do not know: nothing is managed from there.
        return Incoming(
            call, Address("telegram", person), Target(person), False, person, name, False, hint(query.from_user),
            query.id, elsewhere=query.inline_message_id,
        )  # fmt: skip
    private = message.chat.type == ChatType.PRIVATE
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Incoming(
        call,
        _address(message.chat, thread),
        Target(str(message.chat.id), thread, None if private else message.message_id),
        private,
        person,
        name,
        True if private else None,
        hint(query.from_user),
        query.id,
        message.chat.type == ChatType.CHANNEL,
        here=here,
        asks=asks,
        standing=_standing(message),
    )


def _standing(message: MaybeInaccessibleMessage) -> Standing | None:
    if not isinstance(message, Message) or not message.text:
        return None
    return Standing(message.message_id, message.text, tuple(message.entities), message.reply_markup)


def _said(message: Message, username: str, registry: Registry) -> Incoming | None:
    if message.is_automatic_forward:  # a channel's post, once more in the group that discusses it
        return None
    if call := _call(message, username, registry, private=message.chat.type == ChatType.PRIVATE):
        return _from(message, call)
    if message.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and (link := _linked(message)):
        incoming = _from(message, Call("card", link)) if _known(registry, "card") else None
        return replace(incoming, unasked=True) if incoming else None
    return None


def _linked(message: Message) -> str | None:
    """Return the first link to a paper in what a person wrote or forwarded, visible or behind words."""
    if message.via_bot:  # from offers, ours or another's: a card as it is
        return None
    if found := _LINK.search(message.text or message.caption or ""):
        return found.group()
    hidden = (entity.url or "" for entity in (*message.entities, *message.caption_entities))
    return next((found.group() for url in hidden if (found := _LINK.match(url))), None)


def _from(message: Message, call: Call) -> Incoming | None:
    """Return the call as one of the message's author; None where another bot wrote it."""
    private = message.chat.type == ChatType.PRIVATE
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
        hint(user) if user and not channel else None,
    )


def _call(message: Message, username: str, registry: Registry, *, private: bool) -> Call | None:
    text = message.text or message.caption or ""
    if text.startswith(SLASHES) and (private or _begins_with_command(message, registry)):
        call = Call.parse(text)
        name, _, bot = call.name.partition("@")
        if bot and bot != username.casefold() and not private:
            return None
        if name != "start":
            return Call(name, call.arguments)
        asked = opened(str(call.arguments))
        if asked and _known(registry, asked.name):
            return asked
        code = call.arguments if _CODE.fullmatch(str(call.arguments)) else ""
        return Call(name, code) if _known(registry, name) else _opened(registry)
    if not private:
        return None
    if (paper := paper_in(text)) and _known(registry, "summarize"):
        return Call("summarize", paper)
    # A sticker deserves an answer too; that somebody pinned a message does not.
    return Call("") if text or message.effective_attachment else None


def paper_in(words: str) -> str | None:
    """Return the first link to a paper, or what looks like the id of one."""
    found = _PAPER.search(words)
    return found.group() if found else None


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


def hint(user: User) -> Language | None:
    """Return the language of the person's client, None if it is not known."""
    return _language(user.language_code) if user.language_code else None


@lru_cache(maxsize=256)
def _language(code: str) -> Language | None:
    try:
        return Language.parse(code)
    except Mistake:
        return None
