"""From the characters of a page to its lines: what can be seen, joined, column by column."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pypdfium2 import raw

from bot.papers.pdf_columns import find_gutter, in_order
from bot.papers.pdf_read import Line, Page, is_bold, is_italic

_TINIEST = 2.0  # points; nobody reads what is smaller
_WHITE = 230  # of 255 in every colour: not to be seen on white
_OPAQUE = 30  # of 255; what is more transparent is not seen
_CONTRAST = 24  # of 255 between the lightest and the darkest dot of what can be seen
_SCALE = 1.5  # dots a point, where we have to look
_SHARED = 5  # characters in one place: the PDF says one thing and shows another
_NARROWEST = 0.1  # of the size, from one character to the next
_CLOSE_LOOK = 5000  # objects of a page
_COVERING = 60.0  # square points; what is smaller hides no words
_HIDDEN_WORDS = 3  # so many in a row are no accident

_HYPHENS = (0xFFFE, 0x2)  # what the library makes of a hyphen at a line's end
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_ACCENTS = {"´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "˝": "\u030b", "ˇ": "\u030c",
            "˘": "\u0306", "˙": "\u0307", "˚": "\u030a", "¯": "\u0304"}  # fmt: skip
_RAISED = str.maketrans("0123456789+-−–()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−–()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₍₎")


@dataclass(slots=True)
class _Style:
    """What the characters of one text object share."""

    size: float
    bold: bool
    italic: bool
    straight: bool
    seen: bool
    doubtful: bool
    box: list[float] = field(default_factory=lambda: [math.inf, math.inf, -math.inf, -math.inf])

    def grow(self, left: float, bottom: float, right: float, top: float) -> None:
        box = self.box
        box[0], box[1] = min(box[0], left), min(box[1], bottom)
        box[2], box[3] = max(box[2], right), max(box[3], top)


@dataclass(slots=True)
class _Char:
    text: str
    left: float
    bottom: float
    right: float
    top: float
    y: float
    style: _Style | None  # None of a space or a break that the library has put in
    code: int


def read_page(page: Any, number: int, most: int) -> Page:
    """Return the lines of a page; of more than `most` characters the rest is left out."""
    width, height = page.get_size()
    chars = _Reading(page).chars(most)
    straight = sum(1 for c in chars if c.style and c.style.straight)
    upright = straight * 2 >= sum(1 for c in chars if c.style)
    shown: list[_Char] = []
    unseen: list[_Char] = []
    for char in chars:
        if char.style is None:
            shown.append(char)
            unseen.append(char)
        elif not char.style.seen:
            unseen.append(char)
        elif char.style.straight or not upright:  # what stands across is the arXiv's stamp, or an axis
            shown.append(char)
    gutter = find_gutter([line for run in _runs(shown, split=True) if (line := _line(run, number))])
    lines = [line for run in _runs(shown, gutter) if (line := _line(run, number))]
    if gutter is not None:
        lines = in_order(lines, gutter)
    return Page(number, width, height, lines, _says_something(unseen), gutter)


class _Reading:
    """One page under the eyes of the library."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._text = page.get_textpage()
        self._box = page.get_bbox()
        self._styles: dict[int, _Style] = {}
        self._under: list[tuple[float, float, float, float]] = []
        self._covered: set[int] = set()
        self._crowded = False
        self._look_around()

    def chars(self, most: int) -> list[_Char]:
        """Return the page's characters in the order of the file, each with what it looks like."""
        text = self._text.raw
        left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
        at = tuple(ctypes.byref(value) for value in (left, right, bottom, top))
        origin = ctypes.byref(x), ctypes.byref(y)
        x0, y0, x1, y1 = self._box
        found: list[_Char] = []
        beyond: list[tuple[int, _Style]] = []
        for index in range(min(raw.FPDFText_CountChars(text), most)):
            code = raw.FPDFText_GetUnicode(text, index)
            if raw.FPDFText_IsGenerated(text, index) == 1 and code not in _HYPHENS:
                found.append(_Char(chr(code) if code in (10, 13) else " ", 0, 0, 0, 0, 0, None, code))
                continue
            raw.FPDFText_GetCharBox(text, index, *at)
            raw.FPDFText_GetCharOrigin(text, index, *origin)
            style = self._style(index)
            middle, level = (left.value + right.value) / 2, (bottom.value + top.value) / 2
            if not (x0 <= middle <= x1 and y0 <= level <= y1):
                beyond.append((len(found), style))
                style = _OUTSIDE
            else:
                style.grow(left.value, bottom.value, right.value, top.value)
            found.append(
                _Char(_clean(code), left.value, bottom.value, right.value, top.value, y.value, style, code)
            )
        for place, style in beyond:
            if style.box[0] < math.inf:  # it runs off the page, and whoever looks sees where
                found[place].style = _CUT
        self._unmask(found)
        self._settle()
        return found

    def _style(self, index: int) -> _Style:
        thing = raw.FPDFText_GetTextObject(self._text.raw, index)
        key = ctypes.cast(thing, ctypes.c_void_p).value or 0
        if key not in self._styles:
            self._styles[key] = self._look_at(index, thing, key)
        return self._styles[key]

    def _look_at(self, index: int, thing: Any, key: int) -> _Style:
        text = self._text.raw
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(text, index, matrix)
        size = raw.FPDFText_GetFontSize(text, index)
        across, up = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
        name = ctypes.create_string_buffer(200)
        raw.FPDFText_GetFontInfo(text, index, name, 200, ctypes.c_int())
        font = name.value.decode(errors="replace").partition("+")[2] or name.value.decode(errors="replace")
        mode = raw.FPDFTextObj_GetTextRenderMode(thing) if key else raw.FPDF_TEXTRENDERMODE_FILL
        seen = size * min(across, up) >= _TINIEST
        seen = seen and mode not in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
        outlined = mode in (raw.FPDF_TEXTRENDERMODE_STROKE, raw.FPDF_TEXTRENDERMODE_STROKE_CLIP)
        colour = [ctypes.c_uint() for _ in range(4)]
        ask = raw.FPDFText_GetStrokeColor if outlined else raw.FPDFText_GetFillColor
        doubtful = self._crowded or key in self._covered or _layered(thing, key)
        if ask(text, index, *(ctypes.byref(part) for part in colour)):
            if colour[3].value < _OPAQUE:
                seen = False
            elif min(part.value for part in colour[:3]) >= _WHITE:
                doubtful = True
                seen = seen and (self._crowded or self._has_ground(index))
        turned = abs(matrix.b) > 0.05 * max(abs(matrix.a), 1e-9) or matrix.a < 0
        return _Style(size * up, is_bold(font), is_italic(font), not turned, seen, doubtful)

    def _look_around(self) -> None:
        """Find what lies under and over the words."""
        page = self._page.raw
        count = raw.FPDFPage_CountObjects(page)
        if count > _CLOSE_LOOK:
            self._crowded = True
            return
        sides = [ctypes.c_float() for _ in range(4)]
        at = [ctypes.byref(side) for side in sides]
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        words: list[tuple[int, tuple[float, float, float, float]]] = []
        for index in range(count):
            thing = raw.FPDFPage_GetObject(page, index)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_PATH:
                raw.FPDFPath_GetDrawMode(thing, filled, stroked)
                if filled.value == raw.FPDF_FILLMODE_NONE:
                    continue
            if not raw.FPDFPageObj_GetBounds(thing, *at):
                continue
            left, bottom, right, top = (side.value for side in sides)
            box = (left, bottom, right, top)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                words.append((ctypes.cast(thing, ctypes.c_void_p).value or 0, box))
                continue
            if (right - left) * (top - bottom) < _COVERING:
                continue
            self._under.append(box)
            self._covered.update(key for key, there in words if _inside(there, box))

    def _has_ground(self, index: int) -> bool:
        sides = [ctypes.c_double() for _ in range(4)]
        raw.FPDFText_GetCharBox(self._text.raw, index, *(ctypes.byref(side) for side in sides))
        left, right, bottom, top = (side.value for side in sides)
        return any(_inside((left, bottom, right, top), box) for box in self._under)

    def _unmask(self, chars: list[_Char]) -> None:
        """Hide what the file says in place of what it shows: many characters where there is room for one."""
        start = 0
        for end in range(1, len(chars) + 1):
            if end < len(chars) and _crammed(chars[end - 1], chars[end]):
                continue
            if end - start >= _SHARED:
                for char in chars[start:end]:
                    char.style = _OUTSIDE
            start = end

    def _settle(self) -> None:
        """Look at the page itself where the words' own properties leave a doubt."""
        doubtful = [style for style in self._styles.values() if style.seen and style.doubtful]
        doubtful = [style for style in doubtful if style.box[0] < style.box[2]]
        if not doubtful:
            return
        from pypdfium2 import PdfiumError

        try:
            bitmap = self._page.render(scale=_SCALE, rev_byteorder=False, prefer_bgrx=True)
        except (PdfiumError, MemoryError, ValueError):
            return
        x0, _, _, y1 = self._box
        dots = memoryview(bitmap.buffer).cast("B")
        for style in doubtful:
            left, bottom, right, top = style.box
            rows = range(
                max(int((y1 - top) * _SCALE), 0), min(int((y1 - bottom) * _SCALE) + 1, bitmap.height)
            )
            first, last = max(int((left - x0) * _SCALE), 0), min(int((right - x0) * _SCALE) + 1, bitmap.width)
            lines = (
                dots[
                    row * bitmap.stride + first * bitmap.n_channels : row * bitmap.stride
                    + last * bitmap.n_channels
                ]
                for row in rows
            )
            style.seen = _differs(lines, bitmap.n_channels)


