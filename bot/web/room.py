"""The reading room: every page by its path, for the server and for the export alike."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as clock_time
from importlib import resources
from typing import Any

from bot.chat.text import Link, plain
from bot.chat.wording import Translator, explain, translator
from bot.editions import reply, roundup_reply
from bot.editions.edition import Entry
from bot.editions.period import LONGEST, Period
from bot.editions.roundups import Asked
from bot.errors import BadQuery, NotAPaperId, PaperwireError, UnknownTopic
from bot.language import TAGS, Language
from bot.papers.bibtex import bibtex
from bot.papers.elsewhere import doi_of, elsewhere
from bot.papers.ids import PaperId
from bot.papers.licence import Licence
from bot.papers.paper import Paper
from bot.papers.ris import ris
from bot.papers.threads import in_thread
from bot.topics.catalogue import Topic
from bot.topics.query import Query
from bot.topics.wanted import Wanted
from bot.web.kept import Kept
from bot.web.links import Links
from bot.web.pages import is_rtl, rendered
from bot.web.pictures import chart, spark
from bot.web.reading import Reading
from bot.writing.marks import MARK
from bot.writing.notes import NOTES
from bot.writing.writer import EXTRACTIVE

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
LONGEST_QUERY = 300  # characters
_LONGEST_PATH = 200
_BUDGET = 12_000_000  # bytes of pages at hand, compressed
_FRESH = 60.0  # seconds for which a page is taken to be as it was
_FED = 10  # days in a feed
_IN_A_DAY = 10  # papers of each
_LISTED = 30  # days of a topic
_SEARCHES = 3  # that may wait while one is under way
_AT_ONCE = 4  # pages made
_FIGURE = re.compile(r"(?P<paper>.+)/(?P<place>[0-9]{1,2})\.(?:png|jpeg)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

HTML, ATOM = "text/html; charset=utf-8", "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """What a path holds, compressed unless it is a picture. `seconds` is how long it may be kept elsewhere."""

    kind: str
    body: bytes
    status: int = 200
    location: str = ""
    seconds: int = 60
    packed: bool = True
    tag: str = field(default="", compare=False)

    @classmethod
    def of(cls, kind: str, text: str, **rest: Any) -> Page:
        """Pack a text."""
        raw = text.encode("utf-8", "replace")
        tag = hashlib.sha256(raw).hexdigest()[:20]
        return cls(kind, gzip.compress(raw, 5, mtime=0), tag=tag, **rest)

    @property
    def size(self) -> int:
        return len(self.body) + 500

    @property
    def raw(self) -> bytes:
        return gzip.decompress(self.body) if self.packed else self.body


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported: the days, and in which languages."""

    days: Sequence[date]
    tongues: Sequence[Language]


