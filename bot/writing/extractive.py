"""A brief made of the abstract's own sentences.

Sentences are ranked by LexRank: Erkan & Radev, "LexRank: Graph-based Lexical Centrality as Salience in
Text Summarization", JAIR 22 (2004), https://doi.org/10.1613/jair.1523, the continuous variant.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from operator import mul

from bot.papers.paper import Paper
from bot.writing.clean import visible
from bot.writing.tasks.brief import Brief

# An abstract has a dozen sentences; the bound is for what only claims to be one.
MOST_SENTENCES = 60
MOST_CHARACTERS = 20_000

_DAMPING = 0.85
_ROUNDS = 50
_CLOSE_ENOUGH = 1e-6
_AT_HAND = 2 * MOST_SENTENCES  # sentences of one abstract, of which the same is asked several times

# How abstracts announce what is theirs, and how they say what came of it.
_OURS = r"\b(?:we|our|this (?:paper|work|article|study|survey|report|thesis|letter)|in this (?:paper|work|study)|here)\b[^.;]{0,80}?\b"
_NEW = re.compile(
    _OURS + r"(?:propos|introduc|present|develop|design|releas|contribut|prove\b|construct|derive)", re.I
)
_DONE = re.compile(
    _OURS + r"(?:show|demonstrat|provide|find|found|stud(?:y|ies)|investigat|examin|analy[sz]|explor|survey|review|argue|address"
    r"|build|train|evaluat|measure|report|establish|obtain|compute|observ|detect|extend|describ|discuss|compar)",
    re.I,
)  # fmt: skip
_RESULT = re.compile(
    r"\b(?:outperform|improv|achiev|surpass|exceed|reduc|results?\b|experiments?\b|findings?\b|attains?\b|accura|faster\b)"
    r"|\d\s*(?:%|×|x\b|percent)",
    re.I,
)
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
# Not compiled before it is used: sets of so many signs take milliseconds, and a short command uses none.
_WORD = rf"[{_CJK}]|[^\W{_CJK}]+"


def brief_of(paper: Paper) -> Brief:
    """Return a brief in which every sentence stands in `paper`'s title or abstract, word for word."""
    found = sentences(paper.abstract)
    if not found:
        return Brief(gist=visible(paper.title), summary="", takeaways=())
    central = lexrank(found)
    telling = [
        _telling(sentence) + score / max(central) for sentence, score in zip(found, central, strict=True)
    ]
    lead = _lead(found, telling, visible(paper.title))
    summary = _summary(central, lead)
    return Brief(
        gist=found[lead],
        summary="".join(_spaced(found[at]) for at in summary).rstrip(),
        takeaways=tuple(found[at] for at in _takeaways(found, telling, set(summary))),
    )


def _spaced(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "！", "？")) else sentence + " "


def sentences(text: str) -> list[str]:
    """Split an abstract; what is longer than any abstract is cut at a sentence."""
    from sentencex import segment

    found = [part.strip() for part in segment("en", visible(text)[:MOST_CHARACTERS])]
    return [part for part in found if re.search(_WORD, part)][:MOST_SENTENCES]


@lru_cache(_AT_HAND)
def _words(text: str) -> Sequence[str]:
    return [word.casefold() for word in re.findall(_WORD, text)]


@lru_cache(_AT_HAND)
def _announces(sentence: str) -> bool:
    """Whether a sentence says what is new."""
    return bool(_NEW.search(sentence))


@lru_cache(_AT_HAND)
def _telling(sentence: str) -> float:
    """Return how much a sentence sounds like a contribution or a result, 0 for background."""
    return _announces(sentence) + 0.7 * bool(_DONE.search(sentence)) + 0.7 * bool(_RESULT.search(sentence))


def _lead(found: Sequence[str], telling: Sequence[float], title: str) -> int:
    """Return the sentence that says what is new: announced as such, and in the words of the title."""
    named = set(_words(title))

    def weight(at: int) -> float:
        shared = len(named & set(_words(found[at]))) / (len(named) or 1)
        return 2 * _announces(found[at]) + telling[at] + shared

    return max(range(len(found)), key=lambda at: (weight(at), -at))


def _summary(central: Sequence[float], lead: int) -> list[int]:
    """Return the lead and the most central sentences: 2 to 4, fewer only where the abstract has fewer."""
    count = len(central)
    wanted = min(count, max(2, min(4, count - 3)))  # leave three others for the takeaways
    others = sorted((at for at in range(count) if at != lead), key=lambda at: -central[at])
    return sorted([lead, *others[: wanted - 1]])


def _takeaways(found: Sequence[str], telling: Sequence[float], told: set[int]) -> list[int]:
    """Return 3 to 5 sentences: contributions and results first, those that the summary lacks before the others."""
    ours = [at for at in range(len(found)) if _announces(found[at]) or _DONE.search(found[at])]
    # A result told before anything of theirs is the state of the field.
    worth = [at for at in range(min(ours, default=0), len(found)) if _telling(found[at])]
    ranked = sorted(worth, key=lambda at: (at in told, -telling[at]))
    fresh = sum(at not in told for at in worth)
    background = sorted(set(range(len(found))) - set(worth), key=lambda at: (at in told, -telling[at]))
    return sorted([*ranked, *background][: min(5, max(3, fresh))])


def lexrank(found: Sequence[str]) -> list[float]:
    """Return how central each sentence is among the others, the scores adding up to 1."""
    bags = [Counter(_words(sentence)) for sentence in found]
    seen_in = Counter(word for bag in bags for word in bag)
    rarity = [0.0, *(math.log(1 + len(bags) / times) for times in range(1, len(bags) + 1))]
    weights = [{word: times * rarity[seen_in[word]] for word, times in bag.items()} for bag in bags]
    norms = [math.sqrt(sum(value * value for value in vector.values())) or 1.0 for vector in weights]
    links = [
        [0.0 if a is b else sum(value * b[word] for word, value in a.items() if word in b) / (na * nb) for b, nb in zip(weights, norms, strict=True)]
        for a, na in zip(weights, norms, strict=True)
    ]  # fmt: skip
    # A sentence that shares no word with another lends its weight to all: linked to itself, it would keep it.
    links = [[value / sum(row) for value in row] if sum(row) else [1 / len(row)] * len(row) for row in links]
    scores = [1 / len(found)] * len(found)
    into = list(zip(*links, strict=True))
    for _ in range(_ROUNDS):
        spread = [sum(map(mul, scores, incoming)) for incoming in into]
        after = [(1 - _DAMPING) / len(found) + _DAMPING * value for value in spread]
        if max(abs(a - b) for a, b in zip(after, scores, strict=True)) < _CLOSE_ENOUGH:
            return after
        scores = after
    return scores
