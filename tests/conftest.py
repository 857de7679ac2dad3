"""What tests share: a Valkey of their own and the stand-ins."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.client import Store
from bot.store.embedded import EmbeddedValkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[EmbeddedValkey]:
    """One embedded Valkey for the whole run."""
    with tempfile.TemporaryDirectory(prefix="pw-test-") as directory:
        server = EmbeddedValkey(Path(directory))
        server.ensure_running()
        yield server
        server.leave()


@pytest.fixture
async def store(valkey: EmbeddedValkey) -> AsyncIterator[Store]:
    """A store with nothing in it."""
    client = Store.at(f"unix://{valkey.socket_path}")
    await client.execute_command("FLUSHALL")
    yield client
    await client.close_all()
