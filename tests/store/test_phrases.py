"""Long texts under short names."""

from __future__ import annotations

import pytest

from bot.chat.reply import Button
from bot.store.client import Store
from bot.store.phrases import Phrases

LONG = ["x" * 41, "检索增强" * 4, "ti:" + " OR ".join(f"word{n}" for n in range(200)), "é" * 21]


@pytest.mark.parametrize("text", ["rag", "x" * 40, "检索", "#1", "a b"])
async def test_a_short_text_is_its_own_name(store: Store, text: str) -> None:
    assert await Phrases(store).name(text) == text
    assert await Phrases(store).text(text) == text
    assert await store.keys("*") == []


@pytest.mark.parametrize("text", LONG, ids=len)
async def test_a_long_text_has_a_name_that_fits_a_button(store: Store, text: str) -> None:
    name = await Phrases(store).name(text)
    assert Button("Older", f"/topic {name} 20 99")
    assert await Phrases(store).text(name) == text
    assert await Phrases(store).name(text) == name


async def test_what_stands_for_nothing_is_itself(store: Store) -> None:
    assert await Phrases(store).text("#0123abcd") == "#0123abcd"


async def test_a_short_text_that_looks_like_a_name_stays_itself(store: Store) -> None:
    phrases = Phrases(store)
    looks_so = await phrases.name("y" * 60)
    assert await phrases.text(await phrases.name(looks_so)) == "y" * 60


async def test_a_name_lasts_as_long_as_the_message_with_its_button(store: Store) -> None:
    name = await Phrases(store).name("z" * 60)
    assert await store.ttl(f"pw:phrase:{name[1:]}") > 399 * 86_400
