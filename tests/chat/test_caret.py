"""The caret stands under the place it is about, whatever the width of what comes before."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.caret import pointed


def columns(line: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line
    )


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("rag AND", 4, "rag AND\n    ^"),
        ("检索 AND", 3, "检索 AND\n     ^"),
        ("（a", 0, "（a\n^"),
        ("a", 1, "a\n ^"),
        ("a\n\tb(", 4, "a  b(\n    ^"),
        ("e\u0301 (", 3, "e\u0301 (\n  ^"),
    ],
)
def test_the_caret_stands_under_its_place(text: str, position: int, shown: str) -> None:
    assert pointed(text, position) == shown


def test_a_long_query_is_cut_around_the_place() -> None:
    line, caret = pointed("x" * 200 + "(" + "y" * 200, 200).split("\n")
    assert line.startswith("…x")
    assert line.endswith("y…")
    assert line[caret.index("^")] == "("


@given(st.text(max_size=200), st.data())
def test_any_text_fits_a_telephone(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))
    line, caret = pointed(text, position).split("\n")
    assert columns(line) <= 35
    assert caret.strip(" ") == "^"
    assert len(caret) - 1 <= columns(line)
