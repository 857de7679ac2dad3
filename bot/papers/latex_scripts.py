"""Superscripts and subscripts of formulas, in Unicode where it has the characters."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.papers.latex_commands import STAND_IN, SUBSCRIPT, SUPERSCRIPT

_ARGUMENT = re.compile(r"\s*(?:(?P<command>\\[A-Za-z]+\*?\s*(?:\{[^{}]*\})*)|(?P<one>\\.|[^{]))", re.DOTALL)
_PRIMES = {"⊤": "ᵀ", "T": "ᵀ", "∗": "*", "°": "°", "∘": "°"}
_BARE = frozenset("† ‡ * ′ ® © ™ st nd rd th".split())  # 3rd, kth: raised by habit only


def place_scripts(source: str, say: Callable[[str], str]) -> str:
    """Turn `^{…}` and `_{…}` into small characters, or `^(…)` and `_…` where Unicode has none.

    `say` turns the formula inside into text.
    """
    out: list[str] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char == "\\":
            command = re.compile(r"\\(?:[A-Za-z]+|.?)", re.DOTALL).match(source, at)
            assert command
            out.append(command[0])
            at = command.end()
        elif char in "^_":
            # Empty braces end a command's name, which would go on into letters that are small and raised.
            out.append("{}" if out and re.fullmatch(r"\\[A-Za-z]+", out[-1]) else "")
            argument, at = _argument(source, at + 1)
            out.append(_script(char, say(argument)))
        else:
            out.append(char)
            at += 1
    return "".join(out)


def _argument(source: str, at: int) -> tuple[str, int]:
    """Return what a script applies to, and where it ends."""
    if found := _ARGUMENT.match(source, at):
        return found["command"] or found["one"], found.end()
    start = source.find("{", at)
    depth = 0
    for end in range(max(start, at), len(source)):
        depth += {"{": 1, "}": -1}.get(source[end], 0)
        if depth == 0:
            return source[start + 1 : end], end + 1
    return source[at:], len(source)


def _script(kind: str, inner: str) -> str:
    if not inner:
        return ""
    if kind == "^" and (inner in _PRIMES or inner in _BARE):
        return _PRIMES.get(inner, inner)
    table = SUPERSCRIPT if kind == "^" else SUBSCRIPT
    # A word of subscript reads better as D_TV than in letters that half the fonts lack.
    if all(char in table for char in inner) and (len(inner) == 1 or not inner.isalpha()):
        return "".join(table[char] for char in inner)
    word = re.fullmatch(r"[\w∞*]*" if kind == "_" else r"\w*", inner)
    return STAND_IN[kind] + (inner if word else f"({inner})")
