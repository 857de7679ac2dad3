"""Whether a page has two columns, and its lines in the order in which people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from bot.papers.pdf_read import Line


def find_gutter(pieces: Sequence[Line]) -> float | None:
    """Return where two columns part, None if the page has one. `pieces` are lines split at every wide gap."""
    if len(pieces) < 12:
        return None
    left_edge, right_edge = min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)
    best, fewest = None, math.inf
    for step in range(40, 61):
        x = left_edge + (right_edge - left_edge) * step / 100
        left = [piece for piece in pieces if piece.x1 <= x]
        right = [piece for piece in pieces if piece.x0 >= x]
        crossing = len(pieces) - len(left) - len(right)
        if min(len(left), len(right)) < 6 or crossing > 0.7 * (len(left) + len(right)) or crossing >= fewest:
            continue
        # Lines fill their columns; the cells of a table and the terms of a formula do not.
        if _filled(left) >= 0.55 * (x - left_edge) or _filled(right) >= 0.55 * (right_edge - x):
            best, fewest = x, crossing
    if best is None:
        return None
    # The middle of the free strip, not its edge.
    ends = [piece.x1 for piece in pieces if piece.x1 <= best]
    starts = [piece.x0 for piece in pieces if piece.x0 >= best]
    return (max(ends) + min(starts)) / 2


def _filled(pieces: Sequence[Line]) -> float:
    return median(piece.x1 - piece.x0 for piece in pieces)


def in_order(lines: list[Line], gutter: float) -> list[Line]:
    """Return lines column by column where the file has them row by row; as they are otherwise."""
    sides = [_side(line, gutter) for line in lines]
    columns = [side for side in sides if side]
    back = sum(1 for one, other in pairwise(columns) if (one, other) == (1, -1))
    if back <= max(3, min(columns.count(-1), columns.count(1)) // 4):
        return lines
    ordered: list[Line] = []
    band: list[Line] = []

    def end() -> None:
        for side in (-1, 1):
            ordered.extend(line for line in band if _side(line, gutter) == side)
        band.clear()

    for line in sorted(lines, key=lambda line: -line.y):
        if _side(line, gutter):
            band.append(line)
        else:
            end()
            ordered.append(line)
    end()
    return ordered


def _side(line: Line, gutter: float) -> int:
    """-1 in the left column, 1 in the right, 0 across both."""
    if line.x1 <= gutter + 1:
        return -1
    return 1 if line.x0 >= gutter - 1 else 0
