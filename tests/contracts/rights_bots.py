"""The bots of test_rights.py: a process for each kind of access, which serves both platforms."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.console_process import environment, valkeys
from tests.contracts.delivery_scene import until
from tests.contracts.rights import TELEGRAM, Cell, Row
from tests.contracts.rights_discord import OnDiscord
from tests.contracts.rights_side import RIGHTS, Seeds, Side, play
from tests.contracts.rights_telegram import OnTelegram
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.openai import OpenAIFake
from tests.fakes.server import FakeServer
from tests.fakes.telegram import TelegramFake

OWNER = 1
CEILINGS = {"DAILY_CALLS": "900000", "DAILY_MONEY": "9000", "DAILY_MONEY_PER_CHAT": "9", "DAILY_MONEY_PER_PERSON": "9"}  # fmt: skip


class Bots:
    """One process for each kind of access, on two platforms each, over one store."""

    def __init__(
        self, sides: dict[tuple[str, str], Side], seeds: Seeds, env: dict[str, str], openai: OpenAIFake
    ) -> None:
        self.sides, self.seeds, self.env, self.openai = sides, seeds, env, openai
        self.asked: dict[Cell, Any] = {}

    def side(self, row: Row) -> Side:
        return self.sides[row.access, "telegram" if row.chat in TELEGRAM else "discord"]

    def telegram(self, access: str) -> OnTelegram:
        side = self.sides[access, "telegram"]
        assert isinstance(side, OnTelegram)
        return side

    def prepare(self, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self.side(cell.row).prepare(cell)
        self.seeds.sow()

    def play(self, cells: Sequence[Cell]) -> None:
        """Play cells on all platforms of all bots at once. Raises `AssertionError` with all that came out otherwise."""
        by_side: dict[Side, list[Cell]] = {}
        for cell in cells:
            by_side.setdefault(self.side(cell.row), []).append(cell)
        with ThreadPoolExecutor(len(by_side) or 1) as threads:
            played = threads.map(lambda side: play(side, by_side[side], self.asked), by_side)
            wrong = [each for found in played for each in found]
        assert not wrong, "\n".join(wrong)

    def rest(self) -> None:
        """Return when every update that Telegram has reported so far is worked off."""
        for (_, platform), side in self.sides.items():
            if platform == "telegram":
                assert isinstance(side, OnTelegram)
                fake = side.fake
                until(lambda fake=fake: not fake.updates)  # type: ignore[misc]
        until(lambda: not self.seeds.redis.keys("pw:inbox:telegram:*:order"))


def run(env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a bot that has room for all that it wants to log."""
    with log.open("wb") as written:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], env=env, cwd=env["HOME"], stderr=written
        )


@contextmanager
def running(directory: Path) -> Iterator[Bots]:
    """Let all bots run, and end them at the end."""
    fakes: list[FakeServer] = []
    with ArxivFake(corpus=small_corpus()) as arxiv, OpenAIFake() as openai:
        few = {"ARXIV_CATEGORIES": "cs.LG cs.CL", "SUBSCRIPTIONS_PER_CHAT": "50", **CEILINGS}
        env = environment(directory, arxiv.settings(), openai.settings(), few)
        processes = []
        seeds = Seeds(directory / "valkey.sock")
        sides: dict[tuple[str, str], Side] = {}
        try:
            for number, access in enumerate(RIGHTS.modes):
                telegram, discord = TelegramFake().start(), DiscordFake().start()
                telegram.methods.inline = True
                discord.world._count = itertools.count(
                    number << 20
                )  # nobody is somebody else on another bot's
                fakes += [telegram, discord]
                own = {**env, **telegram.settings(), **discord.settings(), "ACCESS": access, "OWNERS": str(OWNER)}  # fmt: skip
                processes.append(run(own, directory / f"{access}.log"))
                sides[access, "telegram"] = OnTelegram(telegram, seeds)
                sides[access, "discord"] = OnDiscord(discord, seeds)
            for side in sides.values():
                side.fake.wait(side.ready, 60)
            yield Bots(sides, seeds, env, openai)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)
            for each in fakes:
                each.stop()
            for server in valkeys(directory):
                server.terminate()
                server.wait(10)
