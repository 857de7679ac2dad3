"""What the HTTP stand-ins share: a record of every request, and misbehaviour on demand."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.server import FakeServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, eq=False)
class Seen:
    """A request as it arrived. Times are monotonic; header names are in lower case.

    `concurrent` counts the requests that were being answered when it arrived, itself included.
    """

    time: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    concurrent: int
    body: Any = None
    status: int | None = None
    fault: str | None = None
    ended: float | None = None


SEEN = web.RequestKey("seen", Seen)


@dataclass(slots=True, eq=False)
class Fault:
    """A way to fail: `times` None stands until `recover`; `path` limits it to addresses that begin so."""

    name: str
    times: int | None = 1
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


class RecordingServer(FakeServer):
    """A server that remembers what it was asked and fails when told to.

    Of itself it knows these faults: `hang` (never answers), `reset` (the connection breaks), `slow`
    (headers, then a byte every `interval` seconds), `truncated` (less than the announced length),
    `malformed` (a whole answer that ends in its middle), `redirect` (to `location`, or to the same address).
    """

    generic_faults = frozenset({"hang", "reset", "slow", "truncated", "malformed", "redirect"})

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Seen] = []
        self._faults: list[Fault] = []
        self._open = 0

    def _fail(self, name: str, times: int | None, path: str, options: Mapping[str, Any]) -> None:
        self._faults.append(Fault(name, times, path, options))

    def recover(self) -> None:
        """Forget every fault, queued or standing."""
        self._faults.clear()

    def forget(self) -> None:
        """Forget the requests seen so far."""
        self.requests.clear()

    @property
    def max_concurrency(self) -> int:
        """The most requests that were ever open at once."""
        return max((seen.concurrent for seen in self.requests), default=0)

    @property
    def min_gap(self) -> float:
        """The least time from the end of one answer to the next arrival; negative if they overlapped."""
        least, ended = math.inf, -math.inf
        for seen in self.requests:
            least = min(least, seen.time - ended)
            ended = max(ended, math.inf if seen.ended is None else seen.ended)
        return least

    def recorded(self, handler: Handler) -> Handler:
        """Wrap a handler so that its requests are counted until their last byte is written."""

        async def answer(request: web.Request) -> web.StreamResponse:
            self._open += 1
            seen = Seen(
                time.monotonic(),
                request.method,
                request.path,
                dict(request.query),
                {name.lower(): value for name, value in request.headers.items()},
                self._open,
            )
            self.requests.append(seen)
            request[SEEN] = seen
            try:
                response = await self._respond(request, seen, handler)
                if not response.prepared:
                    await response.prepare(request)
                await response.write_eof()
                seen.status = response.status
                return response
            finally:
                self._open -= 1
                seen.ended = time.monotonic()

        return answer

    async def admit(self, request: web.Request, seen: Seen) -> web.StreamResponse | None:
        """Return the refusal that comes before any fault, or None to go on."""
        return None

    async def misbehave(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer with a fault of the subclass's own."""
        raise NotImplementedError(fault.name)

    def standing(self, path: str) -> Fault | None:
        """Return what is wrong with every request to this path, beside what `fail` was told."""
        return None

    async def _respond(self, request: web.Request, seen: Seen, handler: Handler) -> web.StreamResponse:
        if refusal := await self.admit(request, seen):
            return refusal
        fault = self._next_fault(request.path)
        if fault is None:
            return await handler(request)
        seen.fault = fault.name
        if fault.name in self.generic_faults:
            return await self._break(fault, request, handler)
        return await self.misbehave(fault, request, handler)

    def _next_fault(self, path: str) -> Fault | None:
        for fault in self._faults:
            if path.startswith(fault.path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return self.standing(path)

    async def _break(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        if fault.name == "hang":
            await asyncio.Event().wait()
        if fault.name == "reset":
            await reset(request)
        if fault.name == "redirect":
            where = str(fault.options.get("location", request.rel_url))
            return web.Response(status=int(fault.options.get("status", 302)), headers={"Location": where})
        whole = await handler(request)
        if not isinstance(whole, web.Response):
            return whole  # a stream; it has looked at the fault itself
        body = whole.body if isinstance(whole.body, bytes) else b""
        if fault.name == "malformed":
            return web.Response(status=whole.status, body=body[: len(body) // 2], headers=_type_of(whole))
        spoilt = web.StreamResponse(status=whole.status, headers=_type_of(whole))
        spoilt.content_length = len(body)
        await spoilt.prepare(request)
        if fault.name == "truncated":
            await spoilt.write(body[: len(body) // 2])
            await close(request)
        for position in range(len(body)):
            await spoilt.write(body[position : position + 1])
            await asyncio.sleep(float(fault.options.get("interval", 0.2)))
        return spoilt


def _type_of(response: web.Response) -> dict[str, str]:
    return {"Content-Type": response.headers.get("Content-Type", "text/plain")}


async def close(request: web.Request) -> None:
    """Close the connection after what was written, and never come back."""
    assert request.transport
    request.transport.close()
    await asyncio.Event().wait()  # cancelled as soon as the connection is gone


async def reset(request: web.Request) -> None:
    """Break the connection so that the client sees a reset, and never come back."""
    assert request.transport
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    await asyncio.Event().wait()
