"""Text of one width: what stands for the same character becomes it, and nothing moves."""

from __future__ import annotations

import unicodedata

_DASHES = "‐‑‒–—−－﹣"
_WAVES = "～〜∼˜"
_ACCENTED = {
    code: base
    for code in range(0xC0, 0x180)
    if (base := unicodedata.normalize("NFD", chr(code))[0]).isascii() and base.isalpha()
}
_SAME = (
    _ACCENTED
    | {
        code: chr(code - 0xFEE0)
        for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
    }
    | {ord(dash): "-" for dash in _DASHES}
    | {ord(wave): "~" for wave in _WAVES}
    | {ord(full): half for full, half in zip("％．＋／（）＝＄＾＠", "%.+/()=$^@", strict=True)}
    | {ord(space): " " for space in "\u00a0\u2002\u2003\u2009\u200a\u202f\u205f\u3000"}
    | {ord("µ"): "μ", ord("✕"): "×", ord("✖"): "×", ord("∗"): "*", ord("．"): "."}
)


def plain(text: str) -> str:
    """Return `text` with one form of each digit, letter, dash and space, at the same positions."""
    return text.translate(_SAME)
