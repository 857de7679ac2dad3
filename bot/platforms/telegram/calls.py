"""The calls that put something into a chat: each made once, in one form, with errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import TelegramError

from bot.errors import Ambiguous, DeliveryError
from bot.platforms.telegram.errors import Unreached, translated
from bot.platforms.telegram.render import Album, Keyboard, Message, Payload, Photo, Upload, carried

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and to which message it replies."""

    chat: str
    thread: int | None = None
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A message of ours under which a button was pressed, as it was then."""

    message: int
    text: str
    entities: tuple[MessageEntity, ...]
    markup: InlineKeyboardMarkup | None


class Calls:
    """Makes calls with one token. Each that changes something raises a `DeliveryError` if it cannot be made."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(
        self, target: Target, payload: Payload, parse_mode: str | None, *, first: bool
    ) -> Sequence[int]:
        """Send `payload`, without markup where there is no `parse_mode`; return the messages' ids. Only the first notifies."""
        reply = (
            ReplyParameters(target.reply_to, allow_sending_without_reply=True) if target.reply_to else None
        )
        try:
            match payload:
                case Album(uploads=(upload,)):
                    return await self._file(target, payload, upload, parse_mode, reply, first=first)
                case Album():
                    return await self._album(target, payload, parse_mode, reply, first=first)
                case Photo():
                    return await self._photo(target, payload, parse_mode, reply, first=first)
                case Message():
                    return await self._message(target, payload, parse_mode, reply, first=first)
        except TelegramError as error:
            raise self._ours(error) or Ambiguous("not modified") from None

    async def edit(self, chat: str, message: int, payload: Message, parse_mode: str | None) -> None:
        """Show `payload` in a message of ours; that it stands there already is no error."""
        await self._edit({"chat_id": chat, "message_id": message}, payload, parse_mode)

    async def edit_elsewhere(self, message: str, payload: Message, parse_mode: str | None) -> None:
        """Show `payload` in a message that was sent from our offers, of whose chat nothing is known but its own id."""
        await self._edit({"inline_message_id": message}, payload, parse_mode)

    async def restore(self, chat: str, standing: Standing) -> None:
        """Let a message of ours say again what it said."""
        try:
            await self._bot.edit_message_text(
                standing.text,
                chat,
                standing.message,
                entities=standing.entities,
                reply_markup=standing.markup,
                link_preview_options=_NO_PREVIEW,
            )
        except TelegramError as error:
            if ours := self._ours(error):
                raise ours from None

    async def delete(self, chat: str, message: int) -> None:
        """Delete a message of ours."""
        try:
            await self._bot.delete_message(chat, message)
        except TelegramError as error:
            if ours := self._ours(error):
                raise ours from None

    async def find(self, name: str) -> str:
        """Return the id of a chat by its @name or id."""
        try:
            return str((await self._bot.get_chat(name)).id)
        except TelegramError as error:
            raise self._ours(error) or Ambiguous("not modified") from None

    async def answers(self) -> bool:
        """Tell whether Telegram answers anything, whatever it may say."""
        try:
            await self._bot.get_me()
        except TelegramError as error:
            return not isinstance(self._ours(error), Ambiguous | Unreached)
        return True

    async def _edit(self, which: dict[str, object], payload: Message, parse_mode: str | None) -> None:
        fields = {
            **which,
            "text": payload.html if parse_mode else payload.plain,
            "parse_mode": parse_mode,
            "reply_markup": markup(payload.keyboard),
            "link_preview_options": _NO_PREVIEW,
        }
        try:
            await self._bot._post("editMessageText", fields)
        except TelegramError as error:
            if ours := self._ours(error):
                raise ours from None

    async def _message(
        self,
        target: Target,
        payload: Message,
        parse_mode: str | None,
        reply: ReplyParameters | None,
        *,
        first: bool,
    ) -> Sequence[int]:
        fields = {
            "chat_id": target.chat,
            "text": payload.html if parse_mode else payload.plain,
            "parse_mode": parse_mode,
            "message_thread_id": target.thread,
            "reply_parameters": reply,
            "reply_markup": _asking(payload) or markup(payload.keyboard),
            "link_preview_options": _NO_PREVIEW,
            "disable_notification": not first,
        }
        # `send_message` without its reading of the answer, which takes a fifth of the time: we need the id.
        raw = await self._bot._post("sendMessage", fields)
        return (int(raw["message_id"]),)

    async def _photo(
        self,
        target: Target,
        payload: Photo,
        parse_mode: str | None,
        reply: ReplyParameters | None,
        *,
        first: bool,
    ) -> Sequence[int]:
        sent = await self._bot.send_photo(
            target.chat,
            payload.url,
            caption=payload.html or None,
            parse_mode=parse_mode,
            message_thread_id=target.thread,
            reply_parameters=reply,
            reply_markup=markup(payload.keyboard),
            disable_notification=not first,
        )
        return (sent.message_id,)

    async def _file(
        self,
        target: Target,
        album: Album,
        upload: Upload,
        parse_mode: str | None,
        reply: ReplyParameters | None,
        *,
        first: bool,
    ) -> Sequence[int]:
        send = self._bot.send_document if upload.whole else self._bot.send_photo
        sent = await send(
            target.chat,
            InputFile(upload.data, upload.name),
            caption=upload.html or None,
            parse_mode=parse_mode,
            message_thread_id=target.thread,
            reply_parameters=reply,
            reply_markup=markup(album.keyboard),
            disable_notification=not first,
        )
        return (sent.message_id,)

    async def _album(
        self,
        target: Target,
        album: Album,
        parse_mode: str | None,
        reply: ReplyParameters | None,
        *,
        first: bool,
    ) -> Sequence[int]:
        group = await self._bot.send_media_group(
            target.chat,
            [
                InputMediaPhoto(
                    upload.data, caption=upload.html or None, parse_mode=parse_mode, filename=upload.name
                )
                for upload in album.uploads
            ],
            message_thread_id=target.thread,
            reply_parameters=reply,
            disable_notification=not first,
        )
        return [message.message_id for message in group]

    def _ours(self, error: TelegramError) -> DeliveryError | None:
        return translated(error, self._bot.token)


def simpler(payload: Payload) -> Iterator[tuple[Payload, str | None]]:
    """Yield what to try, best first: the picture, the marked-up text, the bare text, no buttons.

    Several pictures are simpler one by one, as messages of their own.
    """
    if isinstance(payload, Album):
        yield payload, "HTML"
        if len(payload.uploads) > 1:
            return
        (upload,) = payload.uploads
        if not upload.whole:
            yield replace(payload, uploads=(replace(upload, whole=True),)), "HTML"
        payload = replace(upload.instead, keyboard=payload.keyboard)
    if isinstance(payload, Photo):
        yield payload, "HTML"
        payload = replace(payload.instead, keyboard=payload.keyboard)
    yield payload, "HTML"
    yield payload, None
    if payload.keyboard or payload.placeholder:
        yield Message(payload.html, payload.plain), None


def _asking(message: Message) -> ForceReply | None:
    if not message.placeholder:
        return None
    return ForceReply(selective=True, input_field_placeholder=message.placeholder)


def markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Return the buttons as Telegram takes them."""
    rows = [
        [
            InlineKeyboardButton(button.label, callback_data=carried(button) or None, url=button.url or None)
            for button in row
        ]
        for row in keyboard
    ]
    return InlineKeyboardMarkup(rows) if rows else None
