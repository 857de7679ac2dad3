"""What is quoted stands there, as it stands there."""

from __future__ import annotations

import pytest

from bot.writing.quotes import quoted

TEXT = (
    "Our model, FoldFormer-7B, reaches an exact match of 62.7% on NQ (with 4K-token units), "
    "which is “on par” with ﬁne-tuned systems. 它在中文上的准确率为 61.9%。 It fails on tables."
)


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("reaches an exact match of 62.7% on NQ", "reaches an exact match of 62.7% on NQ"),
        ("Reaches an  exact-match\nof 62.7 %", "reaches an exact match of 62.7%"),
        ('"on par" with fine-tuned systems', "on par” with ﬁne-tuned systems."),
        ("el, FoldFormer-7B, reaches an exac", "model, FoldFormer-7B, reaches an exact"),
        ("它在中文上的准确率", "它在中文上的准确率"),
        ("FoldFormer-7B, reaches … on par with", "FoldFormer-7B, reaches … on par” with"),
        ("FoldFormer-7B, reaches [...] It fails on tables", "FoldFormer-7B, reaches … It fails on tables."),
    ],
)
def test_words_that_stand_there(words: str, there: str) -> None:
    assert quoted(words, TEXT) == there


@pytest.mark.parametrize(
    "words",
    [
        "",
        "…",
        "on NQ",  # stands anywhere
        "reaches an exact match of 72.7% on NQ",
        "reaches the exact match of 62.7% on NQ",
        "It fails on tables … FoldFormer-7B, reaches",  # in another order
        "它在英文上的准确率",
    ],
)
def test_words_that_do_not(words: str) -> None:
    assert quoted(words, TEXT) is None
