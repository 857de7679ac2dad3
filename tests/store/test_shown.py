"""What a chat was shown, and what it does not want to see."""

from __future__ import annotations

from bot.store.client import Store
from bot.store.shown import MOST_MUTED, Shown

CHAT, NOW = "telegram:7", 1_795_000_000.0


async def add(store: Store, numbers: list[str], now: float) -> None:
    for command in Shown(store).add(CHAT, numbers, now):
        await store.execute_command(*command)


async def test_what_was_shown_is_known_for_a_year(store: Store) -> None:
    shown = Shown(store)
    assert await shown.among(CHAT, []) == set()
    assert shown.add(CHAT, [], NOW) == []
    await add(store, ["2611.00001", "cs/0502999"], NOW)
    assert await shown.among(CHAT, ["cs/0502999", "2611.00002"]) == {"cs/0502999"}
    assert await shown.among("telegram:8", ["cs/0502999"]) == set()
    await add(store, ["2611.00003"], NOW + 401 * 86_400)
    assert await shown.among(CHAT, ["cs/0502999", "2611.00003"]) == {"2611.00003"}


async def test_words_are_muted_whatever_their_case(store: Store) -> None:
    shown = Shown(store)
    assert await shown.mute(CHAT, "Ada  Lovelace")
    assert await shown.muted(CHAT) == {"ada lovelace"}
    assert await shown.unmute(CHAT, " ADA lovelace")
    assert not await shown.unmute(CHAT, "Ada Lovelace")
    assert [await shown.mute(CHAT, f"w{n}") for n in range(MOST_MUTED + 1)] == [True] * MOST_MUTED + [False]
