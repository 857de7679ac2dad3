"""An edition as data for programs."""

from __future__ import annotations

from typing import Any

from bot.editions.edition import Edition, Entry


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
        "brief": written and {**written.brief.to_json(), "writer": written.writer, "read": written.read},
    }
