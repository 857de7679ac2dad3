"""What a chat likes, as far as it changes the order of what is near the top of its editions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from bot.editions.edition import Entry
from bot.papers.paper import Paper
from bot.store.taste import Vote
from bot.topics.words import normal, readable, singular, words

MOST = 0.1  # of a score, by which liking or disliking may change it
REACH = 2  # times what is shown: what stands further below stays there
_AUTHOR, _WORD = 0.5, 0.2  # how far one vote on a paper with the same mark goes towards the most
_MOST_AUTHORS, _MOST_WORDS = 9, 12
_LEAST = 3  # letters of a word that tells something

# What titles say whatever they are about.
_COMMON = frozenset(
    """about accurate across adaptive adversarial after against aided all algorithm analysis analyzing and app application
    applied applying approach are aware based becoming been before behind benchmark benchmarking better between beyond
    boosting bridging building can case challenge changing combining comparative comparing comparison comprehensive
    considered data dataset deep design designing detecting developing development direct does driven dynamic effect
    effective efficient empirical end enabling enhanced enhancing evaluating evaluation evidence experiment exploiting
    exploring fast few fine first for framework free from full general generic good guided has have high how human
    impact improved improving information insight integrating into introducing investigating investigation its joint
    just large learn learned learning lesson leveraging low making matter mean measuring method methodology mitigating
    model modeling modelling more multi need network neural new non not novel one online only open optimal our over
    paper performance perspective practical problem progress provably quality real report rethinking review revisiting
    robust role scalable scale self shared should simple single small some state step strategy strong study survey system
    systematic task technique than that the their theory they think this three through time too toward training two
    under understanding unified unifying unlocking use using versus via view was what when where which who why wild with within
    without work world you your zero""".split()
)


def marks(paper: Paper) -> tuple[str, ...]:
    """Return what papers like this one have in common with it: authors, and the telling words of its title."""
    names = [" ".join(normal(name).split()) for name in paper.authors]
    if len(names) > _MOST_AUTHORS:
        names = [*names[: _MOST_AUTHORS - 1], names[-1]]
    found = (singular(word.normal) for word in words(readable(paper.title)))
    telling = dict.fromkeys(
        word
        for word in found
        if len(word) >= _LEAST and not word.isdigit() and not {word, f"{word}s"} & _COMMON
    )
    return (
        *dict.fromkeys(f"author {name}" for name in names if name),
        *(f"word {word}" for word in list(telling)[:_MOST_WORDS]),
    )


def reordered(entries: Sequence[Entry], votes: Sequence[Vote], top: int) -> list[Entry]:
    """Return the entries, what the chat likes moved up and what it does not like down, a little.

    Only the first `REACH` times `top` change places among themselves, and none passes another whose score
    differs from its own by more than `MOST` of either allows. Withdrawn papers stay where they are.
    """
    result = list(entries)
    places = [n for n, entry in enumerate(result[: REACH * top]) if not entry.paper.withdrawn]
    pulls = _pulls([result[place].paper for place in places], votes)
    if not any(pulls):
        return result
    # Near-duplicates follow the best of them, whatever their own scores: each counts as what comes after it.
    scores = [max(0.0, result[place].score) for place in places]
    standing = list(accumulate(reversed(scores), max))[::-1]
    order = sorted(range(len(places)), key=lambda n: -standing[n] * (1 + MOST * pulls[n]))
    for place, n in zip(places, order, strict=True):
        result[place] = entries[places[n]]
    return result


def _pulls(papers: Sequence[Paper], votes: Sequence[Vote]) -> list[float]:
    """Return how much each paper is like what was liked, between -1 and 1; below 0 like what was not."""
    liking: Counter[str] = Counter()
    for vote in votes:
        for mark in vote.marks:
            liking[mark] += 1 if vote.liked else -1
    if not liking:
        return [0.0] * len(papers)
    found = [[mark for mark in marks(paper) if liking[mark]] for paper in papers]
    holders = Counter(mark for each in found for mark in each)

    def weight(mark: str) -> float:
        # What all of them have tells none from another.
        telling = 1 - holders[mark] / len(papers)
        return liking[mark] * telling * (_AUTHOR if mark.startswith("author ") else _WORD)

    return [max(-1.0, min(1.0, sum(map(weight, each)))) for each in found]
