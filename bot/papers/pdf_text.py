"""The text of a paper by its sections, out of its pages.

Runs in the process that `bot.papers.apart` starts, and nowhere else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bot.papers.pdf_headings import LEADER, Headings, Kind, Part, abstract_of, plain_case
from bot.papers.pdf_paragraphs import Layout, body_size, join, paragraphs
from bot.papers.pdf_read import Line, Page, Pdf, Unreadable

HIDDEN = "hidden text"

_LONGEST = 1_500_000  # characters that are read; a thesis of 300 pages has half of that
_FEW_LETTERS = 80  # on a page: a picture, and perhaps a stamp on it
_MOST_EMPTY = 0.7  # of the pages of what is no scan
_FEW_WORDS = 20  # of a paragraph; a title and an address have fewer
_MOST_SECTIONS = 400
_LONGEST_TITLE = 200
_MARGIN = 0.13  # of the page's height, where running heads stand

_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:page\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?[-–—|\s]*", re.I
)
_STAMP = re.compile(r"arXiv:\d{4}\.\d{4,5}(?:v\d+)?\b.{0,60}|arXiv:[a-z-]+(?:\.[A-Z]{2})?/\d{7}.{0,60}")
_COUNTED = re.compile(r"^(\d{1,4})(?:\s+|$)")


def read_text(pdf: Pdf, options: dict[str, Any]) -> dict[str, Any]:
    """Return the paper as `bot.papers.fulltext.FullText.of` takes it. Raises `Unreadable`."""
    pages: list[Page] = []
    length = 0
    for _, page in pdf.pages():
        pages.append(page)
        length += sum(len(line.text) for line in page.lines)
        if length > _LONGEST:
            break
    if not pages:
        raise Unreadable("too slow" if pdf.late else "unreadable")
    empty = sum(1 for page in pages if _letters(page) < _FEW_LETTERS)
    hidden = any(page.hidden for page in pages)
    if empty > _MOST_EMPTY * len(pages):
        raise Unreadable("scan")
    without_running_heads(pages)
    layout = Layout.of(pages)
    found = parts([line for page in pages for line in page.lines], layout)
    sections = [
        {
            "number": part.number,
            "title": part.title,
            "first": part.page,
            "last": max((line.page for line in part.lines), default=part.page),
            "text": "\n\n".join(text for _, text in said),
            "pages": [page for page, _ in said],
        }
        for part, said in _kept(found, layout)
    ]
    return {
        "pages": pdf.count,
        "read": max(pdf.read, len(pages)),
        "sections": sections[:_MOST_SECTIONS],
        "notes": [HIDDEN] if hidden else [],
    }


def _letters(page: Page) -> int:
    return sum(sum(map(str.isalpha, line.text)) for line in page.lines)


def _kept(found: Sequence[Part], layout: Layout) -> Iterator[tuple[Part, list[tuple[int, str]]]]:
    """Yield the parts that say something about the paper, each with its paragraphs.

    What stands before the abstract is names and addresses, and where no abstract is named it is among them.
    """
    has_abstract = any(part.kind == Kind.ABSTRACT for part in found)
    for part in found:
        if part.kind in (Kind.REFERENCES, Kind.THANKS, Kind.CONTENTS):
            continue
        said = paragraphs(part.lines, layout)
        if part.kind == Kind.FRONT and len(found) > 1:
            said = [(page, text) for page, text in said if len(text.split()) >= _FEW_WORDS]
            if has_abstract or not said:
                continue
        yield part, said


def without_running_heads(pages: Sequence[Page]) -> None:
    """Take out of `pages` their heads, feet and numbers, and the arXiv's stamp."""
    for page in pages:
        _without_line_numbers(page)
    places: dict[tuple[bool, str], set[int]] = defaultdict(set)
    for page in pages:
        for line, top in _at_the_edge(page):
            places[top, _same(line.text)].add(page.number)
    enough = 2 if len(pages) < 6 else 3
    size = body_size(line for page in pages for line in page.lines)
    for page in pages:
        gone = {
            id(line)
            for line, top in _at_the_edge(page)
            if _PAGE_NUMBER.fullmatch(line.text) or len(places[top, _same(line.text)]) >= enough
        }
        if page is not pages[0]:
            gone |= {id(line) for line in _lone_head(page, size)}
        page.lines = [line for line in page.lines if id(line) not in gone and not _STAMP.fullmatch(line.text)]


def _lone_head(page: Page, size: float) -> list[Line]:
    """Return the uppermost lines if they are small and stand apart: a short paper has each head but once."""
    levels = sorted({round(line.y) for line in page.lines}, reverse=True)
    if len(levels) < 2 or levels[0] < page.height * (1 - _MARGIN) or levels[0] - levels[1] < 2 * size:
        return []
    top = [line for line in page.lines if round(line.y) == levels[0]]
    return top if all(line.size < size - 0.4 or line.italic for line in top) else []


def _without_line_numbers(page: Page) -> None:
    """Take out the numbers that manuscripts carry beside every line."""
    numbers = [int(found[1]) if (found := _COUNTED.match(line.text)) else None for line in page.lines]
    counted = [number for number in numbers if number is not None]
    steps = sum(1 for one, other in pairwise(counted) if other == one + 1)
    if steps < 12 or steps < 0.8 * (len(counted) - 1):
        return
    kept: list[Line] = []
    for line in page.lines:
        line.text = _COUNTED.sub("", line.text, count=1) if _COUNTED.match(line.text) else line.text
        if line.text:
            kept.append(line)
    page.lines = kept


def _same(text: str) -> str:
    return re.sub(r"\d+", "#", text).casefold()


def _at_the_edge(page: Page) -> Iterator[tuple[Line, bool]]:
    """Yield the uppermost and the lowermost lines of a page, and which of both they are."""
    if not page.lines:
        return
    levels = sorted({round(line.y) for line in page.lines})
    for line in page.lines:
        if line.y > page.height * (1 - _MARGIN) and round(line.y) in levels[-2:]:
            yield line, True
        elif line.y < page.height * _MARGIN and round(line.y) in levels[:2]:
            yield line, False


def parts(lines: Sequence[Line], layout: Layout) -> list[Part]:
    """Split lines at their headings; the first part is what stands before the first one."""
    headings = Headings(lines, layout)
    found = [Part("", "", Kind.FRONT, lines[0].page if lines else 1)]
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if (rest := abstract_of(line)) and all(part.kind != Kind.ABSTRACT for part in found):
            found.append(Part("", "Abstract", Kind.ABSTRACT, line.page, [replace(line, text=rest)]))
            continue
        part = headings.at(index - 1, found[-1].kind)
        if part is None:
            if found[-1].kind != Kind.CONTENTS or not LEADER.search(line.text):
                found[-1].lines.append(line)
            continue
        heading = [replace(line, text=part.title)]
        while index < len(lines) and headings.continues(lines[index - 1], index):
            heading.append(lines[index])
            index += 1
        part.title = plain_case(join(heading, layout.words).strip(" .:"))[:_LONGEST_TITLE]
        found.append(part)
    # A usual word that stood alone and headed nothing was none; a number says that more is to come below it.
    return [part for part in found if part.lines or part.number or part.kind == Kind.APPENDIX]
