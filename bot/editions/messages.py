"""An edition as the messages that a platform sends: two at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.platform import Composes, Places, Standing
from bot.chat.reply import Paragraph, Reply
from bot.chat.text import Bold, text
from bot.chat.wording import Translator, translator
from bot.editions.edition import Edition
from bot.editions.options import Detail
from bot.editions.reply import counts, edition_reply, name, numbers, remarks

_MOST = 2


def messages_of(platform: Composes, edition: Edition, detail: Detail, matches: str = "") -> tuple[str, ...]:
    """Return at most two messages: what does not fit is shown with less, from the last paper up.

    `matches` is the name under which all that matched is kept, if that is more than is shown.
    """
    t = translator(edition.language.tag)
    if not edition.shown:
        return platform.compose(_line(edition, t))[:_MOST]
    count = len(edition.shown)
    steps = {Detail.BRIEF: 2 * count, Detail.GIST: count, Detail.TITLES: 0}[detail]
    rows = len(numbers(edition.shown))

    def composed(step: int, rows: int = rows) -> tuple[str, ...]:
        left = steps - step
        cards = max(0, left - count) if detail is Detail.BRIEF else None
        gists = min(left, count)
        return platform.compose(
            edition_reply(edition, t, cards=cards, gists=gists, rows=rows, matches=matches)
        )

    messages = composed(0)
    fits, too_long = steps, 0
    if len(messages) > _MOST:
        while fits - too_long > 1:
            middle = (fits + too_long) // 2
            if len(composed(middle)) <= _MOST:
                fits = middle
            else:
                too_long = middle
        messages = composed(fits)
    if len(messages) > _MOST and detail is Detail.BRIEF:  # so many cards fit nowhere, lines may
        return messages_of(platform, edition, Detail.GIST, matches)
    while len(messages) > _MOST and rows:  # a platform that takes few buttons
        rows -= 1
        messages = composed(fits, rows)
    return messages[:_MOST]


def standing_as(standing: Standing | None, platform: Composes, messages: Sequence[str]) -> tuple[str, ...]:
    """Return the messages with how they are to stand in the chat, where the platform knows more than one way."""
    if standing is None or not isinstance(platform, Places) or not messages:
        return tuple(messages)
    return platform.placed(messages, standing)


def reads_as(edition: Edition) -> tuple[object, ...]:
    """Return what decides how an edition reads, and what its buttons lead to."""
    shown = (
        (
            str(e.paper.id),
            e.paper.withdrawn,
            e.venue,
            e.also,
            e.written and (e.written.writer, e.written.written_at),
        )
        for e in edition.shown
    )
    bare = replace(edition, entries=())
    rest = [getattr(bare, name) for name in bare.__slots__ if name != "wanted"]
    matched = tuple(entry.paper.id for entry in edition.entries)
    return (edition.wanted.typed, matched, *rest, *shown)


def _line(edition: Edition, t: Translator) -> Reply:
    """Return a quiet day in one line."""
    said = " ".join([*remarks(edition, t)] or [t("What matches was shown here before.")])
    return Reply((Paragraph(text(Bold(name(edition)), f" · {counts(edition, t)} · {said}")),))
