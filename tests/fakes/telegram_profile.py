"""What a bot says of itself, and how it wants its updates: the methods for menus, descriptions and webhooks."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.fakes.telegram_html import utf16
from tests.fakes.telegram_refusal import bad
from tests.fakes.telegram_world import JSON, World

_SCOPES = {
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators", "chat_member",
}  # fmt: skip
_PORTS = {None, 443, 80, 88, 8443}


class Profile:
    """`inline`: @BotFather was told that the bot takes inline queries; `reads_all`: that its privacy mode is off."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inline = False
        self.reads_all = False
        self.webhook = ""
        self.secret = ""
        self.webhook_error = ""
        self.waiting = 0  # updates that were not brought yet
        self.allowed: list[str] = []
        self.menus: dict[tuple[str, str], list[JSON]] = {}  # (scope, language) → commands
        self.about: dict[tuple[str, str], str] = {}  # (kind, language) → description

    def do_get_me(self, parameters: JSON) -> JSON:
        return {
            **self.world.bot.json(), "can_join_groups": True, "can_read_all_group_messages": self.reads_all,
            "supports_inline_queries": self.inline,
        }  # fmt: skip

    def do_log_out(self, parameters: JSON) -> bool:
        return True

    def do_close(self, parameters: JSON) -> bool:
        return True

    # ----- webhooks

    def do_set_webhook(self, parameters: JSON) -> bool:
        url = str(parameters.get("url") or "")
        if url and not url.startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if url and urlsplit(url).port not in _PORTS:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        secret = str(parameters.get("secret_token") or "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad("secret token contains unallowed characters")
        if "allowed_updates" in parameters:
            self.allowed = parameters["allowed_updates"]
        self.webhook, self.secret, self.webhook_error = url, secret, ""
        return True

    def do_delete_webhook(self, parameters: JSON) -> bool:
        self.webhook = self.secret = self.webhook_error = ""
        return True

    def do_get_webhook_info(self, parameters: JSON) -> JSON:
        wrong = {"last_error_date": 1, "last_error_message": self.webhook_error} if self.webhook_error else {}
        return {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": self.waiting,
            **wrong,
        }

    # ----- menus

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

    def menu(self, scope: str, language: str = "") -> list[str]:
        """Return the names in one menu."""
        return [command["command"] for command in self.menus.get((scope, language), [])]

    def _menu(self, parameters: JSON) -> tuple[str, str]:
        scope = parameters.get("scope") or {"type": "default"}
        kind = str(scope.get("type"))
        if kind not in _SCOPES:
            raise bad("unsupported BotCommandScope type specified")
        if kind.startswith("chat"):
            chat = str(scope.get("chat_id"))
            if not re.fullmatch(r"-?\d+", chat) or int(chat) not in self.world.chats:
                raise bad("chat not found")
            kind = f"{kind}:{chat}"
        return kind, self._language(parameters)

    def _language(self, parameters: JSON) -> str:
        language = str(parameters.get("language_code") or "")
        if not re.fullmatch(r"(?:[a-z]{2})?", language):
            raise bad("invalid language code specified")
        return language

    # ----- descriptions

    def do_set_my_description(self, parameters: JSON) -> bool:
        return self._describe(parameters, "description", 512)

    def do_set_my_short_description(self, parameters: JSON) -> bool:
        return self._describe(parameters, "short_description", 120)

    def _describe(self, parameters: JSON, kind: str, longest: int) -> bool:
        said = str(parameters.get(kind) or "")
        if utf16(said) > longest:
            raise bad("BOT_DESCRIPTION_TOO_LONG" if kind == "description" else "BOT_ABOUT_TOO_LONG")
        self.about[kind, self._language(parameters)] = said
        return True

    def do_get_my_description(self, parameters: JSON) -> JSON:
        return {"description": self.about.get(("description", self._language(parameters)), "")}

    def do_get_my_short_description(self, parameters: JSON) -> JSON:
        return {"short_description": self.about.get(("short_description", self._language(parameters)), "")}
