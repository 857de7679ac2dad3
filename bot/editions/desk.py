"""The desk: prepares what a chat gets, and puts it in the outbox together with the chat's next run."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from bot.announcements.batch import Batch, Source
from bot.announcements.record import Announcements
from bot.chat.platform import Composes, Places, Standing
from bot.chat.wording import translator
from bot.editions.days import Days
from bot.editions.edition import Edition, Entry, Why
from bot.editions.editor import Editor
from bot.editions.habits import Habits
from bot.editions.messages import messages_of, reads_as, standing_as
from bot.editions.options import Detail
from bot.editions.plan import AGAIN, Missing, News, Nothing, Wait, decide, held
from bot.editions.reply import headline
from bot.editions.rounds import Rounds, delivery_key, period_of
from bot.editions.roundups import Asked, Roundups
from bot.editions.shared import Shared
from bot.editions.taste import reordered
from bot.editions.when import moment
from bot.editions.wish import Wish, is_roundup, wanted_of
from bot.errors import BadQuery
from bot.store.choices import Choices
from bot.store.client import Command
from bot.store.followed import Followed
from bot.store.matched import Matched
from bot.store.outbox import Outbox
from bot.store.quotas import Payer
from bot.store.shown import Shown
from bot.store.subscriptions import Claim, Subscription, Subscriptions
from bot.store.taste import Taste
from bot.topics.catalogue import Catalogue
from bot.topics.wanted import Wanted

log = logging.getLogger(__name__)

NOT_SERVED = "this bot no longer serves the chat"

SPREAD = 60  # seconds over which what is due at the same minute is spread
UNWRITTEN = timedelta(minutes=20)  # after this an edition goes out with what is written by then
_LOOKED_BACK = 23  # announcement days, a month; before that nothing is caught up with
_FRESH = 2.0  # seconds for which one look at the batches serves all
_AT_ONCE = 8  # texts


@dataclass(frozen=True)
class _Look:
    """The batches of the last weeks with their numbers; up to which day each category that is read is settled."""

    batches: Sequence[tuple[int, Batch]]
    read: Mapping[str, date | None]
    marks: Mapping[date, tuple[object, ...]]  # the same for as long as the same is known of a day

    @property
    def newest(self) -> date | None:
        return max(self.marks, default=None)


class Desk:
    """Prepares editions for subscriptions that are due."""

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        announcements: Announcements,
        categories: Callable[[], Awaitable[set[str]]],
        days: Days,
        editor: Editor,
        roundups: Roundups,
        outbox: Outbox,
        shown: Shown,
        taste: Taste,
        followed: Followed,
        matched: Matched,
        catalogue: Callable[[], Catalogue],
        platforms: Mapping[str, Composes],
        choices: Choices,
        delivers: Callable[..., Awaitable[bool]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`categories` names those that are read at present: only they are waited for.

        `choices` holds what each chat is used to. `delivers` says of a person and the keys of a chat whether the
        bot still serves them.
        """
        self._choices = choices
        self._delivers = delivers
        self._subscriptions = subscriptions
        self._announcements = announcements
        self._categories = categories
        self._days = days
        self._editor = editor
        self._rounds = Rounds(roundups, outbox, clock)
        self._outbox = outbox
        self._shown = shown
        self._taste = taste
        self._followed = followed
        self._matched = matched
        self._platforms = platforms
        self._clock = clock
        self._began = clock()
        self._wanted = lru_cache(256)(lambda typed: Wanted.parse(typed, catalogue()))
        self._looks: Shared[_Look] = Shared(1, _FRESH, clock)
        self._entries: Shared[tuple[list[Entry], int]] = Shared(64, 600, clock)
        self._texts: Shared[Entry] = Shared(256, 60, clock)
        self._contents: Shared[tuple[str, int]] = Shared(64, 600, clock)

    async def prepare(self, claim: Claim) -> None:
        """Plan what one due subscription gets, and when it is due again, all or nothing.

        Raises `StoreUnavailable`, `ArxivUnavailable`; the claim then runs out, and it is due once more.
        """
        one, now = claim.subscription, self._clock()
        wish = Wish.from_json(one.data)
        try:
            wanted = self._wanted(wanted_of(one.wanted))
        except BadQuery:  # the language of queries has become stricter since
            await self._subscriptions.pause(one.id, "the query cannot be read any more")
            return
        if not await self._delivers(wish.person, one.chat, wish.scope):
            await self._subscriptions.pause(one.id, NOT_SERVED)
            return
        if _platform(one.chat) not in self._platforms:  # its token is gone; what comes is still to be had
            await self._settle(claim, wish, wanted, now)
            return
        look = await self._looks.get("", self._look)
        if wish.waiting is None and (hold := held(wish.schedule, moment(now), look.newest)):
            until = hold.until.timestamp() + _spread(one.chat) if hold.until else None
            await self._settle(claim, wish, wanted, now, run=until)
            return
        # While we were away nobody read anything: what is missing then is not missing for good.
        asked = max(wish.waiting or now, self._began)
        found = decide(
            look.batches,
            read=look.read,
            since=wish.since,
            told=wish.told,
            asked=moment(asked),
            now=moment(now),
            categories=wanted.categories,
            by_the_clock=wish.schedule.time is not None,
        )
        match found:
            case Wait():
                again = now + AGAIN.total_seconds()
                waits = replace(wish, waiting=wish.waiting or now)
                await self._settle(claim, waits, wanted, now, run=again)
            case Nothing():
                await self._settle(claim, wish, wanted, now)
            case Missing(day) if wish.roundup:  # it tells of the other days, and which could not be had
                await self._round(claim, replace(wish, told=day), wanted, day, self._until(one, ()))
            case News() as news if wish.roundup:
                heard = replace(wish, since=news.upto, told=news.told)
                await self._round(claim, heard, wanted, news.told, self._until(one, news.batches))
            case Missing(day):
                known = await self._days.read(day)
                edition = await self._editor.missing(known, wanted, wish.language)
                await self._plan(claim, replace(wish, told=day), edition, now, key=f"missing {day}")
            case News() as news:
                edition = await self._edition(one, wish, wanted, news, look)
                heard = replace(wish, since=news.upto, told=news.told)
                await self._plan(claim, heard, edition, now, key=_of(news))

    async def _edition(
        self, one: Subscription, wish: Wish, wanted: Wanted, news: News, look: _Look
    ) -> Edition:
        """Return the edition, written as far as it is by twenty minutes after it was due."""
        muted, votes, others, found = await asyncio.gather(
            self._shown.muted(one.chat),
            self._taste.votes(one.chat, self._clock()),
            self._subscriptions.of(one.chat),
            asyncio.gather(*(self._fitting(day, wanted, look) for day in news.days)),
        )
        entries: list[Entry] = []
        for day, (fitting, _) in zip(news.days, found, strict=True):
            new = {paper_id.number for paper_id in news.papers[day]}
            entries += [entry for entry in fitting if entry.paper.id.number in new]
        if hidden := _pattern(frozenset(muted)):
            entries = [entry for entry in entries if not _is_muted(entry, hidden)]
        if len(news.days) > 1:
            entries.sort(key=lambda entry: (entry.paper.withdrawn, -entry.score))
        had = await self._shown.among(one.chat, [entry.paper.id.number for entry in entries])
        fresh = [entry for entry in entries if entry.paper.id.number not in had]
        fresh = reordered(fresh, votes, wish.top)
        chosen = [replace(entry, shown=True) for entry in fresh[: wish.top]]
        rest = [*fresh[wish.top :], *(entry for entry in entries if entry.paper.id.number in had)]
        if len(others) > 1:
            chosen = await self._with_others(chosen, one, others, news, look)
        if wish.detail is not Detail.TITLES:
            chosen = await self._write(chosen, wish, one, news)
        return Edition(
            wanted,
            news.days[-1],
            wish.language,
            sum(map(len, news.papers.values())),
            (*chosen, *rest),
            first=news.days[0] if len(news.days) > 1 else None,
            empty=None if entries else Why.NO_MATCH,
            reconstructed=any(batch.source is Source.SEARCH for batch in news.batches),
            late=any(batch.late for batch in news.batches),
            incomplete=news.incomplete,
            missing=sum(missing for _, missing in found),
            page=self._editor.public.page(wanted, news.days[-1], wish.language),
        )

    async def _fitting(self, day: date, wanted: Wanted, look: _Look) -> tuple[list[Entry], int]:
        """Return the day's papers that fit, and how many of the day could not be looked at."""

        async def make() -> tuple[list[Entry], int]:
            return await self._editor.entries(await self._days.read(day), wanted)

        return await self._entries.get((day, wanted.typed, look.marks.get(day)), make)

    async def _with_others(
        self,
        chosen: list[Entry],
        one: Subscription,
        others: Sequence[Subscription],
        news: News,
        look: _Look,
    ) -> list[Entry]:
        """Return the entries with what else the chat follows that each of them fits."""
        names: dict[str, list[str]] = {}
        for other in others:
            if other.id == one.id or other.paused or other.wanted == one.wanted or is_roundup(other.wanted):
                continue
            try:
                wanted = self._wanted(other.wanted)
            except BadQuery:
                continue
            for day in news.days:
                for entry in (await self._fitting(day, wanted, look))[0]:
                    names.setdefault(entry.paper.id.number, []).append(wanted.typed)
        return [
            replace(entry, also=tuple(dict.fromkeys(names.get(entry.paper.id.number, ()))))
            for entry in chosen
        ]

    async def _write(self, chosen: list[Entry], wish: Wish, one: Subscription, news: News) -> list[Entry]:
        # Thousands of chats get the same, one soon after the other.
        made = [self._texts.at_hand((entry.paper.id, wish.language)) for entry in chosen]
        if None not in made:
            pairs = zip(chosen, made, strict=True)
            return [replace(entry, written=text.written) for entry, text in pairs if text]
        payer = Payer(one.chat, wish.person or one.chat, exempt=True)

        async def purse() -> Payer:
            return payer

        until = self._until(one, news.batches)
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def written(entry: Entry) -> Entry:
            bare, language = replace(entry, also=()), wish.language

            async def brief() -> Entry:
                return await self._editor.write(bare, language, purse)

            async with at_once:
                try:
                    async with asyncio.timeout(max(0.0, until - self._clock())):
                        made = await self._texts.get((entry.paper.id, language), brief)
                except TimeoutError:
                    made = await self._editor.extract(bare, language)
            return replace(entry, written=made.written)

        return list(await asyncio.gather(*map(written, chosen)))

    def _until(self, one: Subscription, batches: Sequence[Batch]) -> float:
        """Return until when it can be written: from when it was due, all was read, and we were there to do it."""
        read = max((batch.read_at.timestamp() for batch in batches if batch.read_at), default=0.0)
        return max(one.due or 0.0, read, self._began) + UNWRITTEN.total_seconds()

    async def _round(self, claim: Claim, wish: Wish, wanted: Wanted, last: date, until: float) -> None:
        """Put the roundup of the days up to `last` in line, and settle the claim in one step.

        It names the papers of these days whether or not the chat was shown them before, and no edition later
        leaves out what it named.
        """
        one, now = claim.subscription, self._clock()
        name = _platform(one.chat)
        asked = Asked(wanted, period_of(wish, last), wish.language)
        payer = Payer(one.chat, wish.person or one.chat, exempt=True)
        standing = await self._standing(one, wanted, "", full=True)
        made = await self._rounds.of(name, self._platforms[name], asked, payer, until, standing=standing)
        heard = replace(wish, rounded=last)
        if wish.quiet and made.empty:
            await self._settle(claim, heard, wanted, now)
            return
        address = f"{one.chat}:{one.place}" if one.place else one.chat
        key = delivery_key(address, made.key)
        log.info("planned a roundup, in %d parts", made.parts, extra={"edition": key})
        also = self._outbox.planned(key, address, made.content, made.parts, subscription=one.id, now=now)
        await self._settle(claim, heard, wanted, now, also=also)

    async def _standing(self, one: Subscription, wanted: Wanted, name: str, *, full: bool) -> Standing | None:
        """Return how an edition is to stand; None where the platform knows one way. `full`: it has papers.

        One without is a line, for which nobody is mentioned and no thread begun.
        """
        if not isinstance(self._platforms[_platform(one.chat)], Places):
            return None
        habits = Habits.from_json(await self._choices.get(one.chat))
        topic = wanted.topic
        tags = (topic.id, *topic.names.values()) if topic else (wanted.typed,)
        thread = habits.thread and full and not one.place
        return Standing(name, tags, thread=thread, role=habits.role if full else "")

    async def _plan(self, claim: Claim, wish: Wish, edition: Edition, now: float, *, key: str) -> None:
        """Freeze the edition, put it in line and settle the claim in one step."""
        one = claim.subscription
        if wish.quiet and not edition.shown:
            await self._settle(claim, wish, edition.wanted, now)
            return
        name = headline(edition, translator(edition.language.tag))
        standing = await self._standing(one, edition.wanted, name, full=bool(edition.shown))
        address = f"{one.chat}:{one.place}" if one.place else one.chat

        async def frozen() -> tuple[str, int]:
            matches = ""
            if edition.matched > len(edition.shown) > 0:
                matches = await self._matched.keep(edition.matches)
            platform = self._platforms[_platform(one.chat)]
            messages = standing_as(standing, platform, messages_of(platform, edition, wish.detail, matches))
            return await self._outbox.freeze(messages), len(messages)

        said = (_platform(one.chat), standing, wish.detail, *reads_as(edition))
        content, parts = await self._contents.get(said, frozen)
        row = hashlib.sha256(f"{address}\n{edition.wanted.key}\n{key}".encode()).hexdigest()[:20]
        log.info("planned, in %d parts", parts, extra={"edition": row})
        also = self._outbox.planned(row, address, content, parts, subscription=one.id, now=now)
        also += self._shown.add(one.chat, [entry.paper.id.number for entry in edition.shown], now)
        await self._settle(claim, wish, edition.wanted, now, also=also)

    async def _settle(
        self,
        claim: Claim,
        wish: Wish,
        wanted: Wanted,
        now: float,
        *,
        run: float | None = None,
        also: Sequence[Command] = (),
    ) -> None:
        if run is None:
            wish = replace(wish, waiting=None)
            run = next_run(claim.subscription.chat, wish, now)
        also = [*also, *self._followed.note(wanted.categories, run or now)]
        if not await self._subscriptions.settle(claim, run, data=wish.to_json(), also=also):
            log.info("subscription %s changed while its edition was prepared", claim.subscription.id)

    async def _look(self) -> _Look:
        batches = await self._announcements.numbered(_LOOKED_BACK)
        marks = await self._announcements.watermarks()
        days: dict[date, tuple[object, ...]] = {}
        for number, batch in batches:
            days[batch.day] = (*days.get(batch.day, ()), batch.category, number, batch.enriched)
        return _Look(batches, {name: marks.get(name) for name in await self._categories()}, days)


