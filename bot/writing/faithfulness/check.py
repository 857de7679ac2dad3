"""The check of a text against what it was written from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.writing.faithfulness.courses import Course, courses, turned
from bot.writing.faithfulness.evidence import Evidence
from bot.writing.faithfulness.names import Name, Source, names
from bot.writing.faithfulness.numbers import Number, is_measure, numbers
from bot.writing.faithfulness.plain import plain
from bot.writing.faithfulness.ranks import ordinals, ranks

NOT_THERE = "This number is not in the source."
OTHER_UNIT = "The source has this number with another unit or scale."
OTHER_WAY = "The source has these numbers the other way round."
NO_SUCH_NAME = "This name is not in the source."

_MARKER = re.compile(r"(?:^|[\s;；。：:(（，,])\(?(\d{1,2})(?:[)）、](?!\d)|\.(?=\s|[^\d\s]))", re.MULTILINE)
_WORD_BEFORE = re.compile(r"\b([A-Z][A-Za-z]+) $")
# What belongs together at an edge, so that "GPT-4" is no part of "GPT-4o", nor 5 of 5.3 or 5%.
_JOINED = re.compile(r"[A-Za-z0-9]{2}|[0-9][.,%-][A-Za-z0-9]?|[A-Za-z0-9]?[-.,][0-9]|[A-Za-z]-[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim as written at `where` in the text, that the source does not bear out; `why` is an English sentence."""

    claim: str
    why: str
    where: tuple[int, int]


class Reference:
    """A source, to hold many texts against: what it says is read once."""

    def __init__(self, source: str) -> None:
        self._source = source
        said = plain(source)
        self._names = Source(said)
        self._numbers = Evidence(said)

    def prepare(self) -> None:
        """Read the source now, which for a long one takes tenths of a second, and not at the first check."""
        self.check("Q9-Z9 holds 9.99%.")

    def check(self, text: str) -> list[Finding]:
        """Return what `text` claims in numbers and names that the source does not say, in order."""
        if _is_part(self._source, text):
            return []
        claimed = plain(text)
        found: list[Finding] = []
        taken: list[tuple[int, int]] = []
        counted = numbers(claimed)
        measured = {number.end: number.start for number in counted if is_measure(number.kind)}
        for name in names(claimed):
            if measured.get(name.end, name.start) < name.start:
                continue  # the unit of a number
            taken.append((name.start, name.end))
            if not self._names.has(name.written) and not self._has_with_word_before(claimed, name):
                found.append(_finding(text, name.start, name.end, NO_SUCH_NAME))
        places = list(ranks(claimed))
        taken = sorted([*taken, *((rank.start, rank.end) for rank in places)])
        for number in _claims(claimed, counted, taken):
            if _is_small_word(number):
                if self._numbers.contradicts(number, claimed):
                    found.append(_finding(text, number.start, number.end, NOT_THERE))
            elif not self._numbers.supports(number, claimed):
                why = OTHER_UNIT if self._numbers.has_value(number) else NOT_THERE
                found.append(_finding(text, number.start, number.end, why))
        for rank in places:
            if rank.place not in self._ordinals and not self._numbers.holds(rank.place):
                found.append(_finding(text, rank.start, rank.end, NOT_THERE))
        claims = list(courses(claimed, counted))
        for course in turned(claims, self._courses) if claims else ():
            found.append(_finding(text, course.first.start, course.last.end, OTHER_WAY))
        return sorted(found, key=lambda finding: finding.where)

    def _has_with_word_before(self, text: str, name: Name) -> bool:
        """Return whether the source writes the name in one with the word before it: CodeLlama, Code Llama."""
        before = _WORD_BEFORE.search(text, max(0, name.start - 24), name.start)
        return before is not None and self._names.has(before[1] + name.written)

    @cached_property
    def _ordinals(self) -> frozenset[int]:
        return ordinals(plain(self._source))

    @cached_property
    def _courses(self) -> list[Course]:
        said = plain(self._source)
        return list(courses(said, self._numbers.numbers))


def check(source: str, text: str) -> list[Finding]:
    """Return what `text` claims in numbers and names that `source` does not say, in order."""
    return [] if _is_part(source, text) else Reference(source).check(text)


def _is_part(source: str, text: str) -> bool:
    """Return whether the text stands in the source as it is, and cuts no word or number in two."""
    at = source.find(text)
    if at < 0 or not text:
        return not text
    end = at + len(text)
    edges = (
        source[max(0, at - 1) : at + 1],
        source[max(0, at - 2) : at + 1],
        source[end - 1 : end + 1],
        source[end - 1 : end + 2],
    )
    return not any(_JOINED.fullmatch(edge) for edge in edges)


def _claims(text: str, counted: list[Number], taken: list[tuple[int, int]]) -> Iterator[Number]:
    """Yield the numbers that claim something: no list markers, no parts of names, no small number in words."""
    markers = {match.start(1) for match in _MARKER.finditer(text)}
    spans = iter(taken)
    span = next(spans, None)
    for number in counted:
        while span is not None and span[1] <= number.start:
            span = next(spans, None)
        if span is not None and span[0] <= number.start and number.start < span[1]:
            continue
        if number.start in markers or _says_nothing(number):
            continue
        yield number


def _says_nothing(number: Number) -> bool:
    """Return whether it is an article, or no more than "millions of"."""
    plain = number.kind in ("bare", "count", "name")
    return plain and (
        number.value == 1.0 or (number.words and number.hedge == "about" and number.kind == "bare")
    )


def _is_small_word(number: Number) -> bool:
    """Return whether a text may count so what a source only lists."""
    return number.words and number.value <= 10 and number.kind in ("bare", "count", "name")


def _finding(text: str, start: int, end: int, why: str) -> Finding:
    return Finding(text[start:end], why, (start, end))
