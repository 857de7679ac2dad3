"""The reading room over HTTP, and beside it, on a port of its own, what watches over the bot asks for."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from bot.errors import PaperwireError
from bot.web.page import Page
from bot.web.prompt import Prompt
from bot.web.room import Room
from bot.web.site import POLICY

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

log = logging.getLogger(__name__)

_LONGEST_HEAD = 16_384  # bytes of a request's line and headers
_CONNECTIONS = 200
_PATIENCE = 2.0  # seconds that a probe waits for the store
_HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


def room_app(room: Room) -> Starlette:
    """Return the reading room as an application: GET and HEAD alone, nothing that is written anywhere."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def answer(request: Request) -> Response:
        path = request.path_params["path"]
        query = request.query_params
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Only to be read.\n", 405, {"Allow": "GET, HEAD", **_HEADERS})
        try:
            words = query.get("q") if path.rpartition("/")[2] == "search" else None
            page = await room.page(path, words, query.get("lang"))
        except PaperwireError as error:
            log.warning("the reading room cannot show /%s: %s", path[:100], error)
            page = room.failed(path, error)
        except Exception:
            log.exception("the reading room failed at /%s", path[:100])
            page = room.failed(path)
        return _response(page, request, Response)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    return Starlette(routes=[Route("/{path:path}", answer, methods=methods)])


def _response(page: Page, request: Request, kind: type[Response]) -> Response:
    headers = {**_HEADERS, "Content-Type": page.kind, "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = f"public, max-age={page.seconds}" if page.seconds else "no-store"
    if page.location:
        headers["Location"] = page.location
        return kind(status_code=page.status, headers=headers)
    packed = page.packed and _takes_gzip(request.headers.get("accept-encoding", ""))
    if page.status == 200 and page.tag:
        headers["ETag"] = f'"{page.tag}-gz"' if packed else f'"{page.tag}"'
        known = {
            tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
        }
        if headers["ETag"] in known or "*" in known:
            return kind(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    body = page.body if packed or not page.packed else page.raw
    headers["Content-Length"] = str(len(body))
    return kind(b"" if request.method == "HEAD" else body, page.status, headers)


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def watch_app(metrics: Callable[[], Awaitable[bytes]], ready: Callable[[], Awaitable[bool]]) -> Starlette:
    """Return what tells a machine how the bot is: whether it lives, whether it can serve, and in numbers."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    looking = Prompt(ready, _PATIENCE)

    async def readyz(_: Request) -> Response:
        return PlainTextResponse("ready\n") if await looking() else PlainTextResponse("no store\n", 503)

    async def numbers(_: Request) -> Response:
        return Response(await metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", numbers)]
    )


@contextlib.asynccontextmanager
async def serving(
    app: Callable[[], Starlette], host: str, port: int, what: str, setting: str
) -> AsyncIterator[str | None]:
    """Serve an application while the block runs; yield its address.

    Where the port is not to be had, a warning says so, and None is yielded: the bot has better to do than to
    stop for that. Nothing is loaded before the port is ours.
    """
    try:
        sockets = _bound(host, port)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror or error})"
        log.warning("%s is off: port %d of %s %s; %s names another", what, port, host, why, setting)
        yield None
        return
    told = asyncio.Event()
    server = _server(app(), told)
    task = asyncio.create_task(server.serve(sockets), name=what)
    task.add_done_callback(lambda done: _ended(done, what))
    address = _address(sockets[0])
    log.info("%s is at %s", what, address)
    try:
        yield address
    finally:
        told.set()
        await asyncio.gather(task, return_exceptions=True)


def _ended(task: asyncio.Task[None], what: str) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("%s has ended: %s", what, error, exc_info=error)


def _bound(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets, one for each address that the host has. Raises `OSError`."""
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = socket.socket(family, kind, protocol)
            made.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(128)
            one.setblocking(False)
    except OSError:
        for one in made:
            one.close()
        raise
    return made


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _server(app: Starlette, told: asyncio.Event) -> _Server:
    import uvicorn

    class Server(uvicorn.Server):
        """uvicorn beside others in one loop: signals are not its business, and it looks up once a second."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

        async def main_loop(self) -> None:
            while not await self.on_tick(0):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), 1.0)
                    self.should_exit = True

    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )
    return Server(config)


if TYPE_CHECKING:
    import uvicorn

    _Server = uvicorn.Server
