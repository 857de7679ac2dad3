"""/allow and /deny, and the guard that stands before every command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from bot.chat.command import Arg, Command, Section, command
from bot.chat.offer import OFFERING
from bot.chat.reply import Bullets, Heading, Reply, say
from bot.chat.request import Request
from bot.chat.text import Code, text
from bot.errors import Refused
from bot.store.access import Access

# What a stranger may do: learn what this is, claim it with the code of the first start, be told that it does not serve.
_FREE = frozenset({"start", "help", "welcome"})

Resolve = Callable[[str, str], Awaitable[str]]


class AccessGuard:
    """Serve owners everywhere, and others where the owner has said so."""

    def __init__(self, access: Access, mode: Literal["listed", "open", "owner"]) -> None:
        self._access = access
        self._mode = mode

    async def check(self, request: Request, command: Command) -> None:
        """Raise `Refused` unless the actor may run the command here."""
        if command.name in _FREE or request.address.platform == "console":
            return
        if await self._access.is_owner(request.person):
            return
        if command.owner_only:
            raise Refused("owner_only")
        if self._mode == "open":
            return
        if self._mode == "owner":
            raise Refused("owner_only")
        if not await self._access.is_allowed(request.scope, request.address.key, request.person):
            raise Refused("not_listed")

    async def refusal(self, request: Request) -> str:
        """Return the reason why the actor is not served here at all, "" if they are."""
        try:
            await self.check(request, OFFERING)
        except Refused as refused:
            return refused.reason
        return ""

    async def serves(self, request: Request) -> bool:
        """Tell whether the actor is served here at all."""
        return not await self.refusal(request)

    async def delivers(self, person: str, *places: str) -> bool:
        """Tell whether editions go on to a chat that is known by these keys, for which the person subscribed."""
        if self._mode == "open" or person.startswith("console:") or await self._access.is_owner(person):
            return True
        return self._mode == "listed" and await self._access.is_allowed(person, *places)


class AccessCommands:
    """What an owner says about whom the bot serves."""

    section = Section.BOT

    def __init__(self, access: Access, resolve: Resolve) -> None:
        """`resolve` turns a chat's name on a platform into its key, where the platform can."""
        self._access = access
        self._resolve = resolve

    @command("allow", owner_only=True, example="/allow @mychannel")
    async def allow(
        self,
        request: Request,
        *,
        chat: Annotated[str, Arg("a chat’s @name or id; this chat if left out")] = "",
    ) -> Reply:
        """Serve a chat from now on."""
        key = await self._key(request, chat)
        new = await self._access.allow(key)
        t = request.t
        if not chat:  # said where everybody reads it, as the bot's hello
            return say(t.rich("I now serve this chat; `/help` lists what I can do."))
        return say(
            t.rich("I now serve `{chat}`.", chat=key)
            if new
            else t.rich("I serve `{chat}` already.", chat=key)
        )

    @command("deny", owner_only=True, example="/deny @mychannel")
    async def deny(
        self,
        request: Request,
        *,
        chat: Annotated[str, Arg("a chat’s @name or id; this chat if left out")] = "",
    ) -> Reply:
        """Serve a chat no more."""
        key = await self._key(request, chat)
        was = await self._access.deny(key)
        t = request.t
        return say(
            t.rich("I no longer serve `{chat}`.", chat=key)
            if was
            else t.rich("I was not serving `{chat}`.", chat=key)
        )

    @command("allowed", owner_only=True, reads=True)
    async def allowed(self, request: Request) -> Reply:
        """List the chats that are served."""
        t, keys = request.t, await self._access.allowed()
        if not keys:
            return say(t.rich("Nobody but the owners is served; `/allow` adds a chat."))
        if not (request.private or request.aside):  # whom else it serves is nobody's business in a group
            return say(t("Served chats: {count}. Ask me in a private chat which they are.", count=len(keys)))
        items = tuple(text(Code(key)) for key in keys)
        return Reply((Heading(text(t("Served chats"))), Bullets(items)), private=not request.private)

    async def _key(self, request: Request, chat: str) -> str:
        return await self._resolve(request.address.platform, chat) if chat else request.scope
