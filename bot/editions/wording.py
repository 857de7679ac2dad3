"""A subscription in words: what, when, how, what comes next, and why it is paused."""

from __future__ import annotations

from datetime import datetime

from bot.chat.text import Bold, Text, text
from bot.chat.wording import Translator, reason_of, translator
from bot.editions.options import Options
from bot.editions.plan import day_with_news
from bot.editions.reply import day_text
from bot.editions.when import WORKDAYS, Schedule, moment
from bot.editions.wish import Wish, is_roundup, wanted_of
from bot.language import Language
from bot.papers.schedule import latest_day
from bot.store.subscriptions import Subscription
from bot.topics import catalogue

BY_HAND = "paused by a person"

_RUNS = 10  # looked at: no break of the arXiv is as long
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def name_of(one: Subscription, language: Language) -> str:
    """Return how what it follows is called."""
    known, typed = catalogue.load(), wanted_of(one.wanted)
    name = known[typed].name(language.tag) if typed in known else typed
    return called(name, language, roundup=is_roundup(one.wanted))


def called(name: str, language: Language, *, roundup: bool) -> str:
    """Return how what is followed is called: editions by the topic alone, roundups as such."""
    return translator(language.tag)("{topic}, roundup", topic=name) if roundup else name


def line_of(one: Subscription, t: Translator, language: Language, now: float) -> Text:
    """Return it in two lines: what, when and how; then what comes next, or why nothing does."""
    wish = Wish.from_json(one.data)
    state = _reason(one, t) or next_text(wish, t, language, now)
    return text(Bold(name_of(one, language)), f" · {when_text(wish, t)} · {how_text(wish, t)}\n{state}")


def paused_text(one: Subscription, t: Translator, language: Language) -> Text:
    """Return what is paused, and why."""
    return text(Bold(name_of(one, language)), f" · {_reason(one, t)}")


def _reason(one: Subscription, t: Translator) -> str:
    return t("paused: {reason}", reason=reason_of(one.paused, t)) if one.paused else ""


def as_typed(one: Subscription, target: str | None) -> str:
    """Return what `/subscribe` takes to make the same subscription."""
    wish = Wish.from_json(one.data)
    schedule = wish.schedule
    options = Options(
        wanted_of(one.wanted),
        time=schedule.time,
        zone=schedule.zone,
        language=wish.language,
        top=wish.top,
        detail=wish.detail,
        weekdays=schedule.weekdays,
        every=schedule.every.days if schedule.every else None,
        quiet=wish.quiet,
        roundup=bool(wish.roundup),
        target=target,
    )
    return str(options)


def when_text(wish: Wish, t: Translator) -> str:
    """Return at what time and on which days."""
    schedule = wish.schedule
    if schedule.time is None:
        said = t("as soon as the announcement is read")
    else:
        said = t("at {time} in {zone}", time=schedule.time.strftime("%H:%M"), zone=schedule.zone.key)
    days = _days(schedule, t)
    return f"{said}, {days}" if days else said


def _days(schedule: Schedule, t: Translator) -> str:
    if schedule.every:
        return t("every {count} days", count=schedule.every.days)
    if schedule.weekdays == WORKDAYS:
        return t("from Monday to Friday")
    return ", ".join(t(_DAYS[day]) for day in sorted(schedule.weekdays or ()))


def how_text(wish: Wish, t: Translator) -> str:
    """Return in which language and how much."""
    if wish.roundup:
        quietly = f" · {t('nothing on days without a match')}" if wish.quiet else ""
        return wish.language.name() + quietly
    said = f"{wish.language.name()} · {t('at most {count} papers', count=wish.top)} · {t(wish.detail.value)}"
    return f"{said} · {t('nothing on days without a match')}" if wish.quiet else said


def next_text(wish: Wish, t: Translator, language: Language, now: float) -> str:
    """Return when the next edition comes that has something to tell."""
    schedule, at = wish.schedule, moment(now)
    if run := _next_run(wish, at):
        local = run.astimezone(schedule.zone.tzinfo)
        return t(
            "The next one: {day}, {time}.", day=day_text(local.date(), language), time=local.strftime("%H:%M")
        )
    if schedule.has_days and (day := day_with_news(schedule, at, wish.told)):
        return t("The next one: {day}.", day=day_text(day, language))
    return t("The next one comes with the next announcement.")


def _next_run(wish: Wish, now: datetime) -> datetime | None:
    """Return the next run by which something is announced that the chat has not heard of."""
    run = wish.schedule.next_run(now)
    for _ in range(_RUNS):
        if run is None or wish.told is None or latest_day(run) > wish.told:
            break
        run = wish.schedule.next_run(run)
    return run
