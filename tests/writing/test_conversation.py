"""Ask, and once more where that may help."""

from __future__ import annotations

import pytest

from bot.errors import ModelUnavailable, ModelUnusable
from bot.writing.answer import Answer
from bot.writing.conversation import Reply
from bot.writing.model import Completion
from bot.writing.usage import Usage
from tests.writing.scripted import Line, ScriptedModel


class Items(Answer):
    items: list[str]

    def shortcomings(self) -> list[str]:
        return ["items: more"] if len(self.items) < 3 else []


FULL, SHORT, BROKEN = {"items": ["a", "b", "c"]}, {"items": ["a"]}, '{"items": "none"}'
CUT = Reply('{"items": ["a", "b', "cut", Usage(1, 10, 50))


async def ask(*lines: Line) -> tuple[ScriptedModel, Completion[Items]]:
    model = ScriptedModel(lines)
    return model, await model.complete(system="s", user="u", schema=Items)


async def test_a_good_answer_costs_one_call() -> None:
    model, done = await ask(FULL)
    assert done == Completion(Items(items=["a", "b", "c"]), Usage(1, 100, 20), "scripted")
    assert (model.prompts[0].system, model.prompts[0].user) == ("s", "u")


async def test_the_repair_shows_the_reply_and_what_is_wrong_with_it() -> None:
    model, done = await ask(BROKEN, FULL)
    assert done.usage == Usage(2, 200, 40)
    shown, request = model.prompts[1].turns[2:]
    assert (shown.role, shown.text) == ("assistant", BROKEN)
    assert "items: Input should be a valid list" in request.text
    assert '"additionalProperties": false' in request.text


async def test_there_is_one_repair_and_no_more() -> None:
    with pytest.raises(ModelUnusable) as caught:
        await ask(BROKEN, BROKEN, FULL)
    assert caught.value.reason == "malformed"


async def test_nothing_at_all_is_asked_for_again_as_it_was() -> None:
    model, done = await ask("", FULL)
    assert done.value.items == ["a", "b", "c"]
    assert model.prompts[0].turns == model.prompts[1].turns


@pytest.mark.parametrize(
    "second", [SHORT, BROKEN, ModelUnavailable("timeout"), ModelUnusable("refused")], ids=str
)
async def test_an_answer_that_falls_short_is_kept_if_the_repair_brings_no_more(second: Line) -> None:
    _, done = await ask(SHORT, second)
    assert done.value.items == ["a"]


async def test_a_repair_that_brings_more_is_taken() -> None:
    _, done = await ask(SHORT, FULL)
    assert len(done.value.items) == 3


async def test_a_repair_that_falls_short_is_better_than_nothing() -> None:
    _, done = await ask(BROKEN, SHORT)
    assert done.value.items == ["a"]


async def test_a_cut_reply_is_asked_for_with_a_higher_limit() -> None:
    model, done = await ask(CUT, FULL)
    assert [prompt.longer for prompt in model.prompts] == [False, True]
    assert done.usage == Usage(2, 110, 70)


async def test_cut_twice_is_cut() -> None:
    with pytest.raises(ModelUnusable) as caught:
        await ask(CUT, CUT)
    assert caught.value.reason == "cut"


async def test_cut_once_more_in_the_repair_is_cut() -> None:
    with pytest.raises(ModelUnusable) as caught:
        await ask(CUT, BROKEN, CUT)
    assert caught.value.reason == "cut"


async def test_chatter_cut_after_a_whole_answer_does_no_harm() -> None:
    model, _ = await ask(Reply('{"items": ["a", "b", "c"]} As you can se', "cut"))
    assert len(model.prompts) == 1


async def test_a_refusal_is_final() -> None:
    with pytest.raises(ModelUnusable) as caught:
        await ask(Reply("", "refused"))
    assert caught.value.reason == "refused"


async def test_a_failure_of_the_service_is_passed_on() -> None:
    with pytest.raises(ModelUnavailable):
        await ask(ModelUnavailable("throttled", 120.0))
    with pytest.raises(ModelUnavailable):
        await ask(BROKEN, ModelUnavailable("timeout"))
