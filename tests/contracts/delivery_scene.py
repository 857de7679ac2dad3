"""A bot between stand-ins, killed and failed while it delivers: `python -m tests.contracts.delivery_scene --kills 100`.

State is put straight into a Valkey of the scene's own: what was announced, and who follows it since when.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from redis import Redis
from redis.exceptions import RedisError

from bot.announcements.batch import Batch, Item, State
from bot.announcements.record import Announcements
from bot.editions.options import Detail
from bot.editions.when import Schedule
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.language import ENGLISH, Language
from bot.papers.feed import Kind
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.papers.schedule import latest_day
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.embedded import _binary
from bot.store.papers import PaperRecords
from bot.store.subscriptions import Subscription, Subscriptions
from tests.console_process import environment
from tests.fakes import discord_rest, telegram
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import TOKEN, DiscordFake
from tests.fakes.discord_world import Channel, Message
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent

CATEGORIES = ("cs.CL", "cs.IR", "cs.SD", "eess.AS")
CHINESE = Language("zh-Hans")
IN_FLIGHT = 32  # messages that may be on their way to Telegram at one time
PATIENCE = 150.0  # seconds; longer than whatever a dead process had claimed

Wrong = Literal["429", "500", "502", "503", "lost", "reset", "hang"]  # "lost": it was taken, and not answered
Victim = Literal["us", "us, and late back", "redis"]
Moment = Literal["unread", "taken", "answered", "random", "planned"]
Verdict = Callable[[str, str, str], Wrong | None]  # of platform, chat and text

_LATE = 600.0  # seconds, longer than Discord knows a nonce
_ANY = re.compile("")
# The platform has not read a message, has taken it, has answered; then or later; editions are still being planned.
MOMENTS: tuple[Moment, ...] = ("unread", "taken", "answered", "random", "planned")


def _nothing(platform: str, chat: str, said: str) -> None:
    """Let everything arrive."""


class WatchedTelegram(TelegramFake):
    """Asks before every message what is to become of it; is `slow` to say so by that many seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.verdict: Verdict = _nothing
        self.slow = 0.0

    async def _answer(self, method: str, parameters: dict[str, Any]) -> object:
        answer = await super()._answer(method, parameters)
        if method == "sendMessage" and self.slow:
            await asyncio.sleep(self.slow)
        return answer

    def _fault(self, method: str, parameters: dict[str, Any]) -> telegram.Fault | None:
        if method == "sendMessage":
            wrong = self.verdict("telegram", str(parameters["chat_id"]), str(parameters["text"]))
            match wrong:
                case "429":
                    told = {"retry_after": 1}
                    return telegram.Fault(method, 1, 429, "Too Many Requests: retry after 1", told)
                case "500" | "502" | "503":
                    return telegram.Fault(method, 1, int(wrong), "Internal Server Error")
                case "lost" | "reset":
                    return telegram.Fault(method, 1, after=wrong == "lost")
                case "hang":
                    return telegram.Fault(method, 1, hang=True)
        return super()._fault(method, parameters)


class _WatchedRest(discord_rest.Rest):
    verdict: Verdict
    slow = 0.0

    async def _respond(self, seen: discord_rest.Seen, request: web.Request) -> web.StreamResponse:
        response = await super()._respond(seen, request)
        if self.slow and seen.method == "POST" and seen.path.startswith("/channels/"):
            await asyncio.sleep(self.slow)
        return response

    def _fault(self, seen: discord_rest.Seen) -> discord_rest.Fault | None:
        if seen.method == "POST" and seen.path.startswith("/channels/"):
            wrong = self.verdict("discord", seen.path.split("/")[2], repr(seen.body))
            if wrong:
                how = {"lost": "lose", "reset": "drop", "hang": "hang"}.get(wrong) or int(wrong)
                return discord_rest.Fault("POST", _ANY, how, 1, 0.5)
        return super()._fault(seen)


class WatchedDiscord(DiscordFake):
    """Asks before every message what is to become of it; is `slow` to say so."""

    def __init__(self) -> None:
        super().__init__()
        rest = _WatchedRest(self.world, self.interactions, TOKEN)
        rest.changed, rest.verdict = self._notify, _nothing
        self.rest: _WatchedRest = rest


