"""Older data is migrated once, whoever starts and however it ends; newer data is refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from bot.errors import Misconfigured, StoreUnavailable
from bot.store.client import Script, Store
from bot.store.schema import STEPS, Schema
from tests.store.schema_process import RECORDS

KNOWN = 1 + len(STEPS)


async def test_a_fresh_server_gets_the_present_number(store: Store) -> None:
    await Schema(store).migrate()
    assert await store.text("pw:schema") == str(KNOWN)


async def test_no_step_is_taken_on_a_fresh_server(store: Store) -> None:
    async def step(store: Store, script: Callable[[str], Script]) -> None:
        raise AssertionError

    await Schema(store, [step]).migrate()
    assert await store.text("pw:schema") == "2"


async def test_data_of_a_newer_version_is_refused_and_left_alone(store: Store) -> None:
    await store.set("pw:schema", KNOWN + 1)
    with pytest.raises(Misconfigured, match="newer") as told:
        await Schema(store).migrate()
    assert told.value.mend == "upgrade Paperwire, or restore the backup made before"
    assert await store.text("pw:schema") == str(KNOWN + 1)


@pytest.mark.parametrize("number", ["v1.2-beta", "", "0", "-3"])
async def test_data_of_somebody_else_is_refused(store: Store, number: str) -> None:
    await store.set("pw:schema", number)
    with pytest.raises(Misconfigured, match="not Paperwire's"):
        await Schema(store).migrate()


async def test_looking_changes_nothing(store: Store) -> None:
    await older(store)
    assert await Schema(store, [fails]).found() == 1
    assert await store.text("record:0") == "0"


async def test_a_step_that_fails_is_said_and_taken_again_at_the_next_start(store: Store) -> None:
    await older(store)
    with pytest.raises(StoreUnavailable):
        await Schema(store, [fails]).migrate()
    assert await store.text("pw:schema") == "1"
    async with asyncio.timeout(10):
        assert await said(await start(store, "next")) == "ready\n"
    await migrated(store)


async def test_of_many_that_start_at_once_one_migrates(store: Store) -> None:
    await older(store)
    async with asyncio.timeout(60):
        started = [await start(store, name, "waits") for name in "abcd"]
        for one in started:
            await stopped(one)
        assert await asyncio.gather(*(said(one, b"\n") for one in started)) == ["ready\n"] * 4
    await migrated(store)
    assert len(await store.lrange("began", 0, -1)) == 1


async def test_what_was_killed_in_the_middle_is_finished_by_another(store: Store) -> None:
    await older(store)
    async with asyncio.timeout(60):
        assert await said(await start(store, "first", "dies")) == ""
        assert await store.text("pw:schema") == "1"
        assert await said(await start(store, "second")) == "ready\n"
    await migrated(store)
    assert await store.lrange("began", 0, -1) == ["first", "second"]


async def test_who_was_held_up_in_the_middle_writes_nothing_more(store: Store) -> None:
    await older(store)
    async with asyncio.timeout(60):
        first = await start(store, "first", "stops")
        await stopped(first)
        assert await said(await start(store, "second")) == "ready\n"
        await store.set("record:150", "of a later start")
        assert await said(first, b"\n") == "ready\n"
    assert await store.text("record:150") == "of a later start"
    assert await store.text("writes:first") == str(RECORDS // 2)
    assert await store.smembers("third") == {"second"}


async def older(store: Store) -> None:
    await store.set("pw:schema", 1)
    for number in range(RECORDS):
        await store.set(f"record:{number}", number)


async def migrated(store: Store) -> None:
    assert await store.text("pw:schema") == "3"
    assert await store.texts([f"record:{n}" for n in range(RECORDS)]) == [
        f"second {n}" for n in range(RECORDS)
    ]
    assert await store.scard("third") == 1
    assert await store.text("pw:lease:schema") is None


async def fails(store: Store, script: Callable[[str], Script]) -> None:
    await script("return redis.error_reply('no')")()


async def start(store: Store, name: str, how: str = "") -> asyncio.subprocess.Process:
    url = f"unix://{store.connection_pool.connection_kwargs['path']}"
    words = [sys.executable, "-m", "tests.store.schema_process", url, name, "1.5", *filter(None, [how])]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)


async def stopped(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == b"stopped\n"


async def said(process: asyncio.subprocess.Process, line: bytes | None = None) -> str:
    """Return what else it prints until its end, once it got the line."""
    out, _ = await process.communicate(line)
    return out.decode()
