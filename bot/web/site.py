"""What all pages of the reading room have in common: their language, their frame, and what stands in for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.chat.text import plain
from bot.chat.wording import Translator, catalogues, explain, translator
from bot.errors import PaperwireError, UnknownTopic
from bot.language import ENGLISH, TAGS, Language
from bot.papers.elsewhere import doi_of, elsewhere
from bot.papers.licence import Licence
from bot.papers.threads import in_thread
from bot.topics.catalogue import Catalogue, Topic
from bot.web.links import Links
from bot.web.page import HTML, PLAIN, Instead, Page
from bot.web.pages import is_rtl, rendered
from bot.writing.writer import EXTRACTIVE

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
LONGEST_QUERY = 300  # characters
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported: the days, and in which languages."""

    days: Sequence[date]
    tongues: Sequence[Language]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, understood: what for, and in which language. `where` is the path without its language."""

    where: str
    language: Language
    links: Links
    t: Translator


@dataclass(frozen=True, slots=True)
class Site:
    """The room's own language and its address from outside, "" where it has none; `exported` if pages are files."""

    default: Language
    public: str = ""
    exported: Exported | None = None

    @property
    def files(self) -> bool:
        return self.exported is not None

    def asked(self, path: str) -> Asked:
        """Read a path: no slash before it."""
        first, _, rest = path.strip("/").partition("/")
        language, where = (Language(first), rest) if first in TAGS else (self.default, path.strip("/"))
        prefix = first if first in TAGS else ""
        links = Links(path, prefix, files=self.files, public=self.public)
        return Asked(where, language, links, translator(language.tag))

    def prefix(self, language: Language) -> str:
        """Return what paths in a language begin with."""
        return "" if language == self.default else language.tag

    def has(self, day: date | None) -> bool:
        """Whether there are pages of the day: of every one, or of those that are exported."""
        return day is not None and (self.exported is None or day in self.exported.days)

    def speaks(self, language: Language) -> bool:
        """Whether there are pages in the language: in every one, or in those that are exported."""
        return self.exported is None or language in self.exported.tongues

    def found(
        self, catalogue: Catalogue, asked: Asked, name: str, rest: str = "", under: str = "topics"
    ) -> Topic:
        """Return the topic of that id; another of its names leads there."""
        try:
            topic = catalogue.find(name)
        except UnknownTopic as unknown:
            t = asked.t
            said = plain(explain(unknown, t)).replace("`", "").replace("/topics", t("Topics"))
            further = (asked.links.to("topics"), t("Topics"))
            raise Instead(self.message(asked, 404, said, further)) from None
        if topic.id != name:
            raise Instead(self.moved(asked.links, asked.links.language, f"{under}/{topic.id}{rest}"))
        return topic

    async def page(
        self,
        asked: Asked,
        template: str,
        /,
        *,
        tongues: Sequence[Language] = (),
        status: int = 200,
        **values: Any,
    ) -> Page:
        """Return a template filled in; `tongues` are languages in which there is something to read there."""
        context = self._frame(asked, tongues) | values
        return await in_thread(lambda: Page.of(HTML, rendered(template, **context), status=status))

    def message(
        self, asked: Asked, status: int, said: str, further: tuple[str, str] | None = None, words: str = ""
    ) -> Page:
        """Return a page that says why there is no other."""
        t = asked.t
        heading = {404: t("Not here"), 400: t("Not understood")}.get(status, t("Not now"))
        context = self._frame(asked) | {
            "title": heading,
            "description": said,
            "heading": heading,
            "said": said,
            "further": further or (asked.links.to(""), t("Today")),
            "quiet": True,
            "asked": words,
        }
        return Page.of(HTML, rendered("message.html", **context), status=status, seconds=0)

    def mistaken(self, asked: Asked, status: int, error: PaperwireError, words: str = "") -> Page:
        """Return a page that explains an error."""
        return self.message(asked, status, plain(explain(error, asked.t)).replace("`", ""), words=words)

    def absent(self, asked: Asked) -> Instead:
        """Return what is raised where there is no page."""
        t = asked.t
        return Instead(self.message(asked, 404, t("There is no such page.")))

    def moved(self, links: Links, *parts: str, status: int = 308) -> Page:
        """Lead to the path made of `parts`."""
        where = links.in_any("/".join(filter(None, parts)))
        return Page.of(PLAIN, where, status=status, location=where, seconds=0)

    def switched(self, asked: Asked, tongue: str) -> Page:
        """Lead to the same page in a language, as people name it."""
        try:
            language = Language.parse(tongue[:40])
        except PaperwireError as error:
            return self.mistaken(asked, 400, error)
        return self.moved(asked.links, self.prefix(language), asked.where, status=307)

    def _frame(self, asked: Asked, tongues: Sequence[Language] = ()) -> dict[str, Any]:
        """Return what every page needs."""
        offered = dict.fromkeys((self.default, ENGLISH, *map(Language, catalogues()), *tongues))
        others = [
            {
                "tag": other.tag,
                "href": asked.links.in_any("/".join(filter(None, (self.prefix(other), asked.where)))),
                "name": other.name(),
            }
            for other in offered
            if other != asked.language and self.speaks(other)
        ]
        return {
            "language": asked.language,
            "direction": "rtl" if is_rtl(asked.language.tag) else "ltr",
            "locale": asked.language.tag.replace("-", "_"),
            "links": asked.links,
            "t": asked.t,
            "others": others,
            "feed": None,
            "quiet": False,
            "policy": POLICY,
            "longest": LONGEST_QUERY,
            "elsewhere": elsewhere,
            "doi": doi_of,
            "licence": lambda paper: Licence.of(paper.licence),
            "extractive": EXTRACTIVE,
            "anchor": lambda paper: f"p-{paper.number.replace('/', '-')}",
        }


def date_of(text: str) -> date:
    """Read a day as paths hold it. Raises `ValueError`."""
    day = date.fromisoformat(text) if _DAY.fullmatch(text) else date.min
    if not 1991 < day.year < 2100:
        raise ValueError(text)
    return day
