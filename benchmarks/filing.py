"""How many papers a second are filed under the whole catalogue, on one core, once it is loaded."""

from __future__ import annotations

import json
from statistics import median
from time import process_time

from benchmarks.relevance import read_papers
from benchmarks.rows import Bound, NotHere, Row
from bot.papers.paper import Paper
from bot.topics.catalogue import load
from bot.topics.lines import match_lines
from bot.topics.matching import Filer
from tests.fakes.corpus import data_folder

_PAPERS, _ROUNDS = 1000, 5


def measure() -> list[Row]:
    """Return rates of papers that were not seen before; other work on the machine is not counted."""
    folder = data_folder()
    if folder is None:
        raise NotHere("the corpus is not here: set PAPERWIRE_DATA to its folder")
    papers = list(read_papers(folder))
    # Neighbours in the corpus are of one day; what is filed here is of all.
    spread = papers[:: max(1, len(papers) // (_PAPERS * _ROUNDS))]
    begun = process_time()
    with Filer(load()) as filer:
        filer.file(spread[:1])
        started = process_time() - begun
        rates = []
        for start in range(0, _PAPERS * _ROUNDS, _PAPERS):
            begun = process_time()
            filer.file(spread[start : start + _PAPERS])
            rates.append(_PAPERS / (process_time() - begun))
    lines = [_line(paper) for paper in spread[:_PAPERS]]
    begun = process_time()
    for _ in match_lines(lines, load()):
        pass
    piped = _PAPERS / (process_time() - begun - started)
    return [
        Row("loading", started, "s"),
        Row("papers filed", median(rates), "/s", Bound("at least", 1000)),
        Row("lines matched", piped, "/s"),
    ]


def _line(paper: Paper) -> str:
    return json.dumps(
        {
            "id": paper.id.number,
            "title": paper.title,
            "abstract": paper.abstract,
            "categories": list(paper.categories),
        }
    )
