"""Inline rich text as Discord's Markdown, with all markup in it that is not ours escaped.

Discord reads a backslash before any punctuation as "this character, and nothing more", in messages and
in embeds. So `https\\://x` shows `https://x` and is no link, `\\<@1>` is no mention, `\\:smile:` no emoji.
A zero-width space stands where no backslash can: between two marked spans, in a fence within a
fence, and after the colon of a link's label (Discord shows masked links whose label is an address raw).
"""

from __future__ import annotations

import re
from typing import assert_never
from urllib.parse import quote, urlsplit

from bot.chat.text import Bold, Code, Italic, Link, Plain, Span, Text, text
from bot.platforms.packing import take

ZERO_WIDTH = "\u200b"

_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# A parenthesis is escaped where it could make a link of a bracket before it; `discord.gg/…` needs no scheme.
_MARKUP = re.compile(
    r"[\\*_~`|<>\[\]@]|:(?!\s)|^\(|(?<=\])\(|(?<=discord)\.|(?<=discordapp)\.", re.IGNORECASE
)
_LINE_START = re.compile(r"^(\s*|\s*\d+)([#+-]|(?<=\d)[.)])")
_ESCAPABLE = frozenset("\\*_~`|<>[]@:(.)#+-")  # whatever those two may put a backslash before
_BRACKETS = re.compile(r"([\[\]])")
# A channel as people type it, or by our own key: Discord shows its name, and calls nobody.
_CHANNEL = re.compile(r"(?:discord:|(<#))([0-9]{15,20})(?(1)>)")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def clean(given: str) -> str:
    """Return `given` without control characters, with every kind of line break as a line feed."""
    if given.isascii() and given.isprintable():
        return given
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _BREAKS.sub("\n", given)))


def escape(line: str, *, fresh: bool = False) -> str:
    """Return a cleaned line so that it reads as itself; `fresh`: nothing stands before it on its line."""
    escaped = _MARKUP.sub(lambda found: "\\" + found[0], line)
    return _LINE_START.sub(r"\1\\\2", escaped) if fresh else escaped


def address(url: str) -> str | None:
    """Return `url` so that nothing in it ends a link; None for what Discord takes for no address."""
    quoted = quote(clean(url).strip(), safe="%/:?#@!$&'*+,;=~-._")
    try:
        parts = urlsplit(quoted)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    return quoted if len(quoted) <= 2048 and _HOST.fullmatch(host) else None


def inline(rich: Text) -> str:
    """Return the Markdown of `rich`; its line breaks stay, markup never reaches over one."""
    out: list[str] = []
    fresh, marked = True, False  # nothing but white space on this line so far; ours ends right here
    for span in _merged(rich):
        for number, line in enumerate(span.text.split("\n")):
            if number:
                out.append("\n")
                fresh, marked = True, False
            body = line.strip()
            if isinstance(span, Plain) or not body:
                out.append(escape(line, fresh=fresh))
                marked = marked and not line
            else:
                lead, trail = line[: line.index(body)], line[line.index(body) + len(body) :]
                out += [lead, ZERO_WIDTH if marked and not lead else "", _marked(span, body), trail]
                marked = not trail
            fresh = fresh and not body
    return "".join(out)


def _merged(rich: Text) -> Text:
    """Return the spans as they can be shown; markup is made across plain neighbours too, so they become one."""
    return text(*(s for s in map(_cleaned, rich) if s.text))


def _cleaned(span: Span) -> Span:
    """Return the span as it can be shown: plain where Discord has no way to mark it."""
    said = clean(span.text)
    match span:
        case Link(url=url):
            return Link(said, url) if address(url) else Plain(said)
        case Code():
            return Code(said) if all(map(_fits_code, said.split("\n"))) else Plain(said)
        case _:
            return span if said == span.text else type(span)(said)


def _marked(span: Span, body: str) -> str:
    match span:
        case Bold():
            return f"**{escape(body)}**"
        case Italic():
            return f"*{escape(body)}*"
        case Code():
            return _code(body)
        case Link(url=url):
            return _link(body, url)
        case Plain():
            return escape(body)
        case _:
            assert_never(span)


def _fits_code(line: str) -> bool:
    """Whether backticks can hold it: three in a row would open a block."""
    body = line.strip()
    return "``" not in body and not body.startswith("`") and not body.endswith("`") and not ends_a_link(body)


def _code(body: str) -> str:
    if channel := _CHANNEL.fullmatch(body):
        return f"<#{channel[2]}>"
    fence = "``" if "`" in body else "`"
    return f"{fence}{body}{fence}"


def ends_a_link(verbatim: str) -> bool:
    """Whether Discord could take this for the rest of a link before it, though it stands in code."""
    return "](" in verbatim and verbatim.find("]") < verbatim.find("[") % (len(verbatim) + 1)


def _link(body: str, url: str) -> str:
    """Return masked links around the brackets in `body`: Discord's links know no escaped brackets."""
    target = address(url)
    out = []
    for part in _BRACKETS.split(body):
        label = part.strip()
        if not label or part in "[]":
            out.append(escape(part))
            continue
        lead, trail = part[: part.index(label)], part[part.index(label) + len(label) :]
        shown = escape(label).replace("\\://", f"\\:{ZERO_WIDTH}//")
        out.append(f"{lead}[{shown}]({target}){trail}")
    return "".join(out)


def cut(rich: Text, room: int, whole: int, per_line: int) -> tuple[Text, Text]:
    """Cut off what fits in `room` characters of Markdown, `per_line` more for every line begun.

    A marked span is cut only where it would not fit in `whole`; then both halves are marked. As in
    `packing.take`, the first part may be empty unless `room` is `whole`.
    """
    spans = _merged(rich)
    shadow: list[str] = []  # as `take` reads it: a marked span is one letter of a word
    places: list[tuple[int, int]] = []
    costs = [0]
    for number, span in enumerate(spans):
        if costs[-1] > whole and len(shadow) > whole + 64:  # enough to see what a cut would part
            break
        size = len(inline((span,))) + 1 + per_line * span.text.count("\n")
        if not isinstance(span, Plain) and size <= whole:
            shadow.append("x")
            places.append((number, 0))
            costs.append(costs[-1] + size)
            continue
        overhead = 0 if isinstance(span, Plain) else len(_marked(span, "x")) + 4
        for offset, character in enumerate(span.text[: 2 * whole + 64]):
            around = overhead if not offset or span.text[offset - 1] == "\n" else 0
            shadow.append(character)
            places.append((number, offset))
            costs.append(costs[-1] + around + _cost(character, span, per_line))
    words = "".join(shadow)
    head, _ = take(words, room, lambda part: costs[len(part)], whole=whole)
    if len(head) == len(words):
        return spans, ()
    number, offset = places[len(head)]
    before, after = _halves(spans[number], offset)
    return (*spans[:number], *before), (*after, *spans[number + 1 :])


def _cost(character: str, span: Span, per_line: int) -> int:
    if character == "\n":
        return 1 + per_line
    # Brackets in a link's label begin a new link: counted as what they may add.
    if isinstance(span, Link) and character in "[]:":
        return 8 + len(span.url) * 3
    return 2 if character in _ESCAPABLE else 1


def _halves(span: Span, offset: int) -> tuple[Text, Text]:
    if not offset:
        return (), (span,)
    first, second = span.text[:offset], span.text[offset:]
    if isinstance(span, Link):
        return (Link(first, span.url),), (Link(second, span.url),)
    return (type(span)(first),), (type(span)(second),)
