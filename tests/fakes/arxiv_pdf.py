"""PDFs that say what they are given: set as papers are, in one column or two, with or without tricks."""

from __future__ import annotations

import re
import textwrap
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

_LINES_A_PAGE = 48
_WIDTH, _HEIGHT, _MARGIN, _GUTTER = 595.0, 842.0, 60.0, 20.0  # points
_TEXT = 10.0  # points, of most letters

# Maps every two-byte code to itself, so that readers of any script get the text back.
_TO_UNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Same def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
"""

# The widths of Helvetica from the space on, in thousandths of its size.
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip

Trick = Literal["white", "invisible", "tiny", "outside", "covered", "transparent", "masked", "layer"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; the first level is larger, both are bold."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text of the usual size; `boxed` is white on a dark ground, as in a slide."""

    text: str
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Footnote:
    """Small text at the foot of the column in which it is met."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture or a drawing over `Figure N: caption`, as wide as a column."""

    number: int
    caption: str
    kind: Literal["image", "vector"] = "image"
    height: float = 120.0


@dataclass(frozen=True, slots=True)
class Hidden:
    """Words that a program finds and no reader sees."""

    text: str
    trick: Trick = "white"


@dataclass(frozen=True, slots=True)
class Break:
    """The next page."""


Block = Heading | Paragraph | Footnote | Figure | Hidden | Break


def write_pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """Return a PDF of A4 pages, one column, whose text can be read back."""
    lines = [*_wrapped(title, 60), ""]
    for paragraph in paragraphs:
        lines += [*_wrapped(paragraph, 88), ""]
    pages = [lines[i : i + _LINES_A_PAGE] for i in range(0, len(lines), _LINES_A_PAGE)]
    return assemble([_content(page) for page in pages])


def typeset(
    title: str,
    authors: Sequence[str],
    blocks: Iterable[Block],
    *,
    columns: Literal[1, 2] = 1,
    running_head: str = "",
    numbered: bool = True,
    stamp: str = "",
    by_rows: bool = False,
) -> bytes:
    """Return a paper, with words cut at the lines' ends as TeX cuts them.

    `running_head` is on every page but the first, `stamp` is what the arXiv prints up the margin of that one.
    `by_rows` writes the file line by line across the columns, as some programs do, instead of column by column.
    """
    setter = _Setter(columns, running_head, numbered, stamp)
    setter.front(title, authors)
    for block in blocks:
        setter.add(block)
    return assemble([page.stream(by_rows) for page in setter.pages])


