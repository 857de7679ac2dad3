"""The composition root: the only module that knows every other."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.announcements.reader import Reader
from bot.announcements.record import Announcements
from bot.chat.command import Choice, Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Platform
from bot.chat.request import Address
from bot.editions.chats import ChatBook, Reaches
from bot.editions.days import Days
from bot.editions.desk import Desk
from bot.editions.editor import Editor
from bot.editions.filing import Filing
from bot.editions.searches import Searches
from bot.editions.work import Work
from bot.editions.zones import Zone
from bot.errors import ChatNotFound, DeliveryError
from bot.language import Language
from bot.papers.api import ArxivApi
from bot.papers.feed import Feeds
from bot.papers.ids import PaperId
from bot.papers.oai import Harvester
from bot.platforms.console.adapter import Console
from bot.settings import Settings
from bot.store.access import Access
from bot.store.cache import Cache
from bot.store.chats import ChatLanguages, Migration
from bot.store.client import Store
from bot.store.ended import Ended
from bot.store.followed import Followed
from bot.store.gate import RedisGate
from bot.store.inbox import RedisInbox
from bot.store.lease import Lease
from bot.store.outbox import Outbox
from bot.store.papers import PaperRecords
from bot.store.phrases import Phrases
from bot.store.quotas import Ceilings, Quotas
from bot.store.shown import Shown
from bot.store.subscriptions import Subscriptions
from bot.store.taste import Taste
from bot.topics import catalogue
from bot.writing.library import Library
from bot.writing.writer import ModelWriter
from handlers.access import AccessCommands, AccessGuard
from handlers.basics import BasicCommands
from handlers.papers import PaperCommands
from handlers.status import StatusCommands
from handlers.subscriptions import SubscriptionCommands
from handlers.taste import TasteCommands
from handlers.topics import TopicCommands

if TYPE_CHECKING:
    from bot.writing.openai_model import OpenAIModel


_KEY = re.compile(r"telegram:-?\d+|discord:(guild:)?\d+")  # of a chat, a person, a server


@dataclass(frozen=True, slots=True)
class App:
    """Everything that runs in one process, wired up."""

    settings: Settings
    store: Store
    gate: RedisGate
    library: Library
    announcements: Announcements
    reader: Reader
    editor: Editor
    work: Work
    outbox: Outbox
    chats: ChatBook
    release: Callable[[], Awaitable[None]]
    access: Access
    console: Console
    platforms: Mapping[str, Platform]
    dispatcher: Dispatcher


def store_of(settings: Settings) -> Store:
    """Return the store that the settings name; nothing is connected or started yet."""
    if settings.redis_url is not None:
        return Store.at(settings.redis_url.get_secret_value())
    return Store.embedded_in(settings.data_dir)


def model_of(settings: Settings) -> OpenAIModel | None:
    """Return the model that the settings name, None if they name none."""
    if not settings.has_model:
        return None
    from bot.writing.openai_model import OpenAIModel

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return OpenAIModel(settings.openai_model, base_url=settings.openai_base_url, api_key=key)


@asynccontextmanager
async def running(settings: Settings, *, serving: bool = False, patience: float = 0.0) -> AsyncIterator[App]:
    """Connect and check the store, build everything on it, and take it down in order.

    `serving` brings up the platforms that have a token. What is being written when it ends has `patience`
    seconds to be finished.
    Raises `Misconfigured`, `StoreUnavailable`.
    """
    store = store_of(settings)
    try:
        await store.check()
        model = model_of(settings)
        gate = RedisGate(store)
        api = ArxivApi(gate, settings.arxiv_api_url)
        cache = Cache(store, keep_days=settings.keep_days)
        ceilings = Ceilings(
            person=settings.daily_calls_per_person,
            chat=settings.daily_calls_per_chat,
            bot=settings.daily_calls,
        )
        quotas = Quotas(store, ceilings)
        library = Library(
            api=api,
            cache=cache,
            store=store,
            writer=ModelWriter(model) if model else None,
            quotas=quotas,
        )
        announcements = Announcements(store)
        records = PaperRecords(cache)

        followed = Followed(store)

        async def categories() -> set[str]:
            return {*settings.arxiv_categories, *await followed.current(time.time())}

        reader = Reader(
            feeds=Feeds(gate, settings.arxiv_rss_url),
            harvester=Harvester(gate, settings.arxiv_oai_url),
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
        editor = Editor(
            days=days,
            filing=Filing(store, catalogue.load),
            searches=searches,
            records=records,
            library=library,
        )
        access = Access(store, settings.owners)
        subscriptions, outbox, shown = Subscriptions(store), Outbox(store), Shown(store)
        taste = Taste(store)
        platforms = dict(_platforms(settings, store)) if serving else {}
        dispatcher = _dispatcher(
            settings,
            store,
            library=library,
            editor=editor,
            searches=searches,
            access=access,
            subscriptions=SubscriptionCommands(
                subscriptions=subscriptions,
                editor=editor,
                shown=shown,
                followed=followed,
                phrases=Phrases(store),
                access=access,
                resolve=partial(_resolve, platforms),
                manages=partial(_manages, platforms),
                ended=Ended(store),
                heard=announcements.heard,
                zone=Zone(settings.default_timezone),
                limit=settings.subscriptions_per_chat,
            ),
            taste=TasteCommands(library, records, taste),
            status=StatusCommands(
                announcements=announcements,
                categories=categories,
                subscriptions=subscriptions,
                outbox=outbox,
                quotas=quotas,
                prices=(settings.price_prompt, settings.price_completion),
            ),
            platforms=platforms,
        )
        console = Console(out=sys.stdout, err=sys.stderr, history=settings.data_dir / "console_history")
        reached: dict[str, Reaches] = {"console": console, **platforms}
        desk = Desk(
            subscriptions=subscriptions,
            announcements=announcements,
            categories=categories,
            days=days,
            editor=editor,
            outbox=outbox,
            shown=shown,
            taste=taste,
            followed=followed,
            catalogue=catalogue.load,
            platforms=reached,
        )
        work = Work(desk, subscriptions, store.url)
        chats = ChatBook(subscriptions, outbox, Migration(store), reached)
        try:
            yield App(
                settings=settings,
                store=store,
                gate=gate,
                library=library,
                announcements=announcements,
                reader=reader,
                editor=editor,
                work=work,
                outbox=outbox,
                chats=chats,
                release=partial(_release, store, announcements, subscriptions),
                access=access,
                console=console,
                platforms=platforms,
                dispatcher=dispatcher,
            )
        finally:
            for platform in platforms.values():
                await platform.close()
            await library.close(patience)
            if model:
                await model.aclose()
    finally:
        await store.close_all()


def _platforms(settings: Settings, store: Store) -> Iterator[tuple[str, Platform]]:
    """Yield each platform that has a token; the SDK of one without is never loaded."""
    if token := settings.telegram_bot_token:
        from bot.platforms.telegram.adapter import Telegram

        secret = token.get_secret_value()
        url = settings.telegram_api_url
        inbox = RedisInbox(store, f"telegram:{account(secret, url)}")
        yield "telegram", Telegram(token=secret, inbox=inbox, api_url=url)
    if token := settings.discord_bot_token:
        from bot.platforms.discord.adapter import Discord

        secret, url = token.get_secret_value(), settings.discord_api_url
        inbox = RedisInbox(store, f"discord:{account(secret, url)}")
        yield "discord", Discord(token=secret, inbox=inbox, api_url=url, proxy=proxy_for(url))


def account(token: str, url: str) -> str:
    """Return a name for a bot's account on one server that does not give the token away."""
    return hashlib.sha256(f"{token}@{url}".encode()).hexdigest()[:12]


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for `url`, for a client that does not look by itself."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme) or getproxies().get("all")


