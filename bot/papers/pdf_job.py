"""What runs in the process that reads one PDF: it shuts the doors behind itself, reads, answers and ends.

Nothing here is imported by the bot itself. On standard input comes the PDF, on standard output goes one JSON object.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from bot.papers.pdf_read import Pdf, Unreadable

_FILES = 64


def main() -> None:
    """Do the job that the arguments name, within the bounds that stand beside it."""
    asked = json.loads(sys.argv[2])
    bounds = asked["bounds"]
    _shut(bounds)
    job = _job(asked["job"])
    pdf = sys.stdin.buffer.read(bounds["largest"] + 1)
    until = time.monotonic() + bounds["enough"]
    try:
        with Pdf(pdf, pages=bounds["pages"], until=until) as opened:
            answer = {"result": job(opened, asked["options"])}
    except Unreadable as error:
        answer = {"unusable": error.reason}
    except MemoryError:
        answer = {"unusable": "too large"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # Not through the interpreter's end: taking a hostile document down is one more chance to crash.
    os._exit(0)


def _job(name: str) -> Callable[[Pdf, dict[str, Any]], Any]:
    match name:
        case "text":
            from bot.papers.pdf_text import read_text

            return read_text
        case "figures":
            from bot.papers.figures import read_figures

            return read_figures
        case _:
            raise ValueError(name)


def _shut(bounds: dict[str, Any]) -> None:
    """Take from this process what reading a PDF does not need. Where a system lacks a limit, the clock remains."""
    work, memory = int(bounds["work"]), int(bounds["memory"])
    limits = {
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_CPU": (work, work + 1),
        "RLIMIT_AS": (memory, memory),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_NOFILE": (_FILES, _FILES),
        "RLIMIT_NPROC": (0, 0),
    }
    for name, limit in limits.items():
        with contextlib.suppress(AttributeError, OSError, ValueError):  # macOS lacks some, refuses others
            resource.setrlimit(getattr(resource, name), limit)
    # If whoever started us dies by kill -9, nobody is left to look at the clock.
    signal.alarm(int(bounds["seconds"]) + 5)
