"""Ten thousand updates that nobody sane sends: none ends the bot, none that calls for an answer is met with silence."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import PAPERWIRE, environment
from benchmarks.rows import Bound, Row
from benchmarks.scene import scene
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User

UPDATES = 10_000
_SEED = 20_261_121
_AT_ONCE = 200
_ALPHABET = "ab1./-:@#_*`~<>&\"'\\{}[]() \n\t\x00\x1b\u200b\u202e中文é👩‍👩‍👧🇨🇳\ud7ff\U0001f600"
_WORDS = (
    "/summarize",
    "/help",
    "/start",
    "/translate",
    "/nothing",
    "/language",
    "arxiv.org/abs/",
    "2501.",
    "v1",
    "zh",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, and where an answer is due: in `chat`, to the press `callback`, or nowhere."""

    chat: Chat | None = None
    callback: str | None = None


class Fuzzer:
    """Makes updates by a seed, each from a person of its own."""

    def __init__(self, telegram: TelegramFake, paper: str) -> None:
        self._telegram = telegram
        self._paper = paper
        self._random = random.Random(_SEED)
        self._people = 100_000
        self._group = telegram.supergroup("Everybody")

    def one(self) -> Sent:
        """Send one update."""
        kinds = (self._private, self._command, self._press, self._in_group, self._odd, self._mutilated)
        return self._random.choice(kinds)()

    def _person(self) -> User:
        self._people += 1
        return self._telegram.user(
            self._people, self._noise(12) or "x", self._random.choice(("", "en", "zh-hans", "xx"))
        )

    def _noise(self, most: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=self._random.randrange(most)))

    def _text(self) -> str:
        length = self._random.choice((3, 40, 300, 10_000))
        parts = [
            self._random.choice((*_WORDS, self._noise(length))) for _ in range(self._random.randrange(1, 5))
        ]
        return self._random.choice(("", " ")).join(parts).strip() or "?"

    def _private(self) -> Sent:
        person = self._person()
        chat = self._telegram.private(person)
        self._telegram.say(chat, person, self._text())
        return Sent(chat)

    def _command(self) -> Sent:
        person = self._person()
        chat = self._telegram.private(person)
        name = self._random.choice(
            ("summarize", "takeaways", "abstract", "cite", "help", "language", "start", "allow")
        )
        said = self._random.choice((self._paper, self._noise(60), self._noise(10_000), ""))
        self._telegram.say(chat, person, f"/{name} {said}".strip())
        return Sent(chat)

    def _press(self) -> Sent:
        person = self._person()
        chat = self._telegram.private(person)
        data = self._random.choice((f"/cite {self._paper}", self._noise(30), "", None))
        message = self._random.choice((None, {"chat": chat.json(), "message_id": 7, "date": 0}))
        return Sent(callback=self._telegram.callback(chat, person, data, message))

    def _in_group(self) -> Sent:
        self._telegram.say(
            self._group, self._person(), self._random.choice(("hello", "/help@other_bot", "/etc/passwd"))
        )
        return Sent()

    def _odd(self) -> Sent:
        chat = self._group.json()
        message: dict[str, Any] = {"message_id": 1, "date": 0, "chat": chat}
        kinds: tuple[dict[str, Any], ...] = (
            {"poll": {}},
            {"edited_message": {**message, "text": "/help"}},
            {"channel_post": message},
            {"message": {**message, "new_chat_title": self._noise(20)}},
            {"message": {**message, "from": self._person().json(), "sticker": {}}},
            {"some_day": {"a": [1, {"b": None}]}},
        )
        self._telegram.update(self._random.choice(kinds))
        return Sent()

    def _mutilated(self) -> Sent:
        person = self._person()
        update = {
            "message_id": 1,
            "date": 0,
            "chat": {"id": person.id, "type": "private"},
            "from": person.json(),
            "text": "/help",
        }
        for _ in range(self._random.randrange(1, 4)):
            if update:
                key = self._random.choice(list(update))
                spoiled: Any = self._random.choice((None, [], {}, "x", -1, 2**70))
                update[key] = spoiled
                if self._random.random() < 0.3:
                    del update[key]
        self._telegram.update({"message": update})
        return Sent()


def measure() -> list[Row]:
    """Return how many updates were not worked on, and how many were met with silence."""
    with scene() as here, TelegramFake() as telegram:
        log = here.folder / "stderr"
        settings = {**here.settings, **telegram.settings(), "OWNERS": "1", "LOG_LEVEL": "WARNING"}
        with log.open("wb") as errors:
            bot = subprocess.Popen(
                [PAPERWIRE, "run"], cwd=here.folder, env=environment(settings), stderr=errors
            )
            silent = sum(not answered for answered in _answers(telegram, Fuzzer(telegram, here.ids[0])))
            alive = bot.poll() is None
            bot.terminate()
            bot.wait(30)
        said = log.read_text(errors="replace")
        unhandled = said.count("Traceback") + (not alive)
        sent = UPDATES
    return [
        Row("updates sent", sent, "updates"),
        Row("of them unhandled", unhandled, "updates", Bound("exactly", 0)),
        Row("of them met with silence", silent, "updates", Bound("exactly", 0)),
    ]


def _answers(telegram: TelegramFake, fuzzer: Fuzzer) -> Iterator[bool]:
    """Send everything, a few hundred at a time, and yield for each whether it got what was due."""
    for _ in range(0, UPDATES, _AT_ONCE):
        batch = [fuzzer.one() for _ in range(_AT_ONCE)]

        late = _late(telegram, batch)
        yield from (sent not in late for sent in batch)


def _late(telegram: TelegramFake, batch: list[Sent]) -> list[Sent]:
    """Return those of `batch` that are owed an answer and have none after a minute."""

    def due() -> list[Sent]:
        pressed = {call["callback_query_id"] for call in telegram.called("answerCallbackQuery")}
        silent = (
            (s.chat is not None and not s.chat.sent) or s.callback not in (None, *pressed) for s in batch
        )
        return [sent for sent, waiting in zip(batch, silent, strict=True) if waiting]

    with suppress(TimeoutError):
        telegram.wait(lambda: not due(), 60)
    return due()
