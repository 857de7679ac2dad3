"""Look-ups at a wire-level arXiv: merged, patient, and never fooled by a throttling in disguise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from bot.errors import ArxivClosed, ArxivUnavailable, PaperNotFound
from bot.papers.api import ArxivApi
from bot.papers.gate import Answered, LocalGate, Silent
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.transport import USER_AGENT
from bot.store.client import Store
from bot.store.gate import RedisGate
from tests.fakes.arxiv import ArxivFake, FaultName
from tests.fakes.arxiv_layouts import Layout
from tests.fakes.arxiv_small import LATEX, OLD_STYLE, PLAIN, PUBLISHED, REVISED, STATISTICS, WITHDRAWN
from tests.fakes.corpus import Corpus, made_paper
from tests.papers.conditions import until

GAP, PAUSE = 0.05, 0.06  # seconds
QUICK = Limits(connect=2, silence=0.3, whole=0.5)
UNKNOWN = "2506.99999"


@pytest.fixture
def gate() -> LocalGate:
    return LocalGate(gap=GAP, first_pause=PAUSE)


@pytest.fixture
async def api(gate: LocalGate, arxiv: ArxivFake) -> AsyncIterator[ArxivApi]:
    made = ArxivApi(gate, arxiv.api_url, patience=5, limits=QUICK)
    yield made
    await made.close()
    assert arxiv.max_concurrency <= 1
    assert arxiv.min_gap >= GAP / 2  # the server's thread notes the end of an answer a little late
    for seen in arxiv.requests:
        assert seen.headers["user-agent"] == USER_AGENT
        assert "application/atom+xml" in seen.headers["accept"]


def ids(*texts: str) -> list[PaperId]:
    return [PaperId.parse(text) for text in texts]


def asked(arxiv: ArxivFake) -> list[list[str]]:
    """Return the ids of each request."""
    return [seen.query["id_list"].split(",") for seen in arxiv.requests]


@pytest.mark.parametrize("layout", ["2025", "2026"])
async def test_a_paper_in_both_layouts(api: ArxivApi, arxiv: ArxivFake, layout: Layout) -> None:
    arxiv.layout = layout
    paper = await api.paper(PaperId(LATEX))
    assert paper.id == PaperId(LATEX, 1)
    assert paper.title == "O(n log n) Attention by Folding Keys: An ϵ-Approximation"
    assert paper.source_title.startswith(r"$\mathcal{O}(n \log n)$ Attention by \emph{Folding}")
    assert paper.authors == ("Ida Muster", "José Ejemplo")
    assert "ϵ = 10⁻³" in paper.abstract
    assert "61.4% accuracy" in paper.abstract
    assert paper.categories == ("cs.LG", "cs.CL", "stat.ML")
    assert paper.comment == "12 pages, 4 figures"
    assert paper.published == paper.updated == datetime(2025, 6, 9, 15, 30, tzinfo=UTC)
    published = await api.paper(PaperId(PUBLISHED))
    assert published.doi == "10.5555/example.2025.0101"
    assert published.journal_ref == "Trans. Made-Up Comput. Linguist. 3 (2025) 101-117"


async def test_the_layouts_give_equal_papers(api: ArxivApi, arxiv: ArxivFake) -> None:
    every = [PaperId(paper.id) for paper in arxiv.corpus]
    arxiv.layout = "2025"
    before = await api.papers(every)
    arxiv.layout = "2026"
    assert await api.papers(every) == before
    assert len(asked(arxiv)) == 2
    assert all(before.values())


async def test_categories_leave_out_classes_of_other_bodies(arxiv: ArxivFake, api: ArxivApi) -> None:
    arxiv.corpus.add(
        made_paper("2506.98001", categories=("cs.IR", "q-bio.NC", "I.2.7", "68T50", "q-fin.ST", "gr-qc"))
    )
    paper = await api.paper(PaperId("2506.98001"))
    assert paper.categories == ("cs.IR", "q-bio.NC", "q-fin.ST", "gr-qc")
    assert paper.primary_category == "cs.IR"


async def test_versions(api: ArxivApi, arxiv: ArxivFake) -> None:
    found = await api.papers(ids(REVISED, REVISED + "v1", REVISED + "v2", REVISED + "v9", WITHDRAWN))
    papers = {str(paper_id): paper for paper_id, paper in found.items()}
    newest, first, second = papers[REVISED], papers[REVISED + "v1"], papers[REVISED + "v2"]
    assert newest
    assert first
    assert second
    assert [str(paper.id) for paper in (newest, first, second)] == [REVISED + v for v in ("v3", "v1", "v2")]
    assert "80 tasks" in first.abstract
    assert "240 tasks" in newest.abstract
    assert second.title == "Agents That Ask One Question Before They Act"
    assert papers[REVISED + "v9"] is None
    withdrawn = papers[WITHDRAWN]
    assert withdrawn
    assert withdrawn.withdrawn
    assert not newest.withdrawn
    # What did not come beside others is asked for once more, alone.
    assert [seen.query["id_list"] for seen in arxiv.requests[1:]] == [REVISED + "v9"]


async def test_old_ids(api: ArxivApi) -> None:
    paper = await api.paper(PaperId.parse("cs.DL/0502999"))
    assert paper.id == PaperId(OLD_STYLE, 1)
    assert paper.comment == "5 pages"


@pytest.mark.parametrize("layout", ["2025", "2026"])
async def test_unknown_ids(api: ArxivApi, arxiv: ArxivFake, layout: Layout) -> None:
    arxiv.layout = layout
    with pytest.raises(PaperNotFound) as missing:
        await api.paper(PaperId(UNKNOWN, 2))
    assert missing.value.paper == UNKNOWN + "v2"
    assert len(arxiv.requests) == 2  # an empty page is believed the second time
    arxiv.forget()
    found = await api.papers(ids(UNKNOWN, "2506.99998", "2506.99997", "hep-th/9901999"))
    assert list(found.values()) == [None] * 4
    assert len(arxiv.requests) == 2
    arxiv.forget()
    found = await api.papers(ids(UNKNOWN, PLAIN))
    assert [bool(paper) for paper in found.values()] == [False, True]
    assert [seen.query["id_list"] for seen in arxiv.requests[1:]] == [UNKNOWN]


async def test_nothing_asked_is_nothing_requested(api: ArxivApi, arxiv: ArxivFake) -> None:
    assert await api.papers([]) == {}
    assert arxiv.requests == []


# Throttling and its disguises


@pytest.mark.parametrize(
    "fault",
    ["429", "503", "406", "rate_exceeded_200", "empty_page", "empty_page_counted", "malformed", "truncated", "hang", "slow", "reset", "500"],
)  # fmt: skip
async def test_one_failure_is_survived(api: ArxivApi, arxiv: ArxivFake, fault: FaultName) -> None:
    arxiv.fail(fault)
    paper = await api.paper(PaperId(PLAIN))
    assert paper.title == "Sparse Experts Need Less Routing"
    assert [seen.fault for seen in arxiv.requests] == [fault, None]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("429", "throttled"),
        ("503", "throttled"),
        ("406", "throttled"),
        ("rate_exceeded_200", "throttled"),
        ("empty_page_counted", "throttled"),
        ("malformed", "malformed"),
        ("truncated", "unreachable"),
        ("hang", "timeout"),
        ("slow", "timeout"),
        ("reset", "unreachable"),
        ("500", "status 500"),
        ("404", "status 404"),
    ],
)
async def test_a_lasting_failure_is_told_after_three_tries(
    api: ArxivApi, arxiv: ArxivFake, fault: FaultName, reason: str
) -> None:
    arxiv.fail(fault, times=None)
    with pytest.raises(ArxivUnavailable) as failed:
        await api.paper(PaperId(PLAIN))
    assert failed.value.reason == reason
    assert len(arxiv.requests) == 3
    arxiv.recover()
    assert await api.paper(PaperId(PLAIN))


async def test_a_pause_that_is_asked_for_is_made(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("429_retry_after", retry_after=1)
    await api.paper(PaperId(PLAIN))
    first, second = arxiv.requests
    assert first.ended
    assert second.time - first.ended >= 0.99


async def test_a_pause_beyond_our_patience_is_told_at_once(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("429_retry_after", retry_after=90)
    with pytest.raises(ArxivUnavailable) as busy:
        await api.paper(PaperId(PLAIN))
    assert busy.value.retry_after == pytest.approx(90, abs=5)
    assert len(arxiv.requests) == 1


async def test_a_refusal_ends_it_for_all_until_reopened(
    api: ArxivApi, arxiv: ArxivFake, gate: LocalGate
) -> None:
    arxiv.fail("403", times=None)
    results = await asyncio.gather(
        *(api.paper(PaperId(number)) for number in (PLAIN, LATEX, REVISED)), return_exceptions=True
    )
    assert [type(result) for result in results] == [ArxivClosed] * 3
    with pytest.raises(ArxivClosed):
        await api.paper(PaperId(STATISTICS))
    assert len(arxiv.requests) == 1
    arxiv.recover()
    await gate.reopen()
    assert await api.paper(PaperId(STATISTICS))


@pytest.mark.parametrize("layout", ["2025", "2026"])
async def test_an_id_that_the_api_calls_malformed_harms_no_other(
    api: ArxivApi, arxiv: ArxivFake, layout: Layout
) -> None:
    arxiv.layout = layout
    bad = PaperId("2413.00001", 1)  # no text parses to it, but what is stored may be anything
    found = await api.papers([PaperId(PLAIN), bad, PaperId(LATEX, 1)])
    assert [bool(paper) for paper in found.values()] == [True, False, True]
    assert len(arxiv.requests) == 2


async def test_every_hop_of_a_redirect_takes_its_turn(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("redirect", times=2)
    assert await api.paper(PaperId(PLAIN))
    assert len(arxiv.requests) == 3  # and the fixture looks at gaps and headers


async def test_a_circle_of_redirects_ends(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("redirect", times=None)
    with pytest.raises(ArxivUnavailable):
        await api.paper(PaperId(PLAIN))
    assert len(arxiv.requests) <= 3 * 6


async def test_nobody_there(gate: LocalGate) -> None:
    api = ArxivApi(gate, "http://127.0.0.1:9/api/query", patience=5, limits=QUICK)
    with pytest.raises(ArxivUnavailable) as failed:
        await api.paper(PaperId(PLAIN))
    assert failed.value.reason == "unreachable"


# Look-ups that wait together


async def test_the_same_paper_is_asked_for_once(api: ArxivApi, arxiv: ArxivFake) -> None:
    papers = await asyncio.gather(*(api.paper(PaperId(PLAIN)) for _ in range(200)))
    assert len(set(papers)) == 1
    assert len(arxiv.requests) == 1


@pytest.mark.parametrize("kind", ["local", "redis"])
async def test_two_hundred_papers_take_two_requests_at_most(kind: str, store: Store, gate: LocalGate) -> None:
    numbers = [f"2506.{98000 + i}" for i in range(200)]
    with ArxivFake(Corpus(made_paper(number, announced=date(2025, 6, 10)) for number in numbers)) as arxiv:
        api = ArxivApi(RedisGate(store, gap=GAP) if kind == "redis" else gate, arxiv.api_url, limits=QUICK)
        papers = await asyncio.gather(*(api.paper(PaperId(number)) for number in numbers))
        assert [paper.id.number for paper in papers] == numbers
        assert len(arxiv.requests) <= 2


async def test_more_than_a_request_holds_travel_in_several(gate: LocalGate) -> None:
    numbers = [f"2506.{97000 + i}" for i in range(600)]
    with ArxivFake(Corpus(made_paper(number, announced=date(2025, 6, 10)) for number in numbers)) as arxiv:
        found = await ArxivApi(gate, arxiv.api_url, limits=QUICK).papers(map(PaperId, numbers))
        assert all(found.values())
        assert sorted(map(len, asked(arxiv))) == [100, 250, 250]


async def test_what_is_asked_for_while_the_gate_is_shut_travels_together(
    api: ArxivApi, arxiv: ArxivFake, gate: LocalGate
) -> None:
    turn = await gate.enter()
    first = asyncio.create_task(api.paper(PaperId(PLAIN)))
    await until(lambda: bool(gate._people))
    later = [
        asyncio.create_task(api.papers(ids(*texts))) for texts in ([LATEX, REVISED], [REVISED + "v1", PLAIN])
    ]
    await asyncio.sleep(0)
    await turn.leave(Answered())
    await asyncio.gather(first, *later)
    assert [sorted(batch) for batch in asked(arxiv)] == [sorted([PLAIN, LATEX, REVISED, REVISED + "v1"])]


async def test_a_person_does_not_wait_behind_background_work(
    api: ArxivApi, arxiv: ArxivFake, gate: LocalGate
) -> None:
    turn = await gate.enter()
    work = asyncio.create_task(api.papers(ids(LATEX, STATISTICS), background=True))
    await until(lambda: len(gate._background) == 1)
    person = asyncio.create_task(api.paper(PaperId(PLAIN)))
    await until(lambda: len(gate._people) == 1)
    assert len(gate._background) == 0
    await turn.leave(Answered())
    await asyncio.gather(person, work)
    assert asked(arxiv) == [[PLAIN, LATEX, STATISTICS]]


async def test_background_work_alone_waits_in_the_background(
    api: ArxivApi, arxiv: ArxivFake, gate: LocalGate
) -> None:
    turn = await gate.enter()
    work = asyncio.create_task(api.papers(ids(LATEX), background=True))
    await until(lambda: len(gate._background) == 1)
    await turn.leave(Answered())
    await work
    assert len(arxiv.requests) == 1


async def test_one_who_leaves_harms_no_other(api: ArxivApi, arxiv: ArxivFake) -> None:
    arxiv.fail("slow", times=1, interval=0.0001)
    askers = [asyncio.create_task(api.paper(PaperId(PLAIN))) for _ in range(3)]
    await until(lambda: bool(arxiv.requests))
    askers[0].cancel()
    results = await asyncio.gather(*askers, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1] == results[2]
    assert not isinstance(results[1], BaseException)


async def test_waiting_for_the_gate_is_bounded(arxiv: ArxivFake, gate: LocalGate) -> None:
    api = ArxivApi(gate, arxiv.api_url, patience=0.1)
    turn = await gate.enter()
    with pytest.raises(ArxivUnavailable) as busy:
        await api.paper(PaperId(PLAIN))
    assert busy.value.reason == "busy"
    await turn.leave(Silent())
    assert await api.paper(PaperId(PLAIN))


@pytest.mark.parametrize("background", [False, True])
async def test_closing_tells_those_who_wait_at_the_gate(
    arxiv: ArxivFake, gate: LocalGate, background: bool
) -> None:
    api = ArxivApi(gate, arxiv.api_url, patience=60)
    turn = await gate.enter()
    asker = asyncio.create_task(api.papers(ids(PLAIN, LATEX), background=background))
    await until(lambda: bool(gate._people or gate._background))
    await api.close()
    with pytest.raises(ArxivUnavailable):
        await asker
    await turn.leave(Silent())
    await (await gate.enter(patience=1)).leave(Silent())
    assert arxiv.requests == []


async def test_closing_during_a_request_keeps_the_gate_shut_until_it_ends(
    arxiv: ArxivFake, gate: LocalGate
) -> None:
    api = ArxivApi(gate, arxiv.api_url, limits=QUICK)
    arxiv.fail("hang")
    asker = asyncio.create_task(api.paper(PaperId(PLAIN)))
    await until(lambda: bool(arxiv.requests))
    await api.close()
    with pytest.raises(ArxivUnavailable):
        await asker
    other = ArxivApi(gate, arxiv.api_url, limits=QUICK)
    assert await other.paper(PaperId(PLAIN))
    assert arxiv.max_concurrency == 1
    assert len(arxiv.requests) == 2
