"""Searches at a wire-level arXiv."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.api import ArxivApi
from bot.papers.gate import LocalGate
from bot.papers.limits import Limits
from bot.papers.transport import USER_AGENT
from tests.fakes.arxiv import ArxivFake, FaultName
from tests.fakes.arxiv_layouts import Layout
from tests.fakes.arxiv_small import ACCENTS, EARLIER, PUBLISHED
from tests.fakes.corpus import made_paper

GAP = 0.02  # seconds
QUICK = Limits(connect=2, silence=0.3, whole=0.5)


@pytest.fixture
async def api(arxiv: ArxivFake) -> AsyncIterator[ArxivApi]:
    made = ArxivApi(LocalGate(gap=GAP, first_pause=GAP), arxiv.api_url, patience=5, limits=QUICK)
    yield made
    await made.close()
    assert arxiv.max_concurrency <= 1
    assert arxiv.min_gap >= GAP / 2
    assert all(seen.headers["user-agent"] == USER_AGENT for seen in arxiv.requests)


@pytest.mark.parametrize("layout", ["2025", "2026"])
async def test_a_search(api: ArxivApi, arxiv: ArxivFake, layout: Layout) -> None:
    arxiv.layout = layout
    found = await api.search("all:retrieval", sort="relevance")
    assert {paper.id.number for paper in found.papers} == {ACCENTS, EARLIER}
    assert found.total == 2
    assert found.papers[0].published
    [seen] = arxiv.requests
    assert (seen.query["sortBy"], seen.query["sortOrder"]) == ("relevance", "descending")
    assert (seen.query["start"], seen.query["max_results"]) == ("0", "100")


async def test_newest_first_and_page_by_page(api: ArxivApi, arxiv: ArxivFake) -> None:
    for day in range(1, 31):
        submitted = datetime(2025, 4, day, 12, tzinfo=UTC)
        arxiv.corpus.add(made_paper(f"2504.9{day:04}", categories=("math.GT",), submitted=submitted))
    pages = [
        await api.search("cat:math.GT", start=start, most=12, background=True) for start in (0, 12, 24, 36)
    ]
    assert [len(page.papers) for page in pages] == [12, 12, 6, 0]
    assert {page.total for page in pages} == {30}
    days = [paper.published for page in pages for paper in page.papers]
    assert days == sorted(days, key=lambda day: day or datetime.max.replace(tzinfo=UTC), reverse=True)
    assert len(arxiv.requests) == 4


async def test_a_window_of_submission(api: ArxivApi) -> None:
    found = await api.search("cat:cs.CL AND submittedDate:[202506090000 TO 202506091600]")
    assert PUBLISHED in {paper.id.number for paper in found.papers}
    assert all(paper.published and paper.published.date() == date(2025, 6, 9) for paper in found.papers)


async def test_a_page_is_never_larger_than_the_arxiv_allows(api: ArxivApi, arxiv: ArxivFake) -> None:
    await api.search("cat:cs.CL", most=5000)
    assert arxiv.requests[-1].query["max_results"] == "2000"
    await api.search("cat:cs.CL", start=29_990)
    assert arxiv.requests[-1].query["max_results"] == "10"
    arxiv.forget()
    assert (await api.search("cat:cs.CL", start=30_000)).papers == ()
    assert not arxiv.requests


async def test_no_results_are_believed_the_second_time(api: ArxivApi, arxiv: ArxivFake) -> None:
    found = await api.search("all:unheardof")
    assert (found.total, found.papers) == (0, ())
    assert len(arxiv.requests) == 2
    arxiv.forget()
    arxiv.fail("empty_page")
    assert (await api.search("all:retrieval")).total == 2
    assert len(arxiv.requests) == 2


@pytest.mark.parametrize(
    "fault",
    ["429", "503", "406", "rate_exceeded_200", "empty_page_counted", "500", "html_200", "empty_body", "malformed",
     "truncated", "reset", "hang"],
)  # fmt: skip
async def test_one_failure_is_survived(api: ArxivApi, arxiv: ArxivFake, fault: FaultName) -> None:
    arxiv.fail(fault)
    assert (await api.search("all:retrieval")).total == 2
    assert len(arxiv.requests) == 2


async def test_what_lasts_is_said(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("503", times=None)
    with pytest.raises(ArxivUnavailable, match="throttled"):
        await api.search("all:retrieval")
    assert len(arxiv.requests) == 3


async def test_one_empty_page_among_failures_is_not_believed(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("500", times=2)
    arxiv.fail("empty_page")
    with pytest.raises(ArxivUnavailable, match="throttled"):
        await api.search("all:retrieval")


@pytest.mark.parametrize("layout", ["2025", "2026"])
async def test_a_query_that_the_arxiv_cannot_read(api: ArxivApi, arxiv: ArxivFake, layout: Layout) -> None:
    arxiv.layout = layout
    with pytest.raises(ArxivUnavailable, match="malformed"):
        await api.search("ti:(unclosed AND")
    assert len(arxiv.requests) == 1


async def test_a_refusal_closes_the_gate(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("403")
    for _ in range(2):
        with pytest.raises(ArxivClosed):
            await api.search("all:retrieval")
    assert len(arxiv.requests) == 1
