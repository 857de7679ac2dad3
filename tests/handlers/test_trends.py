"""What a reader gets for /trends: a picture, and numbers that stand for it where there are no pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL import Image as Picture

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Button, Buttons, Image, Outcome
from bot.chat.request import Actor, Address, Call, Request
from bot.editions.public import Public
from bot.editions.volumes import Volumes
from bot.language import Language
from bot.platforms.console.render import render
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.topics import catalogue
from handlers.trends import TrendCommands
from tests.editions.newsroom import FRI, MON, RAG, SPEECH, TUE, WED, Newsroom, newsroom, papers
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus


class Chat:
    """A chat with a newsroom behind it."""

    def __init__(self, room: Newsroom, public: str = "") -> None:
        self.room = room
        volumes = Volumes(room.days, room.filing, catalogue.load)
        commands = TrendCommands(volumes, Public(public, Language("en")))
        self.languages = ChatLanguages(room.store)
        self.dispatcher = Dispatcher(Registry([commands]), self.languages, Open())

    async def says(self, line: str) -> str:
        request = Request(Call.parse(line), Address("telegram", "7"), Actor("1"))
        self.reply = await self.dispatcher.dispatch(request)
        return render(self.reply)

    def picture(self) -> Image:
        (image,) = (block for block in self.reply.blocks if isinstance(block, Image))
        return image

    def buttons(self) -> list[Button]:
        return [
            b for block in self.reply.blocks if isinstance(block, Buttons) for row in block.rows for b in row
        ]


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Newsroom]:
    with ArxivFake(Corpus()) as arxiv:
        async with newsroom(store, arxiv) as room:
            for number, (day, count) in enumerate(((FRI, 2), (MON, 3), (TUE, 1), (WED, 6))):
                first = 100 * (number + 1)
                await room.announce(
                    day, [*papers(RAG, first, count, day), *papers(SPEECH, first + 50, 2, day)]
                )
            await room.editor.file()
            room.arxiv.forget()
            yield room


async def test_numbers_say_what_the_picture_shows(room: Newsroom) -> None:
    chat = Chat(room)
    said = await chat.says("/trends RAG")
    assert chat.reply.outcome is Outcome.DONE
    for part in (
        "Retrieval-augmented generation: 6 papers on the last of 4 days, at most 6 a day.",
        "▃▅▂█",
        "Median: 2.5 papers a day",
        "Last 4 days: 12 papers, 3 a day",
        "Most: 6 on Wed 18 Nov 2026",
        "Share: 60.0% of all that was announced",
        "4 announcement days, Fri 13 Nov 2026 – Wed 18 Nov 2026",
    ):
        assert part in " ".join(said.split()), said
    assert room.asked == 0


async def test_the_picture_is_one_that_a_phone_shows_sharp(room: Newsroom) -> None:
    chat = Chat(room)
    await chat.says("/trends rag")
    image = chat.picture()
    assert image.name == "trend-rag.png"
    with Picture.open(BytesIO(image.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1280, 720))
        pixels = picture.convert("RGB")
        assert pixels.getpixel((5, 5)) == (252, 251, 248)  # light, whatever the chat's colours are
        assert len(image.data) < 40_000
        dark = sum(1 for x in range(0, 1280, 2) if pixels.getpixel((x, 600)) == (29, 79, 140))
    assert dark > 50  # bars of the last days stand on the ground line


async def test_in_chinese_it_is_the_caption_that_is_chinese(room: Newsroom) -> None:
    chat = Chat(room)
    await chat.languages.set("telegram:7", Language("zh-Hans"))
    said = await chat.says("/trends RAG")
    assert "检索增强生成：共 4 天，最后一天 6 篇，最多的一天 6 篇。" in said
    assert "中位数：每天 2.5 篇" in said
    english = {topic.id for topic in catalogue.load() if not topic.name("en").isascii()}
    assert english == set()  # the letters that Pillow brings have no others


async def test_it_leads_to_the_papers_and_to_the_page(room: Newsroom) -> None:
    chat = Chat(room, "https://papers.example/room")
    await chat.says("/trends RAG")
    latest, page = chat.buttons()
    assert latest.command == "/topic rag"
    assert page.url == "https://papers.example/room/topics/rag"
    chat = Chat(room)
    await chat.says("/trends RAG")
    assert [button.url for button in chat.buttons()] == [""]


async def test_a_day_that_was_not_read_is_named(room: Newsroom) -> None:
    await room.store.delete(*[key async for key in room.store.scan_iter(match=f"*{TUE}*")])
    chat = Chat(room)
    said = " ".join((await chat.says("/trends RAG")).split())
    assert "3 announcement days" in said
    assert "Left out, because they were not read: Tue 17 Nov 2026." in said


async def test_what_is_no_topic_is_a_mistake(room: Newsroom) -> None:
    chat = Chat(room)
    assert "There is no topic zeppelins" in await chat.says("/trends zeppelins")
    assert chat.reply.outcome is Outcome.MISTAKEN


async def test_nothing_counted_yet(store: Store) -> None:
    with ArxivFake(Corpus()) as arxiv:
        async with newsroom(store, arxiv) as room:
            chat = Chat(room)
            assert "Nothing has been counted yet" in await chat.says("/trends RAG")
            assert not any(isinstance(block, Image) for block in chat.reply.blocks)
            assert room.asked == 0
