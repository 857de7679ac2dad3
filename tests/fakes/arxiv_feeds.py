"""The announcement feeds of rss.arxiv.org: which papers a day's feed holds, as RSS 2.0 and as Atom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from tests.fakes.arxiv_layouts import ATOM, element_text, escape
from tests.fakes.corpus import Corpus, Edition

NEW_YORK = ZoneInfo("America/New_York")
LIMIT = 2000
_ORDER = ("new", "cross", "replace", "replace-cross")
# A sixth or later version is no longer announced: https://info.arxiv.org/help/replace.html
_LAST_ANNOUNCED_VERSION = 5
_NAMESPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"',
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"',
)
_ARCHIVES = set(
    "astro-ph cond-mat cs econ eess gr-qc hep-ex hep-lat hep-ph hep-th math math-ph nlin nucl-ex nucl-th physics "
    "q-bio q-fin quant-ph stat".split()
)


@dataclass(frozen=True, slots=True)
class Item:
    """What a feed says of a paper; `day` is the one that the feed shows."""

    edition: Edition
    kind: str
    day: date


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed before it is written: `names` as asked for, in the arXiv's own spelling."""

    names: tuple[str, ...]
    day: date
    built: datetime
    items: Sequence[Item]


class BadCategory(ValueError):
    """The feed of something that is no category; the text is what the arXiv says."""


def category(name: str) -> str:
    """Return a category in the arXiv's spelling. Raises `BadCategory`."""
    archive, dot, subject = name.partition(".")
    archive = archive.lower()
    if "." in subject:
        raise BadCategory(f"Bad archive/subject class structure '{name}'.")
    if archive not in _ARCHIVES:
        raise BadCategory(
            f"Bad archive '{archive}'. Valid archive names are: {', '.join(sorted(_ARCHIVES))}."
        )
    if not dot:
        return archive
    if not subject.replace("-", "").isalpha():
        raise BadCategory(f"Bad subject class '{subject}'.")
    return f"{archive}.{subject.upper() if len(subject) == 2 else subject.lower()}"


def items(corpus: Corpus, names: Sequence[str], day: date, shown: date) -> list[Item]:
    """Return what was announced on `day` in these categories or archives, new papers first."""
    if day.weekday() >= 5:
        return []
    found = []
    for paper in corpus.listed_on(day):
        listed = {name for name in paper.categories if _within(name, names)}
        late = {name for name in listed if paper.cross_listed.get(name, day) != day}
        edition = paper.at(day)
        if not listed - late or edition is None:
            continue
        primary = paper.categories[0] in listed
        if any(paper.cross_listed.get(name) == day for name in listed):
            kind = "cross"
        elif edition.version.announced != day or edition.version.number > _LAST_ANNOUNCED_VERSION:
            continue
        elif edition.version.number == 1:
            kind = "new" if primary else "cross"
        else:
            kind = "replace" if primary else "replace-cross"
        found.append(Item(edition, kind, shown))
    return sorted(found, key=lambda item: (_ORDER.index(item.kind), item.edition.id))


def _within(name: str, wanted: Sequence[str]) -> bool:
    return any(name == want or name.startswith(f"{want}.") for want in wanted)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK)


def _summary(item: Item) -> str:
    return f"arXiv:{item.edition.id} Announce Type: {item.kind} \nAbstract: {item.edition.abstract}"


def rss(feed: Feed) -> bytes:
    """Return the feed as RSS 2.0."""
    names, link = ", ".join(feed.names), f"http://rss.arxiv.org/rss/{'+'.join(feed.names)}"
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f'<rss {" ".join(_NAMESPACES)} version="2.0">',
        "  <channel>",
        f"    <title>{names} updates on arXiv.org</title>",
        f"    <link>{link}</link>",
        f"    <description>{names} updates on the arXiv.org e-print archive.</description>",
        f'    <atom:link href="{link}" rel="self" type="application/rss+xml"/>',
        "    <docs>http://www.rssboard.org/rss-specification</docs>",
        "    <language>en-us</language>",
        f"    <lastBuildDate>{format_datetime(feed.built.astimezone(UTC))}</lastBuildDate>",
        "    <managingEditor>rss-help@arxiv.org</managingEditor>",
        f"    <pubDate>{format_datetime(_midnight(feed.day))}</pubDate>",
        "    <skipDays>\n      <day>Sunday</day>\n      <day>Saturday</day>\n    </skipDays>",
        *(_rss_item(item) for item in feed.items[:LIMIT]),
        "  </channel>\n</rss>\n",
    ]
    return "\n".join(lines).encode()


def _rss_item(item: Item) -> str:
    paper = item.edition.paper
    lines = [
        f"<title>{element_text(item.edition.title)}</title>",
        f"<link>https://arxiv.org/abs/{paper.id}</link>",
        f"<description>{element_text(_summary(item))}</description>",
        f'<guid isPermaLink="false">oai:arXiv.org:{item.edition.id}</guid>',
        *(f"<category>{element_text(name)}</category>" for name in item.edition.categories),
        f"<pubDate>{format_datetime(_midnight(item.day))}</pubDate>",
        *_extensions(item),
    ]
    return "    <item>\n" + "".join(f"      {line}\n" for line in lines) + "    </item>"


def atom(feed: Feed) -> bytes:
    """Return the feed as Atom."""
    names, link = ", ".join(feed.names), f"http://rss.arxiv.org/atom/{'+'.join(feed.names)}"
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f'<feed {_NAMESPACES[0]} xmlns="{ATOM}" xml:lang="en-us">',
        f"  <id>{link}</id>",
        f"  <title>{names} updates on arXiv.org</title>",
        f"  <updated>{feed.built.astimezone(UTC).isoformat()}</updated>",
        f'  <link href="{link}" rel="self" type="application/atom+xml"/>',
        f"  <subtitle>{names} updates on the arXiv.org e-print archive.</subtitle>",
        *(_atom_entry(item, feed.built) for item in feed.items[:LIMIT]),
        "</feed>\n",
    ]
    return "\n".join(lines).encode()


def _atom_entry(item: Item, built: datetime) -> str:
    paper = item.edition.paper
    lines = [
        f"<id>oai:arXiv.org:{item.edition.id}</id>",
        f"<title>{element_text(item.edition.title)}</title>",
        f"<updated>{built.astimezone(UTC).isoformat()}</updated>",
        f'<link href="https://arxiv.org/abs/{paper.id}" rel="alternate" type="text/html"/>',
        f"<summary>{element_text(_summary(item))}</summary>",
        *(f'<category term="{escape(name)}"/>' for name in item.edition.categories),
        f"<published>{_midnight(item.day).isoformat()}</published>",
        *_extensions(item),
    ]
    return "  <entry>\n" + "".join(f"    {line}\n" for line in lines) + "  </entry>"


def _extensions(item: Item) -> list[str]:
    paper = item.edition.paper
    lines = [
        f"<arxiv:announce_type>{item.kind}</arxiv:announce_type>",
        f"<dc:rights>{element_text(paper.licence)}</dc:rights>",
    ]
    if paper.journal_ref:
        lines.append(f"<arxiv:journal_reference>{element_text(paper.journal_ref)}</arxiv:journal_reference>")
    if paper.doi:
        lines.append(f"<arxiv:DOI>{element_text(paper.doi)}</arxiv:DOI>")
    return [*lines, f"<dc:creator>{element_text(', '.join(paper.authors))}</dc:creator>"]
