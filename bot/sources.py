"""What is read from the arXiv and what is written about it, built upon the store; nothing of it knows a chat."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.announcements.reader import Reader
from bot.announcements.record import Announcements
from bot.editions.days import Days
from bot.editions.editor import Editor
from bot.editions.filing import Filing
from bot.editions.public import Public
from bot.editions.roundups import Roundups
from bot.editions.searches import Searches
from bot.editions.volumes import Volumes
from bot.language import Language
from bot.papers.apart import Apart
from bot.papers.api import ArxivApi
from bot.papers.feed import Feeds
from bot.papers.oai import Harvester
from bot.papers.pdf import Pdfs
from bot.settings import Settings
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.figures import FigureShelf
from bot.store.followed import Followed
from bot.store.gate import RedisGate
from bot.store.lease import Lease
from bot.store.licences import Licences
from bot.store.papers import PaperRecords
from bot.store.quotas import Ceilings, Quotas
from bot.topics import catalogue
from bot.writing.composing import Composer
from bot.writing.fulltexts import FullTexts
from bot.writing.library import Library
from bot.writing.model import ChatModel
from bot.writing.scholar import Scholar
from bot.writing.texts import Texts
from bot.writing.writer import ModelWriter

_LONG_DEADLINE = 240.0  # seconds for what is written from a whole paper, which takes long to read


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All of it in one process. `categories` names those that are read: the settings', and what chats follow."""

    gate: RedisGate
    quotas: Quotas
    texts: Texts
    library: Library
    full_texts: FullTexts
    scholar: Scholar
    figures: FigureShelf
    licences: Licences
    announcements: Announcements
    records: PaperRecords
    followed: Followed
    categories: Callable[[], Awaitable[set[str]]]
    reader: Reader
    searches: Searches
    days: Days
    filing: Filing
    volumes: Volumes
    editor: Editor
    roundups: Roundups

    async def close(self, patience: float) -> None:
        """End what is under way; what is being written has `patience` seconds to be finished."""
        await self.full_texts.close()
        await self.figures.close()
        await self.library.close(patience)


def sources_of(settings: Settings, store: Store, model: ChatModel | None) -> Sources:
    """Return what the settings come to; nothing is asked of anybody yet."""
    gate = RedisGate(store)
    api = ArxivApi(gate, settings.arxiv_api_url)
    cache = Cache(store, keep_days=settings.keep_days)
    ceilings = Ceilings(
        person=settings.daily_calls_per_person,
        chat=settings.daily_calls_per_chat,
        bot=settings.daily_calls,
        person_money=settings.daily_money_per_person,
        chat_money=settings.daily_money_per_chat,
        bot_money=settings.daily_money,
    )
    quotas = Quotas(store, ceilings)
    texts = Texts(cache, store, quotas)
    composer = Composer(model) if model else None
    library = Library(
        api=api,
        cache=cache,
        store=store,
        writer=ModelWriter(composer) if composer else None,
        texts=texts,
    )
    pdfs, apart = Pdfs(gate, settings.arxiv_pdf_url), Apart()
    full_texts = FullTexts(pdfs, cache, store, apart)
    scholar = Scholar(
        fulltexts=full_texts,
        texts=texts,
        cache=cache,
        composer=Composer(model, deadline=_LONG_DEADLINE) if model else None,
        context=settings.model_context,
    )
    announcements = Announcements(store)
    records = PaperRecords(cache)
    harvester = Harvester(gate, settings.arxiv_oai_url)
    followed = Followed(store)

    async def categories() -> set[str]:
        return {*settings.arxiv_categories, *await followed.current(time.time())}

    reader = Reader(
        feeds=Feeds(gate, settings.arxiv_rss_url),
        harvester=harvester,
        api=api,
        announcements=announcements,
        records=records,
        lease=Lease(store, "announcements", level=logging.DEBUG),
        categories=categories,
    )
    searches = Searches(api=api, records=records, store=store, cache=cache)
    days = Days(
        announcements=announcements,
        records=records,
        api=api,
        store=store,
        cache=cache,
        categories=categories,
    )
    filing = Filing(store, catalogue.load)
    volumes = Volumes(days, filing, catalogue.load)
    editor = Editor(
        days=days,
        filing=filing,
        searches=searches,
        records=records,
        library=library,
        public=Public(settings.public_url or "", Language(settings.default_language)),
    )
    roundups = Roundups(
        days=days,
        filing=filing,
        records=records,
        texts=texts,
        composer=composer,
        catalogue=catalogue.load,
    )
    return Sources(
        gate=gate,
        quotas=quotas,
        texts=texts,
        library=library,
        full_texts=full_texts,
        scholar=scholar,
        figures=FigureShelf(pdfs, apart, cache, store),
        licences=Licences(harvester, records, store),
        announcements=announcements,
        records=records,
        followed=followed,
        categories=categories,
        reader=reader,
        searches=searches,
        days=days,
        filing=filing,
        volumes=volumes,
        editor=editor,
        roundups=roundups,
    )
