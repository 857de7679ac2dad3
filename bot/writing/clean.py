"""Text that may be shown: what a model or a source wrote, without what it should not hold.

Two places keep strangers' text harmless, and each does what the other cannot. Here, whatever leads or calls
somewhere is taken out of what a model wrote: addresses, mentions, pictures, tags of Telegram and Discord, HTML
and Markdown, what cannot be seen. The renderers of the platforms make every character that is left, from
whomever it comes, stand for itself, without changing what a reader sees: `/help`, `#1`, `$GME`, `cs.CL`, `*`
and `@` of authors stay as they were typed and are no command, tag, link, markup or mention.
"""

from __future__ import annotations

import html
import re
import unicodedata

from bot.writing.addresses import without_addresses

_LATEX = re.compile(r"\\[A-Za-z]{2}|\\[%&#_$(\[{}]|\$[^$\n]{1,200}\$")

# JSON reads "\beta", "\frac" and "\rho" as an escape and the rest of a word: models forget to double it.
_EATEN = re.compile(
    "\x08(?=[a-z])|\x0c(?=[a-z])|\t(?=(?:au|heta|imes|ext|ilde|extbf|extit)(?![a-z]))"
    "|\n(?=(?:abla|eq)(?![a-z]))|\r(?=(?:ho|angle|ight)(?![a-z]))"
)
_UNEATEN = {"\x08": "\\b", "\x0c": "\\f", "\t": "\\t", "\n": "\\n", "\r": "\\r"}

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Papers have tokens such as <think>, <image> and <s> in their text: what no page is marked up with stays.
_HTML = re.compile(
    r"</?(?:b|i|u|p|em|br|hr|strong|sub|sup|code|span|div|a|img|script|style|iframe|pre|del|ins|strike|blockquote"
    r"|font|center|svg|ul|ol|li|h[1-6]|tg-spoiler|tg-emoji|tg-time)\s*/?>"
    r"|<(?:[A-Za-z][A-Za-z0-9-]*)\s+(?:[A-Za-z-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"']+)\s*)+/?>"
    r"|<a\s[^<>]*>|<!--.*?-->|<!\[CDATA\[",
    re.IGNORECASE | re.DOTALL,
)
# Mentions, times, emoji and commands as Discord writes them.
_TAG = re.compile(r"<(?:@[!&]?\d+|#\d+|/[^<>:]{1,100}:\d+|id:\w+|t:-?\d+(?::\w)?|a?:\w{1,64}:\d+)>")
_LINK = re.compile(
    r"(!?)\[((?:\\.|[^\[\]\\])*)\]"
    r"(?:\(\s*(?![\d.,%\s±~-]+\))(?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\))"
)
_DEFINITION = re.compile(r"^\s{0,3}\[[^\[\]]+\]:\s+\S+.*$")
_LINE_MARK = re.compile(
    r"^\s*(?:(?:#{1,6}|-#|>{1,3}(?=\s*[^\W\d]))\s*(?=\S)(?<=[\s>])|(?:`{3,}|~{3,})[\w+-]*\s*$)"
)
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_LIST_MARKER = re.compile(r"^\s*(?:(?:[-*+•·▪◦–—]\s+|\(?\d{1,2}[.)]\s+|\d{1,2}、\s*)(?=\S))+")
# ASCII neighbours keep "A* and B*" and "2**3" whole; a Chinese neighbour does not, as it needs no space.
_EMPHASIS = (
    re.compile(r"(?<![A-Za-z0-9*])\*\*(?=[^\s*])([^*]+)(?<=\S)\*\*(?![A-Za-z0-9*])"),
    re.compile(r"(?<![A-Za-z0-9*])\*(?=[^\s*])([^*]+)(?<=\S)\*(?![A-Za-z0-9*])"),
    re.compile(r"(?<![A-Za-z0-9_])__(?=[^\s_])([^_]+)(?<=\S)__(?![A-Za-z0-9_])"),
    re.compile(r"(?<![A-Za-z0-9_])_(?=[^\s_])([^_]+)(?<=\S)_(?![A-Za-z0-9_])"),
    re.compile(r"~~(?=[^\s~])([^~]+)(?<=\S)~~"),
    re.compile(r"`+([^`]+)`+"),
)
_QUOTES = {'"': '"', "“": "”", "«": "»", "「": "」", "『": "』", "'": "'", "‘": "’"}
# `pass@1` and `mAP@[.5:.95]` have something before the sign or no name after it.
_MENTION = re.compile(r"(?<![\w@.])@(?=[A-Za-z_][A-Za-z0-9_]{2})|@(?=(?:everyone|here)\b)")

