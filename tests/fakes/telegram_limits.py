"""What Telegram's FAQ for bots says about limits, counted in real time.

30 messages a second over all chats; one a second in one chat, short bursts allowed; 20 a minute in
one group.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque

OVERALL = (30, 1.0)
BURST = (5, 5.0)  # one a second on the long run
GROUP = (20, 60.0)


class Counters:
    """Sliding windows; only messages that were let through count."""

    def __init__(self) -> None:
        self._sent: dict[int | None, deque[float]] = defaultdict(deque)

    def wait(self, chat: int, *, group: bool, now: float, times: int = 1) -> int:
        """Return the seconds that must pass before a message to `chat`, and count it, `times`, if they are 0."""
        windows = [(None, *OVERALL), (chat, *BURST), *([(chat, *GROUP)] if group else [])]
        waits = []
        for key, most, seconds in windows:
            recent = [at for at in self._sent[key] if at > now - seconds]
            if len(recent) >= most:
                waits.append(recent[-most] + seconds - now)
        if waits:
            return max(1, math.ceil(max(waits)))
        for key in (None, chat):
            self._sent[key].extend([now] * times)
            while self._sent[key][0] < now - 60:
                self._sent[key].popleft()
        return 0
