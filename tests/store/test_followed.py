"""Categories are read for as long as somebody needs them."""

from __future__ import annotations

from bot.store.client import Store
from bot.store.followed import Followed

NOW, DAY = 1_795_000_000.0, 86_400.0


async def test_a_category_is_read_until_some_weeks_after_it_is_needed(store: Store) -> None:
    followed = Followed(store)
    assert followed.note((), NOW) == []
    await followed.add(("cs.CL", "math.CO"), NOW)
    await followed.add(("math.CO",), NOW + 90 * DAY)  # by somebody whose next edition is far off
    await followed.add(("math.CO",), NOW)
    assert await followed.current(NOW + 39 * DAY) == {"cs.CL", "math.CO"}
    assert await followed.current(NOW + 120 * DAY) == {"math.CO"}
    assert await followed.current(NOW + 131 * DAY) == set()
