"""HTTP to Telegram, with a pause and a broken gateway as what they are."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest


class Throttled(TelegramError):
    """Telegram wants a pause. (The library's own error warns of its next version whenever it is raised.)"""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Too Many Requests: retry after {seconds:g}")
        self.seconds = seconds


class GatewayError(NetworkError):
    """What stands before Telegram answered in its place: what was asked has not reached it."""


class Wire(HTTPXRequest):
    """A pool of connections. Proxies come from the environment, as httpx reads it."""

    def __init__(self, *, connections: int, read: float, connect: float) -> None:
        super().__init__(
            connection_pool_size=connections,
            read_timeout=read,
            write_timeout=read,
            connect_timeout=connect,
            pool_timeout=30.0,
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body of an answer of Telegram's own. Raises `TelegramError` for others."""
        code, body = await super().do_request(*args, **kwargs)
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Throttled(_pause(body))
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # Often a page of HTML from a proxy, which the library would log with a traceback.
            raise (GatewayError if _from_gateway(code, body) else NetworkError)(f"status {code}")
        return code, body


def _from_gateway(code: int, body: bytes) -> bool:
    """Tell a proxy's answer from one of Telegram's own, which is JSON with an `ok`."""
    if code in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        return True
    try:
        return "ok" not in json.loads(body)
    except (ValueError, TypeError):
        return True


def _pause(body: bytes) -> float:
    try:
        return max(0.0, float(json.loads(body)["parameters"]["retry_after"]))
    except (ValueError, TypeError, LookupError):
        return 5.0


def hush() -> None:
    """Keep the libraries from writing addresses, and so the token, to the log."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
