"""Which papers of a period a roundup is about, and how they fall into themes where no model says so.

The seats are shared out among the neighbouring topics that the papers were filed under, so that the roundup shows
what the period was about and not forty papers of its loudest topic; within a topic the best ranked papers go
first, of equals those that are most like the others, and none that says what another says already.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.editions.likeness import Likeness, Vector, alike, centre
from bot.papers.paper import Paper
from bot.topics.matching import Match
from bot.topics.ranking import Ranked, rank

MOST = 40  # papers
MOST_THEMES = 8
_SMALLEST, _LARGEST, _FULL = 3, 8, 10  # papers under one topic: seats shared out, and with what is left over
_BROAD = 0.5  # share of the papers from which on a topic parts nothing
_REST = 4  # seats for what belongs to no topic that has a theme
_CENTRAL, _REPEATED = (
    1.2,
    0.8,
)  # weights of being like the topic's others, and of being like one chosen already
_SURELY = 0.8  # score from which on a paper is as good under another heading
_ABOUT = 0.2  # weight of how surely a paper was filed under the topic
_LOOKED_AT = 150  # of a topic's best, for the time it takes

# Topics that a reader looks for under one heading; each of the others stands alone.
_KIN = (
    ("alignment", "jailbreak", "nlp-social", "adversarial", "privacy"),
    ("evaluation", "hallucination"),
    ("rag", "long-context", "information-retrieval"),
    ("fine-tuning", "continual-learning"),
    ("inference", "quantization", "moe", "distillation", "state-space"),
    ("multimodal", "speech", "tts", "video-understanding"),
    ("agents", "robotics", "autonomous-driving", "world-models"),
    ("medicine", "medical-imaging"),
    ("gaussian-splatting", "nerf", "3d-generation"),
    ("segmentation", "detection", "remote-sensing"),
    ("motion", "talking-heads"),
    ("diffusion", "diffusion-lm"),
    ("knowledge-graph", "graph-learning"),
)
_HEADS = {topic: kin[0] for kin in _KIN for topic in kin}


@dataclass(frozen=True, slots=True)
class Fitting:
    """A paper that fits, how it does, and the catalogue's other topics that it was filed under, with their scores."""

    paper: Paper
    match: Match
    topics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Group:
    """Papers, the best first, under the topic `head` and its kin; None is the rest."""

    head: str | None
    chosen: tuple[tuple[Fitting, Ranked], ...]

    @property
    def topics(self) -> Counter[str]:
        """How many of the papers were filed under each of the topics that make the group."""
        return Counter(topic for one, _ in self.chosen for topic in one.topics if _head(topic) == self.head)


def select(fitting: Sequence[Fitting], *, most: int = MOST) -> tuple[Group, ...]:
    """Return at most `most` papers in groups, the largest topic first and the rest at the end.

    Of twins the best ranked one is taken, and none that was withdrawn. Depends on nothing but `fitting`.
    """
    ranked = rank([one.paper for one in fitting], [one.match for one in fitting])
    seen: set[int] = set()
    standing: list[tuple[Fitting, Ranked]] = []
    for one in ranked:
        if one.position not in seen and not fitting[one.position].paper.withdrawn:
            standing.append((fitting[one.position], one))
        seen |= {one.position, *one.twins}
    if not standing:
        return ()
    homes = _homes([one for one, _ in standing])
    sizes = Counter(home for home in homes if home)
    seats = _seats(sizes, min(most, len(standing)))
    pool = _Pool(standing, Likeness([one.paper for one, _ in standing]))
    groups: dict[str, list[int]] = {}
    taken: set[int] = set()
    for head, count in seats.items():
        mine = [place for place, home in enumerate(homes) if home == head]
        groups[head] = pool.pick(mine, count, taken, head)
        taken.update(groups[head])
    left = min(most, len(standing)) - len(taken)
    free = [place for place in range(len(standing)) if place not in taken]
    homeless = [place for place in free if homes[place] not in seats]
    rest: list[int] = []
    for place in pool.pick(homeless if len(homeless) >= left else free, left, taken):
        second = _second_home(standing[place][0], [h for h in groups if len(groups[h]) < _FULL])
        (groups[second] if second else rest).append(place)
    if groups and len(rest) < _SMALLEST:  # too few for a heading: what has one takes their seats
        at_home = [
            place for place in free if homes[place] in groups and place not in taken.union(*groups.values())
        ]
        instead = pool.pick(at_home, len(rest), taken)
        for place in instead:
            groups[homes[place] or ""].append(place)
        for place in rest[len(instead) :]:
            groups[pool.nearest(place, groups)].append(place)
        rest = []
    return tuple(
        Group(head, tuple(standing[place] for place in sorted(places)))
        for head, places in [*groups.items(), (None, rest)]
        if places
    )


