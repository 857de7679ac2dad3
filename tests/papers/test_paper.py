"""A paper's metadata: kept and read back, withdrawals recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers.ids import PaperId
from bot.papers.paper import Paper

FULL = Paper(
    id=PaperId("2506.99001", 2),
    title="Folding Keys: O(n log n)",
    authors=("Ida Muster", "李四"),
    abstract="We fold keys.",
    categories=("cs.LG", "q-bio.NC"),
    published=datetime(2025, 6, 9, 17, 59, 37, tzinfo=UTC),
    updated=datetime(2025, 6, 10, 1, 2, 3, tzinfo=UTC),
    comment="12 pages",
    journal_ref="Trans. Made-Up 3 (2025)",
    doi="10.5555/1",
    licence="http://creativecommons.org/licenses/by/4.0/",
    source_title=r"Folding Keys: $\mathcal{O}(n \log n)$",
)
BARE = Paper(PaperId("hep-th/9901001"), "T", (), "", ())

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("paper", [FULL, BARE])
def test_json_there_and_back(paper: Paper) -> None:
    assert Paper.from_json(paper.to_json()) == paper
    assert Paper.from_json(paper.to_json().encode()) == paper


@given(texts, st.lists(texts, max_size=3).map(tuple), texts, st.none() | texts)
def test_json_of_any_text(title: str, authors: tuple[str, ...], abstract: str, comment: str | None) -> None:
    paper = Paper(PaperId("2506.99001", 1), title, authors, abstract, ("cs.CL",), comment=comment)
    assert Paper.from_json(paper.to_json()) == paper


def test_reading_leaves_the_data_alone() -> None:
    data: dict[str, Any] = {
        "id": "2506.99001",
        "title": "T",
        "authors": [],
        "abstract": "",
        "categories": [],
        "published": None,
        "updated": None,
    }
    assert Paper.from_data(data) == Paper.from_data(data)


def test_the_primary_category_comes_first() -> None:
    assert FULL.primary_category == "cs.LG"
    assert BARE.primary_category == ""


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("This paper has been withdrawn by the author due to an error in Lemma 2", "We prove it."),
        ("Withdrawn", "We prove it."),
        ("withdrawn by arXiv administrators", "We prove it."),
        ("The manuscript was withdrawn; see version 1", "We prove it."),
        (None, "This submission has been withdrawn by arXiv administrators."),
        (None, "This article is withdrawn."),
    ],
)
def test_a_withdrawal_is_recognised(comment: str | None, abstract: str) -> None:
    assert Paper(PaperId("2506.99001", 2), "T", (), abstract, (), comment=comment).withdrawn


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("12 pages, 4 figures", "We withdraw money from banks that has been earned."),
        (None, "Reading. " * 60 + "Such a paper has been withdrawn."),
        ("Paper was withdrawn from ICLR 2025 and accepted at ACL 2025", "We prove it."),
        ("Supersedes our earlier submission, which was withdrawn from ICLR", "We prove it."),
        ("12 pages; the previous version of this paper was withdrawn", "We prove it."),
        ("Not withdrawn: accepted", "Patients were withdrawn from treatment."),
    ],
)
def test_other_talk_of_withdrawing_is_not(comment: str | None, abstract: str) -> None:
    assert not Paper(PaperId("2506.99001", 2), "T", (), abstract, (), comment=comment).withdrawn
