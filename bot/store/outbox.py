"""The outbox: what is to be sent, in what order, and what became of it.

How it is kept: `bot.store.outbox_scripts`. Times are the caller's, but leases run by Redis's clock. What would last
longer than any may is void: a clock has jumped.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.store import outbox_scripts as lua
from bot.store.client import Command, Store

LEASE = 60.0  # seconds; sending a part must end in less than half of it
LONGEST_WAIT = 3600.0  # seconds from now at which a part is tried again, at the latest
_FINISHED = 14 * 86_400  # seconds that a finished delivery is remembered
_KEPT = 40 * 86_400  # seconds that a delivery may wait, and its messages with it
_TEXTS = 32  # editions whose messages are at hand, as they go to many chats one after the other


class State(StrEnum):
    """How a delivery ended."""

    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The first unfinished delivery of an address, taken under a lease.

    Part number `at` of `parts` is next. If `doubtful`, it may have gone out at an earlier try, the first of
    which was at `begun`; `resent` counts the repeats after that. `attempt` counts all tries. `ids` are those of
    the messages that the parts before it became.
    """

    key: str
    address: str
    content: str
    parts: int
    at: int
    attempt: int
    doubtful: bool
    resent: int
    begun: float
    token: str
    ids: tuple[str, ...] = ()


