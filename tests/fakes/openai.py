"""A stand-in for OpenAI's chat completions, and for the servers that speak its dialect less well."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args

from aiohttp import web

from tests.fakes.openai_answers import fill, material, prose, schema_in, text_of
from tests.fakes.openai_requests import Refused, check
from tests.fakes.recording import SEEN, Fault, Handler, RecordingServer, Seen, close

Mode = Literal[
    # servers, as they are
    "strict", "prose", "other_json", "refuses_schema", "refuses_schema_500", "refuses_json",
    # and what they make of a wish to have the reply in pieces
    "refuses_stream", "refuses_stream_options", "refuses_stream_silently", "ignores_stream", "no_usage", "keep_alive",
    # what models do
    "fenced", "thinking", "reasoning", "cut", "refusal", "garbage", "empty_choices", "null_content", "empty_content",
    # what goes wrong
    "429", "429_long", "500", "503", "401", "404", "html",
    "hang", "slow", "reset", "truncated", "malformed", "redirect", "error_event",
]  # fmt: skip

# A prompt is cached from so many tokens on, in steps of so many.
CACHE_LEAST, CACHE_STEP = 1024, 128

_ERRORS: dict[str, tuple[str, str, str | None]] = {
    "429": ("Rate limit reached. Please try again in 1s.", "requests", "rate_limit_exceeded"),
    "429_long": ("Rate limit reached. Please try again in 2m0s.", "requests", "rate_limit_exceeded"),
    "500": ("The server had an error while processing your request.", "server_error", None),
    "503": ("The engine is currently overloaded, please try again later.", "server_error", None),
    "401": ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    "404": (
        "The model does not exist or you do not have access to it.",
        "invalid_request_error",
        "model_not_found",
    ),
}


class OpenAIFake(RecordingServer):
    """A chat model that answers from the prompt, in the `mode` of some server or other.

    `reply_with` gets the request's body and returns the answer's text, or None to leave it to the mode.
    `api_key` None takes any key. `models` is what is listed; with `any_model` False all others are unknown.
    `context` is how many tokens a prompt may have, None without a bound.
    `delay` is in seconds before an answer, `chunk_delay` between the pieces of a streamed one.
    """

    def __init__(self, mode: Mode = "strict") -> None:
        super().__init__()
        self.mode: Mode = mode
        self.models: list[str] = ["paper-writer-1"]
        self.any_model = True
        self.api_key: str | None = None
        self.delay = 0.0
        self.chunk_delay = 0.0
        self.context: int | None = None
        self.reply_with: Callable[[dict[str, Any]], str | None] | None = None
        self._prompts_seen: set[str] = set()

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def prompts(self) -> list[dict[str, Any]]:
        """The bodies of the requests for an answer, in the order of their arrival."""
        return [seen.body for seen in self.requests if isinstance(seen.body, dict)]

    @property
    def calls(self) -> int:
        """How many answers were asked for."""
        return len(self.prompts)

    def settings(self) -> dict[str, str]:
        """Return the settings that point the bot here."""
        key = self.api_key or "sk-made-up"
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": key, "OPENAI_MODEL": self.models[0]}

    def fail(self, name: Mode, *, times: int | None = 1, **options: Any) -> None:
        """Answer the next `times` requests in another mode, or all until `recover`."""
        self._fail(name, times, "/v1/chat/completions", options)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (
            web.post("/v1/chat/completions", self.recorded(self._complete)),
            web.get("/v1/models", self.recorded(self._models)),
            web.get("/v1/models/{name}", self.recorded(self._models)),
        )

    async def admit(self, request: web.Request, seen: Seen) -> web.StreamResponse | None:
        if self.api_key and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return _error(401, *_ERRORS["401"])
        if not request.path.endswith("/completions"):
            return None
        try:
            seen.body = json.loads(await request.text())
        except json.JSONDecodeError:
            return _error(400, "We could not parse the JSON body of your request.", "invalid_request_error")
        return None

    def standing(self, path: str) -> Fault | None:
        is_broken = self.mode in self.generic_faults and path.endswith("/completions")
        return Fault(self.mode) if is_broken else None

    async def misbehave(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        assert fault.name in get_args(Mode), fault.name
        return await handler(request)  # which finds the mode in the record

    async def _models(self, request: web.Request) -> web.StreamResponse:
        known = [{"id": n, "object": "model", "created": 0, "owned_by": "paperwire"} for n in self.models]
        if "name" not in request.match_info:
            return web.json_response({"object": "list", "data": known})
        for model in known:
            if model["id"] == request.match_info["name"]:
                return web.json_response(model)
        return _error(404, *_ERRORS["404"])

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        seen = request[SEEN]
        body: dict[str, Any] = seen.body
        mode = seen.fault or self.mode
        if self.delay:
            await asyncio.sleep(self.delay)
        try:
            check(body, mode)
            asked = sum(tokens(text_of(message)) for message in body["messages"])
            if self.context is not None and asked > self.context:
                raise Refused(
                    f"This model's maximum context length is {self.context} tokens. However, your messages resulted "
                    f"in {asked} tokens. Please reduce the length of the messages.",
                    "messages",
                    "context_length_exceeded",
                )
        except Refused as refused:
            kind = "invalid_request_error"
            return _error(refused.status, str(refused), kind, refused.code, param=refused.param)
        if not self.any_model and body["model"] not in self.models:
            mode = "404"
        if mode in _ERRORS:
            headers = {"429": {"Retry-After": "1"}, "429_long": {"Retry-After": "120"}}.get(mode, {})
            return _error(int(mode[:3]), *_ERRORS[mode], headers=headers)
        if mode == "html":
            return web.Response(text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")
        message, finish = self._message(body, mode)
        usage = self._usage(body, message)
        if body.get("stream") and mode != "ignores_stream":
            return await self._stream(request, message, finish, mode, usage)
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        choices = [] if mode == "empty_choices" else [choice]
        shape: dict[str, Any] = {"object": "chat.completion", "choices": choices}
        if mode != "no_usage":
            shape["usage"] = usage
        return web.json_response(_envelope(body) | shape)

    def _message(self, body: dict[str, Any], mode: str) -> tuple[dict[str, Any], str]:
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
        if mode == "refusal":
            return message | {"refusal": "I'm sorry, but I can't help with that."}, "stop"
        if mode == "null_content":
            return message, "stop"
        if mode == "reasoning":
            message["reasoning_content"] = 'The user wants JSON, perhaps {"gist": "…"}.'
        scripted = self.reply_with(body) if self.reply_with else None
        text = _answer(body, mode) if scripted is None else scripted
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        if mode == "cut":
            return message | {"content": text[: len(text) * 2 // 3]}, "length"
        if limit and tokens(text) > limit:
            return message | {"content": _first_tokens(text, limit)}, "length"
        return message | {"content": text}, "stop"

    def _usage(self, body: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
        """Count tokens; of a prompt that begins as an earlier one did, most are at hand, in steps as the real ones are."""
        asked = sum(tokens(text_of(m)) + 4 for m in body["messages"])
        said = tokens(message["content"] or message["refusal"] or "")
        prompt = "\n".join(text_of(m) for m in body["messages"])
        common = max((_common(prompt, seen) for seen in self._prompts_seen), default=0)
        self._prompts_seen.add(prompt)
        cached = min(asked, tokens(prompt[:common])) // CACHE_STEP * CACHE_STEP
        return {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
            "prompt_tokens_details": {"cached_tokens": cached if cached >= CACHE_LEAST else 0},
        }

    async def _stream(
        self,
        request: web.Request,
        message: Mapping[str, Any],
        finish: str,
        mode: str,
        counted: Mapping[str, Any],
    ) -> web.StreamResponse:
        body = request[SEEN].body
        common = _envelope(body) | {"object": "chat.completion.chunk"}
        with_usage = bool((body.get("stream_options") or {}).get("include_usage")) and mode != "no_usage"
        field = "refusal" if message["refusal"] else "content"
        text = message[field] or ""
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if thought := message.get("reasoning_content"):
            deltas += [{"reasoning_content": thought[i : i + 9]} for i in range(0, len(thought), 9)]
        deltas += [{field: text[i : i + 9]} for i in range(0, len(text), 9)]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)

        async def send(choices: list[dict[str, Any]], usage: Mapping[str, Any] | None = None) -> None:
            data = common | {"choices": choices} | ({"usage": usage} if with_usage else {})
            await response.write(f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode())

        if mode != "empty_choices":
            for number, delta in enumerate(deltas):
                if mode == "truncated" and number > len(deltas) // 2:
                    await close(request)
                if mode == "malformed" and number > len(deltas) // 2:
                    await response.write(b'data: {"id": "chatcm\n\n')
                if mode == "error_event" and number > len(deltas) // 2:
                    error = {"message": "The server had an error.", "type": "server_error", "code": None}
                    await response.write(f"event: error\ndata: {json.dumps({'error': error})}\n\n".encode())
                    return response
                if mode == "keep_alive":
                    await response.write(b": keep-alive\n\n")
                await send([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}])
                if pause := 0.2 if mode == "slow" else self.chunk_delay:
                    await asyncio.sleep(pause)
            await send([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish}])
        if with_usage:
            await send([], counted)
        await response.write(b"data: [DONE]\n\n")
        return response


def _answer(body: Mapping[str, Any], mode: str) -> str:
    """Make the answer that the prompt asks for, as a model of this mode would give it."""
    messages = body["messages"]
    source = material(messages)
    wanted = body.get("response_format") or {"type": "text"}
    match mode:
        case "prose":
            return prose(source)
        case "other_json":
            return json.dumps({"result": {"text": source.sentences[0]}, "confidence": 0.9})
        case "garbage":
            return "\x00\ufffd}{ 0xdead <|endoftext|> [[["
        case "empty_content":
            return ""
    given = wanted.get("json_schema") or {}
    schema = given.get("schema") or schema_in(messages)
    if schema is None and wanted["type"] == "json_object":
        schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    if schema is None:
        text = prose(source)
    else:
        indent = 2 if mode == "fenced" else None
        text = json.dumps(fill(schema, source), ensure_ascii=False, indent=indent)
    if mode == "fenced":
        return f"```json\n{text}\n```"
    if mode == "thinking":
        thought = 'The user wants JSON, perhaps {"gist": "…"}. Let me think {step by step}.'
        return f"<think>\n{thought}\n</think>\n\nHere is the answer you asked for:\n\n{text}"
    return text


def tokens(text: str) -> int:
    """Count tokens about as a real tokeniser does: four Latin letters or one other character each."""
    other = sum(1 for c in text if ord(c) > 0x2E7F)
    return other + -(-(len(text) - other) // 4)


def _common(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    differ = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differ, min(len(one), len(other)))


def _first_tokens(text: str, limit: int) -> str:
    while tokens(text) > limit:
        text = text[: max(0, min(len(text) - 1, len(text) * limit // tokens(text)))]
    return text


def _envelope(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.monotonic_ns()}", "created": int(time.time()), "model": body["model"]}


def _error(
    status: int,
    message: str,
    kind: str,
    code: str | None = None,
    *,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)
