"""The lenient reader: it finds the answer in whatever surrounds it, and raises nothing but its own."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.answer import Answer
from bot.writing.reading import Malformed, is_bare, read


class Point(Answer):
    x: int
    label: str


GOOD = '{"x": 1, "label": "a"}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Sure! Here is the JSON you asked for:\n\n{GOOD}\n\nAnything else?",
        f'<think>Perhaps {{"x": 9, "label": "draft"}}?</think>\n{GOOD}',
        f'Perhaps {{"x": 9, "label": "draft"}}?</think>{GOOD}',
        f'{{"error": "none"}} {GOOD}',
        f'{{"result": {GOOD}}}',
        f"[{GOOD}]",
        '{"x": 1, "label": "a",}',
        '{"x": 1, "label": "a", "extra": [1, 2]}',
        f"{GOOD} {{",
        f"A set {{a, b}} is not JSON. {GOOD}",
    ],
    ids=lambda text: text[:30],
)
def test_finds_the_answer(text: str) -> None:
    assert read(text, Point) == Point(x=1, label="a")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'{"x": 1, "label": "\alpha and \sigma"}', r"\alpha and \sigma"),
        (r'{"x": 1, "label": "a \"quoted\" \alpha\n"}', 'a "quoted" \\alpha\n'),
        ('{"x": 1, "label": "two\nlines"}', "two\nlines"),
        (r'{"x": 1, "label": "中文 {\"x\": 2}"}', '中文 {"x": 2}'),
        (r'{"x": 1, "label": "\u4e2d \underline{a}"}', "中 \\underline{a}"),
    ],
)
def test_mends_the_commonest_slips(written: str, meant: str) -> None:
    assert read(written, Point).label == meant


def test_an_answer_only_thought_of_is_better_than_none() -> None:
    assert read(f"<think>{GOOD}", Point).x == 1


@pytest.mark.parametrize("text", ["", "I cannot help with that.", '{"x": 1', "null", "[1, 2]", '"x"'])
def test_says_that_there_is_no_object(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(text, Point)
    assert caught.value.problems == ("it holds no JSON object",)


def test_says_what_is_wrong_with_the_nearest_object() -> None:
    with pytest.raises(Malformed) as caught:
        read('{"unrelated": true} {"x": 1}', Point)
    assert caught.value.problems == ("label: Field required",)


@pytest.mark.parametrize(
    "text",
    ["{" * 50_000, '{"a":' * 50_000, "[" * 100_000 + "{", '{"x": ' + "9" * 10_000 + "}"],
    ids=["braces", "nested", "brackets", "digits"],
)  # fmt: skip
def test_survives_what_is_meant_to_hurt(text: str) -> None:
    with pytest.raises(Malformed):
        read(text, Point)


# What a model may be thought to write, with more than a fair share of JSON's own characters.
prose = st.text(st.one_of(st.characters(), st.sampled_from('{}[]":,\\`\n<>/think')), max_size=200)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(prose)
def test_raises_nothing_but_its_own_on_prose(text: str) -> None:
    with suppress(Malformed):
        assert read(text, Point)
    is_bare(text)


@given(json_values, prose)
def test_raises_nothing_but_its_own_on_json(value: Any, after: str) -> None:
    with suppress(Malformed):
        assert read(json.dumps(value) + after, Point)


calm = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}<>"), max_size=300)


@given(
    before=calm,
    after=prose,
    x=st.integers(-(10**9), 10**9),
    label=st.text(max_size=50).filter(str.isprintable),
)
def test_finds_the_object_in_prose(before: str, after: str, x: int, label: str) -> None:
    said = f"{before}{json.dumps({'x': x, 'label': label})}{'' if '<' in after else after}"
    assert read(said, Point) == Point(x=x, label=label)


@pytest.mark.parametrize(
    ("text", "bare"),
    [(GOOD, True), (f"<think>hm</think>\n{GOOD}\n", True), (f"```\n{GOOD}\n```", False), ("yes", False), ("[]", False)],
)  # fmt: skip
def test_bare_is_json_and_nothing_else(text: str, bare: bool) -> None:
    assert is_bare(text) is bare
