"""What a chat likes is known for a year, one vote a person and paper, and never grows without end."""

from __future__ import annotations

from bot.store.client import Store
from bot.store.taste import MOST_VOTES, Taste, Vote

CHAT, NOW = "telegram:-7", 1_795_000_000.0
ADA, BEA, PAPER = "telegram:1", "telegram:2", "2611.00001"
UP, DOWN = Vote(True, ("author ada", "word 折叠")), Vote(False, ("author ada", "word 折叠"))


async def test_the_same_persons_second_vote_replaces_the_first(store: Store) -> None:
    taste = Taste(store)
    assert await taste.votes(CHAT, NOW) == []
    await taste.vote(CHAT, ADA, PAPER, UP, NOW)
    await taste.vote(CHAT, ADA, PAPER, UP, NOW)
    assert await taste.votes(CHAT, NOW) == [UP]
    await taste.vote(CHAT, ADA, PAPER, DOWN, NOW)
    assert await taste.votes(CHAT, NOW) == [DOWN]
    await taste.vote(CHAT, BEA, PAPER, UP, NOW)
    await taste.vote(CHAT, ADA, "cs/0502999", UP, NOW)
    assert sorted(vote.liked for vote in await taste.votes(CHAT, NOW)) == [False, True, True]
    assert await taste.votes("telegram:-8", NOW) == []


async def test_votes_are_forgotten_after_a_year_or_so(store: Store) -> None:
    taste = Taste(store)
    await taste.vote(CHAT, ADA, PAPER, UP, NOW)
    later = NOW + 401 * 86_400
    await taste.vote(CHAT, BEA, PAPER, DOWN, later)
    assert await taste.votes(CHAT, later) == [DOWN]
    assert 399 * 86_400 < await store.ttl(f"pw:taste:{CHAT}") <= 400 * 86_400


async def test_of_many_votes_the_oldest_are_forgotten(store: Store) -> None:
    taste = Taste(store)
    for n in range(MOST_VOTES):
        await taste.vote(CHAT, ADA, f"2611.{n:05}", Vote(True, (f"word {n}",)), NOW + n)
    await taste.vote(CHAT, ADA, "2612.00001", DOWN, NOW + 1.5)  # by a clock that is behind
    votes = await taste.votes(CHAT, NOW)
    assert len(votes) == MOST_VOTES
    assert DOWN in votes
    assert Vote(True, ("word 0",)) not in votes
    assert Vote(True, ("word 1",)) in votes
