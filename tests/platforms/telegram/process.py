"""A bot in a process of its own, to be killed: `python -m tests.platforms.telegram.process <inbox>`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.platforms.telegram.adapter import Telegram
from tests.platforms.telegram.conftest import QUICK, Commands, NoLanguages


class FolderInbox:
    """One file for each update, which is emptied when it is answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, key: str, payload: str) -> bool:
        try:
            with (self.folder / key).open("x") as file:
                file.write(payload)
        except FileExistsError:
            return False
        return True

    async def done(self, key: str) -> None:
        (self.folder / key).write_text("")

    async def left(self) -> Sequence[tuple[str, str]]:
        return [(file.name, text) for file in sorted(self.folder.iterdir()) if (text := file.read_text())]


def main(folder: Path) -> None:
    commands = Commands()
    if any(folder.iterdir()):  # in the first process /slow takes for ever
        commands.gate.set()
    platform = Telegram(
        token=os.environ["TELEGRAM_BOT_TOKEN"],
        api_url=os.environ["TELEGRAM_API_URL"],
        inbox=FolderInbox(folder),
        timing=QUICK,
    )
    asyncio.run(platform.run(Dispatcher(Registry([commands]), NoLanguages(), Open())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
