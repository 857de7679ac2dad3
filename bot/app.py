"""The composition root: the only module that knows every other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.chat.command import Choice, Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Platform
from bot.chat.request import Address
from bot.errors import ChatNotFound, DeliveryError
from bot.language import Language
from bot.papers.api import ArxivApi
from bot.papers.ids import PaperId
from bot.settings import Settings
from bot.store.access import Access
from bot.store.cache import Cache
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.gate import RedisGate
from bot.store.inbox import RedisInbox
from bot.store.quotas import Ceilings, Quotas
from bot.writing.library import Library
from bot.writing.writer import ModelWriter
from handlers.access import AccessCommands, AccessGuard
from handlers.basics import BasicCommands
from handlers.papers import PaperCommands

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
    access: Access
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
        library = Library(
            api=api,
            cache=cache,
            store=store,
            writer=ModelWriter(model) if model else None,
            quotas=Quotas(store, ceilings),
        )
        access = Access(store, settings.owners)
        platforms = dict(_platforms(settings, store)) if serving else {}
        dispatcher = _dispatcher(settings, store, library, access, platforms)
        try:
            yield App(settings, store, gate, library, access, platforms, dispatcher)
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
    settings: Settings, store: Store, library: Library, access: Access, platforms: Mapping[str, Platform]
) -> Dispatcher:
    async def recent(address: Address, prefix: str) -> Sequence[Choice]:
        return await library.recent(prefix)

    async def resolve(platform: str, name: str) -> str:
        """Return the key of a chat: as given if it is one, else as the platform knows the chat."""
        if _KEY.fullmatch(name):
            return name
        if platform not in platforms:
            raise ChatNotFound(name[:60])
        try:
            return (await platforms[platform].find(name.removeprefix(f"{platform}:"))).key
        except DeliveryError as error:
            raise ChatNotFound(name[:60]) from error

    languages = ChatLanguages(store)
    registry: Registry
    basics = BasicCommands(lambda: registry, languages, access)
    handlers = [PaperCommands(library, access), basics, AccessCommands(access, resolve)]
    registry = Registry(handlers, {PaperId: recent})
    guard = AccessGuard(access, settings.access)
    return Dispatcher(registry, languages, guard, default=Language(settings.default_language))