_OUTSIDE = _Style(0.0, False, False, True, False, False)
_CUT = _Style(0.0, False, False, True, False, False)


def _layered(thing: Any, key: int) -> bool:
    """Return whether a text object belongs to a layer, which may be switched off."""
    if not key:
        return False
    name = (ctypes.c_ushort * 8)()
    needed = ctypes.c_ulong()
    for index in range(max(raw.FPDFPageObj_CountMarks(thing), 0)):
        mark = raw.FPDFPageObj_GetMark(thing, index)
        if (
            raw.FPDFPageObjMark_GetName(mark, name, 16, ctypes.byref(needed))
            and bytes(name)[:6] == b"O\0C\0\0\0"
        ):
            return True
    return False


def _inside(small: tuple[float, float, float, float], large: tuple[float, float, float, float]) -> bool:
    x, y = (small[0] + small[2]) / 2, (small[1] + small[3]) / 2
    return large[0] <= x <= large[2] and large[1] <= y <= large[3]


def _crammed(one: _Char, other: _Char) -> bool:
    """Return whether two characters share a place where one would fit."""
    if one.style is None or one.style is not other.style:
        return False
    return abs(other.left - one.left) < _NARROWEST * one.style.size and abs(other.y - one.y) < 0.1


def _differs(lines: Iterable[memoryview], channels: int) -> bool:
    """Return whether there is anything to see in a part of a picture, given line by line."""
    lightest, darkest = [0, 0, 0], [255, 255, 255]
    for line in lines:
        for colour in range(min(channels, 3)):
            part = line.tobytes()[colour::channels]
            if part:
                lightest[colour] = max(lightest[colour], *part, 0)
                darkest[colour] = min(darkest[colour], *part, 255)
    return any(high - low >= _CONTRAST for high, low in zip(lightest, darkest, strict=True))


