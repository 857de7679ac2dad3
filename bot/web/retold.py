"""Roundups: the page of each, and the list of all that were made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.chat.text import Link, plain
from bot.editions import reply, roundup_reply
from bot.editions import roundups as making
from bot.editions.period import LONGEST, Period
from bot.editions.roundup import Made
from bot.topics.catalogue import Topic
from bot.topics.wanted import Wanted
from bot.web.made import told_by_machine
from bot.web.page import Instead, Page
from bot.web.reading import Reading
from bot.web.shown import Retold
from bot.web.site import Asked, Site, date_of
from bot.writing.writer import EXTRACTIVE

_LISTED = 300


class RoundupPages:
    """Makes them."""

    def __init__(self, site: Site, reading: Reading) -> None:
        self._site = site
        self._reading = reading

    async def all(self, asked: Asked) -> Page:
        """Return the list of those that were made, by topic, the latest first."""
        t = asked.t
        by_topic: dict[str, list[Retold]] = {}
        for one in (await self._reading.roundups())[:_LISTED]:
            by_topic.setdefault(one.topic.id, []).append(one)
        lead = t("What some weeks brought on a topic, by themes; in a chat, /roundup LLM 14 asks for one.")
        return await self._site.page(
            asked,
            "roundups.html",
            title=t("Roundups"),
            description=lead,
            heading=t("Roundups"),
            lead=lead,
            sections=[
                (some[0].topic.id, some[0].topic.name(asked.language.tag), rows_of(self._site, asked, some))
                for some in by_topic.values()
            ],
        )

    async def page(self, asked: Asked, topic: Topic, period: str) -> Page:
        """Return one; those that were not made are not made for it. Raises `ValueError` for what is no period."""
        days = _period(period)
        made = await self._reading.roundup(making.Asked(Wanted(topic), days, asked.language))
        t = asked.t
        if made is None:
            said = t(
                "This roundup has not been made; in a chat, /roundup {topic} asks for one.", topic=topic.id
            )
            raise Instead(self._site.message(asked, 404, said, (asked.links.to("roundups"), t("Roundups"))))
        heading = roundup_reply.name(made)
        every = await self._reading.roundups(topic)
        tongues = [tongue for one in every if one.period == days for tongue in one.languages]
        return await self._site.page(
            asked,
            "retold.html",
            tongues=tongues,
            title=heading,
            description=roundup_reply.headline(made, t),
            heading=heading,
            counts=roundup_reply.counts(made, t),
            provenance=_provenance(made, asked),
            remarks=[plain(said) for said in roundup_reply.remarks(made, t)],
            themes=list(_themes(made, asked)),
            topic_path=f"topics/{topic.id}",
        )

    async def paths(self) -> list[str]:
        """Return the paths of all, each in those of the room's languages in which it was made."""
        return [
            "/".join(filter(None, (self._site.prefix(tongue), _path(one))))
            for one in await self._reading.roundups()
            for tongue in one.languages
            if self._site.speaks(tongue)
        ]


def rows_of(site: Site, asked: Asked, roundups: Sequence[Retold]) -> list[tuple[str, str, str]]:
    """Return an address, the days and the language for each that can be read, in the reader's language if there is one."""
    rows = []
    for one in roundups:
        days = reply.days_text(one.period.first, one.period.last, asked.language)
        tongues = [tongue for tongue in one.languages if site.speaks(tongue)]
        if asked.language in tongues:
            rows.append((asked.links.to(_path(one)), days, ""))
        elif tongues:
            path = "/".join(filter(None, (site.prefix(tongues[0]), _path(one))))
            rows.append((asked.links.in_any(path), days, tongues[0].name(asked.language)))
    return rows


def _path(one: Retold) -> str:
    return f"roundups/{one.topic.id}/{one.period.first}--{one.period.last}"


def _period(text: str) -> Period:
    """Read a period as paths hold it. Raises `ValueError`."""
    first, _, last = text.partition("--")
    days = Period(date_of(first), date_of(last))
    if not 0 <= (days.last - days.first).days < LONGEST:
        raise ValueError(text)
    return days


def _provenance(made: Made, asked: Asked) -> str:
    if not made.roundup.items:
        return ""
    said = roundup_reply.provenance(made, asked.t)
    return said if made.written.writer == EXTRACTIVE else told_by_machine(said, asked.t)


def _themes(made: Made, asked: Asked) -> list[dict[str, Any]]:
    """Return each theme with its papers; in its paragraphs, a reference leads to the paper's place below."""
    roundup, t = made.roundup, asked.t
    return [
        {
            "title": roundup_reply.theme_title(made, theme, t),
            "paragraphs": [
                [(span.text, span.text.strip("[]") if isinstance(span, Link) else "") for span in said]
                for said in roundup_reply.paragraphs(roundup, theme, t)
            ],
            "papers": [(number, roundup.items[number - 1]) for number in theme.papers],
            "bare": not theme.paragraphs,
        }
        for theme in roundup.themes
    ]
