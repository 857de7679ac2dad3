"""A reply that grows on a terminal: what stands there already stays, what has changed is written over."""

from __future__ import annotations

import re
import shutil
from typing import TextIO

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """The lines that a reply takes up on `out`, the last of them without an end."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines: list[str] = []

    def show(self, shown: str) -> None:
        """Put this in place of what was shown before."""
        lines = shown.split("\n")
        same = 0
        for old, new in zip(self._lines, lines, strict=False):
            if old != new:
                break
            same += 1
        if self._lines and (same < len(self._lines) or len(lines) == same):
            # The last line that stands may have grown: it is written anew in any case.
            same = min(same, len(self._lines) - 1, len(lines) - 1)
            size = shutil.get_terminal_size()
            above = sum(_rows(line, size.columns) for line in self._lines[same:]) - 1
            if above < size.lines:
                self._out.write("\r" + (f"\x1b[{above}A" if above else "") + "\x1b[J")
            else:  # it has scrolled away, and what has scrolled cannot be changed
                self._out.write("\n\n")
                same = 0
        elif self._lines:
            self._out.write("\n")
        self._out.write("\n".join(lines[same:]))
        self._out.flush()
        self._lines = lines

    def clear(self) -> None:
        """Take back what is shown, as far as it has not scrolled away."""
        if self._lines:
            self._lines[0] = f"{self._lines[0]}\x1b[m"  # no longer the same, so that it is erased too
            self.show("")
            self._lines = []


def _rows(line: str, columns: int) -> int:
    """Return how many rows of the terminal a line takes up."""
    from wcwidth import wcswidth  # only a terminal needs it

    width = max(0, wcswidth(_STYLE.sub("", line)))
    return max(1, -(-width // max(1, columns)))
