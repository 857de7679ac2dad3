"""The announcement feeds: what the arXiv lists in a category today.

https://info.arxiv.org/help/rss_specifications.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from bot.errors import ArxivUnavailable, NotAPaperId
from bot.papers.gate import Gate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.paper import Paper
from bot.papers.schedule import NEW_YORK

log = logging.getLogger(__name__)

LONGEST = 2000  # items; what comes after them is left out by the arXiv

_DC = "{http://purl.org/dc/elements/1.1/}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_HEAD = re.compile(r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<kind>[\w-]+)\s*(?:Abstract:\s*)?")


class Kind(StrEnum):
    """How a paper came to be listed in a category."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A listed paper; `day` is the item's own date in New York, None where it has none.

    The paper has no dates of submission and no comment, which no feed gives.
    """

    paper: Paper
    kind: Kind
    day: date | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A category's feed as it was read.

    `day` is the date that the channel carries, in New York, and `built` when it says it was made; neither
    proves that the items are of that day. `truncated` if it holds as many items as a feed ever does.
    """

    category: str
    day: date | None
    built: datetime | None
    items: tuple[FeedItem, ...]
    truncated: bool


class Feeds:
    """Read the feeds of categories, through the gate, behind people."""

    def __init__(self, gate: Gate, url: str, *, limits: Limits | None = None) -> None:
        """`url` is what `/rss/<category>` is appended to."""
        self._gate = gate
        self._url = url.rstrip("/")
        self._limits = limits or Limits()

    async def read(self, category: str, *, patience: float = 600.0) -> Feed:
        """Return a category's feed, of one request. Raises `ArxivUnavailable`, `ArxivClosed`.

        `patience` is how many seconds it may wait at the gate. A category that the arXiv does not know is
        `ArxivUnavailable("status 400")`. On a day without announcement the feed has no items.
        """
        from bot.papers.threads import in_thread
        from bot.papers.transport import GatedAdapter, get_xml

        turn = await self._gate.enter(background=True, patience=patience)
        loop = asyncio.get_running_loop()
        adapter = GatedAdapter(
            self._gate, turn, loop, background=True, patience=patience, limits=self._limits
        )
        address = f"{self._url}/rss/{quote(category, safe='')}"
        try:
            return await in_thread(lambda: parse(category, get_xml(adapter, address)))
        finally:
            await adapter.give_back()


def parse(category: str, rss: Any) -> Feed:
    """Read the root element of an RSS 2.0 document. Raises `ArxivUnavailable("malformed")`.

    An item that cannot be read is left out with a warning, unless there are many.
    """
    channel = rss.find("channel") if rss.tag == "rss" else None
    if channel is None:
        raise ArxivUnavailable("malformed")
    elements = channel.findall("item")
    items: dict[tuple[PaperId, Kind], FeedItem] = {}
    unreadable = 0
    for element in elements:
        try:
            item = _item(element)
        except (NotAPaperId, ValueError) as error:
            unreadable += 1
            log.warning("%s: cannot read the item %r: %s", category, element.findtext("guid"), error)
        else:
            items.setdefault((item.paper.id, item.kind), item)
    if unreadable > max(3, len(elements) // 4) or (unreadable and not items):
        raise ArxivUnavailable("malformed")
    built = _moment(channel.findtext("lastBuildDate"))
    return Feed(
        category,
        _day(channel.findtext("pubDate")),
        built.astimezone(UTC) if built else None,
        tuple(items.values()),
        len(elements) >= LONGEST,
    )


def _item(element: Any) -> FeedItem:
    """Raises `NotAPaperId`, `ValueError`."""
    from bot.papers.authors import read_names
    from bot.papers.categories import categories
    from bot.papers.latex import if_formulas, to_text

    text = element.findtext("description") or ""
    head = _HEAD.match(text)
    abstract = text[head.end() :] if head else text
    title = " ".join((element.findtext("title") or "").split())
    if not title:
        raise ValueError("no title")
    paper_id = PaperId.parse(element.findtext("guid") or element.findtext("link") or "")
    if paper_id.version is None and head:
        paper_id = PaperId.parse(head["id"])
    kind = element.findtext(f"{_ARXIV}announce_type") or (head["kind"] if head else "")
    journal_ref = element.findtext(f"{_ARXIV}journal_reference")
    paper = Paper(
        id=PaperId(paper_id.number, paper_id.version or 1),
        title=to_text(title),
        source_title=title,
        authors=tuple(
            name for line in element.findall(f"{_DC}creator") for name in read_names(line.text or "")
        ),
        abstract=to_text(abstract),
        source_abstract=if_formulas(abstract),
        categories=categories((name.text or "").strip() for name in element.findall("category")),
        journal_ref=to_text(journal_ref) if journal_ref else None,
        doi=(element.findtext(f"{_ARXIV}DOI") or "").strip() or None,
        licence=(element.findtext(f"{_DC}rights") or "").strip() or None,
    )
    return FeedItem(paper, Kind(kind.strip()), _day(element.findtext("pubDate")))


def _day(text: str | None) -> date | None:
    """Return the date in New York. Midnight written with the other season's offset is still that date's."""
    moment = _moment(text)
    if moment is None:
        return None
    if moment.utcoffset() in (timedelta(hours=-4), timedelta(hours=-5)):
        return moment.date()
    return moment.astimezone(NEW_YORK).date()


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
