"""Text is cut where a reader would cut it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bot.platforms.packing import Length, cut, split, take

FAMILY = "👨‍👩‍👧‍👦"
BREAK = re.compile(r"[^\S\u00a0\u202f\u2007]")


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


words = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "word",
                "e\u0301",
                FAMILY,
                "🇩🇪",
                "模型",
                "，",
                "（",
                "。",
                " ",
                "\n",
                "\n\n",
                ". ",
                "x" * 50,
                "\u00a0",
            ]
        ),
        st.text(max_size=5),
    ),
    max_size=40,
).map("".join)


@settings(max_examples=120, deadline=None)
@given(words, st.integers(1, 60), st.sampled_from([len, utf16]))
@example("a" + "\u0301" * 100, 10, len)
@example(FAMILY * 10, 3, utf16)
def test_pieces_fit_and_nothing_is_lost(text: str, limit: int, length: Length) -> None:
    """What was cut joins to what was there, and every piece is within the limit that a character allows."""
    pieces = list(split(text, limit, length))
    assert "".join(pieces) == text
    assert all(pieces)
    assert all(length(piece) <= limit or len(piece) == 1 for piece in pieces)


@settings(max_examples=120, deadline=None)
@given(words, st.integers(12, 60))
def test_graphemes_and_words_that_fit_stay_whole(text: str, limit: int) -> None:
    """A cut falls within a word only if the word alone is too long, within a grapheme never here."""
    pieces = list(split(text, limit))
    graphemes = list(iter_graphemes(text))
    ends, position = set(), 0
    for grapheme in graphemes:
        position += len(grapheme)
        ends.add(position)
    at = 0
    for piece, after in pairwise(pieces):
        at += len(piece)
        if max(map(len, graphemes)) <= limit:
            assert at in ends
        if piece[-1].isascii() and piece[-1].isalnum() and after[0].isascii() and after[0].isalnum():
            head = BREAK.split(piece)[-1]
            tail = BREAK.split(after)[0]
            assert len(head + tail) > limit


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 10, []),
        ("short", 10, ["short"]),
        ("One two three", 8, ["One two ", "three"]),
        ("First one. Second one.", 15, ["First one. ", "Second one."]),
        ("First line\nsecond line", 15, ["First line\n", "second line"]),
        ("Para. Graph.\n\nNext", 17, ["Para. Graph.\n\n", "Next"]),
        ("  indented\n  code", 12, ["  indented\n", "  code"]),
        ("我们提出了一个方法。效果很好", 12, ["我们提出了一个方法。", "效果很好"]),
        ("我们提出了方法，很好", 7, ["我们提出了方", "法，很好"]),
        ("模型（很好）", 3, ["模型", "（很", "好）"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("Fig.\u00a03 shows", 8, ["Fig.\u00a03 ", "shows"]),
    ],
)
def test_where_a_cut_falls(text: str, limit: int, pieces: list[str]) -> None:
    """After a paragraph, a line, a sentence or a word; never before closing punctuation."""
    assert list(split(text, limit)) == pieces


def test_what_would_fit_on_the_next_page_waits_for_it() -> None:
    """The first part may be empty, if an empty message has room for the word."""
    assert take("marvellous things", 5, whole=20) == ("", "marvellous things")
    assert take("a marvellous thing", 5, whole=20) == ("a ", "marvellous thing")
    assert take("marvellous", 5, whole=8) == ("marve", "llous")


def test_ranges_are_kept_like_words() -> None:
    """A link of several words moves on as one; one that no page could hold is cut between words."""
    text = "see the whole link here"
    assert cut(text, lambda n: n <= 12, alone=lambda n: n <= 18, kept=[(4, 18)]) == 4
    assert cut(text[4:], lambda n: n <= 9, alone=lambda n: n <= 9, kept=[(0, 14)]) == 9


def test_a_long_text_is_quick() -> None:
    """Fifty thousand characters are no burden."""
    for text in ("word " * 10_000, "模型" * 25_000, "x" * 50_000):
        assert sum(map(len, split(text, 4096, utf16))) == 50_000
