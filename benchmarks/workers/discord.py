"""The bot on Discord: `… discord <url> <token>`."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.workers.serving import until_told
from bot.app import running
from bot.platforms.discord.adapter import Discord
from bot.settings import load
from bot.store.inbox import RedisInbox


async def main(url: str, token: str) -> None:
    """Serve."""
    async with running(load()) as app:
        discord = Discord(token=token, api_url=url, inbox=RedisInbox(app.store, url))
        await until_told(discord.run(app.dispatcher))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
