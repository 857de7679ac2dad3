"""How well wrong claims are told from right ones: against pairs that people labelled, beside the repository.

`python -m benchmarks.faithfulness` prints the shares by kind of error, and every pair that is judged wrongly.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.rows import Bound, NotHere, Row
from bot.writing.faithfulness.check import Finding, check
from tests.fakes.corpus import data_folder

_WRONG = "unfaithful"
_CONTROL = "control_no_mismatch_found"
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """`label` says whether the text is faithful, `kind` how it fails, or what makes it look so."""

    name: str
    label: str
    kind: str
    source: str
    text: str
    claim: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair, and what the check found in it."""

    pair: Pair
    findings: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        """Whether something was found exactly where something is wrong."""
        return bool(self.findings) == (self.pair.label == _WRONG)

    @property
    def exact(self) -> bool:
        """Whether one of the findings is the labelled claim, or part of it, or holds it."""
        claim = self.pair.claim
        return any(found.claim in claim or claim in found.claim for found in self.findings)


def measure() -> list[Row]:
    """Return the shares of texts in which something was found, by label, and the pace."""
    pairs = _read()
    judged = _judge(pairs)
    return [
        Row("wrong texts caught", _found(judged, _WRONG), "%", Bound("at least", 90)),
        Row("wrong texts caught at the wrong claim", _share(judged, _WRONG), "%", Bound("at least", 90)),
        Row("right but tricky texts flagged", _found(judged, "faithful"), "%", Bound("at most", 15)),
        Row("ordinary right texts flagged", _found(judged, _CONTROL), "%", Bound("at most", 3)),
        Row("checks", _pace(pairs), "/s", Bound("at least", 500)),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what `measure` sums up; return 1 if a bound is missed or the data are missing."""
    try:
        judged = _judge(_read())
        rows = measure()
    except NotHere as error:
        print(error, file=sys.stderr)
        return 1
    by_kind: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for one in judged:
        by_kind[one.pair.label, one.pair.kind].append(one)
    for (label, kind), some in sorted(by_kind.items()):
        print(f"{label:26} {kind:22} {sum(one.right for one in some):3} of {len(some):3} right")
    for one in judged:
        if not one.right:
            print(
                f"missed {one.pair.name} ({one.pair.kind}): {one.pair.claim!r}, found {[f.claim for f in one.findings]}"
            )
    for row in rows:
        print(f"{row.what:40} {row.value:8.1f} {row.unit:3} {row.bound or ''}{'' if row.met else '  MISSED'}")
    return int(not all(row.met for row in rows))


def _read() -> list[Pair]:
    folder = data_folder()
    path = folder / "faithfulness.jsonl" if folder else None
    if path is None or not path.exists():
        raise NotHere("faithfulness.jsonl is not beside the repository")
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Pair(
            record["pair_id"],
            record["label"],
            record.get("error_type") or "",
            f"{record['title']}\n{record['abstract']}",
            record["ai_text"],
            record.get("claim") or "",
        )
        for record in records
    ]


def _judge(pairs: Sequence[Pair]) -> list[Judged]:
    return [Judged(pair, tuple(check(pair.source, pair.text))) for pair in pairs]


def _found(judged: Sequence[Judged], label: str) -> float:
    some = [bool(one.findings) for one in judged if one.pair.label == label]
    return 100 * sum(some) / len(some)


def _share(judged: Sequence[Judged], label: str) -> float:
    some = [one.exact for one in judged if one.pair.label == label]
    return 100 * sum(some) / len(some)


def _pace(pairs: Sequence[Pair]) -> float:
    paces = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        _judge(pairs)
        paces.append(len(pairs) / (time.perf_counter() - started))
    return median(paces)


if __name__ == "__main__":
    sys.exit(main())
