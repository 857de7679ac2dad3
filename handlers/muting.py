"""/mute: what a chat wants to see nothing of."""

from __future__ import annotations

from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Bullets, Heading, Reply, say
from bot.chat.request import Request
from bot.chat.text import Code, text
from bot.errors import TooLong
from bot.store.shown import MOST_MUTED, Shown
from handlers.aiming import check_rights

_LONGEST = 60  # characters


class MuteCommands:
    """Words and authors that are left out of editions."""

    section = Section.EDITIONS

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    @command("mute", example="/mute blockchain")
    async def mute(
        self, request: Request, *, words: Annotated[str, Arg("a word or an author’s name")] = ""
    ) -> Reply:
        """Leave out papers with a word or author, or show what is left out."""
        t, chat = request.t, request.address.key
        said = " ".join(words.split())
        if not said:
            muted = sorted(await self._shown.muted(chat))
            if not muted:
                return say(t.rich("Nothing is muted here; `/mute blockchain` leaves out such papers."))
            return Reply((Heading(text(t("Muted here"))), Bullets(tuple(text(Code(word)) for word in muted))))
        check_rights(request)
        if len(said) > _LONGEST:
            raise TooLong(len(said), _LONGEST)
        if await self._shown.unmute(chat, said):
            return say(t.rich("No longer muted: `{words}`.", words=said))
        if not await self._shown.mute(chat, said):
            return say(
                t(
                    "At most {count} words can be muted; take one back with the same command.",
                    count=MOST_MUTED,
                )
            )
        return say(t.rich("Muted: `{words}`. The same command again takes it back.", words=said))
