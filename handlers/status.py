"""/status: how the bot is doing today."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from bot.announcements.batch import State
from bot.announcements.record import Announcements
from bot.announcements.table import table
from bot.chat.command import Section, command
from bot.chat.reply import Block, Bullets, Heading, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Bold, text
from bot.chat.wording import Translator
from bot.papers.schedule import latest_day
from bot.store.outbox import Outbox
from bot.store.quotas import Group, Quotas
from bot.store.subscriptions import Subscriptions

_MOST = 5  # chats, and people, that are named


class StatusCommands:
    """What an owner wants to know."""

    section = Section.BOT

    def __init__(
        self,
        *,
        announcements: Announcements,
        categories: Callable[[], Awaitable[Collection[str]]],
        subscriptions: Subscriptions,
        outbox: Outbox,
        quotas: Quotas,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._announcements = announcements
        self._categories = categories
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._quotas = quotas
        self._clock = clock

    @command("status", owner_only=True, reads=True)
    async def status(self, request: Request) -> Reply:
        """Show how the bot is doing today."""
        t, now = request.t, self._clock()
        day = latest_day(datetime.fromtimestamp(now, UTC))
        account = await table(self._announcements, day, await self._categories())
        read = sum(batch.state is State.READ for batch in account.batches)
        counts = await self._outbox.counts(now)
        spent = await self._quotas.today()
        lines = [
            t(
                "Announcement of {day}: {read} of {all} categories read, {papers} papers",
                day=day.isoformat(),
                read=read,
                all=len(account.batches),
                papers=account.papers,
            ),
            t("Subscriptions: {count}", count=await self._subscriptions.count()),
            t(
                "Editions today (UTC): {planned} due, {sent} sent, {failed} failed, {uncertain} uncertain",
                **{name: counts.get(name, 0) for name in ("planned", "sent", "failed", "uncertain")},
            ),
            t(
                "Model today (UTC): {calls} calls, {retries} retries; {prompt} ({cached} cached) + {completion} tokens",
                calls=spent.calls,
                retries=spent.retries,
                prompt=spent.prompt_tokens,
                cached=spent.cached_tokens,
                completion=spent.completion_tokens,
            ),
        ]
        if spent.money:
            lines.append(t("Money today (UTC): {money}", money=_amount(spent.money)))
        # Small categories announce nothing on some days; that is no trouble.
        troubled = [b for b in account.batches if b.state not in (State.READ, State.HOLIDAY, State.EMPTY)]
        blocks: list[Block] = [Heading(text(t("Status"))), Bullets(tuple(map(text, lines)))]
        # Who asks for how much is nobody's business in a group.
        if request.private:
            blocks += [
                *await self._most(t, "chat", t("Chats that cost most today")),
                *await self._most(t, "person", t("People who cost most today")),
            ]
        if troubled:
            said = ", ".join(f"{batch.category} ({t(batch.state.value)})" for batch in troubled)
            blocks.append(Paragraph(text(t("Not complete: {categories}.", categories=said))))
        return Reply(tuple(blocks))

    async def _most(self, t: Translator, group: Group, title: str) -> list[Block]:
        """Return who spent most of a group, with what they spent; nothing if nobody did."""
        rows = [
            t(
                "{who}: {money} for {calls} calls, {tokens} tokens",
                who=who,
                money=_amount(spent.money),
                calls=spent.calls,
                tokens=spent.prompt_tokens + spent.completion_tokens,
            )
            for who, spent in await self._quotas.most(group, _MOST)
        ]
        return [Paragraph(text(Bold(title))), Bullets(tuple(map(text, rows)))] if rows else []


def _amount(money: float) -> str:
    """Return an amount with the cents, and a small one with what there is below them."""
    return f"{money:.2f}" if money >= 1 else f"{money:.4f}"
