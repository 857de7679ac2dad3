"""What the subcommands of `paperwire` do that need no store and no network: they start without what speaks to those."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from bot.jsonl import BadLine


def match(path: str, topic: str | None, query: str | None) -> int:
    """Print a line for each paper in a file of JSON lines: what it is filed under, and why.

    Returns 2 if a line is no paper; the others are answered all the same. Raises `UnknownTopic`, `BadQuery`.
    """
    from bot.topics import catalogue
    from bot.topics.lines import match_lines
    from bot.topics.query import Query

    known = catalogue.load()
    asked = Query.parse(query) if query is not None else None
    wanted = known.find(topic) if topic is not None else None
    bad = False
    with contextlib.ExitStack() as stack:
        # A standard input that was closed is an empty file by now, of which `sys.stdin` knows nothing.
        file = open(0, "rb", closefd=False) if path == "-" else Path(path).open("rb")  # noqa: SIM115
        lines = stack.enter_context(file)
        for answer in match_lines(lines, known, topic=wanted, query=asked):
            if isinstance(answer, BadLine):
                bad = True
                print(answer, file=sys.stderr)
            else:
                print(answer, flush=path == "-")
    return 2 if bad else 0


def check(source: str, text: str) -> int:
    """Print what in the file `text` does not stand in the file `source`, a line each. Returns 1 if anything."""
    from bot.writing.faithfulness import check as faithfulness
    from bot.writing.faithfulness.lines import describe

    told, claimed = (Path(path).read_text("utf-8", errors="replace") for path in (source, text))
    findings = faithfulness.check(told, claimed)
    for finding in findings:
        print(describe(finding))
    return int(bool(findings))


def check_many(path: str) -> int:
    """Print each line of a file, an object with `source` and `text`, with its `findings`.

    Returns 1 if there is any finding, 2 if a line cannot be read; the others are answered all the same.
    """
    from bot.writing.faithfulness.lines import check_lines

    code = 0
    with contextlib.ExitStack() as stack:
        file = open(0, "rb", closefd=False) if path == "-" else Path(path).open("rb")  # noqa: SIM115
        for answer in check_lines(stack.enter_context(file)):
            if isinstance(answer, BadLine):
                code = 2
                print(answer, file=sys.stderr)
            else:
                print(answer, flush=path == "-")
                code = max(code, int(bool(json.loads(answer)["findings"])))
    return code
