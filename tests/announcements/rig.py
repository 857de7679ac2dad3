"""A reader before the arXiv's stand-in, with a clock that a test moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from aiohttp import web

from bot.announcements.batch import Batch
from bot.announcements.reader import Reader
from bot.announcements.record import Announcements
from bot.papers.api import ArxivApi
from bot.papers.feed import Feeds
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.oai import Harvester
from bot.papers.schedule import NEW_YORK, submission_window
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.lease import Lease
from bot.store.papers import Known, PaperRecords
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_feeds import Item
from tests.fakes.corpus import ArxivPaper, Corpus, Version, made_paper

THREE = ("cs.CL", "cs.IR", "cs.LG")
QUICK = Limits(connect=2, silence=2, whole=20)


class Arxiv(ArxivFake):
    """An arXiv whose items can carry another date than their channel."""

    items_behind = timedelta(0)

    def _write_feed(self, request: web.Request, items: list[Item]) -> web.StreamResponse:
        return super()._write_feed(
            request, [replace(item, day=item.day - self.items_behind) for item in items]
        )

    def asked(self) -> dict[str, int]:
        """Return how often each service was asked since the last time."""
        counts = Counter(seen.path.split("/")[1] for seen in self.requests)
        self.forget()
        return dict(counts)


class World:
    """Readers over one store and one arXiv; `at` moves the clock."""

    def __init__(self, store: Store, arxiv: Arxiv, categories: Iterable[str] = THREE) -> None:
        self.store = store
        self.arxiv = arxiv
        self.categories = set(categories)
        self.stuck: date | None = None  # the day whose batches the feeds go on holding
        self.gate = LocalGate(gap=0.0, first_pause=0.01)
        self.api = ArxivApi(self.gate, arxiv.api_url, patience=20, limits=QUICK)
        self.announcements = Announcements(store)
        self.records = PaperRecords(Cache(store, keep_days=400))
        self.reader = self.another()

    def another(self) -> Reader:
        """Return a reader as another process, or the same one after a restart, has it."""

        async def wanted() -> set[str]:
            return self.categories

        return Reader(
            feeds=Feeds(self.gate, self.arxiv.rss_url, limits=QUICK),
            harvester=Harvester(self.gate, self.arxiv.oai_url, limits=QUICK),
            api=self.api,
            announcements=self.announcements,
            records=self.records,
            lease=Lease(self.store, "announcements", length=0.6),
            categories=wanted,
        )

    async def at(self, day: date, hour: str = "00:10") -> frozenset[date]:
        """Tick at a time in New York; the arXiv has gone on to that day."""
        self.arxiv.day = self.stuck or day
        return await self.reader.tick(moment(day, hour))

    async def batch(self, category: str, day: date) -> Batch:
        found = await self.announcements.batch(category, day)
        assert found, f"nobody looked for {category} of {day}"
        return found

    async def states(self, day: date) -> dict[str, str]:
        """Return the state by category, with what is remarkable about it."""
        return {
            batch.category: " ".join(
                [batch.state, *["late"] * batch.late, *[batch.source] * (batch.source != "feed")]
            )
            for batch in await self.announcements.day(day)
        }

    async def numbers(self, category: str, day: date) -> set[str]:
        """Return the numbers of what the category announced."""
        return {item.id.number for item in (await self.batch(category, day)).announced}

    async def known(self, text: str) -> Known:
        found = await self.records.get(PaperId.parse(text))
        assert found, f"{text} is not on record"
        return found


def moment(day: date, hour: str = "00:10") -> datetime:
    return datetime.combine(day, time.fromisoformat(hour), NEW_YORK).astimezone(UTC)


def paper(number: int | str, day: date, *categories: str, held: int = 0, **rest: Any) -> ArxivPaper:
    """Return a paper announced on `day`, submitted in time for it, and `held` days before that if it was held."""
    name = number if isinstance(number, str) else f"2611.{number}"
    submitted = submission_window(day)[0] + timedelta(hours=1) - timedelta(days=held)
    return made_paper(
        name, f"Paper {name}", categories=categories, announced=day, submitted=submitted, **rest
    )


def revised(old: ArxivPaper, day: date, **changes: Any) -> ArxivPaper:
    """Return the paper with one version more, announced on `day`."""
    number = old.versions[-1].number + 1
    submitted = submission_window(day)[0] + timedelta(hours=2)
    version = Version(number, submitted, day, **changes)
    return replace(old, versions=(*old.versions, version))


@contextmanager
def arxiv_of(*papers: ArxivPaper) -> Iterator[Arxiv]:
    with Arxiv(Corpus(papers)) as fake:
        yield fake
