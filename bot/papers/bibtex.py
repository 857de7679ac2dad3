"""BibTeX for arXiv papers, in the form that the arXiv recommends (`eprint`, `archivePrefix`, `primaryClass`)."""

from __future__ import annotations

import re
import unicodedata

from bot.papers.ids import PaperId
from bot.papers.paper import Paper

_SMALL = {
    "a",
    "an",
    "the",
    "on",
    "of",
    "in",
    "for",
    "to",
    "and",
    "with",
    "towards",
    "toward",
    "is",
    "are",
    "do",
}


def bibtex(paper: Paper, cited: PaperId) -> str:
    """Return a `@misc` entry for the paper, or for one version of it if `cited` names one.

    Characters that would end or break a field are escaped.
    """
    fields = {
        "title": f"{{{_escaped(paper.source_title or paper.title)}}}",
        "author": " and ".join(_escaped(name) for name in paper.authors),
        "year": str(paper.published.year) if paper.published else "",
        "eprint": str(cited),
        "archivePrefix": "arXiv",
        "primaryClass": paper.primary_category,
        "doi": re.sub(r"^https?://(dx\.)?doi\.org/", "", paper.doi or ""),
        "note": _escaped(paper.journal_ref or ""),
        "url": cited.abs_url,
    }
    lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{_key(paper)},\n" + ",\n".join(lines) + "\n}"


def _key(paper: Paper) -> str:
    name = paper.authors[0].split() if paper.authors else []
    surname = _ascii(name[-1]) if name else ""
    words = [w for w in re.findall(r"[a-z0-9]+", _ascii(paper.title)) if w not in _SMALL]
    year = str(paper.published.year) if paper.published else ""
    return f"{surname}{year}{words[0] if words else ''}" or re.sub(r"\W", "", str(paper.id))


def _ascii(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9 ]", "", bare.lower().replace("-", " ") if " " in text else bare.lower())


def _escaped(text: str) -> str:
    """Escape what is special to TeX outside of mathematics, and balance the braces."""
    if not _balanced(text):
        text = text.replace("{", "").replace("}", "")
    parts = re.split(r"(\$[^$]*\$)", text)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"(?<!\\)([%&#_])", r"\\\1", parts[i])
    return "".join(parts)


def _balanced(text: str) -> bool:
    """BibTeX counts every brace, those with a backslash too."""
    depth = 0
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if depth < 0:
            return False
    return depth == 0
