"""The methods of the Bot API: what each checks, in which order, and what it answers."""

from __future__ import annotations

import io
import re
from urllib.parse import urlsplit

import PIL.Image

from tests.fakes.telegram_html import (
    LONGEST_CAPTION,
    LONGEST_TEXT,
    Entity,
    MarkupError,
    checked_url,
    given,
    parse,
    utf16,
)
from tests.fakes.telegram_links import cleaned, linked
from tests.fakes.telegram_profile import Profile
from tests.fakes.telegram_refusal import Refusal, bad
from tests.fakes.telegram_world import JSON, Chat, Offered, Sent, Upload, World

GENERAL = 1  # the topic that a forum cannot be without; a message to it names none
LARGEST_PHOTO = 10 * 1024 * 1024
_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


class Methods(Profile):
    """Carries out one call; names are not case-sensitive, as on Telegram."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._albums = 0
        self.unfetchable: set[str] = set()  # addresses of pictures that Telegram cannot load
        self._by_name = {
            name.removeprefix("do_").replace("_", ""): getattr(self, name)
            for name in dir(self)
            if name.startswith("do_")
        }

    def call(self, method: str, parameters: JSON) -> object:
        """Return the result. Raises `Refusal`."""
        if found := self._by_name.get(method.lower()):
            return found(parameters)
        raise Refusal(404, "Not Found")

    # ----- chats

    def chat(self, parameters: JSON) -> Chat:
        """Return the chat that is meant. Raises `Refusal` for one that is not there."""
        given = str(parameters.get("chat_id") or "")
        if not given:
            raise bad("chat_id is empty")
        chat = self.world.chats.get(int(given)) if re.fullmatch(r"-?\d+", given) else None
        if not chat:
            raise bad("chat not found")
        return chat

    def do_get_chat(self, parameters: JSON) -> JSON:
        return {
            **self.chat(parameters).json(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(_GIFTS, False),
        }

    def do_get_chat_administrators(self, parameters: JSON) -> list[JSON]:
        chat = self.chat(parameters)
        if chat.type == "private":
            raise bad("there are no administrators in the private chat")
        return [self._member(chat, user.id) for user in chat.admins]

    def do_get_chat_member(self, parameters: JSON) -> JSON:
        return self._member(self.chat(parameters), int(parameters.get("user_id") or 0))

    def _member(self, chat: Chat, user_id: int) -> JSON:
        user = self.world.users.get(user_id)
        if not user:
            raise bad("PARTICIPANT_ID_INVALID")
        if not any(admin.id == user_id for admin in chat.admins):
            return {"status": "member", "user": user.json()}
        return {"status": "creator", "user": user.json(), "is_anonymous": False}

    # ----- messages

    def _writable(self, parameters: JSON) -> Chat:
        chat = self.chat(parameters)
        if chat.closed:
            raise Refusal(*chat.closed)
        if chat.migrated_to:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        thread = parameters.get("message_thread_id")
        if thread and chat.forum:
            if int(thread) not in chat.topics:
                raise bad("message thread not found")
            if not chat.topics[int(thread)]:
                raise bad("TOPIC_CLOSED")
        elif thread:
            raise bad("message thread not found")
        elif chat.forum and not chat.topics.get(GENERAL, True):
            raise bad("TOPIC_CLOSED")
        return chat

    def _words(self, parameters: JSON, field: str, longest: int) -> tuple[str, list[Entity]]:
        raw = str(parameters.get(field) or "")
        mode = str(parameters.get("parse_mode") or "").lower()
        if mode not in ("", "html"):
            raise bad("unsupported parse_mode")
        try:
            text, entities = parse(raw) if mode else (raw, given(parameters.get("entities") or []))
        except MarkupError as error:
            raise bad(f"can't parse entities: {error}") from error
        text, entities = cleaned(text, entities)
        if utf16(text) > longest:
            raise bad("message is too long" if field == "text" else "message caption is too long")
        if not text and field == "text":
            raise bad("message text is empty")
        return text, linked(text, entities)

    def _asked(self, chat: Chat, parameters: JSON) -> str | None:
        """Return what stands in the field that a message opens for a reply, None if it opens none."""
        markup = parameters.get("reply_markup") or {}
        if not markup.get("force_reply"):
            return None
        if chat.type == "channel":
            raise bad("inline keyboard expected")
        placeholder = str(markup.get("input_field_placeholder") or "")
        if "input_field_placeholder" in markup and not 1 <= utf16(placeholder) <= 64:
            raise bad("REPLY_MARKUP_INVALID")
        return placeholder

    def _buttons(self, parameters: JSON) -> list[list[JSON]]:
        rows = [row for row in (parameters.get("reply_markup") or {}).get("inline_keyboard", []) if row]
        if sum(map(len, rows)) > 100:
            raise bad("reply markup is too long")
        return [[self._button(button) for button in row] for row in rows]

    def _button(self, button: JSON) -> JSON:
        if not str(button.get("text", "")).strip():
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
        elif "url" in button:
            url = button["url"]
            if not checked_url(url) or urlsplit(url).hostname == "localhost":
                raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        else:
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        return button

    def _replied(self, chat: Chat, parameters: JSON) -> int | None:
        reply = parameters.get("reply_parameters") or {}
        wanted = int(reply["message_id"]) if "message_id" in reply else None
        if wanted is not None and wanted not in chat.known:
            if not reply.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            return None
        return wanted

    def _post(self, chat: Chat, sent: Sent, parameters: JSON) -> JSON:
        sent.reply_to = self._replied(chat, parameters)
        sent.buttons = self._buttons(parameters)
        sent.asks = self._asked(chat, parameters)
        sent.selective = bool((parameters.get("reply_markup") or {}).get("selective"))
        sent.silent = str(parameters.get("disable_notification", "")).lower() == "true"
        thread = parameters.get("message_thread_id")
        sent.thread = int(thread) if thread and chat.forum else None
        sent.id = self.world.message_id(chat)
        chat.sent.append(sent)
        return self.world.shown(sent)

    def do_send_message(self, parameters: JSON) -> JSON:
        chat = self._writable(parameters)
        text, entities = self._words(parameters, "text", LONGEST_TEXT)
        return self._post(chat, Sent(0, chat.id, text, entities, str(parameters["text"])), parameters)

    def do_send_photo(self, parameters: JSON) -> JSON:
        chat = self._writable(parameters)
        if isinstance(upload := parameters.get("photo"), Upload):
            return self._post(chat, self._photo(chat, upload, parameters), parameters)
        photo = str(parameters.get("photo") or "")
        if not checked_url(photo) or "://" not in photo:
            raise bad("wrong file identifier/HTTP URL specified")
        if photo in self.unfetchable:
            raise bad("failed to get HTTP URL content")
        text, entities = self._words(parameters, "caption", LONGEST_CAPTION)
        return self._post(
            chat,
            Sent(0, chat.id, text, entities, str(parameters.get("caption", "")), photo=photo),
            parameters,
        )

    def do_send_document(self, parameters: JSON) -> JSON:
        chat = self._writable(parameters)
        upload = parameters.get("document")
        if not isinstance(upload, Upload):
            raise bad("wrong file identifier/HTTP URL specified")
        if not upload.data:
            raise bad("file must be non-empty")
        return self._post(chat, self._captioned(chat, upload, parameters, document=True), parameters)

    def do_send_media_group(self, parameters: JSON) -> list[JSON]:
        """Send an album. All of its files are looked at before any message is there."""
        chat = self._writable(parameters)
        media = parameters.get("media") or []
        if not media:
            raise bad('parameter "media" is required')
        if not 2 <= len(media) <= 10:
            raise bad("group send failed: wrong number of items")
        sent = []
        for item in media:
            if item.get("type") != "photo":
                raise bad("can't use the media of the specified type in the album")
            upload = parameters.get(str(item.get("media", "")).removeprefix("attach://"))
            if not isinstance(upload, Upload):
                raise bad("can't parse InputMedia: media not found")
            sent.append(self._photo(chat, upload, item))
        self._albums += 1
        for each in sent:
            each.album = str(self._albums)
        return [self._post(chat, each, {**parameters, "reply_markup": None}) for each in sent]

    def _photo(self, chat: Chat, upload: Upload, described: JSON) -> Sent:
        """Take a file as a photo. Raises `Refusal` for one that is none, or none that Telegram shows."""
        if not upload.data:
            raise bad("file must be non-empty")
        if len(upload.data) > LARGEST_PHOTO:
            raise bad(
                f"file of size {len(upload.data)} bytes is too big for a photo; "
                f"the maximum size is {LARGEST_PHOTO} bytes"
            )
        try:
            with PIL.Image.open(io.BytesIO(upload.data)) as picture:
                width, height = picture.size
                if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                    raise bad("PHOTO_INVALID_DIMENSIONS")
                picture.load()
        except (OSError, SyntaxError):
            raise bad("IMAGE_PROCESS_FAILED") from None
        return self._captioned(chat, upload, described)

    def _captioned(self, chat: Chat, upload: Upload, described: JSON, *, document: bool = False) -> Sent:
        text, entities = self._words(described, "caption", LONGEST_CAPTION)
        html = str(described.get("caption", ""))
        return Sent(0, chat.id, text, entities, html, upload=upload, document=document)

    def do_edit_message_text(self, parameters: JSON) -> JSON | bool:
        if "inline_message_id" in parameters:
            number = str(parameters["inline_message_id"])
            if number not in self.world.chosen:
                raise bad("MESSAGE_ID_INVALID")
            self._edit(self.world.chosen[number], parameters)
            return True
        chat = self._writable(parameters)
        sent = self._found(chat, parameters, "message to edit not found")
        self._edit(sent, parameters)
        return self.world.shown(sent)

    def _edit(self, sent: Sent, parameters: JSON) -> None:
        if sent.photo or sent.upload:
            raise bad("there is no text in the message to edit")
        text, entities = self._words(parameters, "text", LONGEST_TEXT)
        if (parameters.get("reply_markup") or {}).get("force_reply"):
            raise bad("inline keyboard expected")
        buttons = self._buttons(parameters)
        if (text, entities, buttons) == (sent.text, sent.entities, sent.buttons):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        sent.text, sent.entities, sent.buttons, sent.html = text, entities, buttons, str(parameters["text"])
        sent.edits += 1

    def do_delete_message(self, parameters: JSON) -> bool:
        chat = self._writable(parameters)
        chat.sent.remove(self._found(chat, parameters, "message to delete not found"))
        return True

    def _found(self, chat: Chat, parameters: JSON, otherwise: str) -> Sent:
        number = int(parameters.get("message_id") or 0)
        if found := next((sent for sent in chat.sent if sent.id == number), None):
            return found
        raise bad("message can't be edited" if number in chat.known else otherwise)

    def do_send_chat_action(self, parameters: JSON) -> bool:
        chat = self._writable(parameters)
        if parameters.get("action") not in _ACTIONS:
            raise bad("wrong parameter action in request")
        chat.actions.append(str(parameters["action"]))
        return True

    def do_answer_callback_query(self, parameters: JSON) -> bool:
        number = str(parameters.get("callback_query_id") or "")
        if number not in self.world.callbacks:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if utf16(str(parameters.get("text") or "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        # Without a game, a press opens nothing but a chat with the bot itself.
        ours = rf"https://t\.me/{self.world.bot.username}\?start=[A-Za-z0-9_-]{{1,64}}"
        if (url := str(parameters.get("url") or "")) and not re.fullmatch(ours, url):
            raise bad("URL_INVALID")
        self.world.callbacks.discard(number)
        self.world.answers.append(dict(parameters))
        return True

    # ----- offers

    def do_answer_inline_query(self, parameters: JSON) -> bool:
        number = str(parameters.get("inline_query_id") or "")
        if number not in self.world.queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        results = parameters.get("results") or []
        if len(results) > 50:
            raise bad("RESULTS_TOO_MUCH")
        if len({result.get("id") for result in results}) < len(results):
            raise bad("RESULT_ID_DUPLICATE")
        if utf16(str(parameters.get("next_offset") or "")) > 64:
            raise bad("NEXT_OFFSET_INVALID")
        button = parameters.get("button")
        if button and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(button.get("start_parameter", ""))):
            raise bad("START_PARAM_INVALID")
        offered = Offered([self._result(result) for result in results], dict(parameters))
        self.world.queries.discard(number)
        self.world.offered[number] = offered
        return True

    def _result(self, result: JSON) -> tuple[JSON, Sent]:
        if result.get("type") != "article":
            raise bad("unallowed result type")
        if not 1 <= len(str(result.get("id", "")).encode()) <= 64:
            raise bad("RESULT_ID_INVALID")
        if not str(result.get("title", "")).strip():
            raise bad("RESULT_TITLE_INVALID")
        content = result.get("input_message_content") or {}
        text, entities = self._words({**content, "text": content.get("message_text")}, "text", LONGEST_TEXT)
        sent = Sent(0, 0, text, entities, str(content.get("message_text", "")))
        sent.buttons = self._buttons(result)
        return result, sent
