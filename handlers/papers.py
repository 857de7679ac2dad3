"""/summarize, /takeaways, /translate, /abstract and /cite: what a person asks about one paper."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from bot.chat.command import Arg, Section, command
from bot.chat.reply import (
    Block,
    Bullets,
    Button,
    Buttons,
    Heading,
    Outcome,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
)
from bot.chat.request import Request
from bot.chat.text import Bold, text
from bot.editions.habits import Habits
from bot.errors import CeilingReached, ModelMissing, PaperwireError
from bot.language import ENGLISH, Language
from bot.papers.bibtex import bibtex
from bot.papers.ids import PaperId
from bot.store.access import Access
from bot.store.choices import Choices
from bot.writing.library import Known, Library
from bot.writing.scholar import Scholar
from bot.writing.tasks.brief import Brief
from bot.writing.tasks.deep import Depth
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written
from handlers.card import card, notices, provenance
from handlers.figures import FigureCommands
from handlers.fulltext import UNREAD, abstract_alone, in_depth, telling
from handlers.paying import purse

Paper = Annotated[PaperId, Arg("arXiv id or link")]
Target = Annotated[Language | None, Arg("language to read it in")]


class PaperCommands:
    """Everything about one paper."""

    section = Section.PAPERS

    def __init__(
        self, library: Library, scholar: Scholar, access: Access, choices: Choices, figures: FigureCommands
    ) -> None:
        self._library = library
        self._scholar = scholar
        self._access = access
        self._choices = choices
        self._figures = figures

    @command("summarize", "summarise", "summary", "s", example="/summarize 2406.15319", reads=True)
    async def summarize(
        self,
        request: Request,
        *,
        paper: Paper,
        depth: Annotated[Depth | None, Arg("deep: read all of it", choices=(Depth.DEEP,))] = None,
        language: Target = None,
    ) -> Reply:
        """Summarize a paper in a few sentences, or in depth from its full text."""
        known = await self._paper(request, paper)
        if known.paper.withdrawn:
            return await self._withdrawn(request, known)
        if depth:
            return await self._deep(request, known, language)
        return await self._summary(request, known, language)

    async def _deep(self, request: Request, known: Known, language: Language | None) -> Reply:
        """Return what all of the paper says; where it cannot be read, its summary and why."""
        await self._library.shown(known)
        target = language or request.language
        pays, tell = purse(self._access, request), telling(request, known.paper.id)
        try:
            written = await self._scholar.deep(known.paper, target, pays, tell=tell)
        except (*UNREAD, ModelMissing) as why:
            return await self._summary(request, known, language, why)
        except CeilingReached:
            return await self._summary(request, known, language)  # which says so
        blocks = list(in_depth(written.content, request.t))
        if Habits.from_json(await self._choices.get(request.address.key)).figures:
            blocks += await self._figures.some(request, known)
        return self._reply(request, known, written, blocks, without="deep")

    async def _summary(
        self, request: Request, known: Known, language: Language | None, why: PaperwireError | None = None
    ) -> Reply:
        """Return the brief's summary; `why` it is this, where more was asked for."""
        written, ceiling = await self._brief(request, known, language)
        brief, t = written.content, request.t
        # An extracted gist is one of the summary's own sentences.
        gist = [] if written.writer == EXTRACTIVE else [Paragraph(text(Bold(brief.gist)))]
        return self._reply(
            request,
            known,
            written,
            [
                *([Paragraph(abstract_alone(why, t))] if why else []),
                *gist,
                Paragraph(text(brief.summary)),
            ],
            without="summarize",
            ceiling=ceiling,
        )

    @command("takeaways", "keypoints", "t", example="/takeaways 2406.15319", reads=True)
    async def takeaways(self, request: Request, *, paper: Paper, language: Target = None) -> Reply:
        """List a paper’s key takeaways."""
        known = await self._paper(request, paper)
        if known.paper.withdrawn:
            return await self._withdrawn(request, known)
        written, ceiling = await self._brief(request, known, language)
        points = Bullets(tuple(text(point) for point in written.content.takeaways))
        return self._reply(
            request,
            known,
            written,
            [Heading(text(request.t("Key takeaways"))), points],
            without="takeaways",
            ceiling=ceiling,
        )

    @command("translate", "tr", example="/translate 2406.15319 zh", reads=True)
    async def translate(self, request: Request, *, paper: Paper, language: Target = None) -> Reply:
        """Translate a paper’s title and abstract."""
        target = language or request.language
        if target.is_english:
            said = request.t.rich(
                "The paper is in English; say which language you want, such as `/translate {paper} zh`.",
                paper=str(paper),
            )
            return Reply((Paragraph(said),), Outcome.MISTAKEN, private=True)
        known = await self._paper(request, paper)
        if known.paper.withdrawn:
            return await self._withdrawn(request, known)
        request.progress(request.t("Writing about {paper} …", paper=known.paper.id))
        written = await self._library.translation(known, target, purse(self._access, request))
        abstract = written.content.abstract or known.paper.abstract
        return self._reply(
            request,
            known,
            written,
            [Heading(text(request.t("Abstract"))), Paragraph(text(abstract))],
            without="translate",
        )

    @command("abstract", "abs", example="/abstract 2406.15319", reads=True)
    async def abstract(self, request: Request, *, paper: Paper) -> Reply:
        """Show a paper’s abstract as its authors wrote it."""
        known = await self._paper(request, paper)
        await self._library.shown(known)
        shown = known.paper.abstract or request.t("This paper has no abstract.")
        return self._reply(request, known, None, [Quote(text(shown))], without="abstract")

    @command("cite", "bibtex", example="/cite 2406.15319", reads=True)
    async def cite(self, request: Request, *, paper: Paper) -> Reply:
        """Give a paper’s BibTeX entry."""
        known = await self._paper(request, paper)
        await self._library.shown(known)
        return self._reply(
            request, known, None, [Preformatted(bibtex(known.paper, paper), "bibtex")], without="cite"
        )

    async def _paper(self, request: Request, paper: PaperId) -> Known:
        request.progress(request.t("Looking up {paper} …", paper=paper))
        return await self._library.paper(paper)

    async def _brief(
        self, request: Request, known: Known, language: Language | None
    ) -> tuple[Written[Brief], CeilingReached | None]:
        """Return the brief; over a ceiling, sentences of the paper's own and the reason."""
        request.progress(request.t("Writing about {paper} …", paper=known.paper.id))
        target = language or request.language
        try:
            return await self._library.brief(known, target, purse(self._access, request)), None
        except CeilingReached as reached:
            return await self._library.extract(known, target), reached

    async def _withdrawn(self, request: Request, known: Known) -> Reply:
        """A withdrawn paper is not written about: what stands there is why it was withdrawn."""
        await self._library.shown(known)
        return self._reply(request, known, None, [Quote(text(known.paper.abstract))], without="abstract")

    def _reply(
        self,
        request: Request,
        known: Known,
        written: Written[Any] | None,
        blocks: list[Block],
        *,
        without: str,
        ceiling: CeilingReached | None = None,
    ) -> Reply:
        brief = written if written and isinstance(written.content, Brief) else None
        return Reply(
            (
                card(known.paper, request.t, brief, request.language),
                *notices(known, request.t, written, ceiling),
                *blocks,
                Paragraph(provenance(known, request.t, written), small=True),
                self._buttons(request, known, without, written.language if written else ENGLISH),
            )
        )

    def _buttons(self, request: Request, known: Known, without: str, shown_in: Language) -> Buttons:
        t, paper = request.t, known.paper.id
        shown = {"summarize": t("Summary"), "takeaways": t("Takeaways"), "abstract": t("Abstract")}
        first = [
            Button(label, f"/{name} {paper}", here=True) for name, label in shown.items() if name != without
        ]
        second = []
        if self._scholar.has_model:
            if without != "deep":
                first.append(Button(t("In depth"), f"/summarize {paper} {Depth.DEEP}"))
            second.append(Button(t("Ask"), f"/ask {paper}", asks=True))
        if self._library.has_model and without != "translate":
            first.append(_elsewise(request.language, paper, without, shown_in))
        second.append(Button("PDF", url=paper.pdf_url))
        second += [Button("👍", f"/like {paper.number}"), Button("👎", f"/dislike {paper.number}")]
        return Buttons((tuple(first), tuple(second)))


def _elsewise(chat: Language, paper: PaperId, without: str, shown_in: Language) -> Button:
    """Return the button that shows a paper in another language than it is shown in; the chat's own goes first."""
    if shown_in == chat and not chat.is_english:
        again = without if without == "takeaways" else "summarize"
        return Button(_own_name(ENGLISH), f"/{again} {paper} {ENGLISH}", here=True)
    target = Language("zh-Hans") if chat.is_english else chat
    return Button(_own_name(target), f"/translate {paper} {target}", here=True)


@cache
def _own_name(language: Language) -> str:
    """Return the language's name in itself; to look it up takes longer than all other buttons together."""
    return language.name()
