"""Telegram's limits, kept on this side: who may send when.

`Pace` decides and knows no clock; `Turns` waits. One chat's pause holds up no other chat, and what
people asked for goes before what they did not. What they asked for waits for nothing but what Telegram
says, because Telegram bears bursts of answers: its limit over all chats is for notifications, and is
shared with answers only while those go out, evenly, so that there is room for an answer at any moment.
Once it has complained, everything keeps to the limits for a minute.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_FEW = 2_000  # chats that are remembered without another thought
_TOGETHER = 3  # notifications that may catch up at once: timers are late, and what is lost adds up
# Seconds that a message is taken to be late at most: pictures are fetched before they are answered.
_LATE = 0.1
_WARNED = 60.0  # seconds of keeping to the limits in everything, after Telegram has complained
_KEPT = 10  # messages a minute that drafts leave a group for answers

Window = tuple[int, float]  # at most so many messages in so many seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """What Telegram allows, each window a little longer, for the way there takes varying time.

    In one chat that is one message a second with short bursts.
    """

    overall: Window = (30, 1.02)
    chat: Window = (5, 5.2)
    group: Window = (20, 61.0)


@dataclass(slots=True)
class Counted:
    """A message, when it was sent and how long its answer took; no time, while there is none."""

    at: float
    took: float = 0.0


class Pace:
    """When the next message may go to a chat, by what was sent before."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._longest = max(limits.overall[1], limits.chat[1], limits.group[1])
        self._overall: deque[Counted] = deque(maxlen=limits.overall[0])
        self._chats: dict[str, deque[float]] = {}
        self._held: dict[str, float] = {}
        self._room = _FEW
        self._warned = -_WARNED
        self._notified = -_WARNED
        self._spacing = limits.overall[1] / limits.overall[0]
        self._quickest = float("inf")  # answer yet, in seconds
        self._even = 0.0  # when the next notification is due, if all of them go out evenly

    def free(self, chat: str) -> float:
        """Return the time from which `chat` may get a message, other chats aside."""
        sent = self._chats.get(chat, ())
        windows = [self._limits.chat, *([self._limits.group] if is_group(chat) else [])]
        return max(self._held.get(chat, 0.0), *(_free(sent, window) for window in windows))

    def spare(self, chat: str) -> float:
        """Return the time from which `chat` may get a draft, which leaves room for what is more than that."""
        most, seconds = self._limits.group
        sent = self._chats.get(chat, ())
        room = _free(sent, (max(1, most - _KEPT), seconds)) if is_group(chat) else 0.0
        return max(self.free(chat), room, self.free_overall(urgent=True))

    def free_overall(self, *, urgent: bool) -> float:
        """Return the time from which any chat may get a message."""
        most, seconds = self._limits.overall
        free = self._came(self._overall[0]) + seconds if len(self._overall) == most else 0.0
        return free if urgent else max(free, self._even - _TOGETHER * self._spacing)

    def told(self, chat: str) -> float:
        """Return the time before which Telegram wants nothing sent to `chat`."""
        return self._held.get(chat, 0.0)

    def warned(self, now: float) -> bool:
        """Return whether Telegram has complained within the last minute."""
        return now < self._warned + _WARNED

    def notifying(self, now: float) -> bool:
        """Return whether something that nobody asked for has gone out just now."""
        return now < self._notified + self._limits.overall[1]

    def note(self, chat: str, now: float, *, urgent: bool = False) -> Counted:
        """Count a message."""
        self._overall.append(counted := Counted(now))
        if not urgent:
            self._notified = now
            self._even = max(self._even, now) + self._spacing
        most = max(self._limits.chat[0], self._limits.group[0])
        self._chats.setdefault(chat, deque(maxlen=most)).append(now)
        if len(self._chats) > self._room:
            self._forget(now)
            # Looking through all of them is for once in a while, however many there are.
            self._room = max(_FEW, 2 * len(self._chats))
        return counted

    def answered(self, counted: Counted, now: float) -> None:
        """Let a message count from when it came, by how much longer than the quickest its answer took."""
        counted.took = now - counted.at
        self._quickest = min(self._quickest, counted.took)

    def _came(self, counted: Counted) -> float:
        return counted.at + min(max(0.0, counted.took - self._quickest), _LATE)

    def hold(self, chat: str, now: float, until: float) -> None:
        """Let nothing go to `chat` before `until`: Telegram said so."""
        self._warned = now
        self._held[chat] = max(until, self._held.get(chat, 0.0))

    def _forget(self, now: float) -> None:
        self._chats = {chat: sent for chat, sent in self._chats.items() if sent[-1] > now - self._longest}
        self._held = {chat: until for chat, until in self._held.items() if until > now}


def _free(sent: Sequence[float], window: Window) -> float:
    most, seconds = window
    return sent[-most] + seconds if len(sent) >= most else 0.0


def is_group(chat: str) -> bool:
    """Tell groups and channels from people: their ids are negative."""
    return chat.startswith("-")


@dataclass(eq=False, slots=True)
class _Waiting:
    chat: str
    turn: asyncio.Future[Counted]


class Turns:
    """Who sends next: people's replies first, each kind in the order of asking."""

    def __init__(self, limits: Limits) -> None:
        self._pace = Pace(limits)
        self._urgent: deque[_Waiting] = deque()
        self._other: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, chat: str, *, urgent: bool, messages: int = 1) -> Counted:
        """Return when a message may go to `chat`, and count it, or the `messages` that it comes to."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(chat, loop.create_future())
        (self._urgent if urgent else self._other).append(waiting)
        self._serve()
        counted = await waiting.turn
        for _ in range(messages - 1):
            self._pace.note(chat, loop.time(), urgent=urgent)
        return counted

    def spare(self, chat: str) -> float:
        """Count a draft that goes to `chat` now; if it must not, return the seconds until it may."""
        now = asyncio.get_running_loop().time()
        if (wait := self._pace.spare(chat) - now) > 0:
            return wait
        self._pace.note(chat, now, urgent=True)
        return 0.0

    def answered(self, counted: Counted) -> None:
        """Take note that a message is there by now."""
        self._pace.answered(counted, asyncio.get_running_loop().time())

    def delay(self, chat: str) -> float:
        """Return the seconds that `chat` has to wait for its own sake, others aside."""
        return max(0.0, self._pace.free(chat) - asyncio.get_running_loop().time())

    def paused(self, chat: str) -> float:
        """Return the seconds for which Telegram still wants nothing sent to `chat`."""
        return max(0.0, self._pace.told(chat) - asyncio.get_running_loop().time())

    def hold(self, chat: str, seconds: float) -> None:
        """Let nothing go to `chat` for so long."""
        now = asyncio.get_running_loop().time()
        self._pace.hold(chat, now, now + seconds)

    def _serve(self) -> None:
        """Give a turn to everybody who may have one now, and come back when the next may."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        later: list[float] = []
        for queue in (self._urgent, self._other):
            urgent = queue is self._urgent
            for waiting in list(queue):
                if waiting.turn.done():  # cancelled
                    queue.remove(waiting)
                    continue
                answer = urgent and not self._pace.warned(now)
                if not answer or self._pace.notifying(now):
                    overall = self._pace.free_overall(urgent=urgent)
                    if overall > now:
                        self._timer = loop.call_at(overall, self._serve)
                        return
                free = self._pace.told(waiting.chat) if answer else self._pace.free(waiting.chat)
                if free > now:
                    later.append(free)
                    continue
                queue.remove(waiting)
                waiting.turn.set_result(self._pace.note(waiting.chat, now, urgent=urgent))
        if later:
            self._timer = loop.call_at(min(later), self._serve)
