"""Whatever happens, there is a reply, in the chat's language, and the log knows more than the person."""

from __future__ import annotations

import logging

import pytest

from bot.chat.command import Command, Registry, command
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Outcome, Paragraph, Preformatted, Reply, say
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.text import plain
from bot.errors import ArxivUnavailable, BadQuery, PaperNotFound, Refused
from bot.language import ENGLISH, Language


class Handlers:
    @command("fine")
    async def fine(self, request: Request) -> Reply:
        """Work."""
        return say(request.t("Summary"))

    @command("absent")
    async def absent(self, request: Request) -> Reply:
        """Find nothing."""
        raise PaperNotFound("2501.00000")

    @command("down")
    async def down(self, request: Request) -> Reply:
        """Fail to reach."""
        raise ArxivUnavailable("throttled", 7.4)

    @command("broken")
    async def broken(self, request: Request) -> Reply:
        """Break."""
        raise ZeroDivisionError("a secret detail")


class Chosen:
    """The languages that chats have chosen, in memory."""

    def __init__(self, **tags: str) -> None:
        self.tags = tags

    async def get(self, chat: str) -> Language | None:
        return Language(self.tags[chat]) if chat in self.tags else None


class Nobody:
    """A guard that lets nobody in."""

    async def check(self, request: Request, command: Command) -> None:
        raise Refused("not_listed")


def dispatcher(chosen: Chosen | None = None, guard: Open | Nobody | None = None) -> Dispatcher:
    return Dispatcher(
        Registry([Handlers()]),
        chosen or Chosen(),
        guard or Open(),
        default=ENGLISH,
        reference=lambda: "abc123",
    )


def request(line: str, hint: str | None = None) -> Request:
    return Request(Call.parse(line), Address("test", "7"), Actor("1"), hint=Language(hint) if hint else None)


def said(reply: Reply) -> str:
    return " ".join(plain(block.text) for block in reply.blocks)  # type: ignore[union-attr,arg-type]


@pytest.mark.parametrize(
    ("line", "outcome", "part"),
    [
        ("/fine", Outcome.DONE, "Summary"),
        ("/absent", Outcome.MISTAKEN, "2501.00000"),
        ("/nothing", Outcome.MISTAKEN, "/nothing"),
        ("/fien", Outcome.MISTAKEN, "/fine"),
        ("", Outcome.MISTAKEN, "slash"),
        ("/down", Outcome.FAILED, "7 s"),
        ("/broken", Outcome.FAILED, "abc123"),
    ],
)
async def test_every_end_is_a_reply(line: str, outcome: Outcome, part: str) -> None:
    reply = await dispatcher().dispatch(request(line))
    assert reply.outcome is outcome
    assert part in said(reply)
    assert reply.private is (outcome is not Outcome.DONE)


async def test_a_bug_is_logged_whole_and_told_by_reference(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await dispatcher().dispatch(request("/broken"))
    assert "secret detail" not in said(reply)
    assert "abc123" in caplog.text
    assert "ZeroDivisionError: a secret detail" in caplog.text


async def test_the_chats_choice_goes_before_the_clients_language() -> None:
    chosen = Chosen(**{"test:7": "zh-Hans"})
    assert said(await dispatcher(chosen).dispatch(request("/fine", hint="de"))) == "概要"
    assert said(await dispatcher().dispatch(request("/fine", hint="zh-Hans"))) == "概要"
    assert said(await dispatcher().dispatch(request("/fine"))) == "Summary"


async def test_mistakes_are_told_in_the_readers_language() -> None:
    assert "没有命令" in said(await dispatcher().dispatch(request("/nothing", hint="zh-Hans")))


async def test_the_guard_is_asked() -> None:
    reply = await dispatcher(guard=Nobody()).dispatch(request("/fine"))
    assert reply.outcome is Outcome.MISTAKEN
    assert "owner" in said(reply)


class Queries:
    @command("look")
    async def look(self, request: Request) -> Reply:
        """Read a query that is wrong."""
        raise BadQuery("rag AND", 4, "operator_last", "AND")


async def test_a_mistake_in_a_query_is_pointed_at() -> None:
    dispatching = Dispatcher(Registry([Queries()]), Chosen(), Open())
    reply = await dispatching.dispatch(request("/look"))
    sentence, place = reply.blocks
    assert isinstance(sentence, Paragraph)
    assert "AND" in plain(sentence.text)
    assert place == Preformatted("rag AND\n    ^")
    assert reply.outcome is Outcome.MISTAKEN
