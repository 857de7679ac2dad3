"""The figures of a paper, cut out of its PDF with their captions.

`Figure` is what everybody sees of it; the rest runs in the process that `bot.papers.apart` starts.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.papers.pdf_figures import Found
    from bot.papers.pdf_lines import Line
    from bot.papers.pdf_read import Pdf

MOST = 12  # figures of a paper
_WIDEST, _HIGHEST = 1600, 2000  # pixels, with the edge
SCALE = 3.5  # pixels a point, where that is not too wide
_HEAVIEST = 1024 * 1024  # bytes of one figure
_ALL_BYTES = 4 * 1024 * 1024  # of all figures of a paper
_LONGEST = 4000  # characters of a caption
EDGE = 10  # pixels of paper around a figure
_LIGHT = 80 * 1024  # bytes; below it, no photograph is worth the smears of a JPEG
_LARGEST_PAGE = 5000  # points; a poster of A0 has 3370
_BLANK = 0.002  # the part of a picture that has to differ from its paper


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure by its number as printed ("3", "A.1"), on a page counted from 1.

    `data` is a picture of `kind` "png" or "jpeg", `width` by `height` pixels. The caption is the paper's own, in
    one line and without its label; it is text, whatever it says.
    """

    number: str
    page: int
    caption: str
    data: bytes = field(repr=False)
    kind: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a PDF in the order of its pages, `MOST` of them, beside how many there are in all.

    Of `pages` pages `read` were looked at; a page that takes too long ends it.
    """

    figures: tuple[Figure, ...]
    found: int
    pages: int
    read: int

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "figures": [
                {
                    "number": figure.number,
                    "page": figure.page,
                    "caption": figure.caption,
                    "data": base64.b64encode(figure.data).decode(),
                    "kind": figure.kind,
                    "width": figure.width,
                    "height": figure.height,
                }
                for figure in self.figures
            ],
            "found": self.found,
            "pages": self.pages,
            "read": self.read,
        }

    @classmethod
    def from_json(cls, data: Any) -> Figures:
        """Return what `to_json` wrote. Raises `ValueError` for what it could not have written.

        The data come from a process that has read somebody's PDF.
        """
        match data:
            case {"figures": list(figures), "found": int(found), "pages": int(pages), "read": int(read)}:
                return cls(tuple(_figure(one) for one in figures[:MOST]), found, pages, read)
        raise ValueError("no figures")


def _figure(data: Any) -> Figure:
    match data:
        case {
            "number": str(number),
            "page": int(page),
            "caption": str(caption),
            "data": str(coded),
            "kind": "png" | "jpeg" as kind,
            "width": int(width),
            "height": int(height),
        }:
            picture = base64.b64decode(coded, validate=True)
            begins = b"\x89PNG\r\n" if kind == "png" else b"\xff\xd8\xff"
            if (
                re.fullmatch(r"[A-Z0-9.]{1,12}", number)
                and len(caption) <= _LONGEST
                and picture.startswith(begins)
            ):
                return Figure(number, page, caption, picture, kind, width, height)
    raise ValueError("no figure")


def read_figures(pdf: Pdf, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of an open PDF as JSON. Raises `Unreadable("scan")` if it holds no text at all."""
    from pypdfium2 import PdfiumError

    from bot.papers.pdf_captions import captions
    from bot.papers.pdf_figures import layout
    from bot.papers.pdf_lines import lines_of
    from bot.papers.pdf_read import Unreadable

    pages: dict[int, Sequence[Line]] = {}
    width = 0.0
    for number, page in pdf.opened():
        with suppress(PdfiumError):  # a page that is broken has nothing on it
            pages[number] = lines_of(page) if max(page.get_size()) <= _LARGEST_PAGE else ()
            width = width or page.get_width()
    if not any(pages.values()):
        raise Unreadable("scan")
    set_ = layout(list(pages.values()), width)
    figures: list[Figure] = []
    seen: set[str] = set()
    left = _ALL_BYTES
    read = pdf.read
    for number, lines in pages.items():
        if pdf.late:
            read = number - 1
            break
        if not any(caption.number for caption in captions(lines, set_.column)):
            continue
        page = pdf.document[number - 1]
        for found in _found(page, lines, set_):
            label = found.caption.number
            again = label in seen and not re.search(
                r"\bcont(?:inued|d|\.)", found.caption.text[:60], re.IGNORECASE
            )
            if again:
                continue
            if len(figures) >= MOST:
                seen.add(label)
                continue
            picture = _picture(page, found, min(_HEAVIEST, left))
            if picture is None:
                continue
            seen.add(label)
            left -= len(picture[0])
            figures.append(Figure(label, number, found.caption.text[:_LONGEST], *picture))
        page.close()
    return Figures(tuple(figures), max(len(seen), len(figures)), pdf.count, read).to_json()


