"""/source: where what was written about a paper comes from."""

from __future__ import annotations

from typing import Annotated, Any

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Bold, Text, text
from bot.chat.wording import Translator
from bot.papers.ids import PaperId
from bot.writing.library import Library
from bot.writing.notes import NOTES
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written
from handlers.card import PAGES, card, day, notices

_MOST = 12  # texts

# What each task writes, as a reader would call it; msgids.
_TASKS = {"brief": "Brief", "deep": "Summary of the full text", "answer": "Answer to a question"}


class SourceCommands:
    """How texts came about."""

    section = Section.PAPERS

    def __init__(self, library: Library) -> None:
        self._library = library

    @command("source", "provenance", example="/source 2406.15319", reads=True)
    async def source(self, request: Request, *, paper: Annotated[PaperId, Arg("arXiv id or link")]) -> Reply:
        """Show what a paper’s texts are based on, and what in them is doubtful."""
        request.progress(request.t("Looking up {paper} …", paper=paper))
        known = await self._library.paper(paper)
        await self._library.shown(known)
        t = request.t
        written = await self._library.texts_about(paper)
        blocks: list[Block] = [card(known.paper, t), *notices(known, t, None)]
        if not written:
            blocks.append(Paragraph(text(t("Nothing has been written about this paper yet."))))
        for one in written[:_MOST]:
            blocks.append(Heading(text(_what(one, t))))
            blocks.append(Bullets(tuple(_how(one, t))))
        if len(written) > _MOST:
            blocks.append(Paragraph(text(t("And {count} more.", count=len(written) - _MOST)), small=True))
        blocks.append(Buttons(((Button(t("Summary"), f"/summarize {known.paper.id}"), Button(t("Abstract"), f"/abstract {known.paper.id}")),)))  # fmt: skip
        return Reply(tuple(blocks))


def _what(written: Written[Any], t: Translator) -> str:
    task = t(_TASKS[written.task]) if written.task in _TASKS else written.task
    return f"{task} · {written.language.name()} · v{written.paper.version if written.paper else ''}"


def _how(written: Written[Any], t: Translator) -> list[Text]:
    """Return what was read, by whom it was written, what it cost, and what is wrong with it."""
    usage = written.usage
    lines = [text(t("Read: {what}", what=read(written, t)))]
    if written.writer == EXTRACTIVE:
        lines.append(text(t("Extracted, not written"), f" · {day(written.written_at)}"))
    else:
        lines.append(text(t("Written by {model}, prompt {revision}", model=written.writer, revision=written.revision), f" · {day(written.written_at)}"))  # fmt: skip
        cost = t("Model calls: {calls}; tokens: {prompt} + {completion}", calls=usage.calls, prompt=usage.prompt_tokens, completion=usage.completion_tokens)  # fmt: skip
        if usage.money:
            cost += " · " + t("money: {money}", money=f"{usage.money:.4f}")
        lines.append(text(cost))
        if not written.flaws:
            lines.append(text(t("Every number and name in it was found in what was read.")))
    for flaw in written.flaws:
        place = t("in {field}", field=flaw.field.split("[")[0].split(".")[0])
        lines.append(text(Bold(f"“{flaw.claim}”"), f" ({place}): ", t(flaw.why)))
    lines += [text(t(NOTES[note])) for note in written.notes]
    return lines


def read(written: Written[Any], t: Translator) -> str:
    """Return how much of the paper was read, in words."""
    if pages := PAGES.fullmatch(written.read):
        return t("{read} of {pages} pages of the PDF", read=pages[1], pages=pages[2])
    return t("the abstract") if written.read == "abstract" else written.read
