"""The page of an edition: all papers of a day that were filed under a topic, and the files to cite them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.editions import reply
from bot.papers.bibtex import bibtex
from bot.papers.paper import Paper
from bot.papers.ris import ris
from bot.topics.catalogue import Topic
from bot.web.made import how, notice
from bot.web.page import Instead, Page
from bot.web.reading import Reading
from bot.web.site import Asked, Site, date_of


class DayPages:
    """Makes them."""

    def __init__(self, site: Site, reading: Reading) -> None:
        self._site = site
        self._reading = reading

    async def latest(self, asked: Asked, topic: Topic) -> Page:
        """Lead to the last day of which papers are known."""
        latest = await self._reading.recent(1)
        where = f"topics/{topic.id}/{latest[0]}" if latest else f"topics/{topic.id}"
        return self._site.moved(asked.links, asked.links.language, where, status=307)

    async def page(self, asked: Asked, topic: Topic, day: date) -> Page:
        """Return the edition; one without papers says why, and is not kept."""
        told, t, language = await self._reading.edition(topic, day, asked.language), asked.t, asked.language
        edition, name = told.edition, topic.name(asked.language.tag)
        counts = " · ".join(
            (
                reply.day_text(day, language),
                t("{count} announced", count=edition.announced),
                t("{count} matched", count=edition.matched),
            )
        )
        titles = [(e.written and e.written.content.title) or e.paper.title for e in edition.entries[:3]]
        page = await self._site.page(
            asked,
            "day.html",
            title=f"{name} · {reply.day_text(day, language)}",
            description=" · ".join((counts, *titles)),
            tongues=told.languages,
            heading=name,
            counts=counts,
            provenance=notice(edition.entries, t),
            remarks=list(reply.remarks(edition, t)),
            entries=edition.entries,
            before=self._other(asked, topic, told.before),
            after=self._other(asked, topic, told.after),
            neighbours=[
                (f"topics/{near.id}/{day}", near.name(language.tag), count) for near, count in told.neighbours
            ],
            topic_path=f"topics/{topic.id}",
            feed=(name, f"topics/{topic.id}/feed.atom"),
            bib=f"topics/{topic.id}/{day}.bib",
            ris=f"topics/{topic.id}/{day}.ris",
            figures=told.figures,
            made=lambda entry: how(entry, t),
            why=lambda entry: reply.reason_text(entry.reason, t),
            quiet=not edition.announced,
            status=200 if edition.announced else 404,
        )
        if page.status != 200:
            raise Instead(page)
        return page

    async def cited(self, asked: Asked, topic: Topic, file: str) -> Page:
        """Return the papers of a day as BibTeX or RIS, as the file's ending says."""
        papers = await self._reading.papers_of(topic, date_of(file[:-4]))
        return citations(self._site, asked, papers, file[-4:])

    def _other(self, asked: Asked, topic: Topic, day: date | None) -> tuple[str, str] | None:
        if day is None or not self._site.has(day):
            return None
        return f"topics/{topic.id}/{day}", reply.day_text(day, asked.language)


def citations(site: Site, asked: Asked, papers: Sequence[Paper], kind: str) -> Page:
    """Return papers as a file of `.bib` or `.ris`."""
    if not papers:
        raise site.absent(asked)
    if kind == ".bib":
        entries = [bibtex(paper, paper.id) for paper in papers]
        return Page.of("application/x-bibtex; charset=utf-8", "\n\n".join((*_unique(entries), "")))
    return Page.of("application/x-research-info-systems; charset=utf-8", "\r\n".join(map(ris, papers)))


def _unique(entries: Sequence[str]) -> list[str]:
    """Return BibTeX entries whose keys differ: the second of the same name gets a b behind it."""
    seen: dict[str, int] = {}
    made = []
    for entry in entries:
        key = entry[entry.index("{") + 1 : entry.index(",")]
        seen[key] = seen.get(key, 0) + 1
        suffix = _letters(seen[key]) if seen[key] > 1 else ""
        made.append(entry.replace(key, key + suffix, 1))
    return made


def _letters(number: int) -> str:
    """Return b for 2, c for 3, and on beyond z."""
    number, last = divmod(number - 1, 26)
    return (_letters(number) if number else "") + chr(ord("a") + last)
