"""A newsroom over one store and one arXiv, whose clock a test moves and whose chats are lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.chat.platform import Reaches
from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.editions.chats import ChatBook
from bot.editions.desk import Desk, next_run
from bot.editions.filing import Filing
from bot.editions.options import Options
from bot.editions.roundups import Roundups
from bot.editions.wish import Wish, followed_as
from bot.editions.zones import Zone
from bot.language import ENGLISH
from bot.papers.paper import Paper
from bot.papers.schedule import latest_day
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.cache import Cache
from bot.store.choices import Choices
from bot.store.client import Store
from bot.store.followed import Followed
from bot.store.lost import Lost
from bot.store.matched import Matched
from bot.store.outbox import Outbox
from bot.store.quotas import Ceilings
from bot.store.remembered import ChatMemory
from bot.store.shown import Shown
from bot.store.subscriptions import Claim, Subscription, Subscriptions
from bot.store.taste import Taste
from bot.topics import catalogue
from bot.topics.matching import Filer, Match
from bot.writing.composing import Composer
from handlers.access import AccessGuard
from tests.announcements.rig import Arxiv, World
from tests.editions.newsroom import Editing
from tests.writing.samples import ANY_CHINESE, ANY_ENGLISH
from tests.writing.scripted import Line, ScriptedModel

CHAT = "telegram:-100"
LEASE = 120.0


class Chats:
    """A platform whose messages hold so many characters."""

    limit = 4000

    def compose(self, reply: Reply) -> tuple[str, ...]:
        said = render(reply)
        return tuple(said[start : start + self.limit] for start in range(0, len(said), self.limit))

    async def private(self, person: str) -> Address | None:
        return Address("telegram", person) if person.isdecimal() else None


class QuickFiling(Filing):
    """Files where it is: nobody counts the memory of a test."""

    async def _filed(self, papers: Sequence[Paper]) -> list[tuple[Match, ...]]:
        return Filer(catalogue.load()).file(papers)


@dataclass(frozen=True)
class Got:
    """What a chat was sent: when, and as one text."""

    at: datetime
    address: str
    text: str
    parts: int


class Newsroom(Editing):
    """Everything between the announcements and the outbox, as one process has it."""

    def __init__(
        self, store: Store, world: World, model: ScriptedModel | None, *, filing: type[Filing] = QuickFiling
    ) -> None:
        self.world = world
        self.now = 0.0
        self.platforms: dict[str, Any] = {"telegram": Chats()}
        self.got: list[Got] = []
        super().__init__(
            store,
            api=world.api,
            announcements=world.announcements,
            records=world.records,
            cache=Cache(store, keep_days=400),
            model=model,
            ceilings=Ceilings(10**6, 10**6, 10**6),
            filing=filing,
        )
        self.subscriptions, self.outbox, self.shown = Subscriptions(store), Outbox(store), Shown(store)
        self.taste, self.followed, self.matched = Taste(store), Followed(store), Matched(store)
        self.chats = self.chat_book(self.platforms)
        self.access = Access(store, ["telegram:7", "telegram:1"], clock=self.clock)
        self.roundups = Roundups(
            days=self.days,
            filing=self.filing,
            records=self.records,
            texts=self.kept_texts,
            composer=Composer(model) if model else None,
            catalogue=catalogue.load,
            clock=self.moment,
        )
        self.desk = self.another_desk()
        self._released = 0

    def another_desk(self) -> Desk:
        """Return a desk as another process, or the same one after a restart, has it."""
        return Desk(
            subscriptions=self.subscriptions,
            announcements=self.announcements,
            categories=self.followed_categories,
            days=self.days,
            editor=self.editor,
            roundups=self.roundups,
            outbox=self.outbox,
            shown=self.shown,
            taste=self.taste,
            followed=self.followed,
            matched=self.matched,
            catalogue=catalogue.load,
            platforms=self.platforms,
            choices=Choices(self.store),
            delivers=AccessGuard(self.access, "listed").delivers,
            clock=self.clock,
        )

    def chat_book(self, platforms: Mapping[str, Reaches]) -> ChatBook:
        """Return what keeps the subscriptions in step with chats of these platforms."""
        return ChatBook(
            self.subscriptions,
            self.outbox,
            ChatMemory(self.store),
            Lost(self.store),
            platforms,
            clock=self.clock,
        )

    def clock(self) -> float:
        return self.now

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def at(self, when: datetime) -> None:
        self.now = when.timestamp()

    async def followed_categories(self) -> set[str]:
        return self.world.categories

    async def follow(self, line: str, chat: str = CHAT, *, place: str = "", **changes: Any) -> str:
        """Subscribe as `/subscribe` would; return the id."""
        options = Options.parse(line)
        number, day = await self.world.announcements.heard()
        told = latest_day(self.moment()) if day else None
        wish = Wish(
            options.schedule(options.zone or Zone("UTC"), self.moment()),
            options.language or ENGLISH,
            number,
            options.top or 10,
            person="telegram:7",
            told=told,
            quiet=options.quiet,
        )
        if options.detail:
            wish = replace(wish, detail=options.detail)
        if options.roundup:
            wish = replace(wish, since=0, told=None, roundup=options.every or 7)
        wish = replace(wish, **changes)
        run = next_run(chat, wish, self.now)
        typed = options.wanted
        if typed.casefold() in ("rag", "agents"):
            typed = catalogue.load().find(typed).id
        typed = followed_as(typed, roundup=options.roundup)
        added = await self.subscriptions.add(chat, typed, wish.to_json(), run, limit=1000, place=place)
        assert added
        return added.id

    async def release(self) -> None:
        number, _ = await self.world.announcements.heard()
        if number != self._released:
            await self.subscriptions.release(self.now)
            self._released = number

    async def claims(self) -> list[Claim]:
        return await self.subscriptions.claim(self.now, LEASE, 1000)

    async def tick(self, *, read: bool = True) -> None:
        """Do once what a process does all the time."""
        if read:
            await self.world.reader.tick(self.moment())
        await self.release()
        for claim in await self.claims():
            await self.desk.prepare(claim)
        await self.deliver()

    async def deliver(self) -> None:
        """Take what stands in the outbox."""
        for platform in self.platforms:
            while taken := await self.outbox.take(platform, self.now, 100):
                for delivery in taken:
                    begun = await self.outbox.begin(delivery, self.now)
                    messages = await self.outbox.messages(delivery.content)
                    assert len(messages) == delivery.parts
                    if begun is None:
                        continue
                    await self.outbox.sent(begun, "id", self.now)
                    if begun.at + 1 == begun.parts:
                        self.got.append(Got(self.moment(), begun.address, "".join(messages), begun.parts))

    def texts(self, address: str = CHAT) -> list[str]:
        return [got.text for got in self.got if got.address == address]

    async def one(self, chat: str = CHAT) -> Subscription:
        (found,) = await self.subscriptions.of(chat)
        return found


def answers() -> Iterator[Line]:
    """Answer in whichever language was asked for."""
    while True:
        yield lambda turns: ANY_CHINESE if "Chinese" in turns[1].text else ANY_ENGLISH


@asynccontextmanager
async def newsroom(
    store: Store,
    arxiv: Arxiv,
    now: datetime,
    *,
    model: ScriptedModel | None = None,
    filing: type[Filing] = QuickFiling,
    categories: Sequence[str] = ("cs.CL",),
) -> AsyncIterator[Newsroom]:
    room = Newsroom(store, World(store, arxiv, categories), model, filing=filing)
    room.at(now)
    room.desk = room.another_desk()
    try:
        yield room
    finally:
        await room.library.close()
