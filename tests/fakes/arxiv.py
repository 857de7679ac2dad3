"""A stand-in for the arXiv: query API, announcement feeds, OAI-PMH and PDFs on one address."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Literal

from aiohttp import web

from tests.fakes import arxiv_feeds, arxiv_layouts, arxiv_oai, arxiv_search
from tests.fakes.arxiv_layouts import Layout, Page
from tests.fakes.arxiv_papers import pdf_of
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.corpus import Corpus, Edition, made_paper, real_corpus
from tests.fakes.recording import Fault, Handler, RecordingServer, Seen

__all__ = ["ArxivFake", "Corpus", "FaultName", "made_paper", "real_corpus", "small_corpus"]

FaultName = Literal[
    "429", "429_retry_after", "503", "406", "403", "404", "500",
    "rate_exceeded_200", "empty_page", "empty_page_counted", "no_items",
    "empty_body", "html_200", "expired_token", "malformed", "truncated", "hang", "slow", "reset", "redirect",
]  # fmt: skip

_NEW_ID = re.compile(r"(?P<number>\d\d(?P<month>\d\d)\.\d{4,5})(?:v(?P<version>\d+))?")
_OLD_ID = re.compile(r"(?P<number>[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(?P<version>\d+))?")
_MOST_A_PAGE = 2000
_MAINTENANCE = "<!DOCTYPE html><html><head><title>arXiv</title></head><body><p>Back soon.<br></body></html>"
_MOST_IN_ALL = 30_000


class BadRequest(Exception):
    """A question that the query API refuses; `anchor` names the error in its address."""

    def __init__(self, message: str, anchor: str = "") -> None:
        super().__init__(message)
        self.anchor = anchor or message.replace(" ", "_").replace("`", "")


class ArxivFake(RecordingServer):
    """The arXiv of one `day`: what was announced later is not there yet.

    By default that is the newest day in its corpus, and everything is there.
    `day` "clock" follows the day in New York. `day_of` gives single categories another day in the feeds, as
    when a stale batch is served. `shown_day` is the date that the feeds carry, where it should not be `day`;
    `channel_day` goes before it for the channel and leaves the items behind.
    `holidays` are days without announcement. With `enforce_pace`, requests closer than `pace` seconds, or two
    at once, get a 429. `oai_page` is the number of records in a page. `pdfs` holds, by the paper's number, the
    PDFs that are served in place of the made ones.
    """

    def __init__(
        self,
        corpus: Corpus | None = None,
        *,
        layout: Layout = "2026",
        day: date | Literal["clock"] | None = None,
        enforce_pace: bool = False,
    ) -> None:
        super().__init__()
        self._corpus = corpus
        self._day = day
        self.layout = layout
        self.enforce_pace = enforce_pace
        self.pace = 3.0
        self.day_of: dict[str, date] = {}
        self.shown_day: date | None = None
        self.channel_day: date | None = None
        self.holidays: set[date] = set()
        self.built: datetime | None = None
        self.oai_page = 1000
        self.pdfs: dict[str, bytes] = {}

    @property
    def corpus(self) -> Corpus:
        """The real papers where they are at hand, and the small ones otherwise; read when first asked for."""
        if self._corpus is None:
            self._corpus = real_corpus() or small_corpus()
        return self._corpus

    @property
    def day(self) -> date:
        """The day of the last announcement."""
        if self._day == "clock":
            return datetime.now(arxiv_feeds.NEW_YORK).date()
        return self._day or self.corpus.newest_day or date(2025, 6, 10)

    @day.setter
    def day(self, day: date | Literal["clock"] | None) -> None:
        self._day = day

    @property
    def _horizon(self) -> date | None:
        """The day after which nothing is known, None where no day was chosen."""
        return None if self._day is None else self.day

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/query"

    @property
    def rss_url(self) -> str:
        return self.url

    @property
    def oai_url(self) -> str:
        return f"{self.url}/oai"

    @property
    def pdf_url(self) -> str:
        return f"{self.url}/pdf"

    def settings(self) -> dict[str, str]:
        """Return the settings that point the bot here."""
        return {
            "ARXIV_API_URL": self.api_url,
            "ARXIV_RSS_URL": self.rss_url,
            "ARXIV_PDF_URL": self.pdf_url,
            "ARXIV_OAI_URL": self.oai_url,
        }

    def fail(self, name: FaultName, *, times: int | None = 1, path: str = "", **options: Any) -> None:
        """Fail the next `times` requests, or all until `recover`; only those whose path begins with `path`.

        `expired_token` fails only what carries a resumption token.
        """
        self._fail(name, times, path, options)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (
            web.get("/api/query", self.recorded(self._query)),
            web.post("/api/query", self.recorded(self._query)),
            web.get("/rss/{names}", self.recorded(self._feed)),
            web.get("/atom/{names}", self.recorded(self._feed)),
            web.get("/oai", self.recorded(self._oai)),
            web.get("/pdf/{number:.+}", self.recorded(self._pdf)),
        )

    async def admit(self, request: web.Request, seen: Seen) -> web.StreamResponse | None:
        if "accept" not in seen.headers:
            return web.Response(status=406, text="Not Acceptable")
        if self.enforce_pace:
            before = self.requests[: self.requests.index(seen)]
            ended = max((other.ended or seen.time for other in before), default=seen.time - self.pace)
            if seen.concurrent > 1 or seen.time - ended < self.pace:
                return _too_many()
        return None

    async def misbehave(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        match fault.name:
            case "429":
                return _too_many()
            case "429_retry_after":
                return _too_many(str(fault.options.get("retry_after", 30)))
            case "rate_exceeded_200":
                return web.Response(text="Rate exceeded.", content_type="text/plain")
            case "empty_body":
                return web.Response(text="", content_type="application/rss+xml")
            case "expired_token" if "resumptionToken" not in request.query:
                if fault.times is not None:
                    self._fail(fault.name, 1, fault.path, fault.options)  # it still waits for one
                return await handler(request)
            case "expired_token":
                body = arxiv_oai.error("badResumptionToken", self.oai_url)
                return web.Response(body=body, headers={"Content-Type": "application/xml"})
            case "html_200":
                return web.Response(text=_MAINTENANCE, content_type="text/html")
            case "empty_page":
                return self._spurious(request, 0)
            case "empty_page_counted":
                return self._spurious(request, int(fault.options.get("total", 412)))
            case "no_items":
                return self._write_feed(request, [])
            case _:
                return web.Response(status=int(fault.name), text="")

    # The query API

    async def _query(self, request: web.Request) -> web.StreamResponse:
        asked = dict(request.query) | ({k: str(v) for k, v in (await request.post()).items()})
        try:
            body = arxiv_layouts.results(self._page(asked), self.layout)
        except BadRequest as error:
            question = "&".join(f"{name}={value}" for name, value in asked.items())
            body = arxiv_layouts.error(str(error), error.anchor, self.layout, question)
            return _atom(body, status=400)
        return _atom(body)

    def _page(self, asked: Mapping[str, str]) -> Page:
        start, size = _number(asked, "start", 0), _number(asked, "max_results", 10)
        if start + size > _MOST_IN_ALL:
            raise BadRequest(f"`start` + `max_results` must be <= {_MOST_IN_ALL}")
        sort_by, sort_order = asked.get("sortBy", "relevance"), asked.get("sortOrder", "descending")
        if sort_by not in ("relevance", "lastUpdatedDate", "submittedDate"):
            raise BadRequest("sortBy must be in: relevance, lastUpdatedDate, submittedDate")
        if sort_order not in ("ascending", "descending"):
            raise BadRequest("sortOrder must be in: ascending, descending")
        query, id_list = asked.get("search_query", ""), asked.get("id_list", "")
        found = self._found(query, id_list, sort_by if "sortBy" in asked or query else "", sort_order)
        page = found[start : start + min(size, _MOST_A_PAGE)]
        return Page(query, id_list, start, size, len(found), page)

    def _found(self, query: str, id_list: str, sort_by: str, sort_order: str) -> list[Edition]:
        editions = self._by_id(id_list) if id_list.strip(", ") else []
        if not query.strip():
            # Look-ups by id have no relevance, so they keep the order in which they were asked for.
            if sort_by in ("", "relevance"):
                return editions
            return arxiv_search.ordered([(1.0, edition) for edition in editions], sort_by, sort_order)
        try:
            test = arxiv_search.parse(query)
        except arxiv_search.BadQuery:
            raise BadRequest(f"incorrect search query {query}") from None
        if not id_list.strip(", "):
            horizon = self._horizon
            editions = [edition for paper in self.corpus if (edition := paper.at(horizon))]
        fits = [(score, edition) for edition in editions if (score := test(edition))]
        return arxiv_search.ordered(fits, sort_by, sort_order)

    def _by_id(self, id_list: str) -> list[Edition]:
        found = {}
        for given in filter(None, (part.strip() for part in id_list.split(","))):
            shape = _NEW_ID.fullmatch(given) or _OLD_ID.fullmatch(given)
            if not shape or int(shape.groupdict().get("month") or 0) > 12:
                raise BadRequest(f"incorrect id format for {given}", f"incorrect_id_format_for_{given}")
            if edition := self._edition(shape["number"], shape["version"]):
                found[edition.id] = edition
        return list(found.values())

    def _edition(self, number: str, version: str | None) -> Edition | None:
        archive, slash, digits = number.partition("/")
        paper = self.corpus.paper(archive.partition(".")[0] + slash + digits if slash else number)
        return paper.at(self._horizon, int(version) if version else None) if paper else None

    def _spurious(self, request: web.Request, total: int) -> web.StreamResponse:
        asked = request.query
        start, size = _number(asked, "start", 0), _number(asked, "max_results", 10)
        page = Page(asked.get("search_query", ""), asked.get("id_list", ""), start, size, total, ())
        return _atom(arxiv_layouts.results(page, self.layout))

    # The other services

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        try:
            names = self._names(request)
        except arxiv_feeds.BadCategory as error:
            return web.Response(status=400, text=str(error))
        found: dict[str, arxiv_feeds.Item] = {}
        for day in {self.day_of.get(name, self.day) for name in names} - self.holidays:
            there = [name for name in names if self.day_of.get(name, self.day) == day]
            shown = self._shown(day)
            for item in arxiv_feeds.items(self.corpus, there, day, shown):
                found.setdefault(item.edition.paper.id, item)
        return self._write_feed(request, list(found.values()))

    def _names(self, request: web.Request) -> list[str]:
        return [arxiv_feeds.category(name) for name in re.split(r"[+ ]", request.match_info["names"])]

    def _shown(self, day: date) -> date:
        return self.shown_day or day if day == self.day else day

    def _write_feed(self, request: web.Request, items: list[arxiv_feeds.Item]) -> web.StreamResponse:
        names = self._names(request)
        day = self.channel_day or self._shown(max(self.day_of.get(name, self.day) for name in names))
        # A stale batch comes under a fresh date of building, which is what made it so hard to see.
        built = self.built or datetime.combine(self._shown(self.day), time(0, 0, 19), arxiv_feeds.NEW_YORK)
        feed = arxiv_feeds.Feed(tuple(names), day, built, items)
        is_rss = request.path.startswith("/rss/")
        body = arxiv_feeds.rss(feed) if is_rss else arxiv_feeds.atom(feed)
        tag = f'"{hashlib.sha1(body).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        kind = "application/rss+xml" if is_rss else "application/atom+xml"
        return web.Response(body=body, headers={"ETag": tag, "Content-Type": f"{kind}; charset=utf-8"})

    async def _oai(self, request: web.Request) -> web.StreamResponse:
        body = arxiv_oai.answer(request.query, self.corpus, self._horizon, self.oai_page, self.oai_url)
        return web.Response(body=body, headers={"Content-Type": "application/xml"})

    async def _pdf(self, request: web.Request) -> web.StreamResponse:
        given = request.match_info["number"].removesuffix(".pdf")
        shape = _NEW_ID.fullmatch(given) or _OLD_ID.fullmatch(given)
        edition = self._edition(shape["number"], shape["version"]) if shape else None
        if edition is None or edition.version.source_type == "I":
            return web.Response(status=404, text="<h1>Not found</h1>", content_type="text/html")
        body = self.pdfs.get(edition.paper.id) or pdf_of(edition)
        return web.Response(body=body, content_type="application/pdf")


def _number(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, "")
    if not text:
        return otherwise
    if not re.fullmatch(r"-?\d+", text):
        raise BadRequest(f"{name} must be an integer")
    if int(text) < 0:
        raise BadRequest(f"{name} must be non-negative")
    return int(text)


def _atom(body: bytes, status: int = 200) -> web.Response:
    headers = {"Content-Type": "application/atom+xml; charset=utf-8"}
    return web.Response(status=status, body=body, headers=headers)


def _too_many(retry_after: str | None = None) -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return web.Response(status=429, text="Rate exceeded.", headers=headers)
