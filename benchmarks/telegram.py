"""A cached `/summarize` end to end on Telegram, against a bare python-telegram-bot that says as much."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from benchmarks.processes import paperwire_run, worker
from benchmarks.rates import compare
from benchmarks.rows import Row
from benchmarks.scene import scene
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat


class _Readers:
    """People with a private chat each."""

    def __init__(self, fake: TelegramFake, paper: str) -> None:
        self._fake = fake
        self._paper = paper
        self._ids = count(10_000)

    def ask(self) -> Chat:
        """Let a new person ask for the summary."""
        person = self._fake.user(next(self._ids), "Reader")
        chat = self._fake.private(person)
        self._fake.say(chat, person, f"/summarize {self._paper}")
        return chat

    def answered(self, asked: Chat) -> object:
        """Return what the bot has sent to the chat."""
        return asked.sent

    def wait(self, condition: Callable[[], object]) -> None:
        """Return as soon as `condition` holds."""
        self._fake.wait(condition, 60)


def measure() -> list[Row]:
    """Return both rates and their ratio. Each bot has a Telegram of its own, and rests while the other works."""
    with scene() as here, TelegramFake() as ours, TelegramFake() as theirs:
        readers, others = _Readers(ours, here.ids[0]), _Readers(theirs, here.ids[0])
        with paperwire_run(here.folder, {**here.settings, **ours.settings()}):
            first = readers.ask()
            readers.wait(lambda: first.sent)
            text = first.sent[0].text
            assert len(first.sent) == 1, first.sent
            with worker("bare_telegram", here.folder, {}, theirs.url, theirs.token, text):
                return compare("Telegram", "python-telegram-bot", others, readers)
