"""Commands a second of two bots that take turns."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Generic, Protocol, TypeVar

from benchmarks.rows import Bound, Row

AT_ONCE = 32  # commands under way; with more, what is measured is how long the queue is
_ROUNDS, _COMMANDS = 15, 400

Asked = TypeVar("Asked")


class Crowd(Protocol[Asked]):
    """People who talk to one bot."""

    def ask(self) -> Asked:
        """Give a command in a chat where nobody has asked before."""

    def answered(self, asked: Asked) -> object:
        """Return something true if the answer is there."""

    def wait(self, condition: Callable[[], object]) -> None:
        """Return as soon as `condition` holds."""


class _Side(Generic[Asked]):
    def __init__(self, crowd: Crowd[Asked]) -> None:
        self._crowd = crowd
        self.rates: list[float] = []

    def run(self, commands: int = _COMMANDS) -> None:
        """Keep as many commands under way until all are answered, and note how many that is a second."""
        crowd, left = self._crowd, commands
        waiting: list[Asked] = []
        begun = perf_counter()
        while left or waiting:
            while left and len(waiting) < AT_ONCE:
                waiting.append(crowd.ask())
                left -= 1
            waiting = self._rest(waiting)
        self.rates.append(commands / (perf_counter() - begun))

    def _rest(self, waiting: list[Asked]) -> list[Asked]:
        """Return those without an answer, as soon as at least one has its own."""
        self._crowd.wait(lambda: any(map(self._crowd.answered, waiting)))
        return [asked for asked in waiting if not self._crowd.answered(asked)]


def compare(name: str, library: str, bare: Crowd[Asked], ours: Crowd[Asked]) -> list[Row]:
    """Return commands a second of a bot of the library alone and of ours, and the ratio, in medians."""
    sides = _Side(bare), _Side(ours)
    for side in sides:
        side.run()
        side.rates.clear()
    for turn in range(_ROUNDS):
        for side in sides if turn % 2 else sides[::-1]:
            side.run()
    ratios = [our / their for their, our in zip(sides[0].rates, sides[1].rates, strict=True)]
    return [
        Row(f"{name}: {library} alone", median(sides[0].rates), "/s"),
        Row(f"{name}: cached /summarize", median(sides[1].rates), "/s"),
        Row(f"{name}: /summarize : {library} alone", median(ratios), "×", Bound("at least", 0.8)),
    ]
