"""How a text came about, in words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.wording import Translator
from bot.editions import reply
from bot.editions.edition import Entry
from bot.writing.marks import MARK
from bot.writing.notes import NOTES
from bot.writing.writer import EXTRACTIVE


def notice(entries: Sequence[Entry], t: Translator) -> str:
    """Say that a machine wrote, and which; that nothing was written where sentences were extracted alone."""
    said = reply.provenance(entries, t)
    if any(entry.written and entry.written.writer != EXTRACTIVE for entry in entries):
        return told_by_machine(said, t)
    return said


def told_by_machine(said: str, t: Translator) -> str:
    """Put before what is said of how texts came about that a machine wrote them."""
    first = t("The texts are written by a machine.")
    return f"{first}{said}" if first.endswith("。") else f"{first} {said}"


def how(entry: Entry, t: Translator) -> list[str]:
    """Say how a text came about, and what in it is doubtful."""
    written = entry.written
    if written is None:
        return []
    if written.writer == EXTRACTIVE:
        return [t("Extracted from the abstract, not written")]
    said = [f"{t('From the abstract')} · {written.writer} · {written.written_at.date().isoformat()}"]
    if written.flaws:
        said.append(t("{mark} marks what was not found in what was read.", mark=MARK))
    return [*said, *(t(NOTES[note]) for note in written.notes if note in NOTES)]
