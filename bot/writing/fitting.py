"""Fitting a paper to what a model can read: by whole sections, the telling ones first, and never by a cut."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.writing.passages import Passage, Place, laid_out

# What an answer, its reasoning and one repair may take of a context.
_MOST_ANSWER = 16_000
_LEAST_SECTION = 400  # tokens of a section below which its beginning alone says nothing

# Not compiled before it is used: sets of so many signs take milliseconds, and a short command uses none.
_CJK = "[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
_SIGN = "[!-@\\[-`{-~]"
_OTHER = "[^\0-\u007f\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"

_APPENDIX = re.compile(
    r"[A-HJ-UWYZ](?:[.\d]|$)|\W*(?:appendi|supplement)", re.IGNORECASE
)  # I, V and X are numbers
_KINDS = (
    (0, r"abstract|introduction|overview|引言|摘要"),
    (3, r"limitation|conclu|discussion|future work|broader|ethic|impact statement|局限|结论|讨论"),
    (4, r"related work|background|preliminar|prior work|notation|problem (?:setup|statement|formulation)|相关工作|背景"),
    (1, r"result|experiment|evaluation|ablation|analys[ie]s|finding|performance|comparison|case stud|benchmark|实验|结果|评估"),
    (2, r"method|approach|model|architecture|algorithm|framework|system|training|data|design|方法|模型"),
)  # fmt: skip
_APPENDICES, _METHOD, _REST, _TELLING = 5, 2, 4, 3


@dataclass(frozen=True, slots=True)
class Fitted:
    """What of a paper goes to the model, in its order; of some sections a part, of others nothing."""

    passages: tuple[Passage, ...]
    left_out: tuple[Place, ...] = ()
    partly: tuple[Place, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.left_out and not self.partly

    @property
    def pages(self) -> int:
        """How many pages of the PDF it is from."""
        places = (p.place if p.section in self.partly else p.section for p in self.passages)
        return len({page for place in places for page in range(place.first, place.last + 1)})


def tokens(text: str) -> int:
    """Return about how many tokens `text` is, rather too many: tokenisers differ by script and by maker."""
    cjk, signs, other = (len(re.findall(pattern, text)) for pattern in (_CJK, _SIGN, _OTHER))
    letters = len(text) - cjk - signs - other
    return int(letters / 4 + signs + 1.2 * cjk + 1.5 * other) + 1


def budget(context: int, *beside: str) -> int:
    """Return how many tokens of a paper fit into `context` beside some texts and the answer."""
    return context - min(_MOST_ANSWER, context // 4) - sum(map(tokens, beside))


def fit(paper: Sequence[Passage], most: int, *, first: Sequence[Passage] = ()) -> Fitted:
    """Return what of `paper` fits into `most` tokens.

    Those that are to come `first` do, as far as they fill two thirds of it. Then come whole sections: the
    abstract and introduction, results, methods, limitations and conclusion, the rest, appendices. Of a telling
    section that is too long, whole paragraphs are taken from its beginning.
    """
    costs = {passage.id: tokens(laid_out([passage], named=True)) for passage in paper}
    if sum(costs.values()) <= most:
        return Fitted(tuple(paper))
    taken: set[str] = set()
    left = most
    for passage in first:
        if costs[passage.id] <= left - most // 3:
            taken.add(passage.id)
            left -= costs[passage.id]
    for rank, section in _by_rank(paper):
        missing = [passage for passage in section if passage.id not in taken]
        whole = sum(costs[passage.id] for passage in missing)
        if whole > left and (rank > _TELLING or left < _LEAST_SECTION):
            continue
        for passage in missing:
            if costs[passage.id] > left:
                break
            taken.add(passage.id)
            left -= costs[passage.id]
    return _fitted(paper, taken)


def _fitted(paper: Sequence[Passage], taken: Collection[str]) -> Fitted:
    chosen = tuple(passage for passage in paper if passage.id in taken)
    sections = dict.fromkeys(passage.section for passage in paper)
    begun = {passage.section for passage in chosen}
    lacking = {passage.section for passage in paper if passage.id not in taken}
    return Fitted(
        chosen,
        tuple(section for section in sections if section not in begun),
        tuple(section for section in sections if section in begun and section in lacking),
    )


def _by_rank(paper: Sequence[Passage]) -> Iterable[tuple[int, list[Passage]]]:
    """Yield sections with their rank, the most telling first, within a rank in the paper's order."""
    sections: dict[Place, list[Passage]] = {}
    for passage in paper:
        sections.setdefault(passage.section, []).append(passage)
    ranked: list[tuple[int, list[Passage]]] = []
    above: dict[str, int] = {}  # by the number of the section
    seen_results = appendices = False
    for section, found in sections.items():
        appendices = appendices or bool(_APPENDIX.match(section.number or f" {section.title}"))
        own = _APPENDICES if appendices else _kind(section.title)
        parent = above.get(re.split(r"[.\-]", section.number)[0]) if section.number else None
        # Below "4 Experiments" everything is an experiment; what has a name of its own is what the paper proposes.
        rank = parent if parent is not None else own
        if rank is None:
            rank = _REST if seen_results else _METHOD if ranked else 0
        seen_results = seen_results or rank == 1
        if section.number:
            above.setdefault(section.number.rstrip("."), rank)
        ranked.append((rank, found))
    return sorted(ranked, key=lambda pair: pair[0])


def _kind(title: str) -> int | None:
    return next((rank for rank, words in _KINDS if re.search(words, title, re.IGNORECASE)), None)
