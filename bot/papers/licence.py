"""What a paper's licence permits: its figures are shown where it allows a part of the work to be passed on.

https://info.arxiv.org/help/license/index.html names those that the arXiv offers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# A figure cut out of its paper is an adaptation, so that "no derivatives" (nd) forbids it. "Non-commercial" (nc) permits
# it: nobody pays a chat for a figure.
_PERMITTED = frozenset({"by", "by-sa", "by-nc", "by-nc-sa"})
_PARTS = ("by", "nc", "nd", "sa")  # in the order in which Creative Commons names them
_VERSION = r"(?P<version>[0-9]\.[0-9])"
_PORT = r"(?:/(?P<port>[a-z]{2,3}))?"  # the jurisdiction that older versions were written for
_DEED = r"(?:/(?:deed|legalcode)(?:\.[A-Za-z_-]{2,8})?)?"
_LICENCE = re.compile(
    rf"/licenses/(?P<kind>[a-z]{{2}}(?:-[a-z]{{2}}){{0,2}})/{_VERSION}{_PORT}{_DEED}", re.IGNORECASE
)
_PUBLIC = re.compile(
    rf"/publicdomain/(?P<kind>zero|mark)/{_VERSION}{_DEED}|/licenses/(?P<old>publicdomain){_DEED}",
    re.IGNORECASE,
)
_OF_THE_ARXIV = re.compile(
    r"/licenses/(?P<kind>nonexclusive-distrib|assumed-1991-2003)(?:/1\.0)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by the name that people know it by.

    `name` is empty where the address is none that we know, and `url` where there is no address to link.
    `may_show`: a figure may be shown, with attribution and the licence named and linked.
    """

    name: str
    url: str
    may_show: bool = False

    @classmethod
    def of(cls, url: str | None) -> Licence:
        """Return the licence at an address. What is not known to permit anything permits nothing."""
        given = (url or "").strip()
        try:
            parts = urlsplit(given)
            host = (parts.hostname or "").lower().removeprefix("www.")
        except ValueError:
            return _UNKNOWN
        if parts.scheme.lower() not in ("http", "https") or parts.username is not None:
            return _UNKNOWN
        path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
        match host:
            case "creativecommons.org":
                return _creative_commons(path)
            case "arxiv.org":
                return _of_the_arxiv(path)
        return _UNKNOWN


_UNKNOWN = Licence("", "")


def _creative_commons(path: str) -> Licence:
    if public := _PUBLIC.fullmatch(path):
        if (public["kind"] or "").lower() == "zero":
            version = public["version"]
            return Licence(f"CC0 {version}", _address(f"publicdomain/zero/{version}"), may_show=True)
        if public["old"]:
            return Licence("Public Domain", _address("licenses/publicdomain"), may_show=True)
        return Licence("Public Domain", _address(f"publicdomain/mark/{public['version']}"), may_show=True)
    found = _LICENCE.fullmatch(path)
    kind = found["kind"].lower() if found else ""
    if not found or any(part not in _PARTS for part in kind.split("-")):
        return _UNKNOWN
    port = (found["port"] or "").lower()
    place = "/".join(filter(None, ("licenses", kind, found["version"], port)))
    name = " ".join(filter(None, ("CC", kind.upper(), found["version"], port.upper())))
    return Licence(name, _address(place), may_show=kind in _PERMITTED)


def _of_the_arxiv(path: str) -> Licence:
    found = _OF_THE_ARXIV.fullmatch(path)
    if not found:
        return _UNKNOWN
    kind = found["kind"].lower()
    name = {
        "nonexclusive-distrib": "arXiv non-exclusive licence to distribute",
        "assumed-1991-2003": "arXiv licence assumed for 1991 to 2003",
    }[kind]
    return Licence(name, f"https://arxiv.org/licenses/{kind}{'/1.0' if kind[0] == 'n' else ''}/")


def _address(place: str) -> str:
    return f"https://creativecommons.org/{place}/"
