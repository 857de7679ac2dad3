"""RIS for arXiv papers, which reference managers read where they do not read BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.papers.elsewhere import doi_of
from bot.papers.paper import Paper


def ris(paper: Paper) -> str:
    """Return the record of the paper as an unpublished work; every field is one line, whatever it holds."""
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in _fields(paper) if value.strip()]
    return "\r\n".join([*lines, "ER  - ", ""])


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "UNPB"
    yield "TI", paper.title
    for name in paper.authors:
        yield "AU", _surname_first(name)
    if paper.published:
        yield "PY", str(paper.published.year)
        yield "DA", paper.published.strftime("%Y/%m/%d")
    yield "AB", paper.abstract
    yield "N1", paper.journal_ref or paper.comment or ""
    yield "DO", doi_of(paper) or ""
    yield "PB", "arXiv"
    yield "AN", f"arXiv:{paper.id}"
    yield from (("KW", category) for category in paper.categories)
    yield "UR", paper.id.abs_url


def _surname_first(name: str) -> str:
    """Return "Doe, Jane" for "Jane Doe"; a group's name, or a single one, stays as it is."""
    first, _, last = name.rpartition(" ")
    grouped = re.search(r"\b(?:collaboration|consortium|team|group)\b", name, re.IGNORECASE)
    return name if grouped or not first else f"{last}, {first}"
