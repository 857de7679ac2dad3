"""A batch: what was announced in one category on one day, and how we know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.papers.feed import Kind
from bot.papers.ids import PaperId

_WORD = re.compile(r"(?P<number>.+?)(?:v(?P<version>[0-9]+))?")


class State(StrEnum):
    """What came of looking for a batch.

    read         its items are known, all of them
    holiday      none was due, because of a weekend or a holiday, and none came
    empty        a working day's feed that holds nothing, or one that the records know nothing of
    stale        the feed still holds an earlier batch, whatever date it carries
    truncated    the feed holds as many items as a feed can, and the rest could not be had yet
    malformed    an answer came that is no feed
    unreachable  none came, or a refusal
    unread       nobody has looked, or the feed had gone on to another day when somebody did
    """

    READ = "read"
    HOLIDAY = "holiday"
    EMPTY = "empty"
    STALE = "stale"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"
    UNREAD = "unread"


class Source(StrEnum):
    """Where the items of a batch come from.

    A feed that was cut short and completed from the records is `FEED_AND_OAI`. What comes from a search is
    reconstructed: it leaves out what cannot be found by the date of submission.
    """

    FEED = "feed"
    FEED_AND_OAI = "feed+oai"
    OAI = "oai"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Item:
    """A paper in the version that was announced."""

    id: PaperId
    kind: Kind

    @property
    def announced(self) -> bool:
        """Whether it counts as announced: new papers and cross-lists do, replacements do not."""
        return self.kind in (Kind.NEW, Kind.CROSS)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of one category's announcement on `day`, the day that its feed carries.

    `items` holds new papers first, then cross-lists, then replacements; a paper that the category announced
    on an earlier day is not among them and counted in `repeated`. `read_at` is when somebody looked last.
    `late` batches were caught up with after their day. `enriched` says that the comments and dates, which
    feeds lack, are on record too, and `enriched_at` when they were last asked for.
    """

    category: str
    day: date
    state: State = State.UNREAD
    items: tuple[Item, ...] = ()
    read_at: datetime | None = None
    source: Source = Source.FEED
    late: bool = False
    repeated: int = 0
    enriched: bool = False
    enriched_at: datetime | None = None

    @property
    def announced(self) -> tuple[Item, ...]:
        """The new and the cross-listed papers."""
        return tuple(item for item in self.items if item.announced)

    def count(self, kind: Kind) -> int:
        """Return how many items are of `kind`."""
        return sum(item.kind is kind for item in self.items)

    @property
    def settled(self) -> bool:
        """Whether nobody needs to look again: it was read, none was due, or it was caught up with."""
        return self.late or self.state in (State.READ, State.HOLIDAY)

    @property
    def reconstructed(self) -> bool:
        """Whether it was put together from a search by submission date."""
        return self.source is Source.SEARCH

    def to_json(self) -> str:
        """Return what `from_json` reads; some eleven bytes an item."""
        kinds = {
            kind.value: " ".join(_word(item.id) for item in self.items if item.kind is kind) for kind in Kind
        }
        data = {
            "category": self.category,
            "day": self.day.isoformat(),
            "state": self.state.value,
            "items": {kind: words for kind, words in kinds.items() if words},
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "source": self.source.value,
            "late": self.late,
            "repeated": self.repeated,
            "enriched": self.enriched,
            "enriched_at": self.enriched_at.isoformat() if self.enriched_at else None,
        }
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Batch:
        """Return the batch that `to_json` wrote."""
        data = json.loads(text)
        items = (
            Item(_paper_id(word), Kind(kind))
            for kind, words in data["items"].items()
            for word in words.split()
        )
        return cls(
            category=data["category"],
            day=date.fromisoformat(data["day"]),
            state=State(data["state"]),
            items=tuple(items),
            read_at=_moment(data["read_at"]),
            source=Source(data["source"]),
            late=data["late"],
            repeated=data["repeated"],
            enriched=data["enriched"],
            enriched_at=_moment(data["enriched_at"]),
        )


def announced_numbers(text: str) -> Iterator[str]:
    """Yield the numbers of the papers that the batch in `to_json`'s text announced, without building it."""
    kinds: Mapping[str, str] = json.loads(text)["items"]
    for kind in (Kind.NEW, Kind.CROSS):
        for word in kinds.get(kind.value, "").split():
            yield _paper_id(word).number if "v" in word else word


def _word(paper_id: PaperId) -> str:
    """Write an id; nearly all are first versions, so that goes without saying."""
    return str(paper_id.unversioned if paper_id.version == 1 else paper_id)


def _paper_id(word: str) -> PaperId:
    shape = _WORD.fullmatch(word)
    assert shape
    return PaperId(shape["number"], int(shape["version"] or 1))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
