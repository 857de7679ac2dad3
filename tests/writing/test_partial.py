"""An answer that is read while it is being written."""

from __future__ import annotations

import json

import pytest

from bot.writing.partial import so_far

WHOLE = {
    "found": True,
    "passages": [{"passage": "P3", "quote": 'a "word", {so}'}, {"passage": "P4", "quote": "é 中"}],
    "answer": "One.\n\nTwo \\ three 😀 中文。",
}


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(
    "wrapping", ["{}", "```json\n{}\n```", "Here it is, {{as asked}}:\n{}", '{{"a": 1}} {}']
)
def test_every_beginning_is_a_beginning_of_the_whole(wrapping: str, ascii_only: bool) -> None:
    text = wrapping.format(json.dumps(WHOLE, ensure_ascii=ascii_only))
    longest = ""
    for end in range(len(text) + 1):
        partial = so_far(text[:end], "answer")
        said = partial.fields.get("answer", "")
        assert WHOLE["answer"].startswith(said)  # type: ignore[attr-defined]
        assert said.startswith(longest)
        if said:
            assert partial.fields["found"] is True
            assert partial.fields["passages"] == WHOLE["passages"]
        longest = said
    assert so_far(text, "answer").fields == WHOLE
    assert so_far(text, "answer").open == ""


def test_what_is_still_being_written_is_open() -> None:
    assert so_far('{"found": true, "answer": "It ha', "answer").open == "answer"
    assert so_far('{"found": true, "answer": "It has."', "answer").open == ""


def test_a_word_or_number_that_may_go_on_is_not_there_yet() -> None:
    assert so_far('{"found": tru', "found").fields == {}
    assert so_far('{"count": 6', "count").fields == {}
    assert so_far('{"count": 62,', "count").fields == {"count": 62}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'{"answer": "a\u00', "a"),
        (r'{"answer": "a\ud83d', "a"),
        (r'{"answer": "a\ud83d\ude', "a"),
        ('{"answer": "a\\', "a"),
        (r'{"answer": "\underline{x} \alpha is', r"\underline{x} \alpha is"),
        ('{"answer": "bare\nline', "bare\nline"),
    ],
)
def test_escapes_that_are_cut_or_none(written: str, read: str) -> None:
    assert so_far(written, "answer").fields == {"answer": read}


@pytest.mark.parametrize("text", ["", "no object", "{", '{"', "}{ [[[", '{"a": {"b": ' * 3000, '{"' * 50_000])
def test_anything_else_is_nothing(text: str) -> None:
    assert so_far(text, "answer").fields == {}
