"""What a person waits for `paperwire console -c /help`, more than for Python itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from benchmarks.processes import PAPERWIRE, environment, paperwire_run, wait_until
from benchmarks.rows import Bound, Row
from benchmarks.scene import Scene, scene

_RUNS = 9
_MOST = Bound("at most", 0.5)
_HELP = (PAPERWIRE, "console", "-c", "/help")
_PASS = (sys.executable, "-c", "pass")


def measure() -> list[Row]:
    """Return the difference where the console starts the store itself, and where one is running."""
    with scene() as here:
        alone = _compare(here)
        with paperwire_run(here.folder, here.settings):
            wait_until((here.folder / "data" / "valkey.sock").exists, "the embedded server")
            beside = _compare(here)
    return [
        Row("python -c pass", alone[0], "s"),
        Row("console -c /help", alone[1], "s"),
        Row("console -c /help, more than Python", alone[1] - alone[0], "s", _MOST),
        Row("the same beside a running bot", beside[1] - beside[0], "s", _MOST),
    ]


def _compare(here: Scene) -> tuple[float, float]:
    """Return the medians of both commands, which take turns."""
    took: dict[Sequence[str], list[float]] = {_PASS: [], _HELP: []}
    for _ in range(_RUNS + 1):
        for command, times in took.items():
            times.append(_time(command, here))
    for times in took.values():
        times.pop(0)  # it warmed the disk's cache
    return median(took[_PASS]), median(took[_HELP])


def _time(command: Sequence[str], here: Scene) -> float:
    begun = perf_counter()
    # Its output is read, because waiting with a time-out and nothing to read looks only every 50 ms.
    subprocess.run(
        command,
        cwd=here.folder,
        env=environment(here.settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return perf_counter() - begun
