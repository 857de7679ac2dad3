"""A reply in pieces: what is heard of it, and every way in which a server does that less well."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator

import pytest

from bot.errors import ModelUnavailable, ModelUnusable
from bot.writing.model import Completion
from bot.writing.openai_model import OpenAIModel
from bot.writing.prices import Price
from bot.writing.tasks.brief_answer import BriefAnswer
from bot.writing.usage import Usage
from tests.fakes.openai import Mode, OpenAIFake
from tests.writing.chat_server import COUNTED, Answering, failing, piece, saying, streaming
from tests.writing.rig import GOOD, Rig, Word
from tests.writing.samples import PAPER

STREAMED = streaming(piece("", role="assistant"), '{"word"', ': "yes"}', piece(finish="stop"), COUNTED)
PARTS = ['{"word"', '{"word": "yes"}']
COST = Usage(1, 100, 20, 64)


class Ear:
    """Keeps what was heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, said: str) -> None:
        self.heard.append(said)


async def listen(
    model: OpenAIModel, ear: Ear | None = None, deadline: float | None = None
) -> Completion[Word]:
    return await model.complete(
        system="Be brief.", user="Well?", schema=Word, heard=ear or Ear(), deadline=deadline
    )


async def test_a_reply_is_heard_as_it_grows(rig: Rig) -> None:
    server, model = rig.meet(STREAMED)
    ear = Ear()
    assert await listen(model, ear) == Completion(Word(word="yes"), COST, "m")
    assert ear.heard == PARTS
    (request,) = server.requests
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}


async def test_nobody_listening_there_is_no_stream(rig: Rig) -> None:
    server, model = rig.meet(GOOD)
    await model.complete(system="s", user="u", schema=Word)
    assert not {"stream", "stream_options"} & set(server.requests[0])


@pytest.mark.parametrize(
    ("refusal", "asked"),
    [
        (failing(400, "property 'stream_options' is unsupported, did you mean 'stream'?"), ["usage", "bare", "bare"]),
        (Answering('{"detail": [{"loc": ["body", "stream_options"], "msg": "extra"}]}', 422), ["usage", "bare", "bare"]),
    ],
    ids=["sentence", "fields"],
)  # fmt: skip
async def test_options_that_are_refused_are_left_out_from_then_on(
    rig: Rig, refusal: Answering, asked: list[str]
) -> None:
    server, model = rig.meet(refusal, STREAMED)
    ear = Ear()
    await listen(model, ear)
    await listen(model)
    assert ear.heard == PARTS
    assert [("usage" if "stream_options" in r else "bare") for r in server.requests if r["stream"]] == asked
    assert model.structured_output == "json_schema"


@pytest.mark.parametrize(
    ("refusals", "asked"), [([failing(400, "'stream' does not support true")], 1), ([failing(400)] * 3, 3)]
)
async def test_a_server_that_refuses_to_stream_is_asked_for_the_whole_from_then_on(
    rig: Rig, refusals: list[Answering], asked: int
) -> None:
    server, model = rig.meet(*refusals, GOOD)
    for _ in range(2):
        assert (await listen(model)).value.word == "yes"
    assert ["stream" in request for request in server.requests] == [True] * asked + [False] * 2
    assert model.structured_output == "json_schema"


async def test_what_is_learnt_about_streaming_is_not_held_against_the_rest(rig: Rig) -> None:
    server, model = rig.meet(failing(400, "'stream' does not support true"), GOOD)
    await listen(model)
    await model.complete(system="s", user="u", schema=Word)
    assert server.requests[-1]["response_format"]["type"] == "json_schema"


async def test_a_server_that_sends_the_whole_all_the_same_is_heard_once(rig: Rig) -> None:
    _, model = rig.meet(GOOD)
    ear = Ear()
    assert (await listen(model, ear)).usage == Usage(1, 100, 20)
    assert ear.heard == ['{"word": "yes"}']


async def test_what_is_not_counted_is_guessed(rig: Rig) -> None:
    _, model = rig.meet(streaming('{"word": "yes"}', piece(finish="stop")))
    usage = (await listen(model)).usage
    assert usage.calls == 1
    assert 3 <= usage.completion_tokens <= 6
    assert 3 <= usage.prompt_tokens <= 10


