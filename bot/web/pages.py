"""Pages of the reading room: pure functions to HTML, every text escaped, nothing asked of anybody else."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bot.chat.text import Link, Text, plain
from bot.chat.wording import Translator
from bot.editions import reply, roundup_reply
from bot.editions.edition import Edition
from bot.editions.roundup import Made
from bot.web.formulas import typeset

if TYPE_CHECKING:
    from jinja2 import Environment

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # no HTML may hold them


def edition_page(edition: Edition, t: Translator) -> str:
    """Return a page with all papers of the edition, those that are shown with what was written about them."""
    shown, language = edition.shown, edition.language
    page = (
        _environment()
        .get_template("edition.html")
        .render(
            language=language,
            direction="rtl" if is_rtl(language.tag) else "ltr",
            title=f"{edition.wanted.name(language.tag)} · {reply.day_text(edition.day, language)}",
            headline=reply.headline(edition, t),
            remarks=list(reply.remarks(edition, t)),
            shown=shown,
            others=[entry for entry in edition.entries if not entry.shown],
            provenance=reply.provenance(shown, t),
            why=lambda entry: reply.reason_text(entry.reason, t),
            t=t,
        )
    )
    return _CONTROLS.sub("", page)


def roundup_page(made: Made, t: Translator) -> str:
    """Return a page with all of a roundup: its themes, what was written about them, and their papers."""
    roundup, language = made.roundup, made.written.language
    page = (
        _environment()
        .get_template("roundup.html")
        .render(
            language=language,
            direction="rtl" if is_rtl(language.tag) else "ltr",
            title=f"{made.wanted.name(language.tag)} · {roundup_reply.period_text(roundup, language)}",
            headline=roundup_reply.headline(made, t),
            remarks=[plain(said) for said in roundup_reply.remarks(made, t)],
            themes=[
                {
                    "title": roundup_reply.theme_title(made, theme, t),
                    "paragraphs": [_spans(said) for said in roundup_reply.paragraphs(roundup, theme, t)],
                    "papers": [(number, roundup.items[number - 1]) for number in theme.papers],
                    "bare": not theme.paragraphs,
                }
                for theme in roundup.themes
            ],
            provenance=roundup_reply.provenance(made, t) if roundup.items else "",
            t=t,
        )
    )
    return _CONTROLS.sub("", page)


def _spans(said: Text) -> list[tuple[str, str | None]]:
    return [(span.text, span.url if isinstance(span, Link) else None) for span in said]


def rendered(template: str, **values: object) -> str:
    """Return a template filled in, without characters that no page may hold."""
    return _CONTROLS.sub("", _environment().get_template(template).render(**values))


def is_rtl(tag: str) -> bool:
    """Return whether the language is written from right to left."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-").text_direction == "rtl"
    except (UnknownLocaleError, ValueError):
        return False


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bot.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset_title"] = lambda paper: typeset(paper.source_title, paper.title)
    environment.filters["typeset_abstract"] = lambda paper: typeset(paper.source_abstract, paper.abstract)
    return environment
