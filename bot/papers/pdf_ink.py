"""Where something is drawn on a page, text aside: what is seen counts, however the PDF says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.papers.pdf_lines import Box

CELL = 3  # points across and down, the grain of all of this
_DIFFERENT = 6  # shades of 255 from the paper's own
_REACH = 3  # cells; what is nearer belongs together


def drawings(page: Any, text: Iterable[Box]) -> list[Box]:
    """Return a box around each connected drawing on a page of pypdfium2, to the grain of `CELL`.

    `text` is where letters stand; they are no drawing.
    """
    from PIL import Image, ImageDraw, ImageFilter

    bitmap = page.render(scale=1, grayscale=True, draw_annots=False, may_draw_forms=False)
    grey = bitmap.to_pil()
    paper = _shade_of_paper(grey)
    ink: Image.Image = grey.point([255 if abs(shade - paper) > _DIFFERENT else 0 for shade in range(256)])
    bitmap.close()
    draw = ImageDraw.Draw(ink)
    for box in text:
        around = box.wider(1)
        draw.rectangle((around.left, around.top, around.right, around.bottom), fill=0)
    cells = ink.reduce(CELL).point([0] + [255] * 255)
    joined = cells.filter(ImageFilter.MaxFilter(_REACH))
    return list(_connected(cells.tobytes(), joined.tobytes(), cells.width))


def _shade_of_paper(grey: Any) -> int:
    """Return the commonest shade along the edges."""
    width, height = grey.size
    edges = [
        (0, 0, width, 4),
        (0, height - 4, width, height),
        (0, 0, 4, height),
        (width - 4, 0, width, height),
    ]
    counts = [sum(shades) for shades in zip(*(grey.crop(edge).histogram() for edge in edges), strict=True)]
    return counts.index(max(counts))


def _connected(cells: bytes, joined: bytes, width: int) -> Iterator[Box]:
    """Yield a box around the `cells` of each connected part of `joined`; both are rows of bytes, 0 or 255."""
    parents: list[int] = []
    extents: list[tuple[int, int, int, int]] = []

    def root(part: int) -> int:
        while parents[part] != part:
            parents[part] = parents[parents[part]]
            part = parents[part]
        return part

    above: list[tuple[int, int, int]] = []
    for y in range(len(joined) // width):
        row, inked = (every[y * width : (y + 1) * width] for every in (joined, cells))
        here: list[tuple[int, int, int]] = []
        for start, end in _runs(row):
            part = len(parents)
            parents.append(part)
            first, last = inked.find(b"\xff", start, end), inked.rfind(b"\xff", start, end)
            extents.append((first, y, last + 1, y + 1) if first >= 0 else (width, y + 1, 0, y))
            for other_start, other_end, other in above:
                if other_start < end and other_end > start:
                    parents[root(other)] = root(part)
            here.append((start, end, part))
        above = here
    merged: dict[int, Box] = {}
    for part, extent in enumerate(extents):
        if extent[0] < extent[2]:
            box = Box(*(float(CELL * place) for place in extent))
            merged[root(part)] = merged[root(part)].with_(box) if root(part) in merged else box
    yield from merged.values()


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each run of 255 starts and ends."""
    end = 0
    while (start := row.find(b"\xff", end)) >= 0:
        end = row.find(b"\x00", start)
        end = len(row) if end < 0 else end
        yield start, end
