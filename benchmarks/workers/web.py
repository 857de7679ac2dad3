"""The reading room alone, over a store that it fills first: `… web <days> <papers a day>`; prints its address.

The papers are real where they are at hand, and fill up with made-up ones on language models.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from benchmarks.workers.serving import until_told
from bot.announcements.batch import Batch, Item, State
from bot.app import App, running
from bot.language import Language
from bot.papers.feed import Kind
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.papers.schedule import announcement_days, latest_day, submission_window
from bot.settings import load
from bot.store.cache import Cache
from bot.store.papers import PaperRecords
from bot.web.room import Room
from bot.web.server import room_app, serving
from tests.fakes.arxiv import real_corpus

_CATEGORY = "cs.CL"
_SENTENCES = (
    "Large language models answer question {n} better when they are told so. "
    "We measure it at {n}.5 points on a benchmark of our own. "
)


async def main(days: int, many: int) -> None:
    """Serve until standard input ends."""
    settings = load()
    async with running(settings) as app:
        last = latest_day(datetime.now(UTC))
        due = announcement_days(last - timedelta(days=2 * days + 10), last)[-days:]
        found = _real(days)
        for place, day in enumerate(due):
            await _announce(app, day, _filled(found[place] if place < len(found) else [], place, many, day))
        await app.editor.file()
        room = Room(app.reading, default=Language(settings.default_language))
        async with serving(
            lambda: room_app(room), "127.0.0.1", 0, "the reading room", "HTTP_PORT"
        ) as address:
            print(json.dumps({"address": address, "day": due[-1].isoformat()}), flush=True)
            await until_told(asyncio.Event().wait())


async def _announce(app: App, day: date, papers: Sequence[Paper]) -> None:
    at = datetime.now(UTC)
    records = PaperRecords(Cache(app.store, keep_days=400))
    await records.put_announced(papers, at)
    items = tuple(Item(paper.id, Kind.NEW) for paper in papers)
    batch = Batch(_CATEGORY, day, State.READ, items, read_at=at, enriched=True)
    await app.announcements.save(batch, watermark=(_CATEGORY, day))


def _real(days: int) -> list[list[Paper]]:
    """Return the real papers of the days that announced most, by day."""
    corpus = real_corpus()
    if corpus is None:
        return []
    best = sorted(sorted(corpus.days, key=lambda day: -len(corpus.listed_on(day)))[:days])
    return [
        [
            Paper(
                PaperId(one.id, 1), one.title, one.authors, one.abstract, one.categories, comment=one.comment
            )
            for one in corpus.listed_on(day)
        ]
        for day in best
    ]


def _filled(papers: Sequence[Paper], place: int, many: int, day: date) -> list[Paper]:
    at = submission_window(day)[0] + timedelta(hours=1)
    made = (
        Paper(
            PaperId(f"{2001 + place:04}.{10_000 + n}", 1),
            f"Large Language Models and Question {n}",
            ("Ada Example", "Bo Beispiel", "Cy Exemple"),
            _SENTENCES.format(n=n) * 6,
            ("cs.CL",),
        )
        for n in range(max(0, many - len(papers)))
    )
    return [replace(paper, published=at, updated=at) for paper in (*papers, *made)]


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
