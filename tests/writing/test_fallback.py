"""A second model, asked where the first brings nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import ModelFailure, ModelUnavailable, ModelUnusable
from bot.writing.conversation import Reply
from bot.writing.fallback import Fallback
from bot.writing.model import Completion
from bot.writing.usage import Usage
from tests.writing.chat_server import HANG, failing, saying, streaming
from tests.writing.rig import GOOD, Rig, Word, ask, failure
from tests.writing.scripted import Line, ScriptedModel

YES = '{"word": "yes"}'
COST = Usage(1, 100, 20)
CUT = Reply('{"word": "y', "cut", COST)


def pair(first: Sequence[Line], second: Sequence[Line]) -> tuple[ScriptedModel, ScriptedModel, Fallback]:
    one, other = ScriptedModel(first, name="one"), ScriptedModel(second, name="other")
    return one, other, Fallback(one, other)


async def asked(model: Fallback) -> Completion[Word]:
    return await model.complete(system="s", user="u", schema=Word)


async def test_the_second_is_left_alone_while_the_first_answers() -> None:
    _, other, both = pair([YES], [])
    assert (await asked(both)).value.word == "yes"
    assert not other.prompts


@pytest.mark.parametrize(
    ("first", "cost"),
    [
        ([ModelUnavailable("timeout")], Usage()),
        ([ModelUnavailable("unauthorised")], Usage()),
        ([ModelUnavailable("resting", 30.0)], Usage()),
        (["Well.", "Well."], COST + COST),
        (["Well.", ModelUnavailable("timeout")], COST),
        ([CUT, CUT], COST + COST),
    ],
    ids=["timeout", "unauthorised", "resting", "malformed", "half way", "cut"],
)
async def test_the_second_is_asked_where_the_first_brings_nothing(first: list[Line], cost: Usage) -> None:
    _, other, both = pair(first, [YES])
    done = await asked(both)
    assert done.value.word == "yes"
    assert done.usage == cost + COST
    assert len(other.prompts) == 1


async def test_a_refusal_is_not_shopped_around() -> None:
    _, other, both = pair([Reply("", "refused", COST)], [YES])
    with pytest.raises(ModelUnusable, match="refused"):
        await asked(both)
    assert not other.prompts


async def test_where_both_fail_the_first_is_named_and_both_are_paid_for() -> None:
    _, _, both = pair(["Well.", "Well."], ["No.", ModelUnavailable("throttled")])
    with pytest.raises(ModelFailure) as caught:
        await asked(both)
    assert str(caught.value) == "ModelUnusable(reason='malformed')"
    assert caught.value.cost == COST + COST + COST


async def test_it_goes_by_the_first_ones_name_and_closes_both() -> None:
    one, other, both = pair([], [])
    assert both.name == "one"
    await both.aclose()
    assert one.closed
    assert other.closed


async def test_whoever_answered_is_named(rig: Rig) -> None:
    one, other = rig.serve(failing(503)), rig.serve(GOOD)
    both = Fallback(rig.model(one.base_url, name="one"), rig.model(other.base_url, name="other"))
    assert (await asked(both)).model == "other"
    assert (await asked(Fallback(rig.model(other.base_url, name="one"), both))).model == "one"


async def test_a_hanging_first_leaves_the_second_time_to_answer(rig: Rig) -> None:
    hanging, well = rig.serve(HANG), rig.serve(GOOD)
    one, other = rig.model(hanging.base_url), rig.model(well.base_url)
    await ask(other)  # the import is done
    began = asyncio.get_running_loop().time()
    done = await Fallback(one, other).complete(system="s", user="u", schema=Word, deadline=0.6)
    assert done.value.word == "yes"
    assert asyncio.get_running_loop().time() - began < 0.6


async def test_what_is_heard_begins_anew_with_the_second(rig: Rig) -> None:
    one, other = rig.serve(streaming("Well"), saying("Well")), rig.serve(saying(YES))
    heard: list[str] = []
    both = Fallback(rig.model(one.base_url), rig.model(other.base_url))
    await both.complete(system="s", user="u", schema=Word, heard=heard.append)
    assert heard[0] == "Well"
    assert heard[-1] == YES


async def test_a_server_that_fails_again_and_again_is_left_alone(rig: Rig) -> None:
    server, model = rig.meet(failing(503))
    for _ in range(5):
        assert await failure(model) == "status 503"
    requests = len(server.requests)
    with pytest.raises(ModelUnavailable) as caught:
        await ask(model)
    assert caught.value.reason == "resting"
    assert 25 < (caught.value.retry_after or 0) <= 30
    assert len(server.requests) == requests


async def test_a_server_that_says_no_is_there(rig: Rig) -> None:
    _, model = rig.meet(failing(401))
    for _ in range(9):
        assert await failure(model) == "unauthorised"
