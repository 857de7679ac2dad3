"""Replies on a terminal, or as plain text in a pipe."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import assert_never

from bot.chat.reply import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
)
from bot.chat.text import Bold, Code, Italic, Link, Plain, Span, Text, text

_RESET = "\x1b[0m"
_STYLES: dict[type[Span], str] = {
    Bold: "\x1b[1m",
    Italic: "\x1b[3m",
    Code: "\x1b[36m",
    Link: "\x1b[4m",
    Plain: "",
}
_DIM, _TITLE = "\x1b[2m", "\x1b[1;34m"


def render(reply: Reply, *, styled: bool = False, width: int | None = None) -> str:
    """Return the reply as text, blocks apart by blank lines; wrapped at `width` columns if given.

    Control characters of whatever wrote the reply never reach the terminal.
    """
    page = _Page(styled, width)
    blocks = (page.block(block) for block in reply.blocks)
    return "\n\n".join(block for block in blocks if block)


class _Page:
    def __init__(self, styled: bool, width: int | None) -> None:
        self._styled = styled
        self._width = width

    def block(self, block: Block) -> str:
        match block:
            case Heading(words):
                return self._flow(tuple(Bold(span.text) for span in words))
            case Paragraph(words, small):
                return self._flow(words, base=_DIM if small else "")
            case Bullets(items, numbered):
                marks = (f"{i}. " if numbered else "• " for i in range(1, len(items) + 1))
                return "\n".join(
                    self._flow(item, first=mark, rest=" " * len(mark))
                    for mark, item in zip(marks, items, strict=True)
                )
            case Quote(words):
                return self._flow(words, first="│ ", rest="│ ")
            case Preformatted(source):
                return "\n".join(_seen(line) for line in source.splitlines())
            case Card(title, _, lines):
                head = self._flow(text(title), base=_TITLE)
                return "\n".join((head, *(self._flow(line) for line in lines)))
            case Buttons(rows):
                every = (button for row in rows for button in row)
                ways = [_way(b) for b in every if b.command or b.url.startswith("https://")]
                return self._flow(_joined(ways), first="→ ", rest="  ") if ways else ""
            case Image(caption, url, sketch=sketch):
                drawn = f"{_seen(sketch)}\n" if sketch else ""
                return drawn + self._flow(text(caption, " ", Link(url, url)) if url else caption)
            case _:
                assert_never(block)

    def _flow(self, words: Text, *, first: str = "", rest: str = "", base: str = "") -> str:
        """Set a text in lines of at most the page's width, breaking between words and between CJK characters."""
        lines: list[str] = []
        line, used = first, _columns(first)
        empty = True
        for piece, style in self._pieces(words, base):
            if piece == "\n":
                lines.append(line.rstrip())
                line, used, empty = rest, _columns(rest), True
                continue
            size = _columns(piece)
            if (
                self._width
                and not empty
                and used + len(piece.rstrip())
                and used + _columns(piece.rstrip()) > self._width
            ):
                lines.append(line.rstrip())
                line, used, empty = rest, _columns(rest), True
            if empty and piece.isspace():
                continue
            line += f"{style}{piece}{_RESET}" if style and self._styled else piece
            used += size
            empty = False
        return "\n".join([*lines, line.rstrip()])

    def _pieces(self, words: Text, base: str) -> Iterator[tuple[str, str]]:
        """Yield what must stay together, each with its style."""
        for span in words:
            style = base + _STYLES[type(span)]
            shown = _seen(span.text)
            if isinstance(span, Link) and span.url.removeprefix("https://") not in shown:
                shown = f"{shown} ({span.url})"
            for piece in re.findall(r"\n|[^\S\n]+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|\S", shown):
                yield piece, style


def _way(button: Button) -> Text:
    return text(Code(button.command) if button.command else Link(button.label, button.url))


def _joined(texts: Iterable[Text]) -> Text:
    parts: list[Text | str] = []
    for one in texts:
        parts += [" · ", one] if parts else [one]
    return text(*parts)


def _seen(source: str) -> str:
    """Drop what a terminal would obey or hide, or no stream takes: control and formatting characters but the line end, half characters."""
    return "".join(
        c for c in source.expandtabs(4) if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )


def _columns(source: str) -> int:
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in source
    )
