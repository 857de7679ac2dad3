"""Which chat a command is about: the one it is given in, or another that the person may manage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.chat.request import Address, Request
from bot.editions.options import without_target
from bot.errors import ChatNotFound, DeliveryError, Refused
from bot.store.phrases import Phrases

Resolve = Callable[[str, str], Awaitable[str]]
Manages = Callable[[str, str], Awaitable[bool]]
Serves = Callable[[Request], Awaitable[bool]]
Community = Callable[[Address], Awaitable[str | None]]


async def _alone(_: Address) -> None:
    """Know of nothing that holds chats together."""


def check_rights(request: Request) -> None:
    """Raise `Refused` for a person who may not manage the chat that they ask in."""
    if not (request.private or request.actor.manages):
        raise Refused("manage")


class Aim:
    """Finds the chat that is meant, and sees to it that the person may manage it."""

    def __init__(
        self,
        *,
        resolve: Resolve,
        manages: Manages,
        serves: Serves,
        phrases: Phrases,
        community: Community = _alone,
    ) -> None:
        """`resolve` turns a chat's name on a platform into its key; `community` names what holds it together with
        others that are served with it.
        """
        self._resolve = resolve
        self._manages = manages
        self._serves = serves
        self._phrases = phrases
        self._community = community

    async def target(self, request: Request, name: str | None) -> Request:
        """Return the request as one made in the chat that is meant, checked to be one that the person may manage."""
        if name is None:
            check_rights(request)
            return request
        key = await self._resolve(request.address.platform, name)
        platform, chat = key.split(":", 1)
        if platform != request.address.platform:  # whoever has that number there is somebody else
            raise Refused("manage_there", name)
        try:
            managed = await self._manages(key, request.actor.id)
            community = await self._community(Address(platform, chat))
        except DeliveryError as error:
            raise ChatNotFound(name[:60]) from error
        if not managed:
            raise Refused("manage_there", name)
        there = replace(request, address=Address(platform, chat), community=community)
        # Who is served in a group is not served in every channel of their own, nor on every server.
        if not await self._serves(there):
            raise Refused("not_listed")
        return there

    async def read(self, request: Request, typed: str) -> tuple[Address, str, str | None]:
        """Return the chat that is meant, what is meant of it, and how the chat was called if it is another."""
        rest, name = without_target(await self._phrases.text(typed))
        there = await self.target(request, name)
        return there.address, await self._phrases.text(rest), name
