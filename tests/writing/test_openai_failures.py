"""A service that fails: what is tried again, for how long, and what is said of it."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import ModelUnavailable
from tests.writing.chat_server import HANG, Answering, failing, saying
from tests.writing.rig import GOOD, Rig, ask, failure


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (failing(401), "unauthorised"),
        (failing(403), "unauthorised"),
        (failing(404), "no such model"),
        (failing(400, code="model_not_found"), "no such model"),
        (failing(402), "status 402"),
        (failing(413), "status 413"),
        (failing(400, "whatever it says", code="context_length_exceeded"), "too long"),
        (failing(400, "This model's maximum context length is 8192 tokens, and you have 9000."), "too long"),
        (failing(400, "the request exceeds the available context size, try increasing it"), "too long"),
        (failing(400, "prompt is too long: 208310 tokens > 200000 maximum"), "too long"),
        (failing(400, "The input token count (1200000) exceeds the maximum number of tokens"), "too long"),
        (failing(413, "Request too large for model"), "too long"),
        (failing(429, code="insufficient_quota"), "no quota"),
        (Answering('{"error": {"code": 402, "message": "no credits"}}'), "status 402"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_what_will_not_pass_is_said_at_once(rig: Rig, answer: Answering, reason: str) -> None:
    server, model = rig.meet(answer)
    assert await failure(model) == reason
    assert len(server.requests) == 1
    assert not rig.waited


@pytest.mark.parametrize(
    ("answer", "reason"), [(failing(429), "throttled"), (failing(503), "status 503"), (failing(502), "status 502")]
)  # fmt: skip
async def test_what_may_pass_is_tried_again(rig: Rig, answer: Answering, reason: str) -> None:
    _, model = rig.meet(answer, answer, GOOD)
    assert (await ask(model)).value.word == "yes"
    assert rig.waited == [0.5, 1.0]
    _, model = rig.meet(answer)
    rig.waited.clear()
    assert await failure(model) == reason
    assert rig.waited == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "3"}, 3.0),
        ({"retry_after_ms": "2500"}, 2.5),
        ({"retry_after": "0.1"}, 0.5),
        ({"retry_after": "soon"}, 0.5),
        ({"date": "Fri, 20 Nov 2026 09:00:00 GMT", "retry_after": "Fri, 20 Nov 2026 09:00:07 GMT"}, 7.0),
        ({"date": "Fri, 20 Nov 2026 09:00:00 GMT", "retry_after": "Thu, 19 Nov 2026 09:00:07 GMT"}, 0.5),
    ],
    ids=str,
)
async def test_a_server_is_given_the_time_it_asks_for(
    rig: Rig, headers: dict[str, str], seconds: float
) -> None:
    _, model = rig.meet(failing(429, **headers), GOOD)
    await ask(model)
    assert rig.waited == [seconds]


async def test_a_wait_beyond_the_deadline_is_not_begun(rig: Rig) -> None:
    server, model = rig.meet(failing(429, retry_after="120"))
    with pytest.raises(ModelUnavailable) as caught:
        await ask(model)
    assert (caught.value.reason, caught.value.retry_after) == ("throttled", 120.0)
    assert len(server.requests) == 1
    assert not rig.waited


async def test_a_hanging_server_is_left_at_the_deadline(rig: Rig) -> None:
    server, model = rig.meet(GOOD, HANG)
    await ask(model)  # the import and the connection are done
    began = asyncio.get_running_loop().time()
    assert await failure(model, deadline=0.3) == "timeout"
    assert asyncio.get_running_loop().time() - began < 1.0
    assert len(server.requests) == 2


async def test_the_deadline_covers_the_repair(rig: Rig) -> None:
    _, model = rig.meet(saying("No."), HANG, deadline=0.3)
    assert await failure(model) == "timeout"


async def test_nobody_there_is_unreachable(rig: Rig) -> None:
    server = rig.serve(GOOD)
    server.stop()
    assert await failure(rig.model(server.base_url)) == "unreachable"
    assert len(rig.waited) == 4


async def test_a_call_that_is_given_up_lets_go_of_the_server(rig: Rig) -> None:
    server, model = rig.meet(HANG, GOOD)
    task = asyncio.create_task(ask(model))
    assert await asyncio.to_thread(server.asked.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.abandoned.wait, 10)
    assert (await ask(model)).value.word == "yes"