def _dispatcher(
    settings: Settings,
    store: Store,
    *,
    library: Library,
    editor: Editor,
    searches: Searches,
    access: Access,
    subscriptions: SubscriptionCommands,
    taste: TasteCommands,
    status: StatusCommands,
    platforms: Mapping[str, Platform],
) -> Dispatcher:
    async def recent(address: Address, prefix: str) -> Sequence[Choice]:
        return await library.recent(prefix)

    languages = ChatLanguages(store)
    registry: Registry
    basics = BasicCommands(lambda: registry, languages, access)
    topics = TopicCommands(editor, searches, Phrases(store))
    handlers = [
        PaperCommands(library, access),
        topics,
        subscriptions,
        taste,
        basics,
        status,
        AccessCommands(access, partial(_resolve, platforms)),
    ]
    registry = Registry(handlers, {PaperId: recent})
    guard = AccessGuard(access, settings.access)
    return Dispatcher(registry, languages, guard, default=Language(settings.default_language))


async def _resolve(platforms: Mapping[str, Platform], platform: str, name: str) -> str:
    """Return the key of a chat: as given if it is one, else as the platform knows the chat."""
    if _KEY.fullmatch(name):
        return name
    if platform not in platforms:
        raise ChatNotFound(name[:60])
    try:
        return (await platforms[platform].find(name.removeprefix(f"{platform}:"))).key
    except DeliveryError as error:
        raise ChatNotFound(name[:60]) from error


async def _manages(platforms: Mapping[str, Platform], key: str, person: str) -> bool:
    """Return whether the person may manage the chat with this key, as the platform says."""
    platform, chat = key.split(":", 1)
    return platform in platforms and await platforms[platform].manages(chat, person)


async def _release(store: Store, announcements: Announcements, subscriptions: Subscriptions) -> None:
    """Make due what waits for no clock, if anything became known since this was done last, by any process."""
    number, _ = await announcements.heard()
    if await store.text("pw:released") != str(number):
        await subscriptions.release(time.time())
        await store.set("pw:released", number)  # afterwards: twice is no harm, and never would be
