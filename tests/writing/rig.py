"""A model with the server that it talks to, and a clock that nobody waits for."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from typing import Any

from bot.errors import ModelUnavailable, ModelUnusable
from bot.writing.answer import Answer
from bot.writing.model import Completion
from bot.writing.openai_model import OpenAIModel
from tests.writing.chat_server import Answering, ChatServer, failing, saying


class Word(Answer):
    word: str


GOOD = saying('{"word": "yes"}')
NO_SCHEMA = failing(400, "response_format type is unavailable now")


class Rig:
    """Servers and models that are closed behind the test; `waited` holds the pauses nobody slept."""

    def __init__(self) -> None:
        self.servers = ExitStack()
        self.models = AsyncExitStack()
        self.waited: list[float] = []

    def serve(self, *lines: Answering) -> ChatServer:
        return self.servers.enter_context(ChatServer(*lines))

    def model(self, base_url: str, name: str = "m", **options: Any) -> OpenAIModel:
        made = OpenAIModel(name, base_url=base_url, sleep=self._sleep, jitter=lambda: 0.5, **options)
        self.models.push_async_callback(made.aclose)
        return made

    def meet(self, *lines: Answering, **options: Any) -> tuple[ChatServer, OpenAIModel]:
        server = self.serve(*lines)
        return server, self.model(server.base_url, **options)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


async def ask(model: OpenAIModel, *, deadline: float | None = None) -> Completion[Word]:
    return await model.complete(system="Be brief.", user="Well?", schema=Word, deadline=deadline)


async def failure(model: OpenAIModel, *, deadline: float | None = None) -> str:
    try:
        await ask(model, deadline=deadline)
    except (ModelUnavailable, ModelUnusable) as error:
        return error.reason
    return "none"


def formats(server: ChatServer) -> list[str]:
    return [request.get("response_format", {}).get("type", "prompt") for request in server.requests]
