"""RIS that reference managers can read, whatever a paper holds."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.papers.elsewhere import doi_of, elsewhere
from bot.papers.ids import PaperId
from bot.papers.ris import ris
from tests.papers.test_bibtex import PAPER


def test_a_record() -> None:
    assert ris(PAPER).split("\r\n") == [
        "TY  - UNPB",
        "TI  - The LongShelf: 50% More & Better",
        "AU  - Müller-Østergård, Zoë van",
        "AU  - Bo",
        "PY  - 2024",
        "DA  - 2024/06/21",
        "N1  - J. & P. 3",
        "DO  - 10.1000/xyz",
        "PB  - arXiv",
        "AN  - arXiv:2406.15319v2",
        "KW  - cs.CL",
        "KW  - cs.IR",
        "UR  - https://arxiv.org/abs/2406.15319v2",
        "ER  - ",
        "",
    ]


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=80))
def test_no_field_breaks_out_of_its_line(title: str, authors: list[str], abstract: str) -> None:
    lines = ris(replace(PAPER, title=title, authors=tuple(authors), abstract=abstract)).split("\r\n")
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])
    assert lines.count("ER  - ") == 1


def test_old_papers_are_elsewhere_in_fewer_places() -> None:
    assert {name for name, _ in elsewhere(PaperId("math/0309136"))} < {
        name for name, _ in elsewhere(PaperId("2406.15319"))
    }


def test_a_doi_that_leads_anywhere_is_none() -> None:
    assert doi_of(replace(PAPER, doi="https://evil.example/10.1000/xyz")) is None
    assert doi_of(replace(PAPER, doi=None)) is None
