"""What the store refuses, and how it says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import Misconfigured, StoreUnavailable
from bot.store.client import Store


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_server_that_forgets_at_will_is_refused(store: Store, policy: str) -> None:
    await store.config_set("maxmemory-policy", policy)
    try:
        with pytest.raises(Misconfigured, match=policy):
            await store.check()
    finally:
        await store.config_set("maxmemory-policy", "noeviction")


async def test_a_full_server_is_said_to_be_full(store: Store) -> None:
    await store.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailable) as told:
            await store.set("key", "value")
        assert told.value.reason == "full"
    finally:
        await store.config_set("maxmemory", 0)


async def test_a_disk_that_takes_no_more_is_said(store: Store, tmp_path: Path) -> None:
    """The server answers MISCONF when it could not save; a file in place of its directory makes that real."""
    directory = (await store.config_get("dir"))["dir"]
    await store.config_set("appendonly", "no")
    try:
        await store.config_set("stop-writes-on-bgsave-error", "yes")
        await store.config_set("save", "1 1")
        temporary = Path(str(directory), "dump.rdb")
        temporary.mkdir()
        (temporary / "in-the-way").touch()
        await store.execute_command("BGSAVE")
        while (await store.info("persistence"))["rdb_last_bgsave_status"] != "err":
            await asyncio.sleep(0.01)
        with pytest.raises(StoreUnavailable) as told:
            await store.set("key", "value")
        assert told.value.reason == "full"
        (temporary / "in-the-way").unlink()
        temporary.rmdir()
        await store.execute_command("SAVE")
        temporary.unlink()
        await store.set("key", "value")
    finally:
        await store.config_set("save", "")
        await store.config_set("appendonly", "yes")


async def test_nobody_there_is_said_without_the_password() -> None:
    store = Store.at("redis://:wrong-secret@127.0.0.1:1/0")
    with pytest.raises(Misconfigured, match="where no Redis answers") as told:
        await store.check()
    assert "127.0.0.1:1," in told.value.problem
    assert "wrong-secret" not in str(told.value)
    with pytest.raises(StoreUnavailable) as later:
        await store.get("key")
    assert later.value.reason == "unreachable"
    await store.close_all()


async def test_a_wrong_password_is_said_without_the_password(store: Store) -> None:
    await store.config_set("requirepass", "correct horse")
    path = store.connection_pool.connection_kwargs["path"]
    stranger = Store.at(f"unix://:wrong-secret@{path}")
    try:
        with pytest.raises(Misconfigured) as told:
            await stranger.check()
        assert "wrong-secret" not in str(told.value)
    finally:
        await stranger.close_all()
        await store.config_set("requirepass", "")


@pytest.mark.parametrize("url", ["localhost:6379", "http://127.0.0.1", "redis://127.0.0.1:notaport/0"])
def test_a_malformed_address_is_said(url: str) -> None:
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        Store.at(url)


def test_a_malformed_address_is_said_without_the_password() -> None:
    with pytest.raises(Misconfigured) as told:
        Store.at("redis://:hunter2/xyz@host:6379/0")
    assert "hunter2" not in str(told.value)
