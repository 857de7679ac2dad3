"""The bot's own process on the dates of the replay, by faketime: `python -m tests.editions.replay_process`.

Its clock, and that of its Valkey, runs fast and is put forward from one instant of the replay to the next, while it
goes on running: what it does between them is what it would do in those days.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.editions.desk import next_run
from bot.editions.when import Schedule
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.language import ENGLISH
from bot.papers.schedule import NEW_YORK, is_announcement_day
from bot.store.client import Store
from bot.store.embedded import EmbeddedValkey
from tests.announcements.rig import moment
from tests.console_process import environment
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import real_corpus
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User

FASTER = 5  # times as the clock on the wall; leases and time-outs last only a part of what they promise
CATEGORIES = ("cs.AI", "cs.CL", "cs.IR", "cs.MA")  # all that the topics are looked for in
FIRST, LAST = date(2025, 6, 12), date(2025, 6, 24)
_SOON = 5  # seconds within the minute in which a chat's editions are due, so that nobody waits for the rest
_PATIENCE = 60.0  # seconds on the wall for what one instant brings


@dataclass(frozen=True)
class Place:
    """A chat of the replay: its zone, when it wants its edition, and what it says to get it."""

    zone: str
    hour: str
    line: str


@dataclass(frozen=True)
class Came:
    """What a chat got at a local time: the messages in order."""

    zone: str
    at: datetime
    texts: list[str]

    @property
    def day(self) -> str:
        """The day of the month that the edition says it is of; all that it says of it if that is no one day."""
        heading = self.texts[0].splitlines()[0]
        found = re.search(r"\w+ (\d+) Jun 2025$|2025年6月(\d+)日\w+$", heading)
        return (found[1] or found[2]) if found and "–" not in heading else heading


PLACES = (
    Place("Asia/Shanghai", "09:00", "/subscribe RAG at 09:00 in Asia/Shanghai zh top 5"),
    Place("America/New_York", "08:30", "/subscribe agents at 08:30 in New York top 5"),
    Place("Asia/Kathmandu", "07:45", '/subscribe ti:"language model" at 07:45 in Kathmandu top 5'),
)


def preload() -> str | None:
    """Return the library that changes a process's clock, None where faketime is not installed."""
    if not shutil.which("faketime"):
        return None
    asked = ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


