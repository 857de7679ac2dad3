"""How the form of an answer is asked for: strictly, and more simply where a server does not understand."""

from __future__ import annotations

import json

import pytest

from bot.errors import ModelUnavailable
from bot.writing.model import Completion
from bot.writing.usage import Usage
from tests.writing.chat_server import Answering, failing, saying
from tests.writing.rig import GOOD, NO_SCHEMA, Rig, Word, ask, failure, formats


async def test_the_first_request_is_strict(rig: Rig) -> None:
    server, model = rig.meet(GOOD)
    assert await ask(model) == Completion(Word(word="yes"), Usage(1, 100, 20), "m")
    (request,) = server.requests
    assert request["model"] == "m"
    assert request["max_tokens"] == 4096
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Well?"},
    ]
    form = request["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(("refused", "rung"), [(1, "json_object"), (2, "prompt")])
async def test_a_rung_that_is_refused_is_not_tried_again(
    rig: Rig, status: int, refused: int, rung: str
) -> None:
    server, model = rig.meet(*[failing(status, "response_format")] * refused, GOOD)
    await ask(model)
    await ask(model)
    assert formats(server) == ["json_schema", "json_object", "prompt"][:refused] + [rung] * 2
    assert model.structured_output == rung
    # Where the server does not enforce the shape, the model is told it.
    assert "JSON schema" in server.requests[-1]["messages"][0]["content"]
    assert not rig.waited


async def test_a_request_that_is_refused_in_every_shape_teaches_nothing(rig: Rig) -> None:
    server, model = rig.meet(failing(400, "something is wrong"))
    assert await failure(model) == "status 400"
    assert formats(server) == ["json_schema", "json_object", "prompt"]
    assert model.structured_output == "json_schema"


async def test_a_500_may_be_the_shape(rig: Rig) -> None:
    server, model = rig.meet(failing(500), GOOD, failing(500), GOOD)
    for _ in range(3):
        await ask(model)
    assert formats(server) == ["json_schema", "json_object", "json_schema", "json_object", "json_object"]


async def test_a_500_may_be_an_illness(rig: Rig) -> None:
    server, model = rig.meet(failing(500), failing(500), failing(500), GOOD)
    await ask(model)
    assert formats(server) == ["json_schema", "json_object", "prompt", "json_schema"]
    assert model.structured_output == "json_schema"
    assert rig.waited == [0.5]


async def test_the_name_of_the_limit_is_found_out_once(rig: Rig) -> None:
    refusal = failing(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    server, model = rig.meet(refusal, GOOD)
    await ask(model)
    await ask(model)
    assert ["max_tokens" in request for request in server.requests] == [True, False, False]
    assert server.requests[-1]["max_completion_tokens"] == 4096
    assert formats(server) == ["json_schema"] * 3


async def test_openai_itself_is_asked_by_the_new_name(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = rig.serve(GOOD)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy.url)
    await ask(rig.model("http://api.openai.com/v1"))
    assert proxy.requests[0]["max_completion_tokens"] == 4096


async def test_a_cut_reply_gets_a_higher_limit(rig: Rig) -> None:
    server, model = rig.meet(saying('{"word": "y', "length"), GOOD)
    assert (await ask(model)).usage == Usage(2, 200, 40)
    assert [request["max_tokens"] for request in server.requests] == [4096, 16384]


async def test_a_higher_limit_than_the_model_has_is_left_out(rig: Rig) -> None:
    too_large = failing(400, "max_tokens is too large: 16384. This model supports at most 4096.")
    server, model = rig.meet(saying('{"word": "y', "length"), too_large, too_large, GOOD)
    await ask(model)
    assert not {"max_tokens", "max_completion_tokens"} & set(server.requests[-1])


async def test_a_server_that_ignores_the_schema_is_told_it_in_words(rig: Rig) -> None:
    server, model = rig.meet(saying("Yes!"), GOOD, saying("Yes!"), GOOD)
    for _ in range(3):
        await ask(model)
    assert formats(server) == ["json_schema", "json_schema", "json_schema", "json_object", "json_object"]


READY, PROSE = saying('{"ready": "yes"}'), saying("Ready.")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([READY], "json_schema"),
        ([PROSE, READY], "json_object"),
        ([PROSE, PROSE, PROSE], "prompt"),
        ([NO_SCHEMA, READY], "json_object"),
        ([failing(500), READY], "json_object"),
        ([NO_SCHEMA, NO_SCHEMA, PROSE], "prompt"),
    ],
)
async def test_the_probe_finds_out_what_is_enforced(rig: Rig, lines: list[Answering], found: str) -> None:
    server, model = rig.meet(*lines)
    assert await model.probe() == found
    assert model.structured_output == found
    assert len(server.requests) == len(lines)


async def test_the_probe_begins_anew(rig: Rig) -> None:
    server, model = rig.meet(NO_SCHEMA, GOOD, READY)
    await ask(model)
    assert model.structured_output == "json_object"
    assert await model.probe() == "json_schema"
    assert json.dumps(server.requests[-1]["messages"]).count("JSON") == 0


async def test_the_probe_says_that_nobody_is_there(rig: Rig) -> None:
    _, model = rig.meet(failing(401))
    with pytest.raises(ModelUnavailable):
        await model.probe()
