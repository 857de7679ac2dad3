"""Pictures of numbers by day, as SVG that stands in a page and is told to those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

_WIDTH, _HIGH = 480, 150
_LEFT, _BELOW, _ABOVE = 32, 22, 8
_SPARK_WIDTH, _SPARK_HIGH = 300, 44


def spark(counts: Sequence[int], said: str) -> Markup:
    """Return bars without axes, for a glance; `said` is what they say in words."""
    most, step = max(counts, default=0) or 1, _SPARK_WIDTH / max(len(counts), 12)
    bars = [
        _bar(place * step, _SPARK_HIGH * (1 - count / most), step * 0.72, _SPARK_HIGH * count / most, last=place == len(counts) - 1)
        for place, count in enumerate(counts)
    ]  # fmt: skip
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(_SPARK_WIDTH, _SPARK_HIGH, said, Markup("").join(bars))


def chart(days: Sequence[date], counts: Sequence[int], said: str) -> Markup:
    """Return bars by day with a scale; `said` is what they say in words."""
    top = _round_up(max(counts, default=0))
    floor, room = _HIGH - _BELOW, _HIGH - _BELOW - _ABOVE
    step = (_WIDTH - _LEFT) / max(len(counts), 12)
    parts: list[Markup] = []
    for value in (0, top // 2, top):
        y = floor - room * value / top
        parts.append(
            Markup('<line class="axis" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(_LEFT, y, _WIDTH, y)
        )
        parts.append(
            Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(_LEFT - 6, y + 4, value)
        )
    for place, (day, count) in enumerate(zip(days, counts, strict=True)):
        x, high = _LEFT + place * step, room * count / top
        title = Markup("<title>{}: {}</title>").format(day.isoformat(), count)
        parts.append(
            _bar(x + step * 0.14, floor - high, step * 0.72, high, last=place == len(counts) - 1, title=title)
        )
    every = max(1, -(-len(days) // 5))
    for place in range(len(days) - 1, -1, -every):
        x = _LEFT + place * step + step / 2
        parts.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                x, _HIGH - 6, days[place].strftime("%m-%d")
            )
        )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HIGH, said, Markup("").join(parts)
    )


def _bar(x: float, y: float, width: float, high: float, *, last: bool, title: str = "") -> Markup:
    kind = "bar last" if last else "bar"
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">{}</rect>').format(
        kind, x, y, width, high, title
    )


def _round_up(number: int) -> int:
    """Return a round, even number from `number` on: its half is a number too."""
    size = 1
    while 10 * size < number:
        size *= 10
    return next(step * size for step in (2, 4, 6, 8, 10) if step * size >= number)
