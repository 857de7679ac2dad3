"""The figures of a PDF: a caption, and what is drawn above or below it, found as a reader finds it.

Captions and paragraphs are the walls; what is drawn between a caption and the next wall is its figure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot.papers.pdf_captions import Caption, captions
from bot.papers.pdf_lines import Box, Line, around

_FIRST_GAP = 100.0  # points between a caption and the nearest part of its figure
_GAP = 75.0  # between two parts of a figure, which labels and smaller captions part
_NEAR_PART = 50.0  # between a drawing and a small one, such as the key to its colours
_BESIDE = 24.0  # between a drawing and a label beside it
_NEAR = 13.0  # and one on the side away from the caption
_CLOSE = 4.0  # and one there whose letters have the size of the text's
_RULE = 4.0  # what is thinner is a rule, and no part of a drawing by itself
_MOST_CAPTIONS = 24  # of a page; what has more is made to keep us busy
_MOST_DRAWINGS = 1500
_LEAST = 18.0  # a figure is wider and higher
_MARGIN = 30.0  # how far a figure may stick out of the text's width
_HEADING = re.compile(r"(?:\d{1,2}|[A-Z]|[IVX]{1,5})(?:\.\d{1,2})*\.?\s+[A-Z]")
_PART = re.compile(r"\(?[a-z]\)|\([ivx]+\)")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a paper is set: the size of its letters, the width of its columns, and where they stand."""

    size: float
    column: float
    columns: tuple[tuple[float, float], ...]

    @property
    def text(self) -> tuple[float, float]:
        """Where the text begins and ends across."""
        return min(left for left, _ in self.columns), max(right for _, right in self.columns)

    def band(self, box: Box) -> tuple[float, float]:
        """Return where the figure of a caption may stand: in its column, or across all of them."""
        for left, right in self.columns if len(self.columns) > 1 else ():
            if left - 8 <= box.left and box.right <= right + 8:
                return left - 8, right + 8
        left, right = self.text
        return left - _MARGIN, right + _MARGIN


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its lines of text and the drawings on it."""

    width: float
    height: float
    lines: Sequence[Line]
    drawings: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Found:
    """A figure's place on its page."""

    caption: Caption
    box: Box


def layout(pages: Sequence[Sequence[Line]], width: float) -> Layout:
    """Return how most of the text is set. `width` is that of a page, for a paper without running text."""
    lines = [line for page in pages for line in page if len(line.text) >= 25]
    if not lines:
        return Layout(10.0, width * 0.7, ((width * 0.15, width * 0.85),))
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 5) / 5] += len(line.text)
    size = sizes.most_common(1)[0][0]
    body = [line for line in lines if abs(line.size - size) <= 0.04 * size]
    widths = Counter(round(line.box.width / 4) * 4 for line in body)
    shares = {width: widths[width - 4] + widths[width] + widths[width + 4] for width in widths}
    # Not the commonest: lines are shorter where they flow around a figure.
    column = max(
        width for width, share in shares.items() if share >= min(0.2 * len(body), max(shares.values()))
    )
    full = [line.box for line in body if abs(line.box.width - column) <= 7] or [line.box for line in body]
    lefts = Counter(round(box.left / 4) * 4 for box in full)
    usual = sorted(left for left, count in lefts.items() if count >= 0.12 * len(full))
    starts: list[float] = []
    for left in usual:
        if not starts or left - starts[-1] > 0.8 * column:
            starts.append(left)
    if not starts or column > 0.62 * width:
        starts = starts[:1] or [min(box.left for box in full)]
    columns = []
    for start in starts:
        here = [box for box in full if abs(box.left - start) <= 10]
        columns.append((min(box.left for box in here), max(box.right for box in here)))
    return Layout(size, float(column), tuple(columns))