class Outbox:
    """Deliveries by address: one at a time there, its parts in order."""

    def __init__(self, store: Store, *, lease: float = LEASE) -> None:
        """`lease` is for how long, in seconds, a part is in one pair of hands; the same for all processes."""
        self.lease = lease
        self._store = store
        self._texts: dict[str, tuple[str, ...]] = {}
        self._take, self._hold = store.script(lua.TAKE), store.script(lua.HOLD)
        self._begin, self._sent = store.script(lua.TAKEN + lua.BEGIN), store.script(lua.TAKEN + lua.SENT)
        self._back, self._finish = store.script(lua.TAKEN + lua.BACK), store.script(lua.TAKEN + lua.FINISH)
        self._leave, self._run = store.script(lua.TAKEN + lua.LEAVE), store.script(lua.RUN)
        self._revive, self._move = store.script(lua.REVIVE), store.script(lua.MOVE)

    async def freeze(self, messages: Sequence[str]) -> str:
        """Keep the messages of an edition, once however many get the same; return their name."""
        text = json.dumps(messages, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        await self._store.set(f"pw:content:{digest}", text, ex=_KEPT)
        return digest

    async def messages(self, content: str) -> tuple[str, ...]:
        """Return what `freeze` kept; nothing if it is gone."""
        found = self._texts.pop(content, None)
        if found is None:
            text = await self._store.text(f"pw:content:{content}")
            found = tuple(json.loads(text)) if text else ()
        if found:
            self._texts[content] = found
            while len(self._texts) > _TEXTS:
                del self._texts[next(iter(self._texts))]
        return found

    def planned(
        self, key: str, address: str, content: str, parts: int, *, subscription: str = "", now: float
    ) -> list[Command]:
        """Return the commands that put a delivery in line, to be run together with whatever plans it.

        A delivery that is or was in line under this key stays as it is. Without a subscription nothing can
        call it off.
        """
        row = f"pw:out:row:{key}"
        fields: dict[str, str | int] = {
            "address": address,
            "content": content,
            "parts": parts,
            "subscription": subscription,
        }
        return [
            *(("HSETNX", row, name, value) for name, value in fields.items()),
            ("EXPIRE", row, _KEPT),
            ("EXPIRE", f"pw:content:{content}", _KEPT),
            # Once more is no harm: what has ended is passed over.
            ("RPUSH", f"pw:out:queue:{address}", key),
            ("ZADD", f"pw:out:ready:{_platform(address)}", "NX", now, address),
        ]

    async def plan(
        self, key: str, address: str, content: str, parts: int, *, subscription: str = "", now: float
    ) -> None:
        """Put a delivery in line by itself, as `planned` would."""
        commands = self.planned(key, address, content, parts, subscription=subscription, now=now)
        await self._run(args=[word for command in commands for word in (len(command), *command)])

    async def known(self, key: str) -> bool:
        """Whether there is or was such a delivery."""
        return bool(await self._store.exists(f"pw:out:row:{key}"))

    async def take(self, platform: str, now: float, most: int, *, but: Iterable[str] = ()) -> list[Delivery]:
        """Take the first delivery of each of `most` addresses, those that wait longest, `but` those given."""
        token = secrets.token_hex(8)
        told = [platform, token, now, self.lease, LONGEST_WAIT, most, _day(now), _FINISHED]
        found = await self._take(args=[*told, *but])
        return [_delivery(str(key), flat, token) for key, flat in found]

    async def begin(self, delivery: Delivery, now: float) -> Delivery | None:
        """Note that the next part is about to be sent; None if it must not be.

        That is if another has the delivery or all of the platform is held, and then it waits, or if the
        subscription has ended, and so has the delivery.
        """
        begun = begun_at(delivery, now)
        told: list[str | float] = [
            begun.attempt,
            begun.resent,
            begun.begun,
            self.lease,
            delivery.address,
            LONGEST_WAIT,
        ]
        return begun if await self._step(self._begin, delivery, now, *told) else None

    async def sent(self, delivery: Delivery, message: str, now: float) -> None:
        """Note that the part went out, whoever has the delivery now; the last part finishes it."""
        await self._step(self._sent, delivery, now, message)

    async def put_back(self, delivery: Delivery, now: float, not_before: float) -> None:
        """Let the part, which this try did surely not send, wait until `not_before`."""
        before = delivery.resent - delivery.doubtful
        await self._wait(delivery, now, not_before, delivery.doubtful, before)

    async def put_off(self, delivery: Delivery, now: float, not_before: float) -> None:
        """Let a part that was taken and not begun wait until `not_before`."""
        await self._wait(delivery, now, not_before, delivery.doubtful, delivery.resent)

    async def doubt(self, delivery: Delivery, now: float, not_before: float) -> None:
        """Let the part, which may have gone out, wait until `not_before`."""
        await self._wait(delivery, now, not_before, True, delivery.resent)

    async def _wait(
        self, delivery: Delivery, now: float, not_before: float, doubtful: bool, resent: int
    ) -> None:
        until = min(not_before, now + LONGEST_WAIT)
        await self._step(self._back, delivery, now, until, int(doubtful), resent)

    async def finish(
        self, delivery: Delivery, state: State, now: float, reason: str, *, with_rest: bool = False
    ) -> bool:
        """Note how the delivery ended; False if it is not ours to say.

        `with_rest`: the chat is lost, and so all that waits behind it has ended too; `revive` brings it back.
        """
        told = [state.value, reason[:200], int(with_rest), int(delivery.doubtful)]
        return await self._step(self._finish, delivery, now, *told)

    async def revive(self, subscription: str, now: float) -> int:
        """Put in line again what ended unsent as its chat was lost or the subscription paused; return how many.

        That is remembered for two weeks. A part that may have gone out is not among it.
        """
        return int(await self._revive(args=[subscription, now, _KEPT]))

    async def leave(self, delivery: Delivery, now: float) -> None:
        """Let others have a delivery that was taken and not begun."""
        await self._step(self._leave, delivery, now)

    async def _step(self, script: Any, delivery: Delivery, now: float, *more: str | float) -> bool:
        at = [delivery.key, delivery.token, delivery.at, delivery.attempt, now, _day(now), _FINISHED]
        return bool(await script(args=[*at, *more]))

    async def hold(self, platform: str, seconds: float) -> bool:
        """Hand nothing of the platform out for so long; return whether nothing held it before."""
        seconds = min(max(seconds, 0.001), LONGEST_WAIT)
        return bool(await self._hold(args=[platform, seconds, LONGEST_WAIT]))

    async def move(self, old: str, new: str, now: float) -> int:
        """Deliver to `new` what waits for `old`; return how many. A part on its way there is let arrive."""
        return int(await self._move(args=[old, new, now]))

    async def waiting(self, platform: str) -> int:
        """Return at how many addresses something waits or is on its way."""
        return int(await self._store.execute_command("ZCARD", f"pw:out:ready:{platform}"))

    async def counts(self, now: float) -> dict[str, int]:
        """Return how many deliveries had their first turn today, as `planned`, were sent, failed, uncertain."""
        found = await self._store.execute_command("HGETALL", f"pw:out:count:{_day(now)}")
        return {name: int(found.get(name, 0)) for name in ("planned", *(state.value for state in State))}


def begun_at(delivery: Delivery, now: float) -> Delivery:
    """Return the delivery with one more try at its part."""
    begun = delivery.begun if delivery.doubtful else now
    repeats = delivery.resent + delivery.doubtful
    return replace(delivery, attempt=delivery.attempt + 1, resent=repeats, begun=begun)


def _platform(address: str) -> str:
    return address.partition(":")[0]


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def _delivery(key: str, flat: Sequence[object], token: str) -> Delivery:
    row = dict(zip(map(str, flat[::2]), map(str, flat[1::2]), strict=True))
    return Delivery(
        key=key,
        address=row["address"],
        content=row["content"],
        parts=int(row["parts"]),
        at=int(row.get("at", 0)),
        attempt=int(row.get("attempt", 0)),
        doubtful="state" in row,
        resent=int(row.get("resent", 0)),
        begun=float(row.get("begun", 0)),
        token=token,
        ids=tuple(row.get("ids", "").split()),
    )
