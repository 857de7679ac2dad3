"""Who pays for a text: what was answered is owed, usable or not, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from bot.errors import CeilingReached, ModelFailure, ModelUnavailable
from bot.language import ENGLISH
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.quotas import Ceilings, Payer, Quotas, Spent
from bot.writing.composing import Composer
from bot.writing.conversation import Reply
from bot.writing.tasks.brief import Brief
from bot.writing.texts import Texts, key_of
from bot.writing.usage import Usage
from bot.writing.writer import ModelWriter
from bot.writing.written import Written
from tests.writing.samples import ENGLISH_ANSWER, PAPER
from tests.writing.scripted import Line, ScriptedModel
from tests.writing.test_library import NOW

COST = Usage(1, 3_000, 200, 2_000, 0.25, 1)
PAYER = Payer("telegram:-1", "telegram:1")


async def payer() -> Payer:
    return PAYER


async def ask(store: Store, lines: Iterable[Line], **ceilings: float) -> Written[Brief]:
    """Ask for a brief that nobody has asked for before."""
    texts = Texts(
        Cache(store, keep_days=1),
        store,
        Quotas(store, Ceilings(9, 9, 9, **ceilings)),
    )
    writer = ModelWriter(Composer(ScriptedModel(lines)))

    async def write() -> Written[Brief]:
        drafted = await writer.brief(PAPER, ENGLISH)
        return Written(
            paper=PAPER.id,
            task="brief",
            revision=1,
            language=ENGLISH,
            writer=drafted.writer,
            read="abstract",
            written_at=NOW,
            content=drafted.brief,
            usage=drafted.usage,
        )

    key = key_of(f"{len(await store.keys('*'))}", "brief", 1, ENGLISH, "scripted")
    try:
        return await texts.once(key, Brief, write, payer)
    finally:
        await texts.close()


async def spent(store: Store) -> Spent:
    return await Quotas(store, Ceilings(9, 9, 9)).today("person", PAYER.person)


def said(answer: str) -> Reply:
    return Reply(answer, usage=COST)


async def test_what_is_written_is_paid_for(store: Store) -> None:
    written = await ask(store, [said(json.dumps(ENGLISH_ANSWER))])
    assert written.usage == COST
    assert await spent(store) == Spent(1, 3_000, 200, 2_000, 1, 0.25)


async def test_what_cannot_be_used_is_paid_for_too(store: Store) -> None:
    with pytest.raises(ModelFailure):
        await ask(store, [said("Well."), said("Well.")])
    assert await spent(store) == Spent(2, 6_000, 400, 4_000, 2, 0.5)


async def test_of_a_conversation_that_broke_off_what_was_answered_is_paid_for(store: Store) -> None:
    with pytest.raises(ModelUnavailable):
        await ask(store, [said("Well."), ModelUnavailable("timeout")])
    assert (await spent(store)).calls == 1


async def test_where_nothing_came_nothing_is_owed(store: Store) -> None:
    for _ in range(20):
        with pytest.raises(ModelUnavailable):
            await ask(store, [ModelUnavailable("timeout")])
    assert await spent(store) == Spent()


async def test_the_ceiling_of_money_is_reached_by_what_could_not_be_used(store: Store) -> None:
    with pytest.raises(ModelFailure):
        await ask(store, [said("Well."), said("Well.")], person_money=0.4)
    with pytest.raises(CeilingReached) as caught:
        await ask(store, [], person_money=0.4)
    assert (caught.value.whose, caught.value.what) == ("person", "money")
