"""The menu of commands that Telegram shows beside the text field."""

from __future__ import annotations

import logging
import re

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.chat.command import Registry
from bot.chat.wording import translator
from bot.platforms.telegram.errors import redacted

log = logging.getLogger(__name__)

# Telegram's code → ours; none is what everybody else sees.
_LANGUAGES = {None: "en", "zh": "zh-Hans"}
_NAME = re.compile(r"[a-z0-9_]{1,32}")


async def set_menu(bot: Bot, registry: Registry) -> None:
    """Show the registry's commands, in English and Chinese; what already stands there is left alone."""
    for code, tag in _LANGUAGES.items():
        t = translator(tag)
        wanted = [
            (command.name, t(command.summary or command.name)[:256])
            for command in registry
            if _NAME.fullmatch(command.name)
        ][:100]
        try:
            shown = await bot.get_my_commands(language_code=code)
            if [(command.command, command.description) for command in shown] != wanted:
                await bot.set_my_commands([BotCommand(*entry) for entry in wanted], language_code=code)
        except TelegramError as error:
            log.warning("The menu of commands could not be set: %s", redacted(error.message, bot.token))
