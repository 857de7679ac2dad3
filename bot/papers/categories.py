"""The arXiv's categories: which there are, how people write them, and how OAI-PMH calls them.

https://arxiv.org/category_taxonomy
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ARCHIVES = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL"
    " RO SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "gr-qc": "",
    "hep-ex": "",
    "hep-lat": "",
    "hep-ph": "",
    "hep-th": "",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "math-ph": "",
    "nlin": "AO CD CG PS SI",
    "nucl-ex": "",
    "nucl-th": "",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph"
    " geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "quant-ph": "",
    "stat": "AP CO ME ML OT TH",
}
_WRITTEN = re.compile(r"[a-z]+(-[a-z]+)?(\.[a-z-]+)?", re.IGNORECASE)
_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)?(\.[A-Za-z-]+)?")
# Archives that belong to the group "physics", which has an archive of its own name as well.
_PHYSICS = frozenset(
    "astro-ph cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics quant-ph".split()
)


def categories(names: Iterable[str]) -> tuple[str, ...]:
    """Return the arXiv's categories among `names`, each once, in order; they come beside classes: I.2.7, 68T50."""
    return tuple(dict.fromkeys(name for name in names if _CATEGORY.fullmatch(name)))


def oai_set(category: str) -> str:
    """Return the set of a category: `cs:cs:CL`, `physics:hep-th`, `physics:astro-ph:GA`."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    return ":".join(filter(None, (group, archive, subject)))


def canonical(name: str) -> str | None:
    """Return a category, an archive or the beginning of one as the arXiv writes it; None for anything else."""
    if not _WRITTEN.fullmatch(name):
        return None
    archive, point, rest = name.lower().partition(".")
    return archive + point + (rest if archive in ("cond-mat", "physics") else rest.upper())


def is_category(name: str) -> bool:
    """Return whether a canonical name is that of a category or of a whole archive."""
    archive, _, rest = name.partition(".")
    return archive in _ARCHIVES and (not rest or rest in _ARCHIVES[archive].split())


def begins_category(name: str) -> bool:
    """Return whether any category's canonical name begins as `name` does."""
    archive, point, rest = name.partition(".")
    if not point:
        return any(known.startswith(archive) for known in _ARCHIVES)
    return any(category.startswith(rest) for category in _ARCHIVES.get(archive, "").split())


def is_archive(name: str) -> bool:
    """Return whether a canonical name is that of a whole archive."""
    return name in _ARCHIVES
