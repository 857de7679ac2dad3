"""OAI-PMH: the records of a category that changed in a range of days, and the record of one paper.

https://info.arxiv.org/help/oa/index.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

from bot.errors import ArxivUnavailable, NotAPaperId, PaperNotFound
from bot.papers.gate import Gate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.paper import Paper

log = logging.getLogger(__name__)

_T = TypeVar("_T")

_TRIES = 4  # for a page; the gate lengthens the pause after each throttling
_TRIES_FOR_A_PERSON = 2  # who waits for one record
_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_USUAL = frozenset({"noRecordsMatch", "badResumptionToken", "idDoesNotExist"})
_WITHDRAWN = "I"  # the flag of a version that has no source any more


@dataclass(frozen=True, slots=True)
class Record:
    """A paper in its newest version, with the licence of that version: an older one may have had another.

    `modified` is the date stamp, in UTC: it moves with every change to the record, not with versions alone.
    `submissions` says when each version was submitted, in UTC, the first one first.
    """

    paper: Paper
    modified: date
    submissions: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    records: list[Record]
    token: str


class _BadToken(Exception):
    """The list has changed under the hands of whoever reads it, or the token's day is over."""


class Harvester:
    """Harvest categories, behind people, and look up single records for them; through the gate."""

    def __init__(self, gate: Gate, url: str, *, limits: Limits | None = None) -> None:
        """`url` is the base URL of the service."""
        self._gate = gate
        self._url = url
        # A page holds a thousand records and more, which the arXiv gathers before it says the first word.
        self._limits = limits or Limits(silence=45, whole=120)

    async def records(
        self, category: str, first: date, last: date, *, patience: float = 600.0
    ) -> list[Record]:
        """Return the records whose date stamp is between `first` and `last`, both included.

        Raises `ArxivUnavailable`, `ArxivClosed`. `patience` is how many seconds each page may wait at the gate.
        """
        try:
            return await self._all_pages(category, first, last, patience)
        except _BadToken:
            log.warning("%s: the list is read from its start again", category)
        try:
            return await self._all_pages(category, first, last, patience)
        except _BadToken as error:
            raise ArxivUnavailable("malformed") from error

    async def record(self, paper_id: PaperId, *, patience: float = 60.0) -> Record:
        """Return the record of a paper, in its newest version whichever is asked for.

        Raises `PaperNotFound`, `ArxivUnavailable`, `ArxivClosed`. `patience` is how many seconds each of at most
        two requests may wait at the gate.
        """
        asked = {
            "verb": "GetRecord",
            "metadataPrefix": "arXivRaw",
            "identifier": f"oai:arXiv.org:{paper_id.number}",
        }

        def read(root: Any) -> Record:
            return _read_record(root, paper_id)

        ask = partial(self._ask, asked, patience, read, background=False)
        return await _again(ask, _TRIES_FOR_A_PERSON)

    async def _all_pages(self, category: str, first: date, last: date, patience: float) -> list[Record]:
        from bot.papers.categories import oai_set

        asked = {
            "verb": "ListRecords",
            "metadataPrefix": "arXivRaw",
            "set": oai_set(category),
            "from": first.isoformat(),
            "until": last.isoformat(),
        }
        found: dict[str, Record] = {}  # a record that changes meanwhile comes again
        tokens: set[str] = set()
        while True:
            page = await self._page(asked, patience)
            found |= {record.paper.id.number: record for record in page.records}
            if not page.token:
                return list(found.values())
            if page.token in tokens:
                raise ArxivUnavailable("malformed")  # the list would never end
            tokens.add(page.token)
            asked = {"verb": "ListRecords", "resumptionToken": page.token}

    async def _page(self, asked: Mapping[str, str], patience: float) -> _Page:
        return await _again(partial(self._ask, asked, patience, _read_page, background=True), _TRIES)

    async def _ask(
        self, asked: Mapping[str, str], patience: float, read: Callable[[Any], _T], *, background: bool
    ) -> _T:
        from bot.papers.threads import in_thread
        from bot.papers.transport import GatedAdapter, get_xml

        turn = await self._gate.enter(background=background, patience=patience)
        loop = asyncio.get_running_loop()
        adapter = GatedAdapter(
            self._gate, turn, loop, background=background, patience=patience, limits=self._limits
        )
        try:
            return await in_thread(lambda: read(get_xml(adapter, self._url, asked)))
        finally:
            await adapter.give_back()


async def _again(ask: Callable[[], Awaitable[_T]], tries: int) -> _T:
    for left in reversed(range(tries)):
        try:
            return await ask()
        except ArxivUnavailable as error:
            if error.reason == "busy" or not left:
                raise
            log.warning("records are asked for again: %s", error)
    raise AssertionError("the last try returns or raises")


