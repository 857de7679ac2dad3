"""What is offered to a person who types the bot's name and some words in any chat: papers that are at hand.

Nothing is written for it and the arXiv is not asked: people type letter by letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.chat.offer import MOST, Offer
from bot.chat.reply import Block, Button, Buttons, Paragraph, Quote, Reply
from bot.chat.request import Request
from bot.chat.text import Link, text
from bot.editions.editor import Editor
from bot.editions.reply import day_text
from bot.errors import Mistake, NotAPaperId
from bot.papers.ids import PaperId
from bot.store.papers import PaperRecords
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from bot.writing.library import Known, Library
from bot.writing.tasks.brief import Brief
from bot.writing.written import Written
from handlers.card import authors, card, notices, provenance

_SHORTEST = 2  # characters; one letter means nothing yet


class InlineOffers:
    """A paper by its id, and the latest papers on a topic or query."""

    def __init__(self, library: Library, records: PaperRecords, editor: Editor) -> None:
        self._library = library
        self._records = records
        self._editor = editor

    async def of(self, request: Request, words: str) -> Sequence[Offer]:
        """Return the paper with this id, or what was announced of late on the topic or query, or was shown if there is none."""
        words = " ".join(words.split())
        try:
            return [await self._paper(request, PaperId.parse(words))]
        except NotAPaperId:
            pass
        if len(words) < _SHORTEST:
            return await self._shown(request)
        try:
            wanted = Wanted.parse(words, catalogue.load())
        except Mistake:  # half of a query, mostly
            return []
        latest = await self._editor.latest(wanted, request.language, count=MOST, at_hand=True)
        known = await self._records.get_many([entry.paper.id for _, entry in latest.entries])
        return [
            _offer(known[entry.paper.id], entry.written, request, day)
            for day, entry in latest.entries
            if entry.paper.id in known
        ]

    async def _paper(self, request: Request, paper: PaperId) -> Offer:
        known = await self._records.get(paper)
        if known is None:
            return _unknown(paper, request)
        (written,) = await self._library.written([known.paper], request.language)
        return _offer(known, written, request)

    async def _shown(self, request: Request) -> list[Offer]:
        ids = [PaperId.parse(number) for number, _ in await self._library.recent("")]
        known = await self._records.get_many(ids)
        there = [known[one] for one in ids if one in known]
        texts = await self._library.written([one.paper for one in there], request.language)
        return [_offer(one, written, request) for one, written in zip(there, texts, strict=True)]


def _offer(known: Known, written: Written[Brief] | None, request: Request, day: date | None = None) -> Offer:
    t, paper = request.t, known.paper
    if paper.withdrawn:
        written = None
    blocks: list[Block] = [card(paper, t, written, request.language), *notices(known, t, written)]
    if written:
        blocks.append(Paragraph(text(written.content.summary)))
    elif paper.abstract:
        blocks.append(Quote(text(paper.abstract)))
    blocks.append(Paragraph(provenance(known, t, written), small=True))
    title = written.content.title if written and written.content.title else paper.title
    about = written.content.gist if written else authors(paper, t)
    dated = day_text(day, request.language) if day else ""
    return Offer(
        str(paper.id),
        title,
        " · ".join(filter(None, (dated, about))),
        Reply((*blocks, _buttons(paper.id, request))),
    )


def _unknown(paper: PaperId, request: Request) -> Offer:
    """Return a paper of which nothing but the number is at hand: whoever presses a button has it looked up."""
    said = Paragraph(text(Link(f"arXiv:{paper}", paper.abs_url)))
    return Offer(
        str(paper), f"arXiv:{paper}", request.t("Send a link to it"), Reply((said, _buttons(paper, request)))
    )


def _buttons(paper: PaperId, request: Request) -> Buttons:
    t = request.t
    texts = (
        Button(t("Summary"), f"/summarize {paper}", here=True),
        Button(t("Takeaways"), f"/takeaways {paper}", here=True),
        Button(t("Abstract"), f"/abstract {paper}", here=True),
    )
    return Buttons((texts, (Button("PDF", url=paper.pdf_url),)))
