"""What a benchmark reports: rows of a value, and the bound that it has to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["at most", "at least", "exactly"]


@dataclass(frozen=True, slots=True)
class Bound:
    """`kind` says on which side of `value` it is well; the value itself is well always."""

    kind: Kind
    value: float

    def holds(self, measured: float) -> bool:
        """Return whether what was measured keeps the bound."""
        match self.kind:
            case "at most":
                return measured <= self.value
            case "at least":
                return measured >= self.value
            case "exactly":
                return measured == self.value

    def __str__(self) -> str:
        sign = {"at most": "≤", "at least": "≥", "exactly": "="}[self.kind]
        return f"{sign} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One number of one run; without a bound it is there to explain another."""

    what: str
    value: float
    unit: str
    bound: Bound | None = None

    @property
    def met(self) -> bool:
        """Whether the bound holds; what has none is always well."""
        return self.bound is None or self.bound.holds(self.value)


class NotHere(Exception):
    """What the benchmark needs is not there; the message says what."""
