"""Chats that follow something, put straight into the store; made-up papers of the latest announcement."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.processes import wait_until
from bot.editions.when import Schedule
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.language import Language
from bot.papers.schedule import latest_day, submission_window
from bot.store.client import Store
from bot.store.subscriptions import Subscriptions
from tests.fakes.arxiv import ArxivFake, Corpus, made_paper
from tests.fakes.corpus import ArxivPaper
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat

_AT_ONCE = 500
_SOON = 4.0  # seconds

Row = tuple[Chat, str, Language]  # who follows what, in which language


@dataclass(slots=True)
class Newsroom:
    """Stand-ins for all that a bot speaks to, and `settings` that point it there."""

    arxiv: ArxivFake
    model: OpenAIFake
    telegram: TelegramFake
    folder: Path
    settings: dict[str, str]
    _people: Iterator[int]

    def chats(self, many: int) -> list[Chat]:
        """Return private chats that nobody has seen before."""
        telegram = self.telegram
        return [telegram.private(telegram.user(n, "Reader", "en")) for n in islice(self._people, many)]

    def follow(self, rows: Iterable[Row], due: float | None = None) -> None:
        """Let chats follow something from `due` on, or as soon as it is announced.

        What was announced today is new to them.
        """

        async def add(store: Store) -> None:
            kept, left = Subscriptions(store), iter(rows)
            schedule = Schedule(None, Zone("UTC"))
            while some := list(islice(left, _AT_ONCE)):
                await asyncio.gather(
                    *(
                        kept.add(
                            f"telegram:{chat.id}",
                            wanted,
                            Wish(schedule, language, 0).to_json(),
                            due,
                            limit=1,
                        )
                        for chat, wanted, language in some
                    )
                )

        self.call(add)

    def follow_soon(self, rows: Iterable[Row]) -> float:
        """Let chats follow something, all of it due at one moment; return that, by the monotonic clock."""
        due = time.time() + _SOON
        self.follow(rows, due)
        left = due - time.time()
        assert left > 0, "the machine is too slow to get ready in time"
        return time.monotonic() + left

    def call(self, work: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
        """Do something in the store of the bot."""

        async def run() -> None:
            store = Store.embedded_in(Path(self.settings["DATA_DIR"]))
            try:
                await work(store)
            finally:
                await store.close_all()

        asyncio.run(run())

    def wait_for(self, chats: Sequence[Chat], seconds: float) -> None:
        """Return when every chat has got a message."""
        left = list(chats)

        def all_have() -> bool:
            while left and left[-1].sent:
                left.pop()
            return not left

        wait_until(all_have, "a message in every chat", seconds)


@contextmanager
def newsroom(papers: Iterable[ArxivPaper], *, limits: bool = False) -> Iterator[Newsroom]:
    """Set everything up until the end of the block; `limits` are Telegram's, the arXiv insists on its 3 s."""
    arxiv = ArxivFake(Corpus(papers), enforce_pace=True)
    with (
        tempfile.TemporaryDirectory(prefix="pw-bench-") as name,
        arxiv,
        OpenAIFake() as model,
        TelegramFake(limits=limits) as telegram,
    ):
        folder = Path(name)
        settings = arxiv.settings() | model.settings() | telegram.settings()
        settings |= {"DATA_DIR": str(folder / "data"), "ACCESS": "open", "LOG_LEVEL": "WARNING"}
        settings |= {"OWNERS": "telegram:1", "ARXIV_CATEGORIES": "cs.CL,cs.IR", "DAILY_CALLS": "100000"}
        yield Newsroom(arxiv, model, telegram, folder, settings, count(10_000))


def announced(number: int, title: str, about: str) -> ArxivPaper:
    """Return a paper of the latest announcement, of which an edition says a sentence or two."""
    day = latest_day(datetime.now(UTC))
    abstract = (
        f"We study {about} in setting {number}. We measure it at {number}.5 points on a benchmark. It holds."
    )
    submitted = submission_window(day)[0] + timedelta(hours=1)
    return made_paper(f"2611.{number:05}", title, abstract, announced=day, submitted=submitted)
