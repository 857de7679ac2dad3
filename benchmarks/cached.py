"""A cached `/summarize` through `Dispatcher.dispatch`, against a bare Redis GET of the same text."""

from __future__ import annotations

from statistics import median

from benchmarks.processes import worker
from benchmarks.rows import Bound, Row
from benchmarks.scene import scene

_ROUNDS, _CALLS = 60, 50


def measure() -> list[Row]:
    """Return both p50 and their ratio."""
    with scene() as here, worker(
        "cached", here.folder, here.settings, here.ids[0], str(_ROUNDS), str(_CALLS)
    ) as timing:  # fmt: skip
        took = timing.hear()
    get, dispatch = median(took["get"]), median(took["dispatch"])
    return [
        Row("bare GET, p50", get, "µs"),
        Row("cached /summarize, p50", dispatch, "µs"),
        Row("cached /summarize : bare GET", dispatch / get, "×", Bound("at most", 6)),
    ]
