"""A chat that has a new id keeps everything."""

from __future__ import annotations

from bot.language import Language
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.ended import Ended
from bot.store.remembered import ChatMemory
from bot.store.shown import Shown
from bot.store.taste import Taste, Vote

OLD, NEW, NOW = "telegram:-5", "telegram:-1005", 1_795_000_000.0


async def show(store: Store, chat: str, *numbers: str) -> None:
    for command in Shown(store).add(chat, numbers, NOW):
        await store.execute_command(*command)


async def test_everything_moves_and_nothing_is_lost_that_was_there(store: Store) -> None:
    languages, shown = ChatLanguages(store), Shown(store)
    await languages.set(OLD, Language("de"))
    await show(store, OLD, "2611.00001", "2611.00002")
    await show(store, NEW, "2611.00003")
    await shown.mute(OLD, "one")
    await shown.mute(NEW, "two")
    await store.execute_command("SADD", "pw:allowed", OLD)
    for _ in range(2):
        await ChatMemory(store).move(OLD, NEW)
        assert await languages.get(NEW) == Language("de")
        every = ["2611.00001", "2611.00002", "2611.00003"]
        assert await shown.among(NEW, every) == set(every)
        assert await store.ttl(f"pw:shown:{NEW}") > 300 * 86_400
        assert await shown.muted(NEW) == {"one", "two"}
        assert await store.execute_command("SMEMBERS", "pw:allowed") == {NEW}
    assert [key for key in map(str, await store.keys("pw:*")) if key.endswith(OLD)] == []


async def test_votes_move_and_the_later_one_stays(store: Store) -> None:
    taste = Taste(store)
    early, late, alone = Vote(True, ("word early",)), Vote(False, ("word late",)), Vote(True, ("word alone",))
    await taste.vote(OLD, "telegram:1", "2611.00001", late, NOW + 1)
    await taste.vote(NEW, "telegram:1", "2611.00001", early, NOW)
    await taste.vote(OLD, "telegram:2", "2611.00001", early, NOW)
    await taste.vote(NEW, "telegram:2", "2611.00001", late, NOW + 1)
    await taste.vote(OLD, "telegram:1", "2611.00002", alone, NOW)
    for _ in range(2):
        await ChatMemory(store).move(OLD, NEW)
        assert set(await taste.votes(NEW, NOW + 2)) == {late, alone}
        assert len(await taste.votes(NEW, NOW + 2)) == 3
        assert await taste.votes(OLD, NOW + 2) == []
        assert await store.ttl(f"pw:taste:{NEW}") > 300 * 86_400


async def test_the_new_ones_own_language_stays(store: Store) -> None:
    languages = ChatLanguages(store)
    await languages.set(OLD, Language("de"))
    await languages.set(NEW, Language("fr"))
    await ChatMemory(store).move(OLD, NEW)
    assert await languages.get(NEW) == Language("fr")
    assert await languages.get(OLD) is None


async def test_moving_to_where_it_is_loses_nothing(store: Store) -> None:
    await ChatLanguages(store).set(OLD, Language("de"))
    await ChatMemory(store).move(OLD, OLD)
    assert await ChatLanguages(store).get(OLD) == Language("de")


async def test_what_was_ended_is_remembered_for_a_while(store: Store) -> None:
    ended = Ended(store)
    await ended.keep(OLD, "4", "Ti:A  b", "data")
    assert await ended.find(OLD, "4", "ti:a b") == "data"
    assert await ended.find(OLD, "", "ti:a b") is None
    assert 0 < await store.ttl((await store.keys("pw:ended:*"))[0]) <= 7 * 86_400
