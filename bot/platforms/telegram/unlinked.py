"""Text in which Telegram finds no link, mention, tag or command of its own.

Telegram links `cs.CL`, `@name`, `#tag`, `/help` and the like wherever they stand, which makes taps out
of a paper's words and eats into the hundred entities of a message. A word joiner (U+2060: no
width, no line break) after the character that starts the link prevents it; the least visible of
what works, at one UTF-16 unit each. Inside code and inside links of ours Telegram adds nothing.
"""

from __future__ import annotations

import re

JOINER = "\u2060"

# Each matches up to and including the character after which the joiner goes.
_STARTS = re.compile(
    r"""
      (?<=\S)\.(?=[^\W\d_]{2}|[xX][nN]--)             # cs.CL, arxiv.org, the end of a domain
    | (?<=\d)\.(?=\d{1,3}\.\d{1,3}\.\d)                # 1.2.3.4
    | @(?=[A-Za-z0-9_]{3})                              # @name
    | \#(?=[\w\u200c\u00b7\u0d80-\u0dff]*[^\W\d_]|[\u200c\u00b7])   # #tag, but not #12
    | \$(?=[A-Z]|1INCH)                                 # $USD
    | (?<![\w/<>])/(?=[A-Za-z0-9_])                     # /help, but not and/or
    | (?<=[A-Za-z]):(?=//)                              # tg://, https://
    | \+(?=\d(?:[ ().-]{0,2}\d){5})          # +1 212 555 0123
    | \d(?:[ -]?\d){11}(?=[ -]?\d)                      # 4242 4242 4242 4242
    """,
    re.VERBOSE,
)


def unlinked(text: str) -> str:
    """Return `text` with a joiner wherever Telegram would begin a link."""
    return _STARTS.sub(lambda found: found.group() + JOINER, text)


def joints(text: str) -> list[int]:
    """Return the positions in `text` at which `unlinked` inserts a joiner."""
    return [found.end() for found in _STARTS.finditer(text)]
