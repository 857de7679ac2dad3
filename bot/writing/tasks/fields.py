"""The kinds of text that answers are made of: one line of plain text each, whatever a model made of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from bot.writing.clean import clean, shortened
from bot.writing.marks import unmarked

LONGEST_TEXT = 4_000  # characters: a translated abstract of the greatest length that the arXiv takes
LONGEST_LINE = 800
MOST_LINES = 50  # that are looked at


def _joined(value: Any) -> Any:
    """A paragraph that came as a list of sentences is a paragraph."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    return value


def cleaned(text: str) -> str:
    """Return `text` as it may be shown. Raises `ValueError` if there is nothing to show."""
    shown = shortened(clean(unmarked(text)), LONGEST_TEXT)
    if not any(map(str.isalnum, shown)):
        raise ValueError("must not be empty")
    return shown


def _listed(value: Any) -> Any:
    """A list that came as lines, or as objects that hold one text each, is a list."""
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, list):
        return [_only(item) for item in value]
    return value


def _only(item: Any) -> Any:
    if isinstance(item, dict) and len(item) == 1:
        return next(iter(item.values()))
    return item


def _each_cleaned(items: list[str]) -> list[str]:
    shown = (shortened(clean(unmarked(item)), LONGEST_LINE) for item in items[:MOST_LINES])
    return list(dict.fromkeys(filter(None, shown)))


def _named(value: Any) -> Any:
    """A section given as 4.2 is a name too; none at all is an empty one."""
    return "" if value is None else str(value) if isinstance(value, int | float) else value


def _paragraphs(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "\n\n".join(value)
    return value


def prose(text: str) -> str:
    """Return `text` as it may be shown, in paragraphs with an empty line between two.

    Raises `ValueError` if there is nothing to show.
    """
    lines = text[:LONGEST_TEXT].splitlines()
    shown = [part for line in lines if (part := clean(unmarked(line)))]
    if not any(map(str.isalnum, "".join(shown))):
        raise ValueError("must not be empty")
    return "\n\n".join(shown)


Name = Annotated[str, BeforeValidator(_named)]  # for us, and shown to nobody as it is
Prose = Annotated[str, BeforeValidator(_paragraphs), AfterValidator(prose)]
Text = Annotated[str, BeforeValidator(_joined), AfterValidator(cleaned)]
Line = Annotated[Text, AfterValidator(lambda text: shortened(text, LONGEST_LINE))]
Lines = Annotated[list[str], BeforeValidator(_listed), AfterValidator(_each_cleaned)]
