"""What Discord answers, as Paperwire's errors."""

from __future__ import annotations

import aiohttp
import discord

from bot.errors import Ambiguous, DeliveryError, Forbidden, Rejected, RetryAfter, ThreadGone, TooOld

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
ALREADY_ACKNOWLEDGED = 40060
INVALID_WEBHOOK_TOKEN = 50027
MISSING_ACCESS, MISSING_PERMISSIONS = 50001, 50013
UNKNOWN_MEMBER = 10007
WRONG_TYPE = 50024  # a channel of a kind that cannot do that
HAS_A_THREAD, TOO_MANY_THREADS = 160004, 160006
ALREADY_PUBLISHED = 40033
NO_HISTORY = 160002  # no reply where the bot may not read what it would reply to
_UNUSABLE = {50008, WRONG_TYPE}  # a channel of a kind that takes no messages
_CLOSED_THREADS = {50083: "archived", 160005: "locked"}
_GONE = {UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_WEBHOOK_TOKEN}
_CLOUDFLARE_PAUSE = 60.0
_NO_WAY = 10.0  # seconds until another try, where nothing was reached

# Every way in which a request of discord.py can end badly.
Failure = (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError)


class Unreached(RetryAfter):
    """Nobody was there to take what was asked: it has surely not arrived."""


# Nothing had left this machine when these were raised.
_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    ConnectionRefusedError,
)


def ours(error: BaseException, *, in_thread: bool = False) -> DeliveryError:
    """Return the error of ours that says what `error`, one of `Failure`, means for a message."""
    match error:
        case DeliveryError():
            return error
        case discord.RateLimited():
            return RetryAfter(error.retry_after)
        case discord.HTTPException(status=429):
            return RetryAfter(_pause(error), everywhere=True)
        case discord.HTTPException():
            return _refusal(error, in_thread)
        case _ if isinstance(error, _BEFORE_SENDING):
            return Unreached(_NO_WAY, everywhere=True)
        case _:
            return Ambiguous(type(error).__name__)


def _refusal(error: discord.HTTPException, in_thread: bool) -> DeliveryError:
    said = f"{error.status} {error.code} {error.text}".strip()[:300]
    if error.code in _CLOSED_THREADS:
        return ThreadGone(_CLOSED_THREADS[error.code])
    if error.code == UNKNOWN_CHANNEL and in_thread:
        return ThreadGone("deleted")
    if error.code in _GONE:
        return TooOld(said)
    if error.status >= 500:
        return Ambiguous(said)
    if error.status in (401, 403, 404) or error.code in _UNUSABLE:
        return Forbidden(said)
    return Rejected(said)


def _pause(error: discord.HTTPException) -> float:
    """Return what the headers ask for; without discord.py's own handling it is Cloudflare that refuses."""
    try:
        return float(error.response.headers.get("Retry-After", _CLOUDFLARE_PAUSE))
    except ValueError:
        return _CLOUDFLARE_PAUSE
