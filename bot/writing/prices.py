"""What models charge: the table that an owner writes into the settings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.writing.usage import Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in whatever currency the owner thinks in.

    `cached` is for tokens of the prompt that the server had at hand.
    """

    prompt: float = 0.0
    completion: float = 0.0
    cached: float = 0.0

    def of(self, usage: Usage) -> Usage:
        """Return `usage` with the money that it comes to."""
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        spent = (
            (usage.prompt_tokens - cached) * self.prompt
            + cached * self.cached
            + usage.completion_tokens * self.completion
        )
        return replace(usage, money=spent / _MILLION)


FREE = Price()


def parse_prices(text: str) -> Mapping[str, Price]:
    """Read `gpt-5-mini=0.25/2.00, gpt-5=1.25/10/0.125`: prompt, completion and, if told apart, cached prompt.

    Raises `ValueError` with a sentence for the owner.
    """
    prices: dict[str, Price] = {}
    for entry in filter(None, map(str.strip, re.split(r"[,;\n]", text))):
        # A model's name may hold any sign but a comma: `openai/gpt-5`, `qwen3:8b`.
        name, sign, figures = (part.strip() for part in entry.rpartition("="))
        if not sign or not name:
            raise ValueError(f"`{entry}` names no model and its price; write `gpt-5-mini=0.25/2.00`")
        if name in prices:
            raise ValueError(f"`{name}` stands there twice")
        prices[name] = _price(entry, figures)
    return MappingProxyType(prices)


def _price(entry: str, figures: str) -> Price:
    try:
        amounts = [float(figure) for figure in figures.split("/")]
    except ValueError:
        amounts = []
    if not 2 <= len(amounts) <= 3 or not all(math.isfinite(a) and a >= 0 for a in amounts):
        raise ValueError(
            f"`{entry}` needs two or three prices of a million tokens, for the prompt, the completion and the cached "
            "prompt: `gpt-5=1.25/10/0.125`"
        )
    # Who names no price for the cached part pays for it as for the rest.
    prompt, completion, *cached = amounts
    return Price(prompt, completion, cached[0] if cached else prompt)
