"""Pairs as lines of JSON, answered by lines that name what is not borne out: for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.jsonl import BadLine, read_object
from bot.writing.faithfulness.check import Finding, check


def check_lines(lines: Iterable[str | bytes]) -> Iterator[str | BadLine]:
    """Yield for each line the same object with its findings, or what is wrong with it.

    A line is an object with source and text; all else in it is handed back as it came. Blank lines are passed
    over, and each line is answered before the next is asked for.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        pair = read_object(number, line, ("source", "text"))
        yield pair if isinstance(pair, BadLine) else _answer(pair)


def describe(finding: Finding) -> str:
    """Return a finding as one line: the claim, why, and where."""
    start, end = finding.where
    return f"{' '.join(finding.claim.split())}\t{finding.why}\t{start}-{end}"


def _answer(pair: dict[str, Any]) -> str:
    findings = [
        {"claim": found.claim, "why": found.why, "where": list(found.where)}
        for found in check(pair["source"], pair["text"])
    ]
    try:
        return _json({**pair, "findings": findings}, ascii_only=False)
    except UnicodeEncodeError:  # half a surrogate pair, which no file can hold as it is
        return _json({**pair, "findings": findings}, ascii_only=True)


def _json(data: dict[str, Any], *, ascii_only: bool) -> str:
    line = json.dumps(data, ensure_ascii=ascii_only)
    line.encode()
    return line
