"""From lines to paragraphs: words rejoined, columns and pages joined, footnotes and captions put after the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bot.papers.pdf_read import Line, Page

CAPTION = re.compile(r"(?:(?:Supplementary |Extended Data )?(?:Figure|Fig\.|Table|Tab\.|Algorithm|Listing|FIG\.|TABLE)) ?"
                     r"(?:[A-Z]?\.?\d+|[IVX]+)\b")  # fmt: skip
_ENDED = re.compile(r"[.!?:;。！？：]['\"”’)\]]*(?:\s?\d{1,2}|[∗†‡§]+)?$")
_BULLET = re.compile(r"(?:[•●◦▪■–—∙·*]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)])\s+\S")
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_SMALLER = 0.6  # points below the size of the text: a footnote, a caption


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of every page begin and end, and the words of the whole text."""

    edges: dict[tuple[int, int], tuple[float, float]]
    gutters: dict[int, float | None]
    words: Counter[str]

    @classmethod
    def of(cls, pages: Sequence[Page]) -> Layout:
        """Measure pages."""
        gutters = {page.number: page.gutter for page in pages}
        begins: dict[tuple[int, int], Counter[int]] = {}
        ends: dict[tuple[int, int], Counter[int]] = {}
        words: Counter[str] = Counter()
        rest = 0  # 1 where a line begins with the rest of a word
        for page in pages:
            for line in page.lines:
                column = (page.number, _side(line, page.gutter))
                begins.setdefault(column, Counter())[round(line.x0)] += 1
                ends.setdefault(column, Counter())[round(line.x1)] += 1
                found = _WORD.findall(line.text)
                whole = found[rest : -1 if line.hyphen else None]
                words.update(word.lower() for word in whole)
                rest = int(line.hyphen)
        edges = {
            column: (float(min(_common(begins[column]))), float(max(_common(ends[column]))))
            for column in begins
        }
        return cls(edges, gutters, words)

    def column(self, line: Line) -> tuple[int, int]:
        """Return the page and the side on which a line stands."""
        return line.page, _side(line, self.gutters.get(line.page))

    def left(self, line: Line) -> float:
        return self.edges.get(self.column(line), (line.x0, line.x1))[0]

    def right(self, line: Line) -> float:
        return self.edges.get(self.column(line), (line.x0, line.x1))[1]


def _side(line: Line, gutter: float | None) -> int:
    if gutter is None:
        return 0
    if line.x1 <= gutter + 2:
        return -1
    return 1 if line.x0 >= gutter - 2 else 0


