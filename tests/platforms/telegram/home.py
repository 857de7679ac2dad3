"""Commands that stay where their buttons are, ask back, greet, and answer links."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from bot.chat.command import Arg, Command, command
from bot.chat.invitation import ADD_TO_CHANNEL, ADD_TO_GROUP
from bot.chat.offer import Offer
from bot.chat.reply import Button, Buttons, Image, Outcome, Paragraph, Reply, say
from bot.chat.request import Request
from bot.chat.text import text
from bot.errors import PaperNotFound, Refused
from tests.platforms.author import picture


class Home:
    """`gate` is what `/tab slow` waits for; `requests` is what came in; `cards` are on where they are wanted."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.requests: list[Request] = []
        self.cards = True

    @command("start")
    async def start(self, request: Request, *, code: Annotated[str, Arg("a code")] = "") -> Reply:
        """Say hello."""
        self.requests.append(request)
        row = Button("Group", url=ADD_TO_GROUP), Button("Channel", url=ADD_TO_CHANNEL)
        return Reply((Paragraph(text(f"Hello {code}".strip())), Buttons((row,))))

    @command("tab")
    async def tab(self, request: Request, *, name: Annotated[str, Arg("which one")]) -> Reply:
        """Show one of several things in the same place."""
        self.requests.append(request)
        match name:
            case "slow":
                request.draft(say("half of it"))
                await self.gate.wait()
            case "fail":
                request.draft(say("half of it"))
                await self.gate.wait()
                raise PaperNotFound("2406.15319")
            case "refuse":
                raise Refused("manage")
            case "long":
                return Reply((Paragraph(text("word " * 2000)), *self._tabs()))
            case "picture":
                return Reply((Image(text("A picture"), data=picture(), name="a.png"),))
            case "empty":
                return Reply(())
        return Reply((Paragraph(text(f"Tab {name}")), *self._tabs()))

    def _tabs(self) -> tuple[Buttons, ...]:
        names = ("one", "two", "slow", "fail", "refuse", "long", "picture", "empty")
        row = tuple(Button(name, f"/tab {name}", here=True) for name in names)
        return (
            Buttons((row, (Button("Follow", "/follow", asks=True), Button("Ask", "/about 7", asks=True)))),
        )

    @command("follow", example="/follow RAG at 09:00")
    async def follow(self, request: Request, *, wish: Annotated[str, Arg("topic or query")]) -> Reply:
        """Follow something."""
        self.requests.append(request)
        return say(f"You follow {wish}.")

    @command("about", example="/about 7 why?")
    async def about(
        self,
        request: Request,
        *,
        paper: Annotated[str, Arg("the paper")],
        question: Annotated[str, Arg("w" * 80)],
    ) -> Reply:
        """Answer a question."""
        return say(f"{paper}: {question}")

    @command("topic")
    async def topic(self, request: Request, *, topic: Annotated[str, Arg("topic")]) -> Reply:
        """Show a topic."""
        return say(f"Topic {topic}")

    @command("welcome", listed=False)
    async def welcome(self, request: Request) -> Reply:
        """Greet."""
        self.requests.append(request)
        return Reply((Paragraph(text("Hello all")), Buttons(((Button("Follow", "/tab one", here=True),),))))

    @command("card", listed=False)
    async def card(self, request: Request, *, paper: Annotated[str, Arg("id or link")]) -> Reply:
        """Answer a link."""
        self.requests.append(request)
        if "0000.00000" in paper:
            return Reply((Paragraph(text("no such paper")),), Outcome.MISTAKEN)
        return say(f"Card of {paper}") if self.cards else Reply(())

    @command("reign", owner_only=True)
    async def reign(self, request: Request) -> Reply:
        """Reign."""
        return say("done")


class Listed:
    """A guard that serves these people alone."""

    def __init__(self, *people: str) -> None:
        self.people = people
        self.asked: list[Command] = []

    async def check(self, request: Request, command: Command) -> None:
        self.asked.append(command)
        if command.name != "start" and request.person not in self.people:
            raise Refused("not_listed")


class Shelf:
    """Offers: as many as the words say, or one, each with the tabs of `Home`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.requests: list[Request] = []
        self.only = ""  # the words for which there is something, if not for all

    async def of(self, request: Request, words: str) -> Sequence[Offer]:
        self.requests.append(request)
        if words == "boom":
            raise RuntimeError("boom")
        if self.only and words != self.only:
            return []
        count = int(words) if words.isdecimal() else 1
        return [
            Offer(
                str(n),
                f"{words} <{n}>",
                "about & it",
                Reply((Paragraph(text(f"Paper <{n}> of {words}")), *self._home._tabs())),
            )
            for n in range(count)
        ]
