"""Where else a paper can be read about, by its arXiv id or its DOI."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.papers.ids import PaperId
from bot.papers.paper import Paper

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s?)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


def doi_of(paper: Paper) -> str | None:
    """Return the paper's DOI; None for what is none, since authors type it and it may lead anywhere."""
    found = _DOI.fullmatch((paper.doi or "").strip())
    return found[1] if found else None


def elsewhere(paper: PaperId) -> Iterator[tuple[str, str]]:
    """Yield name and address of sites that have pages of their own about papers, found by the id alone."""
    number = paper.number
    yield "Semantic Scholar", f"https://api.semanticscholar.org/arXiv:{number}"
    if "/" not in number:  # these know the ids since 2007
        yield "Hugging Face", f"https://huggingface.co/papers/{number}"
        yield "alphaXiv", f"https://www.alphaxiv.org/abs/{number}"
    yield "Google Scholar", f"https://scholar.google.com/scholar_lookup?arxiv_id={number}"
    yield "NASA ADS", f"https://ui.adsabs.harvard.edu/abs/arXiv:{number}"
