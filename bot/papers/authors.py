"""Names of authors out of one line, as submitters type it."""

from __future__ import annotations

import re

from bot.papers.latex import to_text

_SUFFIX = re.compile(r"(?:jr|sr)\.?|I{2,3}|IV", re.IGNORECASE)
_AFFILIATION = re.compile(r"(?<!\\)\([^()]*\)")
_AND = re.compile(r"(?:,\s*|\s+|^)and\s+")
# "The ATLAS Collaboration: A. Author": the group is one of the authors.
_GROUP = re.compile(r"((?:collaboration|consortium|team|group)\b[^,:]*):\s*", re.IGNORECASE)


def read_names(line: str, *, conjunction: bool = False) -> tuple[str, ...]:
    """Return the names in `line`, which commas part, without affiliations in parentheses and without LaTeX.

    With `conjunction` the last one may follow an "and".
    """
    while (without := _AFFILIATION.sub(" ", line)) != line:
        line = without
    line = _GROUP.sub(r"\1, ", line)
    if conjunction:
        line = _AND.sub(", ", line)
    names: list[str] = []
    for part in _parts(line):
        name = to_text(part)
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f" {name}"
        elif name:
            names.append(name)
    return tuple(names)


def _parts(line: str) -> list[str]:
    """Split at commas, but for those within braces."""
    parts, depth = [""], 0
    for character in line:
        depth = max(depth + {"{": 1, "}": -1}.get(character, 0), 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts
