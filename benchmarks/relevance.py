"""How well papers are filed: against lists that people keep, which are beside the repository.

`python -m benchmarks.relevance` prints each topic; with `--tune` it also finds the weights anew, and says
how topics fare that had no part in it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import Bound, NotHere, Row
from bot.papers.ids import PaperId
from bot.papers.latex import to_text
from bot.papers.paper import Paper
from bot.topics.catalogue import load
from bot.topics.evidence import FEATURES, Witness
from bot.topics.weights import WEIGHTS
from tests.fakes.corpus import data_folder

_KINDS = ("positive", "negative", "cross")
# What an error of each kind costs: a false alarm is seen by everybody who follows the topic.
_COST = {"positive": 1.0, "negative": 1.5, "cross": 1.6}
_PULL = 3.0  # to zero, on weights of standardised features


@dataclass(frozen=True, slots=True)
class Labels:
    """`topic` is the catalogue's id; ids of papers: on its lists, on none of them, on those of other topics."""

    topic: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    cross: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        return {"positive": self.positive, "negative": self.negative, "cross": self.cross}[kind]


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of a topic's positives, negatives and others' positives that are filed under it."""

    recall: float
    false_alarms: float
    cross: float


def measure() -> list[Row]:
    """Return recall and false alarms, averaged over the labelled topics."""
    scores = _scores(WEIGHTS, *_read())
    rates = [_rates(by_kind) for by_kind in scores.values()]
    recall, false_alarms, cross = (
        sum(each) / len(each)
        for each in zip(*((r.recall, r.false_alarms, r.cross) for r in rates), strict=True)
    )
    return [
        Row("recall of papers on a topic's lists", 100 * recall, "%", Bound("at least", 90)),
        Row("false alarms on papers of no list", 100 * false_alarms, "%", Bound("at most", 1)),
        Row("false alarms on other topics' papers", 100 * cross, "%", Bound("at most", 3)),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each topic, and with `--tune` weights to be pasted into `bot/topics/weights.py`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("--tune", action="store_true", help="find the weights anew")
    options = parser.parse_args(arguments)
    try:
        labels, rows = _read()
    except NotHere as error:
        print(error, file=sys.stderr)
        return 1
    _print("as filed", _scores(WEIGHTS, labels, rows))
    if options.tune:
        found = _fit(labels, rows)
        _print("with the weights found", _scores(found, labels, rows))
        left_out = {
            each.topic: _scores(_fit([o for o in labels if o is not each], rows), [each], rows)[each.topic]
            for each in labels
        }
        _print("each topic with weights found without it", left_out)
        print("WEIGHTS = {")
        for name, weight in found.items():
            print(f'    "{name}": {weight:.2f},')
        print("}")
    return 0


Features = Mapping[str, Mapping[str, Any]]  # by topic, by paper
Scores = dict[str, dict[str, Any]]  # by topic, by kind


def _read() -> tuple[list[Labels], Features]:
    folder = data_folder()
    if folder is None or not (folder / "topics").is_dir():
        raise NotHere("labelled topics are not here: set PAPERWIRE_DATA to the folder that holds topics/")
    labels = list(_labels(folder / "topics"))
    wanted = {paper for each in labels for kind in _KINDS for paper in each.of(kind)}
    papers = [paper for paper in read_papers(folder) if paper.id.number in wanted]
    topics = tuple(load())
    places = {topic.id: place for place, topic in enumerate(topics)}
    rows: dict[str, dict[str, Any]] = {each.topic: {} for each in labels}
    witness = Witness(topics)
    for start in range(0, len(papers), 128):
        some = papers[start : start + 128]
        for paper, evidence in zip(some, witness.read(some), strict=True):
            for topic, of_topic in rows.items():
                of_topic[paper.id.number] = evidence.rows[places[topic]]
    return labels, rows


def read_papers(folder: Path) -> Iterator[Paper]:
    """Yield every paper of the corpus, as the arXiv's answers would have it."""
    for name in ("corpus.jsonl.gz", "corpus_partial.jsonl.gz"):
        with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                data = json.loads(line)
                yield Paper(
                    id=PaperId(data["id"]),
                    title=to_text(data["title"]),
                    authors=tuple(data["authors"] or ()),
                    abstract=to_text(data["abstract"] or ""),
                    categories=tuple(data["categories"] or ()),
                    comment=data.get("comment"),
                    journal_ref=data.get("journal_ref"),
                )