def _common(places: Counter[int]) -> list[int]:
    """Return the places that many lines share: the most frequent one, and those with a third of its lines."""
    most = places.most_common(1)[0][1]
    return [place for place, count in places.items() if count >= max(most // 3, 1)]


def body_size(lines: Iterable[Line]) -> float:
    """Return the size of most of the text, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


@dataclass(slots=True)
class _Flow:
    """Text that runs through columns and pages, and what stands beside it."""

    done: list[tuple[int, str]] = field(default_factory=list)
    current: list[Line] = field(default_factory=list)
    asides: list[list[Line]] = field(default_factory=list)

    def end(self, words: Counter[str]) -> None:
        """End the paragraph; what interrupted it comes after."""
        for lines in (self.current, *self.asides):
            if (text := join(lines, words)) and not _scale(lines, text):
                self.done.append((lines[0].page, text))
        self.current, self.asides = [], []


def _scale(lines: Sequence[Line], text: str) -> bool:
    """Return whether this is the scale of an axis: tiny numbers and nothing else."""
    return len(text) < 40 and lines[0].size < 7 and not any(map(str.isalpha, text))


def paragraphs(lines: Sequence[Line], layout: Layout) -> list[tuple[int, str]]:
    """Return lines as paragraphs, each with the page on which it begins."""
    size, pitch, indents = body_size(lines), _pitch(lines), _indents(lines, layout)
    flow = _Flow()
    before: Line | None = None  # the last line read, of whatever kind
    for line in lines:
        close = before is not None and layout.column(before) == layout.column(line)
        close = close and before is not None and 0 <= before.y - line.y < 1.6 * max(line.size, before.size)
        if _aside(line, before if close else None, size, flow):
            if close and flow.asides and flow.asides[-1][-1] is before and not CAPTION.match(line.text):
                flow.asides[-1].append(line)
            else:
                flow.asides.append([line])
        else:
            if flow.current and _begins(flow.current[-1], line, layout, pitch, indents):
                flow.end(layout.words)
            flow.current.append(line)
        before = line
    flow.end(layout.words)
    return flow.done


def _aside(line: Line, before: Line | None, size: float, flow: _Flow) -> bool:
    """Return whether a line interrupts the text: a footnote, a caption, a table."""
    if line.size < size - _SMALLER:
        return True
    if CAPTION.match(line.text) and re.match(r"\S+ ?\S+?[.:|]|\S+ \S+ [A-Z]", line.text):
        return (
            before is None
            or not flow.current
            or flow.current[-1] is not before
            or bool(_ENDED.search(before.text))
        )
    # The rest of a caption that has the size of the text.
    return bool(
        before and flow.asides and flow.asides[-1][-1] is before and abs(line.size - before.size) < 0.3
    )


def _pitch(lines: Sequence[Line]) -> float:
    steps: Counter[float] = Counter()
    for one, other in pairwise(lines):
        if one.page == other.page and 4 < one.y - other.y < 40:
            steps[round((one.y - other.y) * 2) / 2] += 1
    return steps.most_common(1)[0][0] if steps else 12.0


def _indents(lines: Sequence[Line], layout: Layout) -> bool:
    """Return whether paragraphs begin with an indented line here; then a short line alone ends none."""
    begun = 0
    for last, line in pairwise(lines):
        begun += bool(_ENDED.search(last.text)) and _indented(line, layout) and not _indented(last, layout)
    return begun >= 2


def _indented(line: Line, layout: Layout) -> bool:
    return line.x0 > layout.left(line) + 0.6 * line.size


def _begins(last: Line, line: Line, layout: Layout, pitch: float, indents: bool) -> bool:
    """Return whether `line` begins a paragraph."""
    if last.hyphen:
        return False
    ended = bool(_ENDED.search(last.text))
    if _BULLET.match(line.text) and (ended or line.x0 > layout.left(line) + 2):
        return True
    goes_on = not ended and (line.text[:1].islower() or not line.text[:1].isalpha())
    if goes_on:
        return False
    indented = _indented(line, layout)
    short = last.x1 < layout.right(last) - 0.12 * (layout.right(last) - layout.left(last))
    if layout.column(last) != layout.column(line):
        return ended and (indented or (short and not indents))
    if last.y - line.y > 1.45 * pitch or line.y > last.y:
        return True
    if abs(last.size - line.size) > 1 or (last.bold and not line.bold and short):
        return True
    return ended and ((indented and not _indented(last, layout)) or (short and not indents))


def join(lines: Sequence[Line], words: Counter[str]) -> str:
    """Return lines as one, with the words that their ends cut rejoined."""
    text = ""
    cut = False
    for line in lines:
        if not text:
            text = line.text
        elif cut:
            text = _rejoin(text, line.text, words)
        else:
            text += " " + line.text
        cut = line.hyphen
    return text + ("-" if cut else "")


def _rejoin(text: str, rest: str, words: Counter[str]) -> str:
    """Leave the hyphen out where it was there for the line's end alone."""
    first, second = re.search(r"[^\W\d_][\w’'-]*$", text), re.match(r"[\w’']+(?:-[\w’'-]+)?", rest)
    if not first or not second:
        return f"{text}-{rest}"
    head, tail = first[0].lower(), second[0].lower()
    if words[head + tail]:
        return text + rest
    if words[f"{head}-{tail}"] or not second[0][0].islower() or "-" in head:
        return f"{text}-{rest}"
    both_words = len(head) > 2 and len(tail) > 2 and words[head] > 0 and words[tail] > 0
    return f"{text}-{rest}" if both_words else text + rest
