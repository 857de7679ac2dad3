"""Whose a token is, and what that account may do, as its platform says."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from bot.errors import Misconfigured, PlatformUnavailable
from bot.papers.threads import in_thread
from bot.papers.transport import USER_AGENT
from bot.settings import Settings

# What the bot asks of a server, and uses: the bits of Discord's permissions, by the names that its dialogs use.
PERMISSIONS = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Create Public Threads": 1 << 35,
    "Send Messages in Threads": 1 << 38,
}
_ADMINISTRATOR = 1 << 3
_PATIENCE = 15  # seconds


@dataclass(frozen=True, slots=True)
class TelegramAccount:
    """A bot of Telegram's; `webhook` is where its updates are sent to, "" if they are polled.

    `trouble` is what went wrong there last. `inline`: it may be asked from any chat; `hears_all`: it is told of all that is
    written in its groups.
    """

    name: str
    joins_groups: bool
    webhook: str
    trouble: str = ""
    inline: bool = True
    hears_all: bool = True


@dataclass(frozen=True, slots=True)
class DiscordAccount:
    """A bot of Discord's; `servers` holds the name of each and the permissions that it lacks there, None if unknown.

    `starts` is how often it may still connect today, None if unknown.
    """

    name: str
    invitation: str
    code_grant: bool
    servers: Sequence[tuple[str, Sequence[str]]] | None
    starts: int | None


def invitation(application: str) -> str:
    """Return the link that adds the bot to a server, with just the permissions that it uses."""
    wanted = sum(PERMISSIONS.values())
    scope = "scope=bot+applications.commands"
    return f"https://discord.com/oauth2/authorize?client_id={application}&{scope}&permissions={wanted}"


async def telegram_account(
    settings: Settings, clocks: MutableMapping[str, float] | None = None
) -> TelegramAccount:
    """Return whose the token is; put how far our clock is ahead of Telegram's into `clocks`.

    Raises `Misconfigured`, `PlatformUnavailable`.
    """
    assert settings.telegram_bot_token is not None, "only where there is a token"
    base = f"{settings.telegram_api_url}/bot{settings.telegram_bot_token.get_secret_value()}"
    bot = _account("Telegram", *await asked("Telegram", f"{base}/getMe", clocks), within="result")
    _, hook, _ = await asked("Telegram", f"{base}/getWebhookInfo", None)
    found = hook.get("result") if isinstance(hook, dict) else None
    hooked = found if isinstance(found, dict) else {}
    return TelegramAccount(
        bot["username"],
        bot.get("can_join_groups") is not False,
        str(hooked.get("url") or ""),
        str(hooked.get("last_error_message") or ""),
        inline=bot.get("supports_inline_queries") is not False,
        hears_all=bot.get("can_read_all_group_messages") is not False,
    )


async def discord_account(
    settings: Settings, clocks: MutableMapping[str, float] | None = None
) -> DiscordAccount:
    """Return whose the token is; put how far our clock is ahead of Discord's into `clocks`.

    Raises `Misconfigured`, `PlatformUnavailable`.
    """
    assert settings.discord_bot_token is not None, "only where there is a token"
    headers = {"Authorization": f"Bot {settings.discord_bot_token.get_secret_value()}"}
    base = settings.discord_api_url
    bot = _account("Discord", *await asked("Discord", f"{base}/users/@me", clocks, headers))
    _, about, _ = await asked("Discord", f"{base}/oauth2/applications/@me", None, headers)
    about = about if isinstance(about, dict) else {}
    status, guilds, _ = await asked("Discord", f"{base}/users/@me/guilds", None, headers)
    known = status == HTTPStatus.OK and isinstance(guilds, list)
    _, gateway, _ = await asked("Discord", f"{base}/gateway/bot", None, headers)
    limit = gateway.get("session_start_limit") if isinstance(gateway, dict) else None
    starts = limit.get("remaining") if isinstance(limit, dict) else None
    return DiscordAccount(
        bot["username"],
        invitation(str(about.get("id") or bot.get("id") or "YOUR_APPLICATION_ID")),
        about.get("bot_require_code_grant") is True,
        [_server(guild) for guild in guilds if isinstance(guild, dict)] if known else None,
        starts if isinstance(starts, int) else None,
    )


def _server(guild: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    try:
        may = int(guild.get("permissions", 0))
    except (TypeError, ValueError):
        may = 0
    lacking = [] if may & _ADMINISTRATOR else [name for name, bit in PERMISSIONS.items() if not may & bit]
    return str(guild.get("name", "a server")), lacking


def _account(name: str, status: int, said: Any, date: str, *, within: str = "") -> dict[str, Any]:
    """Return the account in an answer. Raises `Misconfigured`, `PlatformUnavailable`."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        raise Misconfigured(
            f"{name.upper()}_BOT_TOKEN", f"was refused by {name}", "copy it again from where you made it"
        )
    if status != HTTPStatus.OK:
        raise PlatformUnavailable(name)
    account = said.get(within) if within and isinstance(said, dict) else said
    if not isinstance(account, dict) or not isinstance(account.get("username"), str):
        raise Misconfigured(
            f"{name.upper()}_API_URL", f"names a server that does not answer as {name} does", "correct it"
        )
    return account


async def asked(
    name: str,
    url: str,
    clocks: MutableMapping[str, float] | None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any, str]:
    """Return the status, the JSON and the date of a platform's answer. Raises `PlatformUnavailable`."""
    import requests

    sent = {"User-Agent": USER_AGENT, **(headers or {})}
    try:
        response = await in_thread(lambda: requests.get(url, headers=sent, timeout=_PATIENCE))
        said = response.json()
    except (requests.exceptions.RequestException, ValueError, UnicodeError):
        # The exception holds the address, and with it the token.
        raise PlatformUnavailable(name) from None
    date = response.headers.get("Date", "")
    if clocks is not None and date:
        with suppress(ValueError):
            clocks[name] = time.time() - parsedate_to_datetime(date).timestamp()
    return response.status_code, said, date