class Valkey:
    """A server on a socket, with an append-only file."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._command = [str(_binary()), "--port", "0", "--unixsocket", "s", "--appendonly", "yes"]
        self._directory = directory
        self.url = f"unix://{directory / 's'}"
        self._server: subprocess.Popen[bytes] | None = None
        self.client: Redis = Redis(unix_socket_path=str(directory / "s"), decode_responses=True)

    def start(self) -> None:
        """Return when it answers."""
        self._server = subprocess.Popen(self._command, cwd=self._directory, stdout=subprocess.DEVNULL)
        until(self._answers)

    def kill(self) -> None:
        """End it without a word."""
        if self._server:
            self._server.kill()
            self._server.wait()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


@dataclass
class Follower:
    """A chat with what it follows, and what it got so far."""

    key: str
    place: Chat | Channel
    subscription: str
    parts: int = 0

    @property
    def platform(self) -> str:
        return self.key.partition(":")[0]


@dataclass
class Trap:
    """Something that happens at the `goal`th message from now on that comes to a platform."""

    moment: Moment
    platform: str
    goal: int
    strike: Callable[[], None]
    delay: float = 0.0
    seen: int = 0
    sprung: threading.Event = field(default_factory=threading.Event)

    def message(self, platform: str, chat: str, said: str) -> Wrong | None:
        """Take note of a message that has come in, and say what is to become of it."""
        self.seen += platform == self.platform
        if platform != self.platform or self.moment == "planned" or self.seen != self.goal:
            return None
        if self.moment in ("answered", "random"):
            asyncio.get_running_loop().call_later(self.delay, self.spring)
            return None
        self.spring()
        return "lost" if self.moment == "taken" else "reset"

    def spring(self) -> None:
        self.strike()
        self.sprung.set()


class Scene:
    """One bot, and all that it speaks to."""

    def __init__(self, directory: Path, *, writing: bool = False, **settings: str) -> None:
        self.directory = directory
        self.valkey = Valkey(directory / "redis")
        self.redis = self.valkey.client
        self.arxiv = ArxivFake(corpus=small_corpus())
        self.openai = OpenAIFake()
        self.telegram = WatchedTelegram()
        self.discord = WatchedDiscord()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.now = datetime.now(UTC)
        self.day = latest_day(self.now)
        self._writing = writing
        self._settings = settings
        self._count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Scene:
        self.valkey.start()
        for fake in (self.arxiv, self.openai, self.telegram, self.discord):
            fake.start()
        self.guild = self.discord.world.guild()
        self.owner = self.telegram.user(7, "Ada", "en")
        self.direct = self.telegram.private(self.owner)
        self.env = environment(
            self.directory,
            self.arxiv.settings(),
            self.telegram.settings(),
            self.discord.settings(),
            self.openai.settings() if self._writing else {},
            {"REDIS_URL": self.valkey.url, "ACCESS": "open", "OWNERS": "telegram:7"},
            {"ARXIV_CATEGORIES": ",".join(CATEGORIES)},
            self._settings,
        )
        self.call(self._announce)
        return self

    def __exit__(self, *_: object) -> None:
        self.watch(_nothing)
        for process in self.processes:
            process.kill()
            process.wait()
        for fake in (self.arxiv, self.openai, self.telegram, self.discord):
            fake.stop()
        self.valkey.kill()
        self.redis.close()

    # ----- the bot

    def start(self, command: str = "run") -> subprocess.Popen[bytes]:
        """Start a process, whose log goes to a file."""
        with (self.directory / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", command],
                env=self.env,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> int:
        """Tell a process to end; return its exit code."""
        process.terminate()
        return process.wait(30)

    def log(self) -> str:
        return (self.directory / "log").read_text()

    # ----- what it knows

    def call(self, work: Callable[[Store], Coroutine[Any, Any, Any]]) -> Any:
        """Do something in the store."""

        async def run() -> Any:
            store = Store.at(self.valkey.url)
            try:
                return await work(store)
            finally:
                await store.close_all()

        return asyncio.run(run())

    async def _announce(self, store: Store) -> None:
        papers = [_paper(number, self.now) for number in range(1, 13)]
        await PaperRecords(Cache(store, keep_days=400)).put_announced(papers, self.now)
        items = tuple(Item(one.id, Kind.NEW) for one in papers)
        record = Announcements(store)
        for category in CATEGORIES:  # whatever the topics here are looked for in
            told = items if category == CATEGORIES[0] else ()
            batch = Batch(category, self.day, State.READ, told, read_at=self.now, enriched=True)
            await record.save(batch, watermark=(category, self.day))

    def wish(self, language: Language = ENGLISH, **rest: Any) -> Wish:
        """Return that of somebody who subscribed before the announcement, for a time of day half a day away."""
        at = (self.now + timedelta(hours=12)).time().replace(microsecond=0)
        return Wish(Schedule(at, Zone("UTC")), language, 0, person="telegram:7", **rest)

    def follow(self, *rows: tuple[str, str, str, Wish]) -> list[str]:
        """Let chats follow something, all of it due at once; a row is chat, place, what, how."""

        async def add(store: Store) -> list[str]:
            kept, due = Subscriptions(store), time.time()
            added = await asyncio.gather(
                *(
                    kept.add(chat, wanted, wish.to_json(), due, limit=99, place=place)
                    for chat, place, wanted, wish in rows
                )
            )
            return [one.id for one in added if one]

        return list(self.call(add))

    def subscriptions(self, chat: str) -> list[Subscription]:
        async def of(store: Store) -> list[Subscription]:
            return await Subscriptions(store).of(chat)

        return list(self.call(of))

    def crowd(self, on_telegram: int, on_discord: int) -> list[Follower]:
        """Make chats that all follow one topic; every other one gets it in one message, the rest in two."""
        places: list[tuple[str, Chat | Channel]] = []
        for _ in range(on_telegram):
            self._count += 1
            chat = self.telegram.private(self.telegram.user(10_000 + self._count, f"P{self._count}", "en"))
            places.append((f"telegram:{chat.id}", chat))
        for _ in range(on_discord):
            channel = self.discord.world.channel(self.guild)
            places.append((f"discord:{channel.id}", channel))
        wishes = [self.wish(top=10), self.wish(top=10, detail=Detail.TITLES)]
        rows = [(key, "", "rag", wishes[at % 2]) for at, (key, _) in enumerate(places)]
        ids = self.follow(*rows)
        return [Follower(key, place, id_) for (key, place), id_ in zip(places, ids, strict=True)]

    # ----- what came of it

    def watch(self, verdict: Verdict) -> None:
        self.telegram.verdict = self.discord.rest.verdict = verdict

    def messages(self, place: Chat | Channel) -> Sequence[Sent | Message]:
        return self.telegram.messages(place) if isinstance(place, Chat) else self.discord.messages(place)

    def texts(self, place: Chat | Channel) -> list[str]:
        return [message.text for message in self.messages(place)]

    def rows(self) -> dict[str, dict[str, str]]:
        """Return every delivery by its key."""
        keys = list(self.redis.scan_iter("pw:out:row:*", count=1000))
        pipeline = self.redis.pipeline(transaction=False)
        for key in keys:
            pipeline.hgetall(key)
        return dict(zip(map(str, keys), pipeline.execute(), strict=True))

    def of(self, crowd: Sequence[Follower]) -> dict[str, dict[str, str]]:
        """Return the deliveries of these chats, by the chat's key."""
        keys = {one.key for one in crowd}
        return {row["address"]: row for row in self.rows().values() if row["address"] in keys}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing be delivered while the block runs."""
        names = [f"pw:out:held:{name}" for name in ("telegram", "discord")]
        for name in names:
            self.redis.set(name, 1, ex=600)
        try:
            yield
        finally:
            self.redis.delete(*names)

    def waiting(self) -> int:
        """Return at how many chats something waits to be delivered."""
        return sum(int(self.redis.zcard(f"pw:out:ready:{name}")) for name in ("telegram", "discord"))

    def quiet(self) -> bool:
        """Whether nothing is due, being prepared, or on its way."""
        pipeline = self.redis.pipeline()
        for name in ("telegram", "discord"):
            pipeline.zcard(f"pw:out:ready:{name}")
        pipeline.zcard("pw:claimed")
        pipeline.zcount("pw:due", "-inf", time.time())
        try:
            return not any(pipeline.execute())
        except RedisError:
            return False

    def settle(self, seconds: float = PATIENCE) -> None:
        """Wait until everything has been delivered."""
        until(self.quiet, seconds)

    def let_the_window_pass(self) -> None:
        """Let so much time pass that Discord has forgotten what was begun."""
        for key, row in self.rows().items():
            if row.get("state") == "sending":
                self.redis.hset(key, "begun", float(row["begun"]) - _LATE)
        self.discord.forward(_LATE)

    def let_leases_end(self) -> None:
        """Let so much time pass that nothing is a dead process's any more."""
        for key in self.redis.keys("pw:lease:*"):
            self.redis.delete(key)
        self.let_deliveries_go()

    def let_deliveries_go(self) -> None:
        """Let the minute pass for which a dead process holds what it had begun to send."""
        now = time.time()
        for key, row in self.rows().items():
            if row.get("token"):
                self.redis.hdel(key, "token", "until")
                address = row["address"]
                self.redis.zadd(f"pw:out:ready:{address.partition(':')[0]}", {address: now})


