"""PDFs fetched over sockets from a service that has bad days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import ArxivClosed, ArxivUnavailable, PdfUnusable
from bot.papers.gate import LocalGate, Turn
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.pdf import Pdfs
from bot.papers.transport import USER_AGENT
from tests.fakes.arxiv import ArxivFake, FaultName
from tests.fakes.arxiv_small import OLD_STYLE, PLAIN, REVISED, WITHDRAWN

GAP = 0.02  # seconds
QUICK = Limits(connect=2, silence=0.3, whole=2, largest=200_000)


@pytest.fixture
async def pdfs(arxiv: ArxivFake) -> AsyncIterator[Pdfs]:
    yield Pdfs(LocalGate(gap=GAP, first_pause=GAP), arxiv.pdf_url, limits=QUICK)
    assert arxiv.max_concurrency <= 1
    assert arxiv.min_gap >= GAP / 2
    assert all(seen.headers["user-agent"] == USER_AGENT for seen in arxiv.requests)


def asked(arxiv: ArxivFake) -> list[str]:
    return [seen.path for seen in arxiv.requests]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (PLAIN, f"/pdf/{PLAIN}"),
        (f"{REVISED}v2", f"/pdf/{REVISED}v2"),
        (OLD_STYLE, f"/pdf/{OLD_STYLE}"),
        (f"{OLD_STYLE}v1", f"/pdf/{OLD_STYLE}v1"),
    ],
)
async def test_a_pdf_is_asked_for_by_its_id(pdfs: Pdfs, arxiv: ArxivFake, given: str, path: str) -> None:
    assert (await pdfs.fetch(PaperId.parse(given))).startswith(b"%PDF-")
    assert asked(arxiv) == [path]


@pytest.mark.parametrize("given", ["2506.98765", WITHDRAWN])
async def test_what_is_missing_is_not_asked_for_again(pdfs: Pdfs, arxiv: ArxivFake, given: str) -> None:
    with pytest.raises(PdfUnusable, match="missing"):
        await pdfs.fetch(PaperId.parse(given))
    assert len(arxiv.requests) == 1


async def test_a_page_that_says_so_is_a_missing_pdf(pdfs: Pdfs, arxiv: ArxivFake) -> None:
    arxiv.pdfs[PLAIN] = b"<html><h1>PDF unavailable for this paper</h1></html>"
    with pytest.raises(PdfUnusable, match="missing"):
        await pdfs.fetch(PaperId.parse(PLAIN))


@pytest.mark.parametrize(
    "fault", ["429", "503", "rate_exceeded_200", "500", "html_200", "truncated", "reset", "hang"]
)
async def test_one_failure_is_survived(pdfs: Pdfs, arxiv: ArxivFake, fault: FaultName) -> None:
    arxiv.fail(fault)
    assert b"%%EOF" in await pdfs.fetch(PaperId.parse(PLAIN))
    assert len(arxiv.requests) == 2


@pytest.mark.parametrize(
    ("fault", "reason"), [("503", "throttled"), ("500", "status 500"), ("html_200", "malformed")]
)
async def test_what_lasts_is_said(pdfs: Pdfs, arxiv: ArxivFake, fault: FaultName, reason: str) -> None:
    arxiv.fail(fault, times=None)
    with pytest.raises(ArxivUnavailable) as raised:
        await pdfs.fetch(PaperId.parse(PLAIN))
    assert raised.value.reason == reason
    assert len(arxiv.requests) == 3


async def test_a_refusal_is_not_asked_again(pdfs: Pdfs, arxiv: ArxivFake) -> None:
    arxiv.fail("403")
    with pytest.raises(ArxivClosed):
        await pdfs.fetch(PaperId.parse(PLAIN))
    assert len(arxiv.requests) == 1


async def test_what_is_too_large_is_given_up_and_not_asked_for_again(pdfs: Pdfs, arxiv: ArxivFake) -> None:
    arxiv.pdfs[PLAIN] = b"%PDF-1.4" + bytes(300_000)
    with pytest.raises(PdfUnusable, match="too large"):
        await pdfs.fetch(PaperId.parse(PLAIN))
    assert len(arxiv.requests) == 1


async def test_a_redirect_takes_a_turn_of_its_own(pdfs: Pdfs, arxiv: ArxivFake) -> None:
    arxiv.fail("redirect", location=f"/pdf/{PLAIN}v1")
    assert await pdfs.fetch(PaperId.parse(PLAIN))
    assert asked(arxiv) == [f"/pdf/{PLAIN}", f"/pdf/{PLAIN}v1"]


class Watched(LocalGate):
    """A gate that remembers who came."""

    def __init__(self) -> None:
        super().__init__(gap=GAP)
        self.background: list[bool] = []

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        self.background.append(background)
        return await super().enter(background=background, patience=patience)


async def test_people_and_background_work_wait_where_they_belong(arxiv: ArxivFake) -> None:
    gate = Watched()
    pdfs = Pdfs(gate, arxiv.pdf_url, limits=QUICK)
    await pdfs.fetch(PaperId.parse(PLAIN))
    await pdfs.fetch(PaperId.parse(PLAIN), background=True)
    assert gate.background == [False, True]


async def test_who_stops_waiting_leaves_the_gate_open(arxiv: ArxivFake) -> None:
    gate = LocalGate(gap=GAP)
    pdfs = Pdfs(gate, arxiv.pdf_url, limits=QUICK, patience=0.1)
    turn = await gate.enter()
    with pytest.raises(ArxivUnavailable, match="busy"):
        await pdfs.fetch(PaperId.parse(PLAIN))
    waiting = asyncio.create_task(Pdfs(gate, arxiv.pdf_url, limits=QUICK).fetch(PaperId.parse(PLAIN)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    from bot.papers.gate import Answered

    await turn.leave(Answered())
    assert await pdfs.fetch(PaperId.parse(PLAIN))
