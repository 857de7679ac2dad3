"""The page of a search through the papers of the last days."""

from __future__ import annotations

from bot.editions import reply
from bot.errors import BadQuery, NotAPaperId
from bot.papers.ids import PaperId
from bot.topics.query import Query
from bot.web.page import Instead, Page
from bot.web.reading import Reading
from bot.web.shown import Found
from bot.web.site import LONGEST_QUERY, Asked, Site

_WAITING = 3  # searches that may wait while one is under way


class Searching:
    """Makes it, for few at a time."""

    def __init__(self, site: Site, reading: Reading) -> None:
        self._site = site
        self._reading = reading
        self._under_way = 0

    async def page(self, asked: Asked, words: str) -> Page:
        """Return what was found; the id of a paper leads to its page."""
        t, links = asked.t, asked.links
        words = " ".join(words.split())
        if not words:
            raise Instead(await self._blank(asked))
        if len(words) > LONGEST_QUERY:
            said = t("That is {length} characters, and at most {limit} are read; please shorten it.", length=len(words), limit=LONGEST_QUERY)  # fmt: skip
            raise Instead(self._site.message(asked, 400, said, words=words[:LONGEST_QUERY]))
        try:
            raise Instead(
                self._site.moved(links, links.language, f"papers/{PaperId.parse(words)}", status=307)
            )
        except NotAPaperId:
            pass
        if self._under_way > _WAITING:
            said = t("Too many searches are under way; please try again in a minute.")
            raise Instead(self._site.message(asked, 503, said, words=words))
        self._under_way += 1
        try:
            found = await self._reading.search(Query.parse(words), asked.language)
        except BadQuery as error:
            raise Instead(self._site.mistaken(asked, 400, error, words)) from None
        finally:
            self._under_way -= 1
        return await self._found(asked, words, found)

    async def _blank(self, asked: Asked) -> Page:
        t = asked.t
        said = t("Words, phrases in quotes, and queries such as ti:agents AND cat:cs.CL are looked for in the papers of the last days.")  # fmt: skip
        return await self._site.page(
            asked,
            "search.html",
            title=t("Search"),
            description=said,
            heading=t("Search"),
            told=[said],
            found=[],
            quiet=True,
        )

    async def _found(self, asked: Asked, words: str, found: Found) -> Page:
        t = asked.t
        told = [t("No papers found.")] if not found.entries else []
        if found.days:
            looked = reply.days_text(found.days[-1], found.days[0], asked.language)
            told.append(t("Looked through: {days}.", days=looked))
        if found.more:
            told.append(
                t("The first {count} are shown; further words narrow it down.", count=len(found.entries))
            )
        return await self._site.page(
            asked,
            "search.html",
            title=words,
            description=told[0],
            heading=words,
            told=told,
            found=[(reply.day_text(day, asked.language), entry) for day, entry in found.entries],
            asked=words,
            quiet=True,
        )
