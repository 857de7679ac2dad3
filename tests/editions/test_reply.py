"""An edition as a chat shows it: counts, honesty about what is missing, provenance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.chat.reply import Bullets, Button, Buttons, Heading, Paragraph
from bot.chat.text import Link, plain, text
from bot.chat.wording import translator
from bot.editions.edition import Edition, Entry, Why
from bot.editions.reply import day_text, edition_reply, numbers, reason_text
from bot.language import ENGLISH, Language
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.platforms.console.render import render
from bot.topics import catalogue
from bot.topics.matching import Reason
from bot.topics.wanted import Wanted
from bot.writing.tasks.brief import Brief
from bot.writing.usage import Usage
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written

DAY = date(2026, 11, 18)
HOSTILE = "<b>*bold*</b> [x](javascript:alert(1)) & `code` \u202e"


def entry(number: int, writer: str | None = "m-1", *, shown: bool = True, **paper: object) -> Entry:
    told: dict[str, object] = {
        "title": f"Paper {number}",
        "authors": ("Ada",),
        "abstract": "It holds.",
    } | paper
    made = Paper(PaperId(f"2611.{number:05}", 1), categories=("cs.CL",), **told)  # type: ignore[arg-type]
    brief = Brief(gist=f"Gist {number}.", summary=f"Summary {number}.", takeaways=("One.", "Two."))
    written = Written(
        paper=made.id,
        task="brief",
        revision=1,
        language=ENGLISH,
        writer=writer or "",
        read="abstract",
        written_at=datetime(2026, 11, 18, tzinfo=UTC),
        content=brief,
        usage=Usage(),
    )
    return Entry(made, 0.9, Reason(("RAG",)), ("rag",), shown, written=written if writer else None)


def edition(*entries: Entry, wanted: str = "rag", language: Language = ENGLISH, **rest: object) -> Edition:
    given = Wanted.parse(wanted, catalogue.load())
    return Edition(given, DAY, language, 812, entries, **rest)  # type: ignore[arg-type]


def shown(made: Edition, *, rest: bool = False) -> str:
    return render(edition_reply(made, translator(made.language.tag), rest=rest, buttons=False))


def test_the_heading_counts_and_each_paper_has_its_gist_and_a_button() -> None:
    reply = edition_reply(
        edition(*(entry(n) for n in range(1, 8)), entry(9, None, shown=False)), translator("en")
    )
    heading, counts, bullets, made, buttons = reply.blocks
    assert isinstance(heading, Heading)
    name = catalogue.load().find("rag").name("en")
    assert plain(heading.text) == f"{name} · Wed 18 Nov 2026"
    assert counts == Paragraph(text("812 announced · 8 matched · 7 shown"), small=True)
    assert isinstance(bullets, Bullets)
    assert plain(bullets.items[0]) == "Paper 1\nGist 1."
    assert isinstance(made, Paragraph)
    assert plain(made.text) == "From abstracts, written by m-1. Check before citing."
    assert isinstance(buttons, Buttons)
    assert [len(row) for row in buttons.rows] == [4, 3, 1]
    assert buttons.rows[1][2] == Button("7", "/summarize 2611.00007")
    assert buttons.rows[2] == (Button("Settings", "/settings"),)


@pytest.mark.parametrize(
    ("count", "rows"),
    [(0, []), (1, [1]), (5, [5]), (6, [3, 3]), (7, [4, 3]), (8, [4, 4]), (10, [5, 5]), (11, [4, 4, 3]), (16, [4, 4, 4, 4])],
)  # fmt: skip
def test_rows_of_numbers_are_even_and_in_order(count: int, rows: list[int]) -> None:
    made = numbers([entry(n) for n in range(1, count + 1)])
    assert [len(row) for row in made] == rows
    assert [button.label for row in made for button in row] == [str(n) for n in range(1, count + 1)]


def test_a_button_leads_to_all_that_matched_where_that_is_kept() -> None:
    entries = [entry(1), entry(2, None, shown=False)]
    reply = edition_reply(edition(*entries), translator("en"), matches="#0123456789ab", rows=0)
    buttons = reply.blocks[-1]
    assert isinstance(buttons, Buttons)
    assert buttons.rows == ((Button("All 2", "/all #0123456789ab"), Button("Settings", "/settings")),)


def test_several_days_are_named_from_first_to_last() -> None:
    assert "Mon 16 Nov 2026 – Wed 18 Nov 2026" in shown(edition(entry(1), first=date(2026, 11, 16)))


def test_the_rest_follows_by_title() -> None:
    said = shown(edition(entry(1), entry(2, None, shown=False)), rest=True)
    assert "Also matched" in said
    assert "Paper 2" in said
    assert "Paper 2" not in shown(edition(entry(1), entry(2, None, shown=False)))


@pytest.mark.parametrize(
    ("writers", "said"),
    [
        (("m-1", EXTRACTIVE, EXTRACTIVE), "written by m-1. Check before citing. Extracted, not written: 2."),
        (("m-1", "m-2"), "written by m-1, m-2."),
        ((EXTRACTIVE, EXTRACTIVE), "Sentences extracted from the abstracts, not written."),
    ],
)
def test_provenance(writers: tuple[str, ...], said: str) -> None:
    assert said in shown(edition(*(entry(n, writer) for n, writer in enumerate(writers, 1))))


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("tag", ["en", "zh-Hans"])
def test_an_empty_edition_says_why(why: Why, tag: str) -> None:
    said = shown(edition(empty=why, language=Language(tag)))
    lines = [line for line in said.splitlines() if line.strip()]
    assert len(lines) == 3
    assert "812" in lines[1]
    assert "From abstracts" not in said


def test_what_is_not_complete_is_named() -> None:
    made = edition(entry(1), incomplete=(("cs.CL", "unreachable"), ("cs.IR", "truncated")), missing=3)
    said = shown(replace(made, late=True, reconstructed=True))
    for part in ("cs.CL (unreachable), cs.IR (truncated)", "3 announced papers", "Late:", "Reconstructed"):
        assert part in said


def test_a_withdrawn_paper_is_said_to_be() -> None:
    gone = entry(1, None, comment="This paper has been withdrawn by the author.")
    assert "This paper was withdrawn." in shown(edition(gone))


def test_the_venue_is_told() -> None:
    assert "(ACL 2026)" in shown(edition(replace(entry(1), venue="ACL 2026")))


def test_nothing_from_a_paper_is_markup() -> None:
    hostile = entry(1, title=HOSTILE)
    bullets = edition_reply(edition(hostile, wanted='"<i>"'), translator("en")).blocks[2]
    assert isinstance(bullets, Bullets)
    first = bullets.items[0][0]
    assert isinstance(first, Link)
    assert (first.text, first.url) == (HOSTILE, "https://arxiv.org/abs/2611.00001v1")


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", "Wed 18 Nov 2026"),
        ("zh-Hans", "2026年11月18日周三"),
        ("de", "Mi., 18. Nov. 2026"),
        ("tlh", "2026-11-18"),
    ],
)
def test_dates_are_written_as_the_language_does(tag: str, said: str) -> None:
    assert day_text(DAY, Language(tag)) == said


def test_reasons() -> None:
    t = translator("en")
    assert reason_text(Reason(("RAG", "retrieval")), t) == "“RAG”, “retrieval”"
    assert reason_text(Reason((), 0.51), t) == "close to the topic’s description, 0.51"
    assert reason_text(Reason(()), t) == ""
