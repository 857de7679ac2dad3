"""Which papers a roundup takes, and how they are parted where no model does it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.editions.roundup import Roundup
from bot.editions.selection import MOST, Fitting, Group, select
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.client import Store
from bot.topics.matching import Match, Reason
from tests.editions.newsroom import newsroom
from tests.editions.roundup_room import editor, in_one_theme, made, roundups
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus, _read, data_folder
from tests.writing.scripted import ScriptedModel


def fitting(number: int, topics: Mapping[str, float], score: float = 0.9, **rest: object) -> Fitting:
    said = " ".join(f"word{number}x{i}" for i in range(40))
    words = " ".join(f"about {topic} and its kind" for topic in topics)
    paper = Paper(
        PaperId(f"2611.{number:05}", 1),
        f"Paper {number} {words}",
        (),
        f"{words}. {said}",
        ("cs.CL",),
        **rest,  # type: ignore[arg-type]
    )
    return Fitting(paper, Match("llm", score, Reason(())), topics)


def many(*topics: str | None, each: int = 20, first: int = 1) -> list[Fitting]:
    count = itertools.count(first)
    return [fitting(next(count), {topic: 0.95} if topic else {}) for topic in topics for _ in range(each)]


def sizes(groups: tuple[Group, ...]) -> dict[str | None, int]:
    return {group.head: len(group.chosen) for group in groups}


def test_the_seats_are_shared_out_among_the_topics() -> None:
    groups = select([*many("agents", "medicine", each=90), *many("code", "reasoning", each=15, first=300)])
    found = sizes(groups)
    assert sum(found.values()) == MOST
    assert found["agents"] <= 10
    assert found["code"] >= 5
    assert found["reasoning"] >= 5


def test_nothing_is_taken_twice_and_the_order_given_does_not_matter() -> None:
    some = many("agents", "code", "reasoning", "quantization", None)
    groups = select(some)
    numbers = [one.paper.id.number for group in groups for one, _ in group.chosen]
    assert len(numbers) == len(set(numbers)) == MOST
    again = select(list(reversed(some)))
    assert [one.paper.id.number for group in again for one, _ in group.chosen] == numbers


def test_few_papers_are_all_taken() -> None:
    for count in range(12):
        groups = select(many("agents", None, each=count))
        assert sum(sizes(groups).values()) == 2 * count


def test_a_topic_of_most_papers_parts_nothing() -> None:
    both = [
        replace(one, topics={**one.topics, "evaluation": 0.99}) for one in many("agents", "code", "reasoning")
    ]
    assert set(sizes(select(both))) - {None} == {"agents", "code", "reasoning"}


def test_kindred_topics_stand_under_one_heading() -> None:
    groups = select(many("quantization", "inference", "moe", "agents", "agents", "code", "code", each=5))
    assert set(sizes(groups)) - {None} == {"inference", "agents", "code"}
    counts = next(group.topics for group in groups if group.head == "inference")
    assert set(counts) == {"quantization", "inference", "moe"}


def test_the_best_go_first_and_what_was_withdrawn_not_at_all() -> None:
    some = many("agents", "code", each=60)
    some[3] = replace(some[3], paper=replace(some[3].paper, comment="Accepted at ACL 2026"))
    some[4] = replace(some[4], paper=replace(some[4].paper, comment="This paper has been withdrawn."))
    chosen = [one.paper.id.number for group in select(some) for one, _ in group.chosen]
    assert some[3].paper.id.number in chosen
    assert some[4].paper.id.number not in chosen


def test_of_two_that_say_the_same_one_is_taken() -> None:
    some = many("agents", "code", each=4)
    twin = replace(some[0], paper=replace(some[0].paper, id=PaperId("2611.00999", 1)))
    assert sum(sizes(select([*some, twin])).values()) == 8


def test_no_papers_no_groups() -> None:
    assert select([]) == ()


# A real month


@pytest.fixture
def june() -> Iterator[ArxivFake]:
    folder = data_folder()
    path = folder / "corpus_partial.jsonl.gz" if folder else Path()
    if not path.is_file():
        pytest.skip("the real metadata is not here")
    with ArxivFake(Corpus(_read(path))) as fake:
        yield fake


@pytest.mark.timeout(300)
async def test_june_2024_has_the_themes_that_a_person_would_have_chosen(
    store: Store, june: ArxivFake
) -> None:
    async with newsroom(store, june) as room:
        extracted = (await made(roundups(room), "llm", last=date(2024, 6, 28), days=30)).roundup
        told = (
            await made(roundups(room, ScriptedModel(editor())), "llm", last=date(2024, 6, 28), days=30)
        ).roundup
    for roundup in (extracted, told):
        assert roundup.reconstructed == 21
        assert roundup.matched > 1000
        assert len(roundup.items) == 40
        assert in_one_theme(roundup)
    assert {item.id for item in extracted.items} == {item.id for item in told.items}
    titles = " / ".join(theme.title for theme in extracted.themes)
    for theme in ("Alignment and safety", "evaluation", "Retrieval-augmented", "Efficient inference",
                  "multilinguality", "Reasoning", "LLM agents"):  # fmt: skip
        assert theme in titles
    assert all(2 < len(theme.papers) <= 10 for theme in extracted.themes)
    assert _spread(extracted) >= 18


def _spread(roundup: Roundup) -> int:
    """Return on how many days the papers were submitted, by the parts of their numbers."""
    return len(Counter(int(item.id.number[5:]) // 900 for item in roundup.items))
