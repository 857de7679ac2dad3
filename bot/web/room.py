"""The reading room: every page by its path, for the server and for the export alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from importlib import resources

from bot.errors import PaperwireError
from bot.language import Language
from bot.topics.catalogue import Topic
from bot.web.days import DayPages
from bot.web.feeds import feed
from bot.web.kept import Kept
from bot.web.listings import Listings
from bot.web.page import PLAIN, Instead, Page
from bot.web.papers import PaperPages
from bot.web.reading import Reading
from bot.web.retold import RoundupPages
from bot.web.searching import Searching
from bot.web.site import Asked, Exported, Site, date_of

__all__ = ["Exported", "Room"]

_LONGEST_PATH = 200
_BUDGET = 12_000_000  # bytes of pages at hand, compressed
_FRESH = 60.0  # seconds for which a page is taken to be as it was
_AT_ONCE = 4  # pages made
_OWN = {  # files that come with the package: their kind, and how long they may be kept
    "room.css": ("text/css; charset=utf-8", 3600),
    "icon.svg": ("image/svg+xml", 86_400),
}
_ROBOTS = "User-agent: *\nDisallow: /*search\n"


class Room:
    """Makes pages, and keeps those that were asked for of late."""

    def __init__(
        self,
        reading: Reading,
        *,
        default: Language,
        public: str = "",
        exported: Exported | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`public` is the address from outside, "" without. With `exported` pages are files."""
        self._reading = reading
        self._site = site = Site(default, public, exported)
        self._listings = Listings(site, reading)
        self._days = DayPages(site, reading)
        self._papers = PaperPages(site, reading)
        self._roundups = RoundupPages(site, reading)
        self._searching = Searching(site, reading)
        self._kept: Kept[Page] = Kept(_BUDGET, _FRESH, clock)
        self._making = asyncio.Semaphore(_AT_ONCE)

    async def page(self, path: str, words: str | None = None, tongue: str | None = None) -> Page:
        """Return what stands at `path`: no slash before it. `words` are a search's, `tongue` asks for a language.

        What is not there is a page that says so. Raises `StoreUnavailable`.
        """
        asked = self._site.asked(path)
        if len(path) > _LONGEST_PATH:
            return self._site.absent(asked).page
        try:
            if tongue is not None:
                return self._site.switched(asked, tongue)
            if path.endswith("/"):
                raise Instead(self._site.moved(asked.links, path.rstrip("/")))
            return await self._kept.get((path, words), lambda: self._make(asked, words))
        except Instead as instead:
            return instead.page

    def failed(self, path: str, error: PaperwireError | None = None) -> Page:
        """Return the page that says that a service failed, or that the room itself did."""
        asked = self._site.asked(path[:_LONGEST_PATH])
        if error:
            return self._site.mistaken(asked, 503, error)
        t = asked.t
        said = t("Something went wrong here, and was written to the log; please try again later.")
        return self._site.message(asked, 500, said)

    async def paths(self) -> list[str]:
        """Return the paths of all pages that are exported, beginning with the front."""
        exported = self._site.exported or Exported((), ())
        pages, papers = ["", "topics", "trends", "roundups"], dict[str, None]()
        files = list(_OWN)
        for topic in self._reading.catalogue:
            pages += [f"topics/{topic.id}", f"topics/{topic.id}/feed.atom"]
            for day in exported.days:
                some = await self._reading.papers_of(topic, day)
                if not some:
                    continue
                pages.append(f"topics/{topic.id}/{day}")
                files += [f"topics/{topic.id}/{day}.bib", f"topics/{topic.id}/{day}.ris"]
                papers |= dict.fromkeys(f"papers/{paper.id}" for paper in some)
        files += [f"{paper}{kind}" for paper in papers for kind in (".bib", ".ris")]
        prefixes = [self._site.prefix(tongue) for tongue in exported.tongues]
        whole = ["/".join(filter(None, (prefix, path))) for prefix in prefixes for path in (*pages, *papers)]
        return [*whole, *await self._roundups.paths(), *files]

    async def _make(self, asked: Asked, words: str | None) -> Page:
        if asked.links.language == self._site.default.tag:
            raise Instead(self._site.moved(asked.links, asked.where))
        async with self._making:
            try:
                return await self._route(asked, words)
            except ValueError:
                raise self._site.absent(asked) from None

    async def _route(self, asked: Asked, words: str | None) -> Page:
        """Return the page. Raises `Instead`, and `ValueError` where there is none."""
        match asked.where.split("/"):
            case [""]:
                return await self._listings.front(asked)
            case [name] if name in _OWN and not asked.links.language:
                kind, seconds = _OWN[name]
                return Page.of(kind, _own(name), seconds=seconds)
            case ["robots.txt"] if not asked.links.language:
                return Page.of(PLAIN, _ROBOTS, seconds=3600)
            case ["topics" | "trends"]:
                return await self._listings.topics(asked)
            case ["topics", name, *rest]:
                return await self._of_topic(asked, name, rest)
            case ["papers", *rest] if rest:
                return await self._papers.page(asked, "/".join(rest))
            case ["roundups"]:
                return await self._roundups.all(asked)
            case ["roundups", name, period]:
                return await self._roundups.page(
                    asked, self._found(asked, name, f"/{period}", "roundups"), period
                )
            case ["search"] if not self._site.files:
                return await self._searching.page(asked, words or "")
        raise ValueError(asked.where)

    async def _of_topic(self, asked: Asked, name: str, rest: list[str]) -> Page:
        match rest:
            case []:
                return await self._listings.topic(asked, self._found(asked, name))
            case ["feed.atom"]:
                return await feed(self._site, self._reading, asked, self._found(asked, name, "/feed.atom"))
            case ["latest"]:
                topic = self._found(asked, name, "/latest")
                raise Instead(await self._days.latest(asked, topic))
            case [file] if file.endswith((".bib", ".ris")) and not asked.links.language:
                return await self._days.cited(asked, self._found(asked, name, f"/{file}"), file)
            case [day]:
                return await self._days.page(asked, self._found(asked, name, f"/{day}"), date_of(day))
        raise ValueError(asked.where)

    def _found(self, asked: Asked, name: str, rest: str = "", under: str = "topics") -> Topic:
        return self._site.found(self._reading.catalogue, asked, name, rest, under)


def _own(name: str) -> str:
    return resources.files("bot.web").joinpath("static", name).read_text("utf-8")
