"""What a reader gets for each command about a paper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Buttons, Card, Heading, Outcome
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.text import plain
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.quotas import Ceilings
from handlers.access import AccessCommands, AccessGuard
from handlers.basics import BasicCommands
from handlers.fulltext import FullTextCommands
from handlers.help import HelpCommands
from handlers.source import SourceCommands
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import ACCENTS, LATEX, PLAIN, PUBLISHED, REVISED, WITHDRAWN, small_corpus
from tests.handlers.about_papers import papers_of
from tests.writing.samples import ANY_CHINESE, ANY_ENGLISH
from tests.writing.scholars import scholar_of
from tests.writing.scripted import Line, ScriptedModel
from tests.writing.test_library import Clock, library_of


class Chat:
    """A chat with everything behind it but the platform."""

    def __init__(self, dispatcher: Dispatcher, model: ScriptedModel | None) -> None:
        self.dispatcher = dispatcher
        self.model = model

    async def says(self, line: str, *, actor: str = "1", private: bool = True, manages: bool = False) -> str:
        self.reply = await self.dispatcher.dispatch(
            Request(
                Call.parse(line), Address("telegram", "7"), Actor(actor, manages=manages), private=private
            )
        )
        return render(self.reply)


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture(params=[True], ids=["model"])
async def chat(request: pytest.FixtureRequest, store: Store, arxiv: ArxivFake) -> AsyncIterator[Chat]:
    """Parametrize indirectly with False for a chat without a model, or with ceilings."""
    model = None if request.param is False else ScriptedModel(answers())
    ceilings = request.param if isinstance(request.param, Ceilings) else Ceilings(99, 99, 99)
    access = Access(store, ["telegram:owner"])
    async with library_of(store, arxiv, Clock(), model, ceilings) as library:
        registry: Registry
        basics = BasicCommands(ChatLanguages(store), access)

        async def resolve(platform: str, name: str) -> str:
            return f"{platform}:{name}"

        scholar = scholar_of(store, arxiv, model, ceilings=ceilings)
        papers = papers_of(store, arxiv, library, scholar, access)
        helping = HelpCommands(lambda: registry, access)
        handlers = [
            basics,
            helping,
            papers,
            FullTextCommands(library, scholar, access),
            SourceCommands(library),
        ]
        registry = Registry([*handlers, AccessCommands(access, resolve)])
        yield Chat(Dispatcher(registry, ChatLanguages(store), Open()), model)


def answers() -> Iterator[Line]:
    """Answer in whichever shape was asked for."""
    while True:
        yield lambda turns: ANY_CHINESE if "Chinese" in turns[1].text else ANY_ENGLISH


async def test_summarize(chat: Chat) -> None:
    said = await chat.says(f"/summarize {LATEX}")
    assert chat.reply.outcome is Outcome.DONE
    for part in (
        "O(n log n) Attention by Folding Keys",  # LaTeX is gone
        "Ida Muster, José Ejemplo",
        "cs.LG, cs.CL, stat.ML",
        "12 pages, 4 figures",
        f"https://arxiv.org/abs/{LATEX}v1",
        f"https://arxiv.org/pdf/{LATEX}v1",
        str(ANY_ENGLISH["gist"]),
        str(ANY_ENGLISH["summary"]),
        "From the abstract · scripted · 2025-06-11",
    ):
        assert part in said


async def test_takeaways(chat: Chat) -> None:
    said = await chat.says(f"/takeaways {PLAIN}")
    for point in ANY_ENGLISH["takeaways"]:  # type: ignore[attr-defined]
        assert f"• {point}" in said


async def test_translate(chat: Chat) -> None:
    said = await chat.says(f"/translate {ACCENTS} zh")
    assert str(ANY_CHINESE["title"]) in said
    assert str(ANY_CHINESE["abstract"]) in said
    assert "Zoë Müller-Østergård, Łukasz Żółć and 2 more" in said


async def test_summary_takeaways_and_translation_share_one_call(chat: Chat) -> None:
    for name in ("summarize", "takeaways", "translate"):
        await chat.says(f"/{name} {LATEX} zh")
    assert chat.model is not None
    assert len(chat.model.prompts) == 1


async def test_translating_into_the_papers_own_language_is_a_mistake(chat: Chat) -> None:
    said = await chat.says(f"/translate {LATEX}")
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert f"/translate {LATEX} zh" in said


async def test_abstract(chat: Chat) -> None:
    said = await chat.says(f"/abstract {LATEX}")
    assert "61.4% accuracy" in said
    assert "\\" not in said
    assert "As submitted" in said


async def test_cite(chat: Chat) -> None:
    said = await chat.says(f"/cite {PUBLISHED}")
    assert f"eprint        = {{{PUBLISHED}}}" in said
    assert "primaryClass" in said


async def test_a_newer_version_is_said(chat: Chat) -> None:
    assert "This is version 1; v3" in await chat.says(f"/summarize {REVISED}v1")
    assert "This is version" not in await chat.says(f"/summarize {REVISED}")


async def test_the_summary_follows_the_gist_as_a_paragraph(chat: Chat) -> None:
    await chat.says(f"/summarize {LATEX}")
    assert not any(isinstance(block, Heading) for block in chat.reply.blocks)


async def test_the_title_in_the_chats_language_comes_first(chat: Chat) -> None:
    await chat.says(f"/summarize {LATEX} zh")
    head = chat.reply.blocks[0]
    assert isinstance(head, Card)
    assert head.title.startswith("O(n log n)")
    await chat.says("/language zh")
    await chat.says(f"/summarize {LATEX}")
    head = chat.reply.blocks[0]
    assert isinstance(head, Card)
    assert head.title == ANY_CHINESE["title"]
    assert plain(head.lines[0]).startswith("O(n log n)")


async def test_eight_buttons_in_two_rows_and_the_pdf_is_one_of_them(chat: Chat) -> None:
    for line in (
        f"/summarize {LATEX}",
        f"/takeaways {LATEX}",
        f"/abstract {LATEX}",
        f"/translate {LATEX} zh",
    ):
        said = await chat.says(line)
        assert [len(row) for row in rows(chat)] == [4, 4], line
        assert said.count(f"https://arxiv.org/pdf/{LATEX}v1") == 1


async def test_another_language_is_offered_than_the_text_is_in(chat: Chat) -> None:
    await chat.says(f"/summarize {LATEX}")
    assert rows(chat)[0][-1] == f"/translate {LATEX}v1 zh-Hans"
    await chat.says("/language zh")
    for line, other in (
        (f"/summarize {LATEX}", f"/summarize {LATEX}v1 en"),
        (f"/takeaways {LATEX}", f"/takeaways {LATEX}v1 en"),
        (f"/takeaways {LATEX} en", f"/translate {LATEX}v1 zh-Hans"),
        (f"/abstract {LATEX}", f"/translate {LATEX}v1 zh-Hans"),
    ):
        await chat.says(line)
        assert rows(chat)[0][-1] == other, line
        await chat.says(other)
        assert chat.reply.outcome is Outcome.DONE


def rows(chat: Chat) -> list[list[str]]:
    """Return what the buttons type or open."""
    buttons = chat.reply.blocks[-1]
    assert isinstance(buttons, Buttons)
    return [[button.command or button.url for button in row] for row in buttons.rows]


@pytest.mark.parametrize("name", ["summarize", "takeaways", "abstract"])
async def test_a_withdrawn_paper_is_said_to_be_and_not_written_about(chat: Chat, name: str) -> None:
    assert "This paper was withdrawn." in await chat.says(f"/{name} {WITHDRAWN}")
    assert chat.model is not None
    assert chat.model.prompts == []


async def test_a_chat_keeps_its_language(chat: Chat) -> None:
    assert "中文" in await chat.says("/language zh")
    said = await chat.says(f"/summarize {LATEX}")
    assert str(ANY_CHINESE["summary"]) in said
    assert "根据摘要写成" in said
    assert "Deutsch" in await chat.says("/language German")


async def test_in_a_group_only_those_who_manage_it_choose_its_language(chat: Chat) -> None:
    await chat.says("/language zh", private=False)
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert "中文" in await chat.says("/language zh", private=False, manages=True)


async def test_what_the_paper_does_not_say_is_marked_and_the_source_says_why(chat: Chat) -> None:
    assert "Nothing has been written" in await chat.says(f"/source {PLAIN}")
    wrong = {**ANY_ENGLISH, "gist": "It works in 97.31% of cases."}
    assert chat.model is not None
    chat.model.say(wrong, wrong)
    said = await chat.says(f"/summarize {PLAIN}")
    assert "It works in 97.31%⚠ of cases." in said
    assert "⚠ marks what was not found in what was read" in said
    said = await chat.says(f"/source {PLAIN}")
    assert "“97.31%” (in gist): This number is not in the source." in said
    assert "Brief · English · v1" in said
    assert "Written by scripted, prompt" in said
    assert "Model calls: 2; tokens: 200 + 40" in said
    await chat.says(f"/translate {PLAIN} zh")
    said = await chat.says(f"/source {PLAIN}")
    assert "Every number and name in it was found" in said
    assert said.index("中文") < said.index("English")


@pytest.mark.parametrize("chat", [False], indirect=True)
async def test_without_a_model(chat: Chat) -> None:
    assert "Extracted from the abstract, not written" in await chat.says(f"/summarize {LATEX}")
    assert "needs a language model" in await chat.says(f"/takeaways {LATEX} zh")
    assert "needs a language model" in await chat.says(f"/translate {LATEX} zh")
    assert chat.reply.outcome is Outcome.FAILED


@pytest.mark.parametrize("chat", [Ceilings(person=0, chat=9, bot=9)], indirect=True)
async def test_over_a_ceiling_there_is_the_papers_own_text_and_when_it_opens(chat: Chat) -> None:
    said = await chat.says(f"/summarize {LATEX}")
    assert chat.reply.outcome is Outcome.DONE
    assert "You have used up your model calls for today; they open again at" in said
    assert "00:00 UTC" in said
    assert "Extracted from the abstract, not written" in said
    assert str(ANY_ENGLISH["summary"]) in await chat.says(f"/summarize {LATEX}", actor="owner")
    # What an owner paid for is there for everybody.
    assert str(ANY_ENGLISH["summary"]) in await chat.says(f"/summarize {LATEX}")


@pytest.mark.parametrize(
    "line",
    [
        "/summarize",
        "/summarize 2501",
        "/summarize 2506.98765",
        "/summarize 2501.16937 klingonese",
        "/summarize " + "x" * 10_000,
        "/summarize <b>2501</b> \x00\x1b[31m",
        "/help nothing",
        "/nothing",
        "/translate {} {x}",
        "",
    ],
)
async def test_mistakes_get_a_sentence(chat: Chat, line: str) -> None:
    said = await chat.says(line)
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert 10 < len(said) < 300
    assert "\x1b" not in said
    assert "Traceback" not in said


async def test_the_bot_is_claimed_in_private_alone(store: Store, chat: Chat) -> None:
    """In a channel the actor is the channel, and whoever posts there would own the bot."""
    access = Access(store, [])
    code = await access.code()
    assert "private chat" in await chat.says(f"/start {code}", actor="-100555", private=False, manages=True)
    assert not await access.is_owner("telegram:-100555")
    assert "not valid" in await chat.says("/start WRONG")


@pytest.mark.parametrize(
    ("mode", "line", "actor", "served"),
    [
        ("listed", "/abstract", "stranger", False),
        ("listed", "/abstract", "allowed", True),
        ("listed", "/abstract", "owner", True),
        ("listed", "/help", "stranger", True),
        ("listed", "/start", "stranger", True),
        ("listed", "/allow", "allowed", False),
        ("open", "/abstract", "stranger", True),
        ("open", "/allow", "stranger", False),
        ("owner", "/abstract", "allowed", False),
        ("owner", "/abstract", "owner", True),
    ],
)
async def test_who_is_served(
    store: Store, chat: Chat, mode: str, line: str, actor: str, served: bool
) -> None:
    access = Access(store, ["telegram:owner"])
    await access.allow("telegram:allowed")
    guard = AccessGuard(access, mode)  # type: ignore[arg-type]
    guarded = Chat(Dispatcher(chat.dispatcher.registry, ChatLanguages(store), guard), None)
    said = await guarded.says(f"{line} {LATEX}" if line == "/abstract" else line, actor=actor)
    assert (guarded.reply.outcome is Outcome.DONE) is served, said
    assert served or "owner" in said
