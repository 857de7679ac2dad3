from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore", DeprecationWarning
    )  # discord.py imports audioop for the voice we have not
    import discord as _  # noqa: F401

from tests.fakes.discord import DiscordFake
from tests.platforms.discord.desk import Desk


@pytest.fixture
def fake() -> Iterator[DiscordFake]:
    with DiscordFake() as running:
        # A busy machine may stop for seconds; a test about being late forwards the clock.
        running.interactions.grace = 15.0
        yield running


@pytest.fixture
def desk() -> Desk:
    return Desk()