# Letters of double width, and the signs among them that clients or people take for the narrow ones.
_WIDE = {
    code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF20, 0xFF0F, 0xFF0E)
}
_NARROWED = {
    **_WIDE,
    0xFE6B: ord("@"),
    0x2024: ord("."),
    0xFE52: ord("."),
    0x2044: ord("/"),
    0x2215: ord("/"),
}

# Joiners spell Persian and Hindi words and some emoji; among Latin letters they only hide something.
_JOINERS = "\u200c\u200d"
_IDLE_JOINER = re.compile(
    f"(?<![^\0-\u036f\\s{_JOINERS}])[{_JOINERS}]|[{_JOINERS}](?![^\0-\u036f\\s{_JOINERS}])"
)
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters by rank that show nothing
_SELECTORS = re.compile("(?<![^\\s\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
                        "|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")  # fmt: skip
_REMEMBERED = 4096  # characters
_MOST_MARKS = 4  # on one letter; no language needs more
_LONGEST_WORD = 120
# Not compiled before it is used: sets of so many signs take milliseconds, and a short command uses none.
_LONG_WORD = rf"[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\uffef]{{{_LONGEST_WORD + 1},}}"


_LONGEST = 20_000  # characters that are looked at: five times a long abstract
_DEEPEST = 12  # who nests deeper writes for us and not for readers: no sign of theirs is kept
_SIGNS = re.compile(r"[^\w\s.,;:!?%'’，。；：！？、-]|(?<!\w)[-.]+|_|(?<=\w)[.:](?=\w)")


class _Shown(dict[int, str]):
    """What each character becomes, looked into when it first comes: a blank, itself, or nothing."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        unseen = (
            unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") or (code & 0xFFFE) == 0xFFFE or c in _BLANK
        )
        shown = " " if c.isspace() else "" if unseen and c not in _JOINERS else c
        if len(self) < _REMEMBERED:
            self[code] = shown
        return shown


_SHOWN = _Shown()


def visible(text: str) -> str:
    """Return `text` in one line, without what cannot be seen, overrides of direction and lone surrogates."""
    line = " ".join(text.translate(_SHOWN).split())
    if line.isascii():
        return line
    return " ".join(_seen(line).split())


def _seen(line: str) -> str:
    before = None
    while line != before:  # each takes away what the others have laid bare
        before = line
        line = _few_marks(_SELECTORS.sub("", _IDLE_JOINER.sub("", line)))
    return line


def _few_marks(line: str) -> str:
    """Return `line` with no more marks on a letter than a language has."""
    out: list[str] = []
    marks = 0
    for c in line:
        marks = marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            out.append(c)
    return "".join(out)


def clean(text: str) -> str:
    """Return what a model wrote as one line of plain text that leads nowhere.

    Without Markdown, HTML, LaTeX, a list marker and tags of chat clients; addresses become a word for them,
    mentions lose their sign, and a word of unreasonable length its tail.
    """
    text = _EATEN.sub(lambda found: _UNEATEN[found[0]], text)
    if _LATEX.search(text):
        from bot.papers.latex import to_text

        text = to_text(text)
    text = visible(" ".join(map(_unmarked_line, text[:_LONGEST].splitlines())))
    for _ in range(_DEEPEST):  # markup is nested, and each round takes some of it away
        before, text = text, visible(_unmark(text))
        if text == before:
            return text
    return visible(_SIGNS.sub(" ", text))


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters of `text`, up to the end of a sentence, or else of a word."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s)|[。！？]", head)]
    if ends and ends[-1] > most // 2:
        return head[: ends[-1]] + "…"
    return re.sub(r"\s+\S*$", "", head) + "…"


def _unmarked_line(line: str) -> str:
    """Take away what is markup only at the beginning of a line."""
    if _RULE.match(line) or _DEFINITION.match(line):
        return ""
    return _LINE_MARK.sub("", line)


def _unmark(text: str) -> str:
    text = _REFERENCE.sub(lambda found: html.unescape(found[0]), text.translate(_NARROWED))
    text = _HTML.sub(" ", text)
    text = _TAG.sub("", text)
    text = _LINK.sub(r"\2", text)
    text = without_addresses(text)
    text = _MENTION.sub("", text)
    text = _LINE_MARK.sub("", text)
    text = _LIST_MARKER.sub("", text)
    for emphasis in _EMPHASIS:
        text = emphasis.sub(r"\1", text)
    text = re.sub(_LONG_WORD, lambda found: found[0][: _LONGEST_WORD - 1] + "…", text)
    return _unquote(text.strip())


def _unquote(text: str) -> str:
    closing = _QUOTES.get(text[:1])
    if closing and len(text) > 1 and text.endswith(closing):
        inside = text[1:-1]
        if text[0] not in inside and closing not in inside:
            return inside.strip()
    return text
