"""Lines of JSON from other programs, each an object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BadLine:
    """Line `number`, counted from 1, cannot be answered; `problem` says why."""

    number: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.problem}"


def read_object(number: int, line: str | bytes, texts: Sequence[str]) -> dict[str, Any] | BadLine:
    """Return the object in a line, which has to hold a text under each name of `texts`."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return BadLine(number, "not JSON")
    if not isinstance(data, dict):
        return BadLine(number, "not an object")
    for key in texts:
        if key not in data:
            return BadLine(number, f"{key} is missing")
        if not isinstance(data[key], str):
            return BadLine(number, f"{key} must be text, not {said(data[key])}")
    return data


def said(value: Any) -> str:
    """Return a value as it stands in a line, cut to what a message has room for."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 40 else written[:39] + "…"
