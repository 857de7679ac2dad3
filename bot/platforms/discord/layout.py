"""Packing blocks onto pages: whole where that is possible, else by lines, sentences, words.

A page is what becomes one message's content or one embed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.chat.text import Text
from bot.platforms.discord.buttons import Row
from bot.platforms.discord.markup import ZERO_WIDTH, clean, cut, ends_a_link, inline
from bot.platforms.discord.uploads import Upload
from bot.platforms.packing import split

_FENCE = "```"
_FENCES = re.compile(r"`{3,}")
_SYNTAX = re.compile(r"[A-Za-z0-9_+.#-]+")  # what Discord takes for the name of a language
_LEAST = 4  # a part of a page that is too small to begin a long block in


@dataclass(frozen=True, slots=True)
class Strip:
    """Text whose first line begins with one mark of Discord's and further lines with another."""

    text: Text
    first: str = ""
    later: str = ""
    airy: bool = False  # empty lines between its paragraphs stay
    before: str = "\n"  # what parts it from the strip of the same block before it

    def render(self) -> str:
        """Return its Markdown, empty if there is nothing to see."""
        lines = [line.rstrip() for line in inline(self.text).split("\n")]
        while lines and not lines[0]:
            del lines[0]
        while lines and not lines[-1]:
            del lines[-1]
        if not lines:
            return ""
        lines[0] = lines[0].lstrip()
        kept = [line for i, line in enumerate(lines) if line or (self.airy and lines[i - 1])]
        marks = (self.first, *(self.later for _ in kept[1:]))
        return "\n".join(mark + line for mark, line in zip(marks, kept, strict=True))


@dataclass(slots=True)
class Page:
    """`title` to `image` are for embeds; `whole`: nothing may follow, such as text beneath an image."""

    text: str = ""
    title: str = ""
    url: str | None = None
    colour: int | None = None
    image: str | None = None
    upload: Upload | None = None  # shown as the image
    whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.text or self.title or self.image or self.upload)


@dataclass(frozen=True, slots=True)
class Rows:
    """Buttons: they end their message."""

    rows: Sequence[Row]


@dataclass(slots=True)
class Layout:
    """What is put comes out in `pages`, in order, on pages of at most `limit` characters."""

    limit: int
    pages: list[Page | Rows] = field(default_factory=list)
    page: Page = field(default_factory=Page)

    def turn(self, page: Page | None = None) -> None:
        """Begin a new page, of the same colour unless another is given."""
        if self.page:
            self.pages.append(self.page)
        self.page = page or Page(colour=self.page.colour)

    def end(self, *rows: Rows) -> list[Page | Rows]:
        """Finish the page, with buttons if any, and return all."""
        self.turn()
        self.pages += rows
        return self.pages

    def put(self, strips: Sequence[Strip], gap: str = "\n\n") -> None:
        """Add a block made of strips, `gap` after what stands before it."""
        rendered = [(strip, said) for strip in strips if (said := strip.render())]
        whole = "".join((strip.before if i else "") + said for i, (strip, said) in enumerate(rendered))
        if not whole or self._placed(whole, gap):
            return
        for i, (strip, said) in enumerate(rendered):
            between = strip.before if i else gap
            if not self._placed(said, between):
                self._pour(strip, between)

    def put_verbatim(self, content: str, syntax: str) -> None:
        """Add a fenced block of characters as they stand, but that no fence in them ends it."""
        inner = _FENCES.sub(lambda found: ZERO_WIDTH.join(found[0]), clean(content)).strip("\n")
        if ends_a_link(inner):
            inner = inner.replace("](", f"]{ZERO_WIDTH}(")
        if not inner.strip():
            return
        opening = f"{_FENCE}{syntax if _SYNTAX.fullmatch(syntax) else ''}\n"
        room = self.limit - len(opening) - len(_FENCE) - 1
        for piece in split(inner, room):
            if piece.strip():
                fenced = f"{opening}{piece.rstrip()}\n{_FENCE}"
                self._placed(fenced, "\n\n")

    def _placed(self, said: str, gap: str) -> bool:
        """Put it on this page, or else on a new one; False if it fits no page."""
        before = self.page.text + gap if self.page.text else ""
        fits = len(before) + len(said) <= self.limit and not self.page.whole
        if not fits and len(said) > self.limit:
            return False
        if not fits:
            self.turn()
            before = ""
        self.page.text = before + said
        return True

    def _pour(self, strip: Strip, gap: str) -> None:
        """Fill pages with a strip that is longer than a page."""
        while strip.text:
            before = len(self.page.text) + len(gap) if self.page.text else 0
            mark = max(len(strip.first), len(strip.later))
            room, whole = self.limit - before - mark, self.limit - mark
            if self.page.whole or (before and room < self.limit // _LEAST):
                self.turn()
                continue
            head, rest = cut(strip.text, room, whole, len(strip.later))
            said = replace(strip, text=head).render()
            if said:
                self._placed(said, gap)
                strip = replace(strip, first=strip.later)
            strip = replace(strip, text=rest)
            if rest:  # the page is as full as it gets, or what comes next wants one of its own
                self.turn()
