"""/summarize, /takeaways, /translate, /abstract and /cite: what a person asks about one paper."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated

from bot.chat.command import Arg, command
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
from bot.errors import CeilingReached
from bot.language import Language
from bot.papers.ids import PaperId
from bot.store.access import Access
from bot.store.quotas import Payer
from bot.writing.library import Known, Library
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written
from handlers.bibtex import bibtex
from handlers.card import card, notices, provenance

Paper = Annotated[PaperId, Arg("arXiv id or link")]
Target = Annotated[Language | None, Arg("language to read it in")]


class PaperCommands:
    """Everything about one paper."""

    def __init__(self, library: Library, access: Access) -> None:
        self._library = library
        self._access = access

    @command("summarize", "summarise", "summary", "s", example="/summarize 2406.15319")
    async def summarize(self, request: Request, *, paper: Paper, language: Target = None) -> Reply:
        """Summarize a paper in a few sentences."""
        known = await self._paper(request, paper)
        if known.paper.withdrawn:
            return await self._withdrawn(request, known)
        written, ceiling = await self._brief(request, known, language)
        brief, t = written.brief, request.t
        # An extracted gist is one of the summary's own sentences.
        gist = [] if written.writer == EXTRACTIVE else [Paragraph(text(Bold(brief.gist)))]
        return self._reply(
            request,
            known,
            written,
            [*gist, Heading(text(t("Summary"))), Paragraph(text(brief.summary))],
            without="summarize",
            ceiling=ceiling,
        )

    @command("takeaways", "keypoints", "t", example="/takeaways 2406.15319")
    async def takeaways(self, request: Request, *, paper: Paper, language: Target = None) -> Reply:
        """List a paper’s key takeaways."""
        known = await self._paper(request, paper)
        if known.paper.withdrawn:
            return await self._withdrawn(request, known)
        written, ceiling = await self._brief(request, known, language)
        points = Bullets(tuple(text(point) for point in written.brief.takeaways))
        return self._reply(
            request,
            known,
            written,
            [Heading(text(request.t("Key takeaways"))), points],
            without="takeaways",
            ceiling=ceiling,
        )

    @command("translate", "tr", example="/translate 2406.15319 zh")
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
        written = await self._library.translation(known, target, partial(self._payer, request))
        abstract = written.brief.abstract or known.paper.abstract
        return self._reply(
            request,
            known,
            written,
            [Heading(text(request.t("Abstract"))), Paragraph(text(abstract))],
            without="translate",
        )

    @command("abstract", "abs", example="/abstract 2406.15319")
    async def abstract(self, request: Request, *, paper: Paper) -> Reply:
        """Show a paper’s abstract as its authors wrote it."""
        known = await self._paper(request, paper)
        await self._library.shown(known)
        shown = known.paper.abstract or request.t("This paper has no abstract.")
        return self._reply(request, known, None, [Quote(text(shown))], without="abstract")

    @command("cite", "bibtex", example="/cite 2406.15319")
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
    ) -> tuple[Written, CeilingReached | None]:
        """Return the brief; over a ceiling, sentences of the paper's own and the reason."""
        request.progress(request.t("Writing about {paper} …", paper=known.paper.id))
        target = language or request.language
        try:
            return await self._library.brief(known, target, partial(self._payer, request)), None
        except CeilingReached as reached:
            return await self._library.extract(known, target), reached

    async def _payer(self, request: Request) -> Payer:
        at_home = request.address.platform == "console"
        exempt = at_home or await self._access.is_owner(request.person)
        return Payer(request.address.key, request.person, exempt)

    async def _withdrawn(self, request: Request, known: Known) -> Reply:
        """A withdrawn paper is not written about: what stands there is why it was withdrawn."""
        await self._library.shown(known)
        return self._reply(request, known, None, [Quote(text(known.paper.abstract))], without="abstract")

    def _reply(
        self,
        request: Request,
        known: Known,
        written: Written | None,
        blocks: list[Block],
        *,
        without: str,
        ceiling: CeilingReached | None = None,
    ) -> Reply:
        return Reply(
            (
                card(known.paper, request.t, written),
                *notices(known, request.t, written, ceiling),
                *blocks,
                Paragraph(provenance(known, request.t, written), small=True),
                self._buttons(request, known, without),
            )
        )

    def _buttons(self, request: Request, known: Known, without: str) -> Buttons:
        t, paper = request.t, known.paper.id
        offers = {
            "summarize": t("Summary"),
            "takeaways": t("Takeaways"),
            "abstract": t("Abstract"),
            "cite": t("Cite"),
        }
        commands = [Button(label, f"/{name} {paper}") for name, label in offers.items() if name != without]
        if self._library.has_model and without != "translate":
            target = Language("zh-Hans") if request.language.is_english else request.language
            commands.append(Button(_own_name(target), f"/translate {paper} {target}"))
        links = Button("arXiv", url=paper.abs_url), Button("PDF", url=paper.pdf_url)
        votes = Button("👍", f"/like {paper.number}"), Button("👎", f"/dislike {paper.number}")
        return Buttons((tuple(commands), (*links, *votes)))


@cache
def _own_name(language: Language) -> str:
    """Return the language's name in itself; to look it up takes longer than all other buttons together."""
    return language.name()
