"""One way from a request to a reply: find → parse → authorise → limit → run."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.chat.caret import pointed
from bot.chat.command import Choice, Command, Registry
from bot.chat.reply import Block, Outcome, Paragraph, Preformatted, Reply
from bot.chat.request import Request
from bot.chat.wording import explain
from bot.errors import BadQuery, Mistake, PaperwireError
from bot.language import ENGLISH, Language

log = logging.getLogger(__name__)


class Languages(Protocol):
    """What each chat has chosen to read."""

    async def get(self, chat: str) -> Language | None:
        """Return the language of the chat with this `Address.key`, None if it has chosen none."""


class Guard(Protocol):
    """Who may do what."""

    async def check(self, request: Request, command: Command) -> None:
        """Return if the actor may run the command here; raise `Refused` if not."""


class Open:
    """The guard of a place that only its owner reaches."""

    async def check(self, request: Request, command: Command) -> None:
        """Let everybody do everything."""


def _reference() -> str:
    return secrets.token_hex(3)


class Dispatcher:
    """Answer requests; whatever happens becomes a `Reply`."""

    def __init__(
        self,
        registry: Registry,
        languages: Languages,
        guard: Guard,
        *,
        default: Language = ENGLISH,
        reference: Callable[[], str] = _reference,
    ) -> None:
        self.registry = registry
        self._languages = languages
        self._guard = guard
        self._default = default
        self._reference = reference

    async def dispatch(self, request: Request) -> Reply:
        """Return the reply, in the chat's language. Never raises but for cancellation."""
        request = replace(request, language=request.hint or self._default)
        try:
            if chosen := await self._languages.get(request.address.key):
                request = replace(request, language=chosen)
            command = self.registry.find(request.call.name)
            values = command.parse(request.call.arguments)
            await self._guard.check(request, command)
            return await command.run(request, **values)
        except PaperwireError as error:
            mistaken = isinstance(error, Mistake)
            if not mistaken:
                log.warning("/%s failed: %s", request.call.name, error)
            outcome = Outcome.MISTAKEN if mistaken else Outcome.FAILED
            blocks: list[Block] = [Paragraph(explain(error, request.t))]
            if isinstance(error, BadQuery) and error.query.strip():
                blocks.append(Preformatted(pointed(error.query, error.position)))
            return Reply(tuple(blocks), outcome, private=True)
        except Exception:
            return self.apologise(request, f"/{request.call.name}")

    async def complete(self, request: Request, parameter: str, prefix: str) -> Sequence[Choice]:
        """Return what `prefix` may become; nothing for whoever may not run the command."""
        try:
            await self._guard.check(request, self.registry.find(request.call.name))
        except Mistake:
            return ()
        return await self.registry.complete(request.call, parameter, request.address, prefix)

    def apologise(self, request: Request, what: str) -> Reply:
        """Log the exception being handled under a reference, and return a reply that names it."""
        reference = self._reference()
        log.exception("%s failed, reference %s", what, reference)
        said = request.t.rich(
            "Something went wrong on our side; if it happens again, tell the owner the reference `{reference}`.",
            reference=reference,
        )
        return Reply((Paragraph(said),), Outcome.FAILED, private=True)
