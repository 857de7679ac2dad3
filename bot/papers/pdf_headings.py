"""Headings: what tells them from the lines around them, with numbers, with usual names or by their looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.papers.pdf_paragraphs import CAPTION, Layout, body_size
from bot.papers.pdf_read import Line

_LARGER = 0.6  # points above the size of the text: a heading
_LONGEST = 160  # characters

_NUMBER = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})[.)]?:?\s+(?P<title>\S.*)")
_ROMAN = re.compile(r"(?P<number>[IVX]{1,5})[.:]\s+(?P<title>\S.*)")
_LETTER = re.compile(
    r"(?:(?i:appendix)\s+)?(?P<number>[A-Z](?:\.\d{1,2}){0,3})(?:[.:]|\s+[—–-])?\s+(?P<title>\S.*)"
)
_ABSTRACT = re.compile(r"(?:abstract|summary)\s*[-—–.:]+\s*(?P<rest>\S.*)", re.I)
_NAMES = re.compile(
    r"""(?:\d+\s+)?(?:
      (?P<abstract>abstract|summary)
    | (?P<references>references(?:\s+and\s+notes)?|bibliography|literature\s+cited|works\s+cited|参考文献)
    | (?P<thanks>acknowled?ge?ments?(?:\s+and\s+disclosure\s+of\s+funding)?|acknowled?ging.*|致谢
        |(?:neurips\s+)?paper\s+checklist)
    | (?P<contents>(?:table\s+of\s+)?contents)
    | (?P<appendix>appendi(?:x|ces)|supplementa(?:ry|l)\s+(?:materials?|information)|supporting\s+information)
    | (?P<other>introduction|(?:background\s+and\s+)?related\s+works?|background|preliminaries|motivation
        |problem\s+(?:statement|formulation|setup)|overview|methods?|methodology|materials\s+and\s+methods|approach
        |our\s+(?:approach|method)|model|data|datasets?|implementation(?:\s+details)?
        |experiments?|experimental\s+(?:setup|results|evaluation)|experiments\s+and\s+results|results(?:\s+and\s+(?:discussion|analysis))?
        |evaluation|analysis|ablation\s+stud(?:y|ies)|ablations|discussions?(?:\s+and\s+(?:conclusions?|limitations))?
        |conclu(?:sions?|ding\s+remarks)(?:\s+and\s+(?:future\s+works?|outlook|discussion|limitations))?|future\s+works?|outlook
        |limitations?(?:\s+and\s+(?:future\s+works?|broader\s+impacts?|ethical\s+considerations))?
        |ethic(?:s|al)\s+(?:statement|considerations?)|broader\s+impacts?(?:\s+statement)?|impact\s+statement|ethics
        |reproducibility(?:\s+statement)?|(?:data|code)(?:\s+and\s+code)?\s+availability|author\s+contributions
        |引言|方法|实验|结果|讨论|结论)
    )\s*[.:]?""",
    re.VERBOSE | re.IGNORECASE,
)
LEADER = re.compile(r"(?:\.\s?){4,}|\s\d{1,3}$")  # how a line of a table of contents ends
_CITED = re.compile(r"\[\d{1,3}\]\s+\S")


class Kind(StrEnum):
    """What a part is, as far as its heading tells; `FRONT` is what stands before the first heading."""

    FRONT = "front"
    ABSTRACT = "abstract"
    REFERENCES = "references"
    THANKS = "thanks"
    CONTENTS = "contents"
    APPENDIX = "appendix"
    OTHER = "other"


@dataclass(slots=True)
class Part:
    """A heading with the lines under it."""

    number: str
    title: str
    kind: Kind
    page: int
    lines: list[Line] = field(default_factory=list)


def abstract_of(line: Line) -> str:
    """Return what follows the word in `Abstract—We say`, "" of any other line."""
    found = _ABSTRACT.fullmatch(line.text)
    return found["rest"] if found else ""


class Headings:
    """Knows a heading when it sees one; reads a paper from its beginning to its end, once."""

    def __init__(self, lines: Sequence[Line], layout: Layout) -> None:
        self._lines = lines
        self._layout = layout
        self._body = body_size(lines)
        self._last: tuple[int, ...] = ()
        self._letter: tuple[int, ...] = ()
        self._roman = False
        self._after_references = False
        self._styles: set[tuple[float, bool, bool]] = set()
        first = [line for line in lines if line.page == (lines[0].page if lines else 1)]
        self._title_size = max((line.size for line in first), default=0.0)

    def at(self, index: int, within: Kind) -> Part | None:
        """Return the part that line `index` opens, None if it is no heading; `within` is what it would end."""
        line = self._lines[index]
        if len(line.text) > _LONGEST or CAPTION.match(line.text) or self._in_contents(index):
            return None
        if line.hyphen and not self._distinct(line):
            return None
        part = self._named(index, line) or self._numbered(index, line, within) or self._alike(index, line)
        if part is None:
            return None
        if "." not in part.number and self._distinct(line) and line.size < self._title_size - 0.3:
            self._styles.add(_style(line))
        if part.kind == Kind.REFERENCES:
            self._after_references = True
        return part

    def continues(self, last: Line, index: int) -> bool:
        """Return whether line `index` is the next line of a heading that ran over."""
        line = self._lines[index]
        if _style(last) != _style(line) or not self._distinct(line) or line.page != last.page:
            return False
        if not 0 < last.y - line.y < 1.5 * line.size or self._layout.column(last) != self._layout.column(
            line
        ):
            return False
        if _NAMES.fullmatch(line.text) or _NUMBER.match(line.text) or _ROMAN.match(line.text):
            return False
        return last.x1 > self._layout.left(last) + 0.55 * (self._layout.right(last) - self._layout.left(last))

    def _named(self, index: int, line: Line) -> Part | None:
        text = _spaced(line.text).capitalize() or line.text
        match = _NAMES.fullmatch(text)
        if not match or text[0].islower() or not (self._distinct(line) or self._alone(index)):
            return None  # the last word of a paragraph can be `results.`
        number, title = "", text
        if numbered := re.match(r"(\d+)\s+(.*)", text):
            number, title = numbered[1], numbered[2]
            if not self._follows((int(number),)):
                return None
            self._last = (int(number),)
        return Part(number, title, Kind(str(match.lastgroup)), line.page)

    def _numbered(self, index: int, line: Line, within: Kind) -> Part | None:
        if within in (Kind.REFERENCES, Kind.CONTENTS) and not self._distinct(line):
            return None
        if roman := _ROMAN.fullmatch(line.text):
            value, title = _roman(roman["number"]), roman["title"]
            next_one = value == (self._last[0] if self._last else 0) + 1 and (self._roman or value == 1)
            styled = _capitals(title) or line.bold or self._large(line)
            if value and next_one and styled and _is_title(title):
                self._roman, self._last, self._letter = True, (value,), ()
                return _part(roman, line)
        if number := _NUMBER.fullmatch(line.text):
            place, title = tuple(int(part) for part in number["number"].split(".")), number["title"]
            plain = self._alone(index) and (len(place) > 1 or bool(_NAMES.fullmatch(title)))
            a_list = self._roman and len(place) == 1  # in a paper that counts in Roman numbers
            if (self._distinct(line) or plain) and not a_list and _is_title(title) and self._follows(place):
                self._last = place
                return _part(number, line)
        letter = _LETTER.fullmatch(line.text)
        return self._lettered(letter, line) if letter and _is_title(letter["title"]) else None

    def _lettered(self, letter: re.Match[str], line: Line) -> Part | None:
        """Letters number appendices; in the manner of the IEEE, `A.` is below `II.` before that."""
        place = tuple(ord(p) - 64 if p.isalpha() else int(p) for p in letter["number"].split("."))
        named = line.text.lower().startswith("appendix")
        below = self._roman and not self._after_references and not named
        if below:
            fits = self._distinct(line) or line.italic
        else:
            body_is_over = named or self._after_references or bool(self._last and self._last[0] >= 3)
            fits = self._distinct(line) and body_is_over
        last = self._letter
        if not fits or place <= last or place[0] > (last[0] if last else 0) + 1:
            return None
        self._letter = place
        part = _part(letter, line)
        if below:
            part.number = f"{_to_roman(self._last[0] if self._last else 1)}.{part.number}"
        return part

    def _alike(self, index: int, line: Line) -> Part | None:
        """A line that looks like the headings known so far, without a number or a usual name."""
        style = _style(line)
        if style not in self._styles or not (
            line.size >= self._body + _LARGER or (line.bold and self._alone(index))
        ):
            return None
        if not _is_title(line.text) or _CITED.match(line.text) or _NUMBER.match(line.text):
            return None
        return Part("", line.text, Kind.OTHER, line.page)

    def _follows(self, place: tuple[int, ...]) -> bool:
        """Return whether a number can come next: higher than the last, and with no great gap."""
        last = self._last
        if not last:
            return place[0] <= 2
        if place <= last or place[0] > last[0] + 2:
            return False
        shared = 0
        while shared < min(len(place), len(last)) and place[shared] == last[shared]:
            shared += 1
        if shared == len(last):  # deeper
            return place[shared] <= 2
        return place[shared] <= last[shared] + 2 and all(part <= 2 for part in place[shared + 1 :])

    def _in_contents(self, index: int) -> bool:
        """Return whether a line stands in a table of contents: it and its neighbours end in a page's number."""
        if not LEADER.search(self._lines[index].text):
            return False
        around = [*self._lines[max(index - 2, 0) : index], *self._lines[index + 1 : index + 3]]
        return sum(1 for line in around if LEADER.search(line.text)) >= 2

    def _large(self, line: Line) -> bool:
        return line.size >= self._body + _LARGER

    def _distinct(self, line: Line) -> bool:
        return line.bold or self._large(line) or _capitals(line.text)

    def _alone(self, index: int) -> bool:
        """Return whether a line stands by itself: short, with room above it."""
        line = self._lines[index]
        if line.size < self._body - _LARGER:
            return False
        left, right = self._layout.left(line), self._layout.right(line)
        if line.x1 - line.x0 > 0.75 * (right - left):
            return False
        if index == 0 or self._layout.column(self._lines[index - 1]) != self._layout.column(line):
            return True
        return self._lines[index - 1].y - line.y > 1.35 * line.size or self._lines[index - 1].y < line.y


