"""Pages of the reading room: pure functions to HTML, every text escaped, nothing asked of anybody else."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bot.chat.wording import Translator
from bot.editions import reply
from bot.editions.edition import Edition

if TYPE_CHECKING:
    from jinja2 import Environment

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # no HTML may hold them


def edition_page(edition: Edition, t: Translator) -> str:
    """Return a page with all papers of the edition, those that are shown with what was written about them."""
    shown = edition.shown
    page = (
        _environment()
        .get_template("edition.html")
        .render(
            edition=edition,
            direction="rtl" if _is_rtl(edition.language.tag) else "ltr",
            headline=reply.headline(edition, t),
            day=reply.day_text(edition.day, edition.language),
            remarks=list(reply.remarks(edition, t)),
            shown=shown,
            others=[entry for entry in edition.entries if not entry.shown],
            provenance=reply.provenance(shown, t),
            why=lambda entry: reply.reason_text(entry.reason, t),
            t=t,
        )
    )
    return _CONTROLS.sub("", page)


def _is_rtl(tag: str) -> bool:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-").text_direction == "rtl"
    except (UnknownLocaleError, ValueError):
        return False


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("bot.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
