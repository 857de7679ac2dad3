"""The record of announcements: every batch by category and day, and how far each category is complete.

`pw:batch:<category>:<day>` holds a batch, for as long as texts are kept by default, because pages of old
editions count what was announced. `pw:batch:days` has the days, and `pw:batch:watermarks` by category the day
up to which every announcement is settled. `pw:batch:order` numbers the batches in the order in which they became
known as a whole, so that "all since the last time" means the same to everybody. What a category announced before
is read off its batches: a memory of its own would be a second truth, of ten times the size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.announcements.batch import Batch, announced_numbers
from bot.papers.ids import PaperId
from bot.store.client import Store

_KEPT = 400  # days
_NEWEST = 50  # batches, among which one of the newest day is
_DECODED = (
    128  # batches that were parsed of late: their texts are read each time, and parsed when they changed
)
_DAYS, _WATERMARKS, _ORDER = "pw:batch:days", "pw:batch:watermarks", "pw:batch:order"

# All or nothing: a gap that was caught up with half-way would be taken for done or be done again.
_SAVE = """
local days, marks, order = KEYS[1], KEYS[2], KEYS[3]
local function items(text) return text and string.match(text, '"items":(.-),"read_at"') or '{}' end
local kept, category, mark, oldest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
for i = 4, #KEYS do
  local text = ARGV[2 * i - 3]
  local known = redis.call('ZSCORE', order, KEYS[i]) and items(redis.call('GET', KEYS[i])) or '{}'
  redis.call('SET', KEYS[i], text, 'EX', kept)
  redis.call('ZADD', days, ARGV[2 * i - 2], string.sub(KEYS[i], -10))
  -- What is cut short has no number yet: with one, those who were given its beginning would miss its end.
  if string.find(text, '"state":"read"', 1, true) and items(text) ~= known then
    local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')[2] or 0
    redis.call('ZADD', order, last + 1, KEYS[i])
  end
end
redis.call('ZREMRANGEBYRANK', order, 0, -20001)
redis.call('ZREMRANGEBYSCORE', days, '-inf', '(' .. oldest)
if category ~= '' then redis.call('HSET', marks, category, mark) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a category announced: the day by a paper's number, and the first day that was settled."""

    days: Mapping[str, date]
    since: date | None


class Announcements:
    """What was announced, by day and category."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._save = store.script(_SAVE)
        self._batch_from = lru_cache(_DECODED)(Batch.from_json)

    async def batch(self, category: str, day: date) -> Batch | None:
        """Return a batch, None if nobody has looked for it. Raises `StoreUnavailable`, as do all here."""
        text = await self._store.text(_key(category, day))
        return Batch.from_json(text) if text else None

    async def batches(self, categories: Collection[str], days: Collection[date]) -> list[Batch]:
        """Return the batches on record, by day and category."""
        keys = [_key(category, day) for day in sorted(days) for category in sorted(categories)]
        texts = await self._store.texts(keys) if keys else ()
        return [Batch.from_json(text) for text in texts if text]

    async def day(self, day: date) -> list[Batch]:
        """Return the batches of a day, by category; those that could not be had are among them."""
        return await self.batches(await self.watermarks(), [day])

    async def days(self, most: int) -> list[date]:
        """Return the days of which there is a batch, in whatever state, newest first."""
        found = await self._store.execute_command("ZREVRANGE", _DAYS, 0, most - 1)
        return [date.fromisoformat(str(day)) for day in found]

    async def papers(self, day: date, categories: Iterable[str] | None = None) -> list[PaperId]:
        """Return the papers that these categories, or all, announced on `day`, each once, by number."""
        wanted = list(categories) if categories is not None else list(await self.watermarks())
        found: dict[str, PaperId] = {}
        for batch in await self.batches(wanted, [day]):
            for item in batch.announced:
                found[item.id.number] = max(item.id, found.get(item.id.number, item.id))
        return [found[number] for number in sorted(found)]

    async def numbered(self, most: int) -> list[tuple[int, Batch]]:
        """Return the batches of the last days, `most` at most, with their place in the order in which they became known.

        That is 0 for those without items, or of which only a part is known.
        """
        days = sorted(await self.days(most))
        keys = [_key(category, day) for day in days for category in sorted(await self.watermarks())]
        if not keys:
            return []
        # First the numbers: whatever has one by then is read with all its items.
        numbers = await self._store.execute_command("ZMSCORE", _ORDER, *keys)
        texts = await self._store.texts(keys)
        return [
            (int(float(number or 0)), self._batch_from(text))
            for number, text in zip(numbers, texts, strict=True)
            if text
        ]

    async def heard(self) -> tuple[int, date | None]:
        """Return the last number that `numbered` gives, 0 before there is one, and the newest day of the last ones."""
        found = await self._store.execute_command("ZREVRANGE", _ORDER, 0, _NEWEST - 1, "WITHSCORES")
        flat = [value for pair in found for value in (pair if isinstance(pair, list | tuple) else [pair])]
        if not flat:
            return 0, None
        return int(float(flat[1])), max(date.fromisoformat(str(key)[-10:]) for key in flat[::2])

    async def watermarks(self) -> dict[str, date]:
        """Return by category, for all that were ever watched, the day up to which all is settled."""
        found = await self._store.execute_command("HGETALL", _WATERMARKS)
        return {str(category): date.fromisoformat(str(day)) for category, day in found.items()}

    async def memory(self, category: str, first: date, last: date) -> Memory:
        """Return what the category announced from `first` to `last`, both included."""
        span = (first.toordinal(), last.toordinal())
        found = await self._store.execute_command("ZRANGEBYSCORE", _DAYS, *span)
        days = [date.fromisoformat(str(day)) for day in found]
        texts = await self._store.texts([_key(category, day) for day in days]) if days else ()
        announced: dict[str, date] = {}
        since = None
        for day, text in zip(days, texts, strict=True):
            if not text:
                continue
            numbers = list(announced_numbers(text))
            since = since or (day if numbers else None)
            for number in numbers:
                announced.setdefault(number, day)
        return Memory(announced, since)

    async def save(self, *batches: Batch, watermark: tuple[str, date] | None = None) -> None:
        """Put batches on record, and the watermark of a category, all at once or not at all."""
        category, mark = (watermark[0], watermark[1].isoformat()) if watermark else ("", "")
        newest = max((batch.day for batch in batches), default=date.min)
        oldest = max(newest.toordinal() - _KEPT, 0)
        values = [value for batch in batches for value in (batch.to_json(), batch.day.toordinal())]
        await self._save(
            keys=[_DAYS, _WATERMARKS, _ORDER, *(_key(batch.category, batch.day) for batch in batches)],
            args=[_KEPT * 86_400, category, mark, oldest, *values],
        )


def _key(category: str, day: date) -> str:
    return f"pw:batch:{category}:{day.isoformat()}"
