"""The arXiv's categories: which names are some, and how OAI-PMH calls them.

https://arxiv.org/category_taxonomy
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
