"""What the tests of the model behind the wire share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.writing.rig import Rig


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the proxy of whoever runs the tests out of them."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    async with made.models:
        with made.servers:
            yield made
            await made.models.aclose()
