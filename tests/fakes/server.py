"""The ground that every stand-in stands on: an aiohttp application in a thread of its own.

A thread, so that synchronous clients, other event loops and other processes can all talk to it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web


class FakeServer:
    """An HTTP server on a free port of 127.0.0.1. Subclasses say which routes it has.

    `with ArxivFake() as arxiv: … arxiv.url …`; state is read and set from the test's own thread.
    """

    def __init__(self) -> None:
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the routes, made anew for each start."""
        return ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, port: int = 0) -> Self:
        """Listen; `port` 0 takes a free one."""
        self.port = port
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, daemon=True, name=type(self).__name__)
        self._thread.start()
        self._ready.wait(10)
        if self._failure:
            raise self._failure
        return self

    def stop(self) -> None:
        """Close every connection and the port."""
        if self._thread and self._stop:
            self.loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
        self._thread = None

    def restart(self) -> Self:
        """Listen again on the same port, after `stop`."""
        self.loop = asyncio.new_event_loop()
        return self.start(self.port)

    def _run(self) -> None:
        try:
            self.loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
            self._ready.set()
        finally:
            self.loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(self.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
