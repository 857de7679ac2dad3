"""What Prometheus asks for: the store's counts of the day, and what this process has seen."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.announcements.batch import State
from bot.announcements.record import Announcements
from bot.announcements.table import table
from bot.errors import PaperwireError
from bot.papers.schedule import latest_day
from bot.store.gate import RedisGate
from bot.store.outbox import Outbox
from bot.store.quotas import Quotas
from bot.store.subscriptions import Subscriptions
from bot.web.prompt import Prompt
from bot.writing.texts import Texts

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_PLATFORMS = "bot.platforms."
_PARTS = ("announcements", "chat", "editions", "papers", "schedule", "store", "topics", "web", "writing")
_LEVELS = ("warning", "error")


class Troubles(logging.Handler):
    """Counts warnings and errors by the part of the bot that logs them, those of platforms apart.

    All that can be foreseen begin with 0: what appears only with its first error has no rise to be alarmed by.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.platforms = Counter({(name, level): 0 for name in ("telegram", "discord") for level in _LEVELS})
        self.others = Counter({(name, level): 0 for name in _PARTS for level in _LEVELS})

    def emit(self, record: logging.LogRecord) -> None:
        name, level = record.name, record.levelname.lower()
        if name.startswith(_PLATFORMS):
            self.platforms[name.removeprefix(_PLATFORMS).split(".")[0], level] += 1
        else:
            part = name.split(".")[1] if name.startswith("bot.") else name.split(".")[0]
            self.others[part, level] += 1


@dataclass
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
    patience: float = 3.0  # seconds that a scrape waits for the store

    def __post_init__(self) -> None:
        self._asking = Prompt(self._stored, self.patience)

    async def exposition(self) -> bytes:
        """Return them in the text format; without the store, what this process has seen is all there is."""
        from prometheus_client import CollectorRegistry, generate_latest

        try:
            stored = await self._asking() or []
        except PaperwireError:
            stored = []
        metrics = [
            _gauge("store_up", "1 if the store answers", value=bool(stored)),
            *stored,
            *self._own(),
        ]

        class Once:
            def collect(self) -> Iterator[Metric]:
                yield from metrics

        registry = CollectorRegistry()
        registry.register(Once())
        return generate_latest(registry)

    async def _stored(self) -> list[Metric]:
        """Return what all processes together have done: it outlives each of them. Raises `StoreUnavailable`."""
        now = self.clock()
        account = await table(
            self.announcements, latest_day(datetime.fromtimestamp(now, UTC)), await self.categories()
        )
        states = Counter({state.value: 0 for state in State})
        states.update(batch.state.value for batch in account.batches)
        deliveries, spent = await self.outbox.counts(now), await self.quotas.today()
        tokens = {
            "prompt": spent.prompt_tokens,
            "completion": spent.completion_tokens,
            "cached": spent.cached_tokens,
        }
        day = "today, by UTC; begins anew each day"
        return [
            _gauge("batches", "categories of the latest announcement, by what came of reading it", "state", states),
            _gauge("announced_papers", "papers of the latest announcement", value=account.papers),
            _gauge("subscriptions", "topics and queries that chats follow", value=await self.subscriptions.count()),
            _gauge("editions_today", f"deliveries {day}; planned ones were due", "state", deliveries),
            _gauge("model_calls_today", f"calls that the model answered {day}", value=spent.calls),
            _gauge("model_retries_today", f"requests to the model that failed {day}", value=spent.retries),
            _gauge("model_tokens_today", f"tokens {day}; cached ones are among those of the prompt", "kind", tokens),
            _gauge("model_money_today", f"money by MODEL_PRICES {day}", value=spent.money),
            _gauge("arxiv_gate_closed", "1 if the arXiv refused this bot", value=await self.gate.is_closed()),
        ]  # fmt: skip

    def _own(self) -> list[Metric]:
        """Return what this process has seen since it began."""
        texts = {"hit": self.texts.hits, "miss": self.texts.misses}
        return [
            _counter("arxiv_gate_turns", "requests to the arXiv of this process", value=self.gate.turns),
            _counter("arxiv_gate_wait_seconds", "time that they waited for their turn", value=self.gate.waited),
            _counter("texts", "texts asked for in this process: there already, or to be written", "cache", texts),
            _counter("platform_errors", "warnings and errors of this process about platforms", "platform", self.troubles.platforms),
            _counter("troubles", "other warnings and errors of this process", "part", self.troubles.others),
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
    labels = [label, "level"] if label in ("part", "platform") else [label]
    made = CounterMetricFamily(f"paperwire_{name}", said, labels=labels)
    for key, number in values.items():
        made.add_metric([key] if isinstance(key, str) else list(key), float(number))
    return made