def assemble(streams: Sequence[bytes]) -> bytes:
    """Return a PDF of pages with these content streams; they may use the fonts F1 to F4, Im1, Faint and Off."""
    first = 12
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [10 0 R] /D << /OFF [10 0 R] >> >> >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(streams), b" ".join(b"%d 0 R" % (first + 2 * i) for i in range(len(streams)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H /DescendantFonts [5 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        _stream(_to_unicode()),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Oblique /Encoding /WinAnsiEncoding >>",
        _picture(),
        b"<< /Type /OCG /Name (Notes) >>",
        b"<< /Font << /F1 3 0 R /F2 4 0 R /F3 7 0 R /F4 8 0 R >> /XObject << /Im1 9 0 R >>"
        b" /ExtGState << /Faint << /ca 0 /CA 0 >> >> /Properties << /Off 10 0 R >> >>",
    ]
    for number, stream in enumerate(streams):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources 11 0 R >>"
            % (first + 1 + 2 * number)
        )
        objects.append(_stream(stream))
    return write_objects(objects)


@dataclass(slots=True)
class _Sheet:
    """One page: what is drawn, each with its height and its column, in the order of writing."""

    drawn: list[tuple[float, int, bytes]] = field(default_factory=list)

    def stream(self, by_rows: bool) -> bytes:
        order = sorted(self.drawn, key=lambda one: (-round(one[0]), one[1])) if by_rows else self.drawn
        return b"\n".join(operators for _, _, operators in order)


class _Setter:
    """Sets blocks into columns and pages."""

    def __init__(self, columns: int, running_head: str, numbered: bool, stamp: str) -> None:
        self.pages: list[_Sheet] = []
        self._columns = columns
        self._running_head = running_head
        self._numbered = numbered
        self._stamp = stamp
        self._measure = (_WIDTH - 2 * _MARGIN - _GUTTER * (columns - 1)) / columns
        self._column = 0
        self._top = self._y = _HEIGHT - 80
        self._floor = 80.0
        self._new_page()

    def front(self, title: str, authors: Sequence[str]) -> None:
        for line in _wrapped(title, 44):
            self._put(line, 17, "F3", _WIDTH / 2 - _measured(line, 17) / 2, self._y)
            self._y -= 22
        for line in _wrapped(", ".join(authors[:30]), 70):
            self._put(line, 11, "F1", _WIDTH / 2 - _measured(line, 11) / 2, self._y)
            self._y -= 15
        self._y -= 15
        self._top = self._y

    def add(self, block: Block) -> None:
        match block:
            case Heading(text, level):
                size = 13.0 if level == 1 else 11.0
                self._need(4 * _TEXT)
                self._y -= 8
                for line in _lines(text, size, self._measure, cut=False):
                    self._line(line, size, "F3", pitch=16)
                self._y -= 3
            case Paragraph(text, boxed):
                for number, line in enumerate(_lines(text, _TEXT, self._measure, indent=12)):
                    self._need(12)
                    if boxed:
                        self._draw(
                            b"0 0 0.4 rg %.1f %.1f %.1f 13 re f" % (self._x, self._y - 3, self._measure)
                        )
                    colour = b"1 1 1 rg" if boxed else b"0 g"
                    self._line(line, _TEXT, "F1", indent=12 if number == 0 else 0, before=colour)
            case Footnote(text):
                lines = _lines(text, 8, self._measure)
                self._floor += 10 * len(lines)
                y = self._floor - 10
                for line in lines:
                    self._put(line, 8, "F1", self._x, y)
                    y -= 10
            case Figure():
                self._figure(block)
            case Hidden(text, trick):
                self._hide(text, trick)
            case Break():
                self._new_page()

    @property
    def _x(self) -> float:
        return _MARGIN + self._column * (self._measure + _GUTTER)

    def _figure(self, figure: Figure) -> None:
        lines = _lines(f"Figure {figure.number}: {figure.caption}", 9, self._measure)
        self._need(figure.height + 11 * len(lines) + 30)
        self._y -= 8
        bottom, width = self._y - figure.height, self._measure
        if figure.kind == "image":
            self._draw(b"q %.1f 0 0 %.1f %.1f %.1f cm /Im1 Do Q" % (width, figure.height, self._x, bottom))
        else:
            self._draw(_drawing(self._x, bottom, width, figure.height))
            for step in range(4):
                self._put(f"{step * 25}", 6, "F1", self._x + 2, bottom + 12 + step * (figure.height - 20) / 4)
        self._y = bottom - 12
        for line in lines:
            self._line(line, 9, "F1", pitch=11)
        self._y -= 10

    def _hide(self, text: str, trick: Trick) -> None:
        shown = (b"0 g", b"")
        match trick:
            case "white":
                shown = (b"1 1 1 rg", b"0 g")
            case "invisible":
                shown = (b"3 Tr", b"0 Tr")
            case "transparent":
                shown = (b"q /Faint gs", b"Q")
            case "layer":
                shown = (b"/OC /Off BDC", b"EMC")
            case "masked":
                self._need(12)
                said = b"\xfe\xff" + text.encode("utf-16-be")
                self._draw(
                    b"/Span << /ActualText <%s> >> BDC BT /F1 10 Tf %.1f %.1f Td (.) Tj ET EMC"
                    % (said.hex().encode(), self._x, self._y)
                )
                self._y -= 12
                return
            case "tiny" | "outside" | "covered":
                pass
        size = 1.0 if trick == "tiny" else _TEXT
        for line in _lines(text, _TEXT, self._measure, cut=False):
            self._need(12)
            x = -600.0 if trick == "outside" else self._x
            self._put(line, size, "F1", x, self._y, *shown)
            if trick == "covered":
                self._draw(b"1 1 1 rg %.1f %.1f %.1f 14 re f 0 g" % (x - 2, self._y - 3, self._measure + 4))
            self._y -= 12

    def _line(
        self,
        text: str,
        size: float,
        font: str,
        *,
        indent: float = 0,
        pitch: float = 12,
        before: bytes = b"0 g",
    ) -> None:
        self._need(pitch)
        self._put(text, size, font, self._x + indent, self._y, before, b"0 g")
        self._y -= pitch

    def _put(
        self,
        text: str,
        size: float,
        font: str,
        x: float,
        y: float,
        before: bytes = b"0 g",
        after: bytes = b"",
    ) -> None:
        try:
            shown = b"(%s)" % _escaped(text)
        except UnicodeEncodeError:
            font, shown = "F2", b"<%s>" % text.encode("utf-16-be").hex().encode()
        name = font.encode()
        self.pages[-1].drawn.append(
            (
                y,
                self._column,
                b"%s BT /%s %.1f Tf %.2f %.2f Td %s Tj ET %s" % (before, name, size, x, y, shown, after),
            )
        )

    def _draw(self, operators: bytes) -> None:
        self.pages[-1].drawn.append((self._y, self._column, operators))

    def _need(self, height: float) -> None:
        if self._y - height >= self._floor:
            return
        if self._column + 1 < self._columns:
            self._column += 1
            self._y, self._floor = self._top, 80.0
        else:
            self._new_page()

    def _new_page(self) -> None:
        self.pages.append(_Sheet())
        number = len(self.pages)
        self._column, self._floor = 0, 80.0
        self._top = self._y = _HEIGHT - 80
        if number > 1 and self._running_head:
            self._put(self._running_head, 9, "F4", _MARGIN, _HEIGHT - 50)
        if self._numbered:
            self._put(str(number), 10, "F1", _WIDTH / 2, 40)
        if number == 1 and self._stamp:
            self._draw(b"BT /F1 20 Tf 0 1 -1 0 35 220 Tm (%s) Tj ET" % _escaped(self._stamp))


def _escaped(text: str) -> bytes:
    """Raises `UnicodeEncodeError` of what the Latin fonts do not have."""
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _measured(text: str, size: float) -> float:
    """Return the width of a line in points."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return len(text) * size
    widths = (_WIDTHS[ord(c) - 32] if 32 <= ord(c) < 127 else 600 for c in text)
    return sum(widths) * size / 1000


def _lines(text: str, size: float, measure: float, *, indent: float = 0, cut: bool = True) -> list[str]:
    """Break a paragraph into lines; long words are cut with a hyphen."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        room = measure - (indent if not lines else 0)
        longer = f"{line} {word}".strip()
        if _measured(longer, size) <= room:
            line = longer
            continue
        first = word[: len(word) // 2]
        if (
            cut
            and len(word) > 8
            and re.fullmatch(r"[a-z]+[.,]?", word)
            and _measured(f"{line} {first}-", size) <= room
        ):
            lines.append(f"{line} {first}-".strip())
            line = word[len(first) :]
        else:
            lines.append(line)
            line = word
    return [one for one in (*lines, line) if one]


def _drawing(x: float, y: float, width: float, height: float) -> bytes:
    """Draw axes and a few bars."""
    bars = b" ".join(
        b"0.2 0.%d 0.8 rg %.1f %.1f %.1f %.1f re f"
        % (2 + i, x + 25 + i * (width - 40) / 6, y + 10, width / 9, (height - 20) * (i % 3 + 1) / 4)
        for i in range(6)
    )
    return b"q 1 w 0 G %.1f %.1f m %.1f %.1f l %.1f %.1f l S %s Q" % (
        x + 20, y + height, x + 20, y + 10, x + width, y + 10, bars,
    )  # fmt: skip


def _picture(width: int = 64, height: int = 48) -> bytes:
    """Return a picture of coloured squares."""
    dots = bytes(
        value
        for row in range(height)
        for column in range(width)
        for value in (column * 4, row * 5, 255 if (row // 8 + column // 8) % 2 else 40)
    )
    data = zlib.compress(dots)
    return (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
        b" /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (width, height, len(data), data)
    )


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _content(lines: Sequence[str]) -> bytes:
    shown = [b"BT 11 TL 50 790 Td"]
    for line in lines:
        try:
            shown.append(b"/F1 11 Tf (%s) Tj 0 -15 Td" % _escaped(line))
        except UnicodeEncodeError:
            codes = line.encode("utf-16-be").hex().encode()
            shown.append(b"/F2 11 Tf <%s> Tj 0 -15 Td" % codes)
    return b"\n".join([*shown, b"ET"])


def _to_unicode() -> bytes:
    rows = [b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in range(256)]
    parts = [_TO_UNICODE]
    for start in range(0, 256, 100):  # the format allows a hundred ranges in one block
        block = rows[start : start + 100]
        parts.append(b"%d beginbfrange\n%s\nendbfrange\n" % (len(block), b"\n".join(block)))
    return b"".join([*parts, b"endcmap end end\n"])


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def write_objects(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1; the first one is its catalogue."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        table,
    )
    return bytes(out)
