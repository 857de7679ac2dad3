"""What models charge, and what a call comes to."""

from __future__ import annotations

import pytest

from bot.writing.prices import FREE, Price, parse_prices
from bot.writing.usage import Usage


def test_a_table_is_read() -> None:
    table = parse_prices(" gpt-5-mini=0.25/2.00, gpt-5 = 1.25/10/0.125,openai/gpt-5=1/2; qwen3:8b=0/0,")
    assert table == {
        "gpt-5-mini": Price(0.25, 2, 0.25),
        "gpt-5": Price(1.25, 10, 0.125),
        "openai/gpt-5": Price(1, 2, 1),
        "qwen3:8b": FREE,
    }
    assert parse_prices("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpt-5", "names no model and its price"),
        ("=1/2", "names no model and its price"),
        ("gpt-5=1", "two or three prices"),
        ("gpt-5=1/2/3/4", "two or three prices"),
        ("gpt-5=1/-2", "two or three prices"),
        ("gpt-5=1/nan", "two or three prices"),
        ("gpt-5=$1/2", "two or three prices"),
        ("a=1/2,a=1/2", "twice"),
    ],
)
def test_a_wrong_table_is_told_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_prices(text)


def test_the_cached_part_of_a_prompt_has_its_own_price() -> None:
    price = Price(1.25, 10, 0.125)
    used = Usage(1, 10_000, 1_000, 8_000)
    assert price.of(used).money == pytest.approx(2_000 * 1.25e-6 + 8_000 * 0.125e-6 + 1_000 * 10e-6)
    assert price.of(Usage(1, 10, 0, 99)).money == pytest.approx(10 * 0.125e-6)
    assert FREE.of(used).money == 0


def test_usage_adds_up_and_is_kept() -> None:
    one = Usage(1, 10, 5, 4, 0.25, 1)
    assert one + one == Usage(2, 20, 10, 8, 0.5, 2)
    assert Usage.from_json(one.to_json()) == one


def test_an_older_record_is_read() -> None:
    assert Usage.from_json({"calls": 1, "prompt_tokens": 10, "completion_tokens": 5}) == Usage(1, 10, 5)