def _part(match: re.Match[str], line: Line) -> Part:
    named = _NAMES.fullmatch(match["title"].strip(" .:"))
    kind = Kind(str(named.lastgroup)) if named else Kind.OTHER
    dropped = kind in (Kind.REFERENCES, Kind.THANKS)  # of the other names the number says enough
    return Part(match["number"], match["title"], kind if dropped else Kind.OTHER, line.page)


def _is_title(title: str) -> bool:
    """Return whether words can be a heading's: a few, the first one great, and no sentence."""
    letters = sum(map(str.isalpha, title))
    if letters < 2 or letters < 0.5 * len(title.replace(" ", "")) or len(title.split()) > 20:
        return False
    first = next((c for c in title if c.isalnum()), "")
    if first.islower() or re.search(r"(?:\.\s?){4,}|[,;]$", title):
        return False
    return not (title.endswith(".") and len(title.split()) > 8)


def _style(line: Line) -> tuple[float, bool, bool]:
    return round(line.size * 2) / 2, line.bold, _capitals(line.text)


def _capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 4 and sum(1 for c in letters if c.isupper()) >= 0.95 * len(letters)


def _spaced(text: str) -> str:
    """Return `A B S T R A C T` as a word, "" of anything else."""
    return text.replace(" ", "") if re.fullmatch(r"[A-Z](?: [A-Z]){5,}", text) else ""


def plain_case(title: str) -> str:
    """Return a heading in capitals with great first letters only; short ones may be names."""
    if not _capitals(title) or not title.isascii():
        return title
    return " ".join(
        word if len(word) < 2 or any(map(str.isdigit, word)) else word.capitalize() for word in title.split()
    )


def _roman(text: str) -> int:
    values = {"I": 1, "V": 5, "X": 10}
    total = 0
    for char, after in zip(text, text[1:] + "I", strict=True):
        total += -values[char] if values[char] < values[after] else values[char]
    return total if 0 < total < 40 and _to_roman(total) == text else 0


def _to_roman(number: int) -> str:
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (number // 10) + ones[number % 10]
