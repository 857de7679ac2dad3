"""Subscriptions, and the order in which they fall due, over all processes.

How they are kept: `bot.store.subscription_scripts`. Times are the caller's: instants of a zone's wall clock are
compared with one clock alone, and it is the process's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.store import subscription_scripts as lua
from bot.store.client import Command, Store

LONGEST_LEASE = 3600.0  # seconds; a claim that ends later is void: a clock has jumped
_REMEMBERED = 120  # seconds for which a command that a lost connection repeats is known again
_TRIES = 5  # ids that are drawn before we believe that something else is wrong
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that reads like something else
_SHORT = 24  # bytes of what is wanted; beyond, its digest stands for it


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a chat wants, and where in it (`place`, such as a thread). `data` is the caller's own.

    `paused` is the reason, None while it runs; `due` the next run, None where no clock decides it.
    """

    id: str
    chat: str
    place: str
    wanted: str
    data: str
    paused: str | None = None
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """The subscription's id, and whether it is new or one that was there has been changed."""

    id: str
    new: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a subscription that fell due at `subscription.due`."""

    subscription: Subscription
    token: str


class Subscriptions:
    """The subscriptions of all chats."""

    def __init__(self, store: Store) -> None:
        self._store = store

        def script(source: str) -> Any:
            return store.script(lua.COMMON + source)

        self._add, self._change = script(lua.ADD), script(lua.CHANGE)
        self._remove, self._remove_all = script(lua.REMOVE), script(lua.REMOVE_ALL)
        self._of, self._claim, self._renew = script(lua.OF), script(lua.CLAIM), script(lua.RENEW)
        self._settle, self._pause, self._resume = script(lua.SETTLE), script(lua.PAUSE), script(lua.RESUME)
        self._move, self._release = script(lua.MOVE), script(lua.RELEASE)

    async def add(
        self, chat: str, wanted: str, data: str, next_run: float | None, *, limit: int, place: str = ""
    ) -> Added | None:
        """Keep the subscription; what this place of the chat follows already is changed, and runs again.

        None if the chat has `limit` of them. A claim on it that is under way is lost.
        """
        for text in (chat, place, wanted):
            if "\n" in text:
                raise ValueError(text)
        for _ in range(_TRIES):
            drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
            said = await self._add(
                args=[drawn, chat, place, _field(place, wanted), wanted, data, _due(next_run), limit]
            )
            if said[0] == "full":
                return None
            if said[0] == "kept":
                return Added(said[1], said[1] == drawn)
        raise RuntimeError("no id is free")

    async def change(
        self,
        subscription: Subscription,
        data: str,
        now: float,
        *,
        rescheduled: bool = False,
        next_run: float | None = None,
    ) -> bool:
        """Give it new data; False if it is gone, or has other data by now than the caller has read.

        A claim that is under way is lost, and what it was about is due again at once. What is due already stays
        due; otherwise, if it is `rescheduled`, it is due at the next run as in `add`.
        """
        args = [subscription.id, subscription.data, data, now, int(rescheduled), _due(next_run)]
        return bool(await self._change(args=args))

    async def get(self, subscription: str) -> Subscription | None:
        """Return the subscription without its due time; None if it is no more."""
        record = await self._store.text(f"pw:sub:{subscription}")
        return _read(subscription, record) if record is not None else None

    async def of(self, chat: str) -> list[Subscription]:
        """Return what the chat follows, in the order of what is wanted, in one round trip."""
        found = [_read(*row) for row in await self._of(args=[chat])]
        return sorted(found, key=lambda one: (one.place, one.wanted.casefold()))

    async def remove(self, subscription: str, *, chat: str = "") -> bool:
        """Forget the subscription; False if it is no more, or another chat's than `chat`."""
        return bool(await self._remove(args=[subscription, chat]))

    async def remove_all(self, chat: str) -> int:
        """Forget all of a chat's; return how many they were."""
        return int(await self._remove_all(args=[chat]))

    async def claim(self, now: float, lease: float, most: int) -> list[Claim]:
        """Take at most `most` that are due, which nobody else gets before `now` + `lease`.

        Those come first whose earlier claim ran out, or would last longer than any may.
        """
        if not 0 < lease <= LONGEST_LEASE:
            raise ValueError(lease)
        token = secrets.token_hex(6)
        rows = await self._claim(args=[now, lease, min(most, 1000), token, LONGEST_LEASE, _REMEMBERED])
        return [Claim(_read(*row), token) for row in rows]

    async def renew(self, claim: Claim, now: float, lease: float) -> bool:
        """Keep the claim until `now` + `lease`; False if it is lost, or the subscription changed or removed."""
        return bool(await self._renew(args=[claim.subscription.id, claim.token, now, lease]))

    async def settle(
        self,
        claim: Claim,
        next_run: float | None,
        *,
        data: str | None = None,
        also: Sequence[Command] = (),
    ) -> bool:
        """End the claim with the next run, new data and other commands, all or nothing of it.

        False if the claim is lost, and then nothing was done. Without a next run it waits for a release,
        and is due at once if one came since it was claimed.
        """
        flat = [word for command in also for word in (len(command), *command)]
        new = [int(data is not None), data or ""]
        args = [claim.subscription.id, claim.token, _due(next_run), *new, _REMEMBERED, *flat]
        return bool(await self._settle(args=args))

    async def pause(self, subscription: str, reason: str) -> bool:
        """Let it fall due no more; False if it is gone. A claim on it is lost."""
        return bool(await self._pause(args=[subscription, reason.replace("\n", " ") or "paused"]))

    async def resume(self, subscription: str, next_run: float | None) -> bool:
        """Let a paused one fall due again, and leave others as they are; False if it is gone."""
        return bool(await self._resume(args=[subscription, _due(next_run)]))

    async def move(self, old: str, new: str) -> int:
        """Make the old chat's subscriptions the new one's, because it has a new name; return how many moved.

        What both follow stays as the new one has it. The chat's limit does not apply. Claims go on.
        """
        return int(await self._move(args=[old, new]))

    async def release(self, now: float) -> None:
        """Make everything due that waits for no clock. What is claimed at the moment is due again after it."""
        await self._release(args=[f"{now:.3f}"])

    async def count(self, chat: str | None = None) -> int:
        """Return how many the chat has, or all chats."""
        if chat is not None:
            return int(await self._store.execute_command("HLEN", f"pw:subs:{chat}"))
        total = 0
        for command, key in (
            ("ZCARD", "due"),
            ("ZCARD", "waiting"),
            ("ZCARD", "claimed"),
            ("SCARD", "paused"),
        ):
            total += int(await self._store.execute_command(command, f"pw:{key}"))
        return total


def _field(place: str, wanted: str) -> str:
    """Return what tells the subscriptions of a chat apart: case and blanks do not."""
    plain = " ".join(wanted.casefold().split())
    if len(plain.encode()) > _SHORT:  # long fields would cost each chat a hash table of its own
        plain = "#" + hashlib.blake2s(plain.encode(), digest_size=12).hexdigest()
    return f"{place}\n{plain}" if place else plain


def _due(next_run: float | None) -> str:
    return "" if next_run is None else f"{next_run:.3f}".rstrip("0").rstrip(".")


def _read(name: str, record: str, due: str = "") -> Subscription:
    chat, place, paused, wanted, data = record.split("\n", 4)
    return Subscription(name, chat, place, wanted, data, paused or None, float(due) if due else None)
