"""Line editing, history and completion, by prompt_toolkit."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory

from bot.chat.command import Registry
from bot.chat.request import Address, Call


class CommandCompleter(Completer):
    """Complete the names of commands, then their arguments one by one."""

    def __init__(self, registry: Registry, address: Address) -> None:
        self._registry = registry
        self._address = address

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Return nothing: arguments are looked up asynchronously."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield what may follow before the cursor."""
        line = document.text_before_cursor.lstrip()
        name, blank, rest = line.partition(" ")
        if not blank:
            for command in self._registry:
                if command.name.startswith(name.removeprefix("/")):
                    yield Completion(f"/{command.name}", -len(name), display_meta=command.summary)
            return
        words = rest.split(" ")
        try:
            command = self._registry.find(name)
        except Exception:  # an unknown command has no arguments to complete
            return
        if len(words) > len(command.parameters):
            return
        parameter = command.parameters[len(words) - 1]
        call = Call(command.name)
        for value, shown in await self._registry.complete(call, parameter.name, self._address, words[-1]):
            yield Completion(value, -len(words[-1]), display_meta=shown if shown != value else "")


def session(registry: Registry, address: Address, history: Path | None) -> PromptSession[Any]:
    """Return a prompt that remembers what was typed, across sessions where `history` can be written."""
    kept = InMemoryHistory() if history is None else FileHistory(str(history))
    return PromptSession(
        history=kept, completer=CommandCompleter(registry, address), complete_while_typing=False
    )