def find(sheet: Sheet, set_: Layout) -> list[Found]:
    """Return the figures of a page, from top to bottom: each drawing belongs to one caption at most."""
    every = list(captions(sheet.lines, set_.column))
    wanted = [caption for caption in every if caption.number][:_MOST_CAPTIONS]
    if not wanted:
        return []
    page = _Page(sheet, set_, every)
    above = {caption.first: page.figure(caption, above=True) for caption in wanted}
    below = {caption.first: page.figure(caption, above=False) for caption in wanted}
    # A page keeps to one side; captions stand below their figures more often than not.
    first, second = (below, above) if _fits(below) > _fits(above) else (above, below)
    found: dict[int, Found] = {}
    for candidates in (first, second):
        for caption in wanted:
            box = candidates[caption.first]
            if caption.first in found or box is None:
                continue
            if all(
                box.share_in(other.box) < 0.2 and other.box.share_in(box) < 0.2 for other in found.values()
            ):
                found[caption.first] = Found(caption, box)
    for caption in wanted:
        box = None if caption.first in found else page.words(caption)
        if box and all(box.share_in(other.box) < 0.2 for other in found.values()):
            found[caption.first] = Found(caption, box)
    return sorted(found.values(), key=lambda one: (one.box.top, one.box.left))


def _fits(candidates: dict[int, Box | None]) -> int:
    """Count the figures that no other caption claims."""
    boxes = [box for box in candidates.values() if box]
    return sum(all(box is other or box.share_in(other) < 0.2 for other in boxes) for box in boxes)