@lru_cache(maxsize=4096)
def _clean(code: int) -> str:
    """Return a character as it is read: no ligature, no control, nothing without a width or a meaning."""
    if code in _HYPHENS:
        return "-"
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return ""
    char = chr(code)
    if char in _LIGATURES:
        return _LIGATURES[char]
    if 0x1D400 <= code <= 0x1D7FF:  # 𝐱 is an x; ² is not a 2
        return unicodedata.normalize("NFKC", char)
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or code in (9, 10, 13):
        return " "
    if category in ("Cc", "Cf", "Co", "Cn", "Cs"):
        return ""
    return "-" if code in (0x2010, 0x2011) else char


def _runs(chars: list[_Char], gutter: float | None = None, *, split: bool = False) -> Iterable[list[_Char]]:
    """Split characters where a line ends, and where two columns share a line: at the gutter, or at every gap."""
    run: list[_Char] = []
    last: _Char | None = None
    for char in chars:
        if char.style is None:
            if char.code in (10, 13):
                yield run
                run, last = [], None
            elif run:
                run.append(char)
            continue
        if last and last.style and (last.code in _HYPHENS or _breaks(last, char, gutter, split)):
            yield run
            run = []
        run.append(char)
        if char.text.strip():
            last = char
    yield run


def _breaks(last: _Char, char: _Char, gutter: float | None, split: bool) -> bool:
    assert last.style
    assert char.style
    em = max(last.style.size, char.style.size, 1.0)
    if abs(char.y - last.y) > 1.5 * em or char.left < last.left - 3 * em:
        return True
    if split:
        return char.left - last.right > em
    return gutter is not None and last.right < gutter < char.left and char.left - last.right > 0.6 * em


