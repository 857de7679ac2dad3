"""The lines of text on a PDF page, where a reader sees them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

_HYPHENS = "\x02\ufffe"  # PDFium's signs for a hyphen at a line's end
_MOST = 40_000  # characters of a page; what has more is no page of a paper
_WIDE = 3.0  # times the size of the letters: a gap that parts what stands side by side
_WHITE = 240  # of 255, the least shade of a colour that nobody sees on paper
_OPAQUE = 30  # of 255
_FAR = 65_536  # pixels of the imagined device through which PDFium tells where things are seen


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points from the upper left corner of the page as it is seen; `bottom` is below `top`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def with_(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def within(self, other: Box) -> Box:
        """Return what both have in common; its area is 0 if that is nothing."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def wider(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def share_in(self, other: Box) -> float:
        """Return which part of this box lies within the other."""
        return self.within(other).area / self.area if self.area else 0.0

    def overlap(self, other: Box) -> float:
        """Return by how many points the two stand above each other; negative is the gap between them."""
        return min(self.right, other.right) - max(self.left, other.left)

    def distance(self, other: Box) -> float:
        """Return the larger of the gaps across and down, 0 where they touch."""
        across = max(self.left, other.left) - min(self.right, other.right)
        down = max(self.top, other.top) - min(self.bottom, other.bottom)
        return max(across, down, 0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `size` is that of its letters and `base` the height of its baseline, in points.

    A hyphen at its end that parts a word is "\\x02". `block` numbers the paragraph that it belongs to.
    """

    text: str
    box: Box
    size: float
    base: float
    block: int = 0


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around all. Raises `StopIteration` if there are none."""
    every = iter(boxes)
    box = next(every)
    for other in every:
        box = box.with_(other)
    return box


class Seen:
    """Turns places in a PDF page into places on the page as it is seen, turned and cropped."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as pdfium

        self.width, self.height = page.get_width(), page.get_height()
        x, y = ctypes.c_int(), ctypes.c_int()

        def at(across: float, up: float) -> tuple[float, float]:
            pdfium.FPDF_PageToDevice(page, 0, 0, _FAR, _FAR, 0, across, up, x, y)
            return x.value / _FAR * self.width, y.value / _FAR * self.height

        self._start = at(0, 0)
        self._right = tuple((a - b) / 1000 for a, b in zip(at(1000, 0), self._start, strict=True))
        self._up = tuple((a - b) / 1000 for a, b in zip(at(0, 1000), self._start, strict=True))

    def point(self, across: float, up: float) -> tuple[float, float]:
        return (
            self._start[0] + across * self._right[0] + up * self._up[0],
            self._start[1] + across * self._right[1] + up * self._up[1],
        )

    def box(self, left: float, right: float, bottom: float, top: float) -> Box:
        (ax, ay), (bx, by) = self.point(left, bottom), self.point(right, top)
        return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    box: Box
    index: int


def lines_of(page: Any) -> list[Line]:
    """Return the lines of a page of pypdfium2, in the PDF's own order, gathered into blocks."""
    textpage = page.get_textpage()
    try:
        seen = Seen(page)
        lines = [line for letters in _rows(textpage, seen) if (line := _line(textpage, seen, letters))]
    finally:
        textpage.close()
    return _in_blocks(lines)


def _rows(textpage: Any, seen: Seen) -> Iterator[list[_Letter]]:
    """Yield the letters of each line; blanks stand between, without a place of their own."""
    import pypdfium2.raw as pdfium

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    colour = tuple(ctypes.c_uint() for _ in range(4))
    page_box = Box(0, 0, seen.width, seen.height)
    row: list[_Letter] = []
    for index in range(min(textpage.count_chars(), _MOST)):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        if code in (10, 13):
            if row:
                yield row
            row = []
            continue
        text = "\x02" if code in (2, 0xFFFE) else chr(code) if 0 < code < 0x110000 else ""
        if not text or not pdfium.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
            continue
        box = seen.box(left.value, right.value, bottom.value, top.value)
        if text.isspace() or not box.area:
            if row and (text.isspace() or text == "\x02"):
                row.append(replace(row[-1], text=" " if text.isspace() else text))
            continue
        if not box.within(page_box).area or not _shown(textpage, index, colour):
            continue  # nobody sees it
        if row and _apart(row[-1].box, box):
            yield row
            row = []
        row.append(_Letter(text, box, index))
    if row:
        yield row


def _shown(textpage: Any, index: int, colour: tuple[ctypes.c_uint, ...]) -> bool:
    """Whether a letter is painted, in a colour that is not white; white ones are seen as part of a drawing."""
    import pypdfium2.raw as pdfium

    thing = pdfium.FPDFText_GetTextObject(textpage, index)
    if thing and pdfium.FPDFTextObj_GetTextRenderMode(thing) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
        return False
    if not pdfium.FPDFText_GetFillColor(textpage, index, *colour):
        return True
    *shades, alpha = (part.value for part in colour)
    return alpha > _OPAQUE and min(shades) < _WHITE


def _apart(last: Box, box: Box) -> bool:
    """Whether two letters in a row stand in different columns, or on different lines."""
    size = max(last.height, box.height, 4.0)
    return (
        box.left - last.right > _WIDE * size
        or last.left - box.right > _WIDE * size
        or max(last.top, box.top) - min(last.bottom, box.bottom) > size
    )


def _line(textpage: Any, seen: Seen, letters: Sequence[_Letter]) -> Line | None:
    import pypdfium2.raw as pdfium

    text = " ".join("".join(letter.text for letter in letters).split())
    if not text:
        return None
    x, y, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_MATRIX()
    sizes, bases = [], []
    for letter in (letters[0], letters[len(letters) // 2], letters[-1]):
        if pdfium.FPDFText_GetCharOrigin(textpage, letter.index, x, y):
            bases.append(seen.point(x.value, y.value)[1])
        if pdfium.FPDFText_GetMatrix(textpage, letter.index, matrix):
            stretched = (matrix.c**2 + matrix.d**2) ** 0.5
            sizes.append(pdfium.FPDFText_GetFontSize(textpage, letter.index) * stretched)
    box = around(letter.box for letter in letters)
    size = median(sizes) if sizes else 0.0
    return Line(text, box, size if size > 0.5 else box.height, median(bases) if bases else box.bottom)


def _in_blocks(lines: Sequence[Line]) -> list[Line]:
    """Number the blocks: lines of one size that follow each other at the distance of lines."""
    placed: list[Line] = []
    for line in lines:
        last = placed[-1] if placed else None
        joined = last is not None and follows(last, line)
        number = last.block + (not joined) if last else 0
        placed.append(replace(line, block=number))
    return placed


def follows(last: Line, line: Line) -> bool:
    """Whether `line` is the next of the same paragraph."""
    size = max(last.size, line.size)
    step = line.base - last.base
    across = last.box.overlap(line.box)
    return (
        abs(last.size - line.size) <= 0.06 * size
        and 0.5 * size < step < 1.75 * size
        and across > 0.3 * min(last.box.width, line.box.width)
    )
