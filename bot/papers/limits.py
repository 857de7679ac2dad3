"""What one request to the arXiv may take. Apart, because naming a limit must not load an HTTP client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two bytes, for a whole answer; and the bytes of it."""

    connect: float = 10.0
    silence: float = 20.0
    whole: float = 60.0
    largest: int = 64 * 1024 * 1024
