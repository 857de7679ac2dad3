"""OpenAI's stand-in, asked by the real `openai` client."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pydantic
import pytest

from tests.fakes.openai import Mode, OpenAIFake

ABSTRACT = (
    "Retrieval helps small models most. We build ShareDex, one index for 41 languages. "
    "Answers are right in 58.2% of cases, against 44.9% without it. The index takes 2.1 GB."
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "gist": {"type": "string"},
        "takeaways": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 7},
        "translated_abstract": {"type": ["string", "null"]},
    },
    "required": ["gist", "takeaways", "translated_abstract"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "brief", "strict": True, "schema": SCHEMA}}


@pytest.fixture
def fake() -> Iterator[OpenAIFake]:
    with OpenAIFake() as server:
        yield server


@pytest.fixture
async def client(fake: OpenAIFake) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=fake.base_url, api_key="sk-x", max_retries=0, timeout=5) as made:
        yield made


def said(text: str = f"Title: ShareDex\n\nAbstract: {ABSTRACT}", system: str = "Reply in JSON.") -> Any:
    return [{"role": "system", "content": system}, {"role": "user", "content": text}]


async def ask(client: openai.AsyncOpenAI, messages: Any = None, **more: Any) -> Any:
    return await client.chat.completions.create(
        model=more.pop("model", "m"), messages=messages or said(), **more
    )


async def answer(client: openai.AsyncOpenAI, messages: Any = None, **more: Any) -> str:
    text = (await ask(client, messages, **more)).choices[0].message.content
    assert isinstance(text, str)
    return text


async def test_a_schema_is_filled_with_the_papers_own_sentences(client: openai.AsyncOpenAI) -> None:
    brief = json.loads(await answer(client, response_format=FORMAT))
    assert set(brief) == set(SCHEMA["properties"])
    assert brief["gist"] in ABSTRACT
    assert len(brief["takeaways"]) == len(set(brief["takeaways"])) == 4
    assert all(takeaway in ABSTRACT for takeaway in brief["takeaways"])


async def test_the_language_of_a_translation_is_the_one_asked_for(client: openai.AsyncOpenAI) -> None:
    brief = json.loads(await answer(client, said(system="Translate into Chinese."), response_format=FORMAT))
    assert re.search("[一-鿿]{4}", brief["translated_abstract"])
    assert all(kept in brief["translated_abstract"] for kept in ("ShareDex", "58.2%", "44.9%", "2.1"))
    assert brief["gist"] in ABSTRACT


async def test_everything_is_in_the_language_where_the_prompt_says_so(client: openai.AsyncOpenAI) -> None:
    brief = json.loads(
        await answer(client, said(system="Language: German (Deutsch)"), response_format=FORMAT)
    )
    assert "Verfahren" in brief["gist"]
    english = json.loads(await answer(client, said(system="Language: English"), response_format=FORMAT))
    assert english["gist"] in ABSTRACT


@pytest.mark.parametrize(
    "system",
    [
        f"Reply with one JSON object that fits this schema: {json.dumps(SCHEMA)}",
        'Reply with JSON such as {"gist": "one sentence", "takeaways": ["…"], "translated_abstract": "…"}',
        "Reply in JSON with these fields:\n- gist: one sentence\n- takeaways: a list of sentences\n- translated_abstract: text",
    ],
)
async def test_a_shape_told_in_the_prompt_is_followed(client: openai.AsyncOpenAI, system: str) -> None:
    brief = json.loads(await answer(client, said(system=system), response_format={"type": "json_object"}))
    assert set(brief) == set(SCHEMA["properties"])
    assert brief["gist"] in ABSTRACT
    assert isinstance(brief["takeaways"], list)


@pytest.mark.parametrize(
    "text",
    [
        f"Write about the paper below, in the way that you were told, and heed every single one of the many rules. {'Be brief. ' * 60}\n\n<abstract>\n{ABSTRACT}\n</abstract>",
        f"<<<PAPER-1\nTitle: T\n\nAbstract: {ABSTRACT}\nPAPER-1>>>",
        json.dumps({"title": "T", "abstract": ABSTRACT}),
        f"T\n\n{ABSTRACT}",
    ],
)
async def test_the_paper_is_found_however_it_is_wrapped(client: openai.AsyncOpenAI, text: str) -> None:
    brief = json.loads(await answer(client, said(text), response_format=FORMAT))
    assert brief["takeaways"][-1] in ABSTRACT


async def test_a_streamed_answer_is_the_same_and_ends_with_its_usage(client: openai.AsyncOpenAI) -> None:
    whole = await ask(client, response_format=FORMAT)
    pieces, usage = [], None
    async for chunk in await ask(
        client, response_format=FORMAT, stream=True, stream_options={"include_usage": True}
    ):
        pieces += [choice.delta.content or "" for choice in chunk.choices]
        usage = chunk.usage or usage
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) > 10
    assert usage
    assert usage.completion_tokens == whole.usage.completion_tokens > 0


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("refuses_schema", "json_schema"),
        ("refuses_schema_500", "json_schema"),
        ("refuses_json", "json_schema"),
        ("refuses_json", "json_object"),
    ],
)
async def test_servers_that_refuse_a_format(
    fake: OpenAIFake, client: openai.AsyncOpenAI, mode: Mode, kind: str
) -> None:
    fake.mode = mode
    wanted = FORMAT if kind == "json_schema" else {"type": kind}
    with pytest.raises(openai.APIStatusError) as error:
        await ask(client, response_format=wanted)
    assert error.value.status_code == (500 if mode == "refuses_schema_500" else 400)
    assert json.loads(await answer(client, said(system=f"As JSON: {json.dumps(SCHEMA)}")))["gist"]


async def test_answers_that_have_to_be_dug_out(fake: OpenAIFake, client: openai.AsyncOpenAI) -> None:
    fake.mode = "fenced"
    assert (await answer(client, response_format=FORMAT)).startswith("```json\n{")
    fake.mode = "thinking"
    assert (await answer(client, response_format=FORMAT)).startswith("<think>")
    fake.mode = "prose"
    assert await answer(client, response_format=FORMAT) == ABSTRACT
    fake.mode = "other_json"
    assert "gist" not in json.loads(await answer(client, response_format=FORMAT))
    fake.mode = "garbage"
    with pytest.raises(json.JSONDecodeError):
        json.loads(await answer(client, response_format=FORMAT))


async def test_answers_that_are_none(fake: OpenAIFake, client: openai.AsyncOpenAI) -> None:
    fake.fail("refusal")
    assert (await ask(client)).choices[0].message.refusal
    fake.fail("empty_choices")
    assert (await ask(client)).choices == []
    fake.fail("null_content")
    assert (await ask(client)).choices[0].message.content is None
    assert await answer(client)


async def test_an_answer_is_cut_at_the_limit(fake: OpenAIFake, client: openai.AsyncOpenAI) -> None:
    done = await ask(client, response_format=FORMAT, max_tokens=20)
    assert done.choices[0].finish_reason == "length"
    assert done.usage.completion_tokens <= 20
    fake.fail("cut")
    with pytest.raises(openai.LengthFinishReasonError):
        await client.chat.completions.parse(model="m", messages=said(), response_format=_Brief)


class _Brief(pydantic.BaseModel):
    gist: str


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("401", openai.AuthenticationError),
        ("404", openai.NotFoundError),
        ("429", openai.RateLimitError),
        ("429_long", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("503", openai.InternalServerError),
        ("reset", openai.APIConnectionError),
        ("truncated", openai.APIConnectionError),
    ],
)
async def test_failures(
    fake: OpenAIFake, client: openai.AsyncOpenAI, mode: Mode, kind: type[openai.APIError]
) -> None:
    fake.fail(mode)
    with pytest.raises(kind) as error:
        await ask(client)
    if isinstance(error.value, openai.RateLimitError):
        wait = error.value.response.headers["retry-after"]
        assert wait == ("120" if mode == "429_long" else "1")
    assert await answer(client)


async def test_a_server_that_hangs(fake: OpenAIFake, client: openai.AsyncOpenAI) -> None:
    fake.mode = "hang"
    with pytest.raises(openai.APITimeoutError):
        await ask(client, timeout=0.1)
    assert fake.calls == 1


async def test_a_stream_that_breaks_off(fake: OpenAIFake, client: openai.AsyncOpenAI) -> None:
    fake.fail("truncated")
    with pytest.raises(openai.APIConnectionError):
        async for _ in await ask(client, stream=True):
            pass


@pytest.mark.parametrize(
    ("request_", "param", "code"),
    [
        ({"response_format": {"type": "yaml"}}, "response_format.type", "invalid_value"),
        (
            {"response_format": {"type": "json_object"}, "messages": said(system="Briefly.")},
            "messages",
            None,
        ),
        ({"model": "gpt-5-mini", "max_tokens": 9}, "max_tokens", "unsupported_parameter"),
        ({"model": "o3", "max_tokens": 9}, "max_tokens", "unsupported_parameter"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
            "response_format.json_schema.name",
            "missing_required_parameter",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {
                "name": "x", "strict": True, "schema": {**SCHEMA, "required": ["gist"]}}}},
            "response_format",
            "invalid_json_schema",
        ),
    ],
)  # fmt: skip
async def test_requests_that_the_real_server_refuses(
    client: openai.AsyncOpenAI, request_: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        await ask(client, **request_)
    assert (error.value.param, error.value.code) == (param, code)


async def test_a_newer_model_takes_the_newer_limit(client: openai.AsyncOpenAI) -> None:
    assert (await ask(client, model="gpt-5-mini", max_completion_tokens=5)).choices[
        0
    ].finish_reason == "length"


async def test_models_keys_and_scripts(fake: OpenAIFake, client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == fake.models
    fake.reply_with = lambda body: f"As {body['model']} says."
    assert await answer(client) == "As m says."
    fake.any_model = False
    with pytest.raises(openai.NotFoundError):
        await ask(client)
    fake.api_key = "sk-other"
    with pytest.raises(openai.AuthenticationError):
        await ask(client)


async def test_requests_are_recorded_with_their_concurrency(
    fake: OpenAIFake, client: openai.AsyncOpenAI
) -> None:
    fake.delay = 0.05
    await asyncio.gather(*(ask(client, said(f"Abstract {n}. {ABSTRACT}")) for n in range(3)))
    assert fake.calls == fake.max_concurrency == 3
    assert {body["messages"][1]["content"][:10] for body in fake.prompts} == {
        f"Abstract {n}" for n in range(3)
    }
    assert all(seen.headers["authorization"] for seen in fake.requests)


def test_all_of_them_can_be_started_by_hand() -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "tests.fakes", "--only", "arxiv", "openai", "--corpus", "small"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        names = {"ARXIV_API_URL", "ARXIV_RSS_URL", "ARXIV_PDF_URL", "ARXIV_OAI_URL"}
        names |= {"OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"}
        lines = [process.stdout.readline().strip() for _ in names]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert {line.partition("=")[0] for line in lines} == names
    assert all(re.match(r"\w+=\S+$", line) for line in lines)
