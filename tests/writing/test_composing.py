"""What a model writes is checked, mended once, and marked where it still fails."""

from __future__ import annotations

from bot.language import ENGLISH, Language
from bot.writing.answer import Answer
from bot.writing.composing import Composed, Composer
from bot.writing.notes import OTHER_LANGUAGE
from bot.writing.tasks.fields import Lines, Text
from bot.writing.usage import Usage
from bot.writing.written import Flaw
from tests.writing.scripted import Line, ScriptedModel

SOURCE = "LongShelf raises recall on NQ from 52% to 71% with GPT-4 as its reader."


class Said(Answer):
    gist: Text
    points: Lines


RIGHT = {"gist": "LongShelf raises recall to 71%.", "points": ["It started at 52%."]}
WRONG = {"gist": "LongShelf raises recall to 73%.", "points": ["It started at 52%.", "The reader is GPT-4o."]}
LESS_WRONG = {"gist": "LongShelf raises recall to 71%.", "points": ["The reader is GPT-4o, a good one."]}


async def compose(*lines: Line, language: Language = ENGLISH) -> tuple[ScriptedModel, Composed[Said]]:
    model = ScriptedModel(lines)
    done = await Composer(model).compose(system="s", user="u", schema=Said, source=SOURCE, language=language)
    return model, done


async def test_what_the_source_bears_out_costs_one_call() -> None:
    _, done = await compose(RIGHT)
    assert done == Composed(Said(**RIGHT), "scripted", Usage(1, 100, 20))  # type: ignore[arg-type]


async def test_what_it_does_not_is_rewritten_with_the_findings() -> None:
    model, done = await compose(WRONG, RIGHT)
    request = model.prompts[1].turns[-1].text
    assert "gist: “73%”" in request
    assert "points[1]: “GPT-4o”" in request
    assert (done.value.gist, done.flaws, done.usage.calls) == ("LongShelf raises recall to 71%.", (), 2)


async def test_what_still_fails_is_marked_in_place() -> None:
    model, done = await compose(WRONG, LESS_WRONG)
    assert len(model.prompts) == 2
    assert done.value.gist == "LongShelf raises recall to 71%."
    assert done.value.points == ["The reader is GPT-4o⚠, a good one."]
    assert done.flaws == (Flaw("points[0]", "GPT-4o", "This name is not in the source."),)


async def test_a_rewriting_that_is_no_better_is_not_taken() -> None:
    _, done = await compose(LESS_WRONG, WRONG)
    assert done.value.points == ["The reader is GPT-4o⚠, a good one."]


async def test_a_mark_of_the_models_own_is_taken_out() -> None:
    _, done = await compose({"gist": "Recall rises to 71%⚠\ufe0f.", "points": ["It started at 52%⚠."]})
    assert (done.value.gist, done.value.points) == ("Recall rises to 71%.", ["It started at 52%."])


async def test_another_language_is_said_and_costs_no_call() -> None:
    long = {"gist": "Here is a text that is in English though another was asked for.", "points": ["好。"]}
    model, done = await compose(long, language=Language("zh-Hans"))
    assert (len(model.prompts), done.notes) == (1, (OTHER_LANGUAGE,))
