"""The model behind the wire: what it sends, and what it makes of what comes."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.writing.usage import Usage
from tests.writing.chat_server import Answering, failing, saying
from tests.writing.rig import GOOD, Rig, Word, ask, failure


@pytest.mark.parametrize(
    "content",
    ['{"word": "yes"}', '```json\n{"word": "yes"}\n```', 'Here you are: {"word": "yes"} Bye.', '<think>{"word": "no"}</think>{"word": "yes"}'],
)  # fmt: skip
async def test_wrappings_come_off(rig: Rig, content: str) -> None:
    _, model = rig.meet(saying(content))
    assert (await ask(model)).value.word == "yes"


async def test_a_malformed_reply_is_repaired_once(rig: Rig) -> None:
    server, model = rig.meet(saying("Yes, of course!"), GOOD)
    assert (await ask(model)).usage == Usage(2, 200, 40)
    assert [m["role"] for m in server.requests[1]["messages"]] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    "garbage",
    [
        saying("No."), saying(None), saying(""), Answering("<html>Sign in</html>"), Answering("{}"), Answering("[1]"), Answering('{"choices": []}'),
        Answering('{"choices": [null]}'), Answering('{"choices": [{"message": null}]}'), Answering('{"choices": "x", "usage": 3}'),
        Answering('{"choices": [{"message": {"content": [1]}}]}'), Answering('{"choices": [{'), Answering(""),
    ],
    ids=lambda garbage: garbage.text[-40:],
)  # fmt: skip
async def test_garbage_is_malformed(rig: Rig, garbage: Answering) -> None:
    server, model = rig.meet(garbage)
    assert await failure(model) == "malformed"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "refusal", [saying(None, refusal="I will not."), saying("", "content_filter")], ids=["refusal", "filter"]
)
async def test_a_refusal_is_final(rig: Rig, refusal: Answering) -> None:
    server, model = rig.meet(refusal)
    assert await failure(model) == "refused"
    assert len(server.requests) == 1


async def test_a_local_server_needs_no_key(rig: Rig) -> None:
    server, model = rig.meet(GOOD)
    await ask(model)
    assert server.headers[0]["Authorization"] == "Bearer none"


async def test_closed_twice_and_opened_again(rig: Rig) -> None:
    _, model = rig.meet(GOOD)
    await model.aclose()
    await ask(model)
    await model.aclose()
    await model.aclose()
    assert (await ask(model)).value.word == "yes"


async def test_what_was_spent_is_added_up_even_for_nothing(rig: Rig) -> None:
    _, model = rig.meet(saying("No."))
    await failure(model)
    assert model.spent == Usage(2, 200, 40)


async def test_text_that_cannot_be_encoded_is_sent_all_the_same(rig: Rig) -> None:
    server, model = rig.meet(GOOD)
    await model.complete(system="s", user="half \ud83d", schema=Word)
    assert server.requests[0]["messages"][1]["content"] == "half ?"


async def test_a_proxy_of_the_environment_is_used(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = rig.serve(GOOD)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert (await ask(rig.model("http://model.invalid/v1"))).value.word == "yes"
    assert proxy.headers[0]["Host"] == "model.invalid"


async def test_a_proxy_for_https_is_used(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        assert await failure(rig.model("https://model.invalid/v1")) == "unreachable"
    assert asked[0].startswith(b"CONNECT model.invalid:443")


async def test_no_proxy_of_the_environment_is_honoured(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    _, model = rig.meet(GOOD)
    assert (await ask(model)).value.word == "yes"


async def test_no_key_and_no_prompt_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _, model = rig.meet(
        failing(401, "Incorrect API key: sk-secret"), failing(400, "wrong, sk-secret"), api_key="sk-secret"
    )
    await failure(model)
    await failure(model)
    assert "status 400" in caplog.text
    assert "sk-secret" not in caplog.text
    assert "Be brief" not in caplog.text