class _Instead(Exception):
    """Something else than the page that was asked for; it is not kept."""

    def __init__(self, page: Page) -> None:
        self.page = page


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, understood: what for, and in which language. `where` is the path without its language."""

    where: str
    language: Language
    links: Links
    t: Translator


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
        self._default = default
        self._public = public
        self._files = exported is not None
        self._exported = exported or Exported((), ())
        self._kept: Kept[Page] = Kept(_BUDGET, _FRESH, clock)
        self._making = asyncio.Semaphore(_AT_ONCE)
        self._searches = 0

    async def page(self, path: str, words: str | None = None, tongue: str | None = None) -> Page:
        """Return what stands at `path`: no slash before it. `words` are a search's, `tongue` asks for a language.

        What is not there is a page that says so. Raises `StoreUnavailable`.
        """
        asked = self._asked(path)
        if len(path) > _LONGEST_PATH:
            return self._absent(asked).page
        try:
            if tongue is not None:
                return self._switched(asked, tongue)
            if path.endswith("/"):
                raise _Instead(self._moved(asked.links, path.rstrip("/")))
            return await self._kept.get((path, words), lambda: self._make(asked, words))
        except _Instead as instead:
            return instead.page

    async def paths(self) -> list[str]:
        """Return the paths of all pages that are exported, beginning with the front."""
        days, tongues = self._exported.days, self._exported.tongues
        topics, papers = ["", "topics", "trends"], dict[str, None]()
        plain_files = ["room.css", "icon.svg"]
        for topic in self._reading.catalogue:
            topics += [f"topics/{topic.id}", f"topics/{topic.id}/feed.atom"]
            for day in days:
                some = await self._reading.papers_of(topic, day)
                if not some:
                    continue
                topics.append(f"topics/{topic.id}/{day}")
                plain_files += [f"topics/{topic.id}/{day}.bib", f"topics/{topic.id}/{day}.ris"]
                papers |= dict.fromkeys(f"papers/{paper.id}" for paper in some)
        plain_files += [f"{paper}{kind}" for paper in papers for kind in (".bib", ".ris")]
        prefixes = [self._prefix(tongue) for tongue in tongues]
        pages = ["/".join(filter(None, (prefix, path))) for prefix in prefixes for path in (*topics, *papers)]
        return [*pages, *plain_files]

    # What is asked for

    def _asked(self, path: str) -> _Asked:
        first, _, rest = path.strip("/").partition("/")
        language, where = (Language(first), rest) if first in TAGS else (self._default, path.strip("/"))
        prefix = first if first in TAGS else ""
        links = Links(path, prefix, files=self._files, public=self._public)
        return _Asked(where, language, links, translator(language.tag))

    async def _make(self, asked: _Asked, words: str | None) -> Page:
        if asked.links.language == self._default.tag:
            raise _Instead(self._moved(asked.links, asked.where))
        async with self._making:
            try:
                return await self._route(asked, words)
            except ValueError:
                raise self._absent(asked) from None

    async def _route(self, asked: _Asked, words: str | None) -> Page:
        match asked.where.split("/"):
            case [""]:
                return await self._front(asked)
            case ["room.css"] if not asked.links.language:
                return Page.of("text/css; charset=utf-8", _own(asked.where), seconds=3600)
            case ["icon.svg"] if not asked.links.language:
                return Page.of("image/svg+xml", _own(asked.where), seconds=86_400)
            case ["robots.txt"] if not asked.links.language:
                return Page.of(
                    "text/plain; charset=utf-8", "User-agent: *\nDisallow: /*search\n", seconds=3600
                )
            case ["topics" | "trends"]:
                return await self._topics(asked)
            case ["topics", name]:
                return await self._topic(asked, self._found(asked, name))
            case ["topics", name, "feed.atom"]:
                return await self._feed(asked, self._found(asked, name, "/feed.atom"))
            case ["topics", name, "latest"]:
                latest = await self._reading.recent(1)
                topic = self._found(asked, name, "/latest")
                where = f"topics/{topic.id}/{latest[0]}" if latest else f"topics/{topic.id}"
                raise _Instead(self._moved(asked.links, asked.links.language, where, status=307))
            case ["topics", name, file] if file.endswith((".bib", ".ris")) and not asked.links.language:
                return await self._cited(asked, self._found(asked, name, f"/{file}"), file)
            case ["topics", name, day]:
                return await self._day(asked, self._found(asked, name, f"/{day}"), _date(day))
            case ["papers", *rest] if rest:
                return await self._paper(asked, "/".join(rest))
            case ["roundups", name, period]:
                return await self._roundup(asked, self._found(asked, name, f"/{period}"), period)
            case ["search"] if not self._files:
                return await self._search(asked, words or "")
        raise ValueError(asked.where)

    def _found(self, asked: _Asked, name: str, rest: str = "") -> Topic:
        """Return the topic of that id; another of its names leads there."""
        try:
            topic = self._reading.catalogue.find(name)
        except UnknownTopic as unknown:
            t = asked.t
            said = plain(explain(unknown, t)).replace("`", "").replace("/topics", t("Topics"))
            further = (asked.links.to("topics"), t("Topics"))
            raise _Instead(self._message(asked, 404, said, further)) from None
        if topic.id != name:
            raise _Instead(self._moved(asked.links, asked.links.language, f"topics/{topic.id}{rest}"))
        return topic

    # Pages

    async def _front(self, asked: _Asked) -> Page:
        front, t, language = await self._reading.front(asked.language), asked.t, asked.language
        heading = reply.day_text(front.day, language) if front.day else "Paperwire"
        every = [entry for _, _, entries in front.sections for entry in entries]
        return await self._page(
            asked,
            "front.html",
            title=f"Paperwire · {heading}" if front.day else "Paperwire",
            description=t("New papers of the arXiv by topic, with summaries and takeaways."),
            heading=heading,
            day=front.day,
            counts=" · ".join(
                (
                    t("{count} announced", count=front.announced),
                    t("{count} topics", count=len(front.sections)),
                )
            ),
            provenance=reply.provenance(every, t),
            sections=[
                {
                    "id": topic.id,
                    "name": topic.name(language.tag),
                    "path": f"topics/{topic.id}/{front.day}",
                    "count": count,
                    "entries": entries,
                }
                for topic, count, entries in front.sections
            ],
            empty=[topic.name(language.tag) for topic in front.empty] if front.day else [],
        )

    async def _topics(self, asked: _Asked) -> Page:
        t, language = asked.t, asked.language
        volumes = await self._reading.volumes()
        rows = []
        for topic in self._reading.catalogue:
            counts = volumes.topics[topic.id]
            name = topic.name(language.tag)
            said = t("{topic}: {count} papers on the last of {days} days, {most} at most.", topic=name, count=counts[-1], days=len(counts), most=max(counts)) if counts else ""  # fmt: skip
            rows.append(
                {
                    "id": topic.id,
                    "name": name,
                    "path": f"topics/{topic.id}",
                    "count": counts[-1] if counts else "",
                    "picture": spark(counts, said) if counts else "",
                }
            )
        trends = asked.where == "trends"
        lead = t("How many papers each topic had on the last days that were read.")
        if trends and volumes.days:
            rows.sort(key=lambda row: -_change(volumes.topics[str(row["id"])]))
            lead = t("How many papers each topic had; what grew most of late comes first.")
        if volumes.days:
            lead += f" {reply.days_text(volumes.days[0], volumes.days[-1], language)}"
        heading = t("Trends") if trends else t("Topics")
        return await self._page(
            asked, "topics.html", title=heading, description=lead, heading=heading, lead=lead, rows=rows
        )

    async def _topic(self, asked: _Asked, topic: Topic) -> Page:
        t, language, name = asked.t, asked.language, topic.name(asked.language.tag)
        volumes = await self._reading.volumes()
        counts = volumes.topics[topic.id]
        said = t("{topic}: {count} papers on the last of {days} days, {most} at most.", topic=name, count=counts[-1], days=len(counts), most=max(counts)) if counts else ""  # fmt: skip
        days = list(zip(volumes.days, counts, volumes.announced, strict=True))[-_LISTED:]
        return await self._page(
            asked,
            "topic.html",
            title=name,
            description=topic.description if language.is_english else name,
            heading=name,
            about=topic.description if language.is_english else ", ".join(topic.categories),
            feed=(name, f"topics/{topic.id}/feed.atom"),
            picture=chart(volumes.days, counts, said) if counts else None,
            rows=[
                (
                    f"topics/{topic.id}/{day}" if count and self._has(day) else "",
                    reply.day_text(day, language),
                    count,
                    announced,
                )
                for day, count, announced in reversed(days)
            ],
        )

    async def _day(self, asked: _Asked, topic: Topic, day: date) -> Page:
        told, t, language = await self._reading.edition(topic, day, asked.language), asked.t, asked.language
        edition, name = told.edition, topic.name(asked.language.tag)
        counts = " · ".join(
            (
                reply.day_text(day, language),
                t("{count} announced", count=edition.announced),
                t("{count} matched", count=edition.matched),
            )
        )

        def other(found: date | None) -> tuple[str, str] | None:
            return (
                (f"topics/{topic.id}/{found}", reply.day_text(found, language))
                if found and self._has(found)
                else None
            )

        titles = [(e.written and e.written.content.title) or e.paper.title for e in edition.entries[:3]]
        page = await self._page(
            asked,
            "day.html",
            title=f"{name} · {reply.day_text(day, language)}",
            description=" · ".join((counts, *titles)),
            tongues=told.languages,
            name=name,
            counts=counts,
            provenance=reply.provenance(edition.entries, t),
            remarks=list(reply.remarks(edition, t)),
            entries=edition.entries,
            before=other(told.before),
            after=other(told.after),
            neighbours=[
                (f"topics/{near.id}/{day}", near.name(language.tag), count) for near, count in told.neighbours
            ],
            topic_path=f"topics/{topic.id}",
            feed=(name, f"topics/{topic.id}/feed.atom"),
            bib=f"topics/{topic.id}/{day}.bib",
            ris=f"topics/{topic.id}/{day}.ris",
            figures=told.figures,
            why=lambda entry: reply.reason_text(entry.reason, t),
            quiet=not edition.announced,
            status=200 if edition.announced else 404,
        )
        if page.status != 200:
            raise _Instead(page)
        return page

    async def _cited(self, asked: _Asked, topic: Topic, file: str) -> Page:
        papers = await self._reading.papers_of(topic, _date(file[:-4]))
        return self._citations(asked, papers, file[-4:])

    async def _paper(self, asked: _Asked, rest: str) -> Page:
        if picture := _FIGURE.fullmatch(rest):
            return await self._figure(asked, picture["paper"], int(picture["place"]))
        name, kind = (rest[:-4], rest[-4:]) if rest.endswith((".bib", ".ris")) else (rest, "")
        t = asked.t
        try:
            paper_id = PaperId.parse(name)
        except NotAPaperId as error:
            said = plain(explain(error, t)).replace("`", "")
            raise _Instead(self._message(asked, 404, said)) from None
        if str(paper_id) != name:
            where = f"papers/{paper_id}{kind}"
            raise _Instead(self._moved(asked.links, asked.links.language, where))
        about = await self._reading.paper(paper_id, asked.language)
        if about is None:
            further = (paper_id.abs_url, f"arXiv:{paper_id}")
            said = t("This paper is not in the reading room: nobody has asked for it yet.")
            raise _Instead(self._message(asked, 404, said, further))
        paper = about.known.paper
        if kind:
            return self._citations(asked, [paper], kind)
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
        written = about.entry.written
        return await self._page(
            asked,
            "one.html",
            title=(written and written.content.title) or paper.title,
            description=written.content.gist if written else paper.abstract[:300],
            tongues=about.languages,
            entry=about.entry,
            notices=notices,
            figures=about.figures,
            topics=[
                (f"topics/{topic.id}/{about.day}", topic.name(asked.language.tag))
                for topic in about.topics
                if self._has(about.day)
            ],
            bib=f"papers/{paper.id}.bib",
            ris=f"papers/{paper.id}.ris",
        )

    async def _figure(self, asked: _Asked, name: str, place: int) -> Page:
        try:
            found = await self._reading.figure(PaperId.parse(name), place)
        except NotAPaperId:
            found = None
        if found is None:
            raise self._absent(asked)
        data, kind = found
        tag = hashlib.sha256(data).hexdigest()[:20]
        raise _Instead(Page(f"image/{kind}", data, seconds=86_400, packed=False, tag=tag))

    async def _roundup(self, asked: _Asked, topic: Topic, period: str) -> Page:
        first, _, last = period.partition("--")
        days = Period(_date(first), _date(last))
        if not 0 <= (days.last - days.first).days < LONGEST:
            raise self._absent(asked)
        made = await self._reading.roundup(Asked(Wanted(topic), days, asked.language))
        t = asked.t
        if made is None:
            said = t(
                "This roundup has not been made; in a chat, /roundup {topic} asks for one.", topic=topic.id
            )
            raise _Instead(self._message(asked, 404, said))
        roundup = made.roundup
        name = topic.name(asked.language.tag)
        span = roundup_reply.period_text(roundup, asked.language)
        return await self._page(
            asked,
            "retold.html",
            title=f"{name} · {span}",
            description=roundup_reply.headline(made, t),
            heading=f"{name} · {span}",
            headline=roundup_reply.headline(made, t),
            provenance=roundup_reply.provenance(made, t) if roundup.items else "",
            remarks=[plain(said) for said in roundup_reply.remarks(made, t)],
            themes=[
                {
                    "title": roundup_reply.theme_title(made, theme, t),
                    "paragraphs": [
                        [
                            (span.text, span.text.strip("[]") if isinstance(span, Link) else "")
                            for span in said
                        ]
                        for said in roundup_reply.paragraphs(roundup, theme, t)
                    ],
                    "papers": [(number, roundup.items[number - 1]) for number in theme.papers],
                    "bare": not theme.paragraphs,
                }
                for theme in roundup.themes
            ],
        )

    async def _search(self, asked: _Asked, words: str) -> Page:
        t, links = asked.t, asked.links
        words = " ".join(words.split())
        if not words:
            said = t("Words, phrases in quotes, and queries such as ti:agents AND cat:cs.CL are looked for in the papers of the last days.")  # fmt: skip
            raise _Instead(await self._page(asked, "search.html", title=t("Search"), description=said, heading=t("Search"), told=[said], found=[], quiet=True))  # fmt: skip
        if len(words) > LONGEST_QUERY:
            said = t("That is {length} characters, and at most {limit} are read; please shorten it.", length=len(words), limit=LONGEST_QUERY)  # fmt: skip
            raise _Instead(self._message(asked, 400, said, words=words[:LONGEST_QUERY]))
        try:
            raise _Instead(self._moved(links, links.language, f"papers/{PaperId.parse(words)}", status=307))
        except NotAPaperId:
            pass
        if self._searches > _SEARCHES:
            said = t("Too many searches are under way; please try again in a minute.")
            raise _Instead(self._message(asked, 503, said, words=words))
        self._searches += 1
        try:
            found = await self._reading.search(Query.parse(words), asked.language)
        except BadQuery as error:
            raise _Instead(
                self._message(asked, 400, plain(explain(error, t)).replace("`", ""), words=words)
            ) from None
        finally:
            self._searches -= 1
        told = [t("No papers found.")] if not found.entries else []
        if found.days:
            looked = reply.days_text(found.days[-1], found.days[0], asked.language)
            told.append(t("Looked through: {days}.", days=looked))
        if found.more:
            told.append(
                t("The first {count} are shown; further words narrow it down.", count=len(found.entries))
            )
        return await self._page(
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

    async def _feed(self, asked: _Asked, topic: Topic) -> Page:
        t, language, links = asked.t, asked.language, asked.links
        days = list((await self._reading.volumes()).days)[-_FED:]
        items = []
        for day in reversed(days):
            told = await self._reading.edition(topic, day, language)
            if not told.edition.entries:
                continue
            shown = told.edition.entries[:_IN_A_DAY]
            moments = [entry.written.written_at for entry in shown if entry.written]
            path = f"topics/{topic.id}/{day}"
            items.append(
                {
                    "id": self._name(links, path),
                    "title": f"{topic.name(language.tag)} · {reply.day_text(day, language)}",
                    "updated": _moment(max(moments, default=datetime.combine(day, clock_time(5), UTC))),
                    "href": links.absolute(path) or links.to(path),
                    "summary": t("{count} matched", count=told.edition.matched),
                    "content": await in_thread(
                        lambda entries=shown: rendered(  # type: ignore[misc]
                            "item.html", entries=entries, provenance=reply.provenance(entries, t)
                        )
                    ),
                }
            )
        path = f"topics/{topic.id}/feed.atom"
        text = rendered(
            "feed.atom",
            language=language,
            t=t,
            id=self._name(links, path),
            title=topic.name(language.tag),
            updated=items[0]["updated"] if items else "1991-08-14T00:00:00Z",
            own=links.absolute(path) or links.to(path),
            page=links.absolute(f"topics/{topic.id}") or links.to(f"topics/{topic.id}"),
            items=items,
        )
        return Page.of(ATOM, text, seconds=600)

    # What pages have in common

    def _citations(self, asked: _Asked, papers: Sequence[Paper], kind: str) -> Page:
        if not papers:
            raise self._absent(asked)
        if kind == ".bib":
            entries = [bibtex(paper, paper.id) for paper in papers]
            return Page.of("application/x-bibtex; charset=utf-8", "\n\n".join((*_unique(entries), "")))
        return Page.of("application/x-research-info-systems; charset=utf-8", "\r\n".join(map(ris, papers)))

    async def _page(
        self,
        asked: _Asked,
        template: str,
        /,
        *,
        tongues: Sequence[Language] = (),
        status: int = 200,
        **values: Any,
    ) -> Page:
        context = self._frame(asked, tongues) | values
        return await in_thread(lambda: Page.of(HTML, rendered(template, **context), status=status))

    def _frame(self, asked: _Asked, tongues: Sequence[Language] = ()) -> dict[str, Any]:
        """Return what every page needs."""
        offered = dict.fromkeys((self._default, Language("en"), Language("zh-Hans"), *tongues))
        others = [
            {
                "tag": other.tag,
                "href": asked.links.in_any("/".join(filter(None, (self._prefix(other), asked.where)))),
                "name": other.name(),
            }
            for other in offered
            if other != asked.language and (not self._files or other in self._exported.tongues)
        ]
        t = asked.t
        return {
            "language": asked.language,
            "direction": "rtl" if is_rtl(asked.language.tag) else "ltr",
            "locale": asked.language.tag.replace("-", "_"),
            "links": asked.links,
            "t": t,
            "others": others,
            "feed": None,
            "quiet": False,
            "policy": POLICY,
            "longest": LONGEST_QUERY,
            "elsewhere": elsewhere,
            "doi": doi_of,
            "licence": lambda paper: Licence.of(paper.licence),
            "extractive": EXTRACTIVE,
            "made": lambda entry: _made(entry, t),
            "anchor": lambda paper: f"p-{paper.number.replace('/', '-')}",
        }

    def _message(
        self, asked: _Asked, status: int, said: str, further: tuple[str, str] | None = None, words: str = ""
    ) -> Page:
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

    def failed(self, path: str, error: PaperwireError) -> Page:
        """Return the page that says that a service failed."""
        asked = self._asked(path[:_LONGEST_PATH])
        return self._message(asked, 503, plain(explain(error, asked.t)).replace("`", ""))

    def _absent(self, asked: _Asked) -> _Instead:
        t = asked.t
        return _Instead(self._message(asked, 404, t("There is no such page.")))

    def _moved(self, links: Links, *parts: str, status: int = 308) -> Page:
        where = links.in_any("/".join(filter(None, parts)))
        return Page.of("text/plain; charset=utf-8", where, status=status, location=where, seconds=0)

    def _switched(self, asked: _Asked, tongue: str) -> Page:
        """Lead to the same page in a language, as people name it."""
        try:
            language = Language.parse(tongue[:40])
        except PaperwireError as error:
            return self._message(asked, 400, plain(explain(error, asked.t)).replace("`", ""))
        return self._moved(asked.links, self._prefix(language), asked.where, status=307)

    def _has(self, day: date | None) -> bool:
        """Whether there are pages of the day: of every one, or of those that are exported."""
        return day is not None and (not self._files or day in self._exported.days)

    def _prefix(self, language: Language) -> str:
        return "" if language == self._default else language.tag

    def _name(self, links: Links, path: str) -> str:
        """Return the name that an entry of a feed keeps for good."""
        whole = "/".join(filter(None, (links.language, path)))
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'paperwire:{self._public}:{whole}')}"


def _made(entry: Entry, t: Translator) -> list[str]:
    """Say how a text came about, and what in it is doubtful."""
    written = entry.written
    if written is None:
        return []
    if written.writer == EXTRACTIVE:
        return [t("Extracted from the abstract, not written")]
    said = [f"{t('From the abstract')} · {written.writer} · {written.written_at.date().isoformat()}"]
    if written.flaws:
        said.append(t("{mark} marks what was not found in what was read.", mark=MARK))
    return [*said, *(t(NOTES[note]) for note in written.notes if note in NOTES)]


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


def _date(text: str) -> date:
    """Read a day. Raises `ValueError`."""
    day = date.fromisoformat(text) if _DAY.fullmatch(text) else date.min
    if not 1991 < day.year < 2100:
        raise ValueError(text)
    return day


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _change(counts: Sequence[int]) -> float:
    """Return by how much the last five days exceed those before, in parts of what was usual."""
    late, early = counts[-5:], counts[:-5] or counts[:1]
    usual = sum(early) / len(early)
    return (sum(late) / len(late) - usual) / (usual + 3)


def _own(name: str) -> str:
    return resources.files("bot.web").joinpath("static", name).read_text("utf-8")
