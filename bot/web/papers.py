"""The page of a paper, its figures, and the files to cite it."""

from __future__ import annotations

import hashlib
import re

from bot.chat.text import plain
from bot.errors import NotAPaperId
from bot.papers.ids import PaperId
from bot.web.days import citations
from bot.web.made import how
from bot.web.page import Instead, Page
from bot.web.reading import Reading
from bot.web.shown import About
from bot.web.site import Asked, Site

_FIGURE = re.compile(r"(?P<paper>.+)/(?P<place>[0-9]{1,2})\.(?:png|jpeg)")


class PaperPages:
    """Makes them."""

    def __init__(self, site: Site, reading: Reading) -> None:
        self._site = site
        self._reading = reading

    async def page(self, asked: Asked, rest: str) -> Page:
        """Return what stands at `rest` below the papers."""
        if picture := _FIGURE.fullmatch(rest):
            return await self._figure(asked, picture["paper"], int(picture["place"]))
        t = asked.t
        name, kind = (rest[:-4], rest[-4:]) if rest.endswith((".bib", ".ris")) else (rest, "")
        try:
            paper_id = PaperId.parse(name)
        except NotAPaperId as error:
            raise Instead(self._site.mistaken(asked, 404, error)) from None
        if str(paper_id) != name:
            raise Instead(self._site.moved(asked.links, asked.links.language, f"papers/{paper_id}{kind}"))
        about = await self._reading.paper(paper_id, asked.language)
        if about is None:
            further = (paper_id.abs_url, f"arXiv:{paper_id}")
            said = t("This paper is not in the reading room: nobody has asked for it yet.")
            raise Instead(self._site.message(asked, 404, said, further))
        if kind:
            return citations(self._site, asked, [about.known.paper], kind)
        return await self._whole(asked, about)

    async def _whole(self, asked: Asked, about: About) -> Page:
        t, paper, written = asked.t, about.known.paper, about.entry.written
        notices = []
        if about.known.newest and paper.id.version and about.known.newest > paper.id.version:
            notices.append(
                plain(
                    t.rich(
                        "This is version {version}; {newest} is the newest.",
                        version=str(paper.id.version),
                        newest=f"v{about.known.newest}",
                    )
                )
            )
        return await self._site.page(
            asked,
            "one.html",
            title=(written and written.content.title) or paper.title,
            description=written.content.gist if written else paper.abstract[:300],
            tongues=about.languages,
            entry=about.entry,
            notices=notices,
            figures=about.figures,
            made=lambda entry: how(entry, t),
            topics=[
                (f"topics/{topic.id}/{about.day}", topic.name(asked.language.tag))
                for topic in about.topics
                if self._site.has(about.day)
            ],
            bib=f"papers/{paper.id}.bib",
            ris=f"papers/{paper.id}.ris",
        )

    async def _figure(self, asked: Asked, name: str, place: int) -> Page:
        try:
            found = await self._reading.figure(PaperId.parse(name), place)
        except NotAPaperId:
            found = None
        if found is None:
            raise self._site.absent(asked)
        data, kind = found
        tag = hashlib.sha256(data).hexdigest()[:20]
        raise Instead(Page(f"image/{kind}", data, seconds=86_400, packed=False, tag=tag))
