"""A loop of python-telegram-bot alone: `… posting <url> <token> <at once>`.

A line `{"chats": […], "text": …, "parse_mode": …}` is answered with the seconds that sending the text to them took.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from time import perf_counter
from typing import Any

from telegram import Bot, LinkPreviewOptions
from telegram.request import HTTPXRequest

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def main(url: str, token: str, at_once: str) -> None:
    """Do what each line says."""
    many = int(at_once)
    async with Bot(token, base_url=f"{url}/bot", request=HTTPXRequest(connection_pool_size=many)) as bot:
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await _post(bot, many, **json.loads(line))), flush=True)


async def _post(bot: Bot, many: int, chats: list[int], text: str, parse_mode: str | None) -> float:
    left = iter(chats)

    async def post(**options: Any) -> None:
        for chat in left:
            await bot.send_message(chat, text, parse_mode=parse_mode, **options)

    begun = perf_counter()
    await asyncio.gather(*(post(link_preview_options=_NO_PREVIEW) for _ in range(many)))
    return perf_counter() - begun


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(*sys.argv[1:]))
