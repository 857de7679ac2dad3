"""A paper is fitted by whole sections, and what was left out is known."""

from __future__ import annotations

import pytest

from bot.papers.fulltext import FullText, Section
from bot.papers.ids import PaperId
from bot.writing.fitting import budget, fit, tokens
from bot.writing.passages import Passage, laid_out, nearest, passages

NAMES = (
    ("", "Abstract", 1), ("1", "Introduction", 1), ("2", "Related Work", 2), ("3", "FoldFormer", 3), ("3.1", "Folds", 4),
    ("4", "Experiments", 5), ("4.1", "Folding Longer Texts", 6), ("5", "Limitations", 8), ("6", "Conclusion", 8),
    ("A", "More Results", 10), ("A.1", "Prompts", 11), ("B", "Results by Language", 12),
)  # fmt: skip


def paper(words: int = 100, paragraphs: int = 4) -> list[Passage]:
    text = "\n\n".join(f"Paragraph {n} says so. " + "word " * words for n in range(paragraphs))
    sections = tuple(
        Section(number, title, page, page + 1, text, (page, page, page + 1, page + 1)[:paragraphs])
        for number, title, page in NAMES
    )
    return passages(FullText(PaperId("2406.15319", 1), 16, 16, sections))


def names(found: list[Passage] | tuple[Passage, ...]) -> list[str]:
    return list(dict.fromkeys(passage.section.name for passage in found))


def test_what_fits_is_whole() -> None:
    fitted = fit(paper(), 100_000)
    assert fitted.whole
    assert fitted.passages == tuple(paper())
    assert fitted.pages == 13  # what comes after them is references


def test_telling_sections_come_first_and_all_stay_in_order() -> None:
    whole = paper()
    one = sum(tokens(laid_out([passage], named=True)) for passage in whole[:4])
    order = ["Abstract", "1 Introduction", "4 Experiments", "4.1 Folding Longer Texts", "3 FoldFormer", "3.1 Folds",
             "5 Limitations", "6 Conclusion", "2 Related Work", "A More Results", "A.1 Prompts", "B Results by Language"]  # fmt: skip
    for count in range(1, len(order)):
        fitted = fit(whole, one * count + 20 * count)
        assert set(names(fitted.passages)) == set(order[:count]), count
        assert names(fitted.passages) == [name for name in names(whole) if name in order[:count]]
        assert [place.name for place in fitted.left_out] == [
            n for n in names(whole) if n not in order[:count]
        ]
        assert not fitted.partly


def test_of_a_telling_section_that_is_too_long_whole_paragraphs_are_taken() -> None:
    whole = paper(words=400)
    costs = [tokens(laid_out([passage], named=True)) for passage in whole]
    fitted = fit(whole, sum(costs[:6]) + 100)
    assert fitted.passages == tuple(whole[:6])
    assert [place.name for place in fitted.partly] == ["1 Introduction"]
    assert fitted.pages == 2  # whole sections to their end, of others what was taken


@pytest.mark.parametrize("most", [-5, 0, 10, 500, 2_000, 5_000, 9_000])
def test_never_more_than_fits_and_never_a_part_of_a_paragraph(most: int) -> None:
    whole = paper(words=300, paragraphs=3)
    fitted = fit(whole, most, first=whole[-2:])
    assert tokens(laid_out(fitted.passages, named=True)) <= max(most, 1)
    assert set(fitted.passages) <= set(whole)


def test_what_is_near_to_a_question_comes_before_sections() -> None:
    whole = paper(words=300)
    fitted = fit(whole, 4_000, first=[whole[-1], whole[-2]])
    assert {whole[-1], whole[-2]} <= set(fitted.passages)
    assert "Abstract" in names(fitted.passages)


def test_the_nearest_passages_share_what_is_rare() -> None:
    texts = (
        "We train a model on texts.",
        "The learning rate was 0.0003.",
        "Texts are long.",
        "学习率为 0.0003。",
    )
    section = Section("1", "Method", 2, 2, "\n\n".join(texts))
    found = passages(FullText(PaperId("2406.15319", 1), 3, 3, (section,)))
    assert nearest(found, "What is the learning rate of the model?")[0].text == texts[1]
    assert nearest(found, "学习率是多少？")[0].text == texts[3]
    assert nearest(found, "trained?")[0].text == texts[0]
    assert nearest(found, "Wie geht es?") == []


def test_an_abstract_that_the_text_lacks_is_put_before_it() -> None:
    full = FullText(PaperId("2406.15319", 1), 3, 3, (Section("1", "Method", 2, 3, "Text."),))
    first, second = passages(full, "The abstract.")
    assert (first.text, first.place.title, first.place.first) == ("The abstract.", "Abstract", 1)
    assert (second.id, second.place.first, second.place.last) == ("P2", 2, 3)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The quick brown fox jumps over the lazy dog. " * 20, 200, 280),
        ("我们提出了一种新的方法，用于检索增强生成。" * 20, 300, 600),
        ("62.7 61.4 0.0003 12,300 " * 20, 240, 450),
        ("α ≤ β ∑ ∀ " * 20, 100, 250),
    ],
)
def test_tokens_are_rather_too_many(text: str, least: int, most: int) -> None:
    assert least <= tokens(text) <= most


def test_room_is_left_for_the_answer() -> None:
    assert budget(128_000, "x" * 4_000) == 128_000 - 16_000 - 1_001
    assert budget(8_000) == 6_000
