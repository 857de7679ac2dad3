"""What replies to the bot's messages continue; a store that is away costs no answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.chat.platform import FollowUps
from bot.chat.request import Address
from bot.errors import PaperwireError

log = logging.getLogger(__name__)


class Continued:
    """Follow-ups that never fail. Addresses are those of the channel or thread itself."""

    def __init__(self, follow_ups: FollowUps) -> None:
        self._follow_ups = follow_ups

    async def put(self, place: Address, messages: Iterable[str], line: str) -> None:
        """Remember that replies to these messages continue `line`."""
        try:
            for message in messages:
                await self._follow_ups.put(place, message, line)
        except PaperwireError as error:
            log.warning("replies to an answer will not be understood: %s", error)

    async def get(self, place: Address, message: str) -> str | None:
        """Return what a reply to this message continues, None if it is nothing or not known."""
        try:
            return await self._follow_ups.get(place, message)
        except PaperwireError as error:
            log.warning("what a reply continues is not known: %s", error)
            return None
