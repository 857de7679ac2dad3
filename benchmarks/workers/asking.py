"""Asking as a platform asks: one person, one chat, one command."""

from __future__ import annotations

from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Card, Outcome
from bot.chat.request import Actor, Address, Call, Request


async def ask(dispatcher: Dispatcher, paper: str, person: int) -> None:
    """Ask for a summary and get one; anything else is an `AssertionError`."""
    chat = str(person)
    # Not the console's: there the guard and the ceilings look away.
    request = Request(Call.parse(f"/summarize {paper}"), Address("telegram", chat), Actor(chat))
    reply = await dispatcher.dispatch(request)
    assert reply.outcome is Outcome.DONE, reply
    assert isinstance(reply.blocks[0], Card), reply
