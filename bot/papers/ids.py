"""arXiv identifiers, parsed from whatever people paste.

Shapes: https://info.arxiv.org/help/arxiv_identifier.html (`YYMM.NNNN` April 2007 to December 2014,
`YYMM.NNNNN` since, `archive/YYMMNNN` from August 1991 to March 2007).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from bot.errors import NotAPaperId

_ARCHIVES = (
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs "
    "dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics "
    "plasm-ph q-alg q-bio quant-ph solv-int supr-con"
).split()

# What may stand before an id: a link to one of the places that show papers by their arXiv id, a DOI, a prefix.
_BEFORE = re.compile(
    r"""^(?:
        (?:https?://)?(?:[\w-]+\.)*(?:arxiv\.org|ar5iv\.org|alphaxiv\.org|huggingface\.co|paperswithcode\.com|scholar\.archive\.org)
            /(?:abs|pdf|html|format|ps|e-print|src|list|papers|overview|paper|tb|a|audio)/
      | (?:https?://)?(?:dx\.)?doi\.org/10\.48550/arxiv[.:]
      | (?:doi:\s*)?10\.48550/arxiv[.:]
      | (?:https?://)?(?:[\w-]+\.)*arxiv\.org/?\?(?:id=)?
      | (?:oai:arxiv\.org:|arxiv\s*[:.]?\s*)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_AFTER = re.compile(
    r"""(?:
        (?:v(?P<version>[1-9]\d{0,3}))?
        (?:\.pdf|\.html)?
        /?(?:[?\#].*)?
        (?:\s*\[[\w.-]+\].*)?           # the stamp on a first page: [cs.CL] 28 Jan 2025
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_NEW = re.compile(r"(?P<yy>\d\d)(?P<mm>\d\d)\.(?P<number>\d{3,7})(?!\d)")
_OLD = re.compile(
    r"(?P<archive>[a-z-]{2,8})(?:\.[A-Za-z-]{2,8})?/(?P<yy>\d\d)(?P<mm>\d\d)(?P<number>\d{3})(?!\d)", re.I
)
_WRAP = "\"'`“”‘’«»‹›<>()[]{}（）【】「」『』《》〈〉"
_TRAIL = _WRAP + ".,;:!?…。，；：！？、"


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """A paper, or one version of it.

    `number` is canonical: `2406.15319`, or `math/0309136` without the subject class.
    """

    number: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> PaperId:
        """Read an id, a link, a DOI or a stamp. Raises `NotAPaperId`."""
        given = _normal(text)
        if markdown := re.fullmatch(r"\[[^\]]*\]\((\S+)\)", given):
            given = markdown[1]
        bare = given.strip(_WRAP + " ").rstrip(_TRAIL + " ")
        if bare.count("[") > bare.count("]"):  # the stamp's own bracket was taken for a wrapping
            bare += "]"
        bare = _BEFORE.sub("", bare)
        shape = _NEW.match(bare) or _OLD.match(bare)
        rest = _AFTER.match(bare[shape.end() :]) if shape else None
        if not shape or not rest or not 1 <= int(shape["mm"]) <= 12:
            raise NotAPaperId(text.strip()[:60])
        version = int(rest["version"]) if rest["version"] else None
        return cls(_canonical(shape, text), version)

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split a line into the words of an id and the rest: `arXiv: 2406.15319` is two words."""
        found = re.match(r"\s*((?:arxiv|doi)\s*[:：]\s+)?(\S+)(?:\s+(.*))?$", line, re.IGNORECASE | re.DOTALL)
        return ((found[1] or "") + found[2], (found[3] or "").strip()) if found else ("", "")

    @property
    def unversioned(self) -> PaperId:
        return replace(self, version=None)

    @property
    def abs_url(self) -> str:
        return f"https://arxiv.org/abs/{self}"

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self}"

    def __str__(self) -> str:
        return f"{self.number}v{self.version}" if self.version else self.number


def _normal(text: str) -> str:
    """Fold full-width characters and odd dots, drop what cannot be seen."""
    folded = unicodedata.normalize("NFKC", text).replace("。", ".").translate(_DASHES)
    return "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cf")).strip()


_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def _canonical(shape: re.Match[str], text: str) -> str:
    month = shape["yy"] + shape["mm"]
    if "archive" in shape.groupdict():
        archive = shape["archive"].lower()
        if archive not in _ARCHIVES or not ("9107" <= month <= "9912" or "0001" <= month <= "0703"):
            raise NotAPaperId(text.strip()[:60])
        return f"{archive}/{month}{shape['number']}"
    if month < "0704" or month > "9106":
        raise NotAPaperId(text.strip()[:60])
    digits = 4 if month <= "1412" else 5
    if len(shape["number"]) != digits:
        raise NotAPaperId(text.strip()[:60], digits)
    return f"{month}.{shape['number']}"
