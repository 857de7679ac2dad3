"""A Telegram to talk to, and a bot with a few commands that talks to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import replace
from typing import Annotated

import pytest

from bot.chat.command import Arg, Registry, command
from bot.chat.dispatch import Dispatcher, Guard, Open
from bot.chat.offer import Offers
from bot.chat.platform import FollowUps, Inbox, MemoryInbox
from bot.chat.reply import Button, Buttons, Heading, Paragraph, Reply, say
from bot.chat.request import Address, Request
from bot.chat.text import Code, text
from bot.language import Language
from bot.platforms.telegram.adapter import Telegram
from bot.platforms.telegram.hook import Webhook
from bot.platforms.telegram.pace import Limits
from bot.platforms.telegram.timing import Timing
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User

QUICK = Timing(
    poll=5,
    read=5,
    connect=1,
    typing_after=0.1,
    typing_every=0.1,
    first_wait=0.05,
    longest_wait=0.2,
    grace=0.5,
)
IMPATIENT = replace(QUICK, poll=1, read=0.4)
UNLIMITED = Limits(overall=(10_000, 1), chat=(10_000, 1), group=(10_000, 1))

HELP = "Commands\n/help lists them"


class Commands:
    """What the tests ask for. `gate` is what `/slow` waits for; `requests` is what came in."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.requests: list[Request] = []

    @command("help")
    async def help(self, request: Request) -> Reply:
        """List the commands."""
        self.requests.append(request)
        return Reply((Heading(text("Commands")), Paragraph(text(Code("/help"), " lists them"))))

    @command("summarize")
    async def summarize(self, request: Request, *, paper: Annotated[str, Arg("arXiv id or link")]) -> Reply:
        """Summarize a paper."""
        self.requests.append(request)
        row = (
            Button("Again", f"/summarize {paper}"[:60]),
            Button("Slow", "/slow"),
            Button("PDF", url="https://arxiv.org/pdf/1"),
        )
        return Reply((Paragraph(text(f"Summary of {paper}")), Buttons((row,))))

    @command("slow")
    async def slow(self, request: Request) -> Reply:
        """Take a while."""
        self.requests.append(request)
        await self.gate.wait()
        return say("at last")

    @command("long")
    async def long(self, request: Request) -> Reply:
        """Say much."""
        return Reply((Paragraph(text("word " * 2000)),))

    @command("nothing")
    async def nothing(self, request: Request) -> Reply:
        """Say nothing."""
        return Reply((Paragraph(()),))

    @command("crash")
    async def crash(self, request: Request) -> Reply:
        """Fail."""
        raise RuntimeError("boom")


class NoLanguages:
    async def get(self, chat: str) -> Language | None:
        return None


@pytest.fixture
def telegram() -> Iterator[TelegramFake]:
    with TelegramFake() as fake:
        yield fake


class Bot:
    """One process's worth of bot. `inbox` outlives it, as a store would."""

    def __init__(
        self,
        fake: TelegramFake,
        inbox: Inbox | None = None,
        *,
        token: str | None = None,
        timing: Timing = QUICK,
        limits: Limits = UNLIMITED,
        author: object = None,
        follow_ups: FollowUps | None = None,
        guard: Guard | None = None,
        offers: Offers | None = None,
        webhook: Webhook | None = None,
        owners: Collection[str] = (),
    ) -> None:
        self.commands = Commands()
        self.lost: list[tuple[str, str]] = []  # (chat, reason) of chats that we can write to no more
        self.moved: list[tuple[str, str]] = []  # old and new ids of chats
        self.dispatcher = Dispatcher(
            Registry([self.commands, *([author] if author else [])]),
            NoLanguages(),
            guard or Open(),
            offers=offers,
            reference=lambda: "abc123",
        )

        async def lose(address: Address, reason: str) -> None:
            self.lost.append((address.chat, reason))

        async def move(old: Address, new: Address) -> None:
            self.moved.append((old.chat, new.chat))

        async def owned() -> Collection[str]:
            return owners

        self.platform = Telegram(
            token=fake.token if token is None else token,
            api_url=fake.url,
            inbox=MemoryInbox() if inbox is None else inbox,
            follow_ups=follow_ups,
            timing=timing,
            limits=limits,
            webhook=webhook,
            on_lost=lose,
            on_moved=move,
            owners=owned,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Bot]:
        """Run until the end of the block, and let what failed in between fail here."""
        task = asyncio.create_task(self.platform.run(self.dispatcher))
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.platform.close()


class WatchedInbox(MemoryInbox):
    """A memory that tells when things were taken out of it."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Condition()

    async def done(self, key: str) -> None:
        await super().done(key)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, came: int, left: int) -> None:
        """Return when `came` updates have come and all but `left` of them were taken out."""
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(lambda: len(self._seen) >= came and len(self._open) <= left)

    def __len__(self) -> int:
        return len(self._open)


@pytest.fixture
async def bot(telegram: TelegramFake) -> AsyncIterator[Bot]:
    async with Bot(telegram).running() as running:
        yield running


@pytest.fixture
def ada(telegram: TelegramFake) -> User:
    return telegram.user(7, "Ada")


@pytest.fixture
def chat(telegram: TelegramFake, ada: User) -> Chat:
    return telegram.private(ada)


def texts(telegram: TelegramFake, chat: Chat) -> list[str]:
    return [message.text for message in telegram.messages(chat)]
