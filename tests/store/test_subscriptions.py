"""Subscriptions in a real Valkey: who gets what is due, and what is left after a claim that nobody settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.client import Store
from bot.store.subscriptions import LONGEST_LEASE, Claim, Subscriptions

NOW = 1_795_000_000.0
LEASE = 300.0
CHAT, OTHER = "telegram:-1001234567890", "discord:42"


@pytest.fixture
def subs(store: Store) -> Subscriptions:
    return Subscriptions(store)


async def kept(
    subs: Subscriptions, wanted: str = "RAG", due: float | None = NOW, chat: str = CHAT, place: str = ""
) -> str:
    added = await subs.add(chat, wanted, '{"n": 1}', due, limit=100, place=place)
    assert added is not None
    return added.id


def ids(claims: list[Claim]) -> list[str]:
    return [claim.subscription.id for claim in claims]


async def test_what_is_kept_is_found(subs: Subscriptions) -> None:
    added = await subs.add(CHAT, '检索 "a b"', "line\nline\n", NOW + 1.5, limit=1, place="7")
    assert added is not None
    assert added.new
    (found,) = await subs.of(CHAT)
    assert (found.id, found.chat, found.place, found.wanted) == (added.id, CHAT, "7", '检索 "a b"')
    assert (found.data, found.paused, found.due) == ("line\nline\n", None, NOW + 1.5)
    got = await subs.get(found.id)
    assert got is not None
    assert got.data == found.data
    assert await subs.of(OTHER) == []
    assert await subs.get("none") is None


async def test_the_same_is_changed_and_not_kept_twice(subs: Subscriptions) -> None:
    first = await subs.add(CHAT, "RAG", "old", NOW, limit=1)
    again = await subs.add(CHAT, " rag", "new", NOW + 60, limit=1)
    assert first is not None
    assert again is not None
    assert (again.id, again.new) == (first.id, False)
    assert [(one.data, one.due) for one in await subs.of(CHAT)] == [("new", NOW + 60)]
    assert await subs.claim(NOW, LEASE, 9) == []
    assert await subs.count() == 1


async def test_long_wishes_are_told_apart(subs: Subscriptions) -> None:
    long = "ti:" + "retrieval augmented generation " * 20
    assert await kept(subs, long) == await kept(subs, long.upper())
    assert await kept(subs, long) != await kept(subs, long + "x")
    assert await kept(subs, "rag", place="5") != await kept(subs, "5 rag")


async def test_a_chat_has_so_many_and_no_more_however_they_come(subs: Subscriptions) -> None:
    added = await asyncio.gather(*(subs.add(CHAT, f"topic {n}", "", NOW, limit=5) for n in range(20)))
    assert len([one for one in added if one]) == 5
    assert await subs.count(CHAT) == await subs.count() == 5
    assert await subs.add(OTHER, "RAG", "", NOW, limit=5)
    kept_one = (await subs.of(CHAT))[0]
    assert await subs.add(CHAT, kept_one.wanted, "changed", NOW, limit=5)  # a change is no addition


async def test_nothing_in_a_line_breaks_a_record(subs: Subscriptions) -> None:
    with pytest.raises(ValueError, match="a\nb"):
        await subs.add(CHAT, "a\nb", "", NOW, limit=5)


async def test_all_of_a_chat_takes_two_round_trips_at_most(
    store: Store, subs: Subscriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(50):
        await kept(subs, f"topic {n}")
    run: Callable[..., Awaitable[object]] = store.execute_command
    sent = []

    async def counted(*args: object, **options: object) -> object:
        sent.append(args)
        return await run(*args, **options)

    monkeypatch.setattr(store, "execute_command", counted)
    assert len(await subs.of(CHAT)) == 50
    assert len(sent) <= 2


async def test_due_ones_are_taken_in_their_order_and_by_one(subs: Subscriptions) -> None:
    late, early, never = (
        await kept(subs, "b", NOW),
        await kept(subs, "a", NOW - 60),
        await kept(subs, "c", None),
    )
    future = await kept(subs, "d", NOW + 1)
    claims = await subs.claim(NOW, LEASE, 9)
    assert ids(claims) == [early, late]
    assert [claim.subscription.due for claim in claims] == [NOW - 60, NOW]
    assert await subs.claim(NOW, LEASE, 9) == []
    assert ids(await subs.claim(NOW + 1, LEASE, 9)) == [future]
    assert never not in ids(await subs.claim(NOW + LEASE + 2, LEASE, 9))


async def test_many_claimers_share_without_overlap(store: Store, subs: Subscriptions) -> None:
    everything = [await kept(subs, f"topic {n}", NOW - n) for n in range(60)]
    claimers = [Subscriptions(store) for _ in range(8)]
    taken = await asyncio.gather(*(one.claim(NOW, LEASE, 7) for one in claimers for _ in range(3)))
    assert sorted(one for claims in taken for one in ids(claims)) == sorted(everything)


async def test_a_claimer_that_dies_loses_nothing(subs: Subscriptions) -> None:
    only = await kept(subs)
    (dead,) = await subs.claim(NOW, LEASE, 9)
    assert await subs.claim(NOW + LEASE - 1, LEASE, 9) == []
    (heir,) = await subs.claim(NOW + LEASE, LEASE, 9)
    assert (heir.subscription.id, heir.subscription.due) == (
        only,
        NOW,
    )  # due when it was, not when it was lost
    assert not await subs.settle(dead, NOW + 86_400, data="the dead one's")
    assert not await subs.renew(dead, NOW + LEASE, LEASE)
    assert await subs.settle(heir, NOW + 86_400, data="the heir's")
    (found,) = await subs.of(CHAT)
    assert (found.data, found.due) == ("the heir's", NOW + 86_400)
    assert await subs.claim(NOW + 3 * LEASE, LEASE, 9) == []
    assert ids(await subs.claim(NOW + 86_400, LEASE, 9)) == [only]


async def test_a_claim_is_renewed_while_it_is_ours(subs: Subscriptions) -> None:
    await kept(subs)
    (claim,) = await subs.claim(NOW, LEASE, 9)
    assert await subs.renew(claim, NOW + 200, LEASE)
    assert await subs.claim(NOW + LEASE + 1, LEASE, 9) == []
    assert len(await subs.claim(NOW + 200 + LEASE, LEASE, 9)) == 1


async def test_a_plan_is_written_with_the_next_run_or_not_at_all(store: Store, subs: Subscriptions) -> None:
    await kept(subs)
    (lost,) = await subs.claim(NOW, LEASE, 9)
    (ours,) = await subs.claim(NOW + LEASE, LEASE, 9)
    assert not await subs.settle(lost, NOW, also=[("SET", "plan", "lost")])
    assert await store.text("plan") is None
    assert await subs.settle(ours, NOW + 1e5, also=[("SET", "plan", "ours"), ("HSET", "row", "a", 1, "b", 2)])
    assert await store.text("plan") == "ours"
    assert await store.execute_command("HLEN", "row") == 2


async def test_settling_is_repeated_safely(store: Store, subs: Subscriptions) -> None:
    await kept(subs)
    (claim,) = await subs.claim(NOW, LEASE, 9)
    assert await subs.settle(claim, NOW + 1e5, also=[("INCR", "times")])
    assert await subs.settle(claim, NOW + 2e5, also=[("INCR", "times")])
    assert await store.text("times") == "1"
    assert (await subs.of(CHAT))[0].due == NOW + 1e5


async def test_a_claim_whose_answer_was_lost_is_claimed_again_by_the_same_call(
    store: Store, subs: Subscriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = await kept(subs)
    run: Callable[..., Awaitable[object]] = store.execute_command

    async def twice(*args: object, **options: object) -> object:
        await run(*args, **options)
        return await run(*args, **options)

    monkeypatch.setattr(store, "execute_command", twice)
    assert ids(await subs.claim(NOW, LEASE, 9)) == [only]
    added = await subs.add(CHAT, "another", "", NOW, limit=9)
    assert added is not None
    assert added.new


@pytest.mark.parametrize("change", ["update", "remove", "remove all", "pause"])
async def test_who_changes_it_meanwhile_ends_the_claim(subs: Subscriptions, change: str) -> None:
    only = await kept(subs)
    (claim,) = await subs.claim(NOW, LEASE, 9)
    match change:
        case "update":
            await subs.add(CHAT, "RAG", "new", NOW + 50, limit=9)
        case "remove":
            assert await subs.remove(only)
        case "remove all":
            assert await subs.remove_all(CHAT) == 1
        case _:
            assert await subs.pause(only, "blocked")
    assert not await subs.renew(claim, NOW, LEASE)
    assert not await subs.settle(claim, NOW + 86_400, data="old")
    assert [one.data for one in await subs.of(CHAT)] in ([], ["new"], ['{"n": 1}'])
    assert ids(await subs.claim(NOW + 1e6, LEASE, 9)) == ([only] if change == "update" else [])


async def test_what_is_changed_keeps_its_place(subs: Subscriptions) -> None:
    """Due stays due, waiting waits, paused stays paused; only what is scheduled anew and is not due moves."""
    due, later = await kept(subs, "a", NOW), await kept(subs, "b", NOW + 100)
    waiting, paused = await kept(subs, "c", None), await kept(subs, "d", NOW)
    await subs.pause(paused, "x")
    for rescheduled, expected in ((False, NOW + 100), (True, NOW + 500)):
        for one in await subs.of(CHAT):
            new = f"{one.data}!"
            assert await subs.change(one, new, NOW, rescheduled=rescheduled, next_run=NOW + 500)
            assert not await subs.change(one, "late", NOW)  # it is not any more what was read
        found = {one.id: one for one in await subs.of(CHAT)}
        assert {one.data for one in found.values()} == {'{"n": 1}' + "!" * (1 + rescheduled)}
        assert (found[due].due, found[later].due) == (NOW, expected)
        assert (found[waiting].due, found[paused].paused) == (NOW + 500 if rescheduled else None, "x")
    gone = found[later]
    await subs.remove(gone.id)
    assert not await subs.change(gone, "new", NOW)
    assert await subs.get(gone.id) is None


async def test_a_release_is_not_missed_by_what_is_changed(subs: Subscriptions) -> None:
    only = await kept(subs, "a", None)
    await subs.release(NOW)
    (one,) = await subs.of(CHAT)
    assert await subs.change(one, "new", NOW, rescheduled=True, next_run=NOW + 500)
    (claim,) = await subs.claim(NOW, LEASE, 9)
    assert (claim.subscription.id, claim.subscription.data) == (only, "new")


@pytest.mark.parametrize("released", [False, True])
async def test_a_change_ends_the_claim_and_makes_it_due_as_it_was(
    store: Store, subs: Subscriptions, released: bool
) -> None:
    only = await kept(subs, "a", None if released else NOW - 5)
    if released:
        await subs.release(NOW - 5)
    (claim,) = await subs.claim(NOW, LEASE, 9)
    (one,) = await subs.of(CHAT)
    assert await subs.change(one, "new", NOW, rescheduled=True, next_run=NOW + 500)
    assert not await subs.settle(claim, NOW + 1e5, data="old", also=[("SET", "plan", "old")])
    assert await store.text("plan") is None
    (again,) = await subs.claim(NOW, LEASE, 9)
    assert (again.subscription.id, again.subscription.data, again.subscription.due) == (only, "new", NOW - 5)
    assert await subs.settle(again, None)
    assert await subs.claim(NOW + LEASE, LEASE, 9) == []


async def test_paused_ones_wait(subs: Subscriptions) -> None:
    only = await kept(subs)
    assert await subs.pause(only, "blocked\nby the chat")
    assert await subs.claim(NOW + 1e6, LEASE, 9) == []
    (found,) = await subs.of(CHAT)
    assert (found.paused, found.due, await subs.count()) == ("blocked by the chat", None, 1)
    assert await subs.resume(only, NOW + 9)
    assert await subs.resume(only, NOW + 99)  # it runs: nothing changes
    (found,) = await subs.of(CHAT)
    assert (found.paused, found.due, found.data) == (None, NOW + 9, '{"n": 1}')
    assert not await subs.pause("none", "x")
    assert not await subs.resume("none", NOW)


async def test_asking_again_resumes(subs: Subscriptions) -> None:
    await subs.pause(await kept(subs), "blocked")
    only = await kept(subs)
    assert ids(await subs.claim(NOW, LEASE, 9)) == [only]


async def test_only_its_own_chat_removes_it(subs: Subscriptions) -> None:
    only = await kept(subs)
    assert not await subs.remove(only, chat=OTHER)
    assert await subs.remove(only, chat=CHAT)
    assert not await subs.remove(only, chat=CHAT)


async def test_nothing_stays_behind(store: Store, subs: Subscriptions) -> None:
    only = await kept(subs, place="3")
    await kept(subs, "LLM", None)
    await kept(subs, "paused")
    await subs.pause(only, "x")
    (claim,) = await subs.claim(NOW, LEASE, 9)
    await subs.settle(claim, NOW)
    await subs.claim(NOW, LEASE, 9)
    assert await subs.remove(only)
    assert await subs.remove_all(CHAT) == 2
    left = sorted([str(key) async for key in store.scan_iter("pw:*")])
    assert [key for key in left if not key.startswith(("pw:claim:", "pw:settled:"))] == []
    assert all([0 < await store.ttl(key) <= 120 for key in left])


async def test_a_clock_that_was_put_back_frees_what_it_claimed(subs: Subscriptions) -> None:
    only = await kept(subs)
    await subs.claim(NOW + 1e8, LEASE, 9)  # years ahead
    assert ids(await subs.claim(NOW, LEASE, 9)) == [only]
    assert await subs.claim(NOW, LEASE, 9) == []


@pytest.mark.parametrize("lease", [0, -1, LONGEST_LEASE + 1])
async def test_no_claim_is_longer_than_any_may_be(subs: Subscriptions, lease: float) -> None:
    with pytest.raises(ValueError, match=str(lease)):
        await subs.claim(NOW, lease, 9)


async def test_a_release_makes_due_what_no_clock_does(subs: Subscriptions) -> None:
    waiting, timed = await kept(subs, "a", None), await kept(subs, "b", NOW + 1e6)
    assert await subs.claim(NOW, LEASE, 9) == []
    await subs.release(NOW)
    (claim,) = await subs.claim(NOW + 5, LEASE, 9)
    assert (claim.subscription.id, claim.subscription.due) == (waiting, NOW)
    assert await subs.settle(claim, None)
    assert await subs.claim(NOW + 1000, LEASE, 9) == []
    later = await kept(subs, "c", None)
    assert await subs.claim(NOW + 1000, LEASE, 9) == []  # it has come after the release
    await subs.release(NOW + 2000)
    assert sorted(ids(await subs.claim(NOW + 2000, LEASE, 9))) == sorted([waiting, later])
    assert timed not in ids(await subs.claim(NOW + 2000, LEASE, 9))


async def test_a_release_while_one_is_at_work_is_not_missed(subs: Subscriptions) -> None:
    only = await kept(subs, "a", None)
    await subs.release(NOW)
    (claim,) = await subs.claim(NOW, LEASE, 9)
    await subs.release(NOW + 10)
    assert await subs.claim(NOW + 20, LEASE, 9) == []
    assert await subs.settle(claim, None)
    (again,) = await subs.claim(NOW + 20, LEASE, 9)
    assert (again.subscription.id, again.subscription.due) == (only, NOW + 10)
    assert await subs.settle(again, None)
    assert await subs.claim(NOW + 30, LEASE, 9) == []


async def test_a_chat_that_moves_takes_everything_along(subs: Subscriptions) -> None:
    both_old, both_new = await kept(subs, "RAG"), await kept(subs, "rag", NOW + 9, OTHER)
    due, waiting, paused = (
        await kept(subs, "a", place="7"), await kept(subs, "b", None), await kept(subs, "c")
    )  # fmt: skip
    await subs.pause(paused, "gone")
    (first, *_) = await subs.claim(NOW, LEASE, 1)
    assert await subs.move(CHAT, OTHER) == 3
    assert await subs.move(CHAT, OTHER) == 0
    assert await subs.move(OTHER, OTHER) == 0
    assert await subs.of(CHAT) == []
    found = {one.id: one for one in await subs.of(OTHER)}
    assert found.keys() == {both_new, due, waiting, paused}
    assert {one.chat for one in found.values()} == {OTHER}
    assert (found[due].place, found[due].data, found[paused].paused) == ("7", '{"n": 1}', "gone")
    assert await subs.count() == 4
    if first.subscription.id == due:
        assert await subs.settle(first, NOW + 1e5)
    else:
        assert first.subscription.id == both_old
        assert not await subs.settle(first, NOW + 1e5)
    assert await subs.remove_all(OTHER) == 4
    assert await subs.count() == 0


STEP = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 3), st.integers(0, 3) | st.none()),
    st.tuples(st.just("claim"), st.integers(1, 3), st.just(0)),
    st.tuples(st.just("settle"), st.integers(0, 5), st.integers(0, 3) | st.none()),
    st.tuples(st.just("remove"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("pause"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("resume"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("change"), st.integers(0, 3), st.integers(0, 3) | st.none()),
    st.tuples(st.just("move"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("release"), st.just(0), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 4), st.just(0)),
)


@given(steps=st.lists(STEP, max_size=25))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
async def test_each_is_in_one_place_whatever_happens(
    store: Store, steps: list[tuple[str, int, int | None]]
) -> None:
    """Whatever happens in whatever order: nobody holds what another does, and nothing is lost or left over."""
    await store.execute_command("FLUSHALL")
    subs, now = Subscriptions(store), NOW
    claims: list[Claim] = []
    chats = [CHAT, OTHER]
    for step, number, due in steps:
        run = None if due is None else now + due * 100
        everything = [one for chat in chats for one in await subs.of(chat)]
        chosen = everything[number % len(everything)].id if everything else "none"
        match step:
            case "add":
                await subs.add(chats[number % 2], f"topic {number // 2}", "", run, limit=9)
            case "claim":
                claims += await subs.claim(now, 150, number)
            case "settle" if claims:
                await subs.settle(claims.pop(number % len(claims)), run)
            case "remove":
                await subs.remove(chosen)
            case "pause":
                await subs.pause(chosen, "x")
            case "resume":
                await subs.resume(chosen, run)
            case "change" if everything:
                one = everything[number % len(everything)]
                await subs.change(one, f"{one.data}x", now, rescheduled=bool(number % 2), next_run=run)
            case "move":
                await subs.move(chats[number], chats[1 - number])
            case "release":
                await subs.release(now)
            case _:
                now += number * 100
        known = {one.id for chat in chats for one in await subs.of(chat)}
        places = [
            *await store.execute_command("ZRANGE", "pw:due", 0, -1),
            *await store.execute_command("ZRANGE", "pw:waiting", 0, -1),
            *await store.execute_command("ZRANGE", "pw:claimed", 0, -1),
            *await store.execute_command("SMEMBERS", "pw:paused"),
        ]
        assert sorted(places) == sorted(known)
        claimed = await store.execute_command("ZRANGE", "pw:claimed", 0, -1)
        assert sorted(claimed) == sorted(await store.execute_command("HKEYS", "pw:claims"))
        records = [str(key)[7:] async for key in store.scan_iter("pw:sub:*")]
        assert sorted(records) == sorted(known)
