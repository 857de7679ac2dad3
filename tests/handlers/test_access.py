"""Whom the bot serves is listed for its owner, and for nobody else who reads along."""

from __future__ import annotations

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from handlers.access import AccessCommands, AccessGuard


async def listed(store: Store, *, private: bool = False, aside: bool = False, actor: str = "7") -> Reply:
    access = Access(store, ["telegram:7"])

    async def resolve(platform: str, name: str) -> str:
        return f"{platform}:{name}"

    dispatcher = Dispatcher(
        Registry([AccessCommands(access, resolve)]), ChatLanguages(store), AccessGuard(access, "listed")
    )
    address = Address("telegram", actor if private else "-100")
    return await dispatcher.dispatch(
        Request(Call("allowed"), address, Actor(actor), private=private, aside=aside)
    )


@pytest.fixture
async def served(store: Store) -> Store:
    access = Access(store, [])
    for key in ("telegram:-100", "telegram:-200"):
        await access.allow(key)
    return store


async def test_the_owner_reads_them_in_private(served: Store) -> None:
    reply = await listed(served, private=True)
    assert not reply.private
    for key in ("telegram:-100", "telegram:-200"):
        assert key in render(reply)


async def test_where_others_read_they_are_counted(served: Store) -> None:
    said = render(await listed(served))
    assert "Served chats: 2. Ask me in a private chat" in said
    assert "-200" not in said


async def test_where_the_platform_can_the_owner_alone_reads_them(served: Store) -> None:
    reply = await listed(served, aside=True)
    assert reply.private
    assert "telegram:-200" in render(reply)


async def test_nobody_else_reads_them(served: Store) -> None:
    assert "Only an owner" in render(await listed(served, private=True, actor="8"))


async def test_nobody_is_served_yet(store: Store) -> None:
    assert "Nobody but the owners" in render(await listed(store))
