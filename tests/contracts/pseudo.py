"""A language that nobody speaks, as a catalogue: every word of English with a letter behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

SIGN = "ß"
_KEPT = re.compile(r"(`[^`]*`|\{\w*\}|\S*[@/]\S*)")  # code, fields, names and addresses


def pseudo(sentence: str) -> str:
    """Return the sentence in the language."""
    pieces = _KEPT.split(sentence)
    pieces[::2] = [re.sub(r"[^\W\d_]+", rf"\g<0>{SIGN}", piece) for piece in pieces[::2]]
    return "".join(pieces)


def write_catalogue(path: Path, sentences: Iterable[str]) -> None:
    """Write the catalogue of these sentences."""
    catalogue = Catalog(locale=path.stem.replace("-", "_"))
    for sentence in sorted(sentences):
        catalogue.add(sentence, pseudo(sentence))
    with path.open("wb") as file:
        write_po(file, catalogue)
