"""What Telegram takes as a photo, and what only as a file.

https://core.telegram.org/bots/api#sendphoto
"""

from __future__ import annotations

_MB = 1_000_000
LARGEST_PHOTO, LARGEST_FILE = 10 * _MB, 50 * _MB  # bytes
LONGEST_SIDES = 10_000  # pixels, width and height together
WIDEST = 20  # the longer side by the shorter

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# Of the markers that begin a JPEG's segments, those that say its size: SOF0 to SOF15 but DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def fits_file(data: bytes) -> bool:
    """Tell whether Telegram takes `data` at all."""
    return 0 < len(data) <= LARGEST_FILE


def fits_photo(data: bytes) -> bool:
    """Tell whether Telegram takes `data` as a photo, which shows at once where a file wants a tap."""
    width, height = _size(data)
    return (
        len(data) <= LARGEST_PHOTO
        and min(width, height) > 0
        and width + height <= LONGEST_SIDES
        and max(width, height) <= WIDEST * min(width, height)
    )


def _size(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG or JPEG in pixels, (0, 0) for what is neither."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR":
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    at = len(_JPEG) if data.startswith(_JPEG) else len(data)
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0
