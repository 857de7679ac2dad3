"""/like and /dislike: what a chat wants nearer the top of its editions, and what further down."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Reply, say
from bot.chat.request import Request
from bot.editions.taste import marks
from bot.papers.ids import PaperId
from bot.store.papers import PaperRecords
from bot.store.taste import Taste, Vote
from bot.writing.library import Library

Paper = Annotated[PaperId, Arg("arXiv id or link")]


class TasteCommands:
    """What a chat likes; everybody who is served has one vote on each paper."""

    section = Section.EDITIONS

    def __init__(
        self,
        library: Library,
        records: PaperRecords,
        taste: Taste,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._records = records
        self._taste = taste
        self._clock = clock

    @command("like", example="/like 2406.15319")
    async def like(self, request: Request, *, paper: Paper) -> Reply:
        """Move papers like this one up a little in later editions."""
        await self._vote(request, paper, liked=True)
        return say(
            request.t("Noted: papers like this move up a little in this chat’s editions."), private=True
        )

    @command("dislike", example="/dislike 2406.15319")
    async def dislike(self, request: Request, *, paper: Paper) -> Reply:
        """Move papers like this one down a little in later editions."""
        await self._vote(request, paper, liked=False)
        return say(
            request.t("Noted: papers like this move down a little in this chat’s editions."), private=True
        )

    async def _vote(self, request: Request, paper: PaperId, *, liked: bool) -> None:
        # Whether there is a newer version by now matters to no vote, and whoever pressed a button waits.
        known = await self._records.get(paper) or await self._library.paper(paper)
        vote = Vote(liked, marks(known.paper))
        await self._taste.vote(
            request.address.key, request.person, known.paper.id.number, vote, self._clock()
        )
