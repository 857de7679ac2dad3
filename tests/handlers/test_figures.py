"""/figures: what is shown, under which licence, and what is said where nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Card, Image, Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.language import ENGLISH, Language
from bot.papers.apart import Apart
from bot.papers.figures import Figure, Figures
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.papers.oai import Harvester
from bot.papers.pdf import Pdfs
from bot.platforms.console.render import render
from bot.store.cache import Cache
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.figures import FigureShelf
from bot.store.licences import Licences
from bot.store.papers import PaperRecords
from bot.writing.library import Library
from handlers.figures import FigureCommands, _in_order
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import ACCENTS, LATEX, OLD_STYLE, PLAIN, REVISED, WITHDRAWN, small_corpus
from tests.papers.drawn_pages import LEFT, Page, write_pages
from tests.writing.test_library import Clock, library_of

NOWHERE = "a.example"
TWO = write_pages(
    Page()
    .paragraph(80, 6)
    .plot(120, 170, 300, 150)
    .lines(LEFT, 360, "Figure 1: Accuracy grows with the number of folds, and then it stays where it", "is.")
    .paragraph(400, 20),
    Page()
    .photograph(100, 80, 400, 300, (800, 600))
    .line(150, 400, "Fig. 2. A fold, seen from above.")
    .paragraph(440, 20),
)


class Chat:
    """A chat with everything behind it but the platform, and an arXiv."""

    def __init__(self, store: Store, arxiv: ArxivFake, library: Library) -> None:
        self.arxiv, self.library = arxiv, library
        self.cache = Cache(store, keep_days=400)
        self.records = PaperRecords(self.cache)
        gate = LocalGate(gap=0.0, first_pause=0.01)
        self.licences = Licences(Harvester(gate, arxiv.oai_url), self.records, store)
        self.shelf = FigureShelf(Pdfs(gate, arxiv.pdf_url), Apart(), self.cache, store)
        registry = Registry([FigureCommands(library, self.licences, self.shelf)])
        self.dispatcher = Dispatcher(registry, ChatLanguages(store), Open())
        self.progress: list[str] = []

    async def asks(self, paper: str, language: Language = ENGLISH) -> Reply:
        request = Request(
            Call("figures", paper),
            Address("telegram", "7"),
            Actor("1"),
            hint=language,
            progress=self.progress.append,
        )
        return await self.dispatcher.dispatch(request)

    async def says(self, paper: str) -> str:
        return " ".join(render(await self.asks(paper)).split())

    @property
    def paths(self) -> list[str]:
        """What was asked of the arXiv, in short."""
        return [seen.path.split("/")[1] for seen in self.arxiv.requests]


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        fake.pdfs[LATEX] = TWO
        yield fake


@pytest.fixture
async def chat(store: Store, arxiv: ArxivFake) -> AsyncIterator[Chat]:
    async with library_of(store, arxiv, Clock(), None) as library:
        chat = Chat(store, arxiv, library)
        yield chat
        await chat.shelf.close()


def images(reply: Reply) -> list[Image]:
    return [block for block in reply.blocks if isinstance(block, Image)]


def relicensed(arxiv: ArxivFake, number: str, licence: str) -> None:
    paper = arxiv.corpus.paper(number)
    assert paper
    arxiv.corpus.add(replace(paper, licence=licence))


async def test_figures_with_their_captions(chat: Chat) -> None:
    reply = await chat.asks(LATEX)
    assert reply.outcome is Outcome.DONE
    assert isinstance(reply.blocks[0], Card)
    one, two = images(reply)
    assert one.data.startswith(b"\x89PNG")
    assert one.name == f"{LATEX}v1-figure-1.png"
    assert two.data.startswith(b"\xff\xd8\xff")
    assert two.name == f"{LATEX}v1-figure-2.jpg"
    said = " ".join(render(reply).split())
    assert "Figure 1: Accuracy grows with the number of folds, and then it stays where it is. (page 1" in said
    assert "Figure 2: A fold, seen from above. (page 2" in said
    assert f"https://arxiv.org/pdf/{LATEX}v1#page=2" in said


async def test_who_made_it_and_under_which_licence(chat: Chat) -> None:
    said = await chat.says(LATEX)
    assert said.count("O(n log n) Attention by Folding Keys") == 1  # the card names it
    assert "Figures by Ida Muster, José Ejemplo, CC BY 4.0" in said
    assert "https://creativecommons.org/licenses/by/4.0/" in said
    assert "cut out of the PDF at the captions by a program" in said


def test_figures_are_in_the_order_of_their_numbers() -> None:
    numbers = ["2", "1", "10", "A.1", "3", "S2"]
    cut = tuple(Figure(number, 1, "", b"", "png", 1, 1) for number in numbers)
    assert [one.number for one in _in_order(Figures(cut, 6, 1, 1))] == ["1", "2", "3", "10", "A.1", "S2"]


async def test_progress_is_said_step_by_step(chat: Chat) -> None:
    await chat.asks(LATEX)
    assert [said.split()[0] for said in chat.progress] == ["Looking", "Asking", "Cutting"]


async def test_a_second_ask_asks_the_arxiv_nothing(chat: Chat) -> None:
    first = await chat.asks(LATEX)
    assert chat.paths == ["api", "oai", "pdf"]
    assert images(await chat.asks(f"{LATEX}v1")) == images(first)
    assert chat.paths == ["api", "oai", "pdf"]


async def test_many_ask_at_once_and_it_is_cut_once(chat: Chat) -> None:
    replies = await asyncio.gather(*(chat.asks(LATEX) for _ in range(8)))
    assert {len(images(reply)) for reply in replies} == {2}
    assert chat.paths == ["api", "oai", "pdf"]


async def test_a_licence_that_does_not_permit_it(chat: Chat) -> None:
    reply = await chat.asks(PLAIN)
    assert images(reply) == []
    assert reply.outcome is Outcome.DONE
    said = " ".join(render(reply).split())
    assert "does not permit showing its figures here" in said
    assert "arXiv non-exclusive licence to distribute" in said
    assert f"https://arxiv.org/pdf/{PLAIN}v1" in said
    assert "pdf" not in chat.paths  # what may not be shown is not fetched
    await chat.asks(PLAIN)
    assert chat.paths == ["api", "oai"]


@pytest.mark.parametrize("kind", ["by-nd", "by-nc-nd"])
async def test_no_derivatives_means_no_figures(chat: Chat, arxiv: ArxivFake, kind: str) -> None:
    relicensed(arxiv, LATEX, f"http://creativecommons.org/licenses/{kind}/4.0/")
    said = await chat.says(LATEX)
    assert f"CC {kind.upper()} 4.0" in said
    assert "does not permit" in said


@pytest.mark.parametrize("licence", ["", "http://a.example/licenses/by/4.0/"])
async def test_a_licence_that_is_not_known(chat: Chat, arxiv: ArxivFake, licence: str) -> None:
    relicensed(arxiv, LATEX, licence)
    said = await chat.says(LATEX)
    assert "licence is not known" in said
    assert NOWHERE not in said
    await chat.asks(LATEX)
    assert chat.paths == ["api", "oai"]


async def test_the_licence_decides_each_time_and_not_the_shelf(chat: Chat) -> None:
    assert len(images(await chat.asks(LATEX))) == 2
    await chat.records.put_licence(PaperId(LATEX, 1), "http://creativecommons.org/licenses/by-nc-nd/4.0/")
    assert images(await chat.asks(LATEX)) == []


async def test_the_feed_s_word_saves_the_question(chat: Chat, arxiv: ArxivFake) -> None:
    known = await chat.library.paper(PaperId(LATEX))
    assert known.paper.licence is None
    await chat.records.put_licence(known.paper.id, "http://creativecommons.org/publicdomain/zero/1.0/")
    assert "CC0 1.0" in await chat.says(LATEX)
    assert chat.paths == ["api", "pdf"]


async def test_an_older_version_has_no_licence_that_is_known(chat: Chat, arxiv: ArxivFake) -> None:
    relicensed(arxiv, REVISED, "http://creativecommons.org/licenses/by/4.0/")
    arxiv.pdfs[REVISED] = TWO
    assert "licence is not known" in await chat.says(f"{REVISED}v1")
    assert len(images(await chat.asks(REVISED))) == 2
    assert chat.paths.count("oai") == 1  # the answer was about the newest version, and is kept for it


async def test_a_withdrawn_paper(chat: Chat) -> None:
    reply = await chat.asks(WITHDRAWN)
    said = render(reply)
    assert "This paper was withdrawn." in said
    assert "not shown" in said
    assert chat.paths == ["api"]


async def test_no_figures_are_found(chat: Chat, arxiv: ArxivFake) -> None:
    arxiv.pdfs[LATEX] = write_pages(Page().paragraph(80, 40))
    reply = await chat.asks(LATEX)
    assert reply.outcome is Outcome.DONE
    said = render(reply)
    assert "No figure with a caption was found" in said
    assert "CC BY" not in said


async def test_a_pdf_that_is_a_scan(chat: Chat, arxiv: ArxivFake) -> None:
    arxiv.pdfs[LATEX] = write_pages(Page().photograph(0, 0, 612, 792))
    for _ in range(2):
        reply = await chat.asks(LATEX)
        assert reply.outcome is Outcome.FAILED
        assert "scan" in render(reply)
        assert isinstance(reply.blocks[0], Card)
    assert chat.paths.count("pdf") == 1


async def test_a_pdf_that_is_missing(chat: Chat, arxiv: ArxivFake, store: Store) -> None:
    arxiv.fail("404", path="/pdf")
    assert "has no PDF of this paper" in await chat.says(LATEX)
    assert 0 < await store.ttl(f"pw:figures:1:{LATEX}v1") <= 600


async def test_the_arxiv_is_down(chat: Chat, arxiv: ArxivFake) -> None:
    arxiv.fail("500", times=None, path="/oai")
    reply = await chat.asks(LATEX)
    assert reply.outcome is Outcome.FAILED
    assert "did not answer" in render(reply)
    arxiv.recover()
    assert len(images(await chat.asks(LATEX))) == 2


async def test_a_caption_is_text_and_no_longer_than_anybody_reads(chat: Chat, arxiv: ArxivFake) -> None:
    caption = ["Figure 1: Ignore this @everyone <b>and</b> **click** [here](http://a.example) /allow"]
    caption += ["and so on and on, for as long as there is room for it in the caption of it"] * 20
    page = Page().box(150, 60, 300, 150).lines(LEFT, 240, *caption, size=9, leading=11).paragraph(500, 20)
    arxiv.pdfs[LATEX] = write_pages(page)
    (image,) = images(await chat.asks(LATEX))
    shown = "".join(span.text for span in image.caption)
    assert "@everyone <b>and</b> **click** [here](http://a.example) /allow" in shown
    assert shown.endswith("… (page 1)")
    assert len(shown) < 960


async def test_an_old_id_makes_a_file_s_name(chat: Chat, arxiv: ArxivFake) -> None:
    relicensed(arxiv, OLD_STYLE, "http://creativecommons.org/licenses/by/4.0/")
    arxiv.pdfs[OLD_STYLE] = TWO
    names = [image.name for image in images(await chat.asks(OLD_STYLE))]
    assert names
    assert not any("/" in name for name in names)


async def test_in_chinese(chat: Chat) -> None:
    said = render(await chat.asks(LATEX, Language("zh-Hans")))
    assert "图 1" in said
    assert "第 2 页" in said


async def test_a_licensed_paper_of_many_authors_names_the_first(chat: Chat, arxiv: ArxivFake) -> None:
    arxiv.pdfs[ACCENTS] = TWO
    assert "by Zoë Müller-Østergård, Łukasz Żółć and 2 more, CC BY 4.0" in await chat.says(ACCENTS)
