"""Real days of June 2025, among them two weekends and a holiday, read as they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from bot.announcements.batch import State
from bot.papers.feed import Kind
from bot.store.client import Store
from tests.announcements.rig import Arxiv, World
from tests.fakes.corpus import Corpus, data_folder, real_corpus

FIRST, LAST = date(2025, 6, 13), date(2025, 6, 23)
HOLIDAY = date(2025, 6, 20)
CATEGORIES = ("cs.AI", "cs.CL", "cs.IR")
HOURS = ("00:00", "00:10", "00:15", "02:45", "06:00", "18:00")

pytestmark = pytest.mark.skipif(data_folder() is None, reason="the real metadata is not beside the project")


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with Arxiv(real_corpus()) as fake:
        yield fake


def announced(corpus: Corpus, category: str, day: date) -> dict[str, str]:
    """Return the kind by number of what the data set says was announced."""
    return {
        paper.id: "new" if paper.categories[0] == category else "cross"
        for paper in corpus
        if paper.versions[0].announced == day and category in paper.categories
    }


async def test_every_paper_of_eleven_days_once(store: Store, arxiv: Arxiv) -> None:
    world = World(store, arxiv, CATEGORIES)
    working: list[date] = []
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
        came = {hour: await world.at(day, hour) for hour in HOURS}
        asked = arxiv.asked()
        if day.weekday() >= 5:
            assert asked == {}
            continue
        if day == HOLIDAY:
            assert asked == {"rss": 3}
            assert set((await world.states(day)).values()) == {"holiday"}
            continue
        working.append(day)
        assert [hour for hour, days in came.items() if days] == ["00:10"]
        expected = {category: announced(arxiv.corpus, category, day) for category in CATEGORIES}
        papers = {number for kinds in expected.values() for number in kinds}
        assert asked == {"rss": 3, "api": -(-len(papers) // 250)}
        for category, kinds in expected.items():
            batch = await world.batch(category, day)
            assert (batch.state, batch.late, batch.enriched) == (State.READ, False, True)
            assert {item.id.number: item.kind.value for item in batch.items} == kinds
            assert batch.count(Kind.NEW) + batch.count(Kind.CROSS) == len(kinds) > 0
        found = await world.announcements.papers(day)
        assert {paper_id.number for paper_id in found} == papers
        assert len(found) == len(papers)
        known = await world.records.get_many(found)
        assert set(known) == set(found)
        assert all(one.complete and one.paper.licence for one in known.values())
    assert len(working) == 6
    assert await world.announcements.days(100) == [*reversed([*working[:5], HOLIDAY, *working[5:]])]
    assert set((await world.announcements.watermarks()).values()) == {LAST}
