"""The colour that a paper's card has, by the archive of its primary category."""

from __future__ import annotations

_COLOURS = {
    "astro-ph": 0x283593, "cond-mat": 0x6A1B9A, "cs": 0x1565C0, "econ": 0x8D6E63, "eess": 0x00838F,
    "gr-qc": 0x37474F, "hep-ex": 0xAD1457, "hep-lat": 0xC2185B, "hep-ph": 0xD81B60, "hep-th": 0x880E4F,
    "math": 0x2E7D32, "math-ph": 0x558B2F, "nlin": 0x9E9D24, "nucl-ex": 0xEF6C00, "nucl-th": 0xE65100,
    "physics": 0x4527A0, "q-bio": 0x00695C, "q-fin": 0xF9A825, "quant-ph": 0x5E35B1, "stat": 0x0277BD,
}  # fmt: skip
_OTHER = 0xB31B1B


def colour(category: str) -> int:
    """Return the same colour for every category of an archive, a dark red for an unknown one."""
    return _COLOURS.get(category.split(".", 1)[0].casefold(), _OTHER)
