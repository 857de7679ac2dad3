"""What Prometheus asks for: the store's counts of the day, and what this process has seen."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.announcements.record import Announcements
from bot.announcements.table import table
from bot.papers.schedule import latest_day
from bot.store.gate import RedisGate
from bot.store.outbox import Outbox
from bot.store.quotas import Quotas
from bot.store.subscriptions import Subscriptions
from bot.writing.texts import Texts

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_PLATFORMS = "bot.platforms."


class Troubles(logging.Handler):
    """Counts warnings and errors by the part of the bot that logs them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.counts: Counter[tuple[str, str]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        name = record.name
        if name.startswith(_PLATFORMS):
            part = name.removeprefix(_PLATFORMS).split(".")[0]
        else:
            part = name.split(".")[1] if name.startswith("bot.") and name.count(".") else name.split(".")[0]
        self.counts[part, record.levelname.lower()] += 1


@dataclass(frozen=True, slots=True)
class Metrics:
    """Puts the numbers together when they are asked for."""

    announcements: Announcements
    categories: Callable[[], Awaitable[Collection[str]]]
    outbox: Outbox
    quotas: Quotas
    subscriptions: Subscriptions
    texts: Texts
    gate: RedisGate
    troubles: Troubles
    clock: Callable[[], float]

    async def exposition(self) -> bytes:
        """Return them in the text format. Raises `StoreUnavailable`."""
        from prometheus_client import CollectorRegistry, generate_latest

        metrics = await self._metrics()

        class Once:
            def collect(self) -> Iterator[Metric]:
                yield from metrics

        registry = CollectorRegistry()
        registry.register(Once())
        return generate_latest(registry)

    async def _metrics(self) -> list[Metric]:
        now = self.clock()
        account = await table(
            self.announcements, latest_day(datetime.fromtimestamp(now, UTC)), await self.categories()
        )
        states = Counter(batch.state.value for batch in account.batches)
        deliveries, spent = await self.outbox.counts(now), await self.quotas.today()
        day = "today, by UTC; begins anew each day"
        return [
            _gauge("batches", "categories of the latest announcement, by what came of reading it", "state", states),
            _gauge("announced_papers", "papers of the latest announcement", value=account.papers),
            _gauge("subscriptions", "topics and queries that chats follow", value=await self.subscriptions.count()),
            _gauge("editions_today", f"deliveries {day}; planned ones were due", "state", deliveries),
            _gauge("model_calls_today", f"calls that the model answered {day}", value=spent.calls),
            _gauge("model_retries_today", f"requests to the model that failed {day}", value=spent.retries),
            _gauge(
                "model_tokens_today",
                f"tokens {day}; cached ones are among those of the prompt",
                "kind",
                {
                    "prompt": spent.prompt_tokens,
                    "completion": spent.completion_tokens,
                    "cached": spent.cached_tokens,
                },
            ),
            _gauge("model_money_today", f"money by MODEL_PRICES {day}", value=spent.money),
            _gauge("arxiv_gate_closed", "1 if the arXiv refused this bot", value=await self.gate.is_closed()),
            _counter("arxiv_gate_turns", "requests to the arXiv of this process", value=self.gate.turns),
            _counter(
                "arxiv_gate_wait_seconds", "time that they waited for their turn", value=self.gate.waited
            ),
            _counter(
                "texts",
                "texts asked for in this process: there already, or to be written",
                "cache",
                {"hit": self.texts.hits, "miss": self.texts.misses},
            ),
            _counter("troubles", "warnings and errors of this process", "part", self.troubles.counts),
        ]  # fmt: skip


def _gauge(
    name: str, said: str, label: str = "", values: Mapping[str, float] | None = None, value: float = 0
) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    if values is None:
        return GaugeMetricFamily(f"paperwire_{name}", said, value=float(value))
    made = GaugeMetricFamily(f"paperwire_{name}", said, labels=[label])
    for key, number in values.items():
        made.add_metric([key], float(number))
    return made


def _counter(
    name: str,
    said: str,
    label: str = "",
    values: Mapping[str, float] | Mapping[tuple[str, str], float] | None = None,
    value: float = 0,
) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    if values is None:
        return CounterMetricFamily(f"paperwire_{name}", said, value=float(value))
    labels = [label, "level"] if label == "part" else [label]
    made = CounterMetricFamily(f"paperwire_{name}", said, labels=labels)
    for key, number in values.items():
        made.add_metric([key] if isinstance(key, str) else list(key), float(number))
    return made
