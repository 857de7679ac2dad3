"""From where to where something went: "from 12.4 to 9.8", 从12.4降到9.8."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.writing.faithfulness.numbers import Number

_FROM = re.compile(r"(?:\bfrom\s?(?:about\s|around\s)?|[从由自][^\d，。；,;]{0,6})$")
_TO = re.compile(
    r"[^\d，。；,;.]{0,12}?(?:\bto(?:\sabout|\saround|\sonly|\sjust)?|→|->|[到至为])[了约仅\s$]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Course:
    """Two numbers of one kind that a text puts in order."""

    first: Number
    last: Number

    @property
    def way(self) -> tuple[float, float]:
        """From which value to which."""
        return self.first.value, self.last.value


def courses(text: str, numbers: Sequence[Number]) -> Iterator[Course]:
    """Yield where plain `text`, whose numbers are given, says that something goes from one value to another."""
    for first, last in pairwise(numbers):
        if first.value == last.value or last.start - first.end > 20:
            continue
        if _TO.fullmatch(text, first.end, last.start) and _FROM.search(
            text, max(0, first.start - 12), first.start
        ):
            yield Course(first, last)


def turned(claimed: Sequence[Course], said: Sequence[Course]) -> Iterator[Course]:
    """Yield those that go the other way than what is said."""
    ways = {course.way for course in said}
    for course in claimed:
        if course.way not in ways and course.way[::-1] in ways:
            yield course
