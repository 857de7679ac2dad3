"""What is offered to who types the bot's name in some chat: what is at hand, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.offer import MOST, Offer
from bot.chat.reply import Button, Buttons, Reply, say
from bot.chat.request import Actor, Address, Call, Request
from bot.errors import Refused
from bot.language import Language
from bot.papers.ids import PaperId
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from handlers.access import AccessGuard
from handlers.inline import InlineOffers
from tests.editions.newsroom import MON, RAG, SPEECH, WED, Newsroom, newsroom, on_arxiv, papers, payer
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.writing.samples import ANY_CHINESE, ANY_ENGLISH
from tests.writing.scripted import Line, ScriptedModel

REQUEST = Request(Call("offer"), Address("telegram", "7"), Actor("7"), private=False)


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus(map(on_arxiv, papers(RAG, 501, 3)))) as fake:
        yield fake


def answers() -> Iterator[Line]:
    while True:
        yield lambda turns: ANY_CHINESE if "Chinese" in turns[1].text else ANY_ENGLISH


class Typing:
    def __init__(self, room: Newsroom) -> None:
        self.room = room
        self.offers = InlineOffers(room.library, room.records, room.editor)
        self.dispatcher = Dispatcher(Registry([]), ChatLanguages(room.store), Open(), offers=self.offers)

    async def __call__(self, words: str, request: Request = REQUEST) -> Sequence[Offer]:
        before = self.room.asked, len(self.room.model.prompts) if self.room.model else 0
        offers = await self.dispatcher.offers(request, words)
        assert (self.room.asked, len(self.room.model.prompts) if self.room.model else 0) == before
        assert len({offer.key for offer in offers}) == len(offers) <= MOST
        return offers


@pytest.fixture
async def typing(store: Store, arxiv: ArxivFake) -> AsyncIterator[Typing]:
    async with newsroom(store, arxiv, ScriptedModel(answers())) as room:
        for number, day in enumerate((MON, WED)):
            await room.announce(
                day, [*papers(RAG, 10 * number, 3, day), *papers(SPEECH, 100 + number, 1, day)]
            )
        await room.editor.file()
        yield Typing(room)


def buttons(reply: Reply) -> list[Button]:
    return [b for block in reply.blocks if isinstance(block, Buttons) for row in block.rows for b in row]


async def test_a_topic_and_a_query(typing: Typing) -> None:
    """The latest first, with the day and what is known; a button changes the message in place."""
    for words in ("RAG", "ti:augmented"):
        offers = await typing(words)
        assert len(offers) == 6
        assert [offer.key for offer in offers[:3]] != sorted(offer.key for offer in offers)[:3]
        assert offers[0].title.startswith("Retrieval-Augmented Generation for Task1")
        assert "18 Nov 2026" in offers[0].description
        said = render(offers[0].reply)
        assert "We study retrieval-augmented generation" in said
        assert "As submitted to the arXiv" in said
        assert all(button.here or button.url for button in buttons(offers[0].reply))


async def test_what_is_written_is_shown(typing: Typing) -> None:
    """In the person's own language, if there is something in it."""
    (first, *_) = await typing("RAG")
    known = await typing.room.library.paper(PaperId.parse(first.key))
    for language in (Language("en"), Language("zh-Hans")):
        await typing.room.library.brief(known, language, payer)
    assert str(ANY_ENGLISH["summary"]) in render((await typing(first.key))[0].reply)
    await ChatLanguages(typing.room.store).set("telegram:7", Language("zh-Hans"))
    (offer,) = await typing(f"arxiv.org/abs/{first.key}")
    assert offer.title == ANY_CHINESE["title"]
    assert str(ANY_CHINESE["summary"]) in render(offer.reply)


async def test_a_paper_that_nobody_knows(typing: Typing) -> None:
    """Is its link, with buttons that look it up when somebody presses them."""
    (offer,) = await typing("2406.15319v2")
    assert offer.title == "arXiv:2406.15319v2"
    assert "https://arxiv.org/abs/2406.15319v2" in render(offer.reply)
    assert buttons(offer.reply)[0].command == "/summarize 2406.15319v2"


async def test_nothing_is_looked_up(typing: Typing) -> None:
    """Half a query, and words that nothing announced holds, are no reason to ask the arXiv."""
    for words in ("ti:(", "quantum knitting", "x"):
        assert await typing(words) == []


async def test_nothing_typed_yet(typing: Typing) -> None:
    """What was shown of late is offered."""
    assert await typing("") == []
    (first, *_) = await typing("RAG")
    await typing.room.library.shown(await typing.room.library.paper(PaperId.parse(first.key)))
    assert [offer.key.partition("v")[0] for offer in await typing(" ")] == [first.key.partition("v")[0]]


@pytest.mark.parametrize(
    ("mode", "person", "served"),
    [
        ("open", "8", True),
        ("listed", "8", False),
        ("listed", "9", True),
        ("owner", "9", False),
        ("owner", "7", True),
    ],
)
async def test_to_whom(store: Store, typing: Typing, mode: str, person: str, served: bool) -> None:
    """To whoever the bot serves by themselves: no chat is known."""
    access = Access(store, ["telegram:7"])
    await access.allow("telegram:9")
    guard = AccessGuard(access, mode)  # type: ignore[arg-type]
    dispatcher = Dispatcher(Registry([]), ChatLanguages(store), guard, offers=typing.offers)
    request = Request(Call("offer"), Address("telegram", person), Actor(person), private=False)
    if served:
        assert await dispatcher.offers(request, "RAG")
    else:
        with pytest.raises(Refused):
            await dispatcher.offers(request, "RAG")


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_key_that_no_platform_takes(key: str) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        Offer(key, "a", "b", say("c"))
