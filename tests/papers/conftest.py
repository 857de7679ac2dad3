"""What the tests of papers share: no proxy of the developer's own, and a small arXiv."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the machine that the tests run on."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    """An arXiv of a dozen made-up papers."""
    with ArxivFake(small_corpus()) as fake:
        yield fake
