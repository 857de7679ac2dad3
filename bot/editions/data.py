"""Editions and roundups as data for programs."""

from __future__ import annotations

from typing import Any

from bot.editions.edition import Edition, Entry
from bot.editions.roundup import Item, Made


def edition_data(edition: Edition) -> dict[str, Any]:
    """Return the edition for JSON: its counts, and every paper that matched, the best first.

    `brief` is null for papers that matched and are not shown; `shown` counts those that are.
    """
    return {
        "topic": edition.wanted.key,
        "date": edition.day.isoformat(),
        "first": edition.first and edition.first.isoformat(),
        "language": edition.language.tag,
        "announced": edition.announced,
        "matched": edition.matched,
        "shown": len(edition.shown),
        "empty": edition.empty and edition.empty.value,
        "reconstructed": edition.reconstructed,
        "late": edition.late,
        "incomplete": dict(edition.incomplete),
        "missing": edition.missing,
        "papers": [_paper(entry) for entry in edition.entries],
    }


def _paper(entry: Entry) -> dict[str, Any]:
    paper, written = entry.paper, entry.written
    return {
        "id": paper.id.number,
        "version": paper.id.version,
        "title": paper.title,
        "authors": list(paper.authors),
        "categories": list(paper.categories),
        "url": paper.id.abs_url,
        "venue": entry.venue,
        "topics": list(entry.topics),
        "score": round(entry.score, 3),
        "why": str(entry.reason),
        "withdrawn": paper.withdrawn,
        "shown": entry.shown,
        "brief": written and {**written.content.to_json(), "writer": written.writer, "read": written.read},
    }


def roundup_data(made: Made) -> dict[str, Any]:
    """Return the roundup for JSON: its counts, and every theme with what was written and its papers.

    The title of a theme is null for what belongs to no other.
    """
    written, roundup = made.written, made.roundup
    return {
        "topic": made.wanted.key,
        "first": roundup.first.isoformat(),
        "date": roundup.last.isoformat(),
        "language": written.language.tag,
        "announced": roundup.announced,
        "matched": roundup.matched,
        "shown": len(roundup.items),
        "reconstructed": roundup.reconstructed,
        "missing": roundup.missing,
        "unread": [day.isoformat() for day in roundup.unread],
        "writer": written.writer,
        "written_at": written.written_at.isoformat(),
        "flaws": [{"field": flaw.field, "claim": flaw.claim, "why": flaw.why} for flaw in written.flaws],
        "themes": [
            {
                "title": theme.title or None,
                "line": theme.line,
                "paragraphs": list(theme.paragraphs),
                "papers": [_item(roundup.items[number - 1], number) for number in theme.papers],
            }
            for theme in roundup.themes
        ],
    }


def _item(item: Item, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "id": item.id.number,
        "version": item.id.version,
        "title": item.title,
        "url": item.id.abs_url,
        "venue": item.venue,
        "gist": item.gist,
    }
