"""What every reply about a paper says of the paper, and of how the reply was made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.chat.reply import Block, Card, Paragraph
from bot.chat.text import Bold, Italic, Link, Span, Text, text
from bot.chat.wording import Translator, explain
from bot.errors import CeilingReached
from bot.language import ENGLISH, Language
from bot.papers.elsewhere import doi_of
from bot.papers.paper import Paper
from bot.writing.library import Known
from bot.writing.marks import MARK
from bot.writing.notes import NOTES
from bot.writing.tasks.brief import Brief
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written

PAGES = re.compile(r"(\d+) of (\d+) pages")
_NAMED = 3  # authors; of more, the first two are named and the rest counted


def card(
    paper: Paper, t: Translator, written: Written[Brief] | None = None, language: Language = ENGLISH
) -> Card:
    """Return the head of a reply: title, authors, categories, date, venue, links.

    Of two titles, the one in what was written comes first where `language`, that of the chat, is not English.
    """
    title = paper.title
    lines: list[Text] = []
    if written and written.content.title:
        if language.is_english:
            lines.append(text(Bold(written.content.title)))
        else:
            title = written.content.title
            lines.append(text(paper.title))
    if paper.authors:
        lines.append(text(Italic(authors(paper, t))))
    dated = f"{day(paper.published)} · " if paper.published else ""
    lines.append(
        text(dated, ", ".join(paper.categories[:6]), f" · v{paper.id.version}" if paper.id.version else "")
    )
    if venue := paper.journal_ref or paper.comment:
        lines.append(text(venue if len(venue) <= 300 else f"{venue[:299]}…"))
    links: list[str | Span] = [Link(f"arXiv:{paper.id}", paper.id.abs_url)]
    if doi := doi_of(paper):
        links += [" · ", Link("DOI", f"https://doi.org/{doi}")]
    lines.append(text(*links))
    return Card(title, paper.id.abs_url, tuple(lines), paper.primary_category)


def notices(
    known: Known, t: Translator, written: Written[Any] | None, ceiling: CeilingReached | None = None
) -> Iterator[Block]:
    """Yield what a reader must know before reading on."""
    paper = known.paper
    if paper.withdrawn:
        yield Paragraph(text(Bold(t("This paper was withdrawn."))))
    if known.newest and paper.id.version and known.newest > paper.id.version:
        newer = t.rich(
            "This is version {version}; {newest} is the newest.",
            version=str(paper.id.version),
            newest=Link(f"v{known.newest}", paper.id.unversioned.abs_url),
        )
        yield Paragraph(newer)
    if known.unreachable:
        yield Paragraph(
            text(t("The arXiv does not answer; this is what it said on {day}.", day=day(known.checked)))
        )
    if ceiling:
        yield Paragraph(explain(ceiling, t))
    elif written and written.writer == EXTRACTIVE and not written.language.is_english:
        said = t("Writing in {language} needs a language model, and none is set; these are the paper’s own sentences.", language=written.language.name())  # fmt: skip
        yield Paragraph(text(said))
    if written and written.flaws:
        said = t("{mark} marks what was not found in what was read; /source says why.", mark=MARK)
        yield Paragraph(text(said))
    for note in written.notes if written else ():
        yield Paragraph(text(t(NOTES[note])))


def provenance(known: Known, t: Translator, written: Written[Any] | None) -> Text:
    """Say what was read, by what, and when."""
    if written is None:
        return text(t("As submitted to the arXiv"), f" · {day(known.paper.updated or known.checked)}")
    if written.writer == EXTRACTIVE:
        return text(t("Extracted from the abstract, not written"), f" · {day(written.written_at)}")
    return text(
        _read(written.read, t),
        f" · {written.writer} · {day(written.written_at)} · ",
        t("Check before citing."),
    )


def _read(said: str, t: Translator) -> str:
    pages = PAGES.fullmatch(said)
    if not pages:
        return t("From the abstract")
    if pages[1] != pages[2]:
        return t("From {read} of {pages} pages", read=pages[1], pages=pages[2])
    return t("From the whole paper") if pages[2] == "1" else t("From all {pages} pages", pages=pages[2])


def authors(paper: Paper, t: Translator) -> str:
    """Return the authors, the tail of a long list counted."""
    if len(paper.authors) <= _NAMED:
        return ", ".join(paper.authors)
    first = ", ".join(paper.authors[: _NAMED - 1])
    return t("{first} and {count} more", first=first, count=len(paper.authors) - _NAMED + 1)


def day(moment: datetime) -> str:
    """Return a date that nobody reads the wrong way round."""
    return moment.date().isoformat()
