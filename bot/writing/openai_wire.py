"""One request to `/chat/completions` through the `openai` client: the only module that imports it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeGuard

import httpx2
import openai
from openai.types.chat import ChatCompletion

from bot.writing.conversation import Reply, described
from bot.writing.dialect import Failure, Question, Shape
from bot.writing.openai_stream import Gathering
from bot.writing.reading import fits
from bot.writing.usage import Usage

# Errors that the same request may not meet again. 408 and 409 are the client's own list.
_PASSING = frozenset((408, 409, 425, 429, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 529))
# How servers say that the prompt is longer than what their model reads at once.
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window|limit)|maximum (?:context|input|prompt)|(?:prompt|input|request)[\w ]{0,20} too (?:long|large)"
    r"|too many (?:input )?tokens|input token count|exceeds? (?:the )?(?:maximum|max|model|available)[\w' ]{0,30} (?:tokens|context|length)",
    re.IGNORECASE,
)
CONNECT_SECONDS = 10.0
MOST_SAID = 300


class Wire:
    """Sends one request at a time per call, without retries of its own; keeps its connections open."""

    def __init__(self, base_url: str, api_key: str, model: str) -> None:
        self._model = model
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",  # the client refuses an empty key, a local server needs none
            max_retries=0,  # it would sleep as long as any Retry-After says
        )

    async def aclose(self) -> None:
        await self._client.close()

    async def send(
        self,
        question: Question,
        shape: Shape,
        *,
        seconds: float,
        heard: Callable[[str], None] | None = None,
    ) -> Reply:
        """Return what the model replied within `seconds`, told to `heard` as it comes. Raises `Failure`."""
        seconds = max(seconds, 0.001)
        messages = _messages(question, shape)
        try:
            done = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,
                timeout=openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
                **_options(question, shape),
            )
            if isinstance(done, openai.AsyncStream):
                return await _streamed(done, question, messages, heard or _unheard)
        except openai.APITimeoutError:
            raise Failure("timeout", passing=True) from None
        except openai.APIConnectionError:
            raise Failure("unreachable", passing=True) from None
        except openai.APIStatusError as error:
            # Not chained: what a server says about a wrong key may hold the key.
            raise _failure(error.status_code, error.body, _retry_after(error.response.headers)) from None
        except (openai.OpenAIError, ValueError):
            return Reply("")  # 200 with something else than a completion
        return _reply(done, messages)


def _unheard(said: str) -> None:
    """Nobody listens."""


async def _streamed(
    stream: openai.AsyncStream[Any],
    question: Question,
    messages: Sequence[Mapping[str, str]],
    heard: Callable[[str], None],
) -> Reply:
    """Gather a reply that comes in pieces; one that breaks off is a passing `Failure`."""
    gathered = Gathering(heard)
    async with stream:
        if "json" in stream.response.headers.get("content-type", ""):
            reply = _reply(await _whole(stream.response), messages)
            gathered.take(reply.text)
            return reply
        try:
            async for chunk in stream:
                gathered.add(chunk)
        except openai.APIConnectionError:
            raise
        except openai.APIError as error:  # an event that says so, in the midst of a stream that began well
            code: object = error.body.get("code") if isinstance(error.body, dict) else None
            failure = _failure(code if _is_error(code) else 500, error.body, None)
            if failure.passing:
                failure.status = None  # the shape was understood, and is not to blame
            raise failure from None
        except ValueError:
            raise Failure("unreachable", passing=True) from None
    if gathered.pieces and gathered.end is None and not fits(gathered.text, question.schema):
        # A connection that is closed looks like one that ended.
        raise Failure("unreachable", passing=True)
    return _ended(
        gathered.text, gathered.end, gathered.refusal, _usage(gathered.usage, messages, gathered.text)
    )


async def _whole(response: httpx2.Response) -> ChatCompletion:
    """Return the completion that a server sent in one piece, though it was asked for many."""
    try:
        body = json.loads(await response.aread())
    except httpx2.TimeoutException:
        raise Failure("timeout", passing=True) from None
    except httpx2.HTTPError:
        raise Failure("unreachable", passing=True) from None
    return ChatCompletion.construct(**body if isinstance(body, dict) else {})


def _messages(question: Question, shape: Shape) -> Any:
    told = "" if shape.output == "json_schema" else "\n\n" + described(question.schema)
    return [
        {"role": turn.role, "content": _encodable(turn.text + (told if turn.role == "system" else ""))}
        for turn in question.turns
    ]


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _options(question: Question, shape: Shape) -> dict[str, Any]:
    options: dict[str, Any] = {}
    schema = question.schema
    match shape.output:
        case "json_schema":
            form = {"name": schema.__name__, "strict": True, "schema": schema.model_json_schema()}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        case "json_object":
            options["response_format"] = {"type": "json_object"}
        case "prompt":
            pass
    if shape.limit:
        options[shape.limit] = question.limit
    if shape.stream != "off":
        options["stream"] = True
    if shape.stream == "usage":
        options["stream_options"] = {"include_usage": True}
    return options


def _reply(done: ChatCompletion, messages: Sequence[Mapping[str, str]]) -> Reply:
    """Read a completion that may lack anything: the client does not validate what it was sent."""
    error = getattr(done, "error", None)  # a gateway's way to answer 200 with somebody else's failure
    if isinstance(error, dict) and _is_error(code := error.get("code")):
        raise _failure(code, error, None)
    choices = getattr(done, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    text = getattr(message, "content", None)
    if isinstance(text, list):  # some servers answer in the parts that questions may have
        text = "".join(str(part.get("text") or "") for part in text if isinstance(part, dict))
    text = text if isinstance(text, str) else ""
    refusal = bool(getattr(message, "refusal", None))
    usage = _usage(getattr(done, "usage", None), messages, text)
    return _ended(text, getattr(choice, "finish_reason", None), refusal, usage)


def _ended(text: str, reason: str | None, refusal: bool, usage: Usage) -> Reply:
    end: Literal["complete", "cut", "refused"] = "cut" if reason == "length" else "complete"
    if reason == "content_filter" or (refusal and not text):
        end = "refused"
    return Reply(text, end, usage)


def _is_error(code: object) -> TypeGuard[int]:
    return isinstance(code, int) and code >= 400


def _usage(counted: object, messages: Sequence[Mapping[str, str]], text: str) -> Usage:
    """Return what the server counted; where it counts nothing, a guess, so that ceilings hold all the same."""
    prompt, completion = _count(counted, "prompt_tokens"), _count(counted, "completion_tokens")
    if not prompt and not completion and text:
        return Usage(1, sum(_guess(message["content"]) for message in messages), _guess(text))
    return Usage(
        1, prompt, completion, _count(getattr(counted, "prompt_tokens_details", None), "cached_tokens")
    )


def _count(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
    return value if isinstance(value, int) else 0


def _guess(text: str) -> int:
    """Return about how many tokens there are: one for four letters of an alphabet, or for one character."""
    signs = sum(character > "\u2e7f" for character in text)
    return signs + (len(text) - signs) // 4 + 1


def _failure(status: int, body: object, retry_after: float | None) -> Failure:
    fields = body if isinstance(body, dict) else {"message": body}
    code, said = fields.get("code"), fields.get("message") or fields.get("detail")
    if isinstance(said, list):  # of the fields that a server does not take
        said = str(said)
    if status in (401, 403):
        return Failure("unauthorised", status=status)
    if status == 404 or code == "model_not_found":
        return Failure("no such model", status=404)
    if status == 429 and code == "insufficient_quota":
        return Failure("no quota", status=status, passing=False)
    if status == 429:
        return Failure("throttled", status=status, retry_after=retry_after, passing=True)
    too_long = status in (400, 413, 422) and (
        code == "context_length_exceeded" or (isinstance(said, str) and _TOO_LONG.search(said))
    )
    return Failure(
        "too long" if too_long else f"status {status}",
        status=status,
        message=f"{fields.get('param') or ''} {said}"[:MOST_SAID] if isinstance(said, str) else "",
        retry_after=retry_after,
        passing=status in _PASSING,
    )


def _retry_after(headers: Any) -> float | None:
    """Return the seconds that a server asks for, from either of the header's forms."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        with suppress(TypeError, ValueError):
            return max(0.0, float(headers.get(name)) / unit)
    with suppress(LookupError, TypeError, ValueError):
        # A date is told apart from the server's own clock, not from ours.
        until = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
        return max(0.0, until.total_seconds())
    return None