def _found(page: Any, lines: Sequence[Line], set_: Any) -> list[Found]:
    from bot.papers.pdf_figures import Sheet, find
    from bot.papers.pdf_ink import drawings

    drawn = drawings(page, [line.box for line in lines])
    return find(Sheet(page.get_width(), page.get_height(), lines, drawn), set_)


def _picture(page: Any, found: Found, most: int) -> tuple[bytes, str, int, int] | None:
    """Return the figure's bytes, kind, width and height; None if it is blank or cannot be made small enough."""
    box = found.box
    scale = min(SCALE, (_WIDEST - 3 * EDGE) / box.width, (_HIGHEST - 3 * EDGE) / box.height)
    while scale * box.width >= 100:
        picture = _trimmed(_render(page, found, scale))
        if picture is None:
            return None
        data, kind = _packed(picture)
        if len(data) <= most:
            return data, kind, picture.width, picture.height
        scale *= max(0.3, min(0.9, 0.95 * (most / len(data)) ** 0.5))
    return None


def _render(page: Any, found: Found, scale: float) -> Any:
    box, width, height = found.box, page.get_width(), page.get_height()
    crop = (box.left, height - box.bottom, width - box.right, box.top)
    bitmap = page.render(
        scale=scale,
        crop=tuple(max(side, 0.0) for side in crop),
        draw_annots=False,
        may_draw_forms=False,
        rev_byteorder=True,
    )
    picture = bitmap.to_pil().convert("RGB")
    bitmap.close()
    return picture


def _trimmed(picture: Any) -> Any | None:
    """Return the picture with an even edge of paper, None if there is nothing on it."""
    from PIL import Image, ImageChops

    paper = Image.new("RGB", picture.size, (255, 255, 255))
    ink = ImageChops.difference(picture, paper).convert("L").point([0] * 6 + [255] * 250)
    inked = ink.getbbox()
    if inked is None or ink.histogram()[255] < _BLANK * picture.width * picture.height:
        return None
    cut = picture.crop(inked)
    framed = Image.new("RGB", (cut.width + 2 * EDGE, cut.height + 2 * EDGE), (255, 255, 255))
    framed.paste(cut, (EDGE, EDGE))
    return framed


def _packed(picture: Any) -> tuple[bytes, str]:
    """Return the picture as PNG, or as JPEG where that takes less than half of it: then it is a photograph."""
    from PIL import ImageChops

    few = picture.getcolors(256)
    drawn = picture.quantize(len(few)) if few else picture
    if few and ImageChops.difference(drawn.convert("RGB"), picture).getbbox():
        drawn = picture
    png = io.BytesIO()
    # Of a photograph, the last per cent takes seconds.
    drawn.save(png, "PNG", compress_level=9 if few else 4)
    if len(png.getvalue()) > _LIGHT:
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=88, optimize=True)
        if len(jpeg.getvalue()) < len(png.getvalue()) / 2:
            return jpeg.getvalue(), "jpeg"
    return png.getvalue(), "png"
