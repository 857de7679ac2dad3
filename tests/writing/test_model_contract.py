"""What every chat model promises, whatever it is made of."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from bot.errors import ModelUnavailable, ModelUnusable
from bot.writing.conversation import Reply
from bot.writing.fallback import Fallback
from bot.writing.model import ChatModel
from bot.writing.openai_model import OpenAIModel
from bot.writing.tasks.brief_answer import BriefAnswer
from bot.writing.usage import Usage
from tests.writing.chat_server import ChatServer, failing, saying
from tests.writing.samples import ENGLISH_ANSWER
from tests.writing.scripted import Line, ScriptedModel

GOOD = json.dumps(ENGLISH_ANSWER)
COST = Usage(1, 100, 20)
REFUSED, CUT, DOWN = "refused", "cut", "down"

MakeModel = Callable[..., ChatModel]


def scripted(*said: str) -> ScriptedModel:
    lines: dict[str, Line] = {
        REFUSED: Reply("", "refused", COST),
        CUT: Reply("{", "cut", COST),
        DOWN: ModelUnavailable("unauthorised"),
    }
    return ScriptedModel([lines.get(one, one) for one in said])


@pytest.fixture(params=["scripted", "openai", "fallback"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[MakeModel]:
    async with AsyncExitStack() as closing:

        def over_the_wire(*said: str) -> ChatModel:
            lines = {REFUSED: saying(None, refusal="No."), CUT: saying("{", "length"), DOWN: failing(401)}
            server = closing.enter_context(ChatServer(*[lines.get(one, saying(one)) for one in said]))
            model = OpenAIModel("scripted", base_url=server.base_url)
            closing.push_async_callback(model.aclose)
            return model

        def with_a_second(*said: str) -> ChatModel:
            # The second brings what the first did: nothing that would hide it.
            return Fallback(scripted(*said), scripted(*[one for one in said if one in (CUT, DOWN, "Hi!")]))

        makers = {"scripted": scripted, "openai": over_the_wire, "fallback": with_a_second}
        yield makers[request.param]


async def ask(model: ChatModel) -> tuple[BriefAnswer, Usage]:
    done = await model.complete(system="s", user="u", schema=BriefAnswer)
    return done.value, done.usage


async def test_an_answer_comes_with_its_cost(make: MakeModel) -> None:
    answer, usage = await ask(make(GOOD))
    assert answer.gist == ENGLISH_ANSWER["gist"]
    assert usage == COST


async def test_an_answer_is_found_in_prose(make: MakeModel) -> None:
    assert (await ask(make(f"<think>Hm.</think> Here:\n```json\n{GOOD}\n```")))[1].calls == 1


async def test_a_malformed_answer_is_repaired_and_the_cost_summed(make: MakeModel) -> None:
    assert (await ask(make("Hello!", GOOD)))[1] == COST + COST


async def test_a_short_answer_is_kept_if_nothing_better_comes(make: MakeModel) -> None:
    short = json.dumps(ENGLISH_ANSWER | {"takeaways": ["One."]})
    answer, usage = await ask(make(short, "Sorry."))
    assert answer.takeaways == ["One."]
    assert usage.calls == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["Hi!", "Hi!"], "malformed"),
        ([REFUSED], "refused"),
        ([CUT, CUT], "cut"),
        (["Hi!", REFUSED], "refused"),
    ],
)
async def test_nothing_usable_is_unusable(make: MakeModel, said: list[str], reason: str) -> None:
    with pytest.raises(ModelUnusable) as caught:
        await ask(make(*said))
    assert caught.value.reason == reason


async def test_a_failing_service_is_unavailable(make: MakeModel) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        await ask(make(DOWN))
    assert caught.value.reason == "unauthorised"


async def test_it_has_a_name_and_may_be_closed_twice(make: MakeModel) -> None:
    model = make(GOOD)
    assert model.name == "scripted"
    await model.aclose()
    await model.aclose()
