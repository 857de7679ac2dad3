"""Lines of JSON in, lines of JSON out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.jsonl import BadLine
from bot.topics.catalogue import load
from bot.topics.lines import match_lines
from bot.topics.query import Query
from tests.topics.papers import ALL, MOTION, RAG


def line(paper: Any, **changes: Any) -> str:
    data = {
        "id": str(paper.id),
        "title": paper.title,
        "abstract": paper.abstract,
        "categories": list(paper.categories),
        "something": "else",
    }
    return json.dumps({**data, **changes})


def answers(*lines: str | bytes, **options: Any) -> list[Any]:
    return [
        str(answer) if isinstance(answer, BadLine) else json.loads(answer)
        for answer in match_lines(lines, load(), **options)
    ]


def test_each_line_is_answered_in_order() -> None:
    found = answers(line(RAG), line(MOTION).encode(), line(RAG, id="my/own-name"))
    assert [answer["id"] for answer in found] == ["2501.00001", "2501.00004", "my/own-name"]
    assert found[0]["topics"][0]["topic"] == "rag"
    assert found[0]["topics"] == found[2]["topics"]
    assert set(found[0]["topics"][0]) == {"topic", "score", "why"}


def test_one_topic_alone() -> None:
    found = answers(line(RAG), line(MOTION), topic=load().find("RAG"))
    assert [[t["topic"] for t in answer["topics"]] for answer in found] == [["rag"], []]


def test_a_query_alone() -> None:
    found = answers(line(RAG), line(MOTION), query=Query.parse("ti:text-to-motion AND cat:cs.CV"))
    assert [len(answer["topics"]) for answer in found] == [0, 1]
    assert found[1]["topics"][0]["topic"] == "ti:text-to-motion AND cat:cs.CV"


def test_what_is_left_out_may_be_left_out() -> None:
    short = json.dumps({"id": "x", "title": "RAG at Town Hall", "abstract": ""})
    assert answers(short)[0]["topics"][0]["topic"] == "rag"


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "not an object"),
        (line(RAG, title=None), "title must be text, not null"),
        (line(RAG, title=" "), 'title must be text, not " "'),
        (line(RAG, abstract=None), "abstract must be text, not null"),
        (line(RAG, id=7), "id must be text, not 7"),
        (line(RAG, categories="cs.CL cs.AI"), 'categories must be a list of text, not "cs.CL cs.AI"'),
        (line(RAG, authors=[{"name": "A"}]), 'authors must be a list of text, not [{"name": "A"}]'),
        (line(RAG, comment=["x"]), 'comment must be text, not ["x"]'),
        ('{"id": "x", "abstract": "y"}', "title is missing"),
        (b"\xff\xfe{}", "not JSON"),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_on(bad: str | bytes, problem: str) -> None:
    first, second, third = answers(line(RAG), "", bad, line(MOTION))
    assert first["id"] == "2501.00001"
    assert second == f"line 3: {problem}"
    assert third["id"] == "2501.00004"


def test_lines_without_end_are_answered_as_they_come() -> None:
    asked = 0

    def endless() -> Iterator[str]:
        nonlocal asked
        while True:
            asked += 1
            yield line(ALL[asked % len(ALL)])

    answered = match_lines(endless(), load())
    for _ in range(300):
        next(answered)
    assert asked < 1500
