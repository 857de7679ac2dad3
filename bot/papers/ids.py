"""arXiv identifiers, parsed from whatever people paste.

Shapes: https://info.arxiv.org/help/arxiv_identifier.html (`YYMM.NNNN` April 2007 to December 2014,
`YYMM.NNNNN` since, `archive/YYMMNNN` from August 1991 to March 2007).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from urllib.parse import unquote

from bot.errors import NotAPaperId

_ARCHIVES = (
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs "
    "dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics "
    "plasm-ph q-alg q-bio quant-ph solv-int supr-con"
).split()

# What may stand before an id: a link to one of the places that show papers by their arXiv id, a DOI, a prefix.
_SITES = r"""
    (?:https?:/+)?(?:[\w-]+\.)*
    (?:arxiv\.org|ar5iv\.org|alphaxiv\.org|huggingface\.co|paperswithcode\.com|scholar\.archive\.org|xxx\.lanl\.gov)(?::\d+)?
"""
_BEFORE = re.compile(
    rf"""(?:
        {_SITES} /+(?:abs|pdf|html|format|ps|e-print|src|list|papers|overview|paper|tb|a|audio)/+
      | {_SITES} /?\?(?:id=)?
      | /?(?:abs|pdf|html)/
      | (?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv[.:]
      | oai:arxiv\.org:
    )?
    (?:arxiv\s*[:.]?)?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_AFTER = re.compile(
    r"""
        (?:\s?v(?P<version>[1-9][0-9]{0,3}))?
        (?:\.pdf|\.html)?
        /?(?:[?\#|].*)?                 # chat programs write <link|its text>
        (?:\s*\[[\w.-]+\].*)?           # the stamp on a first page: [cs.CL] 28 Jan 2025
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NEW = re.compile(r"(?P<yy>[0-9]{2})(?P<mm>[0-9]{2})\.(?P<number>[0-9]{3,7})(?!\d)")
_OLD = re.compile(
    r"(?P<archive>[a-z-]{2,8})(?:\.[a-z-]{2,8})?/(?P<yy>[0-9]{2})(?P<mm>[0-9]{2})(?P<number>[0-9]{3})(?!\d)",
    re.IGNORECASE,
)
# The words of one id in a line: `arXiv: ID`, `ID v2`, a link with a text of its own, the stamp of a first page.
_WORDS = re.compile(
    r"""\s*(
        \[[^\]]{0,500}\]\([^\s)]+\)
      | (?:(?:arxiv|doi)(?:\s*[:：]\s*|\s+(?=[0-9])))?
        \S+
        (?:\s+v[1-9][0-9]*(?!\S))?
        (?:\s+\[[\w.-]+\](?:\s+[0-9]{1,2}\s+[A-Z][a-z]{2}\s+[0-9]{4})?)?
    )(?:\s+(.*))?""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_WRAP = "\"'`*_~“”‘’«»‹›<>()[]{}（）【】「」『』《》〈〉"
_TRAIL = _WRAP + ".,;:!?…。，；：！？、"
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_LONGEST = 1000  # characters; a link with a query is far shorter


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
        before = _BEFORE.match(bare)
        bare = bare[before.end() :] if before else bare
        shape = _NEW.match(bare) or _OLD.match(bare)
        rest = _AFTER.fullmatch(bare, shape.end()) if shape else None
        if not shape or not rest or not 1 <= int(shape["mm"]) <= 12:
            raise NotAPaperId(given[:60])
        return cls(_canonical(shape, given), int(rest["version"]) if rest["version"] else None)

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split a line into the words of an id and the rest: `arXiv: 2406.15319` is two words."""
        found = _WORDS.fullmatch(line)
        return (found[1], (found[2] or "").strip()) if found else ("", "")

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
    """Fold full-width characters, escapes of links and odd dots, drop what cannot be seen."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise NotAPaperId(_visible(text[:60]))
    folded = unicodedata.normalize("NFKC", unquote(text)).replace("。", ".").translate(_DASHES)
    return _visible(folded).strip()


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def _canonical(shape: re.Match[str], given: str) -> str:
    month = shape["yy"] + shape["mm"]
    if "archive" in shape.groupdict():
        archive = shape["archive"].lower()
        if archive not in _ARCHIVES or not ("9107" <= month <= "9912" or "0001" <= month <= "0703"):
            raise NotAPaperId(given[:60])
        return f"{archive}/{month}{shape['number']}"
    if not "0704" <= month <= "9106":
        raise NotAPaperId(given[:60])
    digits = 4 if month <= "1412" else 5
    if len(shape["number"]) != digits:
        raise NotAPaperId(given[:60], digits)
    return f"{month}.{shape['number']}"
