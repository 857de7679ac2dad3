"""The captions on a page: which lines begin one, how far it goes, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.papers.pdf_lines import Box, Line, around, follows

_LONGEST = 40  # lines
_NUMBER = r"(?P<number>(?:[A-Z]{1,2}[.]?)?\d{1,3}(?:\.\d{1,3}){0,2}|[IVX]{1,6})"
_FIGURE = re.compile(
    rf"(?:(?:Supplementary|Supplemental|Extended\s+Data)\s+)?(?:Figure|Fig\b\.?|FIGURE|FIG\b\.?)\s*{_NUMBER}(?![\w])(?P<rest>.*)"
)
_OTHER = re.compile(
    rf"(?:Table|TABLE|Tab\.|Algorithm|ALGORITHM|Listing|Scheme|Box|Plate)\s*{_NUMBER}(?![\w])(?P<rest>.*)"
)
_MARKED = re.compile(r"\s*(?:[:.|︱]|[–—]\s|-\s)(?!\d)")
_CAPITAL = re.compile(r"\s*(?:\([a-z]\)|[A-Z\u00c0-\u00de])")
_NO_LIGATURE = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption of the figure, or with `number` empty of a table or the like, and where it stands.

    `first` and `last` are the numbers of its lines on the page; `text` is without the label.
    """

    number: str
    text: str
    box: Box
    first: int
    last: int


def captions(lines: Sequence[Line], column: float) -> Iterator[Caption]:
    """Yield the captions among the lines of a page. `column` is the usual width of the paper's lines."""
    taken = -1
    for at in range(len(lines)):
        if at <= taken:
            continue
        figure = _FIGURE.match(lines[at].text)
        label = figure or _OTHER.match(lines[at].text)
        if not label or not _begins(lines, at, label, column):
            continue
        taken = _end(lines, at, alone=not _words(label["rest"]))
        inside = lines[at : taken + 1]
        text = _joined([_words(label["rest"]), *(line.text for line in inside[1:])])
        number = label["number"] if figure else ""
        yield Caption(number, text, around(line.box for line in inside), at, taken)


def _begins(lines: Sequence[Line], at: int, label: re.Match[str], column: float) -> bool:
    """Whether this is a caption and not running text that happens to have the label at a line's start."""
    rest = label["rest"]
    marked = _MARKED.match(rest) is not None
    if rest.strip() and not marked and not _CAPITAL.match(rest):
        return False
    last = lines[at - 1] if at else None
    if last is None or last.block != lines[at].block:
        # "Fig. 2 The …" and "Figure 3" alone are captions where a paragraph begins that nothing stands beside.
        return True
    # In the midst of a block: the labels of a drawing may stand as close as lines do, running text does too.
    return marked and bool(rest.strip(" .:|")) and last.box.width < 0.7 * min(column, lines[at].box.width)


def _end(lines: Sequence[Line], first: int, *, alone: bool) -> int:
    """Return the number of a caption's last line; `alone` if its first line holds the label and no more."""
    last, box = first, lines[first].box
    for at in range(first + 1, min(first + _LONGEST, len(lines))):
        line = lines[at]
        if not follows(lines[last], line) or _FIGURE.match(line.text) or _OTHER.match(line.text):
            break
        out = max(box.left - line.box.left, line.box.right - box.right)
        if out > 1.5 * line.size and not (alone and at == first + 1):
            break
        last, box = at, box.with_(line.box)
    return last


def _words(rest: str) -> str:
    marked = _MARKED.match(rest)
    return (rest[marked.end() :] if marked else rest).strip()


def _joined(lines: Sequence[str]) -> str:
    """Join lines, and the halves of words that hyphens part; without what cannot be seen."""
    text = ""
    for line in lines:
        if text.endswith("\x02"):
            text = text[:-1] + line
        elif re.search(r"[a-z]-$", text) and re.match(r"[a-z]", line):
            text += line  # "state-of-the-" goes on; which hyphens are the line's own alone the PDF could say
        else:
            text = f"{text} {line}"
    text = text.replace("\x02", "").translate(_NO_LIGATURE)
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
