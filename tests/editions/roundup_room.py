"""Roundups over a newsroom, and a model that parts and tells whatever it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from bot.editions.period import Period
from bot.editions.roundup import Made, Roundup
from bot.editions.roundups import Asked, Progress, Roundups
from bot.language import ENGLISH, Language
from bot.papers.paper import Paper
from bot.store.quotas import Ceilings, Quotas
from bot.topics import catalogue
from bot.writing.composing import Composer
from bot.writing.conversation import Turn
from bot.writing.tasks.theme import cited
from bot.writing.texts import Texts
from tests.editions.newsroom import WED, Newsroom, paper, payer, wish
from tests.writing.scripted import Line, ScriptedModel

_MANY = Ceilings(person=99, chat=99, bot=99)


def roundups(room: Newsroom, model: ScriptedModel | None = None, ceilings: Ceilings = _MANY) -> Roundups:
    """Return roundups as a process of its own has them: nothing at hand but what the store holds."""
    return Roundups(
        days=room.days,
        filing=room.filing,
        records=room.records,
        texts=Texts(room.cache, room.store, Quotas(room.store, ceilings)),
        composer=Composer(model) if model else None,
        catalogue=catalogue.load,
        clock=lambda: room.now,
    )


async def made(
    some: Roundups,
    wanted: str = "rag",
    *,
    last: date = WED,
    days: int = 7,
    language: Language = ENGLISH,
    progress: Progress = lambda *_: None,
) -> Made:
    return await some.of(Asked(wish(wanted), Period.until(last, days), language), payer, progress)


def editor(parts: Callable[[list[int]], Sequence[Sequence[int]]] | None = None) -> Iterator[Line]:
    """Answer for ever: the papers in `parts`, by default in threes, and of each theme a sentence a paper."""
    while True:
        yield lambda turns: _answer(turns, parts or _threes)


def _answer(turns: Sequence[Turn], parts: Callable[[list[int]], Sequence[Sequence[int]]]) -> dict[str, Any]:
    asked = turns[1].text
    if "Themes: " not in asked:
        numbers = [int(number) for number in re.findall(r"^Paper \[(\d+)\]", asked, re.MULTILINE)]
        told = [f"It says one thing [{number}]." for number in numbers]
        return {"paragraphs": [told[0], " ".join(told[1:])] if len(told) > 1 else told}
    numbers = [int(number) for number in re.findall(r"^\[(\d+)\]", asked, re.MULTILINE)]
    return {
        "themes": [
            {"title": f"Part {'ABCDEFGHIJ'[at]}", "line": "What they ask.", "papers": list(part)}
            for at, part in enumerate(parts(numbers))
        ]
    }


def _threes(numbers: list[int]) -> list[list[int]]:
    size = max(1, -(-len(numbers) // 3))
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


KINDS = (
    ("Retrieval-Augmented Generation for Agents {}", "An LLM agent uses tools and retrieval-augmented generation."),
    ("Benchmarking Retrieval-Augmented Generation {}", "A benchmark evaluates retrieval-augmented generation (RAG)."),
    ("Jailbreaks of Retrieval-Augmented Generation {}", "Jailbreak attacks on retrieval-augmented generation of LLMs."),
    ("Retrieval-Augmented Generation in Medicine {}", "Clinical retrieval-augmented generation for doctors and patients."),
)  # fmt: skip


def mixed(first: int, count: int, day: date = WED) -> list[Paper]:
    """Return papers on retrieval-augmented generation, of four kinds in turn, each with words of its own."""
    return [
        paper(
            f"2611.{number:05}",
            KINDS[number % 4][0].format(f"Case{number}"),
            f"{KINDS[number % 4][1]} It holds. " + " ".join(f"word{number}x{i}" for i in range(30)),
            day,
        )
        for number in range(first, first + count)
    ]


def in_one_theme(roundup: Roundup) -> bool:
    """Whether every paper stands in one theme, is numbered in order, and every citation is of its theme."""
    numbers = [number for theme in roundup.themes for number in theme.papers]
    return numbers == list(range(1, len(roundup.items) + 1)) and all(
        set(cited(paragraph)) <= set(theme.papers)
        for theme in roundup.themes
        for paragraph in theme.paragraphs
    )
