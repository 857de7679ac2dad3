"""Liking reorders what is near the top, a little, and does nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.editions.edition import Entry
from bot.editions.taste import MOST, REACH, marks, reordered
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.taste import Vote
from bot.topics.matching import Reason

NAMES = ("Ada One", "Bea Two", "Żółć Three")
WORDS = ("Folding", "keys", "agents", "retrieval", "graphs", "learning")


def paper(n: int, title: str, *authors: str, withdrawn: bool = False) -> Paper:
    comment = "This paper has been withdrawn by the authors" if withdrawn else None
    return Paper(PaperId(f"2611.{n:05}"), title, authors, "", ("cs.CL",), comment=comment)


def entry(of: Paper, score: float) -> Entry:
    return Entry(of, score, Reason(()), (), shown=False)


def numbers(entries: Sequence[Entry]) -> list[int]:
    return [int(one.paper.id.number[-5:]) for one in entries]


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    title = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=4)))
    authors = draw(st.lists(st.sampled_from(NAMES), max_size=2))
    return paper(1, title, *authors, withdrawn=draw(st.integers(0, 9)) == 0)


scored = st.lists(st.tuples(papers(), st.floats(-1, 1.5)), max_size=30).map(
    lambda found: [
        entry(paper(n, p.title, *p.authors, withdrawn=p.withdrawn), s) for n, (p, s) in enumerate(found)
    ]
)
votes = st.lists(st.builds(lambda liked, p: Vote(liked, marks(p)), st.booleans(), papers()), max_size=40)
tops = st.integers(1, 12)


@given(scored, votes, tops)
def test_the_entries_are_the_same_and_those_further_down_stay(
    entries: list[Entry], said: list[Vote], top: int
) -> None:
    before = list(entries)
    after = reordered(entries, said, top)
    assert entries == before  # shared between chats
    assert sorted(numbers(after)) == sorted(numbers(entries))
    assert all(one is entries[n] for one, n in zip(after, numbers(after), strict=True))
    assert after[REACH * top :] == entries[REACH * top :]
    for place, one in enumerate(entries):
        assert not one.paper.withdrawn or after[place] is one


@given(scored, tops)
def test_without_votes_nothing_moves(entries: list[Entry], top: int) -> None:
    assert reordered(entries, [], top) == entries


@given(scored, papers(), tops)
def test_votes_that_cancel_out_move_nothing(entries: list[Entry], liked: Paper, top: int) -> None:
    assert reordered(entries, [Vote(up, marks(liked)) for up in (True, False)], top) == entries


@given(scored, votes, tops)
def test_none_passes_what_is_much_better(entries: list[Entry], said: list[Vote], top: int) -> None:
    ordered = sorted(entries, key=lambda one: (one.paper.withdrawn, -one.score))
    after = reordered(ordered, said, top)
    place = {n: position for position, n in enumerate(numbers(after))}
    for position, better in enumerate(ordered):
        for worse in ordered[position + 1 :]:
            if place[numbers([worse])[0]] < place[numbers([better])[0]]:
                assert max(0, worse.score) * (1 + MOST) >= better.score * (1 - MOST) - 1e-9


def test_what_is_liked_moves_up_and_what_is_not_moves_down() -> None:
    entries = [
        entry(paper(0, "Retrieval graphs", "Ada One"), 0.80),
        entry(paper(1, "Retrieval agents", "Bea Two"), 0.795),
        entry(paper(2, "Retrieval keys", "Cid Three"), 0.79),
    ]
    up = Vote(True, marks(paper(9, "Something else entirely", "CID  THREE")))
    assert numbers(reordered(entries, [up], 2)) == [2, 0, 1]
    assert numbers(reordered(entries, [up], 1)) == [0, 1, 2]  # the third is out of reach
    down = Vote(False, marks(paper(9, "Graph of everything")))
    assert numbers(reordered(entries, [down], 2)) == [1, 2, 0]
    same = Vote(True, marks(paper(9, "Retrieval")))
    assert numbers(reordered(entries, [same] * 50, 2)) == [0, 1, 2]  # what all have tells none from another


def test_no_number_of_votes_bridges_a_real_difference() -> None:
    entries = [entry(paper(0, "Graphs", "Ada One"), 0.9), entry(paper(1, "Agents", "Bea Two"), 0.7)]
    assert numbers(reordered(entries, [Vote(True, marks(entries[1].paper))] * 99, 5)) == [0, 1]


def test_near_duplicates_that_nobody_voted_on_stay_behind_the_best_of_them() -> None:
    entries = [
        entry(paper(0, "Graphs", "Ada One"), 0.9),
        entry(paper(1, "Graphs", "Ada One"), 0.2),
        entry(paper(2, "Agents", "Bea Two"), 0.8),
        entry(paper(3, "Keys", "Cid Three"), 0.79),
    ]
    assert numbers(reordered(entries, [Vote(True, marks(entries[3].paper))], 5)) == [0, 3, 1, 2]


def test_marks_are_authors_and_the_telling_words_of_the_title() -> None:
    found = marks(paper(1, "Towards Learning of RAG Agents, using 2 折叠 Keys", "Łukasz  Żółć", "Bea Two"))
    assert found == ("author lukasz zolc", "author bea two", "word rag", "word agent", "word key")
    many = marks(
        paper(1, " ".join(f"word{chr(97 + n)}{chr(97 + n)}" for n in range(20)), *map(str, range(3000)))
    )
    assert len(many) <= 21
    assert "author 2999" in many
