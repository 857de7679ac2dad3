"""The order in which matched papers are shown."""

from __future__ import annotations

import random

import pytest

from bot.papers.paper import Paper
from bot.topics.matching import Match, Reason
from bot.topics.ranking import has_code, rank, venue_of
from tests.topics.papers import ALL, CHEESE, GRAPHS, MOTION, RAG, RAG_UNSAID, paper


def match(score: float) -> Match:
    return Match("rag", score, Reason(("RAG",)))


def order(papers: list[Paper], *scores: float) -> list[str]:
    ranked = rank(papers, [match(score) for score in scores])
    return [papers[one.position].id.number for one in ranked]


def test_what_is_more_about_the_topic_comes_first() -> None:
    assert order([CHEESE, RAG, GRAPHS], 0.6, 0.97, 0.8) == ["2501.00001", "2501.00005", "2501.00006"]


def test_what_does_not_match_is_left_out() -> None:
    assert [one.position for one in rank([CHEESE, RAG], [None, match(0.9)])] == [1]
    assert rank([], []) == []


def test_a_venue_outweighs_a_little_relevance_and_not_a_lot() -> None:
    taken = paper("2501.1", "On Salt", "Salt is salt.", comment="Accepted to NAACL 2025")
    assert order([RAG, taken], 0.9, 0.85) == ["2501.1", "2501.00001"]
    assert order([RAG, taken], 0.99, 0.6) == ["2501.00001", "2501.1"]


def test_a_venue_puts_no_passing_mention_before_what_is_about_the_topic() -> None:
    taken = paper(
        "2501.1",
        "On Salt",
        "Salt is salt. Our code is available at https://github.com/a/b.",
        "cs.CL",
        "cs.AI",
        "cs.LG",
        comment="Accepted to NAACL 2025",
    )
    assert order([RAG, taken], 0.99, 0.93) == ["2501.00001", "2501.1"]


def test_code_and_breadth_break_ties() -> None:
    plain = paper("2501.1", "On Salt", "Salt is salt.", "cs.CL")
    broad = paper("2501.2", "On Pepper", "Pepper is hot.", "cs.CL", "cs.AI")
    coded = paper(
        "2501.3", "On Thyme", "Thyme is green. Our code is available at https://github.com/a/b.", "cs.CL"
    )
    assert order([plain, broad, coded], 0.8, 0.8, 0.8) == ["2501.3", "2501.2", "2501.1"]


def test_a_withdrawn_paper_comes_last() -> None:
    gone = paper(
        "2501.1", "On Salt", "Salt.", comment="This paper has been withdrawn by the authors. CVPR 2025"
    )
    assert order([gone, RAG], 0.99, 0.5) == ["2501.00001", "2501.1"]


def test_near_duplicates_stand_together() -> None:
    twin = paper("2501.00007", RAG.title + " and Rules", RAG.abstract.replace("81%", "84%"))
    ranked = rank([RAG, MOTION, twin], [match(0.95), match(0.9), match(0.6)])
    assert [one.position for one in ranked] == [0, 2, 1]
    assert [one.twins for one in ranked] == [(2,), (0,), ()]


def test_versions_of_a_paper_are_twins() -> None:
    later = Paper(RAG.id.__class__(RAG.id.number, 2), "Renamed", RAG.authors, "Written anew.", RAG.categories)
    assert rank([RAG, later], [match(0.9), match(0.8)])[0].twins == (1,)


def test_papers_of_one_author_on_different_things_are_no_twins() -> None:
    assert all(not one.twins for one in rank(ALL, [match(0.9)] * len(ALL)))


def test_the_order_given_makes_no_difference() -> None:
    papers = [*ALL, paper("2501.00008", RAG_UNSAID.title, RAG_UNSAID.abstract)]
    first = order(papers, *[0.8] * len(papers))
    chance = random.Random(1)
    for _ in range(20):
        chance.shuffle(papers)
        assert order(papers, *[0.8] * len(papers)) == first


@pytest.mark.parametrize(
    ("comment", "venue"),
    [
        ("Accepted to NeurIPS 2025", "NeurIPS 2025"),
        ("ACL 2025 Findings, 20 pages", "ACL 2025 Findings"),
        ("To appear in the Findings of EMNLP 2025", "EMNLP 2025 Findings"),
        ("12 pages; accepted by CVPR2025", "CVPR 2025"),
        ("Accepted by ACL'25 main track", "ACL 2025"),
        ("ICML 2025 (Oral). Project page: https://example.org", "ICML 2025 Oral"),
        ("Accepted at the Workshop on Cheese at ICCV 2025", "ICCV 2025 Workshop"),
        ("accepted to IJCV", "IJCV"),
        (
            "Accepted to the Annual Meeting of the Association for Computational Linguistics (ACL 2025)",
            "ACL 2025",
        ),
        (
            "Accepted to the Nations of the Americas Chapter of the Association for Computational Linguistics "
            "(NAACL 2025)",
            "NAACL 2025",
        ),
        ("Published in Computational Linguistics", "Computational Linguistics"),
        ("Accepted to RA-L", "RA-L"),
        ("Published in IEEE Transactions on Field Robotics", "IEEE Transactions on Field Robotics"),
        ("Accepted at ICCCN 2025 (Tokyo)", "ICCCN 2025"),
        ("The preprint of our paper accepted at MICCAI 2025", "MICCAI 2025"),
        ("Submitted to ACL 2025", None),
        ("Under review at ICLR 2026", None),
        ("under double-blind review for KDD 2025", None),
        ("Withdrawn from ICLR 2025", None),
        ("Rejected by CVPR 2025. Accepted to BMVC 2025", "BMVC 2025"),
        ("An extended version of NeurIPS 2023", None),
        ("19 pages, 7 figures", None),
        ("Accepted with pleasure", None),
        ("Written in the ACL style", None),
        (None, None),
    ],
)
def test_the_venue_in_a_comment(comment: str | None, venue: str | None) -> None:
    assert venue_of(paper("2501.1", "On Salt", "Salt.", comment=comment)) == venue


def test_the_journal_reference_goes_before_the_comment() -> None:
    both = paper(
        "2501.1", "On Salt", "Salt.", comment="Submitted to X", journal_ref="Proc. of NAACL (2025) 12-34"
    )
    assert venue_of(both) == "NAACL 2025"


@pytest.mark.parametrize(
    ("said", "released"),
    [
        ("Code: https://github.com/a/b", True),
        ("Our data and models are publicly available.", True),
        ("We release the benchmark and all weights.", True),
        ("Find it at https://huggingface.co/a/b.", True),
        ("Code will be released upon acceptance.", False),
        ("Code will be available at https://github.com/a/b soon.", False),
        ("The code of conduct is old.", False),
    ],
)
def test_what_is_released(said: str, released: bool) -> None:
    assert has_code(paper("2501.1", "On Salt", f"Salt is salt. {said}")) is released
