"""A roundup as a reply in a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply
from bot.chat.text import Italic, Link, Span, Text, plain, text
from bot.chat.wording import Translator, explain
from bot.editions.reply import day_text
from bot.editions.roundup import Item, Made, Roundup, Theme
from bot.language import Language
from bot.writing.marks import MARK
from bot.writing.notes import NOTES
from bot.writing.tasks.theme import cited
from bot.writing.writer import EXTRACTIVE

_CITED = re.compile(r"\[(\d{1,3})\]")


def roundup_reply(
    made: Made, t: Translator, *, buttons: Sequence[Button] = (), late: bool = False, linked: bool = True
) -> Reply:
    """Return the roundup: what and when, its counts, each theme with what was written and its papers, how it was made.

    `late`: it was to be written, and was not in time. `linked` makes citations links, which in plain text are
    in the way; the list of papers has them in any case.
    """
    roundup = made.roundup
    blocks: list[Block] = [Heading(text(name(made))), Paragraph(text(counts(made, t)), small=True)]
    blocks += [Paragraph(said) for said in remarks(made, t, late=late)]
    for theme in roundup.themes:
        blocks.append(Heading(text(theme_title(made, theme, t))))
        blocks += [Paragraph(said if linked else text(plain(said))) for said in paragraphs(roundup, theme, t)]
        blocks.append(
            Bullets(tuple(_line(roundup, number, bare=bool(theme.paragraphs)) for number in theme.papers))
        )
    if roundup.items:
        blocks.append(Paragraph(text(provenance(made, t)), small=True))
    if roundup.items and buttons:
        blocks.append(Buttons((tuple(buttons),)))
    return Reply(tuple(blocks))


def headline(made: Made, t: Translator) -> str:
    """Return the roundup's name and its counts in one line."""
    return f"{name(made)} · {counts(made, t)}"


def name(made: Made) -> str:
    """Return what the roundup is about, and of when it is."""
    language = made.written.language
    return f"{made.wanted.name(language.tag)} · {period_text(made.roundup, language)}"


def counts(made: Made, t: Translator) -> str:
    """Return how many of how many, and in how many themes."""
    roundup, language = made.roundup, made.written.language
    told = [
        t("{count} announced", count=_grouped(roundup.announced, language)),
        t("{count} matched", count=_grouped(roundup.matched, language)),
    ]
    if roundup.items:
        told.append(t("{count} in this roundup", count=len(roundup.items)))
        themes = len(roundup.themes)
        told.append(t("1 theme") if themes == 1 else t("{count} themes", count=themes))
    return " · ".join(told)


def _grouped(number: int, language: Language) -> str:
    """Return a number with its thousands set apart as the language does it."""
    from babel.core import UnknownLocaleError
    from babel.numbers import format_decimal

    try:
        return str(format_decimal(number, locale=language.tag.replace("-", "_")))
    except (UnknownLocaleError, LookupError, ValueError):
        return str(number)


def period_text(roundup: Roundup, language: Language) -> str:
    """Return the period with what its days have in common said once: 18–24 Nov 2026."""
    from babel.core import UnknownLocaleError
    from babel.dates import format_interval

    locale = "en_GB" if language.is_english else language.tag.replace("-", "_")
    try:
        return format_interval(roundup.first, roundup.last, "yMMMd", locale=locale)
    except (UnknownLocaleError, LookupError, ValueError):  # Babel does not know the language
        return f"{roundup.first.isoformat()} – {roundup.last.isoformat()}"


def remarks(made: Made, t: Translator, *, late: bool = False) -> Iterator[Text]:
    """Yield what a reader must know of how complete the roundup is, and how it came about."""
    roundup, written = made.roundup, made.written
    if not roundup.items:
        yield text(t("Nothing that was announced matches."))
    if roundup.reconstructed:
        yield text(
            t(
                "Reconstructed from submission dates, as they were not read at the time: {count} days.",
                count=roundup.reconstructed,
            )
        )
    if roundup.unread:
        days = ", ".join(day_text(day, written.language) for day in roundup.unread)
        yield text(t("Not complete: {days} could not be read.", days=days))
    if roundup.missing:
        yield text(t("Not complete: {count} announced papers could not be looked up.", count=roundup.missing))
    if not roundup.items:
        return
    if made.failure:
        yield explain(made.failure, t)
        yield text(
            t("So this roundup is not written: its themes are topics, and the sentences are the papers’ own.")
        )
    elif late:
        yield text(t("The model did not write this in time: its themes are topics, and the sentences are the papers’ own."))  # fmt: skip
    elif written.writer == EXTRACTIVE and not written.language.is_english:
        yield text(t("Writing in {language} needs a language model, and none is set; these are the paper’s own sentences.", language=written.language.name()))  # fmt: skip
    if written.flaws:
        yield text(t("{mark} marks what was not found in what was read.", mark=MARK))
    for note in written.notes:
        yield text(t(NOTES[note]))


def theme_title(made: Made, theme: Theme, t: Translator) -> str:
    """Return the title of a theme; what belongs to no other is more of the subject."""
    return theme.title or t("More on {topic}", topic=made.wanted.name(made.written.language.tag))


def paragraphs(roundup: Roundup, theme: Theme, t: Translator) -> Iterator[Text]:
    """Yield what was written about a theme, citations as links; what is not cited there is named at the end."""
    if theme.line:
        yield text(Italic(theme.line))
    said: set[int] = set()
    for paragraph in theme.paragraphs:
        said.update(cited(paragraph))
        yield text(*_linked(paragraph, roundup))
    left = [number for number in theme.papers if number not in said]
    if theme.paragraphs and left:
        parts: list[str | Span] = []
        for number in left:
            item = roundup.items[number - 1]
            parts += ["; " if parts else "", Link(f"[{number}]", item.id.abs_url), f" {item.title}"]
        yield t.rich("Also: {papers}", papers=text(*parts))


def _linked(paragraph: str, roundup: Roundup) -> Iterator[str | Span]:
    for at, part in enumerate(_CITED.split(paragraph)):
        if at % 2 == 0:
            yield part
        elif 1 <= int(part) <= len(roundup.items):
            yield Link(f"[{part}]", roundup.items[int(part) - 1].id.abs_url)


def _line(roundup: Roundup, number: int, *, bare: bool) -> Text:
    """Return a paper: its number, its title, where it appeared, and, if not `bare`, a sentence of its own."""
    item: Item = roundup.items[number - 1]
    parts: list[str | Span] = [f"[{number}] ", Link(item.title, item.id.abs_url)]
    if item.venue:
        parts += [" ", Italic(f"({item.venue})")]
    if not bare and item.gist != item.title:
        parts += ["\n", item.gist]
    return text(*parts)


def provenance(made: Made, t: Translator) -> str:
    """Say what was read and by what it was written."""
    written = made.written
    if written.writer == EXTRACTIVE:
        return t("Sentences extracted from the abstracts, not written; the themes are topics that the papers were filed under.")  # fmt: skip
    return t("From abstracts, written by {model}. Check before citing.", model=written.writer)
