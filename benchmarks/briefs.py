"""Writing the briefs of one morning: two processes of `paperwire worker` beside one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import psutil

from benchmarks.followers import Newsroom, announced, newsroom
from benchmarks.processes import paperwire_run, wait_until
from benchmarks.rows import Bound, Row
from bot.language import Language
from bot.store.client import Store
from tests.fakes.corpus import ArxivPaper
from tests.fakes.telegram_world import Chat

_BRIEFS = 300
_FEW, _MANY = (
    30,
    300,
)  # chats: a process has room for all of the few, with ten papers each, and not for the many
_LATENCY = 1.0  # seconds until the model answers
# A language for each round: what was written in another is of no use to it.
_TONGUES = "en de fr es pt it ru uk ja ko ar zh-Hans zh-Hant"
_WARM, *_ROUNDS = map(Language, _TONGUES.split())
_LONGEST = 120.0  # seconds


def measure() -> list[Row]:
    """Return the seconds until all is written by one process and by two, and the ratio."""
    took: dict[tuple[int, int], list[float]] = {}
    burnt: dict[tuple[int, int], list[float]] = {}
    with newsroom(_papers()) as here:
        here.model.delay = _LATENCY
        chats = here.chats(_FEW + _MANY)
        here.follow([*_wanted(chats[:_FEW], _FEW, _WARM), *_wanted(chats[_FEW:], _MANY, _WARM)])
        with _worker(here) as first:
            here.wait_for(chats, _LONGEST)  # the papers are read and filed, what writing needs is loaded
            for turn, language in enumerate(_ROUNDS):
                many = 1 + turn % 2
                with ExitStack() as more:
                    workers = [first, *(more.enter_context(_worker(here)) for _ in range(1, many))]
                    kind = (_FEW, _MANY)[turn // 2 % 2], many
                    before = _cpu(workers)
                    took.setdefault(kind, []).append(_write(here, kind[0], language))
                    burnt.setdefault(kind, []).append(_cpu(workers) - before)
    return [*_rows(_FEW, took, burnt), *_rows(_MANY, took, burnt, Bound("at least", 1.5))]


def _rows(
    chats: int,
    took: Mapping[tuple[int, int], list[float]],
    burnt: Mapping[tuple[int, int], list[float]],
    bound: Bound | None = None,
) -> list[Row]:
    what = f"{_BRIEFS} briefs for {chats} chats"
    one, two = took[chats, 1], took[chats, 2]
    ratios = [alone / together for alone, together in zip(one, two, strict=True)]
    return [
        Row(f"{what}: one worker", median(one), "s"),
        Row(f"{what}: two workers", median(two), "s"),
        Row(f"{what}: processor of one", median(burnt[chats, 1]), "s"),
        Row(f"{what}: processor of two", median(burnt[chats, 2]), "s"),
        Row(f"{what}: briefs a second of two : one", median(ratios), "×", bound),
    ]


def _wanted(chats: list[Chat], many: int, language: Language) -> list[tuple[Chat, str, Language]]:
    return [(chat, f"{many}part{n}", language) for n, chat in enumerate(chats)]


def _write(here: Newsroom, many: int, language: Language) -> float:
    """Return the seconds from when all of it is due until the model has given its last answer."""
    calls = here.model.calls
    chats = here.chats(many)
    begun = here.follow_soon(_wanted(chats, many, language))
    here.wait_for(chats, _LONGEST)
    assert here.model.calls == calls + _BRIEFS, here.model.calls - calls
    return max(seen.ended or 0.0 for seen in here.model.requests) - begun


@contextmanager
def _worker(here: Newsroom) -> Iterator[psutil.Process]:
    """Run another `paperwire worker`, ready to work."""
    with paperwire_run(here.folder, here.settings, "worker") as process:
        wait_until(lambda: _is_ready(here, process.pid), "a worker at work", _LONGEST)
        yield psutil.Process(process.pid)


def _is_ready(here: Newsroom, process: int) -> bool:
    found: list[str] = []

    async def look(store: Store) -> None:
        found.extend(await store.execute_command("ZRANGE", "pw:work:workers", 0, -1))

    here.call(look)
    return any(name.endswith(f"#{process}") for name in found)


def _cpu(workers: list[psutil.Process]) -> float:
    times: list[Any] = [worker.cpu_times() for worker in workers]
    return float(sum(one.user + one.system for one in times))


def _papers() -> Iterator[ArxivPaper]:
    for n in range(_BRIEFS):
        parts = " and ".join(f"{many}part{n * many // _BRIEFS}" for many in (_FEW, _MANY))
        yield announced(n + 1, f"Side {n} of a Matter", parts)
