"""/subscribe and what goes with it: what a chat is sent without asking each time."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from bot.chat.command import Arg, Choice, Section, command
from bot.chat.platform import NO_PERMITS, Permits
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply, say
from bot.chat.request import Address, Request
from bot.chat.text import Bold, Code, text
from bot.editions.desk import next_run
from bot.editions.habits import Habits
from bot.editions.options import Options, without_target
from bot.editions.period import LONGEST
from bot.editions.when import moment
from bot.editions.wish import Wish, followed_as, is_roundup, wanted_of
from bot.editions.wording import (
    BY_HAND,
    as_typed,
    how_text,
    line_of,
    name_of,
    next_text,
    paused_text,
    when_text,
)
from bot.editions.wording import (
    called as called_by,
)
from bot.editions.zones import Zone
from bot.errors import MissingArgument, NotSubscribed, TooManySubscriptions, Unpermitted
from bot.language import ENGLISH, Language
from bot.papers.schedule import announcement_days, latest_day
from bot.store.choices import Choices
from bot.store.ended import Ended
from bot.store.followed import Followed
from bot.store.phrases import Phrases
from bot.store.subscriptions import Subscription, Subscriptions
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from handlers.aiming import Aim
from handlers.topics import WantedText

ALL = "all"
_WEEK = 7  # days between two roundups where nothing was said

Heard = Callable[[], Awaitable[tuple[int, date | None]]]
Revive = Callable[[str, float], Awaitable[int]]


class FollowedText(WantedText):
    """The name of something that the chat follows, or "all"."""


class WishText(str):
    """A topic or query, and after it when, where and how it is to be sent."""

    @classmethod
    def complete(cls, prefix: str) -> Sequence[Choice]:
        """Suggest topics; behind a time and `in` the zones, behind `language` the languages."""
        for ending, offered in ((_ENDS_IN_ZONE, Zone.complete), (_ENDS_IN_LANGUAGE, Language.complete)):
            if found := ending.fullmatch(prefix):
                said, begun = found[1], found[2]
                return [(said + value, f"{said}{shown}") for value, shown in offered(begun)]
        return WantedText.complete(prefix)


_ENDS_IN_ZONE = re.compile(r"(.+\d(?::\d\d)?\s*(?:am|pm)? in )(\S*)", re.IGNORECASE | re.DOTALL)
_ENDS_IN_LANGUAGE = re.compile(r"(.+ language )(\S*)", re.IGNORECASE | re.DOTALL)


_EVERYTHING, _NOTHING = FollowedText(ALL), FollowedText("")


class SubscriptionCommands:
    """What a chat follows."""

    section = Section.EDITIONS

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        choices: Choices,
        followed: Followed,
        phrases: Phrases,
        aim: Aim,
        ended: Ended,
        heard: Heard,
        zone: Zone,
        limit: int,
        revive: Revive,
        permits: Permits = NO_PERMITS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`zone` is that of a chat that has not named one; `limit` is how many subscriptions a chat may have.

        `heard` says how far announcements are known already: those are not sent to a new subscriber. `revive`
        puts in line again what a subscription could not be sent.
        """
        self._subscriptions = subscriptions
        self._choices = choices
        self._permits = permits
        self._followed = followed
        self._phrases = phrases
        self._aim = aim
        self._ended = ended
        self._heard = heard
        self._zone = zone
        self._limit = limit
        self._revive = revive
        self._clock = clock

    async def suggest(self, address: Address, prefix: str) -> Sequence[Choice]:
        """Return what the chat follows that `prefix` may mean, by what is typed; at the end all of it."""
        wanted = prefix.strip().casefold()
        followed = await self._subscriptions.of(address.key)
        offered = [(await self._phrases.name(one.wanted), name_of(one, ENGLISH)) for one in followed]
        if offered:
            offered.append((ALL, ALL))
        return [pair for pair in offered if any(wanted in said.casefold() for said in pair)]

    @command("subscribe", "sub", "follow", example="/subscribe RAG at 09:00 in Asia/Shanghai")
    async def subscribe(
        self,
        request: Request,
        *,
        wish: Annotated[WishText, Arg("topic or query, then at 09:00 in Berlin, a language, top 5")],
    ) -> Reply:
        """Get a daily edition on a topic or query."""
        options = Options.parse(await self._phrases.text(str(wish)))
        if options.roundup and not (options.every or options.weekdays):
            options = replace(options, every=_WEEK)
        there = await self._aim.target(request, options.target)
        target = there.address
        wanted = Wanted.parse(options.wanted, catalogue.load())
        now = self._clock()
        place = target.thread or ""
        followed = await self._subscriptions.of(target.key)
        habits = Habits.from_json(await self._choices.get(target.key))
        if not (request.private and target == request.address):
            thread = habits.thread and not place
            if lacking := await self._permits.lacking(target, thread=thread, role=habits.role):
                raise Unpermitted(lacking)
        known_as = followed_as(wanted.typed, roundup=options.roundup)
        before = next((one for one in followed if one.place == place and _same(one, known_as)), None)
        zone = habits.zone or self._usual_zone(before, followed)
        schedule = replace(options, time=options.time or habits.time).schedule(zone, moment(now))
        # A roundup is about days before it, known or not.
        since, told = (0, None) if options.roundup else await self._since(now)
        kept = Wish(
            schedule=schedule,
            language=options.language or request.language,
            since=since,
            top=options.top or habits.top,
            detail=options.detail or habits.detail,
            quiet=options.quiet or habits.quiet,
            person=request.person,
            scope=there.scope,
            told=told,
            roundup=min(options.every or _WEEK, LONGEST) if options.roundup else 0,
        )
        # First what is to be read for it: without that it would wait for what nobody looks for.
        await self._followed.add(wanted.categories, next_run(target.key, kept, now) or now)
        kept = await self._keep(target, known_as, kept, before, now)
        undo = f"/subscribe {await self._phrases.name(as_typed(before, options.target))}" if before else ""
        return await self._told(request, options.target, wanted, kept, undo)

    async def _keep(
        self, target: Address, known_as: str, wish: Wish, before: Subscription | None, now: float
    ) -> Wish:
        """Keep what is wished, and return it with what it takes over: what it has not had yet is still to come.

        `before` is what the place follows so far; an edition of it that is due stays due. Raises
        `TooManySubscriptions`.
        """
        left = before
        while left and left.paused is None:
            # What waits for its announcement goes on waiting: its next run is counted from there.
            waiting = Wish.from_json(left.data).waiting
            changed = replace(_continued(wish, left.data), waiting=waiting)
            if await self._subscriptions.change(
                left,
                changed.to_json(),
                now,
                rescheduled=waiting is None,
                next_run=next_run(target.key, changed, now),
            ):
                await self._revive(left.id, now)  # we may have been cut off below
                return changed
            left = await self._subscriptions.get(left.id)  # an edition was planned while we looked
        last = left or before
        if had := last.data if last else await self._ended.find(target.key, target.thread or "", known_as):
            wish = _continued(wish, had)
        run = next_run(target.key, wish, now)
        added = await self._subscriptions.add(
            target.key, known_as, wish.to_json(), run, limit=self._limit, place=target.thread or ""
        )
        if added is None:
            raise TooManySubscriptions(self._limit)
        await self._revive(added.id, now)
        return wish

    @command("unsubscribe", "unsub", "unfollow", example="/unsubscribe RAG")
    async def unsubscribe(
        self, request: Request, *, topic: Annotated[FollowedText, Arg("topic or query, or all")]
    ) -> Reply:
        """Stop a daily edition."""
        t = request.t
        chat, typed, name = await self._aim.read(request, str(topic))
        if not typed:
            raise MissingArgument("topic", "/unsubscribe <topic>")
        if typed.casefold() == ALL:
            for one in await self._subscriptions.of(chat.key):
                await self._ended.keep(chat.key, one.place, one.wanted, one.data)
            count = await self._subscriptions.remove_all(chat.key)
            return say(t("Nothing is sent here any more; {count} subscriptions ended.", count=count))
        one = await self._one(request, chat, typed)
        await self._ended.keep(chat.key, one.place, one.wanted, one.data)
        await self._subscriptions.remove(one.id, chat=one.chat)
        said = t.rich("Ended: {name}.", name=Bold(name_of(one, request.language)))
        if (chat.thread or "") != one.place:
            return Reply((Paragraph(said),))
        again = f"/subscribe {await self._phrases.name(as_typed(one, name))}"
        return Reply((Paragraph(said), Buttons(((Button(t("Undo"), again),),))))

    @command("subscriptions", "subs", reads=True)
    async def subscriptions(
        self,
        request: Request,
        *,
        chat: Annotated[FollowedText, Arg("another chat, such as: for @channel")] = _NOTHING,
    ) -> Reply:
        """List what this chat follows."""
        t = request.t
        where, called = request.address, None
        if chat:
            typed = str(chat) if without_target(str(chat))[1] else f"for {chat}"
            where, _, called = await self._aim.read(request, typed)
        target = f" for {called}" if called else ""
        followed = await self._subscriptions.of(where.key)
        if not followed:
            said = t.rich("Nothing is followed here yet; `/subscribe RAG at 09:00` begins.")
            return Reply((Paragraph(said),))
        lines = tuple(line_of(one, t, request.language, self._clock()) for one in followed)
        rows = []
        for one in followed[:20]:
            name = await self._phrases.name(one.wanted + target)
            label = t("End {name}", name=name_of(one, request.language)[:24])
            rows.append((Button(label, f"/unsubscribe {name}"),))
        heading = Heading(text(Code(called) if called else t("Subscriptions here")))
        return Reply((heading, Bullets(lines), Buttons(tuple(rows))))

    @command("pause", example="/pause RAG")
    async def pause(
        self,
        request: Request,
        *,
        topic: Annotated[FollowedText, Arg("topic or query, or all")] = _EVERYTHING,
    ) -> Reply:
        """Send nothing until resumed."""
        several = await self._several(request, str(topic))
        active = [one for one in several if not one.paused]
        for one in active:
            await self._subscriptions.pause(one.id, BY_HAND)
        said = request.t("Paused: {count}.", count=len(active))
        resume = Button(request.t("Resume"), f"/resume {await self._phrases.name(str(topic))}")
        return Reply((Paragraph(text(said)), Buttons(((resume,),))))

    @command("resume", example="/resume RAG")
    async def resume(
        self,
        request: Request,
        *,
        topic: Annotated[FollowedText, Arg("topic or query, or all")] = _EVERYTHING,
    ) -> Reply:
        """Send what was paused again; what came meanwhile comes with it."""
        t, now = request.t, self._clock()
        meant = await self._several(request, str(topic))
        paused = [one for one in meant if one.paused]
        for one in paused:
            # It waited for an announcement of those days, and does not go on waiting for that.
            wish = replace(Wish.from_json(one.data), waiting=None)
            run = next_run(one.chat, wish, now)
            await self._followed.add(
                Wanted.parse(wanted_of(one.wanted), catalogue.load()).categories, run or now
            )
            await self._subscriptions.change(one, wish.to_json(), now)
            await self._subscriptions.resume(one.id, run)
        # Of all that are meant, paused or not: we may have been cut off in between.
        unsent = sum([await self._revive(one.id, now) for one in meant])
        blocks: list[Block] = [Paragraph(text(t("Resumed: {count}.", count=len(paused))))]
        if unsent:
            blocks.append(
                Paragraph(text(t("What could not be sent comes now, editions: {count}.", count=unsent)))
            )
        reasons = [one for one in paused if one.paused != BY_HAND]
        if reasons:  # nobody here has heard of it: it could not be said when it came about
            lines = (paused_text(one, t, request.language) for one in reasons)
            blocks.append(Bullets(tuple(lines)))
        return Reply(tuple(blocks))

    async def _since(self, now: float) -> tuple[int, date | None]:
        """Return what is known already, and is not sent to a new subscriber."""
        number, day = await self._heard()
        latest = latest_day(moment(now))
        if day is None:
            return number, None
        # An announcement that is out and not read yet is still to come.
        before = announcement_days(latest - timedelta(days=14), latest - timedelta(days=1))[-1]
        return number, latest if day >= latest else before

    def _usual_zone(self, before: Subscription | None, followed: Sequence[Subscription]) -> Zone:
        usual = before or (followed[-1] if followed else None)
        return Wish.from_json(usual.data).schedule.zone if usual else self._zone

    async def _one(self, request: Request, chat: Address, typed: str) -> Subscription:
        wanted = Wanted.parse(wanted_of(typed), catalogue.load())
        followed = await self._subscriptions.of(chat.key)
        # Whoever follows the roundups alone need not say so.
        for roundup in (True,) if is_roundup(typed) else (False, True):
            known_as = followed_as(wanted.typed, roundup=roundup)
            if same := [one for one in followed if _same(one, known_as)]:
                break
        else:
            raise NotSubscribed(wanted.name(request.language.tag))
        return next((one for one in same if one.place == (chat.thread or "")), same[0])

    async def _several(self, request: Request, typed: str) -> list[Subscription]:
        chat, rest, _ = await self._aim.read(request, typed)
        if not rest or rest.casefold() == ALL:
            return await self._subscriptions.of(chat.key)
        return [await self._one(request, chat, rest)]

    async def _told(
        self, request: Request, called: str | None, wanted: Wanted, wish: Wish, undo: str
    ) -> Reply:
        t = request.t
        name = await self._phrases.name(wanted.typed)
        known_as = followed_as(wanted.typed, roundup=bool(wish.roundup))
        what = Bold(
            called_by(wanted.name(request.language.tag), request.language, roundup=bool(wish.roundup))
        )
        lines = [
            t.rich("You follow {name} here.", name=what)
            if called is None
            else t.rich("{chat} follows {name}.", chat=Code(called), name=what),
            text(when_text(wish, t), " · ", how_text(wish, t)),
            text(next_text(wish, t, request.language, self._clock())),
        ]
        if not undo:
            there = known_as if called is None else f"{known_as} for {called}"
            undo = f"/unsubscribe {await self._phrases.name(there)}"
        latest = f"/roundup {name} {wish.roundup}" if wish.roundup else f"/edition {name}"
        row = (Button(t("Undo"), undo), Button(t("Show the latest now"), latest))
        return Reply((*map(Paragraph, lines), Buttons((row,))))


def _same(one: Subscription, known_as: str) -> bool:
    return " ".join(one.wanted.casefold().split()) == " ".join(known_as.casefold().split())


def _continued(wish: Wish, data: str) -> Wish:
    """Return the wish as one that goes on from where another, kept as `data`, has come to."""
    had = Wish.from_json(data)
    return replace(wish, since=had.since, told=had.told, rounded=had.rounded)
