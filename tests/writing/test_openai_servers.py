"""A brief from end to end, from every kind of server and through every failure that one has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.errors import ModelUnavailable, ModelUnusable
from bot.language import Language
from bot.writing.clean import clean
from bot.writing.composing import Composer
from bot.writing.dialect import StructuredOutput
from bot.writing.openai_model import OpenAIModel
from bot.writing.writer import Drafted, ModelWriter
from tests.fakes.openai import Mode, OpenAIFake
from tests.writing.samples import PAPER

ENGLISH, CHINESE = Language("en"), Language("zh-Hans")


@pytest.fixture
def server() -> Iterator[OpenAIFake]:
    with OpenAIFake() as fake:
        yield fake


async def _no_sleep(seconds: float) -> None:
    """Time passes in no time."""


@pytest.fixture
async def model(server: OpenAIFake) -> AsyncIterator[OpenAIModel]:
    made = OpenAIModel(
        "paper-writer-1", base_url=server.base_url, api_key="sk-made-up", sleep=_no_sleep, jitter=lambda: 0.5
    )
    yield made
    await made.aclose()


async def write(model: OpenAIModel, language: Language = CHINESE, deadline: float | None = None) -> Drafted:
    return await ModelWriter(Composer(model, deadline=deadline)).brief(PAPER, language)


@pytest.mark.parametrize(
    "mode", ["strict", "refuses_schema", "refuses_schema_500", "refuses_json", "fenced", "thinking"]
)
async def test_every_kind_of_server_writes_a_brief(
    server: OpenAIFake, model: OpenAIModel, mode: Mode
) -> None:
    server.mode = mode
    drafted = await write(model)
    brief = drafted.brief
    assert brief.abstract is not None
    assert brief.title is not None
    assert 3 <= len(brief.takeaways) <= 7
    assert drafted.usage.calls == 1
    assert drafted.usage.prompt_tokens > 100
    for text in (brief.gist, brief.summary, brief.title, brief.abstract, *brief.takeaways):
        assert clean(text) == text
        assert "PAPER-" not in text


@pytest.mark.parametrize("mode", ["strict", "thinking"])
async def test_in_english_nothing_is_translated(server: OpenAIFake, model: OpenAIModel, mode: Mode) -> None:
    server.mode = mode
    brief = (await write(model, ENGLISH)).brief
    assert (brief.title, brief.abstract) == (None, None)
    assert brief.gist in PAPER.abstract


@pytest.mark.parametrize(
    ("mode", "first", "later"),
    [("strict", 1, 1), ("refuses_schema", 2, 1), ("refuses_json", 3, 1), ("refuses_schema_500", 2, 2)],
)
async def test_a_refused_rung_costs_its_request_once(
    server: OpenAIFake, model: OpenAIModel, mode: Mode, first: int, later: int
) -> None:
    server.mode = mode
    await write(model)
    assert server.calls == first
    await write(model)
    assert server.calls == first + later  # a 500 has to happen twice before it is held against the shape
    await write(model)
    assert server.calls == first + later + 1


@pytest.mark.parametrize(
    ("mode", "reason", "calls"),
    [
        ("prose", "malformed", 2),
        ("other_json", "malformed", 2),
        ("garbage", "malformed", 2),
        ("empty_choices", "malformed", 2),
        ("null_content", "malformed", 2),
        ("empty_content", "malformed", 2),
        ("html", "malformed", 2),
        ("malformed", "malformed", 2),
        ("cut", "cut", 2),
        ("refusal", "refused", 1),
    ],
)
async def test_nothing_usable(
    server: OpenAIFake, model: OpenAIModel, mode: Mode, reason: str, calls: int
) -> None:
    server.mode = mode
    with pytest.raises(ModelUnusable) as caught:
        await write(model)
    assert caught.value.reason == reason
    assert server.calls == calls


@pytest.mark.parametrize(
    ("mode", "reason", "calls"),
    [
        ("401", "unauthorised", 1),
        ("404", "no such model", 1),
        ("429", "throttled", 5),
        ("429_long", "throttled", 1),
        ("500", "status 500", 7),  # five attempts, and the two other shapes once
        ("503", "status 503", 5),
        ("reset", "unreachable", 5),
        ("truncated", "unreachable", 5),
    ],
)
async def test_a_service_that_fails(
    server: OpenAIFake, model: OpenAIModel, mode: Mode, reason: str, calls: int
) -> None:
    server.mode = mode
    with pytest.raises(ModelUnavailable) as caught:
        await write(model)
    assert caught.value.reason == reason
    assert caught.value.retry_after == {"429": 1.0, "429_long": 120.0}.get(mode)
    assert len(server.requests) == calls


@pytest.mark.parametrize("mode", ["429", "500", "503", "reset", "truncated"])
async def test_a_service_that_recovers(server: OpenAIFake, model: OpenAIModel, mode: Mode) -> None:
    server.fail(mode)
    assert (await write(model)).brief.abstract
    assert model.structured_output == "json_schema"


@pytest.mark.parametrize("mode", ["hang", "slow"])
async def test_a_service_that_takes_for_ever(server: OpenAIFake, model: OpenAIModel, mode: Mode) -> None:
    await write(model)
    server.mode = mode
    with pytest.raises(ModelUnavailable) as caught:
        await write(model, deadline=0.3)
    assert caught.value.reason == "timeout"


async def test_a_redirect_without_end_is_an_error_of_ours(server: OpenAIFake, model: OpenAIModel) -> None:
    server.mode = "redirect"
    with pytest.raises(ModelUnavailable):
        await write(model)


async def test_a_model_that_knows_only_the_newer_limit(server: OpenAIFake) -> None:
    model = OpenAIModel("gpt-5-mini", base_url=server.base_url)
    await write(model)
    await write(model)
    assert ["max_completion_tokens" in prompt for prompt in server.prompts] == [False, True, True]
    await model.aclose()


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("strict", "json_schema"),
        ("refuses_schema", "json_object"),
        ("refuses_schema_500", "json_object"),
        ("refuses_json", "prompt"),
        ("prose", "prompt"),
    ],
)
async def test_the_doctor_is_told_the_rung(
    server: OpenAIFake, model: OpenAIModel, mode: Mode, found: StructuredOutput
) -> None:
    server.mode = mode
    assert await model.probe() == found
    assert model.structured_output == found


async def test_the_instructions_come_first_and_are_always_the_same(
    server: OpenAIFake, model: OpenAIModel
) -> None:
    await write(model, CHINESE)
    await write(model, ENGLISH)
    systems = {prompt["messages"][0]["content"] for prompt in server.prompts}
    assert len(systems) == 1
