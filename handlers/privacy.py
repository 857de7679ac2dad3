"""/privacy and /forget: what is kept about a chat, and an end to it. /export and /import: to take it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Preformatted, Reply, say
from bot.chat.request import Request
from bot.chat.text import text
from bot.chat.wording import Translator, explain
from bot.editions.wording import as_typed
from bot.errors import MissingArgument, PaperwireError
from bot.store.remembered import ChatMemory, Remembered
from bot.store.shown import Shown
from bot.store.subscriptions import Subscriptions
from handlers.aiming import check_rights
from handlers.subscriptions import SubscriptionCommands, WishText

_YES = "everything"
_MUTE = "mute "
_COMMENT = "#"


class ImportedText(str):
    """Lines of an export."""

    longest = 8_000  # characters


class PrivacyCommands:
    """A chat's say over what is kept about it."""

    section = Section.CHAT

    def __init__(
        self,
        *,
        memory: ChatMemory,
        subscriptions: Subscriptions,
        following: SubscriptionCommands,
        shown: Shown,
    ) -> None:
        self._memory = memory
        self._subscriptions = subscriptions
        self._following = following
        self._shown = shown

    @command("privacy", reads=True)
    async def privacy(self, request: Request) -> Reply:
        """Show what is kept about this chat."""
        t = request.t
        kept = await self._memory.of(request.address.key)
        about = t("What is asked and answered is not logged and not kept under anybody’s name. What was written about a paper is kept for everybody, without who asked. Questions to a paper go to the language model’s server.")  # fmt: skip
        blocks: list[Block] = [Heading(text(t("Kept about this chat")))]
        blocks.append(Bullets(tuple(text(line) for line in _lines(kept, t))))
        blocks.append(Paragraph(text(about), small=True))
        row = (Button(t("Export"), "/export"), Button(t("Forget everything"), "/forget"))
        return Reply((*blocks, Buttons((row,))))

    @command("forget", example="/forget everything")
    async def forget(self, request: Request, *, what: Annotated[str, Arg("how much", (_YES,))] = "") -> Reply:
        """Delete all that is kept about this chat."""
        t = request.t
        check_rights(request)
        if not what:
            said = t("This ends every subscription of this chat and deletes its settings, votes, muted words and the memory of what it was shown. It cannot be undone.")  # fmt: skip
            sure = Button(t("Yes, forget everything"), f"/forget {_YES}")
            return Reply((Paragraph(text(said)), Buttons(((sure, Button(t("Export first"), "/export")),))))
        await self._subscriptions.remove_all(request.address.key)
        await self._memory.forget(request.address.key)
        return say(t("Done: nothing is kept about this chat any more."))

    @command("export", reads=True)
    async def export(self, request: Request) -> Reply:
        """Give what this chat follows as lines that /import takes."""
        t, chat = request.t, request.address.key
        lines = [as_typed(one, None) for one in await self._subscriptions.of(chat)]
        lines += [_MUTE + word for word in sorted(await self._shown.muted(chat))]
        if not lines:
            return say(t.rich("Nothing is followed here yet; `/subscribe RAG at 09:00` begins."))
        said = t.rich("Send `/import` with these lines to another chat or bot:")
        return Reply((Paragraph(said), Preformatted("\n".join(lines))))

    @command("import", example="/import RAG at 09:00 in Asia/Shanghai")
    async def import_(
        self, request: Request, *, lines: Annotated[ImportedText, Arg("lines of an export, or one of them")]
    ) -> Reply:
        """Follow what an export lists; nothing that is followed already is lost."""
        t = request.t
        check_rights(request)
        done, refused = 0, list[Block]()
        for line in _split(lines):
            try:
                await self._take(request, line)
                done += 1
            except PaperwireError as error:
                refused.append(Paragraph(text(f"{line[:80]} — ", explain(error, t))))
        if not done and not refused:
            raise MissingArgument("lines", "/import <lines>")
        said = Paragraph(text(t("Taken over: {count}.", count=done)))
        row = (Button(t("Subscriptions here"), "/subscriptions"),)
        return Reply((said, *refused[:20], Buttons((row,))))

    async def _take(self, request: Request, line: str) -> None:
        if line.startswith(_MUTE):
            await self._shown.mute(request.address.key, line.removeprefix(_MUTE))
        else:
            await self._following.subscribe(request, wish=WishText(line))


def _split(lines: str) -> Iterator[str]:
    """Yield what stands in the lines; platforms that know no line breaks separate by semicolons."""
    for line in lines.replace(";", "\n").splitlines():
        plain = " ".join(line.split()).removeprefix("/subscribe ").removeprefix("/")
        if plain and not plain.startswith((_COMMENT, "```")):
            yield plain


def _lines(kept: Remembered, t: Translator) -> Iterator[str]:
    yield t("Subscriptions, with who made them: {count}", count=kept.subscriptions)
    yield t("Language and settings: {count}", count=kept.choices)
    yield t("Papers that were shown here, for 400 days: {count}", count=kept.shown)
    yield t("Votes 👍 👎, by person, for 400 days: {count}", count=kept.votes)
    yield t("Muted words: {count}", count=kept.muted)
    yield t("Subscriptions that ended, for 7 days: {count}", count=kept.ended)
    yield t("Messages that can be answered to ask on, for 30 days: {count}", count=kept.followups)
    yield t("Model calls of this chat and its people, counted by day, for 2 days")
