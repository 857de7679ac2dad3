"""Which papers fit a query, found fast enough for a page that somebody waits for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.papers.paper import Paper
from bot.topics.catalogue import Catalogue
from bot.topics.matching import Filer, Match
from bot.topics.query import Query
from bot.topics.tree import Author, Category, Leaf, Term
from bot.topics.tree import wanted as leaves
from bot.topics.words import normal, singular

_ACCENTS = re.compile("[\u00ad\u0300-\u036f\u200b-\u200d\u2060]")  # and what cannot be seen
_NO_HYPHENS = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013"))


def fitting(papers: Sequence[Paper], query: Query) -> list[tuple[Paper, Match]]:
    """Return the papers that fit, the best first; those that cannot are left out before words are counted."""
    wanted = tuple(leaves(query.tree))
    likely = [paper for paper in papers if _may_fit(paper, wanted)]
    matches = Filer(Catalogue(())).follow(likely, query)
    fitting = [(paper, match) for paper, match in zip(likely, matches, strict=True) if match]
    return sorted(fitting, key=lambda pair: -pair[1].score)


def _may_fit(paper: Paper, wanted: Sequence[Leaf]) -> bool:
    """Whether any leaf may be found in the paper; a look at letters, which costs a hundredth of the words."""
    told = (paper.title, paper.abstract, paper.comment or "", paper.journal_ref or "", *paper.authors)
    said = _ACCENTS.sub("", unicodedata.normalize("NFKD", " ".join((*told, *paper.categories)).casefold()))
    whole = said.translate(_NO_HYPHENS)
    return any(
        not letters.isascii() or letters in said or letters in whole for letters in map(_letters, wanted)
    )


def _letters(leaf: Leaf) -> str:
    """Return letters that stand in whatever the leaf finds."""
    match leaf:
        case Term(elements=elements):
            word = max((part.word for element in elements for part in element), key=len)
        case Author(parts=parts):
            word = max((part.word for part in parts), key=len)
        case Category(name=name):
            word = normal(name)
    stem = singular(word)
    return stem[:-1] if stem.endswith("y") else stem  # the plural of which ends in -ies
