"""The full text of a paper: fetched and read once, kept for a while, and so are its failures."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.errors import ArxivUnavailable, PdfUnusable
from bot.papers.apart import Apart
from bot.papers.fulltext import FullText, Section
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.pdf import Pdfs
from bot.store.cache import Cache
from bot.store.client import Store
from bot.writing.fulltexts import FullTexts
from tests.fakes import arxiv_pdf_hostile as hostile
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN

GAP = 0.02  # seconds
QUICK = Limits(connect=2, silence=0.3, whole=2)
PAPER = PaperId(PLAIN, 1)
SECTION = Section("3.2", "Ablations", 4, 5, "Without it, all falls.\n\nBy 2.1 points.", (4, 5))
DAY = 86_400


@pytest.fixture
def texts(arxiv: ArxivFake, store: Store) -> FullTexts:
    return FullTexts(
        Pdfs(LocalGate(gap=GAP, first_pause=GAP), arxiv.pdf_url, limits=QUICK),
        Cache(store, keep_days=400),
        store,
        Apart(),
    )


async def seconds_kept(store: Store) -> int:
    (key,) = await store.keys("pw:fulltext:*")
    return round(await store.pttl(key) / 1000)


def test_json_and_back() -> None:
    text = FullText(PAPER, 16, 14, (SECTION, Section("", "", 1, 1, "战")), ("hidden text",))
    assert FullText.from_json(text.to_json()) == text
    assert SECTION.name == "3.2 Ablations"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"pages": "3", "read": 3, "sections": [], "notes": []},
        {"pages": 3, "read": 3, "sections": [{"number": "1"}], "notes": []},
        {"pages": 3, "read": 3, "notes": [], "sections": [{"number": "1", "title": "A", "text": "a", "first": 2, "last": 1}]},
        {"pages": 3, "read": 3, "notes": [], "sections": [{"number": "1", "title": "A", "text": "a", "first": 1, "last": 9}]},
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="no"):
        FullText.of(PAPER, answer)


def test_only_notes_that_we_know_are_taken() -> None:
    answer = {"pages": 1, "read": 1, "sections": [], "notes": ["hidden text", "click here"]}
    assert FullText.of(PAPER, answer).notes == ("hidden text",)


async def test_a_text_is_fetched_and_read_once(texts: FullTexts, arxiv: ArxivFake, store: Store) -> None:
    read = await asyncio.gather(*(texts.of(PAPER) for _ in range(20)))
    assert len(arxiv.requests) == 1
    assert {text.to_json() for text in read} == {read[0].to_json()}
    assert [section.name for section in read[0].sections][:2] == ["Abstract", "1 Introduction"]
    assert all(section.text for section in read[0].sections if section.number != "A")
    assert await texts.of(PAPER) == read[0]
    assert len(arxiv.requests) == 1
    assert DAY < await seconds_kept(store) <= 3 * DAY
    assert await Cache(store, keep_days=1).shelved_bytes() > 1000


async def test_two_processes_read_once(arxiv: ArxivFake, store: Store) -> None:
    def one() -> FullTexts:
        pdfs = Pdfs(LocalGate(gap=GAP), arxiv.pdf_url, limits=QUICK)
        return FullTexts(pdfs, Cache(store, keep_days=400), store, Apart())

    here, there = one(), one()
    first, second = await asyncio.gather(here.of(PAPER), there.of(PAPER))
    assert first == second
    assert len(arxiv.requests) == 1


async def test_each_version_is_a_text_of_its_own(texts: FullTexts, arxiv: ArxivFake) -> None:
    await texts.of(PAPER)
    await texts.of(PaperId(LATEX, 1))
    assert len(arxiv.requests) == 2


@pytest.mark.parametrize(
    ("pdf", "reason", "life"),
    [
        (hostile.scan(), "scan", 3 * DAY),
        (hostile.encrypted(), "encrypted", 3 * DAY),
        (hostile.broken(), "unreadable", 3 * DAY),
    ],
)
async def test_what_cannot_be_read_is_not_fetched_again(
    texts: FullTexts, arxiv: ArxivFake, store: Store, pdf: bytes, reason: str, life: int
) -> None:
    arxiv.pdfs[PLAIN] = pdf
    for _ in range(2):
        with pytest.raises(PdfUnusable) as raised:
            await texts.of(PAPER)
        assert raised.value.reason == reason
    assert len(arxiv.requests) == 1
    assert life - 60 < await seconds_kept(store) <= life


async def test_a_missing_pdf_is_missing_for_ten_minutes(
    texts: FullTexts, arxiv: ArxivFake, store: Store
) -> None:
    arxiv.fail("404")
    for _ in range(2):
        with pytest.raises(PdfUnusable, match="missing"):
            await texts.of(PAPER)
    assert len(arxiv.requests) == 1
    assert 540 < await seconds_kept(store) <= 600
    await store.flushall()  # the ten minutes are over
    assert (await texts.of(PAPER)).read


async def test_a_failure_that_passes_is_not_kept(texts: FullTexts, arxiv: ArxivFake, store: Store) -> None:
    arxiv.fail("500", times=3)
    with pytest.raises(ArxivUnavailable):
        await texts.of(PAPER)
    assert await store.keys("pw:fulltext:*") == []
    assert (await texts.of(PAPER)).sections


async def test_whoever_stops_waiting_leaves_the_text_to_others(texts: FullTexts, arxiv: ArxivFake) -> None:
    first = asyncio.create_task(texts.of(PAPER))
    second = asyncio.create_task(texts.of(PAPER))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).sections
    assert first.cancelled()
    assert len(arxiv.requests) == 1
