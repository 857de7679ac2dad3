"""Commands about papers, made as the bot makes them, over a store and the arXiv's stand-in."""

from __future__ import annotations

from bot.papers.apart import Apart
from bot.papers.gate import LocalGate
from bot.papers.oai import Harvester
from bot.papers.pdf import Pdfs
from bot.store.access import Access
from bot.store.cache import Cache
from bot.store.choices import Choices
from bot.store.client import Store
from bot.store.figures import FigureShelf
from bot.store.licences import Licences
from bot.store.papers import PaperRecords
from bot.writing.library import Library
from bot.writing.scholar import Scholar
from handlers.figures import FigureCommands
from handlers.papers import PaperCommands
from tests.fakes.arxiv import ArxivFake


def figures_of(store: Store, arxiv: ArxivFake, library: Library) -> FigureCommands:
    gate, cache = LocalGate(gap=0.0, first_pause=0.01), Cache(store, keep_days=400)
    licences = Licences(Harvester(gate, arxiv.oai_url), PaperRecords(cache), store)
    return FigureCommands(library, licences, FigureShelf(Pdfs(gate, arxiv.pdf_url), Apart(), cache, store))


def papers_of(
    store: Store, arxiv: ArxivFake, library: Library, scholar: Scholar, access: Access
) -> PaperCommands:
    return PaperCommands(library, scholar, access, Choices(store), figures_of(store, arxiv, library))
