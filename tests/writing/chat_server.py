"""A chat server that answers what a test has lined up, for answers that no model would think of."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.server import FakeServer


@dataclass(frozen=True)
class Answering:
    """One HTTP answer; `text` is sent as it is."""

    text: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def saying(content: str | None, finish: str = "stop", **message: object) -> Answering:
    """Return a completion with that content."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": content, **message},
    }
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }
    return Answering(json.dumps(body))


def streaming(*chunks: object, done: bool = True) -> Answering:
    """Return a stream of these chunks; a string is a piece of the content, `Answering.text` is sent at once."""
    told = [piece(chunk) if isinstance(chunk, str) else chunk for chunk in chunks]
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in told]
    return Answering(": stream\n\n" + "".join(lines) + ("data: [DONE]\n\n" if done else ""))


def piece(content: str | None = None, finish: str | None = None, **delta: object) -> dict[str, object]:
    """Return a chunk with this piece of the content."""
    choice = {"index": 0, "finish_reason": finish, "delta": {"content": content, **delta}}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}


COUNTED: dict[str, object] = {
    "choices": [],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 64},
    },
}


def failing(status: int, message: str = "no", *, code: str | None = None, **headers: str) -> Answering:
    """Return an error in the dialect's form; `retry_after` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answering(
        json.dumps({"error": {"message": message, "type": "error", "code": code}}), status, named
    )


HANG = Answering("", 0)


class ChatServer(FakeServer):
    """Answers with `lines` one after the other, the last for ever; keeps what was asked."""

    def __init__(self, *lines: Answering) -> None:
        super().__init__()
        self.lines = list(lines)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.asked = threading.Event()
        self.abandoned = threading.Event()

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.post("/v1/chat/completions", self._complete),)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(json.loads(await request.text()))
        self.headers.append(request.headers)
        self.asked.set()
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if line is HANG:
            try:
                await asyncio.Event().wait()
            finally:
                self.abandoned.set()
        kind = "application/json" if line.text[:1] in "{[" else "text/html"
        if line.text.startswith((":", "data:")):
            kind = "text/event-stream"
        return web.Response(text=line.text, status=line.status, headers=dict(line.headers), content_type=kind)
