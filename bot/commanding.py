"""The commands that there are, and what each is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.command import Choice, Completer, Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.platform import NO_PERMITS, Gathers, Overhears, Permits, Platform
from bot.chat.request import Address
from bot.editions.chats import ChatBook
from bot.editions.zones import Zone
from bot.errors import ChatNotFound, DeliveryError
from bot.language import Language
from bot.papers.ids import PaperId
from bot.settings import Settings
from bot.sources import Sources
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.choices import Choices
from bot.store.client import Store
from bot.store.ended import Ended
from bot.store.matched import Matched
from bot.store.outbox import Outbox
from bot.store.phrases import Phrases
from bot.store.remembered import ChatMemory
from bot.store.shown import Shown
from bot.store.subscriptions import Subscriptions
from bot.store.taste import Taste
from handlers.access import AccessCommands, AccessGuard
from handlers.aiming import Aim
from handlers.basics import BasicCommands
from handlers.editions import EditionCommands
from handlers.figures import FigureCommands
from handlers.fulltext import FullTextCommands
from handlers.greeting import GreetingCommands
from handlers.help import HelpCommands, HelpSubject
from handlers.inline import InlineOffers
from handlers.links import LinkCommands
from handlers.muting import MuteCommands
from handlers.papers import PaperCommands
from handlers.privacy import PrivacyCommands
from handlers.roundups import RoundupCommands
from handlers.settings import SettingsCommands
from handlers.source import SourceCommands
from handlers.status import StatusCommands
from handlers.subscriptions import FollowedText, SubscriptionCommands
from handlers.taste import TasteCommands
from handlers.topics import TopicCommands
from handlers.trends import TrendCommands

_KEY = re.compile(r"telegram:-?\d+|discord:(guild:)?\d+")  # of a chat, a person, a server


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What commands work with."""

    settings: Settings
    store: Store
    sources: Sources
    access: Access
    guard: AccessGuard
    subscriptions: Subscriptions
    outbox: Outbox
    shown: Shown
    taste: Taste
    chats: ChatBook
    platforms: Mapping[str, Platform]


def dispatcher_of(parts: Parts) -> Dispatcher:
    """Return what answers everything that people ask."""

    async def recent(address: Address, prefix: str) -> Sequence[Choice]:
        return await parts.sources.library.recent(prefix)

    settings = parts.settings
    languages = ChatLanguages(parts.store)
    registry: Registry
    help_commands = HelpCommands(lambda: registry, parts.access)
    handlers = list(_handlers(parts))
    following = next(each for each in handlers if isinstance(each, SubscriptionCommands))
    completers: dict[type, Completer] = {
        PaperId: recent,
        FollowedText: following.suggest,
        HelpSubject: help_commands.suggest,
    }
    guard = parts.guard
    handlers += [BasicCommands(languages, parts.access), help_commands, GreetingCommands(parts.access, guard)]
    registry = Registry(handlers, completers)
    return Dispatcher(
        registry,
        languages,
        guard,
        notices=parts.chats,
        offers=InlineOffers(parts.sources.library, parts.sources.records, parts.sources.editor),
        default=Language(settings.default_language),
    )


def _handlers(parts: Parts) -> Iterator[object]:
    """Yield what has commands, in the order in which help lists them."""
    library, scholar, access, editor = (
        parts.sources.library,
        parts.sources.scholar,
        parts.access,
        parts.sources.editor,
    )
    phrases, choices = Phrases(parts.store), Choices(parts.store)
    figures = FigureCommands(library, parts.sources.licences, parts.sources.figures)
    yield PaperCommands(library, scholar, access, choices, figures)
    yield FullTextCommands(library, scholar, access)
    yield LinkCommands(library, choices)
    yield SourceCommands(library)
    yield figures
    yield TopicCommands(editor, parts.sources.searches, phrases)
    yield TrendCommands(parts.sources.volumes, editor.public)
    yield RoundupCommands(parts.sources.roundups, phrases, access)
    yield from _subscribing(parts, phrases)
    yield EditionCommands(
        editor=editor,
        subscriptions=parts.subscriptions,
        matched=Matched(parts.store),
        phrases=phrases,
        access=access,
    )
    yield TasteCommands(library, parts.sources.records, parts.taste)
    yield StatusCommands(
        announcements=parts.sources.announcements,
        categories=parts.sources.categories,
        subscriptions=parts.subscriptions,
        outbox=parts.outbox,
        quotas=parts.sources.quotas,
    )
    yield AccessCommands(access, partial(_resolve, parts.platforms))


def _subscribing(parts: Parts, phrases: Phrases) -> Iterator[object]:
    """Yield what has to do with how a chat follows things."""
    store, settings, subscriptions = parts.store, parts.settings, parts.subscriptions
    zone, choices = Zone(settings.default_timezone), Choices(store)
    permits = _PlatformPermits(parts.platforms)
    following = SubscriptionCommands(
        subscriptions=subscriptions,
        choices=choices,
        followed=parts.sources.followed,
        phrases=phrases,
        aim=Aim(
            resolve=partial(_resolve, parts.platforms),
            manages=partial(_manages, parts.platforms),
            serves=parts.guard.serves,
            phrases=phrases,
            community=partial(_community, parts.platforms),
        ),
        ended=Ended(store),
        heard=parts.sources.announcements.heard,
        zone=zone,
        limit=settings.subscriptions_per_chat,
        revive=parts.outbox.revive,
        permits=permits,
    )
    yield following
    yield MuteCommands(parts.shown)
    yield SettingsCommands(
        languages=ChatLanguages(store),
        choices=choices,
        subscriptions=subscriptions,
        zone=zone,
        permits=permits,
        hears=partial(_hears, parts.platforms),
    )
    yield PrivacyCommands(
        memory=ChatMemory(store), subscriptions=subscriptions, following=following, shown=parts.shown
    )


class _PlatformPermits:
    """What each platform says of its own chats."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms

    async def lacking(self, address: Address, *, thread: bool = False, role: str = "") -> tuple[str, ...]:
        """Name what the bot lacks."""
        return await self._of(address).lacking(address, thread=thread, role=role)

    async def role(self, address: Address, person: str, name: str) -> str:
        """Return the role's id."""
        return await self._of(address).role(address, person, name)

    def _of(self, address: Address) -> Permits:
        platform = self._platforms.get(address.platform)
        return platform if isinstance(platform, Permits) else NO_PERMITS


async def _hears(platforms: Mapping[str, Platform], address: Address) -> bool | None:
    """Return whether links that people post in the chat reach us, None where the platform never tells."""
    platform = platforms.get(address.platform)
    return await platform.hears(address.chat) if isinstance(platform, Overhears) else None


async def _community(platforms: Mapping[str, Platform], address: Address) -> str | None:
    """Return the key of what holds the chat together with others, None for one alone."""
    platform = platforms.get(address.platform)
    return await platform.community(address.chat) if isinstance(platform, Gathers) else None


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
