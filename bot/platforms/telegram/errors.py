"""Telegram's answers, and its silence, as errors of ours.

What Telegram or its client library says may hold the token (it is part of every address): the token
is struck out of every reason here, and the library's exceptions are never chained or logged.
"""

from __future__ import annotations

import logging
import re

import httpx
from telegram import error as sdk

from bot import errors
from bot.errors import DeliveryError
from bot.platforms.telegram.reasons import forbidden, thread_gone
from bot.platforms.telegram.wire import GatewayError, Throttled

log = logging.getLogger(__name__)

UNREACHED = 5.0  # seconds until it is worth trying again to reach Telegram

# Nothing had left this machine when these were raised.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_THREAD_GONE = re.compile(r"message thread not found|topic_(closed|deleted|id_invalid)", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"chat not found|not enough rights|have no rights|need administrator rights|group chat was deactivated"
    r"|chat_(write|restricted|send_\w+)_forbidden|chat_write_forbidden|peer_id_invalid|user is deactivated|channel_private",
    re.IGNORECASE,
)
_TOO_OLD = re.compile(
    r"query is too old|query_id_invalid|message to (edit|delete) not found|message can't be (edited|deleted)",
    re.IGNORECASE,
)


class Unarrived(errors.Ambiguous):
    """A gateway answered for a Telegram that is away: what was asked has hardly arrived.

    Whoever answers a person repeats it; whoever sends what nobody asked for treats it as `Ambiguous`.
    """


class Unreached(errors.RetryAfter):
    """Nobody was there to take what was asked: it has surely not arrived."""


def redacted(said: object, token: str) -> str:
    """Return what was said without the token, whole or in its secret half.

    The library changes the case of what Telegram says, so the case does not matter.
    """
    number, _, secret = token.partition(":")
    return (
        re.sub(f"(?:{re.escape(number)}:)?{re.escape(secret)}", "<token>", str(said), flags=re.IGNORECASE)
        if secret
        else str(said)
    )


def translated(error: sdk.TelegramError, token: str) -> DeliveryError | None:
    """Return the error of ours that `error` is, None for one that is a success in disguise."""
    reason = redacted(error.message, token)
    match error:
        case Throttled():
            return errors.RetryAfter(error.seconds)
        case sdk.ChatMigrated():
            return errors.Migrated(str(error.new_chat_id))
        case sdk.Forbidden():
            return _forbidden(reason)
        case sdk.InvalidToken():
            # Nothing was sent, and nothing will be until the owner mends it; `run` says so.
            return errors.RetryAfter(60, everywhere=True)
        case sdk.BadRequest():  # before NetworkError, whose subclass it is
            return _refused(reason)
        case GatewayError():
            return Unarrived(reason)
        case sdk.NetworkError() if isinstance(error.__cause__, _BEFORE_SENDING):
            return Unreached(UNREACHED, everywhere=True)
        case _:
            return errors.Ambiguous(reason)


def _forbidden(reason: str) -> DeliveryError:
    log.info("Forbidden: %s", reason)
    return errors.Forbidden(forbidden(reason))


def _refused(reason: str) -> DeliveryError | None:
    if "is not modified" in reason:
        return None
    if _THREAD_GONE.search(reason):
        log.info("No topic to write in: %s", reason)
        return errors.ThreadGone(thread_gone(reason))
    if _FORBIDDEN.search(reason):
        return _forbidden(reason)
    if _TOO_OLD.search(reason):
        return errors.TooOld(reason)
    return errors.Rejected(reason)
