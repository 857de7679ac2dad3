"""Papers filed under the topics that they are about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.topics.catalogue import load
from bot.topics.index import Index
from bot.topics.matching import Filer, Match, Reason
from bot.topics.query import Query
from tests.topics.papers import ALL, CHEESE, GRAPHS, MOTION, RAG, RAG_IN_PASSING, RAG_UNSAID, paper


@pytest.fixture(scope="module")
def filer() -> Iterator[Filer]:
    with Filer(load()) as filer:
        yield filer


def topics(matches: tuple[Match, ...]) -> list[str]:
    return [match.topic for match in matches]


def why(filer: Filer, topic: str, *papers: object) -> str:
    (matches,) = filer.file(papers)  # type: ignore[arg-type]
    return next(str(match.reason) for match in matches if match.topic == topic)


def test_what_the_title_says_comes_first(filer: Filer) -> None:
    filed = filer.file([RAG, MOTION, GRAPHS])
    assert [topics(matches)[0] for matches in filed] == ["rag", "motion", "graph-learning"]


def test_a_paper_need_not_say_its_topics_name(filer: Filer) -> None:
    assert "rag" in topics(filer.file([RAG_UNSAID])[0])


def test_a_word_in_passing_does_not_make_a_topic(filer: Filer) -> None:
    (matches,) = filer.file([RAG_IN_PASSING])
    scores = {match.topic: match.score for match in matches}
    assert scores.get("rag", 0) < 0.6 < scores["robotics"] or "rag" not in scores


def test_nothing_is_filed_under_what_it_has_nothing_to_do_with(filer: Filer) -> None:
    assert filer.file([CHEESE]) == [()]


def test_scores_are_from_a_half_to_one_best_first(filer: Filer) -> None:
    for matches in filer.file(ALL):
        scores = [match.score for match in matches]
        assert scores == sorted(scores, reverse=True)
        assert all(0.5 <= score <= 1 for score in scores)


def test_reasons_are_the_words_as_written(filer: Filer) -> None:
    assert why(filer, "rag", RAG) == "Retrieval-Augmented Generation, RAG"
    assert why(filer, "graph-learning", GRAPHS).startswith("Graph Neural")


def test_the_reason_without_words_is_the_nearness() -> None:
    assert str(Reason((), 0.714)) == "close to the topic's description, 0.71"


def test_a_made_up_name_that_ends_in_the_acronym_counts(filer: Filer) -> None:
    named = paper(
        "2501.1", "TownRAG: Bylaws at Hand", "TownRAG answers what the town asks. It is small and quick."
    )
    assert "TownRAG" in why(filer, "rag", named)


def test_an_acronym_in_small_letters_is_another_word(filer: Filer) -> None:
    rag = paper(
        "2501.1", "A Rag and a Bone: Textiles of the Poor", "Every rag was sold. The rag trade was large."
    )
    assert "rag" not in topics(filer.file([rag])[0])


def test_where_the_code_lies_is_no_topic(filer: Filer) -> None:
    said = " The source code is available at https://example.org/cheese in our repository of generated code."
    released = paper("2501.1", CHEESE.title, CHEESE.abstract + said, "physics.app-ph")
    assert filer.file([released]) == [()]


@pytest.mark.parametrize(
    ("topic", "title", "abstract"),
    [
        ("speech", "Hate Speech in Town Forums", "We count insults by hand. Hate speech is rare."),
        (
            "multimodal",
            "A Vision-Language-Action Model That Stacks Cheese",
            "The arm stacks it. It seldom falls.",
        ),
        (
            "remote-sensing",
            "Cropping Photographs of Cheese",
            "Every picture is cropped. A crop keeps the rind.",
        ),
        ("code", "Neural Video Coding for Dairies", "Our coding saves bits. The coding gain is 3%."),
        ("robotics", "Fast Depth from Two Views", "Depth matters in robotics. We estimate it in one pass."),
        ("ai-for-science", "A Visual Genome of Dairies", "We label cows in pictures. Visual Genome helps."),
        (
            "machine-translation",
            "Image-to-Image Translation of Cheese",
            "Young cheese becomes old in the picture.",
        ),
    ],
)
def test_a_word_of_the_topic_within_another_name_does_not_count(
    filer: Filer, topic: str, title: str, abstract: str
) -> None:
    assert topic not in topics(filer.file([paper("2501.1", title, abstract, "cs.CV")])[0])


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("jailbreak", "Guardrails Against Harmful Requests"),
        ("jailbreak", "Indirect Prompt Injection by Mail"),
        ("gaussian-splatting", "Compact Splats for Moving Scenes"),
        ("nerf", "Relighting with Neural Radiance Fields"),
        ("talking-heads", "Lip-Synced Portraits from Audio"),
        ("talking-heads", "A Drivable Avatar in One Shot"),
        ("continual-learning", "Class-Incremental Learning Without Exemplars"),
        ("rag", "GraphRAG for Bylaws"),
        ("moe", "Sparsely Activated Experts by Routing of Experts"),
        ("time-series", "Classifying ECG on a Watch"),
    ],
)
def test_the_words_of_a_field_are_known(filer: Filer, topic: str, title: str) -> None:
    assert topic in topics(filer.file([paper("2501.1", title, "It works well. It is quick.", "cs.LG")])[0])


@pytest.mark.parametrize("count", [1, 2, 5, 300])
def test_a_papers_matches_do_not_depend_on_the_others(filer: Filer, count: int) -> None:
    alone = {one.id: filer.file([one])[0] for one in ALL}
    many = (ALL * count)[::-1][: 6 * count - 1]
    assert [alone[one.id] for one in many] == filer.file(many)


def test_two_filers_agree(filer: Filer) -> None:
    assert Filer(load()).file(ALL) == filer.file(ALL)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("", ""),
        ("Untitled", ""),
        ("", "RAG."),
        ("$$$", "…"),
        ("图神经网络", "图神经网络。"),
        ("A" * 5000, "b " * 50_000),
    ],
)
def test_odd_texts_are_filed_without_a_fault(filer: Filer, title: str, abstract: str) -> None:
    assert len(filer.file([paper("2501.1", title, abstract)])) == 1


def test_no_papers_need_nothing() -> None:
    assert Filer(load()).file([]) == []


class TestFollow:
    def test_words_decide(self, filer: Filer) -> None:
        matches = filer.follow(ALL, Query.parse('"language model" AND town'))
        assert [match is not None for match in matches] == [True, False, False, False, False, False]
        assert matches[0] is not None
        assert matches[0].topic == '"language model" AND town'
        assert set(matches[0].reason.words) == {"language model", "town"}

    def test_the_title_counts_more_than_the_abstract(self, filer: Filer) -> None:
        in_title, _, _, _, in_abstract, _ = filer.follow(
            [RAG, RAG_UNSAID, RAG_IN_PASSING, MOTION, paper("1", "On Bylaws", "We fetching do."), CHEESE],
            Query.parse("fetching"),
        )
        assert in_title is not None
        assert in_abstract is not None
        assert 0.5 <= in_abstract.score < in_title.score <= 1

    def test_an_index_made_once_gives_the_same(self, filer: Filer) -> None:
        query = Query.parse("cat:cs.CV OR cheese")
        assert filer.follow(Index(ALL), query) == filer.follow(ALL, query)
