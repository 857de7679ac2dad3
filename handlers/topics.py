"""/topics, /topic and /search: what there is to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from bot.chat.command import Arg, Choice, Section, command
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Code, Italic, Link, Span, Text, text
from bot.chat.wording import Translator
from bot.editions.edition import Entry
from bot.editions.editor import Editor
from bot.editions.reply import day_text, numbers, provenance
from bot.editions.searches import Searches
from bot.errors import BadArgument
from bot.papers.paper import Paper
from bot.store.phrases import Phrases
from bot.topics import catalogue
from bot.topics.matching import Reason
from bot.topics.query import Query
from bot.topics.wanted import Wanted
from handlers.card import authors

_MOST = 20  # papers in one reply
_PAGE = 10
_LAST_PAGE = 99
_USAGE = "/topic <topic> [count] [page]"


class WantedText(str):
    """A topic's name or a query, as typed: everything but numbers at the end, or what stands in quotes."""

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split off the words; a number or two that follow are the next arguments."""
        shape = re.fullmatch(r"(.*?)((?:\s+\d{1,2}){0,2})", line.strip(), re.DOTALL)
        assert shape
        return shape[1], shape[2].strip()

    @classmethod
    def complete(cls, prefix: str) -> Sequence[Choice]:
        """Suggest topics whose id, name or alias holds `prefix`."""
        wanted = prefix.strip().casefold()
        return [
            (topic.id, f"{topic.name('en')} · {topic.name('zh-Hans')}")
            for topic in catalogue.load()
            if any(wanted in name.casefold() for name in (topic.id, *topic.names.values(), *topic.aliases))
        ]


class TopicCommands:
    """Everything about topics."""

    section = Section.TOPICS

    def __init__(self, editor: Editor, searches: Searches, phrases: Phrases) -> None:
        self._editor = editor
        self._searches = searches
        self._phrases = phrases

    @command("topics", example="/topics", reads=True)
    async def topics(self, request: Request) -> Reply:
        """List the topics that papers are filed under."""
        t, tag = request.t, request.language.tag
        lines = tuple(text(Code(topic.id), " – ", topic.name(tag)) for topic in catalogue.load())
        about = t.rich("`/topic rag` shows the latest papers of one; a query of your own works too, such as `/topic ti:retrieval AND cat:cs.CL`.")  # fmt: skip
        return Reply((Heading(text(t("Topics"))), Bullets(lines), Paragraph(about)))

    @command("topic", example="/topic RAG", reads=True)
    async def topic(
        self,
        request: Request,
        *,
        topic: Annotated[WantedText, Arg("topic or query")],
        count: Annotated[int | None, Arg("how many papers, 20 at most")] = None,
        page: Annotated[int | None, Arg("which page of them")] = None,
    ) -> Reply:
        """Show the latest papers on a topic or query."""
        t, size, number = request.t, _PAGE if count is None else count, 1 if page is None else page
        if not 1 <= size <= _MOST:
            raise BadArgument("count", str(size), usage=_USAGE)
        if not 1 <= number <= _LAST_PAGE:
            raise BadArgument("page", str(number), usage=_USAGE)
        what = Wanted.parse(await self._phrases.text(str(topic)), catalogue.load())
        request.progress(t("Looking for papers …"))
        latest = await self._editor.latest(what, request.language, first=(number - 1) * size, count=size)
        blocks: list[Block] = [Heading(text(what.name(request.language.tag)))]
        if not latest.entries:
            blocks.append(Paragraph(text(t("No further papers.") if number > 1 else t("No papers found."))))
        else:
            lines = tuple(_line(entry, day, request) for day, entry in latest.entries)
            blocks.append(Bullets(lines, numbered=True))
        entries = [entry for _, entry in latest.entries]
        if latest.searched and entries:
            said = t("From a search of the arXiv: nothing that was announced of late matches.")
            blocks.append(Paragraph(text(said), small=True))
        if made := provenance(entries, t):
            blocks.append(Paragraph(text(made), small=True))
        paging = await self._paging(what, size, number, latest.more, t)
        if rows := (*numbers(entries), *paging):
            blocks.append(Buttons(rows))
        return Reply(tuple(blocks))

    @command("search", "find", example="/search speculative decoding", reads=True)
    async def search(
        self, request: Request, *, words: Annotated[WantedText, Arg("words to look for")]
    ) -> Reply:
        """Search the arXiv for papers."""
        t = request.t
        query = Query.parse(str(words))
        request.progress(t("Searching the arXiv …"))
        papers = (await self._searches.find(query, "relevance"))[:_PAGE]
        heading = Heading(text(query.text))
        if not papers:
            said = t("The arXiv finds nothing for that; fewer or other words may help.")
            return Reply((heading, Paragraph(text(said))))
        entries = [Entry(paper, 0.0, Reason((), None), (), shown=False) for paper in papers]
        lines = tuple(_line(entry, None, request) for entry in entries)
        return Reply((heading, Bullets(lines, numbered=True), Buttons(numbers(entries))))

    async def _paging(
        self, what: Wanted, size: int, number: int, more: bool, t: Translator
    ) -> tuple[tuple[Button, ...], ...]:
        if number == 1 and not more:
            return ()
        name = await self._phrases.name(what.typed)
        row = [Button(t("Newer"), f"/topic {name} {size} {number - 1}")] if number > 1 else []
        row += [Button(t("Older"), f"/topic {name} {size} {number + 1}")] if more else []
        return (tuple(row),)


def _line(entry: Entry, day: date | None, request: Request) -> Text:
    """Return a paper in two lines: its title; its day, and what is new in it or who wrote it."""
    paper = entry.paper
    day = day or _submitted(paper)
    title = entry.written.content.title if entry.written and entry.written.content.title else paper.title
    rest = entry.written.content.gist if entry.written else authors(paper, request.t)
    below = " · ".join(filter(None, (day_text(day, request.language) if day else "", rest)))
    parts: list[str | Span] = [Link(title, paper.id.abs_url), f"\n{below}"]
    if entry.venue:
        parts += [" ", Italic(f"({entry.venue})")]
    return text(*parts)


def _submitted(paper: Paper) -> date | None:
    return paper.published.date() if paper.published else None
