"""BibTeX that BibTeX can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.papers.bibtex import bibtex
from bot.papers.ids import PaperId
from bot.papers.paper import Paper

PAPER = Paper(
    id=PaperId("2406.15319", 2),
    title="The LongShelf: 50% More & Better",
    source_title=r"The {LongShelf}: 50\% More & Better_$x_i$",
    authors=("Zoë van Müller-Østergård", "Bo"),
    abstract="",
    categories=("cs.CL", "cs.IR"),
    published=datetime(2024, 6, 21, tzinfo=UTC),
    doi="https://doi.org/10.1000/xyz",
    journal_ref="J. & P. 3",
)


def test_an_entry() -> None:
    assert bibtex(PAPER, PAPER.id).splitlines() == [
        "@misc{mullerstergard2024longshelf,",
        r"  title         = {{The {LongShelf}: 50\% More \& Better\_$x_i$}},",
        "  author        = {Zoë van Müller-Østergård and Bo},",
        "  year          = {2024},",
        "  eprint        = {2406.15319v2},",
        "  archivePrefix = {arXiv},",
        "  primaryClass  = {cs.CL},",
        "  doi           = {10.1000/xyz},",
        r"  note          = {J. \& P. 3},",
        "  url           = {https://arxiv.org/abs/2406.15319v2}",
        "}",
    ]


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=40), max_size=4))
def test_braces_balance_whatever_a_title_holds(title: str, authors: list[str]) -> None:
    entry = bibtex(replace(PAPER, title=title, source_title=title, authors=tuple(authors)), PAPER.id)
    depth = 0
    for char in entry:
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 0
    assert depth == 0