def _paper(number: int, now: datetime) -> Paper:
    """Return a paper about retrieval whose sentences are long enough that ten need two messages."""
    words = " ".join(f"word{number}x{at}" for at in range(52))
    return Paper(
        PaperId(f"2611.{number:05}", 1),
        f"Retrieval-Augmented Generation for Task{number}",
        abstract=f"We study retrieval-augmented generation (RAG) with {words}. It holds.",
        authors=("Ada Example",),
        categories=("cs.CL",),
        published=now - timedelta(days=2),
        updated=now - timedelta(days=2),
    )


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Return as soon as `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


# ----- kills


@dataclass
class Outcome:
    """What one kill did. `doubtful` parts stood as begun and not sent on Telegram when it came."""

    what: str
    doubtful: int = 0
    repeated: int = 0
    uncertain: int = 0
    on_discord: int = 0
    arrived: int = 0  # of the doubtful ones on both
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = f"{self.what}: {self.doubtful} doubtful, {self.repeated} repeated, {self.uncertain} uncertain"
        return f"{said}, {self.on_discord} doubtful on Discord, {self.arrived} of all had arrived" + "".join(
            f"\n    {problem}" for problem in self.problems
        )


class Killing:
    """Deliveries to many chats in one scene, each with a kill in the middle."""

    def __init__(
        self, scene: Scene, *, uncertain: str = "resend", chats: tuple[int, int] = (80, 120)
    ) -> None:
        self.scene = scene
        self.uncertain = uncertain
        self.chats = chats
        self.process = scene.start()

    def kill(self, seed: int, victim: Victim) -> Outcome:
        """Deliver to fresh chats, kill once at a moment that the seed decides, and look at what came of it."""
        rng = random.Random(f"{victim} {seed}")
        moment = MOMENTS[seed % len(MOMENTS)]
        # A Redis that dies takes no message with it.
        struck: Moment = "answered" if victim == "redis" and moment in ("unread", "taken") else moment
        platform, chats = rng.choice([*zip(("telegram", "discord"), self.chats, strict=True)])
        goal = rng.randrange(1, chats // 2 if moment == "planned" else chats)
        slow = rng.choice((0.0, 0.5))  # then many are on their way at once
        delay = rng.uniform(0, 0.3 if moment == "random" else 0.01)
        trap = Trap(struck, platform, goal, self._of(victim), delay)
        scene = self.scene
        scene.watch(trap.message)
        scene.telegram.slow = scene.discord.rest.slow = slow
        if moment == "planned":
            crowd = scene.crowd(*self.chats)
            until(lambda: scene.waiting() >= goal)
            trap.spring()
        else:
            with scene.held():  # what is being planned at the kill is another matter, and takes two minutes
                crowd = scene.crowd(*self.chats)
                until(lambda: scene.waiting() == len(crowd))
        assert trap.sprung.wait(60), f"seed {seed}: {trap.seen} messages came"
        scene.watch(_nothing)
        scene.telegram.slow = scene.discord.rest.slow = 0.0
        outcome = Outcome(f"{victim} {seed} ({moment}, {platform} {goal}{', slow' * bool(slow)})")
        if victim != "redis":
            self.process.wait()
            doubtful = self._doubtful(crowd)
            outcome.doubtful = sum(key.startswith("telegram") for key in doubtful)
            outcome.on_discord = len(doubtful) - outcome.doubtful
            outcome.arrived = self._arrived(crowd, doubtful)
            scene.let_leases_end()
            if victim != "us":
                scene.let_the_window_pass()
            self.process = scene.start()
        else:
            time.sleep(rng.uniform(0, 2))  # the outage
            scene.valkey.start()
            doubtful = self._doubtful(crowd)
        scene.settle()
        self._judge(crowd, doubtful, outcome)
        return outcome

    def _of(self, victim: str) -> Callable[[], None]:
        if victim == "redis":
            return self.scene.valkey.kill
        return lambda: os.kill(self.process.pid, signal.SIGKILL)

    def _doubtful(self, crowd: Sequence[Follower]) -> dict[str, int]:
        """Return the chats of which a part may be on its way, with its number."""
        found = self.scene.of(crowd).items()
        return {key: int(row.get("at", 0)) for key, row in found if row.get("state") == "sending"}

    def _arrived(self, crowd: Sequence[Follower], doubtful: Mapping[str, int]) -> int:
        """Return how many of the parts that are in doubt stand in their chats."""
        mine = [one for one in crowd if one.key in doubtful]
        return sum(len(self.scene.messages(one.place)) > doubtful[one.key] for one in mine)

    def _judge(self, crowd: Sequence[Follower], doubtful: Mapping[str, int], outcome: Outcome) -> None:
        rows, problems = self.scene.of(crowd), outcome.problems
        editions: dict[tuple[str, str], Counter[tuple[str, ...]]] = {}
        got: dict[str, tuple[str, ...]] = {}
        for one in crowd:
            row, texts = rows.get(one.key), self.scene.texts(one.place)
            if row is None:
                problems.append(f"{one.key} has no delivery")
                continue
            repeats = len(texts) - len(set(texts))
            got[one.key] = tuple(dict.fromkeys(texts))
            outcome.repeated += repeats
            may_repeat = one.platform == "telegram" and one.key in doubtful and self.uncertain == "resend"
            if repeats > int(may_repeat):
                problems.append(f"{one.key} got {len(texts)} messages for {row['parts']}, {repeats} twice")
            if row.get("state") == "uncertain":
                outcome.uncertain += 1
                if one.key not in doubtful or self.uncertain == "resend" or one.platform != "telegram":
                    problems.append(f"{one.key} was given up")
            elif row.get("state") != "sent" or len(got[one.key]) != int(row["parts"]):
                problems.append(f"{one.key} is {row.get('state')} with {len(texts)} of {row['parts']}")
            else:
                kind = (one.platform, row["content"])
                editions.setdefault(kind, Counter())[got[one.key]] += 1
        for kind, seen in editions.items():
            if len(seen) > 1:
                problems.append(f"{kind} was delivered in {len(seen)} forms: {[*seen.values()]}")
        if outcome.doubtful > IN_FLIGHT:
            problems.append(f"{outcome.doubtful} were begun")


def kills(
    directory: Path, many: int, victim: Victim, *, first: int = 0, uncertain: str = "resend"
) -> Iterator[Outcome]:
    """Kill so many times, one after the other, in one scene."""
    with Scene(directory, UNCERTAIN=uncertain) as scene:
        killing = Killing(scene, uncertain=uncertain)
        for seed in range(first, first + many):
            yield killing.kill(seed, victim)
        assert scene.end(killing.process) == 0


def main() -> int:
    """Kill many times and say what came of it. Returns 1 if anything was lost, or repeated for no reason."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # with everything that it has started
    bad, total, began = 0, Counter[str](), time.monotonic()
    kinds: tuple[tuple[Victim, str], ...] = (
        ("us", "resend"),
        ("us", "leave"),
        ("us, and late back", "resend"),
        ("redis", "resend"),
    )
    for place, (victim, uncertain) in enumerate(kinds):
        many = len(range(place, options.kills, len(kinds)))
        with tempfile.TemporaryDirectory(prefix="pw-soak-") as directory:
            found = kills(Path(directory), many, victim, first=options.first, uncertain=uncertain)
            for outcome in found:
                print(f"{uncertain}: {outcome}", flush=True)
                bad += bool(outcome.problems)
                for name in ("doubtful", "repeated", "uncertain", "on_discord", "arrived"):
                    total[name] += getattr(outcome, name)
                total["kills"] += 1
    said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in total.items())
    print(f"{said}; {bad} kills with problems; {time.monotonic() - began:.0f} s")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
