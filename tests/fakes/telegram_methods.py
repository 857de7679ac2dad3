"""The methods of the Bot API: what each checks, in which order, and what it answers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.fakes.telegram_html import (
    LONGEST_CAPTION,
    LONGEST_TEXT,
    Entity,
    MarkupError,
    checked_url,
    parse,
    utf16,
)
from tests.fakes.telegram_links import cleaned, linked
from tests.fakes.telegram_world import JSON, Chat, Sent, World

_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
_SCOPES = {
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators", "chat_member",
}  # fmt: skip


class Refusal(Exception):
    """The method was not carried out."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


class Methods:
    """Carries out one call; names are not case-sensitive, as on Telegram."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.webhook = ""
        self.allowed: list[str] = []
        self.menus: dict[tuple[str, str], list[JSON]] = {}  # (scope, language) → commands
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

    # ----- the bot itself

    def do_get_me(self, parameters: JSON) -> JSON:
        return {
            **self.world.bot.json(), "can_join_groups": True, "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }  # fmt: skip

    def do_log_out(self, parameters: JSON) -> bool:
        return True

    def do_close(self, parameters: JSON) -> bool:
        return True

    def do_set_webhook(self, parameters: JSON) -> bool:
        url = str(parameters.get("url") or "")
        if url and not url.startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = url
        return True

    def do_delete_webhook(self, parameters: JSON) -> bool:
        self.webhook = ""
        return True

    def do_get_webhook_info(self, parameters: JSON) -> JSON:
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    def do_set_my_commands(self, parameters: JSON) -> bool:
        commands = parameters.get("commands") or []
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= utf16(str(command.get("description", ""))) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[self._menu(parameters)] = [
            {"command": c["command"], "description": c["description"]} for c in commands
        ]
        return True

    def do_get_my_commands(self, parameters: JSON) -> list[JSON]:
        return self.menus.get(self._menu(parameters), [])

    def do_delete_my_commands(self, parameters: JSON) -> bool:
        self.menus.pop(self._menu(parameters), None)
        return True

    def _menu(self, parameters: JSON) -> tuple[str, str]:
        scope = (parameters.get("scope") or {"type": "default"}).get("type")
        language = str(parameters.get("language_code") or "")
        if scope not in _SCOPES:
            raise bad("unsupported BotCommandScope type specified")
        if not re.fullmatch(r"(?:[a-z]{2})?", language):
            raise bad("invalid language code specified")
        return scope, language

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
            "accepted_gift_types": {},
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
        return chat

    def _words(self, parameters: JSON, field: str, longest: int) -> tuple[str, list[Entity]]:
        raw = str(parameters.get(field) or "")
        mode = str(parameters.get("parse_mode") or "").lower()
        if mode not in ("", "html"):
            raise bad("unsupported parse_mode")
        try:
            text, entities = parse(raw) if mode else (raw, [])
        except MarkupError as error:
            raise bad(f"can't parse entities: {error}") from error
        text, entities = cleaned(text, entities)
        if utf16(text) > longest:
            raise bad("message is too long" if field == "text" else "message caption is too long")
        if not text and field == "text":
            raise bad("message text is empty")
        return text, linked(text, entities)

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

    def do_edit_message_text(self, parameters: JSON) -> JSON:
        chat = self._writable(parameters)
        sent = self._found(chat, parameters, "message to edit not found")
        text, entities = self._words(parameters, "text", LONGEST_TEXT)
        buttons = self._buttons(parameters)
        if (text, entities, buttons) == (sent.text, sent.entities, sent.buttons):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        sent.text, sent.entities, sent.buttons, sent.html = text, entities, buttons, str(parameters["text"])
        sent.edits += 1
        return self.world.shown(sent)

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
        self.world.callbacks.discard(number)
        self.world.answers.append(dict(parameters))
        return True
