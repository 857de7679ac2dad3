"""/ask, and what /summarize says in depth: what is read in a paper's full text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Block, Bullets, Button, Buttons, Card, Heading, Paragraph, Quote, Reply
from bot.chat.request import Request
from bot.chat.text import Bold, Link, Text, text
from bot.chat.wording import Translator, explain
from bot.errors import ArxivClosed, ArxivUnavailable, PaperwireError, PdfUnusable
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.access import Access
from bot.writing.library import Known, Library
from bot.writing.passages import Place
from bot.writing.scholar import Scholar, Stage, Tell
from bot.writing.tasks.answer import Answered, Question
from bot.writing.tasks.deep import Deep, Depth
from bot.writing.written import Written
from handlers.card import notices, provenance
from handlers.paying import purse

# Why a paper is not read in full, though it was asked for.
UNREAD = (PdfUnusable, ArxivUnavailable, ArxivClosed)

_MOST_NAMED = 6  # sections that were left out; the rest is counted
_APPENDIX = re.compile(r"[A-HJ-UWYZ](?:[.\d]|$)")  # I, V and X are numbers


class FullTextCommands:
    """Questions to a paper."""

    section = Section.PAPERS

    def __init__(self, library: Library, scholar: Scholar, access: Access) -> None:
        self._library = library
        self._scholar = scholar
        self._access = access

    @command("ask", "question", "q", example="/ask 2406.15319 How large are the retrieval units?", reads=True)
    async def ask(
        self,
        request: Request,
        *,
        paper: Annotated[PaperId, Arg("arXiv id or link")],
        question: Annotated[Question, Arg("what you want to know")],
    ) -> Reply:
        """Answer a question from a paper’s full text."""
        request.progress(request.t("Looking up {paper} …", paper=paper))
        known = await self._library.paper(paper)
        await self._library.shown(known)
        if known.paper.withdrawn:
            return withdrawn(known, request.t)
        written, why = await self._answer(request, known, question)
        said = written.content
        return Reply(
            (
                *_head(known.paper, said.question),
                *notices(known, request.t, written),
                *([Paragraph(abstract_alone(why, request.t))] if why else []),
                *_answer(written, request.t),
                Paragraph(provenance(known, request.t, written), small=True),
                _buttons(known.paper.id, request.t),
            ),
            follow_up=f"/ask {known.paper.id} @{said.handle}",
        )

    async def _answer(
        self, request: Request, known: Known, question: Question
    ) -> tuple[Written[Answered], PaperwireError | None]:
        """Return the answer; where the full text cannot be had, the abstract's, and why."""
        paper, language = known.paper, request.language
        pays, tell = purse(self._access, request), telling(request, paper.id)

        def show(said: str) -> None:
            unfinished = Paragraph(text(request.t("Still writing …")), small=True)
            request.draft(Reply((*_head(paper, question.text), *_paragraphs(said), unfinished)))

        try:
            return await self._scholar.ask(paper, question, language, pays, tell=tell, show=show), None
        except UNREAD as why:
            if not paper.abstract.strip():
                raise
            answered = await self._scholar.ask(
                paper, question, language, pays, tell=tell, show=show, abstract_only=True
            )
            return answered, why


def telling(request: Request, paper: PaperId) -> Tell:
    """Return what puts the stages of reading into words of progress, each once."""
    told: set[Stage] = set()

    def tell(stage: Stage, pages: int) -> None:
        if stage in told:
            return
        told.add(stage)
        match stage:
            case "fetching":
                request.progress(request.t("Fetching the PDF …"))
            case "reading":
                request.progress(request.t("Reading {pages} pages …", pages=pages))
            case "writing":
                request.progress(request.t("Writing about {paper} …", paper=paper))

    return tell


def abstract_alone(why: PaperwireError, t: Translator) -> Text:
    """Say why a text is not from all of the paper."""
    return t.rich("{why} What follows is from the abstract alone.", why=explain(why, t))


