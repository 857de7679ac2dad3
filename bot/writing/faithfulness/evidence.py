"""Whether a source bears out a number: as it is, in another unit, rounded, or by one step of arithmetic."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from math import inf

from bot.writing.faithfulness.intervals import (
    as_percent,
    as_times,
    closer,
    converted,
    ordered,
    possible,
    with_room,
)
from bot.writing.faithfulness.nouns import thing
from bot.writing.faithfulness.numbers import Number, hedged, is_measure, numbers
from bot.writing.faithfulness.spelled import HINTS

_NEAR = 12  # numbers further apart than this are not reckoned with each other
_CLOSE = 160  # characters within which numbers are summed
_LONG = 4_000  # characters, from which on a source has so many numbers that any could be reckoned from some
_PLAIN = ("bare", "count")
_OUT_OF = re.compile(r"\s?(?:out of|of|in|/|in every)\s?(?:the\s)?")
_SENTENCE = re.compile(r"[.:;!?](?=\s)|[。；：！？()]")
_FALLS = re.compile(
    r"reduc|decreas|fall|fell|drop|declin|cut|remov|prun|less|fewer|lower|减|降|少|低|去掉|下滑|剪|删"
)
_LEFT = re.compile(
    r"remain|retain|keep|kept|left|only|preserv|\bto\b|剩|保留|仅|只|[到至为]|error|sparsi|误|错|稀疏"
)
_REST = re.compile(r"\b(?:not|other|others|rest|remain\w*)\b|其余|剩余|其他|未|非")
_CLAUSE = re.compile(r"[,.:;!?](?=\s)|[，。；：！？()]")
_ITEM = re.compile(r",? (?:and|or) |, |，|、")
_LESS = re.compile(
    r"reduc|decreas|fall|fell|shrink|smaller|cheap|cut|sav|less|fewer|lower|drop|declin|compress|prun|remain|retain|keep|only|error|sparsi|short|fast|speed"
    r"|减|降|省|少|低|压缩|剩|保留|仅|只|误|快|缩|损失|下滑|稀疏|剪"
)
_MORE = re.compile(
    r"improv|increas|gain|higher|more|better|rais|rise|outperform|surpass|boost|exceed|differ|gap|ahead|behind|grow|over"
    r"|慢|短|提升|提高|增|升|高|优|差|超|多|领先|落后|倍|改善"
)


class Values:
    """Values that are asked for by interval."""

    def __init__(self, values: Iterable[float]) -> None:
        self._sorted = sorted(values)

    def within(self, low: float, high: float) -> bool:
        """Return whether any lies in [low, high]."""
        at = bisect_left(self._sorted, low)
        return at < len(self._sorted) and self._sorted[at] <= high


class Evidence:
    """What a source says in numbers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._hinted: dict[float, bool] = {}
        self.numbers = sorted(numbers(text, source=True), key=lambda number: number.start)

    @cached_property
    def _by_kind(self) -> dict[str, Values]:
        kinds: dict[str, list[float]] = {}
        for number in self.numbers:
            kinds.setdefault(number.kind, []).extend((number.value, *number.also))
        return {kind: Values(values) for kind, values in kinds.items()}

    @cached_property
    def _written(self) -> Values:
        return Values(v for n in self.numbers for v in (n.written, *n.also))

    @cached_property
    def _plain(self) -> Values:
        """Values of numbers that have no unit and count no noun."""
        return Values(v for n in self.numbers if n.kind in ("bare", "name") for v in (n.written, *n.also))

    @cached_property
    def _counts(self) -> Values:
        kinds = ("bare", "name", "count", "year", "month")
        return Values(v for n in self.numbers if n.kind in kinds for v in (n.written, *n.also))

    def supports(self, claim: Number, text: str) -> bool:
        """Return whether the source says `claim`, which stands in plain `text`."""
        if any(self._says(claim, low, high) for low, high in possible(claim)):
            return not self._counts_another(claim, text)
        claim = hedged(text, claim)
        return (
            any(self._says(claim, low, high) for low, high in possible(claim) if claim.hedge)
            or self._follows(claim, text)
            or self._hints(claim)
        )

    def contradicts(self, claim: Number, text: str) -> bool:
        """Return whether the source counts the same things as `claim`, and never comes to its number."""
        if thing(claim, text) not in self._things:
            return False
        if self._counts.within(claim.value, claim.value):
            return self._counts_another(claim, text)
        return not self._hints(claim)

    def _counts_another(self, claim: Number, text: str) -> bool:
        """Return whether the source has the number only for other things, and another number for these."""
        if claim.kind not in _PLAIN or claim.step > 1 or (counted := thing(claim, text)) is None:
            return False
        if counted not in self._things:
            return False
        others = self._counted.get(claim.value, set())
        return bool(others) and None not in others and counted not in others

    @cached_property
    def _counted(self) -> dict[float, set[int | None]]:
        """What the source counts with each number."""
        counted: dict[float, set[int | None]] = {}
        for number in self.numbers:
            counted.setdefault(number.value, set()).add(thing(number, self._text))
        return counted

    @cached_property
    def _things(self) -> set[int]:
        """What the source counts by some number."""
        found = (thing(n, self._text) for n in self.numbers if n.kind in _PLAIN and n.value != 1)
        return {counted for counted in found if counted is not None}

    def holds(self, value: float) -> bool:
        """Return whether the source has a number of this very value, of whatever kind."""
        return self._written.within(value, value)

    def has_value(self, claim: Number) -> bool:
        """Return whether the digits stand in the source, whatever their unit."""
        return self._written.within(*with_room(claim.written, 0.0))

    def _in(self, kind: str, low: float, high: float) -> bool:
        values = self._by_kind.get(kind)
        return values is not None and values.within(low, high)

    def _says(self, claim: Number, low: float, high: float) -> bool:
        kind = claim.kind
        unit = claim.value / claim.written if claim.written else 1.0
        if kind in ("bare", "name"):
            return self._written.within(low, high)
        if kind in ("count", "year", "month"):
            return self._counts.within(low, high)
        if kind == "percent":
            return (
                self._in("percent", low, high)
                or self._plain.within(low, high)
                or (high <= 100 and self._plain.within(low / 100, high / 100))
                or any(self._in("times", *ends) for ends in converted(as_times, low, high))
            )
        if kind == "points":
            return self._in("points", low, high) or self._plain.within(low, high)
        if kind == "times":
            return (
                self._in("times", low, high)
                or self._plain.within(low, high)
                or any(self._in("percent", *ends) for ends in converted(as_percent, low, high))
            )
        return self._in(kind, low, high) or self._plain.within(low / unit, high / unit)

    def _hints(self, claim: Number) -> bool:
        """Return whether the source says the number by the way: dual, fully, or a list of so many."""
        if claim.kind in ("percent", "bare") and claim.value in (100.0, 50.0):
            return self._hint(claim.value)
        if claim.kind in _PLAIN and claim.value in HINTS and claim.value < 11 and claim.step in (0.0, 1.0):
            return self._hint(claim.value) or int(claim.value) in self._lists
        return claim.kind == "time" and claim.written == 1.0

    def _hint(self, value: float) -> bool:
        if value not in self._hinted:
            self._hinted[value] = bool(HINTS[value].search(self._text))
        return self._hinted[value]

    @cached_property
    def _lists(self) -> set[int]:
        """How many things the source's lists may have: the first may be no item, but what leads to the list."""
        lists = (len(_ITEM.findall(part)) + 1 for part in _SENTENCE.split(self._text))
        return {size for items in lists if items > 2 for size in (items, items - 1)}

    def _follows(self, claim: Number, text: str) -> bool:
        """Return whether one step of arithmetic on the source's numbers gives the claim."""
        if _is_year(claim):
            return False
        around = _clause(text, claim)
        less = bool(_LESS.search(around))
        changes = less or bool(_MORE.search(around))
        for low, high in possible(claim):
            if claim.kind == "percent" and less and self._completes(around, low, high):
                return True
            if claim.kind == "percent" and (changes or claim.words) and self._changes.within(low, high):
                return True
            if claim.kind == "percent" and (less or claim.words) and self._remainders.within(low, high):
                return True
            if claim.kind == "points" and self._fractions.within(low, high):
                return True
            if (
                claim.kind in ("percent", "points", "bare")
                and changes
                and self._differences.within(low, high)
            ):
                return True
            if claim.kind == "percent" and (self._shares.within(low, high)):
                return True
            if claim.kind == "times" and self._ratios.within(*closer(claim, low, high)):
                return True
            if (
                claim.kind in _PLAIN
                and claim.step == 1
                and (changes or _REST.search(around))
                and self._counted_differences.within(low, high)
            ):
                return True
            if claim.kind in ("count", "bare") and (
                (claim.step >= 1 and self._sums.within(low, high)) or self._products.within(low, high)
            ):
                return True
            if is_measure(claim.kind) and (
                self._products.within(low, high) or (changes and self._measured_differences.within(low, high))
            ):
                return True
        return False

    def _completes(self, around: str, low: float, high: float) -> bool:
        """Return whether the rest of a percentage is said: what falls by a third leaves two thirds, and no third."""
        if not self._in("percent", 100 - high, 100 - low):
            return False
        if not _FALLS.search(around) or _LEFT.search(around):
            return True
        rests = [n for n in self.numbers if n.kind == "percent" and 100 - high <= n.value <= 100 - low]
        said = [_clause(self._text, n) for n in rests]
        return not said or any(_LEFT.search(one) or not _FALLS.search(one) for one in said)

    def _pairs(self) -> Iterator[tuple[Number, Number]]:
        """Yield what may be reckoned with each other; in a long source only what stands together."""
        room = _CLOSE if len(self._text) > _LONG else inf
        for at, first in enumerate(self.numbers):
            for second in self.numbers[at + 1 : at + _NEAR]:
                if second.start - first.end > room:
                    break
                yield first, second

    def _alike(self, room: float = inf) -> Iterator[tuple[float, float]]:
        """Yield values that can be set against each other, no further apart than `room`: smaller first."""
        for first, second in self._pairs():
            if second.start - first.end > room:
                continue
            if "name" in (first.kind, second.kind) or "times" in (first.kind, second.kind):
                continue
            if first.kind == second.kind or (first.kind in _PLAIN and second.kind in _PLAIN):
                yield ordered(first.value, second.value)
            elif "bare" in (first.kind, second.kind):
                yield ordered(first.written, second.written)

    @cached_property
    def _differences(self) -> Values:
        return Values(
            round(abs(a.value - b.value), 9)
            for a, b in self._pairs()
            if a.kind in ("bare", "percent")
            and b.kind in ("bare", "percent")
            and not (a.words or b.words)
            and (a.kind == b.kind == "percent" or (a.step < 1) == (b.step < 1))
        )

    @cached_property
    def _counted_differences(self) -> Values:
        """Differences of exact counts that stand together, of which neither is small."""
        return Values(
            abs(a.value - b.value)
            for a, b in self._pairs()
            if "count" in (a.kind, b.kind)
            and a.kind in _PLAIN
            and b.kind in _PLAIN
            and a.step == b.step == 1
            and min(a.value, b.value) > 10
            and b.start - a.end <= _CLOSE
        )

    @cached_property
    def _measured_differences(self) -> Values:
        return Values(
            abs(a.value - b.value) for a, b in self._pairs() if a.kind == b.kind and is_measure(a.kind)
        )

    @cached_property
    def _changes(self) -> Values:
        """Relative changes, in percent, downwards and upwards."""
        return Values(
            change for a, b in self._alike() if a > 0 for change in (100 * (b - a) / b, 100 * (b - a) / a)
        )

    @cached_property
    def _remainders(self) -> Values:
        """Of two measures of one kind, the smaller in percent of the larger."""
        return Values(100 * a / b for a, b in self._alike(_CLOSE) if b > 0)

    @cached_property
    def _fractions(self) -> Values:
        """Differences of scores between 0 and 1, in points of a hundred."""
        scores = [n for n in self.numbers if n.kind == "bare" and n.step < 1 and 0 < n.value < 1]
        return Values(
            round(100 * abs(a.value - b.value), 9)
            for at, a in enumerate(scores)
            for b in scores[at + 1 : at + _NEAR]
        )

    @cached_property
    def _shares(self) -> Values:
        """Of two counts that stand together, the smaller in percent of the larger."""
        return Values(
            100 * min(a.value, b.value) / max(a.value, b.value)
            for a, b in self._pairs()
            if a.kind in _PLAIN
            and b.kind in _PLAIN
            and min(a.value, b.value) > 0
            and b.start - a.end <= _CLOSE
            if min(a.step, b.step) >= 1 or _OUT_OF.fullmatch(self._text, a.end, b.start)
        )

    @cached_property
    def _ratios(self) -> Values:
        return Values(b / a for a, b in self._alike(_CLOSE) if a > 0)

    @cached_property
    def _sums(self) -> Values:
        """Sums of whole numbers that follow one another."""
        whole = [
            n
            for n in self.numbers
            if n.kind in ("bare", "count") and n.step >= 1 and not n.words and not _is_year(n)
        ]
        sums = []
        for at, first in enumerate(whole):
            total = first.value
            for number in whole[at + 1 : at + 6]:
                if number.start - first.end > _CLOSE:
                    break
                total += number.value
                sums.append(total)
        return Values(sums)

    @cached_property
    def _products(self) -> Values:
        """A multiple of a measure, a share of a count."""
        products = []
        for first, second in self._pairs():
            for a, b in ((first, second), (second, first)):
                if a.kind == "times" and a.value and is_measure(b.kind):
                    products += [b.value * a.value, b.value / a.value]
                elif a.kind == "percent" and b.kind in ("count", "bare") and b.value >= 10:
                    products.append(b.value * a.value / 100)
        return Values(products)


def _clause(text: str, claim: Number) -> str:
    """Return what stands around a claim, in small letters."""
    before, after = text[max(0, claim.start - 24) : claim.start], text[claim.end : claim.end + 40]
    stop = _CLAUSE.search(after, 12)
    return f"{before}{text[claim.start : claim.end]}{after[: stop.start()] if stop else after}".lower()


def _is_year(number: Number) -> bool:
    return number.kind in ("bare", "year") and number.step == 1.0 and 1900 <= number.value < 2100
