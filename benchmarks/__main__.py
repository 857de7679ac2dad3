"""`python -m benchmarks [name …]`: measure, print one table, and exit with 1 if a bound is missed.

The two sides of every ratio take turns within one run, because the machines that it runs on are shared
and noisy; what is printed is medians.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from benchmarks.rows import NotHere, Row
from benchmarks.table import save, table

NAMES = (
    "cached",
    "web",
    "crowd",
    "startup",
    "memory",
    "telegram",
    "discord",
    "platforms",
    "fuzz",
    "relevance",
    "filing",
    "queries",
    "faithfulness",
    "hostile",
    "due",
    "delivery",
    "briefs",
    "costs",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a bound is missed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--save", action="store_true", help="keep what is measured as the new baselines")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    results: dict[str, list[Row] | str] = {}
    for name in options.names or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            results[name] = importlib.import_module(f"benchmarks.{name}").measure()
        except NotHere as error:
            results[name] = str(error)
    print(table(results))
    measured = {name: rows for name, rows in results.items() if not isinstance(rows, str)}
    if options.save:
        for name, rows in measured.items():
            save(name, rows)
    missed = [row for rows in measured.values() for row in rows if not row.met]
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
