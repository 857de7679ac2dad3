"""Text that may be shown: what a model or a source wrote, without what it should not hold."""

from __future__ import annotations

import re
import unicodedata

_LATEX = re.compile(r"\\[A-Za-z]{2}|\\[%&#_$(\[{}]|\$[^$\n]{1,200}\$")

# JSON reads "\beta", "\frac" and "\rho" as an escape and the rest of a word: models forget to double it.
_EATEN = re.compile(
    "\x08(?=[a-z])|\x0c(?=[a-z])|\t(?=(?:au|heta|imes|ext|ilde|extbf|extit)(?![a-z]))"
    "|\n(?=(?:abla|eq)(?![a-z]))|\r(?=(?:ho|angle|ight)(?![a-z]))"
)
_UNEATEN = {"\x08": "\\b", "\x0c": "\\f", "\t": "\\t", "\n": "\\n", "\r": "\\r"}

_HTML = re.compile(r"</?(?:b|i|u|p|em|br|strong|sub|sup|code|span|div)\s*/?>", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*\)")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_LIST_MARKER = re.compile(r"^\s*(?:[-*+•·▪◦–—]\s+|\(?\d{1,2}[.)]\s+|\d{1,2}、\s*)(?=\S)")
# ASCII neighbours keep "A* and B*" and "2**3" whole; a Chinese neighbour does not, as it needs no space.
_EMPHASIS = (
    re.compile(r"(?<![A-Za-z0-9*])\*\*(?=[^\s*])([^*]+)(?<=\S)\*\*(?![A-Za-z0-9*])"),
    re.compile(r"(?<![A-Za-z0-9*])\*(?=[^\s*])([^*]+)(?<=\S)\*(?![A-Za-z0-9*])"),
    re.compile(r"(?<![A-Za-z0-9_])__(?=[^\s_])([^_]+)(?<=\S)__(?![A-Za-z0-9_])"),
    re.compile(r"(?<![A-Za-z0-9_])_(?=[^\s_])([^_]+)(?<=\S)_(?![A-Za-z0-9_])"),
    re.compile(r"`+([^`]+)`+"),
)
_QUOTES = {'"': '"', "“": "”", "«": "»", "「": "」", "『": "』", "'": "'", "‘": "’"}

# Joiners spell Persian and Hindi words and some emoji.
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    """Return `text` in one line, without control characters, overrides of direction and lone surrogates."""
    kept = (
        " " if c.isspace() else c
        for c in text
        if c in _JOINERS
        or c.isspace()
        or not (unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") or (ord(c) & 0xFFFE) == 0xFFFE)
    )
    return " ".join("".join(kept).split())


def clean(text: str) -> str:
    """Return what a model wrote as one line of plain text: no Markdown, HTML, LaTeX or list marker."""
    text = _EATEN.sub(lambda found: _UNEATEN[found[0]], text)
    if _LATEX.search(text):
        from bot.papers.latex import to_text

        text = to_text(text)
    text = visible(text)
    before = None
    while text != before:  # markup is nested, and each round shortens the text
        before, text = text, visible(_unmark(text))
    return text


def _unmark(text: str) -> str:
    text = _HTML.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _HEADING.sub("", text)
    text = _LIST_MARKER.sub("", text)
    for emphasis in _EMPHASIS:
        text = emphasis.sub(r"\1", text)
    return _unquote(text.strip())


def _unquote(text: str) -> str:
    closing = _QUOTES.get(text[:1])
    if closing and len(text) > 1 and text.endswith(closing):
        inside = text[1:-1]
        if text[0] not in inside and closing not in inside:
            return inside.strip()
    return text
