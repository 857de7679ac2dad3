"""/roundup: what some weeks brought on one topic."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Self

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Button, Reply
from bot.chat.request import Request
from bot.editions.period import LONGEST, Period
from bot.editions.roundup_reply import roundup_reply
from bot.editions.roundups import Asked, Roundups, Step
from bot.errors import BadArgument, UnknownLanguage
from bot.language import TAGS, Language
from bot.papers.schedule import latest_day
from bot.store.access import Access
from bot.store.phrases import Phrases
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from handlers.paying import purse
from handlers.topics import WantedText

DAYS = 7
_USAGE = "/roundup <topic> [days] [language]"
_LONGER = 14  # days
# Codes of languages that are words of other languages too.
_WORDS = frozenset("it id no he hi ms ca is am as et".split())


class PeriodText(int):
    """A count of days, which may be left out before a language."""

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split off the number; nothing if the line begins with none."""
        word, _, rest = line.strip().partition(" ")
        return (word, rest.strip()) if word.isdecimal() else ("", line.strip())

    @classmethod
    def parse(cls, given: str) -> Self:
        return cls(given)


class SubjectText(WantedText):
    """A topic's name or a query, as typed, before days and a language."""

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split off the words: what follows a number of days, or is a language's code, is not the topic's."""
        line = line.strip()
        if (shape := re.fullmatch(r"(.*\S)\s+(\d{1,3}(?:\s+\D+)?)", line, re.DOTALL)) and _ends(shape[2]):
            return shape[1], shape[2]
        subject, _, last = line.rpartition(" ")
        return (subject.strip(), last) if subject.strip() and _is_code(last) else (line, "")


class RoundupCommands:
    """What some weeks brought."""

    section = Section.TOPICS

    def __init__(
        self,
        roundups: Roundups,
        phrases: Phrases,
        access: Access,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._roundups = roundups
        self._phrases = phrases
        self._access = access
        self._clock = clock

    @command("roundup", example="/roundup LLM 14", reads=True)
    async def roundup(
        self,
        request: Request,
        *,
        topic: Annotated[SubjectText, Arg("topic or query")],
        days: Annotated[PeriodText | None, Arg("how many days back, 31 at most; 7 if left out")] = None,
        language: Annotated[Language | None, Arg("language to read it in")] = None,
    ) -> Reply:
        """Sum up some weeks’ most important papers, by themes."""
        t, count = request.t, DAYS if days is None else days
        if not 1 <= count <= LONGEST:
            raise BadArgument("number of days", str(count), usage=_USAGE)
        wanted = Wanted.parse(await self._phrases.text(str(topic)), catalogue.load())
        last = latest_day(datetime.fromtimestamp(self._clock(), UTC))
        asked = Asked(wanted, Period.until(last, count), language or request.language)

        def progress(step: Step, done: int, of: int) -> None:
            match step:
                case "days":
                    request.progress(t("Reading {number} of {days} days …", number=done, days=of))
                case "themes":
                    request.progress(t("Writing: {done} of {themes} themes …", done=done, themes=of))

        made = await self._roundups.of(asked, purse(self._access, request), progress)
        name = await self._phrases.name(wanted.typed)
        buttons = [Button(t("Latest papers"), f"/topic {name}")]
        if count < _LONGER:
            said = t("{count} days", count=_LONGER)
            spoken = f" {language.tag}" if language else ""
            buttons.append(Button(said, f"/roundup {name} {_LONGER}{spoken}"))
        return roundup_reply(made, t, buttons=buttons)


def _ends(text: str) -> bool:
    """Whether `text` is a number, or a number and a language."""
    _, _, language = text.partition(" ")
    if not language.strip():
        return True
    try:
        Language.parse(language)
    except UnknownLanguage:
        return False
    return True


def _is_code(word: str) -> bool:
    """Whether a word is the code of a language, or its name in characters that no query of ours is written in."""
    if word.isascii():
        return word in ("zh", "zh-CN", "zh-TW") or (word in TAGS and word not in _WORDS)
    return word in ("中文", "简体中文", "繁體中文", "繁体中文")