@pytest.mark.parametrize(
    "counts",
    [
        [{"choices": None, "usage": {"prompt_tokens": 100, "completion_tokens": 20}}],
        [{"usage": {"prompt_tokens": 100, "completion_tokens": 20}}],
        [{**piece(), "usage": {"prompt_tokens": 100, "completion_tokens": n}} for n in (1, 10, 20)],
    ],
    ids=["null", "missing", "running"],
)
async def test_a_count_is_found_wherever_it_stands(rig: Rig, counts: list[object]) -> None:
    _, model = rig.meet(streaming('{"word": "yes"}', piece(finish="stop"), *counts))
    assert (await listen(model)).usage == Usage(1, 100, 20)


BROKEN = [
    streaming('{"word"', done=False),
    streaming('{"word"', {"error": {"message": "overloaded", "code": 503}}),
    streaming('{"word"', {"error": {"message": "no more", "type": "server_error"}}),
    Answering('data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: {"choi\n\n'),
]


@pytest.mark.parametrize("broken", BROKEN, ids=["cut", "503", "error", "garbage"])
async def test_a_stream_that_breaks_is_begun_anew(rig: Rig, broken: Answering) -> None:
    server, model = rig.meet(broken, STREAMED)
    ear = Ear()
    done = await listen(model, ear)
    assert done.value.word == "yes"
    assert done.usage == Usage(1, 100, 20, 64, retries=1)
    assert ear.heard[-2:] == PARTS
    assert len(server.requests) == 2


@pytest.mark.parametrize("broken", BROKEN, ids=["cut", "503", "error", "garbage"])
async def test_a_stream_that_always_breaks_is_a_failure(rig: Rig, broken: Answering) -> None:
    _, model = rig.meet(broken)
    with pytest.raises(ModelUnavailable):
        await listen(model)
    assert len(rig.waited) == 4


async def test_a_request_too_long_is_told_in_the_stream_and_not_put_again(rig: Rig) -> None:
    server, model = rig.meet(streaming({"error": {"message": "context length exceeded", "code": 413}}))
    with pytest.raises(ModelUnavailable, match="too long"):
        await listen(model)
    assert len(server.requests) == 1


async def test_a_whole_answer_without_an_end_is_one(rig: Rig) -> None:
    _, model = rig.meet(streaming('{"word": "yes"}', done=False))
    assert (await listen(model)).value.word == "yes"


async def test_a_refusal_in_pieces_is_final(rig: Rig) -> None:
    refusal = streaming(piece(refusal="I will"), piece(refusal=" not."), piece(finish="stop"))
    server, model = rig.meet(refusal)
    ear = Ear()
    with pytest.raises(ModelUnusable, match="refused"):
        await listen(model, ear)
    assert not ear.heard
    assert len(server.requests) == 1


async def test_a_cut_stream_gets_a_higher_limit(rig: Rig) -> None:
    server, model = rig.meet(streaming('{"word": "y', piece(finish="length"), COUNTED), STREAMED)
    ear = Ear()
    assert (await listen(model, ear)).usage == COST + COST
    assert [request["max_tokens"] for request in server.requests] == [4096, 16384]
    assert ear.heard == ['{"word": "y', *PARTS]


async def test_a_malformed_reply_is_repaired_and_both_are_heard(rig: Rig) -> None:
    _, model = rig.meet(streaming("Yes!", piece(finish="stop"), COUNTED), STREAMED)
    ear = Ear()
    assert (await listen(model, ear)).usage == COST + COST
    assert ear.heard == ["Yes!", *PARTS]


@pytest.mark.parametrize(
    "thoughts",
    [
        [piece(None, reasoning_content='perhaps {"word": "no"}')],
        [piece(None, reasoning='perhaps {"word": "no"}')],
        ["<thi", "nk>perhaps ", '{"word": "no"}', " or</th", "ink>\n"],
    ],
    ids=["reasoning_content", "reasoning", "tags"],
)
async def test_thoughts_are_not_heard(rig: Rig, thoughts: list[object]) -> None:
    _, model = rig.meet(streaming(*thoughts, '{"word"', ': "yes"}', piece(finish="stop"), COUNTED))
    ear = Ear()
    assert (await listen(model, ear)).value.word == "yes"
    assert ear.heard == PARTS


@pytest.mark.parametrize("text", ["<html>Sign in</html>", ": nothing\n\n", "data: [DONE]\n\n", 'data: {}\n\ndata: 5\n\ndata: {"choices": [{"finish_reason": "stop"}]}\n\n'])  # fmt: skip
async def test_garbage_is_malformed(rig: Rig, text: str) -> None:
    _, model = rig.meet(Answering(text))
    with pytest.raises(ModelUnusable, match="malformed"):
        await listen(model)


