"""The reading room as files, to be read from a disk or put behind any server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.web.links import file_of
from bot.web.room import Room


async def export(
    room: Room,
    folder: Path,
    told: Callable[[int, int], None],
) -> int:
    """Write what the room exports into `folder` and return how many files; `told` hears of so many of so many.

    A file that is there is overwritten, whole or not at all. Raises `OSError`, `StoreUnavailable`.
    """
    paths = await room.paths()
    written = 0
    for number, path in enumerate(paths, 1):
        told(number, len(paths))
        page = await room.page(path)
        if page.status != 200:
            continue
        file = folder / file_of(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.new")
        new.write_bytes(page.raw)
        new.replace(file)
        written += 1
    return written
