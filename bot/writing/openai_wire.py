"""One request to `/chat/completions` through the `openai` client: the only module that imports it."""

from __future__ import annotations

from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import openai

from bot.writing.conversation import Reply, described
from bot.writing.dialect import Failure, Question, Shape
from bot.writing.usage import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

# Errors that the same request may not meet again. 408 and 409 are the client's own list.
_PASSING = frozenset((408, 409, 425, 429, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 529))
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

    async def send(self, question: Question, shape: Shape, *, seconds: float) -> Reply:
        """Return what the model replied within `seconds`. Raises `Failure`."""
        seconds = max(seconds, 0.001)
        try:
            done = await self._client.chat.completions.create(
                model=self._model,
                messages=_messages(question, shape),
                timeout=openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
                **_options(question, shape),
            )
        except openai.APITimeoutError:
            raise Failure("timeout", passing=True) from None
        except openai.APIConnectionError:
            raise Failure("unreachable", passing=True) from None
        except openai.APIStatusError as error:
            # Not chained: what a server says about a wrong key may hold the key.
            raise _failure(error.status_code, error.body, _retry_after(error.response.headers)) from None
        except (openai.OpenAIError, ValueError):
            return Reply("")  # 200 with something else than a completion
        return _reply(done)


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
    return options


def _reply(done: ChatCompletion) -> Reply:
    """Read a completion that may lack anything: the client does not validate what it was sent."""
    error = getattr(done, "error", None)  # a gateway's way to answer 200 with somebody else's failure
    if isinstance(error, dict) and isinstance(error.get("code"), int) and error["code"] >= 400:
        raise _failure(error["code"], error, None)
    usage = Usage(1, _count(done, "prompt_tokens"), _count(done, "completion_tokens"))
    choices = getattr(done, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    text = getattr(message, "content", None)
    if isinstance(text, list):  # some servers answer in the parts that questions may have
        text = "".join(str(part.get("text") or "") for part in text if isinstance(part, dict))
    text = text if isinstance(text, str) else ""
    ended = getattr(choice, "finish_reason", None)
    if ended == "content_filter" or (getattr(message, "refusal", None) and not text):
        return Reply(text, "refused", usage)
    return Reply(text, "cut" if ended == "length" else "complete", usage)


def _count(done: ChatCompletion, name: str) -> int:
    value = getattr(getattr(done, "usage", None), name, None)
    return value if isinstance(value, int) else 0


def _failure(status: int, body: object, retry_after: float | None) -> Failure:
    fields = body if isinstance(body, dict) else {"message": body}
    code, said = fields.get("code"), fields.get("message")
    if status in (401, 403):
        return Failure("unauthorised", status=status)
    if status == 404 or code == "model_not_found":
        return Failure("no such model", status=404)
    if status == 429:
        # An empty account stays empty.
        passing = code != "insufficient_quota"
        return Failure("throttled", status=status, retry_after=retry_after, passing=passing)
    return Failure(
        f"status {status}",
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
