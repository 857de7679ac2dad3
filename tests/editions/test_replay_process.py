"""The bot's own process, at the dates of the replay, sends the editions of the replay's table and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.announcements.rig import moment
from tests.editions.replay_process import preload, table
from tests.editions.test_replay import TABLE, ZONES
from tests.fakes.corpus import data_folder

LAST = date(2025, 6, 16)  # behind a weekend; `make soak` goes on to the end

pytestmark = [
    pytest.mark.skipif(data_folder() is None, reason="the real metadata is not beside the project"),
    pytest.mark.skipif(preload() is None, reason="faketime is not installed"),
    pytest.mark.timeout(300),
]


def test_three_chats_get_their_editions_at_their_hours(tmp_path: Path) -> None:
    expected = {
        zone: {said: day for said, day in TABLE[chat].items() if instant(said, zone) <= moment(LAST, "08:30")}
        for chat, zone in ZONES.items()
    }
    assert [*map(len, expected.values())] == [1, 2, 1]
    assert table(LAST, tmp_path) == expected


def instant(said: str, zone: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
