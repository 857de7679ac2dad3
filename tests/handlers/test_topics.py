"""What a reader gets for /topics, /topic and /search."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Button, Buttons, Outcome
from bot.chat.request import Actor, Address, Call, Request
from bot.papers.schedule import latest_day
from bot.platforms.console.render import render
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.phrases import Phrases
from bot.topics import catalogue
from handlers.topics import TopicCommands, WantedText
from tests.editions.newsroom import (
    FRI,
    MON,
    RAG,
    SPEECH,
    TUE,
    WED,
    Newsroom,
    newsroom,
    on_arxiv,
    paper,
    papers,
)
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus


class Chat:
    """A chat with a newsroom behind it."""

    def __init__(self, room: Newsroom) -> None:
        self.room = room
        languages = ChatLanguages(room.store)
        commands = TopicCommands(room.editor, room.searches, Phrases(room.store))
        self.dispatcher = Dispatcher(Registry([commands]), languages, Open())

    async def says(self, line: str, **named: str) -> str:
        call = Call(line.removeprefix("/"), named) if named else Call.parse(line)
        self.reply = await self.dispatcher.dispatch(Request(call, Address("telegram", "7"), Actor("1")))
        return render(self.reply)

    def button(self, label: str) -> Button:
        rows = next(block for block in self.reply.blocks if isinstance(block, Buttons)).rows
        return next(button for row in rows for button in row if button.label == label)

    def labels(self) -> list[str]:
        rows = [block.rows for block in self.reply.blocks if isinstance(block, Buttons)]
        return [button.label for block in rows for row in block for button in row]


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus(map(on_arxiv, [*papers(RAG, 501, 12), *papers(SPEECH, 601, 2)]))) as fake:
        yield fake


@pytest.fixture
async def chat(store: Store, arxiv: ArxivFake) -> AsyncIterator[Chat]:
    async with newsroom(store, arxiv) as room:
        yield Chat(room)


@pytest.fixture
async def four_days(chat: Chat) -> Chat:
    for number, day in enumerate((FRI, MON, TUE, WED)):
        await chat.room.announce(
            day, [*papers(RAG, 10 * number, 3, day), *papers(SPEECH, 100 + 10 * number, 1, day)]
        )
    await chat.room.editor.file()
    return chat


async def test_topics_lists_all_by_name(chat: Chat) -> None:
    said = await chat.says("/topics")
    for topic in catalogue.load():
        assert f"{topic.id} – {topic.name('en')}" in said


async def test_the_latest_come_newest_day_first(four_days: Chat) -> None:
    said = await four_days.says("/topic rag 5")
    assert four_days.reply.outcome is Outcome.DONE
    assert said.index("Wed 18 Nov 2026") < said.index("Tue 17 Nov 2026")
    assert "Mon 16" not in said
    assert four_days.button("1").command.startswith("/summarize 2611.0003")
    assert four_days.labels() == ["1", "2", "3", "4", "5", "Older"]


async def test_buttons_page_there_and_back(four_days: Chat) -> None:
    first = await four_days.says("/topic rag 5")
    await four_days.says(four_days.button("Older").command)
    assert four_days.labels()[-2:] == ["Newer", "Older"]
    last = await four_days.says(four_days.button("Older").command)
    assert four_days.labels() == ["1", "2", "Newer"]
    assert "Fri 13 Nov 2026" in last
    await four_days.says(four_days.button("Newer").command)
    assert await four_days.says(four_days.button("Newer").command) == first
    assert four_days.room.asked == 0


async def test_beyond_the_last_page(four_days: Chat) -> None:
    assert "No further papers." in await four_days.says("/topic rag 10 9")
    assert four_days.labels() == ["Newer"]


@pytest.mark.parametrize(
    "query",
    [
        "ti:generation OR " + " OR ".join(f"ti:filler{n}" for n in range(20)),
        "ti:generation OR 检索 OR 增强 OR 生成 OR 语音 OR 识别",
        '"retrieval-augmented generation" AND cat:cs.CL 4',
    ],
)
async def test_a_query_however_long_fits_its_buttons(four_days: Chat, query: str) -> None:
    await four_days.says("topic", topic=query, count="2") if "4" not in query[-2:] else await four_days.says(
        f"/topic {query}"
    )
    size = len(four_days.labels())
    assert "Older" in four_days.labels()
    assert len(four_days.button("Older").command.encode()) <= 64
    before = four_days.reply
    await four_days.says(four_days.button("Older").command)
    assert four_days.reply.blocks[0] == before.blocks[0]
    assert len(four_days.labels()) == size + 1


async def test_a_query_that_ends_in_a_number_keeps_it(chat: Chat) -> None:
    some = [paper(f"2611.0000{n}", f"GPT 4 and Its Kind {n}") for n in range(3)]
    await chat.room.announce(WED, some)
    await chat.says("topic", topic="GPT 4", count="2")
    first = chat.reply.blocks[0]
    assert chat.button("Older").command == "/topic GPT 4 2 2"
    await chat.says(chat.button("Older").command)
    assert chat.reply.blocks[0] == first
    assert chat.labels() == ["1", "Newer"]


async def test_on_an_empty_store_a_search_answers(chat: Chat) -> None:
    said = await chat.says("/topic RAG")
    assert "From a search of the arXiv" in said
    assert chat.labels()[-1] == "Older"
    await chat.says(chat.button("Older").command)
    assert chat.labels() == ["1", "2", "Newer"]
    assert chat.room.asked == 1


async def test_nothing_found(chat: Chat) -> None:
    assert "No papers found." in await chat.says("/topic zebrafish")
    assert "finds nothing" in await chat.says("/search zebrafish")


async def test_search_asks_once(chat: Chat) -> None:
    said = await chat.says("/search speech recognition")
    assert "Automatic Speech Recognition of Task601" in said
    assert chat.labels() == ["1", "2"]
    assert await chat.says("/find Speech  recognition") != ""
    assert chat.room.asked == 1


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("/topic", "/topic"),
        ("/topic rag 0", "count"),
        ("/topic rag 21", "count"),
        ("/topic rag 5 0", "page"),
        ("/topic ti:(rag", "parenthesis"),
        ('/topic "', "quotation"),
        ("/search", "/search"),
        ("/search cat:nonsense", "nonsense"),
        ("/search NOT rag", ""),
        ("/topics x", "/topics"),
    ],
)
async def test_mistakes_are_said(chat: Chat, line: str, part: str) -> None:
    assert part in await chat.says(line)
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert chat.room.asked == 0


async def test_the_arxiv_being_down_is_said(chat: Chat, arxiv: ArxivFake) -> None:
    arxiv.fail("503", times=None)
    assert "did not answer" in await chat.says("/search speech")
    assert chat.reply.outcome is Outcome.FAILED


async def test_what_is_announced_needs_no_arxiv(four_days: Chat, arxiv: ArxivFake) -> None:
    arxiv.stop()
    assert "Retrieval-Augmented" in await four_days.says("/topic rag")


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("rag", ("rag", "")),
        ("rag 5", ("rag", "5")),
        ("rag 5 2", ("rag", "5 2")),
        ("GPT 4 10 2", ("GPT 4", "10 2")),
        ("5", ("5", "")),
        ("ti:rag AND 2024", ("ti:rag AND 2024", "")),
        ('"phrase" 3', ('"phrase"', "3")),
    ],
)
def test_words_are_told_from_numbers(line: str, taken: tuple[str, str]) -> None:
    assert WantedText.take(line) == taken


@pytest.mark.parametrize("prefix", ["ra", "检索", "speech"])
def test_topics_are_suggested(prefix: str) -> None:
    assert WantedText.complete(prefix)


def test_the_days_of_these_tests_are_days_of_announcement(arxiv: ArxivFake) -> None:
    from tests.editions.newsroom import NOW

    assert latest_day(NOW) == WED


async def test_a_paper_whose_authors_nobody_knows_has_its_day_alone(chat: Chat) -> None:
    bare = paper("2611.00077", "Weaving of Baskets", "Baskets are woven.", authors=())
    await chat.room.announce(WED, [bare])
    said = await chat.says("/topic ti:baskets")
    assert "Wed 18 Nov 2026\n" in said
    assert "·" not in said.split("Baskets", 1)[1].split("→")[0]
