"""The reading room at the level of HTTP: a page that is at hand, and one with a thousand papers."""

from __future__ import annotations

import http.client
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.processes import worker
from benchmarks.rows import Bound, Row
from benchmarks.scene import scene

_CALLS = 400
_MANY = 1000  # papers on one page


def measure() -> list[Row]:
    """Return how long pages take over one kept-alive connection, and what a thousand papers weigh."""
    with scene() as here, worker("web", here.folder, here.settings, "1", str(_MANY)) as serving:
        told = serving.hear()
        connection = http.client.HTTPConnection(urlsplit(told["address"]).netloc, timeout=60)
        edition = f"/topics/llm/{told['day']}"
        first, packed = _get(connection, edition)
        rows = [
            Row(f"{_MANY} papers on a page, made for the first time", first, "ms", Bound("at most", 4000)),
            Row("  the same, compressed", packed / 1000, "kB", Bound("at most", 1000)),
            Row("  the same, not compressed", _get(connection, edition, "identity")[1] / 1000, "kB"),
        ]
        for name, path in (
            ("front page", "/"),
            ("page of one paper", _paper(connection)),
            ("that page", edition),
        ):
            _get(connection, path)
            took = [_get(connection, path)[0] for _ in range(_CALLS)]
            rows.append(Row(f"{name} at hand, p50", median(took), "ms", Bound("at most", 10)))
            rows.append(Row(f"{name} at hand, p99", quantiles(took, n=100)[98], "ms"))
        connection.close()
        return rows


def _paper(connection: http.client.HTTPConnection) -> str:
    """Return the path of a paper that the front page links to."""
    connection.request("GET", "/", headers={"Accept-Encoding": "identity"})
    page = connection.getresponse().read().decode()
    return "/papers/" + page.split('href="papers/', 1)[1].split('"', 1)[0]


def _get(connection: http.client.HTTPConnection, path: str, coding: str = "gzip") -> tuple[float, int]:
    """Return how many milliseconds it took, and how many bytes came."""
    begun = perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": coding})
    answer = connection.getresponse()
    body = answer.read()
    took = (perf_counter() - begun) * 1000
    assert answer.status == 200, (path, answer.status)
    return took, len(body)
