"""What a model's deep summary is made into."""

from __future__ import annotations

import json

import pytest

from bot.writing.passages import Place
from bot.writing.reading import Malformed, read
from bot.writing.tasks.answer import Answered, Question, Quoted
from bot.writing.tasks.answer_answer import QuestionAnswer
from bot.writing.tasks.deep import Deep, Result, place_of
from bot.writing.tasks.deep_answer import DeepAnswer

PLACES = [
    Place("", "Abstract", 1, 1),
    Place("1", "Introduction", 1, 2),
    Place("4.2", "Results on NQ", 6, 6),
    Place("IV-B", "Ablations", 7, 7),
    Place("A", "Prompts", 12, 13),
    Place("A.1", "More Results", 13, 13),
]
WHOLE = {
    "problem": "It is hard.",
    "method": "It is simple.",
    "results": [{"text": f"Result {n} holds.", "section": "4.2"} for n in range(3)],
    "limitations": [],
    "new": "The method.",
}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("4.2", "4.2 Results on NQ"),
        ("Section 4.2", "4.2 Results on NQ"),
        ("§4.2", "4.2 Results on NQ"),
        ("4.2 Results on NQ (page 6)", "4.2 Results on NQ"),
        ("results on nq", "4.2 Results on NQ"),
        ("第 4.2 节", "4.2 Results on NQ"),
        ("Abstract", "Abstract"),
        ("abstract.", "Abstract"),
        ("A", "A Prompts"),
        ("Appendix A", "A Prompts"),
        ("A.1", "A.1 More Results"),
        ("IV-B", "IV-B Ablations"),
        ("Section IV-B", "IV-B Ablations"),
    ],
)
def test_a_section_is_known_by_number_or_title(said: str, name: str) -> None:
    place = place_of(said, PLACES)
    assert place is not None
    assert place.name == name


@pytest.mark.parametrize(
    "said", ["", "4", "4.3", "9", "Table 7", "A significant gain", "In the appendix", "B", "the paper", "..."]
)
def test_a_section_that_there_is_not_is_none(said: str) -> None:
    assert place_of(said, PLACES) is None


def test_results_come_in_many_shapes() -> None:
    odd = {
        **WHOLE,
        "results": [
            "Bare holds.",
            {"text": "So.", "section": 4.2},
            {"text": ""},
            {"text": "Or.", "section": None},
        ],
    }
    answer = read(json.dumps(odd), DeepAnswer)
    assert [(result.text, result.section) for result in answer.results] == [
        ("Bare holds.", ""),
        ("So.", "4.2"),
        ("Or.", ""),
    ]
    assert read(json.dumps({**WHOLE, "results": WHOLE["results"] * 5}), DeepAnswer).results[8:] == []  # type: ignore[operator]
    with pytest.raises(Malformed):
        read(json.dumps({**WHOLE, "results": []}), DeepAnswer)


def test_too_few_results_are_worth_asking_again() -> None:
    answer = read(json.dumps({**WHOLE, "results": ["One holds."]}), DeepAnswer)
    assert "has 1 items" in answer.shortcomings()[0]


def test_sections_and_quotes_are_not_held_to_the_source_as_texts() -> None:
    answer = read(json.dumps(WHOLE), DeepAnswer)
    assert "results[0].text" in dict(answer.texts())
    assert not [place for place, _ in answer.texts() if "section" in place]


def test_an_answer_keeps_its_paragraphs_and_loses_passages_without_words() -> None:
    said = {
        "found": True,
        "passages": [{"passage": 3, "quote": "so it is"}, "P4", {"passage": "P5"}],
        "answer": ["One.", "Two."],
    }
    answer = read(json.dumps(said), QuestionAnswer)
    assert answer.answer == "One.\n\nTwo."
    assert [(one.passage, one.quote) for one in answer.passages] == [("3", "so it is")]
    assert answer.shortcomings() == ()
    assert read(json.dumps({**said, "passages": []}), QuestionAnswer).shortcomings()


def test_what_is_kept_comes_back() -> None:
    deep = Deep(
        "p", "m", (Result("r", PLACES[2]), Result("s")), ("l",), "n", ("2 Related Work",), ("A Prompts",)
    )
    assert Deep.from_json(json.loads(json.dumps(deep.to_json()))) == deep
    answered = Answered("q", True, "a", (Quoted("words", PLACES[2]),), "0" * 12, "1" * 12, whole=False)
    assert Answered.from_json(json.loads(json.dumps(answered.to_json()))) == answered


def test_questions_that_mean_the_same_are_one() -> None:
    assert Question("How  large is\tit?").digest == Question("how large is it").digest
    assert Question("它有多大？").digest == Question("它有多大").digest
    assert Question("How large is it?").digest != Question("How large was it?").digest
    assert Question("How?", "0" * 12).digest != Question("How?").digest
