"""What Telegram's clients show of the bot before anybody has typed anything: menus of commands, and what it is.

A menu is chosen by the kind of chat first and by the language of the person's client then.
https://core.telegram.org/bots/api#determining-list-of-commands
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.chat.command import Command, Registry
from bot.chat.wording import Translator, catalogues, translator
from bot.platforms.telegram.errors import redacted

log = logging.getLogger(__name__)

# Where many people talk, only what they would ask together; who manages the chat sees what sets it up, too.
_TOGETHER = (
    "summarize", "ask", "takeaways", "translate", "abstract", "cite", "figures", "topic", "search", "edition", "subscriptions", "help",
)  # fmt: skip
_MANAGING = ("subscribe", "unsubscribe", "pause", "resume", "mute", "settings", "language", "privacy")
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_MOST, _LONGEST, _LONGEST_ABOUT, _LONGEST_SHORT = 100, 256, 512, 120


class Menus:
    """Sets menus and descriptions; what already stands there is left alone."""

    def __init__(self, bot: Bot, registry: Registry) -> None:
        self._bot = bot
        self._registry = registry

    async def set(self, owners: Iterable[str]) -> None:
        """Set everything. `owners` are people's ids."""
        everybody = [command for command in self._registry if not command.owner_only]
        by_name = {command.name: command for command in everybody}
        together = [by_name[name] for name in _TOGETHER if name in by_name] or everybody
        managing = together + [
            by_name[name] for name in _MANAGING if name in by_name and by_name[name] not in together
        ]
        for code, t in _languages():
            # What there is no menu of its own for, such as a channel, shows this one; so did versions before.
            await self._show(everybody, None, code, t)
            await self._show(everybody, BotCommandScopeAllPrivateChats(), code, t)
            await self._show(together, BotCommandScopeAllGroupChats(), code, t)
            await self._show(managing, BotCommandScopeAllChatAdministrators(), code, t)
            await self._describe(code, t)
        await self.set_for(owners)

    async def set_for(self, owners: Iterable[str]) -> None:
        """Show these people, in their chats with the bot, what only owners may do."""
        commands = list(self._registry)
        if not any(command.owner_only for command in commands):
            return
        for owner in owners:
            for code, t in _languages():
                await self._show(commands, BotCommandScopeChat(owner), code, t)

    async def _show(
        self, commands: Sequence[Command], scope: BotCommandScope | None, code: str | None, t: Translator
    ) -> None:
        wanted = [
            (command.name, t(command.summary or command.name)[:_LONGEST])
            for command in commands
            if _NAME.fullmatch(command.name)
        ][:_MOST]
        try:
            shown = await self._bot.get_my_commands(scope=scope, language_code=code)
            if [(command.command, command.description) for command in shown] != wanted:
                entries = [BotCommand(*entry) for entry in wanted]
                await self._bot.set_my_commands(entries, scope=scope, language_code=code)
        except TelegramError as error:
            # An owner who has never written to the bot has no chat with it.
            level = logging.INFO if isinstance(scope, BotCommandScopeChat) else logging.WARNING
            log.log(
                level, "A menu of commands could not be set: %s", redacted(error.message, self._bot.token)
            )

    async def _describe(self, code: str | None, t: Translator) -> None:
        """Say what the bot is: in an empty chat with it, and on its profile."""
        about = t(
            "I read the arXiv’s announcements and send you what is new on the topics you follow. Send me the number of a paper or a link to it, and I tell you what is in it."
        )[:_LONGEST_ABOUT]
        short = t("A newswire for research papers: summaries, takeaways, translations, daily editions.")[
            :_LONGEST_SHORT
        ]
        try:
            if (await self._bot.get_my_description(language_code=code)).description != about:
                await self._bot.set_my_description(about, language_code=code)
            if (await self._bot.get_my_short_description(language_code=code)).short_description != short:
                await self._bot.set_my_short_description(short, language_code=code)
        except TelegramError as error:
            log.warning(
                "The bot’s description could not be set: %s", redacted(error.message, self._bot.token)
            )


def _languages() -> Iterator[tuple[str | None, Translator]]:
    """Yield Telegram's code for each language that we speak, None for everybody else's, and its sentences."""
    yield None, translator("en")
    seen = {""}
    for tag in catalogues():
        code = tag.partition("-")[0]
        # Telegram knows two letters; of two scripts of a language, the first speaks for both.
        if len(code) == 2 and code not in seen:
            seen.add(code)
            yield code, translator(tag)
