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
        return web.Response(text=line.text, status=line.status, headers=dict(line.headers), content_type=kind)