class Replay:
    """One process of the bot, three chats, and the arXiv as it was then."""

    def __init__(self, directory: Path) -> None:
        corpus, library = real_corpus(), preload()
        assert corpus
        assert library
        self._stack = ExitStack()
        self.arxiv = ArxivFake(corpus, day=FIRST)
        self.telegram = TelegramFake()
        self._clock = directory / "clock"
        self._directory = directory
        self._library = library
        self.chats: list[Chat] = []

    def __enter__(self) -> Replay:
        for fake in (self.arxiv, self.telegram):
            fake.start()
            self._stack.callback(fake.stop)
        self._put(moment(FIRST, "16:00"))
        clock = {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "TZ": "UTC",
        }
        settings = {"ACCESS": "open", "ARXIV_CATEGORIES": ",".join(CATEGORIES), "HTTP_PORT": "0"}
        env = environment(self._directory, self.arxiv.settings(), self.telegram.settings(), settings, clock)
        with (self._directory / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                env=env,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._stack.callback(self._end)
        self._url = f"unix://{EmbeddedValkey(self._directory).socket_path}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def log(self) -> str:
        return (self._directory / "log").read_text()

    def live(self, last: date) -> Iterator[Came]:
        """Let the chats subscribe and all the days pass; yield whatever comes."""
        self._until(lambda: self._has_read(FIRST), "nothing was read")
        people = [self._somebody(place) for place in PLACES]
        self.chats = [self.telegram.private(person) for person in people]
        for chat, person, place in zip(self.chats, people, PLACES, strict=True):
            self.telegram.say(chat, person, place.line)
        self._until(lambda: all(map(self.telegram.messages, self.chats)), "nobody was answered")
        seen = [len(self.telegram.messages(chat)) for chat in self.chats]
        for instant, reading in self._instants(last):
            self._go_to(instant)
            if reading:
                self._until(lambda day=reading: self._has_read(day), f"{reading} was not read")  # type: ignore[misc]
            self._until(lambda at=instant: self._is_quiet(at), f"{instant} did not end")  # type: ignore[misc]
            for n, (chat, place) in enumerate(zip(self.chats, PLACES, strict=True)):
                new = self.telegram.messages(chat)[seen[n] :]
                seen[n] += len(new)
                if new:
                    texts = [message.text for message in new]
                    yield Came(place.zone, instant.astimezone(ZoneInfo(place.zone)), texts)

    def _instants(self, last: date) -> list[tuple[datetime, date | None]]:
        """Return when something is to be read, and which day, and when something is due."""
        days = [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]
        found: list[tuple[datetime, date | None]] = [
            (moment(day, "00:12"), day) for day in days[1:] if is_announcement_day(day) and day < LAST
        ]
        for place, day in itertools.product(PLACES, days):
            due = datetime.fromisoformat(f"{day} {place.hour}").replace(tzinfo=ZoneInfo(place.zone))
            found.append((due.astimezone(UTC), None))
        return sorted(one for one in found if moment(FIRST, "16:00") < one[0] <= moment(last, "08:30"))

    def _somebody(self, place: Place) -> User:
        """Return a person whose editions are due early in the minute."""
        hour = datetime.fromisoformat(f"{FIRST} {place.hour}").time()
        wish = Wish(Schedule(hour, Zone("UTC")), ENGLISH, 0)
        noon = datetime(2025, 6, 12, tzinfo=UTC).timestamp()
        early = (
            n for n in itertools.count(1000) if (next_run(f"telegram:{n}", wish, noon) or 0) % 60 < _SOON
        )
        known = {chat.id for chat in self.chats}
        number = next(n for n in early if n not in known and n not in self.telegram.world.users)
        return self.telegram.user(number, f"P{number}", "en")

    def _go_to(self, instant: datetime) -> None:
        there = (instant - timedelta(minutes=10)).astimezone(NEW_YORK).date()
        self.arxiv.day = min(there, date(2025, 6, 23))
        self._put(instant - timedelta(seconds=2))

    def _put(self, instant: datetime) -> None:
        said = f"@{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} x{FASTER}\n"
        new = self._clock.with_suffix(".new")
        new.write_text(said)
        new.rename(self._clock)

    def _has_read(self, day: date) -> bool:
        return f"the announcement of {day} is read" in self.log()

    def _is_quiet(self, instant: datetime) -> bool:
        """Whether nobody is to get anything any more that was due by the end of this minute."""

        async def left() -> int:
            store = Store.at(self._url)
            try:
                until = instant.timestamp() + _SOON + 1
                return (
                    int(await store.execute_command("ZCOUNT", "pw:due", "-inf", until))
                    + int(await store.execute_command("ZCARD", "pw:claimed"))
                    + int(await store.execute_command("ZCARD", "pw:out:ready:telegram"))
                )
            finally:
                await store.close_all()

        return not asyncio.run(left())

    def _until(self, condition: Callable[[], object], otherwise: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert self.process.poll() is None, self.log()[-2000:]
            assert time.monotonic() < deadline, f"{otherwise}\n{self.log()[-3000:]}"
            time.sleep(0.1)


def table(last: date, directory: Path) -> dict[str, dict[str, str]]:
    """Return by zone and local time which day's edition came, up to the morning of `last` in New York."""
    found: dict[str, dict[str, str]] = {place.zone: {} for place in PLACES}
    with Replay(directory) as replay:
        for came in replay.live(last):
            assert len(came.texts) <= 2, came
            found[came.zone][f"{came.at:%Y-%m-%d %H:%M}"] = came.day
    return found


def main() -> int:
    """Live through all of it, and compare. Returns 1 if anything is not as the table has it."""
    from tests.editions.test_replay import TABLE, ZONES

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pw-replay-") as directory:
        found = table(LAST, Path(directory))
    expected = {zone: TABLE[chat] for chat, zone in ZONES.items()}
    for zone, editions in found.items():
        print(zone, "as it should be" if editions == expected[zone] else f"not {expected[zone]}:", editions)
    print(f"{sum(map(len, found.values()))} editions; {time.monotonic() - began:.0f} s")
    return int(found != expected)


if __name__ == "__main__":
    sys.exit(main())
