"""A PDF as a reader sees it: pages of lines in reading order, without what nobody can see.

Runs in the process that `bot.papers.apart` starts, and nowhere else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

_DENSEST = 40_000  # characters of a page that are read; a page of two dense columns has 8,000
_MAGIC = 1024  # bytes within which readers look for the mark of a PDF

_BOLD = re.compile(
    r"bold|black|heavy|semib|demi|-medi|^medi$|cmbx|cmb\d|cmssbx|sfbx|ecbx|lmbx|ptmb|ptmri7tb|-b$|tb$|bx\d",
    re.I,
)
_ITALIC = re.compile(r"ital|obli|cmti|cmsl|sfti|ecti|-reguital|-i$|ti$|it$", re.I)


class Unreadable(Exception):
    """The PDF gives no text; `reason` is one of those of `bot.errors.PdfUnusable`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Line:
    """One line of one column. Positions are in points from the page's lower left corner.

    `size` is the height of most of its letters in points, `bold` and `italic` if nearly all of them are, `hyphen`
    if it ends in one that may be there for the line's end alone; the hyphen itself is not in the text.
    """

    text: str
    page: int
    x0: float
    x1: float
    y: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    italic: bool = False
    hyphen: bool = False

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(slots=True)
class Page:
    """A page in the order in which it is read; `hidden` if it also held words that nobody can see.

    `gutter` is where its two columns part, None if it has one.
    """

    number: int
    width: float
    height: float
    lines: list[Line]
    hidden: bool
    gutter: float | None = None


class Pdf:
    """An open PDF. Raises `Unreadable` if it cannot be opened."""

    def __init__(self, data: bytes, *, pages: int, until: float) -> None:
        """At most `pages` are read, and none after `until`, by the monotonic clock."""
        if b"%PDF-" not in data[:_MAGIC]:
            raise Unreadable("unreadable")
        import pypdfium2
        from pypdfium2 import raw

        try:
            self.document = pypdfium2.PdfDocument(data)
            self.count = len(self.document)
        except pypdfium2.PdfiumError as error:
            locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
            raise Unreadable("encrypted" if locked else "unreadable") from error
        if not self.count:
            raise Unreadable("unreadable")
        self._most = pages
        self._until = until
        self.read = 0  # pages

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it open: the process ends with it."""

    def pages(self) -> Iterator[tuple[Any, Page]]:
        """Yield each page, as the library has it and as it reads, for as long as there is time."""
        from bot.papers.pdf_chars import read_page

        for number, page in self.opened():
            yield page, read_page(page, number, _DENSEST)

    def opened(self) -> Iterator[tuple[int, Any]]:
        """Yield each page's number and the page as the library has it, for as long as there is time."""
        import pypdfium2

        for index in range(min(self.count, self._most)):
            if self.late:
                return
            try:
                page = self.document[index]
            except pypdfium2.PdfiumError:
                self.read += 1  # a page that is broken has nothing on it
                continue
            yield index + 1, page
            self.read += 1
            page.close()

    @property
    def late(self) -> bool:
        """Whether the time is over after which nothing more is begun."""
        return time.monotonic() > self._until


def is_bold(font: str) -> bool:
    """Return whether a font of this name is bold, as far as names tell."""
    return bool(_BOLD.search(font))


def is_italic(font: str) -> bool:
    return bool(_ITALIC.search(font))
