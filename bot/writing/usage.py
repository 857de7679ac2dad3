"""What a piece of writing cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls that a model answered, and the tokens that its server counted for them.

    `cached_tokens` are those of the prompt that the server had at hand; they are among `prompt_tokens`.
    `money` is in the currency of the price table, 0 for a model without a price. `retries` are requests that
    failed on the way to those answers.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    money: float = 0.0
    retries: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.money + other.money,
            self.retries + other.retries,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cached_tokens": self.cached_tokens,
            "money": self.money,
            "retries": self.retries,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Usage:
        """Return what `to_json` wrote, with 0 for what an older record does not know."""
        return cls(**{name: data.get(name, 0) for name in cls.__slots__})