def _labels(folder: Path) -> Iterator[Labels]:
    files = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    listed = {file["topic"]: {p["id"] for p in file["positives"]} for file in files}
    by_hand = {file["topic"]: {p["id"] for p in file["positives"] if p["tier"] == "human"} for file in files}
    for file in files:
        name = file["topic"]
        unknown = set(file["unlabelled"])
        negative = set(file["negatives"]) - listed[name]
        others = set().union(*(ids for other, ids in by_hand.items() if other != name))
        yield Labels(
            load().find(name).id,
            tuple(sorted(by_hand[name])),
            tuple(sorted(negative)),
            tuple(sorted(others - listed[name] - unknown - negative)),
        )


def _scores(weights: Mapping[str, float], labels: Sequence[Labels], rows: Features) -> Scores:
    """Return the sums whose sign decides."""
    import numpy

    column = numpy.array([weights.get(name, 0.0) for name in FEATURES])
    return {
        each.topic: {
            kind: numpy.array([rows[each.topic][paper] for paper in each.of(kind)]) @ column
            for kind in _KINDS
        }
        for each in labels
    }


def _rates(by_kind: Mapping[str, Any]) -> Rates:
    recall, false_alarms, cross = (float((by_kind[kind] >= 0).mean()) for kind in _KINDS)
    return Rates(recall, false_alarms, cross)


def _fit(labels: Sequence[Labels], rows: Features) -> dict[str, float]:
    """Return the weights of a logistic regression in which every topic counts the same."""
    import numpy

    features, truth, costs = [], [], []
    for each in labels:
        for kind in _KINDS:
            papers = each.of(kind)
            features += [rows[each.topic][paper] for paper in papers]
            truth += [kind == "positive"] * len(papers)
            costs += [1000 * _COST[kind] / len(papers)] * len(papers)
    x, y, cost = numpy.array(features), numpy.array(truth, float), numpy.array(costs)
    scale = x.std(axis=0)
    kept = [place for place in range(len(FEATURES) - 1) if scale[place] > 0] + [len(FEATURES) - 1]
    while True:
        found = _newton(x[:, kept], y, cost)
        wrong = [place for place, weight in zip(kept, found, strict=True) if _wrong(FEATURES[place], weight)]
        if not wrong:
            return dict(zip((FEATURES[place] for place in kept), map(float, found), strict=True))
        kept = [place for place in kept if place not in wrong]


def _wrong(name: str, weight: float) -> bool:
    """Whether the sign makes no sense: it would be a quirk of these lists."""
    against = ("unnamed", "constant", "both")
    return name not in against and weight < 0


def _newton(x: Any, y: Any, cost: Any) -> Any:
    import numpy

    scale = x.std(axis=0)
    scale[-1] = 1
    z = x / scale
    pull = numpy.eye(z.shape[1]) * _PULL
    pull[-1, -1] = 0
    weights = numpy.zeros(z.shape[1])
    for _ in range(60):
        likely = 1 / (1 + numpy.exp(-z @ weights))
        slope = z.T @ (cost * (likely - y)) + pull @ weights
        bend = (z * (cost * likely * (1 - likely))[:, None]).T @ z + pull
        step = numpy.linalg.solve(bend, slope)
        weights -= step
        if abs(step).max() < 1e-7:
            break
    return weights / scale


def _print(title: str, scores: Scores) -> None:
    print(f"\n{title:44}recall  false alarms  cross")
    rates = {topic: _rates(by_kind) for topic, by_kind in scores.items()}
    for topic, r in rates.items():
        print(f"  {topic:42}{r.recall:6.1%}{r.false_alarms:14.2%}{r.cross:7.2%}")
    count = len(rates)
    print(
        f"  {'on average':42}{sum(r.recall for r in rates.values()) / count:6.1%}"
        f"{sum(r.false_alarms for r in rates.values()) / count:14.2%}"
        f"{sum(r.cross for r in rates.values()) / count:7.2%}"
    )


if __name__ == "__main__":
    sys.exit(main())
