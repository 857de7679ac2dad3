"""A page as it goes out: packed, named by its content, and told how long it may be kept."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from typing import Any

HTML, ATOM, PLAIN = (f"{kind}; charset=utf-8" for kind in ("text/html", "application/atom+xml", "text/plain"))


@dataclass(frozen=True, slots=True)
class Page:
    """What a path holds, compressed unless it is a picture. `seconds` is how long it may be kept elsewhere."""

    kind: str
    body: bytes
    status: int = 200
    location: str = ""
    seconds: int = 60
    packed: bool = True
    tag: str = field(default="", compare=False)

    @classmethod
    def of(cls, kind: str, text: str, **rest: Any) -> Page:
        """Pack a text."""
        raw = text.encode("utf-8", "replace")
        tag = hashlib.sha256(raw).hexdigest()[:20]
        return cls(kind, gzip.compress(raw, 5, mtime=0), tag=tag, **rest)

    @property
    def size(self) -> int:
        return len(self.body) + 500

    @property
    def raw(self) -> bytes:
        return gzip.decompress(self.body) if self.packed else self.body


class Instead(Exception):
    """Something else than the page that was asked for; it is not kept."""

    def __init__(self, page: Page) -> None:
        self.page = page
