"""A bot of python-telegram-bot alone, which answers everything with one text: `… bare_telegram <url> <token> <text>`."""

from __future__ import annotations

import asyncio
import logging
import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.workers.serving import until_told

_AT_ONCE = 256  # as many as the bot that it is compared with


async def main(url: str, token: str, text: str) -> None:
    """Serve."""

    async def reply(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        await update.message.reply_text(text)

    builder = Application.builder().token(token).base_url(f"{url}/bot")
    bot = builder.concurrent_updates(_AT_ONCE).connection_pool_size(_AT_ONCE).build()
    bot.add_handler(MessageHandler(filters.ALL, reply))
    async with bot:
        assert bot.updater
        await bot.start()
        await bot.updater.start_polling()
        await until_told(asyncio.Event().wait())
        await bot.updater.stop()
        await bot.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(*sys.argv[1:]))
