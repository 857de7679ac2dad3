"""Pictures of numbers by day, as SVG that stands in a page and is told to those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import Markup

from bot.editions.trend_picture import top_of
from bot.editions.volumes import WEEK, Trend

_WIDTH, _HIGH = 480, 150
_LEFT, _RIGHT, _BELOW, _ABOVE = 32, 30, 22, 8
_SPARK_WIDTH, _SPARK_HIGH = 300, 44


def spark(counts: Sequence[int], said: str) -> Markup:
    """Return bars without axes, for a glance; `said` is what they say in words."""
    most, step = max(counts, default=0) or 1, _SPARK_WIDTH / max(len(counts), 12)
    bars = [
        _bar(place * step, _SPARK_HIGH * (1 - count / most), step * 0.72, _SPARK_HIGH * count / most, "bar last" if place == len(counts) - 1 else "bar")
        for place, count in enumerate(counts)
    ]  # fmt: skip
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(_SPARK_WIDTH, _SPARK_HIGH, said, Markup("").join(bars))


def chart(trend: Trend, said: str) -> Markup:
    """Return bars by day with a scale, the weeks and the median; `said` is what they say in words.

    Days that were partly read are hollow, announcement days that were left out are a gap with a dot.
    """
    top = top_of(max(trend.counts))
    due = sorted({*trend.days, *trend.left_out})
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(due), 10)
    parts = [*_scale(top), *_weeks(due, step), *_days(trend, due, step, top)]
    y = _y(trend.median, top)
    parts.append(
        Markup(
            '<line class="median" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/><text class="median" x="{}" y="{:.1f}">{}</text>'
        ).format(
            _LEFT, y, _WIDTH - _RIGHT, y, _WIDTH - _RIGHT + 5, y + 4, f"{trend.median:.1f}".removesuffix(".0")
        )
    )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HIGH, said, Markup("").join(parts)
    )


def _scale(top: int) -> Iterator[Markup]:
    for value in (0, top // 2, top):
        y = _y(value, top)
        yield Markup('<line class="axis" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(
            _LEFT, y, _WIDTH - _RIGHT, y
        )
        yield Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(_LEFT - 6, y + 4, value)


def _weeks(due: Sequence[date], step: float) -> Iterator[Markup]:
    """Yield a line before each week, and the date of its first day where there is room."""
    week, labelled = None, -_WIDTH * 1.0
    for place, day in enumerate(due):
        if (found := day.isocalendar()[:2]) == week:
            continue
        week, x = found, _LEFT + place * step
        if place:
            yield Markup('<line class="axis" x1="{:.1f}" y1="{}" x2="{:.1f}" y2="{}"/>').format(
                x, _ABOVE, x, _HIGH - _BELOW
            )
        if x - labelled > 45:
            labelled = x
            yield Markup('<text x="{:.1f}" y="{}">{}</text>').format(x + 1, _HIGH - 6, day.strftime("%m-%d"))


def _days(trend: Trend, due: Sequence[date], step: float, top: int) -> Iterator[Markup]:
    counts = dict(zip(trend.days, trend.counts, strict=True))
    late = trend.days[-WEEK:]
    for place, day in enumerate(due):
        x = _LEFT + (place + 0.14) * step
        if day not in counts:
            yield Markup('<circle class="gap" cx="{:.1f}" cy="{}" r="1.8"><title>{}</title></circle>').format(
                x + step * 0.36, _HIGH - _BELOW - 5, day.isoformat()
            )
            continue
        y = min(_y(counts[day], top), _HIGH - _BELOW - 1.5)  # none at all is a bar too, if a flat one
        title = Markup("<title>{}: {}</title>").format(day.isoformat(), counts[day])
        kind = f"bar{' last' if day in late else ''}{' partial' if day in trend.partial else ''}"
        yield _bar(x, y, step * 0.72, _HIGH - _BELOW - y, kind, title=title)


def _y(value: float, top: int) -> float:
    return _HIGH - _BELOW - (_HIGH - _BELOW - _ABOVE) * value / top


def _bar(x: float, y: float, width: float, high: float, kind: str, *, title: str = "") -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">{}</rect>').format(
        kind, x, y, width, high, title
    )
