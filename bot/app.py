"""The composition root: the only module that knows every other."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.announcements.reader import Reader
from bot.announcements.record import Announcements
from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Platform, Reaches
from bot.chat.request import Address
from bot.commanding import Parts, dispatcher_of
from bot.editions.chats import ChatBook
from bot.editions.desk import Desk
from bot.editions.editor import Editor
from bot.editions.roundups import Roundups
from bot.editions.work import Work
from bot.models import model_of
from bot.platforms.console.adapter import Console
from bot.settings import Settings
from bot.sources import Sources, sources_of
from bot.store.access import Access
from bot.store.choices import Choices
from bot.store.client import Store
from bot.store.followups import RedisFollowUps
from bot.store.inbox import RedisInbox
from bot.store.lost import Lost
from bot.store.matched import Matched
from bot.store.outbox import Outbox
from bot.store.remembered import ChatMemory
from bot.store.schema import Schema
from bot.store.shown import Shown
from bot.store.subscriptions import Subscriptions
from bot.store.taste import Taste
from bot.topics import catalogue
from bot.web.metrics import Metrics
from bot.web.reading import Reading
from bot.writing.library import Library
from handlers.access import AccessGuard

if TYPE_CHECKING:
    from bot.platforms.telegram.hook import Webhook


@dataclass(frozen=True, slots=True)
class App:
    """Everything that runs in one process, wired up."""

    settings: Settings
    store: Store
    library: Library
    announcements: Announcements
    reader: Reader
    editor: Editor
    roundups: Roundups
    reading: Reading
    metrics: Callable[..., Metrics]
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
        password = settings.redis_password.get_secret_value() if settings.redis_password else ""
        return Store.at(settings.redis_url.get_secret_value(), password=password)
    return Store.embedded_in(settings.data_dir)


@asynccontextmanager
async def running(settings: Settings, *, serving: bool = False, patience: float = 0.0) -> AsyncIterator[App]:
    """Connect and check the store, build everything on it, and take it down in order.

    `serving` brings up the platforms that have a token. What is being written when it ends has `patience`
    seconds to be finished.
    Raises `Misconfigured`, `StoreUnavailable`.
    """
    async with _connected(settings) as store:
        model = model_of(settings)
        sources = sources_of(settings, store, model)
        access = Access(store, settings.owners)
        guard = AccessGuard(access, settings.access)
        subscriptions, outbox, shown = Subscriptions(store), Outbox(store), Shown(store)
        taste = Taste(store)
        # A platform tells the book of chats, which in turn tells people through the platforms.
        platforms = (
            dict(
                _platforms(
                    settings,
                    store,
                    access,
                    lambda where, why: chats.lost(str(where), why),
                    lambda old, new: chats.moved(str(old), str(new)),
                )
            )
            if serving
            else {}
        )
        console = Console(out=sys.stdout, err=sys.stderr, history=settings.data_dir / "console_history")
        reached: dict[str, Reaches] = {"console": console, **platforms}
        chats = ChatBook(subscriptions, outbox, ChatMemory(store), Lost(store), reached)
        dispatcher = dispatcher_of(
            Parts(
                settings=settings,
                store=store,
                sources=sources,
                access=access,
                guard=guard,
                subscriptions=subscriptions,
                outbox=outbox,
                shown=shown,
                taste=taste,
                chats=chats,
                platforms=platforms,
            )
        )
        desk = Desk(
            subscriptions=subscriptions,
            announcements=sources.announcements,
            categories=sources.categories,
            days=sources.days,
            editor=sources.editor,
            roundups=sources.roundups,
            outbox=outbox,
            shown=shown,
            taste=taste,
            followed=sources.followed,
            matched=Matched(store),
            catalogue=catalogue.load,
            platforms=reached,
            choices=Choices(store),
            delivers=guard.delivers,
        )
        work = Work(desk, subscriptions, store.url)
        try:
            yield App(
                settings=settings,
                store=store,
                library=sources.library,
                announcements=sources.announcements,
                reader=sources.reader,
                editor=sources.editor,
                roundups=sources.roundups,
                reading=_reading(sources),
                metrics=partial(
                    Metrics,
                    announcements=sources.announcements,
                    categories=sources.categories,
                    outbox=outbox,
                    quotas=sources.quotas,
                    subscriptions=subscriptions,
                    texts=sources.texts,
                    gate=sources.gate,
                    clock=time.time,
                ),
                work=work,
                outbox=outbox,
                chats=chats,
                release=partial(_release, store, sources.announcements, subscriptions),
                access=access,
                console=console,
                platforms=platforms,
                dispatcher=dispatcher,
            )
        finally:
            for platform in platforms.values():
                await platform.close()
            await sources.close(patience)
            if model:
                await model.aclose()


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Store]:
    """Yield the store, checked and with its data in the present form, and close it."""
    store = store_of(settings)
    try:
        await store.check()
        await Schema(store).migrate()
        yield store
    finally:
        await store.close_all()


def _reading(sources: Sources) -> Reading:
    return Reading(
        days=sources.days,
        filing=sources.filing,
        editor=sources.editor,
        records=sources.records,
        texts=sources.texts,
        figures=sources.figures,
        roundups=sources.roundups,
        volumes=sources.volumes,
        catalogue=catalogue.load,
    )


def _platforms(
    settings: Settings,
    store: Store,
    access: Access,
    lost: Callable[[Address, str], Awaitable[None]],
    moved: Callable[[Address, Address], Awaitable[None]],
) -> Iterator[tuple[str, Platform]]:
    """Yield each platform that has a token; the SDK of one without is never loaded.

    `lost` is told of chats to which nothing can be sent any more, `moved` of those with a new id. Raises `Misconfigured`.
    """
    if token := settings.telegram_bot_token:
        from bot.platforms.telegram.adapter import Telegram

        secret = token.get_secret_value()
        url = settings.telegram_api_url

        async def owners() -> list[str]:
            named = (owner.rpartition(":") for owner in await access.owners())
            return sorted(number for platform, _, number in named if platform in ("", "telegram"))

        yield (
            "telegram",
            Telegram(
                token=secret,
                inbox=RedisInbox(store, f"telegram:{account(secret, url)}"),
                follow_ups=RedisFollowUps(store),
                api_url=url,
                webhook=webhook_of(settings),
                on_lost=lost,
                on_moved=moved,
                owners=owners,
            ),
        )
    if token := settings.discord_bot_token:
        from bot.platforms.discord.adapter import Discord

        secret, url = token.get_secret_value(), settings.discord_api_url
        inbox = RedisInbox(store, f"discord:{account(secret, url)}")
        follow_ups = RedisFollowUps(store)
        yield (
            "discord",
            Discord(token=secret, inbox=inbox, follow_ups=follow_ups, api_url=url, proxy=proxy_for(url)),
        )


def webhook_of(settings: Settings) -> Webhook | None:
    """Return where Telegram is to bring updates, None where they are polled. Raises `Misconfigured`."""
    if settings.telegram_webhook_url is None:
        return None
    from bot.platforms.telegram.hook import Webhook

    secret = settings.telegram_webhook_secret
    return Webhook(
        settings.telegram_webhook_url,
        secret.get_secret_value() if secret else "",
        settings.telegram_webhook_host,
        settings.telegram_webhook_port,
    )


def account(token: str, url: str) -> str:
    """Return a name for a bot's account on one server that does not give the token away."""
    return hashlib.sha256(f"{token}@{url}".encode()).hexdigest()[:12]


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for `url`, for a client that does not look by itself."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme) or getproxies().get("all")


async def _release(store: Store, announcements: Announcements, subscriptions: Subscriptions) -> None:
    """Make due what waits for no clock, if anything became known since this was done last, by any process."""
    number, _ = await announcements.heard()
    if await store.text("pw:released") != str(number):
        await subscriptions.release(time.time())
        await store.set("pw:released", number)  # afterwards: twice is no harm, and never would be
