"""How requests leave the house: proxies, limits, and answers that are none."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator

import pytest
import requests

from bot.errors import ArxivUnavailable
from bot.papers.api import ArxivApi
from bot.papers.gate import Answered, LocalGate, Refused, Throttled, Verdict
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.threads import in_thread
from bot.papers.transport import judge
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import PLAIN

QUICK = Limits(connect=2, silence=0.5, whole=1)
NOWHERE = "http://127.0.0.1:9"


def api_at(url: str, limits: Limits = QUICK) -> ArxivApi:
    return ArxivApi(LocalGate(gap=0.01, first_pause=0.01), url, patience=5, limits=limits)


@pytest.fixture
async def connects() -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy for TLS that notes whom it is to call, and refuses."""
    called: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append((await reader.readline()).decode().strip())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", called
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_is_used(arxiv: ArxivFake, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, arxiv.url)
    paper = await api_at("http://export.arxiv.invalid/api/query").paper(PaperId(PLAIN))
    assert paper.title == "Sparse Experts Need Less Routing"
    assert arxiv.requests[0].headers["host"] == "export.arxiv.invalid"


async def test_a_proxy_for_tls_is_used(
    connects: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, called = connects
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ArxivUnavailable) as failed:
        await api_at("https://export.arxiv.invalid/api/query").paper(PaperId(PLAIN))
    assert failed.value.reason == "unreachable"
    assert [line.rpartition(" ")[0] for line in called] == ["CONNECT export.arxiv.invalid:443"] * 3


@pytest.mark.parametrize("spared", ["127.0.0.1", "example.org,127.0.0.1", "*", "127.0.0.0/8"])
async def test_no_proxy_is_heeded(arxiv: ArxivFake, monkeypatch: pytest.MonkeyPatch, spared: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    with pytest.raises(ArxivUnavailable):
        await api_at(arxiv.api_url).paper(PaperId(PLAIN))
    assert arxiv.requests == []
    monkeypatch.setenv("NO_PROXY", spared)
    assert await api_at(arxiv.api_url).paper(PaperId(PLAIN))


async def test_an_answer_that_drips_is_cut_off(arxiv: ArxivFake) -> None:
    arxiv.fail("slow", times=None, interval=0.02)  # never silent for long, and never done
    start = time.monotonic()
    with pytest.raises(ArxivUnavailable) as failed:
        await api_at(arxiv.api_url, Limits(silence=5, whole=0.3)).paper(PaperId(PLAIN))
    assert failed.value.reason == "timeout"
    assert time.monotonic() - start < 5


async def test_an_answer_without_end_is_cut_off(arxiv: ArxivFake) -> None:
    with pytest.raises(ArxivUnavailable) as failed:
        await api_at(arxiv.api_url, Limits(largest=100)).paper(PaperId(PLAIN))
    assert failed.value.reason == "malformed"


async def test_work_in_a_thread_gives_its_result_or_error() -> None:
    assert await in_thread(lambda: 1 + 1) == 2
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


def answer(status: int, body: bytes = b"", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


FEED = b"<?xml version='1.0'?><feed><title>Rate exceeded. A study</title><entry/></feed>"


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (answer(200, b"<feed/>"), Answered()),
        (answer(200, FEED), Answered()),
        (answer(404), Answered()),
        (answer(500), Answered()),
        (answer(200, b"Rate exceeded."), Throttled()),
        (answer(200, b"<html><body>RATE EXCEEDED</body></html>"), Throttled()),
        (answer(200, b"Rate exceeded.", Retry_After="12"), Throttled(12)),
        (answer(429), Throttled()),
        (answer(429, Retry_After="30"), Throttled(30)),
        (answer(503, Retry_After=" 1.5 "), Throttled(1.5)),
        (answer(503, Retry_After="soon"), Throttled()),
        (answer(503, Retry_After="nan"), Throttled()),
        (answer(503, Retry_After="-5"), Throttled()),
        (answer(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), Throttled(0)),
        (answer(406), Throttled()),
        (answer(403), Refused()),
    ],
)
def test_verdicts(response: requests.Response, verdict: Verdict) -> None:
    assert judge(response) == verdict


def test_a_date_to_come_back_at() -> None:
    verdict = judge(answer(429, Retry_After=email.utils.formatdate(time.time() + 100, usegmt=True)))
    assert isinstance(verdict, Throttled)
    assert verdict.seconds == pytest.approx(100, abs=3)
