"""The papers that the arXiv's stand-in knows: real metadata beside the repository, or a few made-up ones."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

NONEXCLUSIVE = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `announced` is the day of the listing that brought it.

    What stands here goes before what the paper says. `source_type` is the OAI flag: I is withdrawn.
    """

    number: int
    submitted: datetime
    announced: date | None = None
    title: str | None = None
    abstract: str | None = None
    comment: str | None = None
    source_type: str | None = "D"

    @property
    def appeared(self) -> date:
        """The day since which readers can see it."""
        return self.announced or self.submitted.date()


@dataclass(frozen=True, slots=True)
class ArxivPaper:
    """A paper as the arXiv holds it: LaTeX in its texts, the primary category first.

    `cross_listed` names categories that were added later, with the day; `affiliations` is by author;
    `body` is the text of the PDF after the abstract; `modified` goes before the OAI date stamp that follows
    from the versions; of a `deleted` paper OAI-PMH keeps no more than a header.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]
    versions: tuple[Version, ...]
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    report_no: str | None = None
    licence: str = NONEXCLUSIVE
    affiliations: dict[str, str] = field(default_factory=dict)
    cross_listed: dict[str, date] = field(default_factory=dict)
    body: str = ""
    modified: date | None = None
    deleted: bool = False

    def at(self, day: date | None = None, number: int | None = None) -> Edition | None:
        """Return the newest version that readers saw on `day`, or version `number` if they saw it."""
        seen = [v for v in self.versions if day is None or v.appeared <= day]
        wanted = [v for v in seen if number is None or v.number == number]
        return Edition(self, wanted[-1], tuple(seen), day) if wanted else None


@dataclass(frozen=True, slots=True)
class Edition:
    """A paper in one of its versions, beside the versions `seen` on the same `day`; None is after everything."""

    paper: ArxivPaper
    version: Version
    seen: tuple[Version, ...]
    day: date | None = None

    @property
    def id(self) -> str:
        return f"{self.paper.id}v{self.version.number}"

    @property
    def title(self) -> str:
        return self.version.title or self.paper.title

    @property
    def abstract(self) -> str:
        return self.version.abstract or self.paper.abstract

    @property
    def comment(self) -> str | None:
        return self.version.comment or self.paper.comment

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that it is in by then, the primary one first."""
        later = {name for name, since in self.paper.cross_listed.items() if self.day and since > self.day}
        return tuple(name for name in self.paper.categories if name not in later)

    @property
    def published(self) -> datetime:
        return self.paper.versions[0].submitted

    @property
    def updated(self) -> datetime:
        return self.version.submitted

    @property
    def modified(self) -> date:
        """The OAI date stamp: records change on the evening before the listing, which is its day in UTC."""
        if self.paper.modified:
            return self.paper.modified
        listed = (since for name, since in self.paper.cross_listed.items() if name in self.categories)
        return max(*(v.appeared for v in self.seen), *listed, date.min)


class Corpus:
    """Papers by id and by the day of their announcement."""

    def __init__(self, papers: Iterable[ArxivPaper] = ()) -> None:
        self._papers = {paper.id: paper for paper in papers}
        self._days: dict[date, dict[str, None]] | None = None

    def add(self, paper: ArxivPaper) -> ArxivPaper:
        """Add a paper, or put it in the place of the one with its id."""
        self._papers[paper.id] = paper
        self._days = None
        return paper

    def revise(self, number: str, version: Version, **changes: Any) -> ArxivPaper:
        """Add a version to a paper, with changes to the paper itself."""
        paper = self._papers[number]
        return self.add(replace(paper, versions=(*paper.versions, version), **changes))

    def paper(self, number: str) -> ArxivPaper | None:
        """Return the paper with this id, without a version."""
        return self._papers.get(number)

    def __iter__(self) -> Iterator[ArxivPaper]:
        return iter(list(self._papers.values()))

    def __len__(self) -> int:
        return len(self._papers)

    def listed_on(self, day: date) -> list[ArxivPaper]:
        """Return the papers of which anything was announced on `day`, by id."""
        return [self._papers[number] for number in sorted(self._by_day().get(day, ()))]

    @property
    def days(self) -> list[date]:
        """The days on which anything was announced."""
        return sorted(self._by_day())

    @property
    def newest_day(self) -> date | None:
        """The last day on which anything was announced."""
        return max(self._by_day(), default=None)

    def _by_day(self) -> dict[date, dict[str, None]]:
        if self._days is None:
            days: dict[date, dict[str, None]] = {}
            for paper in self._papers.values():
                announced = [v.announced for v in paper.versions if v.announced]
                for day in (*announced, *paper.cross_listed.values()):
                    days.setdefault(day, {})[paper.id] = None
            self._days = days
        return self._days


def made_paper(
    number: str,
    title: str = "A Paper Made for a Test",
    abstract: str = "We say one thing. We measure it at 12.5 points. It holds.",
    *,
    categories: tuple[str, ...] = ("cs.CL",),
    authors: tuple[str, ...] = ("Ada Example",),
    announced: date | None = None,
    submitted: datetime | None = None,
    **rest: Any,
) -> ArxivPaper:
    """Return a paper of one version, submitted on the day before its announcement."""
    if submitted is None:
        eve = (announced or date(2025, 6, 10)) - timedelta(days=1)
        submitted = datetime.combine(eve, time(15, 30), UTC)
    versions = rest.pop("versions", (Version(1, submitted, announced),))
    return ArxivPaper(number, title, authors, abstract, categories, versions, **rest)


def data_folder() -> Path | None:
    """Return the folder of real metadata: `PAPERWIRE_DATA`, or the one beside the repository; None without."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PAPERWIRE_DATA") or beside)
    return folder if (folder / "corpus.jsonl.gz").exists() else None


def real_corpus() -> Corpus | None:
    """Return the real papers, in a corpus of the caller's own; None where they are missing."""
    folder = data_folder()
    return Corpus(_read(folder / "corpus.jsonl.gz")) if folder else None


@lru_cache(maxsize=1)
def _read(path: Path) -> tuple[ArxivPaper, ...]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(_paper(json.loads(line)) for line in lines)


def _paper(record: dict[str, Any]) -> ArxivPaper:
    announced = date.fromisoformat(record["announced"]) if record["announced"] else None
    published = _moment(record["published"]) or _guess(record["id"], announced)
    versions = [Version(1, published, announced)]
    newest = record["version"] or 1
    updated = _moment(record["updated"]) if newest > 1 else None
    for number in range(2, newest + 1):
        # Only the newest version's date is ever known; those between are spread evenly, a month apart at worst.
        step = (updated - published) / (newest - 1) if updated else timedelta(days=30)
        versions.append(Version(number, (published + step * (number - 1)).replace(microsecond=0)))
    return ArxivPaper(
        record["id"],
        record["title"],
        tuple(record["authors"]),
        record["abstract"],
        tuple(record["categories"]),
        tuple(versions),
        record["comment"],
        record["journal_ref"],
        record["doi"],
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    if len(text) == len("2025-06-10"):
        return datetime.combine(date.fromisoformat(text), time(12), UTC)
    return datetime.fromisoformat(text)


def _guess(number: str, announced: date | None) -> datetime:
    if announced:
        return datetime.combine(announced - timedelta(days=1), time(12), UTC)
    month = number.rsplit("/", 1)[-1]
    century = 1900 if month > "9000" else 2000
    return datetime(century + int(month[:2]), int(month[2:4]), 15, 12, tzinfo=UTC)
