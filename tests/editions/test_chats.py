"""A group that becomes another goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.store.client import Store
from tests.announcements.rig import Arxiv, arxiv_of, moment
from tests.editions.rig import CHAT, Newsroom, newsroom
from tests.editions.test_desk import AT, EVERY, MON, TUE, WED, noon, paper_of, read

NEW = "telegram:-1000100"


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    papers = [paper_of(f"2611.0020{n}", f"Thing {n}", day) for n, day in enumerate((MON, TUE, WED))]
    with arxiv_of(*papers) as fake:
        yield fake


@pytest.fixture
async def room(store: Store, arxiv: Arxiv) -> AsyncIterator[Newsroom]:
    async with newsroom(store, arxiv, moment(MON, "14:00")) as made:
        await read(made, MON, "14:00")
        yield made


async def test_editions_go_on_where_the_group_is_now(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    await room.shown.mute(CHAT, "nothing")
    await read(room, TUE)
    room.at(moment(TUE, "12:01"))
    (claim,) = await room.claims()
    await room.desk.prepare(claim)  # and it stands in the outbox
    for _ in range(2):
        await room.chats.moved(CHAT, NEW)
    await room.deliver()
    assert [got.address for got in room.got] == [NEW]
    await read(room, WED)
    await noon(room, WED)
    assert [got.address for got in room.got] == [NEW, NEW]
    assert await room.subscriptions.of(CHAT) == []
    assert await room.shown.muted(NEW) == {"nothing"}
    assert await room.shown.among(NEW, ["2611.00201", "2611.00202"]) == {"2611.00201", "2611.00202"}


async def test_who_writes_to_the_bot_alone_is_not_written_to(room: Newsroom) -> None:
    await room.follow(EVERY, "telegram:7")
    await room.chats.lost("telegram:7", "bot was blocked by the user")
    await room.deliver()
    assert room.got == []
    assert (await room.one("telegram:7")).paused == "bot was blocked by the user"
