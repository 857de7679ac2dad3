"""One way from a request to a reply: find → parse → authorise → limit → run."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.chat.caret import pointed
from bot.chat.command import Choice, Command, Registry
from bot.chat.offer import OFFERING, Offer, Offers
from bot.chat.reply import Block, Outcome, Paragraph, Preformatted, Reply
from bot.chat.request import Request
from bot.chat.wording import explain
from bot.errors import BadQuery, Mistake, PaperwireError, Refused, UnknownCommand
from bot.language import ENGLISH, Language
from bot.logs import about

log = logging.getLogger(__name__)

_MANAGING = ("manage", "manage_there")  # reasons of refusal that name a permission where chats share a server


class Languages(Protocol):
    """What each chat has chosen to read."""

    async def get(self, chat: str) -> Language | None:
        """Return the language of the chat with this `Address.key`, None if it has chosen none."""


class Guard(Protocol):
    """Who may do what."""

    async def check(self, request: Request, command: Command) -> None:
        """Return if the actor may run the command here; raise `Refused` if not."""


class Notices(Protocol):
    """What a chat is to be told that has asked for something else."""

    async def owed(self, request: Request) -> Sequence[Block]:
        """Return what is to stand beneath the reply, which everybody in the chat sees; mostly nothing."""


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
        notices: Notices | None = None,
        offers: Offers | None = None,
        default: Language = ENGLISH,
        reference: Callable[[], str] = _reference,
    ) -> None:
        self.registry = registry
        self._languages = languages
        self._guard = guard
        self._notices = notices
        self._offers = offers
        self._default = default
        self._reference = reference

    async def dispatch(self, request: Request, *, aside: bool = False) -> Reply:
        """Return the reply, in the chat's language. Never raises but for cancellation.

        `aside`: only the person who asked will see it.
        """
        request = replace(request, language=request.hint or self._default)
        with about(chat=request.address.key, command=request.call.name) as subject:
            try:
                if chosen := await self._languages.get(request.address.key):
                    request = replace(request, language=chosen)
                command = self.registry.find(request.call.name)
                values = command.parse(request.call.arguments)
                if "paper" in values:
                    subject(paper=values["paper"])
                await self._guard.check(request, command)
                reply = await command.run(request, **values)
            except PaperwireError as error:
                reply = _refusal(request, error)
            except Exception:
                reply = self.apologise(request, f"/{request.call.name}")
            seen_by_all = not aside and (request.private or not reply.private)
            return await self._with_notices(request, reply) if seen_by_all else reply

    async def _with_notices(self, request: Request, reply: Reply) -> Reply:
        try:
            owed = await self._notices.owed(request) if self._notices else ()
        except Exception as error:  # what was asked is answered all the same
            log.warning("what a chat is owed could not be told: %s", error)
            owed = ()
        return replace(reply, blocks=(*reply.blocks, *owed)) if owed else reply

    async def refusal(self, request: Request) -> Reply | None:
        """Return what is said to an actor who may not run the command of the call, None if they may or it is none."""
        try:
            await self._guard.check(request, self.registry.find(request.call.name))
        except UnknownCommand:
            return None
        except PaperwireError as error:
            return _refusal(replace(request, language=await self.language(request)), error)
        return None

    async def offers(self, request: Request, words: str) -> Sequence[Offer]:
        """Return what is offered to a person who types `words` in any chat, the best first; nothing where that fails.

        Raises `Refused` for somebody whom the bot does not serve.
        """
        if self._offers is None:
            return ()
        try:
            await self._guard.check(request, OFFERING)
            return await self._offers.of(replace(request, language=await self.language(request)), words)
        except Refused:
            raise
        except PaperwireError as error:
            log.warning("nothing can be offered: %s", error)
        except Exception:
            log.exception("offers for a query failed, reference %s", self._reference())
        return ()

    async def language(self, request: Request) -> Language:
        """Return what is spoken in the chat that the request comes from; never raises."""
        try:
            chosen = await self._languages.get(request.address.key)
        except PaperwireError as error:
            log.warning("what a chat speaks is not known: %s", error, extra={"chat": request.address.key})
            chosen = None
        return chosen or request.hint or self._default

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


def _refusal(request: Request, error: PaperwireError) -> Reply:
    if isinstance(error, Refused) and error.reason in _MANAGING and request.community:
        error = Refused(f"{error.reason}_server", error.detail)
    mistaken = isinstance(error, Mistake)
    if not mistaken:
        log.warning("/%s failed: %s", request.call.name, error)
    outcome = Outcome.MISTAKEN if mistaken else Outcome.FAILED
    blocks: list[Block] = [Paragraph(explain(error, request.t))]
    if isinstance(error, BadQuery) and error.query.strip():
        blocks.append(Preformatted(pointed(error.query, error.position)))
    return Reply(tuple(blocks), outcome, private=True)
