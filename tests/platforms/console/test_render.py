"""Replies as text: complete, wrapped, and nothing that a terminal would obey."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.reply import (
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
)
from bot.chat.text import Bold, Code, Italic, Link, text
from bot.platforms.console.render import _columns, render

REPLY = Reply(
    (
        Card(
            "A Title",
            "https://arxiv.org/abs/1",
            (text(Italic("Ada, Bo")), text(Link("PDF", "https://arxiv.org/pdf/1"))),
        ),
        Heading(text("Summary")),
        Paragraph(text("See ", Bold("this"), " and ", Code("that"), ".")),
        Bullets((text("one"), text("two")), numbered=True),
        Quote(text("first\n\nsecond")),
        Preformatted("@misc{x,\n  a = {b}\n}"),
        Image(text("Figure 1."), "https://example.org/1.png"),
        Buttons(((Button("More", "/more 1"), Button("Web", url="https://example.org")),)),
    )
)


def test_plain() -> None:
    assert render(REPLY) == (
        "A Title\nAda, Bo\nPDF (https://arxiv.org/pdf/1)\n\n"
        "Summary\n\n"
        "See this and that.\n\n"
        "1. one\n2. two\n\n"
        "│ first\n│\n│ second\n\n"
        "@misc{x,\n  a = {b}\n}\n\n"
        "Figure 1. https://example.org/1.png\n\n"
        "→ /more 1 · Web (https://example.org)"
    )


def test_styled_says_the_same() -> None:
    styled = render(REPLY, styled=True)
    assert "\x1b[1m" in styled
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == render(REPLY)


def test_lines_break_between_words_and_between_chinese_characters() -> None:
    said = render(Reply((Paragraph(text("three little words 本文提出一种新方法")),)), width=12)
    assert said == "three little\nwords 本文提\n出一种新方法"


words = st.text(alphabet=st.characters(codec="utf-8"), max_size=80)


@given(st.lists(words, min_size=1, max_size=5), st.integers(20, 60))
def test_whatever_stands_in_it_is_shown_in_order_and_never_obeyed(texts: list[str], width: int) -> None:
    reply = Reply(tuple(Paragraph(text(part, Bold(part))) for part in texts))
    shown = render(reply, styled=False, width=width)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)
    visible = "".join(c for part in texts for c in part * 2)
    wanted = [c for c in re.sub(r"[\x00-\x1f\x7f-\x9f]", "", visible) if not c.isspace()]
    assert [c for c in shown if not c.isspace()] == [c for c in wanted if not _is_format(c)]


@given(st.text(alphabet="ab 文", max_size=200), st.integers(10, 40))
def test_no_line_is_wider_than_the_page(said: str, width: int) -> None:
    for line in render(Reply((Paragraph(text(said)),)), width=width).splitlines():
        assert _columns(line) <= width or " " not in line.strip()


def _is_format(char: str) -> bool:
    import unicodedata

    return unicodedata.category(char) in ("Cc", "Cf")


def test_half_characters_are_dropped() -> None:
    assert render(Reply((Paragraph(text("a\udcffb")),))) == "ab"
