"""Pairs as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.jsonl import BadLine
from bot.writing.faithfulness.check import NO_SUCH_NAME, Finding
from bot.writing.faithfulness.lines import check_lines, describe


def test_a_line_comes_back_with_its_findings() -> None:
    line = json.dumps({"id": 7, "source": "We use GPT-4o.", "text": "我们使用GPT-4。"}, ensure_ascii=False)
    (answer,) = check_lines([line])
    assert isinstance(answer, str)
    assert json.loads(answer) == {
        "id": 7,
        "source": "We use GPT-4o.",
        "text": "我们使用GPT-4。",
        "findings": [{"claim": "GPT-4", "why": NO_SUCH_NAME, "where": [4, 9]}],
    }
    assert "我们" in answer


def test_a_faithful_pair_has_an_empty_list() -> None:
    (answer,) = check_lines([b'{"source": "two", "text": "two"}\n'])
    assert isinstance(answer, str)
    assert json.loads(answer)["findings"] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ("[]", "not an object"),
        ('{"text": "a"}', "source is missing"),
        ('{"source": "a"}', "text is missing"),
        ('{"source": null, "text": "a"}', "source must be text, not null"),
        ('{"source": "a", "text": ["b"]}', 'text must be text, not ["b"]'),
    ],
)
def test_a_bad_line_says_what_is_wrong(line: str | bytes, problem: str) -> None:
    assert list(check_lines(["\n", line])) == [BadLine(2, problem)]


def test_a_bad_line_names_its_number() -> None:
    assert str(BadLine(3, "not JSON")) == "line 3: not JSON"


def test_half_a_surrogate_pair_can_be_written() -> None:
    (answer,) = check_lines(['{"source": "\\ud800", "text": "a"}'])
    assert isinstance(answer, str)
    assert json.loads(answer.encode())["source"] == "\ud800"


def test_each_line_is_answered_before_the_next_is_asked_for() -> None:
    asked: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            asked.append(number)
            yield '{"source": "a", "text": "b"}'

    next(check_lines(lines()))
    assert asked == [0]


def test_a_finding_is_one_line_for_a_terminal() -> None:
    assert describe(Finding("5\nkm", "This number is not in the source.", (3, 7))) == (
        "5 km\tThis number is not in the source.\t3-7"
    )
