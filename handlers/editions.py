"""/edition and /all: a day's edition when somebody asks for it, and all that matched in one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply, say
from bot.chat.request import Request
from bot.chat.text import text
from bot.editions.edition import Edition
from bot.editions.editor import Editor
from bot.editions.reply import days_text, edition_reply, numbers, title_text
from bot.editions.when import moment
from bot.editions.wish import wanted_of
from bot.errors import BadArgument
from bot.papers.schedule import latest_day
from bot.store.access import Access
from bot.store.matched import Matched
from bot.store.phrases import Phrases
from bot.store.subscriptions import Subscriptions
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from handlers.paying import purse
from handlers.subscriptions import FollowedText
from handlers.topics import WantedText

_AT_ONCE = 3  # editions
_PAGE = 20  # papers
_LAST_PAGE = 99
_KEPT_NAME = re.compile(r"#[0-9a-f]{12}")
_USAGE = "/all <topic> [page]"


class EditionCommands:
    """Editions that nobody waits for."""

    section = Section.EDITIONS

    def __init__(
        self,
        *,
        editor: Editor,
        subscriptions: Subscriptions,
        matched: Matched,
        phrases: Phrases,
        access: Access,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._editor = editor
        self._subscriptions = subscriptions
        self._matched = matched
        self._phrases = phrases
        self._access = access
        self._clock = clock

    @command("edition", example="/edition RAG", reads=True)
    async def edition(
        self,
        request: Request,
        *,
        topic: Annotated[
            FollowedText, Arg("topic or query; what is followed here if left out")
        ] = FollowedText(""),  # noqa: B008 - text
    ) -> Reply:
        """Show the latest day’s edition now."""
        typed = [await self._phrases.text(str(topic))] if topic else []
        if not typed:
            followed = await self._subscriptions.of(request.address.key)
            typed = list(dict.fromkeys(wanted_of(one.wanted) for one in followed))[:_AT_ONCE]
        if not typed:
            return say(
                request.t.rich("Nothing is followed here yet; say which topic, such as `/edition RAG`.")
            )
        request.progress(request.t("Preparing the edition …"))
        blocks: list[Block] = []
        for one in typed:
            made = await self._latest(request, one)
            name = await self._matched.keep(made.matches) if made.matched > len(made.shown) else ""
            alone = len(typed) == 1
            blocks += edition_reply(made, request.t, buttons=alone, matches=name).blocks
        return Reply(tuple(blocks))

    @command("all", example="/all RAG", reads=True)
    async def all(
        self,
        request: Request,
        *,
        topic: Annotated[WantedText, Arg("topic or query")],
        page: Annotated[int | None, Arg("which page of them")] = None,
    ) -> Reply:
        """List every paper that matched on the latest day."""
        t, number = request.t, 1 if page is None else page
        if not 1 <= number <= _LAST_PAGE:
            raise BadArgument("page", str(number), usage=_USAGE)
        if _KEPT_NAME.fullmatch(topic):
            kept = await self._matched.find(topic)
            if kept is None:
                return say(t("That edition is no longer kept here."))
        else:
            typed = await self._phrases.text(str(topic))
            kept = (await self._latest(request, typed, top=0)).matches
        request.progress(t("Looking for papers …"))
        start = (number - 1) * _PAGE
        entries = await self._editor.entries_of(kept.papers[start : start + _PAGE], request.language)
        wanted = Wanted.parse(kept.wanted, catalogue.load())
        days = days_text(kept.first, kept.last, request.language)
        said = (wanted.name(request.language.tag), days, t("{count} matched", count=len(kept.papers)))
        blocks: list[Block] = [Heading(text(" · ".join(said)))]
        if entries:
            blocks.append(Bullets(tuple(map(title_text, entries)), numbered=True))
        else:
            none = t("No further papers.") if number > 1 else t("Nothing that was announced matches.")
            blocks.append(Paragraph(text(none)))
        rows = numbers(entries)
        if len(kept.papers) > _PAGE:
            name = await self._matched.keep(kept)
            row = [Button(t("Previous"), f"/all {name} {number - 1}")] if number > 1 else []
            more = start + _PAGE < len(kept.papers) and number < _LAST_PAGE
            row += [Button(t("Next"), f"/all {name} {number + 1}")] if more else []
            rows = (*rows, tuple(row))
        if rows:
            blocks.append(Buttons(rows))
        return Reply(tuple(blocks))

    async def _latest(self, request: Request, typed: str, **shown: int) -> Edition:
        wanted = Wanted.parse(typed, catalogue.load())
        day = latest_day(moment(self._clock()))
        return await self._editor.edition(
            day, wanted, request.language, purse(self._access, request), **shown
        )