def _read_page(root: Any) -> _Page:
    """Raises `ArxivUnavailable("malformed")`, `_BadToken`. A record that cannot be read is left out."""
    match _error_of(root):
        case "":
            pass
        case "noRecordsMatch":
            return _Page([], "")
        case "badResumptionToken":
            raise _BadToken
        case _:
            raise ArxivUnavailable("malformed")
    there = root.find(f"{_OAI}ListRecords")
    if there is None:
        raise ArxivUnavailable("malformed")
    records: list[Record] = []
    unreadable = 0
    for element in there.findall(f"{_OAI}record"):
        header = element.find(f"{_OAI}header")
        if header is not None and header.get("status") == "deleted":
            continue
        try:
            records.append(_record(element))
        except (NotAPaperId, ValueError) as cause:
            unreadable += 1
            log.warning("cannot read the record %r: %s", element.findtext(f".//{_OAI}identifier"), cause)
    if unreadable > max(3, len(records) // 4) or (unreadable and not records):
        raise ArxivUnavailable("malformed")
    return _Page(records, (there.findtext(f"{_OAI}resumptionToken") or "").strip())


def _read_record(root: Any, asked: PaperId) -> Record:
    """Raises `PaperNotFound`, `ArxivUnavailable("malformed")`."""
    match _error_of(root):
        case "":
            pass
        case "idDoesNotExist":
            raise PaperNotFound(str(asked))
        case _:
            raise ArxivUnavailable("malformed")
    element = root.find(f"{_OAI}GetRecord/{_OAI}record")
    if element is None:
        raise ArxivUnavailable("malformed")
    if element.find(f"{_OAI}header[@status='deleted']") is not None:
        raise PaperNotFound(str(asked))
    try:
        record = _record(element)
    except (NotAPaperId, ValueError) as cause:
        log.warning("cannot read the record of %s: %s", asked, cause)
        raise ArxivUnavailable("malformed") from cause
    if record.paper.id.number != asked.number:
        raise ArxivUnavailable("malformed")
    return record


def _error_of(root: Any) -> str:
    """Return the code of the error that the document says, empty if none. Raises `ArxivUnavailable("malformed")`."""
    if root.tag != f"{_OAI}OAI-PMH":
        raise ArxivUnavailable("malformed")
    error = root.find(f"{_OAI}error")
    if error is None:
        return ""
    code = error.get("code") or "unknown"
    log.log(logging.DEBUG if code in _USUAL else logging.WARNING, "OAI-PMH answers %s: %s", code, error.text)
    return str(code)


def _record(element: Any) -> Record:
    """Raises `NotAPaperId`, `ValueError`."""
    from bot.papers.authors import read_names
    from bot.papers.categories import categories
    from bot.papers.latex import if_formulas, to_text

    raw = element.find(f"{_OAI}metadata/{_RAW}arXivRaw")
    if raw is None:
        raise ValueError("no metadata")

    def text(name: str) -> str:
        return " ".join((raw.findtext(f"{_RAW}{name}") or "").split())

    submissions, withdrawn = _versions(raw)
    comment, title, abstract = to_text(text("comments")) or None, text("title"), text("abstract")
    if not title:
        raise ValueError("no title")
    paper = Paper(
        id=PaperId(PaperId.parse(text("id")).number, max(submissions)),
        title=to_text(title),
        source_title=title,
        authors=read_names(text("authors"), conjunction=True),
        abstract=to_text(abstract),
        source_abstract=if_formulas(abstract),
        categories=categories(text("categories").split()),
        published=submissions[min(submissions)],
        updated=submissions[max(submissions)],
        comment=comment,
        journal_ref=to_text(text("journal-ref")) or None,
        doi=text("doi") or None,
        licence=text("license") or None,
    )
    if withdrawn and not paper.withdrawn:
        # Elsewhere the comment alone says so; where the authors wrote none of the kind, the flag's word stands in.
        paper = replace(paper, comment="; ".join(filter(None, ("Withdrawn", comment))))
    modified = date.fromisoformat((element.findtext(f"{_OAI}header/{_OAI}datestamp") or "")[:10])
    return Record(paper, modified, tuple(submissions[number] for number in sorted(submissions)))


def _versions(raw: Any) -> tuple[dict[int, datetime], bool]:
    """Return when each version was submitted, and whether the newest is a withdrawal."""
    submissions: dict[int, datetime] = {}
    flags: dict[int, str] = {}
    for version in raw.findall(f"{_RAW}version"):
        found = re.fullmatch(r"v(\d{1,4})", version.get("version", ""))
        if not found:
            raise ValueError("a version without a number")
        moment = parsedate_to_datetime(version.findtext(f"{_RAW}date") or "")
        submissions[int(found[1])] = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        flags[int(found[1])] = version.findtext(f"{_RAW}source_type") or ""
    if not submissions:
        raise ValueError("no version")
    return submissions, _WITHDRAWN in flags[max(flags)]
