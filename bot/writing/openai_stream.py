"""A reply that comes in pieces, gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.writing.reading import answer_so_far


class Gathering:
    """Takes the pieces of one reply as they come, and tells `heard` what of the answer there is so far.

    A piece may lack anything: the client does not validate what it was sent. Thoughts, in a field of their
    own or in tags before the answer, are kept out of what is heard.
    """

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._told = ""
        self.text = ""
        self.refusal = False
        self.end: str | None = None
        self.usage: object = None
        self.pieces = 0

    def add(self, chunk: Any) -> None:
        """Take the next piece."""
        self.pieces += 1
        # Most servers count once, at the end; some keep a running count, of which the last is the sum.
        self.usage = getattr(chunk, "usage", None) or self.usage
        choices = getattr(chunk, "choices", None)
        choice = choices[0] if isinstance(choices, list) and choices else None
        ended = getattr(choice, "finish_reason", None)
        self.end = ended if isinstance(ended, str) else self.end
        delta = getattr(choice, "delta", None)
        self.refusal = self.refusal or bool(getattr(delta, "refusal", None))
        content = getattr(delta, "content", None)
        if isinstance(content, str):
            self.take(content)

    def take(self, text: str) -> None:
        """Take more of the text."""
        self.text += text
        so_far = answer_so_far(self.text)
        if so_far and so_far != self._told:
            self._told = so_far
            self._heard(so_far)
