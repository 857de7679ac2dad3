"""What a reader gets of a paper's full text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.language import Language
from bot.papers.ids import PaperId
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.quotas import Ceilings
from bot.writing.openai_model import OpenAIModel
from bot.writing.tasks.deep import Depth
from handlers.fulltext import FullTextCommands, _begun
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_papers import Numbers, blocks_of
from tests.fakes.arxiv_pdf import typeset
from tests.fakes.arxiv_pdf_hostile import encrypted, scan
from tests.fakes.arxiv_small import HOSTILE, PLAIN, WITHDRAWN, small_corpus
from tests.fakes.openai import OpenAIFake
from tests.handlers.about_papers import papers_of
from tests.writing.scholars import scholar_of
from tests.writing.test_library import Clock, library_of

NUMBERS = Numbers.of(PLAIN)
ASKED = f"How accurate is the method on {NUMBERS.data}?"


@dataclass
class Chat:
    """A chat with a bot whose model is a server that answers from the prompt."""

    dispatcher: Dispatcher
    openai: OpenAIFake
    arxiv: ArxivFake
    progress: list[str] = field(default_factory=list)
    drafts: list[Reply] = field(default_factory=list)

    async def says(self, line: str, language: str = "en") -> str:
        request = Request(Call.parse(line), Address("telegram", "7"), Actor("1"), hint=Language(language))
        self.reply = await self.dispatcher.dispatch(
            replace(request, progress=self.progress.append, draft=self.drafts.append)
        )
        return render(self.reply)


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@asynccontextmanager
async def chatting(
    store: Store, arxiv: ArxivFake, *, context: int = 128_000, model: bool = True, calls: int = 9
) -> AsyncIterator[Chat]:
    ceilings = Ceilings(calls, calls, calls)
    access = Access(store, [])
    with OpenAIFake() as openai:
        asked = OpenAIModel("writer", base_url=openai.base_url) if model else None
        async with library_of(store, arxiv, Clock(), asked, ceilings) as library:  # type: ignore[arg-type]
            scholar = scholar_of(store, arxiv, asked, ceilings=ceilings, context=context)
            handlers = [
                papers_of(store, arxiv, library, scholar, access),
                FullTextCommands(library, scholar, access),
            ]
            try:
                yield Chat(Dispatcher(Registry(handlers), ChatLanguages(store), Open()), openai, arxiv)
            finally:
                if asked:
                    await asked.aclose()


@pytest.fixture
async def chat(store: Store, arxiv: ArxivFake) -> AsyncIterator[Chat]:
    async with chatting(store, arxiv) as made:
        yield made


@pytest.mark.parametrize("arguments", ["deep", "DEEP en", "en deep"])
async def test_a_summary_in_depth(chat: Chat, arguments: str) -> None:
    said = await chat.says(f"/summarize {PLAIN} {arguments}")
    assert chat.reply.outcome is Outcome.DONE
    for part in (
        "Sparse Experts Need Less Routing",
        "\nProblem\n",
        "\nMethod\n",
        "\nResults\n",
        f"reaches an accuracy of {NUMBERS.ours}%, against {NUMBERS.baseline}%",
        "(Section 4.1, p",
        "\nLimitations\n",
        "\nWhat is new\n",
        "From all 2 pages · writer · 2025-06-11 · Check before citing.",
        f"/summarize {PLAIN}v1 ",
    ):
        assert part in said
    assert chat.progress[1:] == ["Fetching the PDF …", "Reading 2 pages …", f"Writing about {PLAIN}v1 …"]


async def test_depth_and_language_are_told_apart(chat: Chat) -> None:
    assert "（第 4.1 节" in await chat.says(f"/summarize {PLAIN} deep zh", language="zh-Hans")
    assert "根据全文共 2 页写成" in await chat.says(f"/summarize {PLAIN} zh deep", language="zh-Hans")
    assert "From the abstract" in await chat.says(f"/summarize {PLAIN} zh")
    assert len(chat.openai.prompts) == 2


@pytest.mark.parametrize(
    ("line", "split"),
    [
        ("", ("", "")),
        ("zh", ("", "zh")),
        ("deep", ("deep", "")),
        ("Deep Traditional Chinese", ("deep", "Traditional Chinese")),
        ("zh deep", ("deep", "zh")),
        ("deeper", ("", "deeper")),
    ],
)
def test_the_word_is_found_among_others(line: str, split: tuple[str, str]) -> None:
    assert Depth.take(line) == split


@pytest.mark.parametrize(
    ("pdf", "why"),
    [
        (scan(), "The PDF of this paper is a scan: pictures of pages, and no text to read."),
        (encrypted(), "The PDF of this paper is locked with a password."),
        (b"%PDF-1.7 and nothing else", "The PDF of this paper cannot be read."),
    ],
)
async def test_a_pdf_that_cannot_be_read_is_said_and_the_abstract_used(
    chat: Chat, pdf: bytes, why: str
) -> None:
    chat.arxiv.pdfs[PLAIN] = pdf
    for line in (f"/summarize {PLAIN} deep", f"/ask {PLAIN} How much faster is training?"):
        said = await chat.says(line)
        assert chat.reply.outcome is Outcome.DONE
        assert f"{why} What follows is from the abstract alone." in said
        assert "From the abstract · writer" in said
    assert "“Training of a 1.3B model becomes 18% faster at the same loss of 2.41.” (Abstract, p. 1)" in said


async def test_without_a_model_there_are_the_abstracts_own_sentences(store: Store, arxiv: ArxivFake) -> None:
    async with chatting(store, arxiv, model=False) as chat:
        said = await chat.says(f"/summarize {PLAIN} deep")
        assert "needs a language model" in said
        assert "What follows is from the abstract alone." in said
        assert "Extracted from the abstract, not written" in said
        assert "needs a language model" in await chat.says(f"/ask {PLAIN} How?")
        assert chat.reply.outcome is Outcome.FAILED


async def test_over_a_ceiling(store: Store, arxiv: ArxivFake) -> None:
    async with chatting(store, arxiv, calls=0) as chat:
        assert "You have used up your model calls" in await chat.says(f"/summarize {PLAIN} deep")
        assert "Extracted from the abstract, not written" in render(chat.reply)
        assert "You have used up your model calls" in await chat.says(f"/ask {PLAIN} How?")
        assert chat.reply.outcome is Outcome.MISTAKEN


async def test_a_withdrawn_paper_is_not_read(chat: Chat) -> None:
    for line in (f"/summarize {WITHDRAWN} deep", f"/ask {WITHDRAWN} Why?"):
        assert "This paper was withdrawn." in await chat.says(line)
    assert chat.openai.prompts == []


async def test_what_a_small_context_leaves_out_is_said(store: Store, arxiv: ArxivFake) -> None:
    edition = small_corpus().paper(PLAIN)
    seen = edition and edition.at()
    assert seen
    arxiv.pdfs[PLAIN] = typeset("Long", ["A. Nobody"], blocks_of(seen, repeats=12))
    async with chatting(store, arxiv, context=11_000) as chat:
        said = await chat.says(f"/summarize {PLAIN} deep")
        assert "Left out, for length: 2 Related Work" in said
        assert "Read in part: 3.1 Training" in said
        said = await chat.says(f"/ask {PLAIN} Is coffee expensive?")
        assert "The paper does not say, as far as it was read." in said
        assert "what is nearest to the question was read" in said


async def test_an_answer_with_the_papers_words(chat: Chat) -> None:
    said = await chat.says(f"/ask {PLAIN} {ASKED}")
    for part in (
        ASKED,
        f"reaches an accuracy of {NUMBERS.ours}%",
        "\nIn the paper’s words\n",
        f"“On {NUMBERS.data} our method reaches an accuracy of {NUMBERS.ours}%, against {NUMBERS.baseline}% for the "
        f"strongest baseline, a gain of {NUMBERS.gain} points.” (Section 4.1, p. ",
        "From all 2 pages · writer",
    ):
        assert part in said
    assert await chat.says(f"/ask {PLAIN} {ASKED.upper()}")
    assert len(chat.openai.prompts) == 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("it reaches 62.7", "… it reaches 62.7"),
        ("(as shown) it holds", "… (as shown) it holds"),
        ("Figure 3 shows", "Figure 3 shows"),
        ("71% of pages", "71% of pages"),
        ("我们的方法", "我们的方法"),
        ("…", "…"),
    ],
)
def test_words_that_begin_within_a_sentence_are_seen_to(words: str, shown: str) -> None:
    assert _begun(words) == shown


async def test_it_is_shown_as_it_grows(chat: Chat) -> None:
    await chat.says(f"/ask {PLAIN} {ASKED}")
    assert f"reaches an accuracy of {NUMBERS.ours}%" in render(chat.drafts[0])
    assert "Still writing …" in render(chat.drafts[0])
    assert "In the paper’s words" not in render(chat.drafts[0])
    assert chat.drafts[0].follow_up == ""


async def test_a_reply_to_an_answer_asks_on(chat: Chat) -> None:
    await chat.says(f"/ask {PLAIN} {ASKED}")
    line = chat.reply.follow_up
    assert line.startswith(f"/ask {PLAIN}v1 @")
    await chat.says(f"{line} And without it?")
    assert ASKED in chat.openai.prompts[-1]["messages"][1]["content"]
    assert chat.reply.follow_up != line
    await chat.says(line)
    assert chat.reply.outcome is Outcome.MISTAKEN  # nothing was asked


async def test_the_answer_is_in_the_chats_language(chat: Chat) -> None:
    said = await chat.says(f"/ask {PLAIN} 这篇论文的 accuracy 是多少？", language="zh-Hans")
    assert "论文原文" in said
    assert "（第 4.1 节" in said
    assert "Language: Simplified Chinese" in chat.openai.prompts[-1]["messages"][1]["content"]


async def test_what_the_paper_does_not_say(chat: Chat) -> None:
    said = await chat.says(f"/ask {PLAIN} Is coffee expensive?")
    assert "The paper does not say." in said
    assert "In the paper’s words" not in said
    assert chat.drafts == []


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (f"/ask {PLAIN}", "The question is missing: /ask <paper> <question>"),
        ("/ask", "The paper is missing: /ask <paper> <question>"),
        (f"/ask {PLAIN} ???", "The question is missing"),
        (f"/ask {PLAIN} " + "why " * 130, "at most 500 are read"),
        (f"/summarize {PLAIN} deep klingonese", "klingonese"),
    ],
)
async def test_mistakes_get_a_sentence(chat: Chat, line: str, part: str) -> None:
    assert part in await chat.says(line)
    assert chat.reply.outcome is Outcome.MISTAKEN
    assert chat.openai.prompts == []


async def test_nothing_of_a_hostile_paper_leads_anywhere(chat: Chat) -> None:
    for line in (f"/summarize {HOSTILE} deep", f"/ask {HOSTILE} Which address and models are there?"):
        said = await chat.says(line)
        body = said.split("arXiv:", 1)[1]
        assert "http://evil" not in body
        assert "@everyone" not in body
        assert "that was treated as text" in said
        assert "The paper holds text that readers cannot see" in said


async def test_a_model_that_reads_less_than_was_thought(chat: Chat) -> None:
    """The server's word goes before the setting's, and is remembered."""
    edition = small_corpus().paper(PLAIN)
    seen = edition and edition.at()
    assert seen
    chat.arxiv.pdfs[PLAIN] = typeset("Long", ["A. Nobody"], blocks_of(seen, repeats=60))
    chat.openai.context = 30_000
    said = await chat.says(f"/summarize {PLAIN} deep")
    assert chat.reply.outcome is Outcome.DONE, said
    assert "Left out, for length: " in said
    asked = len(chat.openai.prompts)
    assert 2 <= asked <= 3  # once for each size, and in no other shapes
    await chat.says(f"/ask {PLAIN} {ASKED}")
    assert len(chat.openai.prompts) == asked + 1


def test_a_follow_up_fits_a_button() -> None:
    assert len(f"/ask {PaperId('supr-con/9609004', 12)} @{'0' * 12}") <= 64
