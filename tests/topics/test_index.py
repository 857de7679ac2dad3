"""What counts as found: spellings of a word, phrases, names of authors, categories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.topics.index import Index
from bot.topics.query import Query
from bot.topics.words import readable, singular, words


def paper(
    title: str = "",
    abstract: str = "",
    *,
    authors: tuple[str, ...] = (),
    categories: tuple[str, ...] = ("cs.CL",),
    comment: str | None = None,
    journal_ref: str | None = None,
) -> Paper:
    return Paper(
        PaperId("2501.00001", 1),
        title,
        authors,
        abstract,
        categories,
        comment=comment,
        journal_ref=journal_ref,
    )


def found(query: str, some: Paper) -> tuple[str, ...] | None:
    """Return the words found in one paper, None if it does not fit."""
    return Query.parse(query).find(Index([paper("Something else"), some])).get(1)


@pytest.mark.parametrize(
    ("query", "title", "written"),
    [
        ("llm", "Many LLMs", "LLMs"),
        ("LLMs", "One LLM", "LLM"),
        ("agents", "An Agent’s World", "Agent"),
        ("retrieval-augmented", "Retrieval Augmented Generation", "Retrieval Augmented"),
        ('"retrieval augmented"', "Retrieval-Augmented Generation", "Retrieval-Augmented"),
        ('"retrieval augmented"', "Retrieval\u2011Augmented Generation", "Retrieval\u2010Augmented"),
        ("pretraining", "Pre-Training at Scale", "Pre-Training"),
        ("pre-training", "Pretraining at Scale", "Pretraining"),
        ('"pretraining data"', "More Pre-training Data", "Pre-training Data"),
        ('"pre-training data"', "More Pretraining Data", "Pretraining Data"),
        ("pretrain*", "Pre-trained Models", "Pre-trained"),
        ("pre-train*", "Pretrained Models", "Pretrained"),
        ('"language mod*"', "Language modelling", "Language modelling"),
        ("policy", "Learning Policies", "Policies"),
        ("movie", "Of Movies", "Movies"),
        ("poincare", "Poincaré Embeddings", "Poincaré"),
        ("POINCARÉ", "Poincare Embeddings", "Poincare"),
        ("ﬁne-tuning", "Fine-Tuning", "Fine-Tuning"),
        ("ＲＡＧ", "A RAG System", "RAG"),
        ("c++", "Bugs in C++ code", "C++"),
        ("encoder/decoder", "Encoder-Decoder", "Encoder-Decoder"),
        ("gpt-4", "What GPT4 Knows", "GPT4"),
        ("检索增强", "基于检索增强的生成", "检索增强"),
        ("检索*", "基于检索增强的生成", "检索"),
        ("RAG系统", "一个RAG系统", "RAG系统"),
        ('"graph reasoning"~2', "Reasoning over a Graph", "Reasoning over a Graph"),
        ("agent*", "Agentic Agents", "Agentic"),
    ],
)
def test_spellings_of_one_word(query: str, title: str, written: str) -> None:
    words_found = found(query, paper(title))
    assert words_found is not None
    assert words_found[0] == written


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("bia", "Of Bias"),
        ("rag", "Ragged Arrays"),
        ('"retrieval augmented"', "Augmented Retrieval"),
        ('"graph reasoning"~1', "Reasoning over a Graph"),
        ("c", "Bugs in C++"),
        ("检增", "检索增强"),
        ("agentic*", "Agents"),
        ('"one two"', "One. Not two"),
    ],
)
def test_what_is_another_word(query: str, title: str) -> None:
    assert found(query, paper(title)) is None


def test_a_phrase_ends_with_its_text() -> None:
    assert found('"graph agent"', paper("A Graph", "Agent of change")) is None
    index = Index([paper("", "graph"), paper("", "agent")])
    assert Query.parse('"graph agent"').find(index) == {}


def test_without_a_field_title_and_abstract_are_looked_into() -> None:
    some = paper("One", "Two", comment="Three", journal_ref="Four", authors=("Ada Five",))
    assert [found(f"{word}", some) is not None for word in ("one", "two", "three", "four", "five")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert found("all:(one two three four five cs.CL)", some) is not None
    assert found("co:three jr:four", some) == ("Three", "Four")
    assert found("abs:one", some) is None


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("au:bengio", True),
        ('au:"Yoshua Bengio"', True),
        ('au:"Bengio, Yoshua"', True),
        ('au:"Y Bengio"', True),
        ('au:"Y. Bengio"', True),
        ("au:Bengio_Y", True),
        ("au:beng*", True),
        ("au:jean-pierre", True),
        ("author:łukasz", True),
        ("au:lukasz", True),
        ("au:李", True),
        ("au:Bengio_S", False),
        ('au:"Yoshua Kaiser"', False),
        ("au:beng", False),
    ],
)
def test_authors(query: str, fits: bool) -> None:
    some = paper(authors=("Yoshua Bengio", "Łukasz Kaiser", "Jean-Pierre Serre", "李飞飞"))
    assert (found(query, some) is not None) is fits


def test_authors_are_named_whole() -> None:
    assert found("au:bengio", paper(authors=("Ada Example", "Yoshua Bengio"))) == ("Yoshua Bengio",)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("cat:cs.CL", True),
        ("cat:CS.cl", True),
        ("cat:cs.*", True),
        ("cat:cs", True),
        ("cat:c*", True),
        ("category:math-ph", True),
        ("cat:(cs.CV OR stat.ML)", True),
        ("cat:math", False),
        ("cat:cs.C*", True),
        ("cat:cs.A*", False),
        ("cat:cs.CV", False),
    ],
)
def test_categories(query: str, fits: bool) -> None:
    some = paper(categories=("cs.CL", "stat.ML", "math-ph"))
    assert (found(query, some) is not None) is fits


def test_few_words_are_shown_and_none_twice() -> None:
    some = paper("Agent agents AGENT", "agent graph graphs, a b c d e f")
    assert found("agent graph", some) == ("Agent", "agents", "graph", "graphs")
    shown = found("a b c d e f graph", some)
    assert shown is not None
    assert len(shown) == 5


def test_only_what_was_wanted_is_shown() -> None:
    assert found("(graph OR agent) -table", paper("An Agent")) == ("Agent",)


def test_vocabulary() -> None:
    index = Index([paper("LongRAG Agents"), paper("Naïve agents")])
    assert set(index.words("ti")) == {"longrag", "agents", "naive"}
    assert len(index) == 2


@pytest.mark.parametrize("word", ["bias", "corpus", "analysis", "loss", "gas", "lens", "news", "this", "ais"])
def test_no_plural(word: str) -> None:
    assert singular(word) == word


@given(st.text(max_size=80))
def test_words_stand_where_they_say(text: str) -> None:
    text = readable(text)
    found = words(text)
    assert [w.start for w in found] == sorted(w.start for w in found)
    for word in found:
        assert 0 <= word.start < word.end <= len(text)
        assert words(readable(text[word.start : word.end]))