def in_depth(deep: Deep, t: Translator) -> Iterator[Block]:
    """Yield a deep summary."""
    yield Heading(text(t("Problem")))
    yield Paragraph(text(deep.problem))
    yield Heading(text(t("Method")))
    yield Paragraph(text(deep.method))
    yield Heading(text(t("Results")))
    yield Bullets(
        tuple(
            t.rich("{text} ({place})", text=r.text, place=place_in(r.place, t)) if r.place else text(r.text)
            for r in deep.results
        )
    )
    yield Heading(text(t("Limitations")))
    if deep.limitations:
        yield Bullets(tuple(map(text, deep.limitations)))
    else:
        yield Paragraph(text(t("None are named in what was read.")))
    yield Heading(text(t("What is new")))
    yield Paragraph(text(deep.new))
    if deep.left_out:
        yield Paragraph(
            text(t("Left out, for length: {sections}", sections=_listed(deep.left_out, t))), small=True
        )
    if deep.partly:
        yield Paragraph(text(t("Read in part: {sections}", sections=_listed(deep.partly, t))), small=True)


def place_in(place: Place, t: Translator) -> str:
    """Return where something stands: `Section 4.2, p. 6`."""
    if not place.number:
        name = t("Abstract") if place.title == "Abstract" else place.title or t("Beginning")
    elif _APPENDIX.match(place.number):
        name = t("Appendix {number}", number=place.number)
    else:
        name = t("Section {number}", number=place.number)
    if place.first == place.last:
        return t("{section}, p. {page}", section=name, page=place.first)
    return t("{section}, pp. {first}–{last}", section=name, first=place.first, last=place.last)


def withdrawn(known: Known, t: Translator) -> Reply:
    """A withdrawn paper is not read: what stands in its place is why it was withdrawn."""
    head, *_ = _head(known.paper)
    said = Quote(text(known.paper.abstract))
    return Reply((head, *notices(known, t, None), said, Paragraph(provenance(known, t, None), small=True)))


def _head(paper: Paper, question: str = "") -> list[Block]:
    links = text(Link(f"arXiv:{paper.id}", paper.id.abs_url))
    head: list[Block] = [Card(paper.title, paper.id.abs_url, (links,), paper.primary_category)]
    return [*head, Paragraph(text(Bold(question)))] if question else head


def _answer(written: Written[Answered], t: Translator) -> Iterator[Block]:
    said = written.content
    if not said.found:
        if written.read == "abstract":
            none = t("The abstract does not say.")
        elif said.whole:
            none = t("The paper does not say.")
        else:
            none = t("The paper does not say, as far as it was read.")
        yield Paragraph(text(Bold(none)))
    yield from _paragraphs(said.text)
    if said.quotes:
        yield Heading(text(t("In the paper’s words")))
        yield Bullets(
            tuple(
                t.rich("{text} ({place})", text=f"“{_begun(q.words)}”", place=place_in(q.place, t))
                for q in said.quotes
            )
        )
    if not said.whole and written.read != "abstract":
        nearest = t(
            "The paper is longer than the model reads at once; what is nearest to the question was read."
        )
        yield Paragraph(text(nearest), small=True)


def _begun(words: str) -> str:
    """Return quoted words, after dots where they begin within a sentence, as far as a small letter tells."""
    first = next(filter(str.isalnum, words), "")
    return f"… {words}" if first.islower() else words


def _paragraphs(said: str) -> list[Block]:
    return [Paragraph(text(part)) for part in said.split("\n\n")]


def _buttons(paper: PaperId, t: Translator) -> Buttons:
    row = (
        Button(t("Summary"), f"/summarize {paper}"),
        Button(t("In depth"), f"/summarize {paper} {Depth.DEEP}"),
        Button("PDF", url=paper.pdf_url),
    )
    return Buttons((row,))


def _listed(names: tuple[str, ...], t: Translator) -> str:
    named = "; ".join(names[:_MOST_NAMED])
    if len(names) <= _MOST_NAMED:
        return named
    return t("{names} and {count} more", names=named, count=len(names) - _MOST_NAMED)
