"""Answering an interaction through its own endpoints, which need its token and not the bot's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import discord
import yarl
from discord.http import Route, json_or_text
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.errors import DeliveryError
from bot.platforms.discord.asked import Asked
from bot.platforms.discord.errors import Failure, ours
from bot.platforms.discord.uploads import form, parts

Pause = Callable[[float], Awaitable[object]]

# Types of callback.
_MESSAGE, _DEFERRED, _DEFERRED_UPDATE, _UPDATE, _SUGGESTIONS, _FORM = 4, 5, 6, 7, 8, 9
_EPHEMERAL, LOADING = 64, 128  # flags of a message
_REFUSED, _TOO_MANY, _FAILED = 400, 429, 500  # HTTP statuses, or where their range begins
_JSON = {"Content-Type": "application/json"}
_TRIES = 4
_LONG_PAUSE = 60.0
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)

Body = Mapping[str, Any]


class Webhooks:
    """One session for all interactions; discord.py's adapter keeps their rate limits and repeats 5xx."""

    def __init__(self, *, proxy: str | None, pause: Pause = asyncio.sleep) -> None:
        self._proxy = proxy
        self._pause = pause
        self._adapter = AsyncWebhookAdapter()  # type: ignore[no-untyped-call]
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close what is open; a later request opens it anew."""
        if self._session:
            await self._session.close()
            self._session = None

    async def defer(self, asked: Asked) -> None:
        """Show everybody that the answer is on its way."""
        await self._callback(asked, {"type": _DEFERRED})

    async def defer_update(self, asked: Asked) -> None:
        """Take a press of a button for heard; nothing shows."""
        await self._callback(asked, {"type": _DEFERRED_UPDATE})

    async def update(self, asked: Asked, body: Body) -> None:
        """Put the answer in place of the message that the button stands under, at once."""
        await self._callback(asked, {"type": _UPDATE, "data": _unheard(body)})

    async def ask(self, asked: Asked, form: Body) -> None:
        """Show a form; what is filled in comes as an interaction of its own."""
        await self._callback(asked, {"type": _FORM, "data": form})

    async def respond(self, asked: Asked, body: Body, *, private: bool) -> None:
        """Answer at once, in place of a deferral."""
        await self._callback(asked, {"type": _MESSAGE, "data": _seen_by(body, private)})

    async def suggest(self, asked: Asked, choices: list[dict[str, str]]) -> None:
        """Answer what is being typed."""
        await self._callback(asked, {"type": _SUGGESTIONS, "data": {"choices": choices}})

    async def original(self, asked: Asked) -> Body:
        """Return the first answer as it stands, which has the flag `LOADING` if it is only deferred."""
        return await self._request("GET", _ORIGINAL, asked)

    async def edit_original(self, asked: Asked, body: Body) -> None:
        """Fill in what was deferred; it stays as visible as the deferral was."""
        await self._request("PATCH", _ORIGINAL, asked, _unheard(body))

    async def show(self, asked: Asked, body: Body) -> float:
        """Show a draft in place of the deferral; return the seconds to wait if it is not shown.

        Nothing is repeated: a newer draft will be there by then.
        """
        route = Route("PATCH", _ORIGINAL, webhook_id=asked.application, webhook_token=asked.token)
        try:
            async with self._direct(route.method, route.url, _unheard(body)) as response:
                if response.status != _TOO_MANY:
                    return 0.0
                said = await json_or_text(response)
        except Failure:
            return 0.0
        return float(said.get("retry_after", 1.0)) if isinstance(said, dict) else _LONG_PAUSE

    async def delete_original(self, asked: Asked) -> None:
        """Take the deferral back."""
        await self._request("DELETE", _ORIGINAL, asked)

    async def follow_up(self, asked: Asked, body: Body, *, private: bool) -> Body:
        """Add another message to the answer, and return it."""
        return await self._request("POST", _FOLLOW_UP, asked, _seen_by(body, private))

    async def _callback(self, asked: Asked, body: Body) -> None:
        if not await self._called_back(asked, body):
            path = "/interactions/{webhook_id}/{webhook_token}/callback"
            await self._send(Route("POST", path, webhook_id=asked.id, webhook_token=asked.token), body)

    async def _called_back(self, asked: Asked, body: Body) -> bool:
        """Send a callback without discord.py's adapter; False if it is to be sent once more, with all its care.

        Every answer begins with one, in a bucket of its own: there is no rate limit to keep.
        """
        token = quote(asked.token, safe="")
        url = f"{Route.BASE}/interactions/{asked.id}/{token}/callback"
        try:
            async with self._direct("POST", url, body) as response:
                if response.status < _REFUSED:
                    return True
                if response.status == _TOO_MANY or response.status >= _FAILED:
                    return False
                raise discord.HTTPException(response, await json_or_text(response))
        except discord.HTTPException:
            raise
        except Failure:
            return False

    def _direct(self, method: str, url: str, body: Body) -> aiohttp.client._RequestContextManager:
        """Return a request that is made once, without discord.py's adapter."""
        uploaded = form(body)
        return self._opened().request(
            method,
            yarl.URL(url, encoded=True),
            data=json.dumps(body).encode() if uploaded is None else uploaded,
            headers=_JSON if uploaded is None else None,
            proxy=self._proxy or None,
        )

    async def _request(self, method: str, path: str, asked: Asked, body: Body | None = None) -> Body:
        route = Route(method, path, webhook_id=asked.application, webhook_token=asked.token)
        # A follow-up carries no nonce: whether to repeat it is for those who know what has been sent.
        answer = await self._send(route, body, most=1 if path is _FOLLOW_UP else _TRIES)
        return answer if isinstance(answer, dict) else {}

    async def _send(self, route: Route, body: Body | None, most: int = _TRIES) -> object:
        """Send it, again after a broken connection. Raises a `DeliveryError`, or what Discord refused it with."""
        session = self._opened()
        payload = None if body is None else dict(body)
        for attempt in range(1, most + 1):
            proxy = self._proxy or None
            try:
                if body is not None and (made := parts(body)):
                    fields, files = made
                    return await self._adapter.request(
                        route, session, multipart=fields, files=files, proxy=proxy
                    )
                return await self._adapter.request(route, session, payload=payload, proxy=proxy)
            except discord.HTTPException:
                raise
            except Failure as error:
                if attempt == most:
                    raise ours(error) from None  # the error's own text holds the address, and so the token
                await self._pause(0.2 * 2**attempt)
        raise DeliveryError

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


_FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"


def _unheard(body: Body) -> dict[str, Any]:
    """Return the body of a message that pings nobody, however its words look and whatever the bot may mention."""
    return {**body, "allowed_mentions": {"parse": []}}


def _seen_by(body: Body, private: bool) -> Body:
    quiet = _unheard(body)
    if private:
        quiet["flags"] = quiet.get("flags", 0) | _EPHEMERAL
    return quiet
