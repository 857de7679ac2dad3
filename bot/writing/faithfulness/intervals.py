"""Between which values a number that was rounded, hedged or put in another unit may truly lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.writing.faithfulness.numbers import Number


def as_times(percent: float) -> tuple[float, ...]:
    """Return the multiples that a percentage may mean: of the whole, added to it, and taken from it."""
    if not percent:
        return ()
    of, added = percent / 100, 1 + percent / 100
    return (of, added, 1 / of) if percent >= 100 else (of, added, 1 / of, 100 / (100 - percent))


def as_percent(times: float) -> tuple[float, ...]:
    """Return the percentages that a multiple may mean: of the whole, added, taken away, and left."""
    return (100 * times, 100 * (times - 1), 100 * (1 - 1 / times), 100 / times) if times else ()


def converted(
    convert: Callable[[float], tuple[float, ...]], low: float, high: float
) -> Iterator[tuple[float, float]]:
    """Yield the intervals that [low, high] becomes."""
    for one, other in zip(convert(low), convert(high), strict=False):
        yield ordered(one, other)


def ordered(a: float, b: float) -> tuple[float, float]:
    """Return both, the smaller one first."""
    return (a, b) if a <= b else (b, a)


def with_room(value: float, half: float) -> tuple[float, float]:
    """Return the interval of `half` on either side of the value, with room for what floats lose."""
    room = half + 1e-9 * abs(value)
    return value - room, value + room


def possible(claim: Number) -> Iterator[tuple[float, float]]:
    """Yield where the true value may lie, for a number that is rounded rightly or hedged."""
    for value in (claim.value, *claim.also):
        yield with_room(value, _slack(claim, value))
        if claim.hedge == "over":
            yield value * (1 - 1e-9), value + min(0.999 * claim.coarse, 0.25 * value)
        elif claim.hedge == "under":
            yield value - min(0.999 * claim.coarse, 0.15 * value), value * (1 + 1e-9)


def closer(claim: Number, low: float, high: float) -> tuple[float, float]:
    """Return the interval for what is reckoned and said in digits: as exact as it is written."""
    if claim.words or claim.hedge:
        return low, high
    return with_room(claim.value, min(claim.step / 2, 0.05 * claim.value))


def _slack(claim: Number, value: float) -> float:
    if claim.hedge == "about":
        return max(
            min(claim.coarse / 2, 0.15 * value), (0.03 if claim.digits <= 1 else 0.0) * value, claim.step / 2
        )
    if claim.kind in ("count", "year", "month", "name") and claim.value < 100:
        return 0.0
    if claim.kind == "times" and claim.words:
        return 0.05 * value
    step = claim.coarse if 2 <= claim.digits <= 3 else claim.step
    return min(step / 2, 0.05 * value)
