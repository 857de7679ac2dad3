"""Discord's API with the bot's own token, for what nobody waits for: it says when to come back and does not sleep.

discord.py sleeps for as long as Discord says, after 5xx too, and so under a delivery's lease. Interactions go
by webhooks and never wait behind what is asked for here.
https://docs.discord.com/developers/topics/rate-limits
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
import yarl
from discord.http import json_or_text

from bot.errors import RetryAfter
from bot.platforms.discord.uploads import form

LONGEST_WAIT = 5.0  # seconds; told to wait longer, a request is handed back
PACE = 45.0  # requests a second once Discord said that we are too fast for it; it allows most bots 50
_PACED = 300.0  # seconds for which the pace is kept after that
_TRIES = 4  # each 429 counts towards a ban
_REFUSED = 60.0  # seconds of silence after an answer that every request would get
_MOST_LANES = 1024
_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=10)
_AGENT = f"DiscordBot (https://github.com/Rapptz/discord.py {discord.__version__})"
_UNAUTHORISED, _TOO_MANY, _FAILED = 401, 429, 500  # HTTP statuses, or where their range begins
_KINDS = {403: discord.Forbidden, 404: discord.NotFound}
_BLOCKED = 40333  # Cloudflare's refusal, in Discord's words

Body = Mapping[str, Any]


@dataclass(slots=True)
class _Lane:
    """The requests that share one of Discord's buckets, one after the other."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free: float = 0.0  # by the loop's clock


class Api:
    """Requests as the bot, from however many tasks; the first opens the connections."""

    def __init__(self, token: str, url: str, *, proxy: str | None = None) -> None:
        self._url = url
        self._proxy = proxy or None
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": _AGENT}
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[str, _Lane] = {}
        self._prune_at = _MOST_LANES
        self._free = 0.0  # when Discord takes anything of ours again
        self._paced_until = 0.0
        self._next = 0.0
        self._me: str | None = None

    async def close(self) -> None:
        """Close what is open; a later request opens it anew."""
        if self._session:
            session, self._session = self._session, None
            await session.close()

    async def me(self) -> str:
        """Return the id of the bot's account."""
        if self._me is None:
            self._me = str((await self.request("GET", "/users/@me"))["id"])
        return self._me

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Body | None = None,
        query: Mapping[str, str] | None = None,
        lane: str = "",
        patience: float = LONGEST_WAIT,
    ) -> Any:
        """Return what Discord answers, in JSON. `lane` names what shares a limit, where the path does not.

        After `patience` seconds of waiting it is handed back.

        Raises `RetryAfter` instead of waiting long, and what `errors.Failure` names.
        """
        shared = self._lane(lane or f"{method} {path}")
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        try:
            async with asyncio.timeout_at(loop.time() + LONGEST_WAIT):
                await shared.turn.acquire()
        except TimeoutError:
            raise RetryAfter(LONGEST_WAIT) from None
        try:
            for left in reversed(range(_TRIES)):
                await self._wait(shared, until)
                try:
                    return await self._once(shared, method, path, body, query)
                except RetryAfter as error:
                    if not left or loop.time() + error.seconds > until:
                        raise
            raise AssertionError("the last try returns or raises")
        finally:
            shared.turn.release()

    async def _wait(self, lane: _Lane, patience: float) -> None:
        """Wait for the bucket, for Discord as a whole, and for our turn. Raises `RetryAfter`."""
        loop = asyncio.get_running_loop()
        turn = 0.0
        while True:
            now = loop.time()
            if (free := max(lane.free, self._free)) > patience:
                raise RetryAfter(free - now, everywhere=self._free > lane.free)
            if not turn and now < self._paced_until:
                turn = max(self._next, now)
                if turn > patience:
                    raise RetryAfter(turn - now, everywhere=True)
                self._next = turn + 1 / PACE
            if (until := max(free, turn)) <= now:
                return
            await asyncio.sleep(until - now)

    async def _once(
        self, lane: _Lane, method: str, path: str, body: Body | None, query: Mapping[str, str] | None
    ) -> Any:
        headers = self._headers
        data: aiohttp.FormData | bytes | None = None if body is None else form(body)
        if body is not None and data is None:
            headers, data = {**headers, "Content-Type": "application/json"}, json.dumps(body).encode()
        sent = self._opened().request(
            method,
            yarl.URL(self._url + path, encoded=True).with_query(query),
            data=data,
            headers=headers,
            proxy=self._proxy,
            allow_redirects=False,
        )
        async with sent as response:
            said = await _read(response)
            now = asyncio.get_running_loop().time()
            if response.headers.get("X-RateLimit-Remaining") == "0":
                lane.free = now + _seconds(response.headers.get("X-RateLimit-Reset-After"), 0.0)
            if 200 <= response.status < 300:
                return said
            if response.status == _TOO_MANY:
                raise self._held_up(lane, said, response)
            refused = _KINDS.get(response.status, discord.HTTPException)(response, said)
            # The token, the address or something between: this says nothing of the channel.
            foreign = response.status < _FAILED and not isinstance(said, dict)
            if foreign or response.status == _UNAUTHORISED or refused.code == _BLOCKED:
                self._free = max(self._free, now + _REFUSED)
                raise RetryAfter(_REFUSED, everywhere=True)
            raise refused

    def _held_up(self, lane: _Lane, said: object, response: aiohttp.ClientResponse) -> RetryAfter:
        """Note how long nothing is to be sent, and return that."""
        now = asyncio.get_running_loop().time()
        if not isinstance(said, dict) or "retry_after" not in said:  # Cloudflare's, for the whole address
            error = RetryAfter(_seconds(response.headers.get("Retry-After"), _REFUSED), everywhere=True)
        else:
            error = RetryAfter(_seconds(said["retry_after"], 1.0), everywhere=bool(said.get("global")))
        if error.everywhere:
            self._free = max(self._free, now + error.seconds)
            # Too many 429 and Discord bans the address, so it is to be the last one for a while.
            self._paced_until, self._next = now + _PACED, self._free
        else:
            lane.free = max(lane.free, now + error.seconds)
        return error

    def _lane(self, key: str) -> _Lane:
        found = self._lanes.get(key)
        if found is None:
            if len(self._lanes) >= self._prune_at:
                now = asyncio.get_running_loop().time()
                self._lanes = {k: x for k, x in self._lanes.items() if x.turn.locked() or x.free > now}
                self._prune_at = max(_MOST_LANES, 2 * len(self._lanes))
            found = self._lanes[key] = _Lane()
        return found

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=_TIMEOUT,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> dict[str, Any] | str:
    try:
        return await json_or_text(response)
    except ValueError as error:
        raise aiohttp.ClientPayloadError(type(error).__name__) from None


def _seconds(said: object, otherwise: float) -> float:
    try:
        seconds = float(str(said))
    except ValueError:
        return otherwise
    return seconds if 0 <= seconds < float("inf") else otherwise
