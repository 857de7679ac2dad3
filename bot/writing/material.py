"""Paper text as it is handed to a model: fenced, since whoever wrote it is a stranger."""

from __future__ import annotations

import hashlib

from bot.writing.clean import visible


def fenced(text: str, name: str = "PAPER") -> str:
    """Return `text` between two lines that begin with `name` and cannot occur in it.

    The lines are made from the text itself, so that the same paper always makes the same prompt, and an
    author who wanted to close the fence would have to know a digest of the text that the digest is in.
    What cannot be seen, and so is read by the model alone, is taken out.
    """
    shown = "\n".join(visible(line) for line in text.splitlines())
    fence = _fence(name, shown)
    while fence in shown:
        fence = _fence(name, fence + shown)
    return f"<<<{fence}\n\n{shown}\n\n{fence}>>>"


def _fence(name: str, text: str) -> str:
    return f"{name}-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
