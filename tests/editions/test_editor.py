"""From what was announced to an edition, and to the latest papers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.announcements.batch import Source, State
from bot.editions.data import edition_data
from bot.editions.edition import Edition, Why
from bot.errors import ArxivUnavailable, ModelUnavailable
from bot.language import ENGLISH, Language
from bot.papers.feed import Kind
from bot.store.client import Store
from bot.store.quotas import Ceilings
from bot.writing.writer import EXTRACTIVE
from tests.editions.newsroom import (
    FRI,
    MON,
    RAG,
    SPEECH,
    THU,
    TUE,
    WED,
    newsroom,
    on_arxiv,
    paper,
    papers,
    payer,
    wish,
)
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.writing.samples import ANY_CHINESE, ANY_ENGLISH
from tests.writing.scripted import ScriptedModel


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus()) as fake:
        yield fake


def model() -> ScriptedModel:
    return ScriptedModel(itertools.repeat(ANY_ENGLISH))


def numbers(edition: Edition) -> list[str]:
    return [entry.paper.id.number for entry in edition.entries]


async def test_an_edition_counts_what_was_announced_matched_and_shown(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv, model()) as room:
        await room.announce(WED, [*papers(RAG, 1, 12), *papers(SPEECH, 20, 3)])
        await room.announce(WED, [*papers(RAG, 1, 2), paper("2611.00030", "Soil")], "cs.IR")
        edition = await room.edition("rag")
        assert (edition.announced, edition.matched, len(edition.shown)) == (16, 12, 10)
        assert all(entry.written and entry.written.writer == "scripted" for entry in edition.shown)
        assert not any(entry.written for entry in edition.entries[10:])
        assert edition.entries[0].reason.words
        assert "rag" in edition.entries[0].topics
        assert (edition.empty, edition.reconstructed, edition.late, edition.missing) == (
            None,
            False,
            False,
            0,
        )
    assert room.asked == 0


async def test_everything_is_done_once_however_many_ask_and_in_how_many_processes(
    store: Store, arxiv: ArxivFake
) -> None:
    async with (
        newsroom(store, arxiv, model()) as room,
        newsroom(store, arxiv, room_model := model()) as other,
    ):
        await room.announce(WED, papers(RAG, 1, 3))
        editions = await asyncio.gather(
            *(r.edition(w) for r in (room, other) for w in ("rag", "ti:retrieval"))
        )
        assert room.model
        assert len(room.model.prompts) + len(room_model.prompts) == 3
        first, *_ = editions
        again = await other.edition("rag")
        assert edition_data(again) == edition_data(first)


async def test_a_query_finds_by_its_words_and_names_the_topics_too(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, [*papers(RAG, 1, 2), *papers(SPEECH, 20, 2)])
        edition = await room.edition('"long recordings" AND cat:cs.CL')
        assert numbers(edition) == ["2611.00020", "2611.00021"]
        assert edition.entries[0].reason.words == ("long recordings", "cs.CL")
        assert edition.entries[0].topics[0] == "speech"
        assert (await room.edition("检索 AND 增强")).empty is Why.NO_MATCH


async def test_a_topics_name_in_quotes_is_a_word(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, [paper("2611.00001", "A Rag of Cloth"), *papers(RAG, 2, 1)])
        assert numbers(await room.edition("rag")) == ["2611.00002"]
        assert set(numbers(await room.edition('"rag"'))) == {"2611.00001", "2611.00002"}


async def test_the_venue_is_told_and_raises_a_paper(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        plain, other = papers(RAG, 1, 2)
        await room.announce(WED, [plain, replace(other, comment="Accepted to ACL 2027")])
        edition = await room.edition("rag")
        assert [entry.venue for entry in edition.entries] == ["ACL 2027", None]


async def test_comments_that_come_later_count(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        bare = [replace(one, published=None, updated=None) for one in papers(RAG, 1, 2)]
        await room.announce(WED, bare, enriched=False)
        assert (await room.edition("co:ACL")).matched == 0
        first, second = papers(RAG, 1, 2)
        await room.announce(WED, [first, replace(second, comment="Accepted to ACL 2027")])
        assert numbers(await room.edition("rag")) == ["2611.00002", "2611.00001"]
        assert (await room.edition("co:ACL")).matched == 1


@pytest.mark.parametrize("failure", ["model", "ceiling", "none"])
async def test_what_cannot_be_written_is_extracted(store: Store, arxiv: ArxivFake, failure: str) -> None:
    failing = ScriptedModel(itertools.repeat(ModelUnavailable("unreachable")))
    used = {"model": failing, "ceiling": model(), "none": None}[failure]
    limit = 1 if failure == "ceiling" else 99
    async with newsroom(store, arxiv, used, ceilings=Ceilings(person=limit, chat=99, bot=99)) as room:
        await room.announce(WED, papers(RAG, 1, 3))
        edition = await room.edition("rag")
        writers = sorted(entry.written.writer for entry in edition.shown if entry.written)
        assert writers == [EXTRACTIVE] * (2 if failure == "ceiling" else 3) + ["scripted"] * (
            failure == "ceiling"
        )


async def test_an_edition_speaks_the_language(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv, ScriptedModel([ANY_CHINESE])) as room:
        await room.announce(WED, papers(RAG, 1, 1))
        edition = await room.edition("rag", language=Language("zh-Hans"))
        written = edition.shown[0].written
        assert written
        assert written.content.title == ANY_CHINESE["title"]


async def test_a_paper_withdrawn_since_comes_last_and_is_not_written_about(
    store: Store, arxiv: ArxivFake
) -> None:
    async with newsroom(store, arxiv, model()) as room:
        some = papers(RAG, 1, 2)
        await room.announce(WED, some)
        gone = replace(some[0], id=replace(some[0].id, version=2), comment="This paper has been withdrawn.")
        await room.announce(THU, [gone], items=())
        edition = await room.edition("rag")
        assert numbers(edition) == ["2611.00002", "2611.00001"]
        assert [bool(entry.written) for entry in edition.entries] == [True, False]
        assert edition.entries[1].paper.withdrawn
        assert room.model
        assert len(room.model.prompts) == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.EMPTY, Why.EMPTY),
        (State.STALE, Why.STALE),
        (State.HOLIDAY, Why.HOLIDAY),
    ],
)
async def test_an_empty_day_says_why(store: Store, arxiv: ArxivFake, state: State, why: Why) -> None:
    async with newsroom(store, arxiv) as room:
        await room.looked(WED, state)
        edition = await room.edition("rag")
        assert (edition.empty, edition.announced, edition.entries) == (why, 0, ())
    assert room.asked == 0


async def test_a_day_without_announcement_and_one_to_come_ask_nobody(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        saturday, sunday = FRI.replace(day=14), FRI.replace(day=15)
        assert (await room.edition("rag", saturday)).empty is Why.HOLIDAY
        assert (await room.edition("rag", sunday)).empty is Why.HOLIDAY
        assert (await room.edition("rag", THU)).empty is Why.AHEAD
        # Ten minutes past midnight in New York, and not before, the day has its announcement.
        room.now = room.now.replace(day=19, hour=5, minute=9)
        assert (await room.edition("rag", THU)).empty is Why.AHEAD
        assert room.asked == 0
        room.now = room.now.replace(minute=10)
        assert (await room.edition("rag", THU)).reconstructed


async def test_matched_nothing(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, papers(RAG, 1, 1))
        edition = await room.edition("quantum")
        assert (edition.empty, edition.announced) == (Why.NO_MATCH, 1)


async def test_a_partial_day_names_what_is_missing(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, papers(RAG, 1, 1), late=True, source=Source.SEARCH)
        await room.looked(WED, State.UNREACHABLE, "cs.IR")
        edition = await room.edition("rag")
        assert edition.incomplete == (("cs.IR", "unreachable"),)
        assert (edition.late, edition.reconstructed) == (True, True)


async def test_papers_that_fell_off_the_shelf_are_looked_up_once(store: Store, arxiv: ArxivFake) -> None:
    some = papers(RAG, 1, 300)
    for one in some:
        arxiv.corpus.add(on_arxiv(one))
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, some, known=False)
        assert (await room.edition("rag")).matched == 300
        assert room.asked == 2  # 250 ids each
        assert (await room.edition("rag")).matched == 300
        assert room.asked == 2


async def test_papers_that_cannot_be_looked_up_are_counted(store: Store, arxiv: ArxivFake) -> None:
    some = papers(RAG, 1, 5)
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, some, known=False)
        arxiv.fail("503", times=None)
        with pytest.raises(ArxivUnavailable):
            await room.edition("rag")
        await room.records.put_announced(some[:3], room.now)
        edition = await room.edition("rag")
        assert (edition.announced, edition.matched, edition.missing) == (5, 3, 2)


async def test_replacements_are_not_announced(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        some = papers(RAG, 1, 2)
        await room.announce(WED, some)
        batch = await room.announcements.batch("cs.CL", WED)
        assert batch
        items = (batch.items[0], replace(batch.items[1], kind=Kind.REPLACE))
        await room.announcements.save(replace(batch, items=items))
        assert numbers(await room.edition("rag")) == ["2611.00001"]


async def test_the_latest_are_those_of_the_newest_day_first(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        for number, day in enumerate((FRI, MON, TUE, WED)):
            await room.announce(day, papers(RAG, 10 * number, 3, day))
        await room.editor.file()
        first = await room.latest("rag", count=5)
        assert [number[:-1] for number in first] == ["2611.0003"] * 3 + ["2611.0002"] * 2
        assert room.answer.more
        assert [day for day, _ in room.answer.entries] == [WED] * 3 + [TUE] * 2
        assert len(await room.latest("rag", first=10, count=5)) == 2
        assert not room.answer.more
        assert await room.latest("rag", first=15) == []
        assert not room.answer.searched
        assert len(await room.latest("ti:generation", count=20)) == 12
    assert room.asked == 0


async def test_who_asks_for_the_latest_waits_for_the_filing_of_one_day(
    store: Store, arxiv: ArxivFake
) -> None:
    async with newsroom(store, arxiv) as room:
        for number, day in enumerate((FRI, MON, TUE, WED)):
            await room.announce(day, papers(RAG, 10 * number, 1, day))
        assert await room.latest("rag") == ["2611.00030"]
        assert not await room.filing.knows(await room.read(TUE))
        assert await room.latest("rag") == ["2611.00030", "2611.00020"]
        await room.editor.file()
        assert len(await room.latest("rag")) == 4


async def test_the_latest_bring_what_was_written_and_write_nothing(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv, model()) as room:
        await room.announce(WED, papers(RAG, 1, 2))
        await room.edition("rag", top=1)
        await room.latest("rag")
        assert [bool(entry.written) for _, entry in room.answer.entries] == [True, False]
        assert room.model
        assert len(room.model.prompts) == 1


async def test_on_an_empty_store_one_search_answers(store: Store, arxiv: ArxivFake) -> None:
    for one in (*papers(RAG, 1, 12), *papers(SPEECH, 20, 2)):
        arxiv.corpus.add(on_arxiv(one))
    async with newsroom(store, arxiv) as room, newsroom(store, arxiv) as other:
        found = await asyncio.gather(*(r.latest(w) for r in (room, other) for w in ("rag", "rag", "RAG")))
        assert room.answer.searched
        assert len(found[0]) == 10
        assert await room.latest("rag", first=10) == await other.latest("rag", first=10)
        assert not room.answer.more
    assert room.asked == 1


async def test_entries_and_the_account_of_a_missing_day_serve_subscriptions(
    store: Store, arxiv: ArxivFake
) -> None:
    async with newsroom(store, arxiv, model()) as room:
        await room.announce(WED, papers(RAG, 1, 2))
        entries, _ = await room.editor.entries(await room.read(), wish("rag"))
        assert not any(entry.shown or entry.written for entry in entries)
        written = await room.editor.write(entries[0], ENGLISH, payer)
        extracted = await room.editor.extract(entries[1], ENGLISH)
        assert written.written
        assert extracted.written
        assert (written.written.writer, extracted.written.writer) == ("scripted", EXTRACTIVE)
        await room.looked(TUE, State.UNREACHABLE)
        missing = await room.editor.missing(await room.read(TUE), wish("rag"), ENGLISH)
        assert missing.empty is Why.UNREACHABLE
