"""A card for a link, where the chat wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Card
from bot.editions.habits import Habits
from bot.store.chats import ChatLanguages
from bot.store.choices import Choices
from bot.store.client import Store
from handlers.links import LinkCommands
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, small_corpus
from tests.handlers.test_papers import Chat
from tests.writing.scripted import ScriptedModel
from tests.writing.test_library import Clock, library_of


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture
async def chat(store: Store, arxiv: ArxivFake) -> AsyncIterator[Chat]:
    model = ScriptedModel()  # which has nothing to say: a link costs no call
    async with library_of(store, arxiv, Clock(), model) as library:
        registry = Registry([LinkCommands(library, Choices(store))])
        assert list(registry) == []  # nobody is told of it
        yield Chat(Dispatcher(registry, ChatLanguages(store), Open()), model)


async def test_nothing_is_said_where_nobody_asked_for_cards(chat: Chat, arxiv: ArxivFake) -> None:
    await chat.says(f"/card {LATEX}")
    assert chat.reply.blocks == ()
    assert arxiv.requests == []


async def test_a_card_has_what_is_known_and_costs_no_call(store: Store, chat: Chat) -> None:
    await Choices(store).set("telegram:7", Habits(cards=True).to_json())
    said = await chat.says(f"/card {LATEX}")
    assert isinstance(chat.reply.blocks[0], Card)
    assert "Extracted from the abstract, not written" in said
    assert len(said.splitlines()) < 15


async def test_a_paper_that_does_not_exist_is_nothing_to_talk_about(store: Store, chat: Chat) -> None:
    await Choices(store).set("telegram:7", Habits(cards=True).to_json())
    await chat.says("/card 2506.98765")
    assert chat.reply.blocks == ()
