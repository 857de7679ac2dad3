"""A bot in a process of its own, for the test that kills it: /slow waits until a file is there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.chat.command import Registry, command
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Reply, say
from bot.chat.request import Request
from bot.platforms.discord.adapter import Discord
from tests.platforms.discord.desk import Unchosen


class Patient:
    """Its work begins with a line in `begun` and ends when `go` exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @command("slow")
    async def slow(self, request: Request) -> Reply:
        """Take long."""
        with (self._folder / "begun").open("a") as begun:
            begun.write("x")
        while not (self._folder / "go").exists():
            await asyncio.sleep(0.01)
        return say("done")


class FileInbox:
    """An inbox of one file for each interaction."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._before = [
            (p.name, json.loads(p.read_text())) for p in sorted(folder.glob("[0-9]*")) if p.stat().st_size
        ]

    async def put(self, key: str, payload: str) -> bool:
        path = self._folder / key.replace("/", "-")
        if path.exists():
            return False
        path.with_suffix(".new").write_text(json.dumps(payload))
        path.with_suffix(".new").rename(path)
        return True

    async def done(self, key: str) -> None:
        (self._folder / key.replace("/", "-")).write_text("")

    async def left(self) -> Sequence[tuple[str, str]]:
        return self._before


def main() -> None:
    folder = Path(sys.argv[1])
    discord = Discord(
        token=os.environ["DISCORD_BOT_TOKEN"],
        api_url=os.environ["DISCORD_API_URL"],
        inbox=FileInbox(folder / "inbox"),
        patience=0.05,
    )
    asyncio.run(discord.run(Dispatcher(Registry([Patient(folder)]), Unchosen(), Open())))


if __name__ == "__main__":
    main()
