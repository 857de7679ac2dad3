"""How a topic's volume moves, in words: the same in a chat and in the reading room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from bot.chat.wording import Translator
from bot.editions.reply import day_text, days_text
from bot.editions.volumes import Trend
from bot.language import Language

_BARS = "▁▂▃▄▅▆▇█"
_NAMED = 6  # days that are named one by one


def glance(trend: Trend, t: Translator, language: Language) -> str:
    """Say in a sentence what a picture of it shows; "" for a trend without days."""
    if not trend.counts:
        return ""
    return t(
        "{topic}: {count} papers on the last of {days} days, at most {most} a day.",
        topic=trend.topic.name(language.tag),
        count=trend.counts[-1],
        days=len(trend.counts),
        most=max(trend.counts),
    )


def figures(trend: Trend, t: Translator, language: Language) -> Iterator[str]:
    """Yield what the numbers say, a line for each thing."""
    if not trend.counts:
        return
    yield t("Median: {median} papers a day", median=_number(trend.median))
    late, before = trend.late, trend.before
    if trend.change is None:
        yield t(
            "Last {days} days: {count} papers, {rate} a day",
            days=len(late),
            count=sum(late),
            rate=_number(sum(late) / len(late)),
        )
    else:
        yield t(
            "Last {days} days: {count} papers, {rate} a day; the {before} days before: {usual} a day ({change})",
            days=len(late),
            count=sum(late),
            rate=_number(sum(late) / len(late)),
            before=len(before),
            usual=_number(sum(before) / len(before)),
            change=_change(trend.change),
        )
    most = max(trend.counts)
    # The latest, where several days had as many.
    place = len(trend.counts) - 1 - trend.counts[::-1].index(most)
    yield t("Most: {count} on {day}", count=most, day=day_text(trend.days[place], language))
    if trend.share is not None:
        yield t("Share: {share} of all that was announced", share=f"{trend.share:.1%}")


def basis(trend: Trend, t: Translator, language: Language) -> str:
    """Say what was counted, and what could not be."""
    sentences = _basis(trend, t, language)
    return "".join(said if said.endswith("。") else f"{said} " for said in sentences).rstrip()


def _basis(trend: Trend, t: Translator, language: Language) -> Iterator[str]:
    if not trend.days:
        return
    yield t(
        "Counted: new papers and cross-lists of {count} announcement days, {days}, in the categories that are read here. Nothing is announced on weekends and holidays.",
        count=len(trend.days),
        days=days_text(trend.days[0], trend.days[-1], language),
    )
    if trend.left_out:
        yield t("Left out, because they were not read: {days}.", days=_days(trend.left_out, language))
    if trend.partial:
        said = _days(trend.partial, language)
        yield t("Read in part, so that there may have been more: {days}.", days=said)


def spark(counts: Sequence[int]) -> str:
    """Return a bar of a character for each count, from nothing at all to the most."""
    most = max(counts, default=0) or 1
    return "".join(_BARS[round(count / most * (len(_BARS) - 1))] for count in counts)


def _days(days: Sequence[date], language: Language) -> str:
    named = ", ".join(day_text(day, language) for day in days[-_NAMED:])
    return f"… {named}" if len(days) > _NAMED else named


def _change(part: float) -> str:
    said = f"{part:+.0%}"
    return "±0%" if said in ("+0%", "-0%") else said.replace("-", "−")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
