"""The Atom feed of a topic in a language: an entry for each day."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Any

from bot.editions import reply
from bot.papers.threads import in_thread
from bot.topics.catalogue import Topic
from bot.web.links import Links
from bot.web.page import ATOM, Page
from bot.web.pages import rendered
from bot.web.reading import Reading
from bot.web.site import Asked, Site

_DAYS = 10
_PAPERS = 10  # of each day


async def feed(site: Site, reading: Reading, asked: Asked, topic: Topic) -> Page:
    """Return the feed."""
    links = asked.links
    days = list((await reading.trends())[topic.id].days)[-_DAYS:]
    made = [await _item(site, reading, asked, topic, day) for day in reversed(days)]
    items = [item for item in made if item]
    path = f"topics/{topic.id}/feed.atom"
    text = rendered(
        "feed.atom",
        language=asked.language,
        t=asked.t,
        id=_name(site, links, path),
        title=topic.name(asked.language.tag),
        updated=items[0]["updated"] if items else "1991-08-14T00:00:00Z",
        own=links.absolute(path) or links.to(path),
        page=links.absolute(f"topics/{topic.id}") or links.to(f"topics/{topic.id}"),
        items=items,
    )
    return Page.of(ATOM, text, seconds=600)


async def _item(site: Site, reading: Reading, asked: Asked, topic: Topic, day: date) -> dict[str, Any] | None:
    """Return the entry of a day, None for one without papers."""
    links, t, language = asked.links, asked.t, asked.language
    told = await reading.edition(topic, day, language, most=_PAPERS)
    shown = told.edition.entries[:_PAPERS]
    if not shown:
        return None
    moments = [entry.written.written_at for entry in shown if entry.written]
    path = f"topics/{topic.id}/{day}"
    return {
        "id": _name(site, links, path),
        "title": f"{topic.name(language.tag)} · {reply.day_text(day, language)}",
        "updated": _moment(max(moments, default=datetime.combine(day, clock_time(5), UTC))),
        "href": links.absolute(path) or links.to(path),
        "summary": t("{count} matched", count=told.edition.matched),
        "content": await in_thread(
            lambda: rendered("item.html", entries=shown, provenance=reply.provenance(shown, t))
        ),
    }


def _name(site: Site, links: Links, path: str) -> str:
    """Return the name that an entry of a feed keeps for good."""
    whole = "/".join(filter(None, (links.language, path)))
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'paperwire:{site.public}:{whole}')}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
