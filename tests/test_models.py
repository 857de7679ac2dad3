"""The models that settings name: which server each is asked on, with which key, at what price."""

from __future__ import annotations

import pytest

from bot.models import model_of, models_of
from bot.settings import Settings
from bot.writing.fallback import Fallback
from bot.writing.openai_model import OpenAIModel
from tests.fakes.openai import OpenAIFake
from tests.writing.rig import Word


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[call-arg,arg-type]


def test_none_one_and_one_with_its_fall_back() -> None:
    assert model_of(settings()) is None
    assert model_of(settings(fallback_model="other")) is None
    assert isinstance(model_of(settings(openai_api_key="sk")), OpenAIModel)
    both = model_of(settings(openai_api_key="sk", fallback_model="other"))
    assert isinstance(both, Fallback)
    assert both.name == "gpt-5-mini"


async def test_the_fall_back_writes_while_the_first_is_down_and_each_server_sees_its_own_key_only() -> None:
    with OpenAIFake("401") as first, OpenAIFake() as second:
        for key, shown in ((None, "Bearer none"), ("sk-two", "Bearer sk-two")):
            model = model_of(
                settings(
                    openai_api_key="sk-one",
                    openai_base_url=first.base_url,
                    fallback_base_url=second.base_url,
                    fallback_model="other",
                    fallback_api_key=key,
                    model_prices="other=1/2",
                )
            )
            assert model
            done = await model.complete(system="JSON", user="Say a word. " * 9, schema=Word)
            await model.aclose()
            assert done.model == "other"
            assert done.usage.money > 0
            assert second.requests[-1].headers["authorization"] == shown
        assert {seen.headers["authorization"] for seen in first.requests} == {"Bearer sk-one"}


async def test_a_second_model_of_the_same_server_has_the_same_key() -> None:
    with OpenAIFake() as server:
        server.any_model, server.models = False, ["other"]
        given = settings(openai_api_key="sk-one", openai_base_url=server.base_url, fallback_model="other")
        assert [model.name for model in models_of(given)] == ["gpt-5-mini", "other"]
        model = model_of(given)
        assert model
        done = await model.complete(system="JSON", user="Say a word. " * 9, schema=Word)
        await model.aclose()
        assert done.model == "other"
        assert {seen.headers["authorization"] for seen in server.requests} == {"Bearer sk-one"}
