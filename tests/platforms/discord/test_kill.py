"""kill -9 in the middle of a command, and a restart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.discord import DiscordFake

ROOT = Path(__file__).parents[3]


@contextmanager
def bot(fake: DiscordFake, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a bot until the block ends; then it is killed, if it is not dead yet."""
    before = set(fake.gateway.sessions)
    command = [sys.executable, "-m", "tests.platforms.discord.bot_process", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | fake.settings()) as process:
        try:
            fake.wait(lambda: {s.id for s in fake.gateway.connected} - before and fake.rest.commands, 60)
            yield process
        finally:
            process.kill()


def test_a_killed_bot_loses_nothing_and_answers_once(fake: DiscordFake, tmp_path: Path) -> None:
    channel, ada = fake.lab()
    with bot(fake, tmp_path) as first:
        asked = fake.slash(channel, ada, "slow")
        fake.wait(lambda: asked.acknowledged)
        first.kill()
    (tmp_path / "go").touch()
    with bot(fake, tmp_path):
        fake.wait(lambda: asked.messages)
    with bot(fake, tmp_path):
        after = fake.slash(channel, ada, "slow")
        fake.wait(lambda: after.messages)
    assert [m.content for m in fake.messages(channel)] == ["done", "done"]
    assert asked.messages == [asked.original]
    assert len((tmp_path / "begun").read_text()) >= 3
