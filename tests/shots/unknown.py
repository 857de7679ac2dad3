"""What a page cannot draw is an error, never a gap in the picture."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


class Unknown(Exception):
    """A kind of message, or a part of one, that nobody has drawn yet."""


def only(found: Mapping[str, Any], known: Collection[str], what: str) -> Collection[str]:
    """Return the names of what is there. Raises `Unknown` for what is not known and not empty."""
    names = {name for name, value in found.items() if value not in (None, "", [], {}, False, 0)}
    if strange := names - set(known):
        raise Unknown(f"{what}: {', '.join(sorted(strange))}")
    return names
