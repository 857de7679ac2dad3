"""The bot without the pace that it keeps for Telegram's sake; the rest is as `paperwire run` has it."""

from __future__ import annotations

import asyncio
import gc
import logging

import uvloop

from benchmarks.workers.serving import until_told
from bot.app import running
from bot.chat.platform import MemoryInbox
from bot.editions.deliver import Deliverer
from bot.platforms.telegram.adapter import Telegram
from bot.platforms.telegram.pace import Limits
from bot.schedule import ticking
from bot.settings import load

_ANY = (100_000, 1.0)


async def main() -> None:
    """Prepare and deliver."""
    settings = load()
    token = settings.telegram_bot_token
    assert token
    async with running(settings, serving=True) as app, ticking(app.reader, app.editor, app.release):
        platform = Telegram(
            token=token.get_secret_value(),
            api_url=settings.telegram_api_url,
            inbox=MemoryInbox(),
            limits=Limits(overall=_ANY, chat=_ANY, group=_ANY),
        )
        deliverer = Deliverer(app.outbox, platform, app.chats)
        works = (platform.run(app.dispatcher), deliverer.run(), app.work.run())
        await until_told(asyncio.wait_for(asyncio.gather(*works), None))
        await platform.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
