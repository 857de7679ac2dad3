"""Inline rich text: what a sentence is made of before any platform's markup.

A `Text` is a tuple of spans. Spans do not nest: every platform can show them, and a renderer can
cut between them. What a span holds is never markup, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    text: str


@dataclass(frozen=True, slots=True)
class Bold:
    text: str


@dataclass(frozen=True, slots=True)
class Italic:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """`text` that opens `url`, an absolute http or https address."""

    text: str
    url: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError(f"not a web address: {self.url!r}")


Span = Plain | Bold | Italic | Code | Link
Text = tuple[Span, ...]


def text(*parts: str | Span | Text) -> Text:
    """Join strings, spans and texts into one text; strings become `Plain`, neighbouring ones one."""
    joined: list[Span] = []
    for span in _spans(parts):
        if isinstance(span, Plain) and joined and isinstance(joined[-1], Plain):
            joined[-1] = Plain(joined[-1].text + span.text)
        else:
            joined.append(span)
    return tuple(joined)


def _spans(parts: tuple[str | Span | Text, ...]) -> Iterator[Span]:
    for part in parts:
        if isinstance(part, str):
            if part:
                yield Plain(part)
        elif isinstance(part, tuple):
            yield from part
        else:
            yield part


def plain(rich: Text) -> str:
    """Return the words alone."""
    return "".join(span.text for span in rich)
