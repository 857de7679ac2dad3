"""How a request gets to the arXiv: through the gate, with a name, a deadline, and its answer looked at."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter

from bot import __version__
from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.gate import Answered, Gate, Refused, Throttled, Turn, Verdict

USER_AGENT = f"Paperwire/{__version__} (a newswire for research papers; one request per 3 s)"
_CONNECT, _SILENCE, _WHOLE = 10.0, 20.0, 60.0  # seconds: to connect, between two bytes, for a whole answer
_LARGEST = 64 * 1024 * 1024  # bytes

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking `work` in a daemon thread, so that a hanging request never holds up our exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(set_: Callable[[Any], None], value: object) -> None:
        if not done.done():
            set_(value)

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            outcome: tuple[Callable[[Any], None], object] = (done.set_exception, error)
        else:
            outcome = (done.set_result, result)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, daemon=True, name="arxiv").start()
    return await done


class GatedAdapter(HTTPAdapter):
    """Make every physical request of a session wait its turn, and recognise every refusal.

    The first request uses the turn that the caller has taken; redirects and further pages take their own.
    Raises `ArxivUnavailable`, `ArxivClosed` instead of returning what only looks like an answer.
    """

    def __init__(self, gate: Gate, turn: Turn, loop: asyncio.AbstractEventLoop, *, background: bool) -> None:
        super().__init__(max_retries=0)
        self._gate = gate
        self._turn: Turn | None = turn
        self._loop = loop
        self._background = background
        self._used = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request and read its body, all within one turn."""
        self._used = True
        if self._turn is None:
            self._turn = self._await(self._gate.enter(background=self._background))
        request.headers["User-Agent"] = USER_AGENT
        request.headers["Accept"] = (
            "application/atom+xml, application/xml, application/pdf, text/xml, */*;q=0.5"
        )
        verdict: Verdict = Answered()
        try:
            response = self._read(request, options)
            verdict = judge(response)
        finally:
            turn, self._turn = self._turn, None
            self._await(turn.leave(verdict))
        match verdict:
            case Throttled(seconds):
                raise ArxivUnavailable("throttled", seconds)
            case Refused():
                raise ArxivClosed
        if response.status_code >= 500:
            raise ArxivUnavailable(f"status {response.status_code}")
        return response

    async def give_back(self) -> None:
        """Leave a turn that no request used."""
        if not self._used and self._turn is not None:
            await self._turn.leave(Answered())

    def _read(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response:
        options |= {"stream": True, "timeout": (_CONNECT, _SILENCE)}
        deadline = time.monotonic() + _WHOLE
        try:
            response = super().send(request, **options)
            body = bytearray()
            for chunk in response.iter_content(65536):
                body += chunk
                if time.monotonic() > deadline:
                    response.close()
                    raise ArxivUnavailable("timeout")
                if len(body) > _LARGEST:
                    response.close()
                    raise ArxivUnavailable("malformed")
        except requests.exceptions.Timeout as error:
            raise ArxivUnavailable("timeout") from error
        except requests.exceptions.RequestException as error:
            raise ArxivUnavailable("unreachable") from error
        response._content = bytes(body)  # what `Response.content` returns once the stream is read
        return response

    def _await(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


def judge(response: requests.Response) -> Verdict:
    """Tell an answer from a throttling in disguise and from a refusal.

    429, 503, 406 and a 200 that says "Rate exceeded." all mean: later.
    """
    asked = _retry_after(response.headers.get("Retry-After"))
    start = response.content[:300].lower()
    if response.status_code in (429, 503, 406):
        return Throttled(asked)
    if b"rate exceeded" in start and b"<entry" not in start and b"<?xml" not in start:
        return Throttled(asked)
    return Refused() if response.status_code == 403 else Answered()


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
