"""/card: what a chat that wants it gets for a link to a paper. Platforms call it; nobody is told of it."""

from __future__ import annotations

from typing import Annotated

from bot.chat.command import Arg, command
from bot.chat.reply import Block, Button, Buttons, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import text
from bot.editions.habits import Habits
from bot.errors import PaperwireError
from bot.papers.ids import PaperId
from bot.store.choices import Choices
from bot.writing.library import Library
from handlers.card import card, notices, provenance

_NOTHING = Reply(())


class LinkCommands:
    """Cards for links."""

    def __init__(self, library: Library, choices: Choices) -> None:
        self._library = library
        self._choices = choices

    @command("card", listed=False)
    async def card(self, request: Request, *, paper: Annotated[PaperId, Arg("arXiv id or link")]) -> Reply:
        """Show what a paper is, in a few lines; nothing where the chat has not asked for that."""
        if not Habits.from_json(await self._choices.get(request.address.key)).cards:
            return _NOTHING
        try:
            known = await self._library.paper(paper)
        except PaperwireError:  # nobody asked: there is nobody to tell
            return _NOTHING
        await self._library.shown(known)
        t = request.t
        # What is written is shown; a link that somebody posts has nothing written.
        (written,) = await self._library.written([known.paper], request.language)
        if written is None and not known.paper.withdrawn:
            written = await self._library.extract(known, request.language)
        blocks: list[Block] = [card(known.paper, t, written, request.language), *notices(known, t, None)]
        if written and not known.paper.withdrawn:
            blocks += [
                Paragraph(text(written.content.gist)),
                Paragraph(provenance(known, t, written), small=True),
            ]
        paper_id = known.paper.id
        row = (
            Button(t("Summary"), f"/summarize {paper_id}", here=True),
            Button(t("Takeaways"), f"/takeaways {paper_id}", here=True),
            Button("PDF", url=paper_id.pdf_url),
        )
        return Reply((*blocks, Buttons((row,))))
