"""/figures: a paper’s figures in the chat, where the paper’s licence permits it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Block, Button, Buttons, Image, Outcome, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Bold, Link, Span, Text, text
from bot.chat.wording import Translator, explain
from bot.errors import ArxivClosed, ArxivUnavailable, PdfUnusable
from bot.papers.figures import Figure, Figures
from bot.papers.ids import PaperId
from bot.papers.licence import Licence
from bot.store.figures import FigureShelf
from bot.store.licences import Licences
from bot.writing.clean import visible
from bot.writing.library import Known, Library
from handlers.card import authors, card, notices

_FEW = 3  # figures beside a text
_CAPTION = 900  # characters; what is longer is cut at a word


class FigureCommands:
    """Figures, under the paper's own terms."""

    section = Section.PAPERS

    def __init__(self, library: Library, licences: Licences, shelf: FigureShelf) -> None:
        self._library = library
        self._licences = licences
        self._shelf = shelf

    @command("figures", "figs", example="/figures 2406.15319", reads=True)
    async def figures(self, request: Request, *, paper: Annotated[PaperId, Arg("arXiv id or link")]) -> Reply:
        """Show a paper’s figures, where its licence permits it."""
        t = request.t
        request.progress(t("Looking up {paper} …", paper=paper))
        known = await self._library.paper(paper)
        await self._library.shown(known)
        if known.paper.withdrawn:
            return _reply(known, t, [Paragraph(text(t("Figures of withdrawn papers are not shown.")))])
        if known.paper.licence is None:
            request.progress(t("Asking for the licence of {paper} …", paper=known.paper.id))
        # Decided anew each time, whatever lies on the shelf.
        licence = await self._licences.of(known.paper)
        if not licence.may_show:
            return _reply(known, t, [Paragraph(_refusal(known, licence, t))])
        request.progress(t("Cutting the figures of {paper} out of its PDF …", paper=known.paper.id))
        try:
            figures = await self._shelf.of(known.paper.id)
        except PdfUnusable as error:
            return _reply(known, t, [Paragraph(explain(error, t))], Outcome.FAILED)
        return _reply(known, t, list(_shown(known, figures, licence, t)))

    async def some(self, request: Request, known: Known) -> list[Block]:
        """Return the first few figures, to stand beside what is written of the paper; nothing where none may be shown."""
        try:
            licence = await self._licences.of(known.paper)
            if not licence.may_show:
                return []
            figures = await self._shelf.of(known.paper.id)
        except (PdfUnusable, ArxivUnavailable, ArxivClosed):
            return []
        t, few = request.t, _in_order(figures)[:_FEW]
        blocks: list[Block] = [_image(known, number, figure, t) for number, figure in enumerate(few, 1)]
        return [*blocks, Paragraph(_attribution(known, licence, t), small=True)] if few else []


def _reply(known: Known, t: Translator, blocks: list[Block], outcome: Outcome = Outcome.DONE) -> Reply:
    paper = known.paper.id
    buttons = (
        Button(t("Summary"), f"/summarize {paper}"),
        Button(t("Abstract"), f"/abstract {paper}"),
        Button("PDF", url=paper.pdf_url),
    )
    return Reply((card(known.paper, t), *notices(known, t, None), *blocks, Buttons((buttons,))), outcome)


def _refusal(known: Known, licence: Licence, t: Translator) -> Text:
    links = {
        "pdf": Link("PDF", known.paper.id.pdf_url),
        "abstract": Link(f"arXiv:{known.paper.id}", known.paper.id.abs_url),
    }
    if licence.name:
        named = Link(licence.name, licence.url)
        return t.rich("The paper’s licence ({licence}) does not permit showing its figures here; they are in the {pdf} ({abstract}).", licence=named, **links)  # fmt: skip
    return t.rich("The paper’s licence is not known, so its figures are not shown here; they are in the {pdf} ({abstract}).", **links)  # fmt: skip


def _shown(known: Known, figures: Figures, licence: Licence, t: Translator) -> Iterator[Block]:
    pdf = Link("PDF", known.paper.id.pdf_url)
    for number, figure in enumerate(_in_order(figures), 1):
        yield _image(known, number, figure, t)
    if not figures.figures:
        yield Paragraph(t.rich("No figure with a caption was found in the {pdf}.", pdf=pdf))
    elif figures.found > len(figures.figures):
        shown, found = str(len(figures.figures)), str(figures.found)
        yield Paragraph(t.rich("These are {shown} of {found} figures; the others are in the {pdf}.", shown=shown, found=found, pdf=pdf))  # fmt: skip
    if figures.read < figures.pages:
        yield Paragraph(text(t("Read {read} of {pages} pages.", read=figures.read, pages=figures.pages)))
    if figures.figures:
        yield Paragraph(_attribution(known, licence, t), small=True)


def _in_order(figures: Figures) -> list[Figure]:
    """Return the figures by number as a reader counts: 2 before 10, those of the appendix last."""

    def place(figure: Figure) -> tuple[str, tuple[int, ...]]:
        return re.sub(r"[^A-Z].*", "", figure.number), tuple(map(int, re.findall(r"\d+", figure.number)))

    return sorted(figures.figures, key=place)


def _image(known: Known, number: int, figure: Figure, t: Translator) -> Image:
    """The caption is the paper's and nothing but text, whatever it says."""
    words = visible(figure.caption)
    if len(words) > _CAPTION:
        words = f"{words[:_CAPTION].rsplit(' ', 1)[0]} …"
    page = Link(t("page {page}", page=figure.page), f"{known.paper.id.pdf_url}#page={figure.page}")
    label: tuple[str | Span, ...] = (Bold(t("Figure {number}", number=figure.number)),)
    caption = text(*label, *((": ", words) if words else ()), " (", page, ")")
    ending = "jpg" if figure.kind == "jpeg" else "png"
    name = f"{str(known.paper.id).replace('/', '-')}-figure-{number}.{ending}"
    return Image(caption, data=figure.data, name=name)


def _attribution(known: Known, licence: Licence, t: Translator) -> Text:
    """Name the authors and the licence, and say what was done: the licences ask for that. The card names the work."""
    return t.rich(
        "Figures by {authors}, {licence}; cut out of the PDF at the captions by a program, otherwise unchanged.",
        authors=authors(known.paper, t) or t("its authors"),
        licence=Link(licence.name, licence.url),
    )