def next_run(chat: str, wish: Wish, now: float) -> float | None:
    """Return when a subscription of the chat is due next, a Unix time; None where the announcement decides it.

    What is due in the same minute is spread over a minute by the chat, whose own stays together.
    """
    run = wish.schedule.next_run(moment(now))
    if run is None:
        return None
    return run.timestamp() + _spread(chat)


def _spread(chat: str) -> int:
    return int(hashlib.sha256(chat.encode()).hexdigest()[:8], 16) % SPREAD


def _platform(address: str) -> str:
    return address.partition(":")[0]


def _of(news: News) -> str:
    return " ".join(sorted(f"{batch.category}:{batch.day}" for batch in news.batches))


@lru_cache(maxsize=64)
def _pattern(muted: frozenset[str]) -> re.Pattern[str] | None:
    """Return what finds the words, each as a word of its own where it is written with blanks between words."""
    words = [
        rf"(?<!\w){re.escape(word)}(?!\w)" if word.isascii() else re.escape(word) for word in sorted(muted)
    ]
    return re.compile("|".join(words)) if words else None


def _is_muted(entry: Entry, hidden: re.Pattern[str]) -> bool:
    paper = entry.paper
    return bool(hidden.search("\n".join((paper.title, paper.abstract, *paper.authors)).casefold()))
