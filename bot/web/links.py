"""Addresses within the reading room: relative, so that they hold under any prefix and from files alike."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import quote

_KINDS = (".css", ".atom", ".bib", ".ris", ".png", ".jpeg", ".svg")  # what is no page


@dataclass(frozen=True, slots=True)
class Links:
    """Where one page is, and how it refers to others.

    `here` is its path, such as `zh-Hans/topics/rag/2025-06-10`, and "" for the front page; `language` is what
    that path begins with, "" in the default language. With `files` the pages are files of an export. `public` is the address that
    the room has from outside, "" where it has none.
    """

    here: str
    language: str = ""
    files: bool = False
    public: str = ""

    def to(self, path: str) -> str:
        """Return the address of `path` as seen from here, in the language of this page."""
        return self._relative("/".join(filter(None, (self.language, path))))

    def in_any(self, path: str) -> str:
        """Return the address of what is the same in every language."""
        return self._relative(path)

    def absolute(self, path: str) -> str:
        """Return the address of `path` from outside, in the language of this page; "" if there is none."""
        whole = "/".join(filter(None, (self.language, path)))
        return self.outside(whole)

    def outside(self, whole: str) -> str:
        """Return the address of a whole path from outside; "" if there is none."""
        if not self.public:
            return ""
        return f"{self.public.rstrip('/')}/{quote(file_of(whole) if self.files else whole)}"

    def _relative(self, whole: str) -> str:
        here, there = (file_of(path) if self.files else path for path in (self.here, whole))
        folder, name = posixpath.split(f"/{there}")
        up = posixpath.relpath(folder, posixpath.dirname(f"/{here}"))
        return quote(name if up == "." and name else f"{up}/{name}")


def file_of(path: str) -> str:
    """Return the file in which an export keeps `path`."""
    if not path:
        return "index.html"
    return path if path.endswith(_KINDS) else f"{path}.html"
