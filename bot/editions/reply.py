"""An edition as a reply in a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from bot.chat.reply import Block, Bullets, Button, Buttons, Card, Heading, Paragraph, Reply
from bot.chat.text import Italic, Link, Span, Text, text
from bot.chat.wording import Translator
from bot.editions.edition import Edition, Entry, Why
from bot.language import Language
from bot.topics import catalogue
from bot.topics.matching import Reason
from bot.writing.writer import EXTRACTIVE

_IN_A_ROW = 5  # buttons at most


def edition_reply(
    edition: Edition,
    t: Translator,
    *,
    rest: bool = False,
    buttons: bool = True,
    cards: int | None = None,
    gists: int | None = None,
    rows: int | None = None,
    matches: str = "",
) -> Reply:
    """Return the edition: what and when, its counts, the papers that are shown, how it was made.

    With `rest`, the titles of what matched and is not shown follow. The first `gists` papers, or all, have more
    than a title. With `cards` each has a card, and that of the first so many says all that was written.
    `rows` is how many of the rows of numbers stand beneath, all if None, and `matches` the name under which all
    that matched is kept.
    """
    blocks: list[Block] = [Heading(text(name(edition))), Paragraph(text(counts(edition, t)), small=True)]
    blocks += [Paragraph(text(said)) for said in remarks(edition, t)]
    if shown := edition.shown:
        bare = len(shown) if gists is None else gists
        if cards is None:
            lines = (
                entry_text(entry, t, edition.language, bare=place >= bare)
                for place, entry in enumerate(shown)
            )
            blocks.append(Bullets(tuple(lines), numbered=True))
        else:
            for place, entry in enumerate(shown):
                blocks += _card(entry, t, edition.language, place, whole=place < cards, bare=place >= bare)
    others = [entry for entry in edition.entries if not entry.shown]
    if rest and others:
        blocks.append(Heading(text(t("Also matched"))))
        blocks.append(Bullets(tuple(title_text(entry) for entry in others)))
    if made := provenance(edition.shown, t):
        blocks.append(Paragraph(text(made), small=True))
    if shown and buttons:
        blocks.append(Buttons((*numbers(shown)[:rows], beneath(edition, matches, t))))
    return Reply(tuple(blocks))


def beneath(edition: Edition, matches: str, t: Translator) -> tuple[Button, ...]:
    """Return the last row under an edition: a way to all that matched if that is kept under a name, and to its page."""
    every = (Button(t("All {count}", count=edition.matched), f"/all {matches}"),) if matches else ()
    page = (Button(t("Reading room"), url=edition.page),) if edition.page else ()
    return (*every, *page, Button(t("Settings"), "/settings"))


def headline(edition: Edition, t: Translator) -> str:
    """Return the edition's name and its counts in one line."""
    return f"{name(edition)} · {counts(edition, t)}"


def name(edition: Edition) -> str:
    """Return what the edition is about, and of when it is."""
    days = days_text(edition.first or edition.day, edition.day, edition.language)
    return f"{edition.wanted.name(edition.language.tag)} · {days}"


def counts(edition: Edition, t: Translator) -> str:
    """Return the line that proves the edition complete: how many of how many."""
    told = (
        t("{count} announced", count=edition.announced),
        t("{count} matched", count=edition.matched),
        t("{count} shown", count=len(edition.shown)),
    )
    return " · ".join(told)


def remarks(edition: Edition, t: Translator) -> Iterator[str]:
    """Yield what a reader must know of how complete the edition is, and why it is empty if it is."""
    if edition.late:
        yield t("Late: the announcement could not be read on its day.")
    if edition.reconstructed:
        yield t("Reconstructed from submission dates: the announcement of this day was not read at the time.")
    match edition.empty:
        case None:
            pass
        case Why.NO_MATCH:
            yield t("Nothing that was announced matches.")
        case Why.HOLIDAY:
            yield t("The arXiv announces nothing on this day: weekend or holiday.")
        case Why.EMPTY:
            yield t("The arXiv’s feed was empty on this day, though an announcement was due.")
        case Why.STALE:
            yield t("The arXiv’s feed still tells of the day before.")
        case Why.UNREACHABLE:
            yield t("The arXiv did not answer.")
        case Why.UNREAD:
            yield t("The announcement of this day has not been read yet.")
        case Why.AHEAD:
            yield t("The announcement of this day is still to come.")
    if edition.missing:
        yield t("Not complete: {count} announced papers could not be looked up.", count=edition.missing)
    if edition.incomplete and edition.empty in (None, Why.NO_MATCH):
        missing = ", ".join(f"{category} ({t(state)})" for category, state in edition.incomplete)
        yield t("Not complete: {categories}.", categories=missing)


