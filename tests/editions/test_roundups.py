"""What a period brought: gathered, parted, written once, and taken up where it ended."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from bot.editions.roundup import Roundup
from bot.errors import ArxivUnavailable, CeilingReached, ModelUnavailable
from bot.language import Language
from bot.store.client import Store
from bot.store.quotas import Ceilings, Quotas
from bot.writing.writer import EXTRACTIVE
from tests.editions.newsroom import (
    FRI,
    MON,
    RAG,
    SPEECH,
    THU,
    TUE,
    WED,
    Newsroom,
    newsroom,
    on_arxiv,
    papers,
)
from tests.editions.roundup_room import editor, in_one_theme, made, mixed, roundups
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.writing.scripted import Line, ScriptedModel


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus()) as fake:
        yield fake


async def four_days(room: Newsroom, each: int = 4) -> None:
    """Announce papers of every kind on four days of a week, and Thursday before it as rebuilt."""
    for number, day in enumerate((FRI, MON, TUE, WED)):
        await room.announce(
            day, [*mixed(each * number + 1, each, day), *papers(SPEECH, 900 + 3 * number, 3, day)]
        )


def numbers(roundup: Roundup) -> list[str]:
    return [item.id.number for item in roundup.items]


async def test_every_paper_is_matched_and_in_one_theme(store: Store, arxiv: ArxivFake) -> None:
    model = ScriptedModel(editor())
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        result = await made(roundups(room, model), days=6)
        roundup = result.roundup
        assert (roundup.first, roundup.last) == (FRI, WED)
        assert (roundup.announced, roundup.matched, len(roundup.items)) == (28, 16, 16)
        assert in_one_theme(roundup)
        assert [theme.title for theme in roundup.themes] == ["Part A", "Part B", "Part C"]
        assert all(theme.paragraphs for theme in roundup.themes)
        assert result.written.writer == "scripted"
        assert result.written.usage.calls == len(model.prompts) == 4
    assert arxiv.requests == []


async def test_a_rerun_asks_no_model_in_whatever_process(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        first = await made(roundups(room, ScriptedModel(editor())), days=6)
        silent = ScriptedModel()
        # Another look at the days would find more by now: what was chosen stands.
        await room.announce(WED, mixed(700, 8), "cs.IR")
        assert (await made(roundups(room, silent), days=6)).written == first.written
        assert (await made(roundups(room, silent), "RAG", days=6)).written == first.written
        assert silent.prompts == []


async def test_many_ask_and_it_is_written_once(store: Store, arxiv: ArxivFake) -> None:
    model, other = ScriptedModel(editor()), ScriptedModel(editor())
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        some = [roundups(room, model), roundups(room, other)]
        results = await asyncio.gather(*(made(one, days=6) for one in some for _ in range(3)))
        assert all(result.roundup == results[0].roundup for result in results)
        assert len(model.prompts) + len(other.prompts) == 4


@pytest.mark.parametrize("dies_after", [1, 2, 3])
async def test_a_run_that_dies_is_taken_up_where_it_ended(
    store: Store, arxiv: ArxivFake, dies_after: int
) -> None:
    dying = ScriptedModel(
        itertools.chain(itertools.islice(editor(), dies_after), itertools.repeat(ModelUnavailable("timeout")))
    )
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        broken = await made(roundups(room, dying), days=6)
        assert isinstance(broken.failure, ModelUnavailable)
        assert broken.written.writer == EXTRACTIVE
        await room.announce(WED, mixed(700, 8), "cs.IR")
        model = ScriptedModel(editor())
        whole = await made(roundups(room, model), days=6)
        assert whole.failure is None
        assert len(whole.roundup.items) == 16  # those that were chosen before it died
        assert len(model.prompts) == 4 - dies_after
        assert in_one_theme(whole.roundup)


async def test_what_failed_is_extracted_and_not_kept(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        failing = ScriptedModel(itertools.repeat(ModelUnavailable("unreachable")))
        result = await made(roundups(room, failing), days=6)
        assert isinstance(result.failure, ModelUnavailable)
        assert len(result.roundup.items) == 16
        assert not any(theme.paragraphs for theme in result.roundup.themes)
        assert (await made(roundups(room, ScriptedModel(editor())), days=6)).failure is None


async def test_calls_are_paid_for_one_by_one(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        model = ScriptedModel(editor())
        result = await made(roundups(room, model, Ceilings(person=2, chat=99, bot=99)), days=6)
        assert isinstance(result.failure, CeilingReached)
        assert result.written.writer == EXTRACTIVE
        assert len(model.prompts) == 2
        spent = await Quotas(store, Ceilings(person=1, chat=1, bot=1)).today()
        assert (spent.calls, spent.prompt_tokens) == (2, 200)


async def test_without_a_model_the_themes_are_topics(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await four_days(room)
        result = await made(roundups(room), days=6)
        roundup = result.roundup
        assert result.written.writer == EXTRACTIVE
        assert result.failure is None
        assert in_one_theme(roundup)
        titles = [theme.title for theme in roundup.themes]
        for word in ("agents", "evaluation", "Jailbreaks", "medicine"):
            assert any(word in title for title in titles), (word, titles)
        for theme in roundup.themes:
            kinds = {roundup.items[number - 1].title.split(" Case")[0] for number in theme.papers}
            assert len(kinds) == 1, (theme.title, kinds)
        assert all(item.gist for item in roundup.items)
        chinese = await made(roundups(room), days=6, language=Language("zh-Hans"))
        assert "大模型智能体" in [theme.title for theme in chinese.roundup.themes]
        assert await made(roundups(room), days=6) == result


async def test_days_that_were_not_read_are_rebuilt_and_told_of(store: Store, arxiv: ArxivFake) -> None:
    for one in mixed(1, 5, TUE):
        arxiv.corpus.add(on_arxiv(one, TUE))
    heard: list[tuple[str, int, int]] = []
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, mixed(50, 4))
        await room.announce(MON, mixed(60, 4, MON))
        result = await made(
            roundups(room, ScriptedModel(editor())), days=3, progress=lambda *step: heard.append(step)
        )
        assert (result.roundup.reconstructed, len(result.roundup.items)) == (1, 13)
        assert heard[:3] == [("days", 1, 3), ("days", 2, 3), ("days", 3, 3)]
        assert heard[3:] == [("themes", done, 3) for done in range(4)]


async def test_a_day_that_cannot_be_had_is_named_and_the_rest_is_written(
    store: Store, arxiv: ArxivFake
) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, mixed(50, 6))
        arxiv.fail("503", times=None)
        model = ScriptedModel(editor())
        result = await made(roundups(room, model), days=2)
        assert result.roundup.unread == (TUE,)
        assert len(result.roundup.items) == 6
        calls = len(model.prompts)
        assert (await made(roundups(room, model), days=2)).roundup == result.roundup
        assert len(model.prompts) == calls  # the pieces are kept, the whole is not
        await room.announce(TUE, mixed(70, 3, TUE))
        whole = await made(roundups(room, model), days=2)
        assert (whole.roundup.unread, len(whole.roundup.items)) == ((), 9)


async def test_no_day_at_all_is_a_failure(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        arxiv.fail("503", times=None)
        with pytest.raises(ArxivUnavailable):
            await made(roundups(room), days=2)


@pytest.mark.parametrize("model", [None, ScriptedModel()])
async def test_nothing_matches_and_nothing_is_kept(
    store: Store, arxiv: ArxivFake, model: ScriptedModel | None
) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, papers(SPEECH, 1, 3))
        empty = await made(roundups(room, model), days=1)
        assert (empty.roundup.announced, empty.roundup.items, empty.roundup.themes) == (3, (), ())
        await room.announce(WED, mixed(50, 2), "cs.IR")
        some = await made(roundups(room, ScriptedModel(editor())), days=1)
        assert len(some.roundup.items) == 2


async def test_an_announcement_to_come_is_not_taken_for_nothing(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, mixed(50, 4))
        assert (await made(roundups(room), last=THU, days=2)).roundup.unread == (THU,)


async def test_two_papers_are_one_theme_and_one_call(store: Store, arxiv: ArxivFake) -> None:
    model = ScriptedModel(editor())
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, mixed(1, 2))
        result = await made(roundups(room, model), days=1)
        assert [theme.title for theme in result.roundup.themes] == ["Retrieval-augmented generation"]
        assert len(model.prompts) == 1


async def test_a_query_and_papers_without_authors(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, [replace(one, authors=()) for one in mixed(1, 8)])
        roundup = (await made(roundups(room), 'ti:"augmented generation"', days=1)).roundup
        assert (roundup.matched, len(roundup.items)) == (8, 8)
        assert in_one_theme(roundup)


async def test_what_was_withdrawn_and_what_says_the_same_is_left_out(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        some = mixed(1, 8)
        twin = replace(some[0], id=replace(some[0].id, number="2611.00099"))
        await room.announce(WED, [*some, twin])
        gone = replace(some[1], id=replace(some[1].id, version=2), comment="This paper has been withdrawn.")
        await room.announce(THU, [gone], items=())
        found = numbers((await made(roundups(room), days=1)).roundup)
        assert some[1].id.number not in found
        assert len({some[0].id.number, twin.id.number} & set(found)) == 1
        assert len(found) == 7


async def test_numbers_and_names_are_held_to_the_papers_that_are_cited(
    store: Store, arxiv: ArxivFake
) -> None:
    def lies(turns: object) -> dict[str, object]:
        return {"paragraphs": ["It reaches 97.5% [1] and [77].", "One more holds."]}

    lines: list[Line] = [*itertools.islice(editor(), 1), lies, lies, *itertools.islice(editor(), 2)]
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, mixed(1, 6))
        written = (await made(roundups(room, ScriptedModel(lines)), days=1)).written
        first = written.content.themes[0]
        assert first.paragraphs[0] == "It reaches 97.5%⚠ [1] and."
        assert [(flaw.field, flaw.claim) for flaw in written.flaws] == [("themes[0].paragraphs[0]", "97.5%")]
        assert in_one_theme(written.content)


async def test_at_most_forty_papers_of_many(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, [*mixed(1, 60), *papers(RAG, 300, 60)])
        for model in (None, ScriptedModel(editor())):
            roundup = (await made(roundups(room, model), days=1)).roundup
            assert (roundup.matched, len(roundup.items)) == (120, 40)
            assert in_one_theme(roundup)
            assert len(roundup.themes) <= 9


async def test_the_papers_shown_are_kept(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, mixed(1, 4))
        roundup = (await made(roundups(room), days=1)).roundup
        known = await room.records.get_many([item.id for item in roundup.items])
        assert all(record.shown for record in known.values())


def test_a_roundup_outlives_json() -> None:
    empty = Roundup(date(2026, 11, 12), WED, 10, 0, unread=(TUE,), missing=2, reconstructed=1)
    assert Roundup.from_json(empty.to_json()) == empty
