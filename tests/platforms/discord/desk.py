"""A few commands, and the bot that serves them, for the tests of this folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from bot.chat.command import Arg, Registry, command
from bot.chat.dispatch import Dispatcher, Guard, Open
from bot.chat.platform import FollowUps, Inbox
from bot.chat.reply import Button, Buttons, Card, Paragraph, Reply, say
from bot.chat.request import Address, Request
from bot.chat.text import text
from bot.errors import ModelUnavailable
from bot.language import Language
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.answers import Pace
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import Channel

LONG = "word " * 3000  # more than two messages


class Number:
    """A number of a paper, such as 7; what the tests complete."""

    def __init__(self, digits: str) -> None:
        self.digits = digits

    @classmethod
    def parse(cls, given: str) -> Number:
        if not given.isdigit():
            raise ValueError(given)
        return cls(given)


class Desk:
    """`gate` holds up /slow, `seen` is every request that was run."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.seen: list[Request] = []
        self.began = 0

    @command("summarize")
    async def summarize(
        self,
        request: Request,
        *,
        paper: Annotated[Number, Arg("the paper's number")],
        language: Annotated[Language | None, Arg("target language")] = None,
    ) -> Reply:
        """Summarise a paper."""
        self.seen.append(request)
        card = Card(f"Paper {paper.digits}", f"https://arxiv.org/abs/{paper.digits}", (text("Ada"),), "cs.CL")
        again = Button("Again", command=f"summarize {paper.digits}")
        said = f"In {language or request.language}."
        return Reply((card, Paragraph(text(said)), Buttons(((again, again),))))

    @command("slow")
    async def slow(
        self,
        request: Request,
        *,
        how: Annotated[str, Arg("how it ends", ("public", "private", "long", "wrong"))] = "public",
        times: Annotated[int, Arg("how often")] = 1,
    ) -> Reply:
        """Take long."""
        self.seen.append(request)
        self.began += 1
        await self.gate.wait()
        if how == "wrong":
            raise ModelUnavailable("timeout")
        return say(LONG if how == "long" else f"{how} " * times, private=how == "private")

    @command("long")
    async def long(self, request: Request) -> Reply:
        """Say much."""
        return say(LONG)

    @command("secret")
    async def secret(self, request: Request) -> Reply:
        """Say something to one person."""
        return say("between us", private=True)


class Unchosen:
    """No chat has chosen a language."""

    async def get(self, chat: str) -> Language | None:
        return None


class Drawer:
    """An inbox that outlives the bot, as a process's Redis outlives it."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}
        self.known: set[str] = set()
        self._before: list[tuple[str, str]] = []

    async def put(self, key: str, payload: str) -> bool:
        if key in self.known:
            return False
        self.known.add(key)
        self.open[key] = payload
        return True

    async def done(self, key: str) -> None:
        self.open.pop(key, None)

    async def left(self) -> Sequence[tuple[str, str]]:
        found, self._before = self._before, []
        return found

    def restart(self) -> None:
        """Remember what the run that ends here leaves."""
        self._before = list(self.open.items())


async def numbers(address: Address, prefix: str) -> Sequence[tuple[str, str]]:
    return [(prefix + d, f"Paper {prefix}{d}") for d in "123"]


async def hurried(seconds: float) -> None:
    """Pause for a moment only: the tests' time is not the readers'."""
    await asyncio.sleep(min(seconds, 0.02))


@asynccontextmanager
async def serving(
    fake: DiscordFake,
    desk: Desk,
    *,
    inbox: Inbox | None = None,
    patience: float = 5.0,
    clock: Callable[[], float] | None = None,
    ticks: Callable[[], float] = time.monotonic,
    guard: Guard | None = None,
    ready: bool = True,
    author: object = None,
    follow_ups: FollowUps | None = None,
    pace: Pace | None = None,
    dispatcher: Callable[[Discord], Dispatcher] | None = None,
) -> AsyncIterator[Discord]:
    """Run a bot with `desk`'s commands, or with what `dispatcher` makes, on the fake until the block ends."""
    settings = fake.settings()
    discord = Discord(
        token=settings["DISCORD_BOT_TOKEN"],
        api_url=settings["DISCORD_API_URL"],
        inbox=inbox or Drawer(),
        follow_ups=follow_ups,
        pace=pace,
        patience=patience,
        clock=clock or fake.world.now,
        ticks=ticks,
        pause=hurried,
    )
    before = set(fake.gateway.sessions)
    if dispatcher:
        made = dispatcher(discord)
    else:
        registry = Registry([desk, *([author] if author else [])], {Number: numbers})
        made = Dispatcher(registry, Unchosen(), guard or Open())
    running = asyncio.create_task(discord.run(made))
    try:
        if ready:
            await fake.until(lambda: {s.id for s in fake.gateway.connected} - before and fake.rest.commands)
        yield discord
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await discord.close()


def where(channel: Channel) -> Address:
    parent = channel.parent
    return Address("discord", str((parent or channel).id), str(channel.id) if parent else None)


async def begun(desk: Desk) -> None:
    """Wait until a handler runs."""
    async with asyncio.timeout(10):
        while not desk.began:
            await hurried(1)


async def settled(inbox: Drawer, known: set[str] | None = None) -> None:
    """Wait until everything is done, or the inbox has heard of `known`."""
    async with asyncio.timeout(10):
        while not known <= inbox.known if known is not None else inbox.open:
            await hurried(1)
