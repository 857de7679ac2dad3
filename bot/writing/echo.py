"""Whether a model wrote about its paper or wrote out what it was told."""

from __future__ import annotations

import re
from functools import lru_cache

# In a row: more than two texts share by chance, or by the words of one field.
_LONGEST_SHARED = 12

# Not compiled before it is used: sets of so many signs take milliseconds, and a short command uses none.
_WORD = "[a-z0-9]+|[\u3041-\u9fff]"


def echoes(text: str, instructions: str) -> bool:
    """Return whether `text` repeats a stretch of its `instructions`, a dozen words or Chinese characters long."""
    words = re.findall(_WORD, text.lower())
    told = _stretches(instructions)
    return any(
        tuple(words[at : at + _LONGEST_SHARED]) in told for at in range(len(words) - _LONGEST_SHARED + 1)
    )


@lru_cache(maxsize=8)
def _stretches(instructions: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(_WORD, instructions.lower())
    return frozenset(
        tuple(words[at : at + _LONGEST_SHARED]) for at in range(len(words) - _LONGEST_SHARED + 1)
    )
