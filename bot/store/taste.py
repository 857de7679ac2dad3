"""Which papers each chat likes and which it does not, by the marks that tell such papers from others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.client import Store

MOST_VOTES = 300  # of a chat; of more, the oldest are forgotten
_KEPT = 400 * 86_400  # seconds

# KEYS: the chat's votes. ARGV: whose vote on what, the vote, seconds that votes are kept, how many of them
_VOTE = """
local call = redis.call
call('HSET', KEYS[1], ARGV[1], ARGV[2])
call('EXPIRE', KEYS[1], ARGV[3])
local beyond = call('HLEN', KEYS[1]) - tonumber(ARGV[4])
if beyond <= 0 then return 0 end
local all, old = call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do old[#old + 1] = {tonumber(string.match(all[i + 1], '^%d+')), all[i]} end
table.sort(old, function(a, b) if a[1] == b[1] then return a[2] < b[2] end return a[1] < b[1] end)
local left = 0
for _, one in ipairs(old) do
  if left == beyond then break end
  if one[2] ~= ARGV[1] then
    call('HDEL', KEYS[1], one[2])
    left = left + 1
  end
end
return left
"""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said of one paper, and the marks of that paper."""

    liked: bool
    marks: tuple[str, ...]


class Taste:
    """Votes on papers, one for each person and paper, for each chat."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._vote = store.script(_VOTE)

    async def vote(self, chat: str, person: str, number: str, vote: Vote, now: float) -> None:
        """Note what `person` says of the paper; what they said of it before is forgotten."""
        said = json.dumps([1 if vote.liked else -1, *vote.marks], ensure_ascii=False, separators=(",", ":"))
        # The time comes first, where scripts can read it.
        await self._vote(
            keys=[_key(chat)], args=[f"{number} {person}", f"{int(now)} {said}", _KEPT, MOST_VOTES]
        )

    async def votes(self, chat: str, now: float) -> Sequence[Vote]:
        """Return what was said in the chat within the last year or so."""
        found = []
        for said in map(str, await self._store.execute_command("HVALS", _key(chat))):
            at, _, vote = said.partition(" ")
            if int(at) > now - _KEPT:
                value, *marks = json.loads(vote)
                found.append(Vote(value > 0, tuple(marks)))
        return found


def _key(chat: str) -> str:
    return f"pw:taste:{chat}"
