"""A scholar over a store, the arXiv's stand-in and a model, as tests want one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.papers.apart import Apart
from bot.papers.gate import LocalGate
from bot.papers.pdf import Pdfs
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.quotas import Ceilings, Quotas
from bot.writing.composing import Composer
from bot.writing.fulltexts import FullTexts
from bot.writing.model import ChatModel
from bot.writing.scholar import Scholar
from bot.writing.texts import Texts
from tests.fakes.arxiv import ArxivFake

NOW = datetime(2025, 6, 11, 9, tzinfo=UTC)


def scholar_of(
    store: Store,
    arxiv: ArxivFake,
    model: ChatModel | None,
    *,
    ceilings: Ceilings = Ceilings(person=9, chat=9, bot=9),  # noqa: B008 - frozen
    context: int = 128_000,
    clock: Callable[[], datetime] = lambda: NOW,
) -> Scholar:
    cache = Cache(store, keep_days=400)
    pdfs = Pdfs(LocalGate(gap=0.0), arxiv.pdf_url, patience=5)
    return Scholar(
        fulltexts=FullTexts(pdfs, cache, store, Apart()),
        texts=Texts(cache, store, Quotas(store, ceilings)),
        cache=cache,
        composer=Composer(model) if model else None,
        context=context,
        clock=clock,
    )