class _Page:
    def __init__(self, sheet: Sheet, set_: Layout, every: Sequence[Caption]) -> None:
        self._sheet = sheet
        self._set = set_
        self._captions = every
        frame = Box(0, 0, sheet.width, sheet.height)
        # A frame around the page, or a shade behind it, is no drawing on it.
        drawn = [box for box in sheet.drawings if box.share_in(frame) and box.area < 0.8 * frame.area]
        parts = [box for box in drawn if box.height > _RULE and box.width > _RULE]
        self._parts = sorted(parts, key=lambda box: -box.area)[:_MOST_DRAWINGS]
        self._drawings = [box for box in self._parts if box.width > _LEAST and box.height > _LEAST]
        captioned = {at for caption in every for at in range(caption.first, caption.last + 1)}
        self._walls: list[Line] = [line for at, line in enumerate(sheet.lines) if at in captioned]
        self._labels: list[Line] = []
        free = [line for at, line in enumerate(sheet.lines) if at not in captioned]
        for _, group in groupby(free, key=lambda line: line.block):
            block = list(group)
            (self._walls if self._is_wall(block) else self._labels).extend(_reaching(block))

    def _is_wall(self, block: Sequence[Line]) -> bool:
        """Whether a block is text of the paper and not of a drawing."""
        whole, line, column = around(line.box for line in block), block[0], self._set.column
        if any(whole.share_in(drawing) > 0.6 for drawing in self._drawings) or _PART.match(line.text):
            return False
        widest = max(line.box.width for line in block)
        usual = abs(line.size - self._set.size) <= 0.04 * self._set.size
        if usual and (widest >= 0.7 * column or (len(block) > 1 and widest >= 0.45 * column)):
            return True
        if len(block) >= 3 and widest >= 0.75 * column:
            return True  # a footnote, an abstract
        starts = any(abs(line.box.left - left) < 4 for left, _ in self._set.columns)
        return starts and line.size >= 0.98 * self._set.size and _HEADING.match(line.text) is not None

    def figure(self, caption: Caption, *, above: bool) -> Box | None:
        """Return the box around what is drawn above the caption, or below it."""
        space = self._space(caption, above=above)
        if space is None:
            return None
        whole = self._grown(self._drawings, caption, space, above=above)
        whole = whole or self._grown(self._parts, caption, space, above=above)
        if whole is None:
            return None
        parts = [part for part in self._parts if part.share_in(space) > 0.6]
        before = None
        while whole != before:  # what is near enough brings others near
            before = whole
            whole = around([whole, *(part for part in parts if part.distance(whole) <= _NEAR_PART)])
        for near in (True, True, False):  # first the labels beside the drawing, then all that stands within
            whole = around([whole, *self._belonging(whole, space, near=near, above=above)])
        whole = whole.within(space)
        return whole if whole.width > _LEAST and whole.height > _LEAST else None

    def words(self, caption: Caption) -> Box | None:
        """Return the box around the lines above the caption, for a figure in which nothing is drawn."""
        space = self._space(caption, above=True)
        if space is None:
            return None
        lines = [line.box for line in self._labels if line.box.share_in(space) > 0.7]
        lines = [box for box in lines if box.bottom > space.bottom - 0.5 * self._sheet.height]
        whole = self._grown(lines, caption, space, above=True)
        return whole if whole and len(lines) > 1 and whole.height > _LEAST else None

    def _space(self, caption: Caption, *, above: bool) -> Box | None:
        """Return where the figure may be: from the caption to the next wall, between the walls on both sides."""
        own = caption.box
        left, right = self._set.band(own)
        left, right = max(left, 0.0), min(right, self._sheet.width)
        for other in self._captions:
            beside = other.box.overlap(own) <= 0 and abs(other.box.top - own.top) < 2 * self._set.size
            if other.number and beside and self._set.band(other.box) == self._set.band(own):
                between = self._between(own, other.box, above=above)
                left, right = (
                    (max(left, between), right) if other.box.left < own.left else (left, min(right, between))
                )
        top, bottom = (0.0, own.top) if above else (own.bottom, self._sheet.height)
        walls = [line.box for line in self._walls if not line.box.share_in(own)]
        reach = own
        if (
            len(self._set.columns) > 1
        ):  # in columns no text flows around a figure, and a short caption hides nothing
            reach = Box(left, own.top, right, own.bottom)
        for wall in walls:
            if wall.overlap(reach) > 0.1 * min(wall.width, reach.width):
                if above and wall.middle < own.top:
                    top = max(top, wall.bottom)
                elif not above and wall.middle > own.bottom:
                    bottom = min(bottom, wall.top)
        for wall in walls:
            if min(wall.bottom, bottom) - max(wall.top, top) > 0.5 * wall.height:
                if wall.right <= own.left + 1:
                    left = max(left, wall.right)
                elif wall.left >= own.right - 1:
                    right = min(right, wall.left)
        return Box(left, top, right, bottom) if right - left > _LEAST and bottom - top > _LEAST else None

    def _between(self, one: Box, other: Box, *, above: bool) -> float:
        """Return where the figures of two captions side by side part."""
        middle = (min(one.right, other.right) + max(one.left, other.left)) / 2
        for box in self._drawings:
            level = one.top - box.bottom if above else box.top - one.bottom
            if box.left < middle < box.right and 0 <= level < _FIRST_GAP:
                middle = box.right if middle > (box.left + box.right) / 2 else box.left
        return middle

    def _grown(self, boxes: Iterable[Box], caption: Caption, space: Box, *, above: bool) -> Box | None:
        """Join the drawings from the caption on, until a gap is too large for one figure."""
        inside = [box.within(space) for box in boxes if box.share_in(space) > 0.6]
        inside.sort(key=lambda box: -box.bottom if above else box.top)
        whole: Box | None = None
        for box in inside:
            edge = whole or caption.box
            gap = edge.top - box.bottom if above else box.top - edge.bottom
            if gap > (_GAP if whole else _FIRST_GAP):
                break
            whole = whole.with_(box) if whole else box
        return whole

    def _belonging(self, whole: Box, space: Box, *, near: bool, above: bool) -> list[Box]:
        """Return the labels of a drawing: within it, or also `near`: beside it, between it and its caption."""
        found = []
        for line in self._labels:
            if line.box.share_in(space) <= 0.7:
                continue
            # What stands on the far side may be the paper's own, unless its letters are smaller.
            far = _NEAR if line.size < 0.96 * self._set.size else _CLOSE
            top, bottom = (whole.top - far, space.bottom) if above else (space.top, whole.bottom + far)
            reach = Box(whole.left - _BESIDE, top, whole.right + _BESIDE, bottom) if near else whole
            if not line.box.distance(reach):
                found.append(line.box)
        return found


def _reaching(block: Sequence[Line]) -> Iterable[Line]:
    """Return the lines; the last one of a paragraph reaches as far as the one before it."""
    *others, last = block
    if others and others[-1].box.left - 3 <= last.box.left:
        reach = replace(last.box, right=max(last.box.right, others[-1].box.right))
        return [*others, replace(last, box=reach)]
    return block
