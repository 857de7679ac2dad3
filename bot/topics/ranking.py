"""The order in which matched papers are shown: what is most about the topic and carries most weight first."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.papers.paper import Paper
from bot.topics.matching import Match
from bot.topics.terms import split

_SHINGLE = 3  # words
_SAME = 0.5  # share of shingles from which on two abstracts are twins
_SAME_BY_AUTHORS = 0.3  # the same where an author is the same
_MOST_HOLDERS = 40  # papers: a shingle that so many have is a phrase of the trade

_SURELY = 0.99  # a score from which on a paper is as much about a topic as can be
_VENUE_WEIGHT = 0.12
_CODE_WEIGHT = 0.05
_BREADTH_WEIGHT = 0.01  # for each further category, up to three
_MOST_BREADTH = 3

_VENUES = (
    "NeurIPS NIPS ICML ICLR AISTATS UAI COLT AAAI IJCAI ECAI ACL EMNLP NAACL EACL AACL IJCNLP COLING CoNLL TACL COLM LREC "
    "LREC-COLING SemEval RANLP SIGDIAL INLG CVPR ICCV ECCV WACV BMVC ACCV 3DV SIGGRAPH Eurographics MICCAI MIDL ISBI IPMI "
    "ICASSP INTERSPEECH Interspeech ISMIR ASRU SLT WASPAA EUSIPCO SIGIR CIKM WSDM WWW KDD RecSys ECIR ECML PKDD ECML-PKDD "
    "ICDM SDM ICDE VLDB PVLDB SIGMOD EDBT DASFAA ISWC ESWC JCDL ICRA IROS CoRL RSS HRI CHI CSCW UIST IUI FAccT AIES AAMAS "
    "ICAPS ICSE FSE ESEC/FSE ISSTA ICSME MSR OOPSLA PLDI POPL CCS NDSS USENIX OSDI SOSP NSDI MLSys ASPLOS ISCA HPCA DAC "
    "DATE ICCAD INFOCOM SIGCOMM PAKDD STOC FOCS SODA TMLR JMLR JAIR TPAMI IJCV TIP TNNLS TKDE TOIS TASLP TMI TVCG TCSVT "
    "GECCO IJCNN ICANN ICPR ICIP ICME ICMR ACMMM ICDAR IGARSS NLPCC CoLLAs ICWSM RA-L RAL T-RO IJRR TOG PRCV"
).split()
_NAME = re.compile(
    r"(?<![A-Za-z-])(?P<name>"
    + "|".join(sorted(map(re.escape, _VENUES), key=len, reverse=True))
    + r"|ACM (?:MM|Multimedia)|(?:IEEE|ACM) (?:Transactions|Journal) on [A-Z]\w+(?:(?: (?:and|&|of|in|on))?,? [A-Z]\w+){0,4}"
    r"|(?<!Chapter of the )(?<!Transactions of the )Association (?:for|of) Computational Linguistics"
    r"|Nature(?: [A-Z][a-z]+){1,2}|(?<!Association for )(?<!Association of )(?<!Conference on )Computational Linguistics"
    r"|Neural Networks)"
    r"(?![A-Za-z]|-[A-Za-vx-z])(?:['’\s-]*(?P<year>(?:19|20)\d\d|\d\d(?![\d.,:])))?"
)
# A venue that we do not know, where it is said that it took the paper: ICCCN 2025.
_OTHER = re.compile(r"(?<![\w-])(?P<name>[A-Z][A-Za-z]*[A-Z]{2}[A-Za-z]*)(?:['’\s-]*(?P<year>(?:19|20)\d\d))")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TAKEN = re.compile(
    r"\b(?:accept(?:ed|ance)|to appear|appear(?:s|ed|ing)? (?:at|in|on)|published|presented|forthcoming|camera[- ]ready|oral|"
    r"spotlight|poster|highlight|proceedings|in press|best paper|main (?:conference|track)|findings)\b",
    re.IGNORECASE,
)
_NOT_TAKEN = re.compile(
    r"\b(?:submitted (?:to|for|at)|submission to|under (?:[\w-]+ ){0,2}review|in review|under consideration|withdrawn|reject\w*|"
    r"not (?:yet )?(?:accepted|published)|in preparation|to be submitted|plan(?:ned)? to|"
    r"exten(?:sion|ds|ded version) of|format|template|style)\b",
    re.IGNORECASE,
)
_TRACK = re.compile(
    r"\b(?P<track>findings|workshops?|oral|spotlight|demos?|demonstrations?|industry|tutorial|highlight|best paper)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"github\.com/|gitlab\.com/|huggingface\.co/|zenodo\.org/|kaggle\.com/|\.github\.io"
    r"|\b(?:code|codes|data|datasets?|models?|weights|checkpoints|implementation|source code|benchmark)\b[^.;]{0,60}"
    r"\b(?:is|are|(?:is|are) now|(?:is|are) publicly|been|made)\s+(?:\w+\s+)?"
    r"(?:available|released|open[- ]?sourced|accessible|published)"
    r"|\b(?:we|have|publicly)\s+(?:\w+\s+)?(?:release|released|open[- ]?source|open[- ]?sourced)\b[^.;]{0,60}"
    r"\b(?:code|data|datasets?|models?|weights|benchmark|checkpoints|implementation)\b",
    re.IGNORECASE,
)
# Stands in whatever the pattern above finds, and in few other sentences: a look for it costs a tenth.
_SAYS_CODE = re.compile(r"\.(?:com|co|org|io)|availab|releas|open[- ]?sourc|accessib|publish", re.IGNORECASE)
_LATER = re.compile(
    r"\bwill (?:be|release|open)|\bupon (?:acceptance|publication)|\bto be released|\bsoon\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One matched paper: `position` among those given; `twins` are positions of what says nearly the same."""

    position: int
    score: float
    venue: str | None
    code: bool
    twins: tuple[int, ...] = ()


