"""How a request gets to the arXiv: through the gate, with a name, a deadline, and its answer looked at."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Coroutine, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bot import __version__
from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.gate import Answered, Gate, Refused, Silent, Throttled, Turn, Verdict
from bot.papers.limits import Limits

USER_AGENT = f"Paperwire/{__version__} (a newswire for research papers; one request per 3 s)"
MOST_HOPS = 5  # redirects of one request; every one takes a turn at the gate
_ACCEPT = "application/atom+xml, application/xml, application/pdf, text/xml, */*;q=0.5"

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))

T = TypeVar("T")


class GatedAdapter(HTTPAdapter):
    """Make every physical request of a session wait its turn, and recognise every refusal.

    The first request uses the turn that the caller has taken; redirects and further pages take their own.
    Raises `ArxivUnavailable`, `ArxivClosed` instead of returning what only looks like an answer.
    """

    def __init__(
        self,
        gate: Gate,
        turn: Turn,
        loop: asyncio.AbstractEventLoop,
        *,
        background: bool,
        patience: float = 60.0,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(max_retries=0)
        self._gate = gate
        self._turn: Turn | None = turn
        self._claim = threading.Lock()  # the turn is handed from the loop's thread to the request's
        self._given_up = False
        self.overflowed = False  # an answer was longer than the limits allow
        self._loop = loop
        self._background = background
        self._patience = patience
        self._limits = limits or Limits()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request and read its body, all within one turn."""
        turn = self._take_turn()
        request.headers["User-Agent"] = USER_AGENT
        request.headers["Accept"] = _ACCEPT
        verdict: Verdict = Silent()
        try:
            response = self._read(request, options)
            verdict = judge(response)
        finally:
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
        """Leave a turn that no request used, and make no more."""
        with self._claim:
            turn, self._turn = self._turn, None
            self._given_up = True
        if turn:
            await turn.leave(Silent())

    def _take_turn(self) -> Turn:
        with self._claim:
            turn, self._turn = self._turn, None
            if self._given_up:
                raise ArxivUnavailable("unreachable")  # nobody waits for the answer
        return turn or self._await(self._gate.enter(background=self._background, patience=self._patience))

    def _read(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response:
        limits = self._limits
        options |= {"stream": True, "timeout": (limits.connect, limits.silence)}
        deadline = time.monotonic() + limits.whole
        body = bytearray()
        try:
            response = super().send(request, **options)
            # Not `iter_content`: that returns only once a whole chunk is there, however slowly it drips.
            while chunk := response.raw.read1(65536, decode_content=True):
                body += chunk
                if time.monotonic() > deadline:
                    response.close()
                    raise ArxivUnavailable("timeout")
                if len(body) > limits.largest:
                    self.overflowed = True
                    response.close()
                    raise ArxivUnavailable("malformed")
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise ArxivUnavailable("timeout") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise ArxivUnavailable("unreachable") from error
        # What `Response.content` returns once the stream is read, and the mark that it is.
        response._content = bytes(body)
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _await(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


def get_xml(adapter: GatedAdapter, url: str, query: Mapping[str, str] | None = None) -> Any:
    """Get a document; return its root element. Blocks. Raises `ArxivUnavailable`, `ArxivClosed`."""
    from lxml import etree

    with requests.Session() as session:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.max_redirects = MOST_HOPS
        try:
            response = session.get(url, params=query)
        except requests.exceptions.RequestException as error:
            raise ArxivUnavailable("malformed") from error
    if response.status_code != requests.codes.OK:
        raise ArxivUnavailable(f"status {response.status_code}")
    # A control character that slipped into one abstract must not cost the whole day.
    body = response.content.translate(None, _CONTROLS)
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ArxivUnavailable("malformed") from error


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
    if re.fullmatch(r"\s*\d{1,9}(\.\d*)?\s*", value):
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None
