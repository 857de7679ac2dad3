"""A block as runs of styled text in a frame: what is between a `Reply` and Telegram's HTML.

Lengths are counted as Telegram counts: UTF-16 units after markup is parsed, joiners included, and
one entity for every tag of every run.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import accumulate, pairwise
from urllib.parse import urlsplit

from bot.platforms.packing import cut
from bot.platforms.telegram.unlinked import JOINER, joints

EXPANDABLE = 600  # a longer quotation is folded


class Frame(Enum):
    NONE = 0
    QUOTE = 1
    CODE = 2


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that share `tags`, outermost first. `whole`: cut no more readily than a word."""

    text: str
    tags: tuple[str, ...] = ()
    url: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Flow:
    """Runs that stand together. `tight`: what follows stands on the next line."""

    runs: tuple[Run, ...]
    frame: Frame = Frame.NONE
    syntax: str = ""
    tight: bool = field(default=False, compare=False)

    @cached_property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @cached_property
    def ends(self) -> list[int]:
        """Where each run ends in `text`."""
        return list(accumulate(len(run.text) for run in self.runs))

    @cached_property
    def joints(self) -> list[int]:
        """Where a joiner goes: nowhere in code or in links, where Telegram makes none of its own."""
        if self.frame is Frame.CODE:
            return []
        return [at for at in joints(self.text) if not self._closed(at - 1)]

    def _closed(self, position: int) -> bool:
        tags = self.runs[bisect_right(self.ends, position)].tags
        return "a" in tags or "code" in tags

    @property
    def blank(self) -> bool:
        return not any(visible(char) for char in self.text)

    @property
    def units(self) -> int:
        return utf16(self.text) + len(self.joints)

    @property
    def entities(self) -> int:
        return (self.frame is not Frame.NONE) + sum(len(run.tags) for run in self.runs)

    def cut(self, room: tuple[int, int], alone: tuple[int, int]) -> tuple[Flow, Flow]:
        """Cut off what fits in `room`, in units and entities; nothing, if it should stand `alone`."""
        starts = [end - len(run.text) for run, end in zip(self.runs, self.ends, strict=True)]
        costs = list(accumulate((len(run.tags) for run in self.runs), initial=0))
        frame = self.frame is not Frame.NONE
        units = list(accumulate((1 + (char > "\uffff") for char in self.text), initial=0))

        def fits(count: int, room: tuple[int, int]) -> bool:
            begun = bisect_right(starts, count - 1)  # runs that have a character among the first `count`
            return (
                units[count] + bisect_right(self.joints, count) <= room[0] and costs[begun] + frame <= room[1]
            )

        kept = [
            (start, end) for run, start, end in zip(self.runs, starts, self.ends, strict=True) if run.whole
        ]
        at = cut(
            self.text,
            lambda n: fits(n, room),
            alone=(lambda n: fits(n, alone)) if room != alone else None,
            kept=kept,
        )
        return self._slice(0, at), self._slice(at, len(self.text))

    def _slice(self, start: int, end: int) -> Flow:
        runs = []
        for run, stop in zip(self.runs, self.ends, strict=True):
            begin = stop - len(run.text)
            if text := run.text[max(0, start - begin) : max(0, end - begin)]:
                runs.append(replace(run, text=text))
        return replace(self, runs=tuple(runs))

    def trimmed(self) -> Flow:
        """Drop white space at both ends, as Telegram does; code keeps the indent of its first line."""
        text = self.text
        lead = len(text) - len(text.lstrip("\n" if self.frame is Frame.CODE else None))
        return self._slice(lead, len(text.rstrip()))

    def html(self) -> str:
        """Return the markup, in which every tag is closed and every character stands for itself."""
        written = "".join(_marked(run, text) for run, text in self.joined())
        match self.frame:
            case Frame.NONE:
                return written
            case Frame.QUOTE:
                folded = " expandable" if self.units > EXPANDABLE else ""
                return f"<blockquote{folded}>{written}</blockquote>"
            case Frame.CODE:
                if not self.syntax:
                    return f"<pre>{written}</pre>"
                return f'<pre><code class="language-{html.escape(self.syntax)}">{written}</code></pre>'

    def joined(self) -> Iterator[tuple[Run, str]]:
        """Yield each run with its text, joiners put in."""
        for run, end in zip(self.runs, self.ends, strict=True):
            start = end - len(run.text)
            inside = [at - start for at in self.joints if start < at <= end]
            edges = [0, *inside, len(run.text)]
            yield run, JOINER.join(run.text[a:b] for a, b in pairwise(edges))


def _marked(run: Run, text: str) -> str:
    written = html.escape(text, quote=False)
    for tag in reversed(run.tags):
        attribute = f' href="{html.escape(run.url)}"' if tag == "a" else ""
        written = f"<{tag}{attribute}>{written}</{tag}>"
    return written


def utf16(text: str) -> int:
    """Return the length as Telegram counts it."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def visible(char: str) -> bool:
    """Tell whether a reader sees `char`; Telegram takes a message without such for empty."""
    return not char.isspace() and unicodedata.category(char) not in ("Cc", "Cf") and char != "\u3164"


_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_REMOVED = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u030a\u0333\u033f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str, tab: str = " ") -> str:
    """Return `text` as Telegram keeps it, so that what is counted here is what is counted there."""
    if "\u030a" in text:
        # Telegram drops this combining mark; composed, the Å keeps its ring.
        text = unicodedata.normalize("NFC", text)
    text = _REMOVED.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", tab)
    return _SURROGATES.sub("\ufffd", text)


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]|(?:\d{1,3}\.){3}\d{1,3}")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f\"<>\\^`{|}]{1,2000}")


def linkable(url: str) -> bool:
    """Tell whether Telegram makes a link of `url`; it drops `localhost` and the malformed silently."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return bool(
        parts.scheme in ("http", "https")
        and _ADDRESS.fullmatch(url)
        and _HOST.fullmatch(parts.netloc.lower().removesuffix(f":{port}"))
        and port != 0
    )
