"""What `paperwire run` holds with both platforms on, when nobody asks for anything."""

from __future__ import annotations

from benchmarks.memory import idle
from benchmarks.processes import paperwire_run
from benchmarks.rows import Bound, Row
from benchmarks.scene import scene
from tests.fakes.discord import DiscordFake
from tests.fakes.telegram import TelegramFake


def measure() -> list[Row]:
    """Return the memory of a bot that is connected to both, its commands registered."""
    with scene() as here, TelegramFake() as telegram, DiscordFake() as discord:
        discord.lab()
        settings = here.settings | telegram.settings() | discord.settings()
        with paperwire_run(here.folder, settings) as process:
            telegram.wait(lambda: telegram.called("getUpdates") and telegram.called("setMyCommands"), 60)
            discord.wait(lambda: discord.gateway.connected and discord.rest.commands, 60)
            return idle(process, "both platforms", Bound("at most", 150))
