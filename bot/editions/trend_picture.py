"""A picture of how a topic's volume moves, to be sent into a chat."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

from bot.editions.volumes import WEEK, Trend

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

# All lengths are pixels of a picture that a phone shows at half its size.
_WIDTH, _HEIGHT = 1280, 720
_LEFT, _RIGHT, _TOP, _BELOW, _EDGE = 112, 104, 132, 84, 40
_LETTERS, _TITLE = 28, 40
_MARKED = 0.72  # of a day's room that its bar takes
_PAPER, _INK, _SOFT, _LINE = "#fcfbf8", "#1d1c1a", "#5f5c56", "#dedad2"
_BAR, _LATE, _MEDIAN = "#7c9cc0", "#1d4f8c", "#a8480f"


def picture(trend: Trend) -> bytes:
    """Return a PNG with a bar for each day that was counted, its weeks, the median, and the last five days marked.

    Its letters are those that Pillow brings: the topic's English name, dates and numbers. Days that are partly read are
    hollow; announcement days that were left out are a gap with a dot.
    """
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    letters, title = ImageFont.load_default(_LETTERS), ImageFont.load_default(_TITLE)
    draw = ImageDraw.Draw(image)
    _head(draw, trend, title, letters)
    _scale(draw, trend, letters)
    _bars(draw, trend, letters)
    _median(draw, trend, letters)
    out = BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def top_of(most: int) -> int:
    """Return a round number from `most` on whose half is a whole number too."""
    size = 1
    while 10 * size < most:
        size *= 10
    steps = (2, 3, 4, 5, 6, 8, 10) if size > 1 else (2, 4, 6, 8, 10)
    return next(step * size for step in steps if step * size >= most)


def _head(draw: ImageDraw, trend: Trend, title: Font, letters: Font) -> None:
    name = trend.topic.name("en")
    draw.text((_EDGE, 34), name, _INK, title)
    days = f"{trend.days[0].isoformat()} - {trend.days[-1].isoformat()}"
    draw.text((_WIDTH - _EDGE, 46), days, _SOFT, letters, anchor="ra")


def _scale(draw: ImageDraw, trend: Trend, letters: Font) -> None:
    top = top_of(max(trend.counts))
    for value in (0, top // 2, top):
        y = _y(trend, value)
        draw.line((_LEFT, y, _WIDTH - _RIGHT, y), _SOFT if value == 0 else _LINE, 2)
        draw.text((_LEFT - 16, y), str(value), _SOFT, letters, anchor="rm")


def _bars(draw: ImageDraw, trend: Trend, letters: Font) -> None:
    counts = dict(zip(trend.days, trend.counts, strict=True))
    late = set(trend.days[-WEEK:])
    floor = _y(trend, 0)
    week, last_label = None, -_WIDTH * 1.0
    for place, day in enumerate(_due(trend)):
        left = _LEFT + place * _step(trend)
        x = left + _step(trend) * (1 - _MARKED) / 2
        right = x + _step(trend) * _MARKED
        if day.isocalendar()[:2] != week:
            week = day.isocalendar()[:2]
            if place:
                draw.line((left, _TOP, left, floor), _LINE, 2)
            if left - last_label > 110:
                draw.text((left + 4, floor + 18), day.strftime("%m-%d"), _SOFT, letters)
                last_label = left
        colour = _LATE if day in late else _BAR
        if day not in counts:
            middle = (x + right) / 2
            draw.ellipse((middle - 4, floor - 16, middle + 4, floor - 8), _SOFT)
        else:  # none at all is a bar too, if a flat one
            box = (x, min(_y(trend, counts[day]), floor - 4), right, floor - 1)
            partly = day in trend.partial
            draw.rectangle(box, fill=_PAPER if partly else colour, outline=colour, width=4 if partly else 1)


def _median(draw: ImageDraw, trend: Trend, letters: Font) -> None:
    y = _y(trend, trend.median)
    for x in range(_LEFT, _WIDTH - _RIGHT, 18):
        draw.line((x, y, x + 9, y), _MEDIAN, 3)
    said = f"{trend.median:.1f}".removesuffix(".0")
    draw.text((_WIDTH - _RIGHT + 14, y), said, _MEDIAN, letters, anchor="lm")


def _due(trend: Trend) -> list[date]:
    return sorted({*trend.days, *trend.left_out})


def _step(trend: Trend) -> float:
    return (_WIDTH - _LEFT - _RIGHT) / max(len(trend.days) + len(trend.left_out), 10)


def _y(trend: Trend, value: float) -> float:
    floor = _HEIGHT - _BELOW
    return floor - (floor - _TOP) * value / top_of(max(trend.counts))
