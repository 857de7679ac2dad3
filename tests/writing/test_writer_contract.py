"""What every writer promises."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bot.errors import ModelUnavailable
from bot.language import Language
from bot.writing.composing import Composer
from bot.writing.usage import Usage
from bot.writing.writer import ExtractiveWriter, ModelWriter, Writer
from tests.writing.samples import CHINESE_ANSWER, ENGLISH_ANSWER, PAPER
from tests.writing.scripted import ScriptedModel

ENGLISH, CHINESE = Language("en"), Language("zh-Hans")


@pytest.fixture(params=["model", "extractive"])
def writer(request: pytest.FixtureRequest) -> Writer:
    if request.param == "extractive":
        return ExtractiveWriter()
    return ModelWriter(Composer(ScriptedModel(itertools.repeat(CHINESE_ANSWER), name="gpt-x")))


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
async def test_a_brief_has_a_gist_a_summary_and_takeaways(writer: Writer, language: Language) -> None:
    drafted = await writer.brief(PAPER, language)
    assert drafted.writer == writer.name
    assert drafted.brief.gist
    assert drafted.brief.summary
    assert 3 <= len(drafted.brief.takeaways) <= 7


async def test_english_is_not_translated(writer: Writer) -> None:
    brief = (await writer.brief(PAPER, ENGLISH)).brief
    assert (brief.title, brief.abstract) == (None, None)


async def test_a_paper_without_an_abstract_has_its_title_for_a_gist(writer: Writer) -> None:
    drafted = await writer.brief(replace(PAPER, abstract=" "), CHINESE)
    assert (drafted.writer, drafted.brief.gist, drafted.usage) == ("extractive", PAPER.title, Usage())


def test_a_writer_has_a_name_and_a_revision(writer: Writer) -> None:
    assert writer.name in ("gpt-x", "extractive")
    assert writer.revision >= 1


async def test_the_model_is_asked_once_for_everything() -> None:
    model = ScriptedModel([CHINESE_ANSWER])
    drafted = await ModelWriter(Composer(model)).brief(PAPER, CHINESE)
    assert drafted.brief.title == CHINESE_ANSWER["title"]
    assert drafted.usage == Usage(1, 100, 20)
    assert PAPER.abstract in model.prompts[0].user


async def test_a_model_that_leaves_the_translation_out_is_asked_for_it() -> None:
    model = ScriptedModel([ENGLISH_ANSWER, CHINESE_ANSWER])
    drafted = await ModelWriter(Composer(model)).brief(PAPER, CHINESE)
    assert drafted.brief.abstract == CHINESE_ANSWER["abstract"]
    assert "title: Field required" in model.prompts[1].turns[-1].text


async def test_a_failing_model_is_not_covered_up() -> None:
    with pytest.raises(ModelUnavailable):
        await ModelWriter(Composer(ScriptedModel([ModelUnavailable("timeout")]))).brief(PAPER, ENGLISH)
