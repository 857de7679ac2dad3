"""The table that a run prints, and the baselines that it is read against."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.rows import Row

_BASELINES = Path(__file__).with_name("baselines")
_HEAD = ("", "measured", "baseline", "bound", "")


def baseline(name: str) -> dict[str, float]:
    """Return what a benchmark measured when its baseline was saved, by row; nothing if none was."""
    path = _BASELINES / f"{name}.json"
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    return found


def save(name: str, rows: Iterable[Row]) -> None:
    """Keep what was measured as the benchmark's baseline."""
    _BASELINES.mkdir(exist_ok=True)
    values = {row.what: float(f"{row.value:.4g}") for row in rows}
    (_BASELINES / f"{name}.json").write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n")


def table(results: Mapping[str, Sequence[Row] | str]) -> str:
    """Return a line for each row under its benchmark's name, or why the benchmark did not run."""
    lines: list[tuple[str, ...] | str] = [_HEAD]
    for name, rows in results.items():
        if isinstance(rows, str):
            lines.append(f"{name}: not run, {rows}")
            continue
        lines.append(name)
        before = baseline(name)
        lines += [_cells(row, before.get(row.what)) for row in rows]
    widths = [
        max(len(line[column]) for line in lines if not isinstance(line, str)) for column in range(len(_HEAD))
    ]
    return "\n".join(line if isinstance(line, str) else _line(line, widths) for line in lines)


def _cells(row: Row, before: float | None) -> tuple[str, ...]:
    mark = "" if row.bound is None else "✓" if row.met else "✗"
    return (
        f"  {row.what}",
        _number(row.value, row.unit),
        "–" if before is None else _number(before, row.unit),
        str(row.bound or ""),
        mark,
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = cells
    right = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return "  ".join((first.ljust(widths[0]), *right)).rstrip()


def _number(value: float, unit: str) -> str:
    shown = f"{value:.0f}" if value == round(value) or value >= 1000 else f"{value:.3g}"
    return f"{shown} {unit}".rstrip()
