"""What is made of the counts of days."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.chat.wording import translator
from bot.editions.trend_picture import picture, top_of
from bot.editions.trends import basis, figures, spark
from bot.editions.volumes import Trend
from bot.language import ENGLISH, Language
from bot.papers.schedule import announcement_days
from bot.topics import catalogue

LAST = date(2026, 11, 20)
DAYS = tuple(announcement_days(LAST - timedelta(days=60), LAST))[-30:]
RAG = catalogue.load()["rag"]


def trend(*counts: int, **more: tuple[date, ...]) -> Trend:
    return Trend(RAG, DAYS[-len(counts) :], counts, (100,) * len(counts), **more)


def test_the_last_five_days_are_held_against_the_twenty_before() -> None:
    found = trend(*[90] * 5, *[10] * 20, *[15] * 5)
    assert (found.late, found.before) == ((15,) * 5, (10,) * 20)
    assert found.change == 0.5
    assert found.median == 10
    said = list(figures(found, translator("en"), ENGLISH))
    assert said[1] == "Last 5 days: 75 papers, 15 a day; the 20 days before: 10 a day (+50%)"


@pytest.mark.parametrize(
    ("late", "said"),
    [(500, "(±0%)"), (499, "(±0%)"), (501, "(±0%)"), (490, "(−2%)"), (510, "(+2%)")],
)
def test_a_change_that_rounds_to_nothing_has_no_sign(late: int, said: str) -> None:
    told = list(figures(trend(*[500] * 20, *[late] * 5), translator("en"), ENGLISH))
    assert told[1].endswith(said)


@pytest.mark.parametrize("counts", [[3], [1, 2, 3], [0] * 25 + [4] * 5, [5] * 9])
def test_too_little_to_compare_with_is_not_compared(counts: list[int]) -> None:
    found = trend(*counts)
    assert found.change is None
    assert "before" not in " ".join(figures(found, translator("en"), ENGLISH))


def test_what_could_not_be_counted_is_said() -> None:
    found = trend(*[5] * 10, partial=(LAST,), left_out=tuple(DAYS[2:10]))
    said = basis(found, translator("en"), ENGLISH)
    assert "10 announcement days" in said
    assert "Read in part, so that there may have been more: Fri 20 Nov 2026." in said
    assert said.count("Oct 2026") == 6  # of eight, beside the first day of all
    assert "…" in said
    chinese = basis(found, translator("zh-Hans"), Language("zh-Hans"))
    assert "。 " not in chinese


def test_a_glance_in_characters() -> None:
    assert spark([0, 1, 2, 4]) == "▁▃▅█"
    assert spark([0, 0]) == "▁▁"
    assert spark([]) == ""


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (62, 80), (213, 300), (998, 1000)])  # fmt: skip
def test_scales_end_in_round_numbers(most: int, top: int) -> None:
    assert top_of(most) == top


@pytest.mark.parametrize("counts", [[0], [0, 0, 0], [1], [3000] * 30, [0, 1] * 15])
def test_any_counts_make_a_picture(counts: list[int]) -> None:
    found = trend(*counts, partial=DAYS[-1:], left_out=DAYS[: 30 - len(counts)][-3:])
    with Image.open(BytesIO(picture(found))) as made:
        made.load()
        assert made.size == (1280, 720)
