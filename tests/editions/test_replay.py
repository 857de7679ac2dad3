"""Three chats live through real days of June 2025, among them two weekends and a holiday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.editions.filing import Filing
from bot.store.client import Store
from tests.announcements.rig import Arxiv, moment
from tests.editions.rig import Got, Newsroom, answers, newsroom
from tests.fakes.corpus import data_folder, real_corpus
from tests.writing.scripted import ScriptedModel

pytestmark = [
    pytest.mark.skipif(data_folder() is None, reason="the real metadata is not beside the project"),
    pytest.mark.timeout(400),
]

CATEGORIES = ("cs.AI", "cs.CL", "cs.IR")
SHANGHAI, NEW_YORK, KATHMANDU = "telegram:1", "telegram:2", "telegram:3"
ZONES = {SHANGHAI: "Asia/Shanghai", NEW_YORK: "America/New_York", KATHMANDU: "Asia/Kathmandu"}

# The batch of a day can be read from 00:10 in New York, which is 12:10 in Shanghai and 09:55 in Kathmandu: a
# morning there brings the batch of the day before, and one in New York that of the day. Nothing was announced on
# the weekends of the 14th and the 21st, nor on the 20th, the day after Juneteenth.
TABLE = {
    SHANGHAI: {
        "2025-06-14 09:00": "13",
        "2025-06-17 09:00": "16",
        "2025-06-18 09:00": "17",
        "2025-06-19 09:00": "18",
        "2025-06-20 09:00": "19",
        "2025-06-24 09:00": "23",
    },
    NEW_YORK: {
        "2025-06-13 08:30": "13",
        "2025-06-16 08:30": "16",
        "2025-06-17 08:30": "17",
        "2025-06-18 08:30": "18",
        "2025-06-19 08:30": "19",
        "2025-06-23 08:30": "23",
    },
    KATHMANDU: {
        "2025-06-14 07:45": "13",
        "2025-06-17 07:45": "16",
        "2025-06-18 07:45": "17",
        "2025-06-19 07:45": "18",
        "2025-06-20 07:45": "19",
        "2025-06-24 07:45": "23",
    },
}


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with Arxiv(real_corpus()) as fake:
        yield fake


async def test_each_chat_gets_its_editions(store: Store, arxiv: Arxiv) -> None:
    model = ScriptedModel(answers())
    begin, end = moment(date(2025, 6, 12), "16:00"), datetime(2025, 6, 24, 12, tzinfo=UTC)
    async with newsroom(store, arxiv, begin, model=model, filing=Filing, categories=CATEGORIES) as room:
        arxiv.day = date(2025, 6, 12)
        await room.tick()
        await room.follow("RAG at 09:00 in Asia/Shanghai zh top 5", SHANGHAI)
        await room.follow("agents at 08:30 in New York top 5", NEW_YORK)
        await room.follow('ti:"language model" at 07:45 in Kathmandu top 5', KATHMANDU)
        await live(room, begin, end)
        table: dict[str, dict[str, str]] = {chat: {} for chat in TABLE}
        for got in room.got:
            local = got.at.astimezone(ZoneInfo(ZONES[got.address]))
            table[got.address][f"{local:%Y-%m-%d %H:%M}"] = day_of(got)
            assert got.parts <= 2
            day = date(2025, 6, int(day_of(got)))
            announced = len(await room.world.announcements.papers(day))
            assert announced > 100
            assert f"{announced} announced" in got.text or f"公布 {announced}" in got.text
        assert table == TABLE
        assert len(room.got) == sum(map(len, TABLE.values()))
        shown = {chat: await shown_to(room, chat) for chat in TABLE}
        english = {*shown[NEW_YORK], *shown[KATHMANDU]}
        assert len(model.prompts) == len(english) + len(shown[SHANGHAI])
        assert len(english) > 40


async def live(room: Newsroom, begin: datetime, end: datetime) -> None:
    """Tick at every half hour, and in the minutes in which something is due."""
    steps = {begin + timedelta(minutes=30 * n) for n in range(1, 48 * 13)}
    steps |= {
        datetime(2025, 6, day, hour, minute, tzinfo=ZoneInfo(zone)) + timedelta(seconds=59.9)
        for day in range(12, 25)
        for zone, (hour, minute) in zip(ZONES.values(), ((9, 0), (8, 30), (7, 45)), strict=True)
    }
    steps |= {moment(date(2025, 6, day)) for day in range(13, 25)}
    for step in sorted(steps):
        if step < begin or step > end:
            continue
        room.at(step)
        there = (step - timedelta(minutes=10)).astimezone(ZoneInfo("America/New_York")).date()
        room.world.arxiv.day = min(there, date(2025, 6, 23))
        await room.tick()


def day_of(got: Got) -> str:
    """Return the day of the month that the edition says it is of."""
    heading = got.text.splitlines()[0]
    for day in range(13, 24):
        if f"{day} Jun 2025" in heading or f"6月{day}日" in heading:
            assert "–" not in heading
            return str(day)
    raise AssertionError(heading)


async def shown_to(room: Newsroom, chat: str) -> list[str]:
    return [str(n) for n in await room.store.execute_command("ZRANGE", f"pw:shown:{chat}", 0, -1)]
