"""The list of the roundups that were made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.editions.period import Period
from bot.editions.roundups import Asked, Roundups
from bot.errors import StoreUnavailable
from bot.language import ENGLISH, Language
from bot.store.client import Store
from bot.writing.texts import Texts
from tests.editions.newsroom import WED, newsroom, wish
from tests.editions.roundup_room import editor, made, mixed, roundups
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.writing.scripted import ScriptedModel

WEEK = Period.until(WED, 7)


async def listed(some: Roundups) -> list[tuple[str, Period, str]]:
    return [(one.wanted.key, one.period, one.language.tag) for one in await some.listed()]


async def test_each_is_listed_once_and_found_whichever_model_there_is_now(store: Store) -> None:
    with ArxivFake(Corpus()) as arxiv:
        async with newsroom(store, arxiv) as room:
            await room.announce(WED, mixed(1, 9))
            some = roundups(room, ScriptedModel(editor()))
            assert await listed(some) == []
            for _ in range(2):
                await made(some)
            await made(some, '"retrieval"')  # whose business that is, is the asker's
            assert await listed(some) == [("rag", WEEK, "en")]
            asked = Asked(wish("rag"), WEEK, ENGLISH)
            written = await some.kept(asked)
            without = roundups(room)  # the model was taken away since
            assert await without.kept(asked) == written
            assert await without.kept(Asked(wish("rag"), WEEK, Language("de"))) is None


async def test_what_is_no_longer_kept_is_no_longer_listed(store: Store) -> None:
    with ArxivFake(Corpus()) as arxiv:
        async with newsroom(store, arxiv) as room:
            await room.announce(WED, mixed(1, 9))
            some = roundups(room)
            await made(some)
            await made(some, days=2)
            assert [period for _, period, _ in await listed(some)] == [
                Period(WED - timedelta(days=1), WED),
                WEEK,
            ]
            gone = [key async for key in store.scan_iter(match=f"pw:text:roundup:*:{WEEK.first}:*")]
            assert len(gone) == 1
            await store.delete(*gone)
            assert [period.first for _, period, _ in await listed(some)] == [WED - timedelta(days=1)]


async def test_one_that_was_cut_off_as_it_was_listed_is_listed_the_next_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArxivFake(Corpus()) as arxiv:
        async with newsroom(store, arxiv) as room:
            await room.announce(WED, mixed(1, 9))

            async def killed(*_: object) -> None:
                raise StoreUnavailable("unreachable")

            with monkeypatch.context() as dying:
                dying.setattr(Texts, "enlist", killed)
                with pytest.raises(StoreUnavailable):
                    await made(roundups(room))
            some = roundups(room)
            await made(some)
            assert await listed(some) == [("rag", WEEK, "en")]
