"""Who owns the bot, and whom it serves."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

from bot.store.client import Store

_TRIES = 5  # codes that one person may try in a day; of 32^8, that is not guessing
_REMEMBERED = 5.0  # seconds that an answer is not asked for again; an /allow in another process takes as long
# Repeating it is safe: a claim whose answer was lost finds its person an owner already.
_CLAIM = """
if redis.call('SISMEMBER', 'pw:owners', ARGV[2]) == 1 then return 1 end
local code = redis.call('GET', 'pw:owner-code')
if not code then return 0 end
local tries = 'pw:owner-code:tries:' .. ARGV[2]
if redis.call('INCR', tries) > tonumber(ARGV[3]) then return 0 end
redis.call('EXPIRE', tries, 86400)
if code == ARGV[1] then
  redis.call('DEL', 'pw:owner-code')
  redis.call('SADD', 'pw:owners', ARGV[2])
  return 1
end
return 0
"""
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that reads like something else


class Access:
    """Owners and allowed chats. Keys are `platform:id`, of a person, a chat, or a server of many chats."""

    def __init__(
        self, store: Store, owners: Sequence[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`owners` are keys, or ids alone, which own on every platform."""
        self._store = store
        self._claim = store.script(_CLAIM)
        self._owners = frozenset(owners)
        self._clock = clock
        self._answers: dict[tuple[str, ...], tuple[bool, float]] = {}

    async def is_owner(self, person: str) -> bool:
        """Return whether this person owns the bot, by setting or by code."""
        if person in self._owners or person.partition(":")[2] in self._owners:
            return True
        return await self._member("pw:owners", (person,))

    async def owners(self) -> set[str]:
        """Return every owner as named: keys, and ids that own on every platform."""
        return {*self._owners, *map(str, await self._store.execute_command("SMEMBERS", "pw:owners"))}

    async def is_allowed(self, *keys: str) -> bool:
        """Return whether any of the keys was allowed."""
        return await self._member("pw:allowed", keys)

    async def allow(self, key: str) -> bool:
        """Serve the chat or person from now on; False if it was served already."""
        self._answers.clear()
        return bool(await self._store.execute_command("SADD", "pw:allowed", key))

    async def deny(self, key: str) -> bool:
        """Serve the chat or person no more; False if it was not served."""
        self._answers.clear()
        return bool(await self._store.execute_command("SREM", "pw:allowed", key))

    async def allowed(self) -> list[str]:
        """Return every key that was allowed."""
        return sorted(map(str, await self._store.execute_command("SMEMBERS", "pw:allowed")))

    async def code(self) -> str | None:
        """Return the one-time code for the first owner, the same for every copy; None if there is an owner."""
        if self._owners or await self._store.execute_command("SCARD", "pw:owners"):
            return None
        code = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        await self._store.set("pw:owner-code", code, nx=True)
        return await self._store.text("pw:owner-code")

    async def claim(self, code: str, person: str) -> bool:
        """Make `person` an owner if the code is the one that the start printed; it works once."""
        given = code.strip().upper().replace("-", "")
        claimed = bool(await self._claim(keys=[], args=[given, person, _TRIES]))
        self._answers.clear()
        return claimed

    async def _member(self, key: str, members: tuple[str, ...]) -> bool:
        asked = (key, *members)
        answer, until = self._answers.get(asked, (False, 0.0))
        if until > self._clock():
            return answer
        answer = any(await self._store.execute_command("SMISMEMBER", key, *members))
        if len(self._answers) > 10_000:
            self._answers.clear()
        self._answers[asked] = answer, self._clock() + _REMEMBERED
        return answer
