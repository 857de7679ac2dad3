"""/status: how the bot is doing today."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from bot.announcements.batch import State
from bot.announcements.record import Announcements
from bot.announcements.table import table
from bot.chat.command import command
from bot.chat.reply import Block, Bullets, Heading, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import text
from bot.papers.schedule import latest_day
from bot.store.outbox import Outbox
from bot.store.quotas import Quotas
from bot.store.subscriptions import Subscriptions


class StatusCommands:
    """What an owner wants to know."""

    def __init__(
        self,
        *,
        announcements: Announcements,
        categories: Callable[[], Awaitable[Collection[str]]],
        subscriptions: Subscriptions,
        outbox: Outbox,
        quotas: Quotas,
        prices: tuple[float, float],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`prices` are those of a million prompt and completion tokens; 0 where nobody said."""
        self._announcements = announcements
        self._categories = categories
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._quotas = quotas
        self._prices = prices
        self._clock = clock

    @command("status", owner_only=True)
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
                "Model today (UTC): {calls} calls, {prompt} + {completion} tokens",
                calls=spent.calls,
                prompt=spent.prompt_tokens,
                completion=spent.completion_tokens,
            ),
        ]
        if any(self._prices):
            prompt, completion = self._prices
            money = (spent.prompt_tokens * prompt + spent.completion_tokens * completion) / 1_000_000
            lines.append(t("Money today (UTC): {money}", money=f"{money:.2f}"))
        # Small categories announce nothing on some days; that is no trouble.
        troubled = [b for b in account.batches if b.state not in (State.READ, State.HOLIDAY, State.EMPTY)]
        blocks: list[Block] = [Heading(text(t("Status"))), Bullets(tuple(map(text, lines)))]
        if troubled:
            said = ", ".join(f"{batch.category} ({t(batch.state.value)})" for batch in troubled)
            blocks.append(Paragraph(text(t("Not complete: {categories}.", categories=said))))
        return Reply(tuple(blocks))
