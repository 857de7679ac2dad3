"""Finding the answer in what a model wrote, however it wrapped it up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.writing.answer import Answer

A = TypeVar("A", bound=Answer)

# Bounds for text that is not what it should be: the time that reading takes stays linear.
MOST_CHARACTERS = 200_000
MOST_OBJECTS = 200

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_TAG_BEGUN = re.compile(r"\s*</?[a-z]{0,9}", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_DECODER = json.JSONDecoder(strict=False)  # models put bare line ends into strings


class Malformed(ValueError):
    """No usable answer; `problems` says why, in words for the model."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def read(text: str, schema: type[A]) -> A:
    """Return the first object in `text` that is an answer. Raises `Malformed`, and nothing else."""
    problems: list[str] = []
    for found in _objects(text):
        try:
            return schema.model_validate(found)
        except ValidationError as error:
            # An object that lacks less is nearer to what was meant than one that lacks everything.
            said = [f"{'.'.join(map(str, e['loc'])) or 'object'}: {e['msg']}" for e in error.errors()]
            problems = min(problems or said, said, key=len)
        except RecursionError:
            problems = problems or ["it is nested too deeply"]
    raise Malformed(problems or ["it holds no JSON object"])


def fits(text: str, schema: type[Answer]) -> bool:
    """Return whether there is an answer in `text`."""
    try:
        read(text, schema)
    except Malformed:
        return False
    return True


def is_bare(text: str) -> bool:
    """Return whether `text` is one JSON object and, thoughts aside, nothing else."""
    try:
        return isinstance(json.loads(_answer_part(text)), dict)
    except (ValueError, RecursionError):
        return False


def answer_so_far(text: str) -> str:
    """Return what there is of the answer in a reply that is still coming: nothing, while thoughts come."""
    # Most replies are looked at as often as they have tokens, and begin with no tag.
    if not text.lstrip().startswith("<") and "</" not in text:
        return text
    return "" if _TAG_BEGUN.fullmatch(text) else _answer_part(text)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in `text`, outermost first: after the thoughts, else within them, as written, else mended."""
    for part in dict.fromkeys((_answer_part(text), text)):
        for candidate in dict.fromkeys((part, mended(part))):
            yield from _decoded(candidate[:MOST_CHARACTERS])


def _answer_part(text: str) -> str:
    """Return what follows the thoughts; some servers swallow the tag that begins them."""
    without = _THOUGHT.sub("", text)
    return _THOUGHT_END.split(without)[-1].strip()


def mended(text: str) -> str:
    """Undo the commonest slips: a backslash that JSON does not know (LaTeX), a comma before a bracket."""
    doubled = _BAD_ESCAPE.sub(lambda found: found[0] if found[1] else "\\\\", text)
    return _TRAILING_COMMA.sub(r"\1", doubled)


def _decoded(text: str) -> Iterator[dict[str, Any]]:
    at = -1
    for _ in range(MOST_OBJECTS):
        if (at := text.find("{", at + 1)) < 0:
            return
        try:
            found, _end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found