def _homes(papers: Sequence[Fitting]) -> list[str | None]:
    """Return the one heading that says most about each paper: filed there surely, with few others."""
    under = [{_head(topic) for topic in one.topics} for one in papers]
    spread = Counter(head for heads in under for head in heads)
    total = len(papers)
    telling = {
        head: math.log(total / n) + 0.5 for head, n in spread.items() if n <= _BROAD * total or n <= _SMALLEST
    }

    def home(one: Fitting) -> str | None:
        known = [topic for topic in one.topics if _head(topic) in telling]
        best = max(known, key=lambda t: (_sure(one.topics[t]) * telling[_head(t)], t), default=None)
        return best and _head(best)

    return [home(one) for one in papers]


def _second_home(one: Fitting, heads: Sequence[str]) -> str | None:
    """Return that of some headings under which a paper was filed most surely, None if it was under none."""
    scores = {
        head: max((score for topic, score in one.topics.items() if _head(topic) == head), default=0.0)
        for head in heads
    }
    best = max(scores, key=lambda head: (scores[head], head), default=None)
    return best if best and scores[best] >= _SURELY else None


def _head(topic: str) -> str:
    return _HEADS.get(topic, topic)


def _sure(score: float) -> float:
    return score * score


def _seats(sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """Share `most` seats among the largest topics, by the root of their size; a few stay for the rest."""
    large = sorted((t for t in sizes if sizes[t] >= _SMALLEST), key=lambda t: (-sizes[t], t))
    themes = large[: min(MOST_THEMES, max(1, most // (_SMALLEST + 1)))]
    if not themes:
        return {}
    free = most - _REST if most >= 5 * _SMALLEST else most
    roots = {topic: math.sqrt(sizes[topic]) for topic in themes}
    seats = {
        t: min(sizes[t], _LARGEST, max(_SMALLEST, int(free * roots[t] / sum(roots.values())))) for t in themes
    }
    while sum(seats.values()) < free:
        room = [t for t in themes if seats[t] < min(sizes[t], _LARGEST)]
        if not room:
            break
        seats[max(room, key=lambda t: (roots[t] / seats[t], t))] += 1
    while sum(seats.values()) > most:
        seats[max(seats, key=lambda t: (seats[t], t))] -= 1
    return seats


@dataclass(frozen=True, slots=True)
class _Pool:
    """The papers that stand for election, the best first."""

    standing: Sequence[tuple[Fitting, Ranked]]
    likeness: Likeness

    def pick(
        self, places: Sequence[int], count: int, taken: Collection[int], head: str | None = None
    ) -> list[int]:
        """Return `count` of `places`, the best for `head` one by one, each unlike those before it and those `taken`."""
        left = list(places[:_LOOKED_AT])
        middle = centre(self.likeness.vectors[place] for place in places)
        worth = {place: self._worth(place, middle, head) for place in left}
        near = {place: max((self._alike(place, t) for t in taken), default=0.0) for place in left}
        chosen: list[int] = []
        while left and len(chosen) < count:
            best = max(left, key=lambda place: (worth[place] - _REPEATED * near[place], -place))
            chosen.append(best)
            left.remove(best)
            for place in left:
                near[place] = max(near[place], self._alike(place, best))
        return chosen

    def nearest(self, place: int, groups: Mapping[str, Sequence[int]]) -> str:
        """Return the group whose papers are most like the one at `place`."""
        vectors = self.likeness.vectors
        middles = {head: centre(vectors[other] for other in places) for head, places in groups.items()}
        return max(groups, key=lambda head: (alike(vectors[place], middles[head]), head))

    def _worth(self, place: int, middle: Vector, head: str | None) -> float:
        one, ranked = self.standing[place]
        about = max((one.topics[topic] for topic in one.topics if _head(topic) == head), default=0.0)
        return ranked.score + _CENTRAL * alike(self.likeness.vectors[place], middle) + _ABOUT * about

    def _alike(self, one: int, other: int) -> float:
        return alike(self.likeness.vectors[one], self.likeness.vectors[other])