def entry_text(entry: Entry, t: Translator, language: Language, *, bare: bool = False) -> Text:
    """Return a paper in two lines: its title, and what is new in it, as far as that is written and not `bare`."""
    second = _second(entry, t, bare=bare)
    parts: list[str | Span] = [Link(_title(entry), entry.paper.id.abs_url)]
    if second:
        parts += ["\n", second]
    if entry.venue:
        parts += [" ", Italic(f"({entry.venue})")]
    if entry.also:
        parts += [" · ", _also(entry, t, language)]
    return text(*parts)


def _card(
    entry: Entry, t: Translator, language: Language, place: int, *, whole: bool, bare: bool
) -> Iterator[Block]:
    """Yield a paper's card, with all that was written about it if `whole`."""
    written = entry.written if whole and not entry.paper.withdrawn else None
    said = _second(entry, t, bare=bare or written is not None)
    venue = Italic(f"({entry.venue})") if entry.venue else ""
    lines = (text(said), text(venue), text(_also(entry, t, language) if entry.also else ""))
    title, accent = f"{place + 1}. {_title(entry)}", entry.paper.primary_category
    yield Card(title, entry.paper.id.abs_url, tuple(filter(None, lines)), accent)
    if written:
        yield Paragraph(text(written.content.summary))
        if written.content.takeaways:
            yield Bullets(tuple(map(text, written.content.takeaways)))


def _second(entry: Entry, t: Translator, *, bare: bool) -> str:
    if entry.paper.withdrawn:
        return t("This paper was withdrawn.")
    return entry.written.content.gist if entry.written and not bare else ""


def _also(entry: Entry, t: Translator, language: Language) -> str:
    known = catalogue.load()
    names = (known[typed].name(language.tag) if typed in known else typed for typed in entry.also)
    return t("also: {topics}", topics=", ".join(names))


def title_text(entry: Entry) -> Text:
    """Return a paper in one line."""
    return text(Link(_title(entry), entry.paper.id.abs_url), f" · {entry.paper.id.number}")


def reason_text(reason: Reason, t: Translator) -> str:
    """Say why a paper was filed there."""
    said = []
    if reason.words:
        said.append(", ".join(f"“{word}”" for word in reason.words))
    if reason.similarity is not None:
        said.append(
            t("close to the topic’s description, {similarity}", similarity=f"{reason.similarity:.2f}")
        )
    return "; ".join(said)


def numbers(entries: Sequence[Entry], first: int = 1) -> tuple[tuple[Button, ...], ...]:
    """Return rows of numbers, as even as can be; each opens the summary of the paper beside it."""
    row = [
        Button(str(number), f"/summarize {entry.paper.id.number}")
        for number, entry in enumerate(entries, first)
    ]
    rows = -(-len(row) // _IN_A_ROW)
    cuts = [-(-at * len(row) // rows) for at in range(rows + 1)] if rows else []
    return tuple(tuple(row[start:end]) for start, end in pairwise(cuts))


def provenance(entries: Sequence[Entry], t: Translator) -> str:
    """Say what was read and by what it was written; nothing where nothing was."""
    writers = dict.fromkeys(entry.written.writer for entry in entries if entry.written)
    extracted = writers.pop(EXTRACTIVE, 0) is None
    if not writers:
        return t("Sentences extracted from the abstracts, not written.") if extracted else ""
    said = t("From abstracts, written by {model}. Check before citing.", model=", ".join(writers))
    count = sum(1 for entry in entries if entry.written and entry.written.writer == EXTRACTIVE)
    return f"{said} {t('Extracted, not written: {count}.', count=count)}" if count else said


def day_text(day: date, language: Language) -> str:
    """Return a date with its weekday, as it is written in the language."""
    from babel.core import UnknownLocaleError
    from babel.dates import format_skeleton

    locale = "en_GB" if language.is_english else language.tag.replace("-", "_")
    try:
        return format_skeleton("yMMMEd", day, locale=locale).replace(",", "" if language.is_english else ",")
    except (UnknownLocaleError, LookupError, ValueError):  # Babel does not know the language
        return day.isoformat()


def days_text(first: date, last: date, language: Language) -> str:
    """Return a day, or from which day to which."""
    said = day_text(last, language)
    return said if first == last else f"{day_text(first, language)} – {said}"


def _title(entry: Entry) -> str:
    return (entry.written and entry.written.content.title) or entry.paper.title
