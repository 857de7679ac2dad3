"""Many terms looked for at once."""

from __future__ import annotations

import pytest

from bot.topics.evidence import read_term
from bot.topics.terms import Hit, Terms, bounds, is_acronym, split


def said_in(text: str, hit: Hit) -> str:
    places = bounds(text)
    return text[places[hit.first][0] : places[hit.beyond - 1][1]]


def found(text: str, *terms: str) -> list[str]:
    looked_for = Terms()
    for written in terms:
        looked_for.add(*read_term(written))
    return [said_in(text, hit) for hit in looked_for.find(split(text))]


@pytest.mark.parametrize(
    ("text", "term", "said"),
    [
        ("Many Agents meet.", "agent", ["Agents"]),
        ("retrieval-augmented and Retrieval Augmentation", '"retrieval augment*"', ["retrieval-augmented", "Retrieval Augmentation"]),
        ("a pretraining, a pre-training, a pre training", "pre-training", ["pretraining", "pre-training", "pre training"]),
        ("RAG, rag, RAGs, LongRAG, GraphRAGs, DRAG, RAGTime", "RAG", ["RAG", "RAGs", "LongRAG", "GraphRAGs", "RAGTime"]),
        ("MoE and Dense2MoE, not moe", "MoE", ["MoE", "Dense2MoE"]),
        ("a mixture of many low-rank experts", '"mixture experts"~4', ["mixture of many low-rank experts"]),
        ("a mixture of this. And much later come the experts", '"mixture experts"~3', []),
        ("the agent asks what the model of language says", '"agent language"~40', ["agent"]),
        ("naïve Bayes", '"naive bayes"', ["naïve Bayes"]),
        ("language", '"language model"', []),
    ],
)  # fmt: skip
def test_what_a_term_finds(text: str, term: str, said: list[str]) -> None:
    looked_for = Terms()
    number = looked_for.add(*read_term(term))
    assert [said_in(text, hit) for hit in looked_for.find(split(text)) if hit.term == number] == said


def test_terms_within_each_other_are_all_found() -> None:
    assert found("large language models", '"language model"', '"large language model"', "large") == [
        "large",
        "large language models",
        "language models",
    ]


@pytest.mark.parametrize(
    ("word", "so"), [("RAG", True), ("MoE", True), ("LLMs", True), ("Rag", False), ("ChatGPT", False)]
)
def test_what_an_acronym_is(word: str, so: bool) -> None:
    assert is_acronym(word) is so
