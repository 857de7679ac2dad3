"""Papers on record: never poorer, never shorter-lived, an older version still to be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import PaperNotFound
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.papers import Known, Life, PaperRecords

NOW = datetime(2026, 11, 17, 5, 10, tzinfo=UTC)
NUMBER = PaperId("2611.00001")
DAY = 86_400
LICENCE = "http://creativecommons.org/licenses/by/4.0/"

FED = Paper(PaperId(NUMBER.number, 1), "A Title", ("A",), "Text.", ("cs.CL",), licence=LICENCE)
LOOKED_UP = replace(FED, published=NOW, updated=NOW, comment="EMNLP 2026", doi="10.5555/7", licence=None)
BOTH = replace(LOOKED_UP, licence=LICENCE)


@pytest.fixture
def records(store: Store) -> PaperRecords:
    return PaperRecords(Cache(store, keep_days=400))


def second(paper: Paper) -> Paper:
    return replace(paper, id=PaperId(NUMBER.number, 2), title="A Better Title")


async def days(store: Store, key: str) -> float:
    return float(await store.ttl(f"pw:paper:{key}")) / DAY


async def paper_of(records: PaperRecords, paper_id: PaperId) -> Paper | None:
    known = await records.get(paper_id)
    return known.paper if known else None


async def test_an_announced_paper_is_there_for_a_month(store: Store, records: PaperRecords) -> None:
    await records.put_announced([FED], NOW)
    for paper_id in (NUMBER, FED.id):
        known = await records.get(paper_id)
        assert known == Known(FED, NOW, newest=1, life=Life.ANNOUNCED)
        assert not known.complete
    assert 29 < await days(store, "2611.00001") <= 30
    assert await records.get(PaperId("2611.00009")) is None


@pytest.mark.parametrize("accounts", [(FED, LOOKED_UP), (LOOKED_UP, FED), (BOTH, FED, LOOKED_UP)])
async def test_no_account_takes_from_another(records: PaperRecords, accounts: tuple[Paper, ...]) -> None:
    for account in accounts:
        await records.put_announced([account], NOW)
    assert await paper_of(records, NUMBER) == BOTH


async def test_a_look_up_keeps_the_licence_and_the_life(store: Store, records: PaperRecords) -> None:
    await records.put_announced([FED], NOW)
    for asked in (FED.id, NUMBER):
        await records.put_fetched(asked, LOOKED_UP, LOOKED_UP, NOW)
        assert await paper_of(records, asked) == BOTH
    assert 29 < await days(store, "2611.00001") <= 30


async def test_a_newer_version_leaves_the_older_to_be_had(store: Store, records: PaperRecords) -> None:
    await records.put_announced([FED], NOW)
    await records.put_announced([second(FED)], NOW)
    assert await paper_of(records, NUMBER) == second(FED)
    old = await records.get(FED.id)
    assert old
    assert (old.paper, old.newest) == (FED, 2)
    await records.put_announced([LOOKED_UP], NOW)  # news of the older one change nothing of the newer
    assert await paper_of(records, NUMBER) == second(FED)
    assert await paper_of(records, FED.id) == BOTH


async def test_what_was_shown_keeps_its_long_life(store: Store, records: PaperRecords) -> None:
    await records.put_announced([LOOKED_UP], NOW)
    known = await records.get(NUMBER)
    assert known
    await records.shown(known)
    await records.put_announced([FED, second(FED)], NOW)
    await records.put_fetched(NUMBER, second(LOOKED_UP), None, NOW)
    await records.put_announced([second(FED)], NOW)
    assert await days(store, "2611.00001") > 399
    assert await days(store, "2611.00001v1") > 399
    shown = await records.get(FED.id)
    assert shown
    assert (shown.shown, shown.newest, shown.paper) == (True, 2, BOTH)
    newest = await records.get(NUMBER)
    assert newest
    assert (newest.shown, newest.paper.id.version) == (False, 2)


async def test_many_at_once(records: PaperRecords) -> None:
    papers = [replace(FED, id=PaperId(f"2611.{n:05}", 1)) for n in range(1, 501)]
    await records.put_announced(papers, NOW)
    asked = [paper.id for paper in papers] + [PaperId("2611.09999")]
    found = await records.get_many(asked)
    assert list(found) == asked[:-1]
    assert [known.paper for known in found.values()] == papers


async def test_absence_is_kept_for_a_while(store: Store, records: PaperRecords) -> None:
    await records.put_absent(NUMBER)
    with pytest.raises(PaperNotFound):
        await records.get(NUMBER)
    assert await records.get_many([NUMBER]) == {}
    assert 0 < await store.ttl("pw:paper:2611.00001") <= 600
    await records.put_announced([FED], NOW)
    assert await paper_of(records, NUMBER) == FED


def test_records_of_before_are_read() -> None:
    text = Known(FED, NOW, shown=True).to_json().replace('"life": 0', '"unknown": 0')
    assert Known.from_json(text).life is Life.LONG
