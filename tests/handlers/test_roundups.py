"""What a reader gets for /roundup."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Buttons, Outcome
from bot.chat.request import Actor, Address, Call, Request
from bot.language import Language
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.phrases import Phrases
from handlers.roundups import RoundupCommands, SubjectText
from tests.editions.newsroom import MON, TUE, WED, Newsroom, newsroom
from tests.editions.roundup_room import editor, mixed, roundups
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.writing.scripted import ScriptedModel


class Chat:
    """A chat with a newsroom and a model behind it."""

    def __init__(self, room: Newsroom, model: ScriptedModel | None) -> None:
        self.heard: list[str] = []
        commands = RoundupCommands(
            roundups(room, model), Phrases(room.store), Access(room.store, ()), clock=room.now.timestamp
        )
        self.dispatcher = Dispatcher(Registry([commands]), ChatLanguages(room.store), Open())

    async def says(self, line: str, **named: str) -> str:
        call = Call(line.removeprefix("/"), named) if named else Call.parse(line)
        request = Request(call, Address("telegram", "7"), Actor("1"), progress=self.heard.append)
        self.reply = await self.dispatcher.dispatch(request)
        return render(self.reply)

    @property
    def commands(self) -> list[str]:
        rows = [block.rows for block in self.reply.blocks if isinstance(block, Buttons)]
        return [button.command for block in rows for row in block for button in row]


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus()) as fake:
        yield fake


@pytest.fixture
async def room(store: Store, arxiv: ArxivFake) -> AsyncIterator[Newsroom]:
    async with newsroom(store, arxiv) as made:
        for number, day in enumerate((MON, TUE, WED)):
            await made.announce(day, mixed(4 * number + 1, 4, day))
        yield made


async def test_it_tells_of_its_days_by_themes_and_shows_its_progress(room: Newsroom) -> None:
    chat = Chat(room, ScriptedModel(editor()))
    said = await chat.says("/roundup RAG 3")
    assert said.startswith(
        "Retrieval-augmented generation · 16–18 Nov 2026\n\n12 announced · 12 matched · 12 in this roundup · 3 themes"
    )
    assert "Part A" in said
    assert "It says one thing [1] (https://arxiv.org/abs/2611." in said
    assert "From abstracts, written by scripted. Check before citing." in said
    assert chat.heard[:3] == [f"Reading {number} of 3 days …" for number in (1, 2, 3)]
    assert chat.heard[-1] == "Writing: 3 of 3 themes …"
    assert chat.commands == ["/topic rag", "/roundup rag 14"]
    for number in range(1, 13):
        assert said.count(f"\n• [{number}] ") == 1


async def test_named_arguments_and_a_language(room: Newsroom) -> None:
    chat = Chat(room, None)
    said = await chat.says("/roundup", topic="rag", days="3", language="zh")
    assert "检索增强生成 · 2026年11月16日至18日" in said
    assert "大模型智能体" in said
    assert chat.commands == ["/topic rag", "/roundup rag 14 zh-Hans"]
    assert await chat.says("/roundup rag 3 zh") == said


async def test_without_a_model_each_paper_says_what_it_is_about(room: Newsroom) -> None:
    said = await Chat(room, None).says("/roundup rag 3")
    assert "Sentences extracted from the abstracts, not written" in said
    assert "LLM agents\n\n• [1]" in said
    assert "\n  An LLM agent uses tools" in said


@pytest.mark.parametrize("line", ["/roundup rag 0", "/roundup rag 32", "/roundup rag 365"])
async def test_a_month_is_the_most(room: Newsroom, line: str) -> None:
    chat = Chat(room, None)
    assert "is no number of days: /roundup <topic> [days] [language]" in await chat.says(line)
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert room.asked == 0


async def test_a_topic_is_needed_and_a_broken_query_is_pointed_at(room: Newsroom) -> None:
    chat = Chat(room, None)
    assert "/roundup <topic> [days] [language]" in await chat.says("/roundup")
    assert "^" in await chat.says("/roundup ti:(")
    assert "Klingon" in await chat.says("/roundup", topic="rag", language="Klingon")


@pytest.mark.parametrize(
    ("line", "subject", "days", "language"),
    [
        ("LLM", "LLM", None, None),
        ("LLM 14", "LLM", 14, None),
        ("LLM 14 zh", "LLM", 14, "zh-Hans"),
        ("LLM 14 German", "LLM", 14, "de"),
        ("LLM zh", "LLM", None, "zh-Hans"),
        ("检索增强 中文", "检索增强", None, "zh-Hans"),
        ("speech in German", "speech in German", None, None),
        ("machine translation 5", "machine translation", 5, None),
        ("GPT 4 models", "GPT 4 models", None, None),
        ("to it", "to it", None, None),
        ("zh", "zh", None, None),
        ("14", "14", None, None),
        ('"web 2" OR ti:agents 31 fr', '"web 2" OR ti:agents', 31, "fr"),
    ],
)
def test_days_and_language_stand_at_the_end(
    line: str, subject: str, days: int | None, language: str | None
) -> None:
    command = Registry([RoundupCommands.__new__(RoundupCommands)]).find("roundup")
    values = command.parse(line)
    assert (values["topic"], values.get("days"), values.get("language")) == (
        SubjectText(subject),
        days,
        Language(language) if language else None,
    )


async def test_nothing_matched_says_so_in_a_line(room: Newsroom) -> None:
    chat = Chat(room, ScriptedModel())
    said = await chat.says("/roundup quantum 3")
    assert "12 announced · 0 matched" in said
    assert "Nothing that was announced matches." in said
    assert chat.commands == []