def _line(run: list[_Char], number: int) -> Line | None:
    letters = [c for c in run if c.style and c.text.strip()]
    if not letters:
        return None
    # The library marks some of the hyphens that end a line, and leaves others as they are.
    last = max(place for place, char in enumerate(run) if char is letters[-1])
    hyphen = last > 0 and run[last].text == "-" and run[last - 1].text.isalpha()
    if hyphen:
        run = run[:last]
    sizes: Counter[float] = Counter()
    bold = italic = 0
    for char in letters:
        assert char.style
        sizes[round(char.style.size, 1)] += 1
        bold += char.style.bold
        italic += char.style.italic
    size = sizes.most_common(1)[0][0]
    main = [c for c in letters if c.style and abs(c.style.size - size) < 0.2] or letters
    y = Counter(round(c.y, 1) for c in main).most_common(1)[0][0]
    text = _accented(" ".join("".join(_set(c, size, y) for c in run).split()))
    if not text:
        return None
    return Line(
        text=unicodedata.normalize("NFC", text),
        page=number,
        x0=min(c.left for c in letters),
        x1=max(c.right for c in letters),
        y=y,
        top=max(c.top for c in letters),
        bottom=min(c.bottom for c in letters),
        size=size,
        bold=bold >= 0.85 * len(letters),
        italic=italic >= 0.85 * len(letters),
        hyphen=hyphen,
    )


def _set(char: _Char, size: float, y: float) -> str:
    """Return a character as it is set: 10⁷ is not 107."""
    if char.style is None or char.style.size > 0.85 * size:
        return char.text
    if char.y > y + 0.2 * size:
        return char.text.translate(_RAISED)
    return char.text.translate(_LOWERED) if char.y < y - 0.08 * size else char.text


def _accented(text: str) -> str:
    """Put accents on letters where a PDF has them before: `Erd˝os`, `na¨ıve`."""
    if not any(accent in text for accent in _ACCENTS):
        return text
    made: list[str] = []
    index = 0
    while index < len(text):
        accent = _ACCENTS.get(text[index])
        after = text[index + 1 : index + 2]
        base = {"ı": "i", "ȷ": "j"}.get(after, after)
        both = unicodedata.normalize("NFC", base + accent) if accent and base.isalpha() else ""
        if len(both) == 1 and both != base:
            made.append(both)
            index += 2
        else:
            made.append(text[index])
            index += 1
    return "".join(made)


def _says_something(unseen: list[_Char]) -> bool:
    """Return whether what nobody sees has words: a tick of an axis or a box of a form has none."""
    said = "".join(c.text if c.style and c.style is not _CUT else " " for c in unseen)
    return sum(1 for word in said.split() if sum(map(str.isalpha, word)) >= 2) >= _HIDDEN_WORDS
