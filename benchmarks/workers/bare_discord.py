"""A bot of discord.py alone, which answers `/summarize` with one embed: `… bare_discord <url> <token> <title> <text>`."""

from __future__ import annotations

import asyncio
import logging
import sys

import discord
from discord import app_commands
from discord.http import Route

from benchmarks.workers.serving import until_told


class Bare(discord.AutoShardedClient):
    """As the library's documentation begins; sharded because only then it asks the API for the gateway."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        tree = self.tree = app_commands.CommandTree(self)

        @tree.command(description="Summarize a paper.")
        async def summarize(interaction: discord.Interaction, paper: str) -> None:
            await interaction.response.send_message(embed=discord.Embed(title=title, description=text))

    async def setup_hook(self) -> None:
        """Register the command."""
        await self.tree.sync()


async def main(url: str, token: str, title: str, text: str) -> None:
    """Serve."""
    Route.BASE = url
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    async with Bare(title, text) as bot:
        await until_told(bot.start(token))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(*sys.argv[1:]))
