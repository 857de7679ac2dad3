"""The bot on Telegram, without Telegram's limits, which would be all that is measured: `… telegram <url> <token>`."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.workers.serving import until_told
from bot.app import running
from bot.platforms.telegram.adapter import Telegram
from bot.platforms.telegram.pace import Limits
from bot.settings import load
from bot.store.inbox import RedisInbox

_NEVER = (100, 0.001)  # messages in seconds, faster than anything sends


async def main(url: str, token: str) -> None:
    """Serve."""
    async with running(load()) as app:
        limits = Limits(overall=_NEVER, chat=_NEVER, group=_NEVER)
        telegram = Telegram(token=token, api_url=url, inbox=RedisInbox(app.store, url), limits=limits)
        await until_told(telegram.run(app.dispatcher))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
