"""How long to wait for what."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.draft import EVERY, EVERY_AMONG_MANY, PATIENCE


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. Telegram shows "typing" for 5, so it is renewed sooner; for `draft` and `progress` see `Draft`.

    `watch`: how often a webhook is looked after.
    """

    poll: float = 30.0
    read: float = 20.0
    connect: float = 10.0
    typing_after: float = 0.3
    typing_every: float = 4.5
    first_wait: float = 1.0
    longest_wait: float = 30.0
    grace: float = 3.0
    watch: float = 300.0
    draft: float = EVERY
    draft_in_group: float = EVERY_AMONG_MANY
    progress: float = PATIENCE
