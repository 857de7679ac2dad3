"""What the bot says as it comes into a chat."""

from __future__ import annotations

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Button, Buttons, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.language import Language
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.topics import catalogue
from handlers.access import AccessGuard
from handlers.greeting import COMMON, GreetingCommands

OWNER, FRIEND, STRANGER = "1", "2", "3"
GROUP = "telegram:-100"


class Chat:
    def __init__(self, store: Store, mode: str) -> None:
        self.access = Access(store, [f"telegram:{OWNER}"])
        guard = AccessGuard(self.access, mode)  # type: ignore[arg-type]
        self.dispatcher = Dispatcher(
            Registry([GreetingCommands(self.access, guard)]), ChatLanguages(store), guard
        )

    async def says(self, line: str, actor: str, *, manages: bool = True, hint: str = "en") -> Reply:
        address = Address("telegram", GROUP.partition(":")[2])
        request = Request(
            Call.parse(line), address, Actor(actor, manages=manages), private=False, hint=Language(hint)
        )
        return await self.dispatcher.dispatch(request)


def buttons(reply: Reply) -> list[Button]:
    return [b for block in reply.blocks if isinstance(block, Buttons) for row in block.rows for b in row]


@pytest.mark.parametrize(
    ("mode", "actor", "served"),
    [
        ("listed", OWNER, True), ("listed", FRIEND, True), ("listed", STRANGER, False),
        ("open", STRANGER, True), ("owner", FRIEND, False), ("owner", OWNER, True),
    ],
)  # fmt: skip
async def test_whom_it_greets(store: Store, mode: str, actor: str, served: bool) -> None:
    """Whoever it serves gets one button; others learn whom to ask. An owner has the chat served for good."""
    chat = Chat(store, mode)
    await chat.access.allow(f"telegram:{FRIEND}")
    reply = await chat.says("/welcome", actor)
    assert not reply.private
    if served:
        (button,) = buttons(reply)
        assert (button.command, button.here) == ("/pick", True)
    else:
        assert buttons(reply) == []
        assert ("/allow" in render(reply)) is (
            mode == "listed"
        )  # where only owners are served it would not help
    assert await chat.access.is_allowed(GROUP) is (actor == OWNER)


async def test_in_whose_language(store: Store) -> None:
    """In that of who added it, until the chat has chosen."""
    assert "您好" in render(await Chat(store, "open").says("/welcome", STRANGER, hint="zh-Hans"))


async def test_the_choice_of_a_topic(store: Store) -> None:
    """Common ones, each followed with one press, and a way to name any other."""
    chat = Chat(store, "open")
    reply = await chat.says("/pick", STRANGER)
    *common, other = buttons(reply)
    assert [button.command for button in common] == [f"/subscribe {name}" for name in COMMON]
    assert all(button.here for button in common)
    assert (other.command, other.asks) == ("/subscribe", True)
    assert {catalogue.load().find(name).id for name in COMMON} == set(COMMON)


async def test_who_may_choose(store: Store) -> None:
    reply = await Chat(store, "open").says("/pick", STRANGER, manages=False)
    assert reply.private
    assert buttons(reply) == []
