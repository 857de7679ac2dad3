"""The mark in a text behind what its source does not bear out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.writing.faithfulness.check import Finding

MARK = "⚠"


def marked(text: str, findings: Sequence[Finding]) -> str:
    """Return `text` with a mark behind each claim that was found; the last comes first, so places stay true."""
    for finding in sorted(findings, key=lambda found: found.where[1], reverse=True):
        end = finding.where[1]
        text = f"{text[:end]}{MARK}{text[end:]}"
    return text


def unmarked(text: str) -> str:
    """Return `text` without marks: a model that saw them, or wants to look checked, may write them itself."""
    return text.replace(f"{MARK}\ufe0f", "").replace(MARK, "")
