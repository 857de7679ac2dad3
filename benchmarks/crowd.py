"""200 people who ask at once, in two processes on one store: what reaches the arXiv and the model."""

from __future__ import annotations

from time import perf_counter

from benchmarks.processes import worker
from benchmarks.rows import Bound, Row
from benchmarks.scene import Scene, scene

_EACH = 100  # people in either process


def measure() -> list[Row]:
    """Return the requests for one paper that all want, and for as many papers as people."""
    with scene() as here:
        _ask(here, here.ids[:1] * _EACH, here.ids[:1] * _EACH)
        rows = [
            Row("200 ask for one paper: arXiv requests", len(here.arxiv.requests), "", Bound("exactly", 1)),
            Row("200 ask for one paper: model calls", here.model.calls, "", Bound("exactly", 1)),
        ]
    with scene() as here:
        took = _ask(here, here.ids[:_EACH], here.ids[_EACH : 2 * _EACH])
        rows += [
            Row("200 ask for 200 papers: arXiv requests", len(here.arxiv.requests), "", Bound("at most", 3)),
            Row("200 ask for 200 papers: model calls", here.model.calls, "", Bound("exactly", 200)),
            Row("200 ask for 200 papers: until the last answer", took, "s"),
        ]
    return rows


def _ask(here: Scene, some: list[str], others: list[str]) -> float:
    """Let two processes ask at the same moment; return the seconds until all are answered."""
    with (
        worker("crowd", here.folder, here.settings, *some) as one,
        worker("crowd", here.folder, here.settings, *others) as other,
    ):
        both = (one, other)
        for each in both:
            each.hear()
        begun = perf_counter()
        for each in both:
            each.tell("go")
        assert [each.hear() for each in both] == [len(some), len(others)]
        return perf_counter() - begun