def rank(papers: Sequence[Paper], matches: Sequence[Match | None]) -> list[Ranked]:
    """Return the matched papers, best first; a paper's near-duplicates follow it at once.

    `matches` goes with `papers`; what is None is left out. The order depends on nothing else, least of all on
    the order of what is given: ties go by id.
    """
    found: dict[int, Ranked] = {}
    for position, (paper, match) in enumerate(zip(papers, matches, strict=True)):
        if match is not None:
            venue, code = venue_of(paper), has_code(paper)
            found[position] = Ranked(position, _score(paper, match, venue, code), venue, code)
    groups = _groups(papers, sorted(found, key=lambda position: str(papers[position].id)))
    ordered: list[Ranked] = []

    def standing(position: int) -> tuple[float, str]:
        return -found[position].score, str(papers[position].id)

    for group in sorted((sorted(group, key=standing) for group in groups), key=lambda g: standing(g[0])):
        for position in group:
            one = found[position]
            twins = tuple(other for other in group if other != position)
            ordered.append(Ranked(one.position, one.score, one.venue, one.code, twins))
    return ordered


def venue_of(paper: Paper) -> str | None:
    """Return where a paper was accepted or published, as in "NAACL 2025" or "ACL 2025 Findings"."""
    if paper.journal_ref and (match := _NAME.search(paper.journal_ref)):
        return _named(match, paper.journal_ref)
    for part in _parts(paper.comment or ""):
        if _NOT_TAKEN.search(part):
            continue
        taken = _TAKEN.search(part)
        for match in _NAME.finditer(part):
            if taken or match["year"]:
                return _named(match, part)
        if taken and (match := _OTHER.search(part)):
            return _named(match, part)
    return None


def has_code(paper: Paper) -> bool:
    """Whether code, data or a model is there to be had, and not only promised."""
    texts = (paper.comment or "", paper.abstract)
    return any(
        _SAYS_CODE.search(sentence) and _CODE.search(sentence) and not _LATER.search(sentence)
        for text in texts
        for sentence in re.split(r"(?<=[.;!?])\s+", text)
    )


def _score(paper: Paper, match: Match, venue: str | None, code: bool) -> float:
    breadth = min(_MOST_BREADTH, max(0, len(paper.categories) - 1))
    signs = _VENUE_WEIGHT * bool(venue) + _CODE_WEIGHT * code + _BREADTH_WEIGHT * breadth
    return round(_relevance(match.score) + (0 if paper.withdrawn else signs) - paper.withdrawn, 4)


def _relevance(score: float) -> float:
    """Spread the scores by their odds: 0.9 is as far from 0.99 as from an even chance, which is 0.5 here."""
    certain = min(max(score, 1 - _SURELY), _SURELY)
    return 0.5 + 0.5 * math.log(certain / (1 - certain)) / math.log(_SURELY / (1 - _SURELY))


def _parts(comment: str) -> Iterator[str]:
    """Yield the statements of a comment: "Accepted to ACL 2025; 12 pages" makes two of them."""
    yield from re.split(r"[;.]\s+|\n", comment)


def _named(match: re.Match[str], said: str) -> str:
    name, year = match["name"], match["year"]
    if name.startswith("Association"):
        name = "ACL"
    if year:
        year = f"20{year}" if len(year) == 2 else year
    elif beside := _YEAR.search(said):
        year = beside[0]
    track = _TRACK.search(said)
    words = [name, year or "", track["track"].capitalize() if track else ""]
    return " ".join(word for word in words if word)


def _groups(papers: Sequence[Paper], positions: Sequence[int]) -> list[list[int]]:
    """Put near-duplicates together: of each position at least a group of its own."""
    shingles = {position: _shingles(papers[position]) for position in positions}
    holders: dict[str, list[int]] = {}
    for position in positions:
        for shingle in shingles[position]:
            holders.setdefault(shingle, []).append(position)
    shared: dict[tuple[int, int], int] = {}
    for together in holders.values():
        if 1 < len(together) <= _MOST_HOLDERS:
            for place, one in enumerate(together):
                for other in together[place + 1 :]:
                    shared[one, other] = shared.get((one, other), 0) + 1
    # Versions of one paper belong together, whatever became of their words.
    first = {papers[position].id.number: position for position in reversed(positions)}
    group_of = {position: first[papers[position].id.number] for position in positions}

    def root(position: int) -> int:
        while group_of[position] != position:
            position = group_of[position]
        return position

    for (one, other), count in shared.items():
        least = min(len(shingles[one]), len(shingles[other]))
        known = not set(papers[one].authors).isdisjoint(papers[other].authors)
        if count >= (_SAME_BY_AUTHORS if known else _SAME) * least:
            group_of[root(other)] = root(one)
    groups: dict[int, list[int]] = {}
    for position in positions:
        groups.setdefault(root(position), []).append(position)
    return list(groups.values())


def _shingles(paper: Paper) -> Mapping[str, None]:
    words = [word.lower() for word in split(f"{paper.title} {paper.abstract}")]
    return dict.fromkeys(" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1)))
