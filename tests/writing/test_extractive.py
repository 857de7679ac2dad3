"""The extractive brief: its sentences are the paper's own, and it always has something to show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.clean import visible
from bot.writing.extractive import brief_of, lexrank, sentences
from bot.writing.tasks.brief import Brief
from tests.writing.samples import PAPER, SENTENCES


def shown(brief: Brief) -> list[str]:
    return [brief.gist, *brief.takeaways]


def is_made_of(text: str, found: list[str]) -> bool:
    """Whether `text` is some of the sentences, in their order."""
    return not text or any(
        text.startswith(sentence) and is_made_of(text[len(sentence) :].removeprefix(" "), found[at + 1 :])
        for at, sentence in enumerate(found)
    )


def test_splits_where_a_reader_would() -> None:
    assert sentences(PAPER.abstract) == list(SENTENCES)


def test_the_gist_says_what_is_new() -> None:
    assert brief_of(PAPER).gist == SENTENCES[2]


def test_the_summary_is_in_the_order_of_the_source() -> None:
    found = sentences(brief_of(PAPER).summary)
    assert 2 <= len(found) <= 4
    assert found == [sentence for sentence in SENTENCES if sentence in found]


def test_takeaways_are_results_rather_than_background() -> None:
    takeaways = brief_of(PAPER).takeaways
    assert SENTENCES[4] in takeaways
    assert SENTENCES[0] not in takeaways


def test_a_translation_is_not_pretended() -> None:
    assert (brief_of(PAPER).title, brief_of(PAPER).abstract) == (None, None)


@pytest.mark.parametrize("count", range(1, 7))
def test_short_abstracts_give_what_they_have(count: int) -> None:
    brief = brief_of(replace(PAPER, abstract=" ".join(SENTENCES[:count])))
    assert len(sentences(brief.summary)) == (min(count, 2) if count < 6 else 3)
    assert len(brief.takeaways) >= min(count, 3)
    assert set(shown(brief)) <= set(SENTENCES)


@pytest.mark.parametrize("abstract", ["", "  \n ", "…", "\u202e"])
def test_without_an_abstract_the_title_is_all(abstract: str) -> None:
    assert brief_of(replace(PAPER, abstract=abstract)) == Brief(PAPER.title, "", ())


def test_chinese_and_japanese_are_split_and_ranked() -> None:
    chinese = ["检索增强生成读取短段落。", "我们提出了一种新的方法。", "该方法检索成组的文档。", "结果很好！"]
    brief = brief_of(replace(PAPER, abstract="".join(chinese)))
    assert set(shown(brief)) <= set(chinese)
    assert " " not in brief.summary
    assert sentences("本研究では手法を提案する。結果は良い。") == [
        "本研究では手法を提案する。",
        "結果は良い。",
    ]


def test_the_most_central_sentence_shares_most_with_the_others() -> None:
    found = ["Cats eat fish.", "Cats eat fish and drink milk.", "Dogs drink milk.", "Stones lie around."]
    scores = lexrank(found)
    assert max(scores) == scores[1]
    assert min(scores) == scores[3]
    assert sum(scores) == pytest.approx(1)


def test_what_only_claims_to_be_an_abstract_is_bounded() -> None:
    brief = brief_of(replace(PAPER, abstract="We propose a thing. " * 20_000))
    assert len(brief.takeaways) <= 7


words = st.sampled_from(
    "We propose RAG. Fig. 3 e.g. 62.7% of results show! (cf. Sec. 4.2) 我们 提出。 \n $x$ * \u202e A".split(
        " "
    )
)
texts = st.one_of(st.text(max_size=300), st.lists(words, max_size=60).map(" ".join))


@given(texts)
def test_every_sentence_stands_in_the_source(abstract: str) -> None:
    paper = replace(PAPER, abstract=abstract)
    source = visible(abstract) if sentences(abstract) else paper.title
    brief = brief_of(paper)
    assert brief.gist
    assert all(sentence in source for sentence in shown(brief))
    assert is_made_of(brief.summary, sentences(abstract))
    assert len(brief.takeaways) <= 7
