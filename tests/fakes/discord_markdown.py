"""What Discord's client makes of a message's text: a reader of its Markdown.

The rules are those of Khan Academy's simple-markdown as Discord changed them: tried in order at every
position, each by a regular expression. Nothing here knows how we write.
https://support.discord.com/hc/en-us/articles/210298617
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_I = re.IGNORECASE
_BLOCKS = {
    "codeblock": re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", _I),
    "heading": re.compile(r" *(#{1,3})(?:\s+)((?:\\#|[^\n])+)(?:\n|$)"),
    "subtext": re.compile(r" *-# +(?! |\n|$)([^\n]+)(?:\n|$)"),
    "quotes": re.compile(r" *>>> +([\s\S]*)"),
    "quote": re.compile(r" *> +([^\n]*)(?:\n|$)"),
    "item": re.compile(r" *(?:[*-]|\d+\.) +([^\n]+)(?:\n|$)"),
}
_INLINE = {
    "escape": re.compile(r"\\([^0-9A-Za-z\s])"),
    "codeblock": _BLOCKS["codeblock"],
    "autolink": re.compile(r"<([^: >]+:/[^ >]+)>"),
    "url": re.compile(r"((?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s])"),
    "invite": re.compile(r"(discord(?:app)?\.(?:gg|com/invite)/\w+)", _I),
    "link": re.compile(
        r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\("
        r"\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"]([\s\S]*?)['\"])?\s*\)"
    ),
    "mention": re.compile(r"<(@[!&]?\d+|#\d+|/[^:>]+:\d+|id:\w+|t:-?\d+(?::\w)?|a?:\w+:\d+)>"),
    "everyone": re.compile(r"(@everyone|@here)"),
    "emoji": re.compile(r":([^\s:]+?(?:::skin-tone-\d)?):"),
    "strong": re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    "underline": re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    "em": re.compile(
        r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"
        r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
    ),
    "strike": re.compile(r"~~(?=\S)([\s\S]*?\S)~~"),
    "spoiler": re.compile(r"\|\|([\s\S]+?)\|\|"),
    "code": re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)"),
}


@dataclass(frozen=True)
class Piece:
    """A stretch of what is seen, and the markup around it, outermost first; `url` where it leads."""

    text: str
    kinds: tuple[str, ...] = ()
    url: str = ""


def read(source: str) -> list[Piece]:
    """Return everything that is seen of `source`, in order."""
    return list(_blocks(source))


def _blocks(source: str, within: tuple[str, ...] = ()) -> Iterator[Piece]:
    at, start = 0, True
    pending = ""
    while at < len(source):
        if start:
            for kind, rule in _BLOCKS.items():
                if found := rule.match(source, at):
                    yield from _inline(pending, within)
                    pending = ""
                    yield from _block(kind, found, within)
                    at = found.end()
                    start = source[at - 1] == "\n"
                    break
            else:
                start = False
            continue
        fence = _BLOCKS["codeblock"].match(source, at) if source[at] == "`" else None
        escaped = source[at] == "\\" and at + 1 < len(source)
        step = fence.end() - at if fence else 2 if escaped else 1
        pending += source[at : at + step]
        at += step
        start = source[at - 1] == "\n" and not fence
    yield from _inline(pending, within)


def _block(kind: str, found: re.Match[str], within: tuple[str, ...]) -> Iterator[Piece]:
    if kind == "codeblock":
        yield Piece(found[2], (*within, kind))
    elif kind == "heading":
        yield from _inline(found[2] + "\n", (*within, kind))
    elif kind == "subtext":
        yield from _inline(found[1] + "\n", (*within, kind))
    else:
        yield from _blocks(found[1] + "\n", (*within, kind))


def _inline(source: str, within: tuple[str, ...]) -> Iterator[Piece]:
    at, plain = 0, ""
    while at < len(source):
        kind, found = _next(source, at)
        if found is None or kind == "escape":
            plain += found[1] if found else source[at]
            at = found.end() if found else at + 1
            continue
        if plain:
            yield Piece(plain, within)
            plain = ""
        at = found.end()
        if kind == "link":
            label = "".join(piece.text for piece in _inline(found[1], ()))
            yield Piece(label, (*within, kind), found[2])
        elif kind == "code":
            yield Piece(found[2], (*within, kind))
        elif kind in ("codeblock", "mention", "everyone", "emoji", "autolink", "url", "invite"):
            yield Piece(found[0], (*within, kind), found[1] or "")
        else:
            inner = next(group for group in found.groups() if group is not None)
            yield from _inline(inner, (*within, kind))
    if plain:
        yield Piece(plain, within)


def _next(source: str, at: int) -> tuple[str, re.Match[str] | None]:
    if source[at].isalnum() and source[at] not in "hHsSdD":  # no rule begins with another letter
        return "", None
    for kind, rule in _INLINE.items():
        if found := rule.match(source, at):
            return kind, found
    return "", None
