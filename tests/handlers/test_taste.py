"""👍 and 👎 under a paper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Button, Buttons, Outcome
from bot.editions.taste import marks
from bot.papers.ids import PaperId
from bot.store.access import Access
from bot.store.cache import Cache
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.papers import PaperRecords
from bot.store.quotas import Ceilings
from bot.store.taste import Taste, Vote
from handlers.access import AccessGuard
from handlers.taste import TasteCommands
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, small_corpus
from tests.handlers.about_papers import papers_of
from tests.handlers.test_papers import Chat
from tests.writing.scholars import scholar_of
from tests.writing.test_library import Clock, library_of

HERE, NOW = "telegram:7", 1_795_000_000.0


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture
async def chat(store: Store, arxiv: ArxivFake) -> AsyncIterator[Chat]:
    access = Access(store, [])
    async with library_of(store, arxiv, Clock(), None, Ceilings(9, 9, 9)) as library:
        records = PaperRecords(Cache(store, keep_days=400))
        taste = TasteCommands(library, records, Taste(store), clock=lambda: NOW)
        registry = Registry([papers_of(store, arxiv, library, scholar_of(store, arxiv, None), access), taste])
        yield Chat(Dispatcher(registry, ChatLanguages(store), Open()), None)


async def votes(store: Store) -> list[bool]:
    return sorted(vote.liked for vote in await Taste(store).votes(HERE, NOW))


@pytest.mark.parametrize("line", ["/summarize", "/abstract", "/cite"])
async def test_buttons_stand_under_a_paper(store: Store, chat: Chat, line: str) -> None:
    await chat.says(f"{line} {LATEX}")
    (rows,) = [block.rows for block in chat.reply.blocks if isinstance(block, Buttons)]
    found: dict[str, Button] = {button.label: button for row in rows for button in row}
    assert "up a little" in await chat.says(found["👍"].command)
    assert await votes(store) == [True]
    assert "down a little" in await chat.says(found["👎"].command)
    assert await votes(store) == [False]


async def test_the_reply_is_short_and_for_the_one_who_voted(store: Store, chat: Chat) -> None:
    for name in ("like", "dislike"):
        said = await chat.says(f"/{name} {LATEX}v1")
        assert chat.reply.private
        assert chat.reply.outcome is Outcome.DONE
        assert "this chat’s editions" in said
        assert len(said) < 100  # Telegram shows it as a pop-up
    assert await votes(store) == [False]  # whichever version


async def test_in_a_group_everybody_who_is_served_has_one_vote_on_a_paper(store: Store, chat: Chat) -> None:
    access = Access(store, [])
    await access.allow(HERE)
    group = Chat(
        Dispatcher(chat.dispatcher.registry, ChatLanguages(store), AccessGuard(access, "listed")), None
    )
    for person, name in (("1", "like"), ("2", "like"), ("1", "dislike"), ("2", "like")):
        await group.says(f"/{name} {LATEX}", actor=person, private=False)
    assert await votes(store) == [False, True]
    await group.says(f"/like {PLAIN}", actor="1", private=False)
    assert await votes(store) == [False, True, True]
    await access.deny(HERE)
    await group.says(f"/like {LATEX}", actor="3", private=False)
    assert group.reply.outcome is Outcome.MISTAKEN
    assert await votes(store) == [False, True, True]


async def test_a_vote_notes_what_papers_like_this_have(store: Store, chat: Chat, arxiv: ArxivFake) -> None:
    await chat.says(f"/like {LATEX}")
    (vote,) = await Taste(store).votes(HERE, NOW)
    known = await PaperRecords(Cache(store, keep_days=400)).get(PaperId.parse(LATEX))
    assert known
    assert vote == Vote(True, marks(known.paper))
    assert "author ida muster" in vote.marks
    assert "word folding" in vote.marks


async def test_a_paper_that_is_known_is_not_asked_for_again(
    store: Store, chat: Chat, arxiv: ArxivFake
) -> None:
    await chat.says(f"/abstract {LATEX}")
    before = len(arxiv.requests)
    await chat.says(f"/like {LATEX}")
    assert len(arxiv.requests) == before


@pytest.mark.parametrize("line", ["/like", "/like nothing", "/dislike 2506.98765"])
async def test_mistakes_get_a_sentence_and_no_vote(store: Store, chat: Chat, line: str) -> None:
    said = await chat.says(line)
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert 10 < len(said) < 300
    assert await votes(store) == []