async def test_what_cost_money_says_how_much(rig: Rig) -> None:
    _, model = rig.meet(STREAMED, price=Price(1.0, 10.0, 0.1))
    assert (await listen(model)).usage.money == pytest.approx((36 * 1.0 + 64 * 0.1 + 20 * 10.0) / 1e6)


async def test_the_cost_of_what_came_to_nothing_is_known(rig: Rig) -> None:
    _, model = rig.meet(saying("No."), saying("No."))
    with pytest.raises(ModelUnusable) as caught:
        await model.complete(system="s", user="u", schema=Word)
    assert caught.value.cost == Usage(2, 200, 40)


# The same over the stand-in, whose streams come as the documentation says, a few letters at a time.


@pytest.fixture
def server() -> Iterator[OpenAIFake]:
    with OpenAIFake() as fake:
        yield fake


@pytest.fixture
async def model(server: OpenAIFake, rig: Rig) -> OpenAIModel:
    return rig.model(server.base_url)


async def brief(model: OpenAIModel, ear: Ear, deadline: float | None = None) -> Completion[BriefAnswer]:
    user = f"Write in English.\n\n<abstract>\n{PAPER.abstract}\n</abstract>"
    return await model.complete(
        system="Reply in JSON.", user=user, schema=BriefAnswer, heard=ear, deadline=deadline
    )


@pytest.mark.parametrize(
    ("mode", "calls"),
    [
        ("strict", 1),
        ("refuses_schema", 2),
        ("refuses_json", 3),
        ("refuses_stream", 2),
        ("refuses_stream_options", 2),
        ("refuses_stream_silently", 4),
        ("ignores_stream", 1),
        ("no_usage", 1),
        ("keep_alive", 1),
        ("fenced", 1),
        ("thinking", 1),
        ("reasoning", 1),
    ],
)
async def test_every_kind_of_server_streams_or_is_asked_for_the_whole(
    server: OpenAIFake, model: OpenAIModel, mode: Mode, calls: int
) -> None:
    server.mode = mode
    ear = Ear()
    done = await brief(model, ear)
    assert done.value.gist in PAPER.abstract
    assert done.usage.prompt_tokens > 50
    assert server.calls == calls
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(ear.heard))
    if mode in ("refuses_stream", "refuses_stream_silently"):
        assert not ear.heard
    elif mode != "fenced":
        assert ear.heard[-1].endswith(json.dumps(done.value.model_dump(), ensure_ascii=False))
        assert len(ear.heard) == 1 if mode == "ignores_stream" else len(ear.heard) > 10
    assert "Let me think" not in "".join(ear.heard)
    first = server.calls
    await brief(model, ear)
    assert server.calls == first + 1


@pytest.mark.parametrize("mode", ["429", "500", "503", "reset", "truncated", "malformed", "error_event"])
async def test_a_stream_that_recovers(server: OpenAIFake, model: OpenAIModel, mode: Mode) -> None:
    server.fail(mode)
    ear = Ear()
    assert (await brief(model, ear)).usage.retries == 1
    assert len(ear.heard) > 10


@pytest.mark.parametrize("mode", ["hang", "slow"])
async def test_a_stream_that_takes_for_ever(server: OpenAIFake, model: OpenAIModel, mode: Mode) -> None:
    ear = Ear()
    await brief(model, ear)
    server.mode = mode
    ear.heard.clear()
    began = asyncio.get_running_loop().time()
    with pytest.raises(ModelUnavailable, match="timeout"):
        await brief(model, ear, deadline=0.7)
    assert asyncio.get_running_loop().time() - began < 2
    assert bool(ear.heard) == (mode == "slow")


async def test_a_listener_who_goes_lets_go_of_the_server(server: OpenAIFake, model: OpenAIModel) -> None:
    await brief(model, Ear())
    server.chunk_delay = 0.05
    heard = asyncio.Event()
    task = asyncio.create_task(
        model.complete(system="JSON", user=PAPER.abstract, schema=BriefAnswer, heard=lambda _: heard.set())
    )
    await asyncio.wait_for(heard.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.chunk_delay = 0
    async with asyncio.timeout(10):
        while server.requests[-1].ended is None:
            await asyncio.sleep(0.01)
    assert server.requests[-1].status is None


async def test_what_the_server_had_at_hand_is_counted(server: OpenAIFake, model: OpenAIModel) -> None:
    system = "Reply in JSON. " + "Mind what you write. " * 300
    used = [
        (await model.complete(system=system, user=user, schema=BriefAnswer)).usage.cached_tokens
        for user in (PAPER.abstract, PAPER.abstract[::-1])
    ]
    assert used[0] == 0
    assert used[1] >= 1024
