"""What readers may see of an answer while it is being written: whole sentences, cleaned and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.writing.clean import clean
from bot.writing.echo import echoes
from bot.writing.marks import unmarked
from bot.writing.partial import so_far

if TYPE_CHECKING:
    from bot.writing.faithfulness.check import Reference

_HELD_BACK = "…"


class Overhearing:
    """Takes the raw reply as it grows, and tells `show` the sentences of its `field` that are complete.

    A sentence that claims what the reference does not bear out is held back: it is about to be rewritten, or
    marked. So is one that repeats the `instructions`. `may` looks at the fields so far and says whether anything is to be shown at all.
    """

    def __init__(
        self,
        field: str,
        reference: Reference,
        show: Callable[[str], None],
        *,
        instructions: str = "",
        may: Callable[[Mapping[str, Any]], bool] = lambda fields: True,
    ) -> None:
        self._field = field
        self._reference = reference
        self._show = show
        self._instructions = instructions
        self._may = may
        self._judged: dict[str, str] = {}
        self._shown = ""

    def __call__(self, raw: str) -> None:
        """Take all of the reply so far; every attempt at one begins anew."""
        partial = so_far(raw, self._field)
        text = partial.fields.get(self._field)
        if not isinstance(text, str) or not self._may(partial.fields):
            return
        shown = self._complete(text, closed=partial.open != self._field)
        if shown.strip(_HELD_BACK + " \n") and shown != self._shown:
            self._shown = shown
            self._show(shown)

    def _complete(self, text: str, *, closed: bool) -> str:
        """Return the sentences of `text` that have come to their end, in paragraphs."""
        from sentencex import segment

        paragraphs = text.split("\n")
        shown: list[str] = []
        for at, paragraph in enumerate(paragraphs):
            sentences = list(segment("en", paragraph))
            if at == len(paragraphs) - 1 and not closed:
                sentences = sentences[:-1]  # which the next words may go on with
            if said := "".join(map(self._allowed, sentences)).strip():
                shown.append(said)
        return "\n\n".join(shown)

    def _allowed(self, sentence: str) -> str:
        if sentence not in self._judged:
            blank = sentence[len(sentence.rstrip()) :] and " "
            said = clean(unmarked(sentence))
            wrong = self._reference.check(said) or echoes(said, self._instructions)
            self._judged[sentence] = (_HELD_BACK if wrong else said) + blank
        return self._judged[sentence]
