"""The queries of two thousand chats, put to the papers of one day."""

from __future__ import annotations

import random
from collections.abc import Sequence
from time import process_time

from benchmarks.rows import Bound, Row
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.topics.index import Index
from bot.topics.query import Query
from tests.fakes.corpus import ArxivPaper, real_corpus

PAPERS, QUERIES = 1_200, 2_000
_SEED = 20_261_121
_SHOWN = 12  # what an edition has room for
_MADE_WORDS = 8_000


def measure() -> list[Row]:
    """Return what reading the queries, indexing the papers and finding took, on one core."""
    chance = random.Random(_SEED)
    papers = some_papers(chance)
    texts = some_queries(chance, papers)
    Query.parse("a warm parser")
    begun = process_time()
    queries = [Query.parse(text) for text in texts]
    parsed = process_time()
    index = Index(papers)
    index.words("ti"), index.words("abs")
    indexed = process_time()
    found = [query.find(index) for query in queries]
    searched = process_time()
    for papers_found in found:
        for position in list(papers_found)[:_SHOWN]:
            papers_found[position]
    done = process_time()
    return [
        Row("papers", len(papers), "papers"),
        Row("different queries", len({query.key for query in queries}), "queries"),
        Row("matches", sum(map(len, found)), "matches"),
        Row("reading the queries", parsed - begun, "s"),
        Row("indexing the papers", indexed - parsed, "s"),
        Row("finding", searched - indexed, "s"),
        Row(f"the words of at most {_SHOWN} matches each", done - searched, "s"),
        Row("queries over one day, all of it", done - begun, "s", Bound("at most", 5)),
    ]


def some_papers(chance: random.Random) -> list[Paper]:
    """Return a day of papers: real ones where they are, or made of words as frequent as in a language."""
    corpus = real_corpus()
    if corpus is None:
        return [_made(chance, number) for number in range(PAPERS)]
    days = sorted(corpus.days, key=lambda day: len(corpus.listed_on(day)), reverse=True)
    real: dict[str, ArxivPaper] = {}
    for day in days:
        for paper in corpus.listed_on(day):
            real.setdefault(paper.id, paper)
        if len(real) >= PAPERS:
            break
    return [_paper(paper) for paper in list(real.values())[:PAPERS]]


def some_queries(chance: random.Random, papers: Sequence[Paper]) -> list[str]:
    """Return different queries of all kinds, made of the papers' own words."""
    texts: dict[str, None] = {}
    while len(texts) < QUERIES:
        texts[_query(chance, chance.choice(papers))] = None
    return list(texts)


def _query(chance: random.Random, paper: Paper) -> str:
    words = [
        word for word in "".join(c if c.isalnum() else " " for c in paper.title).split() if len(word) > 1
    ]
    words = [word for word in words if word.lower() not in ("and", "or", "not")] or ["paper"]
    at = chance.randrange(len(words))
    one, two, three = (words[(at + i) % len(words)] for i in range(3))
    phrase = " ".join(words[at : at + 2])
    author = chance.choice(paper.authors or ("Example",)).split()[-1]
    return chance.choice(
        [
            f"{one} {two}",
            f'"{phrase}"',
            f'"{phrase}" OR {three}',
            f"ti:({one} OR {two}) -survey",
            f"cat:{paper.primary_category} AND ({one} OR {two} OR {three})",
            f'au:"{author}" OR abs:"{phrase}"',
            f"{one[:4]}* {two}",
            f'"{one} {three}"~5 NOT ti:{two}',
            f"{one} OR {two} OR {three} OR agent* OR benchmark",
        ]
    )


def _paper(paper: ArxivPaper) -> Paper:
    return Paper(
        PaperId(paper.id, 1), paper.title, paper.authors, paper.abstract, paper.categories, comment=paper.comment
    )  # fmt: skip


def _made(chance: random.Random, number: int) -> Paper:
    def words(count: int) -> str:
        # The second power makes some words a thousand times as frequent as others.
        ranks = (int(_MADE_WORDS * chance.random() ** 2) for _ in range(count))
        return " ".join(f"w{rank:x}" for rank in ranks)

    return Paper(
        PaperId(f"2506.{number:05d}", 1),
        words(10),
        tuple(f"Ada {words(1)}" for _ in range(5)),
        words(190),
        (chance.choice(("cs.CL", "cs.LG", "cs.CV")), "cs.AI"),
    )
