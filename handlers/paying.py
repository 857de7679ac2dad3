"""On whose account a model is called for somebody."""

from __future__ import annotations

from bot.chat.request import Request
from bot.store.access import Access
from bot.store.quotas import Payer
from bot.writing.texts import Purse


def purse(access: Access, request: Request) -> Purse:
    """Return what finds out who pays for `request`: owners are exempt, and so is whoever sits at the console."""

    async def payer() -> Payer:
        at_home = request.address.platform == "console"
        exempt = at_home or await access.is_owner(request.person)
        return Payer(request.address.key, request.person, exempt)

    return payer
