"""One topic's edition to thousands of chats on Telegram: what it costs, and how fast it goes out."""

from __future__ import annotations

import json
import time
from itertools import cycle
from statistics import median

import psutil

from benchmarks.followers import Newsroom, announced, newsroom
from benchmarks.processes import Worker, paperwire_run, wait_until, worker
from benchmarks.rows import Bound, Row
from bot.language import ENGLISH, Language
from tests.fakes.corpus import ArxivPaper
from tests.fakes.telegram_world import Chat

_CHATS = 5_000
_PAPERS = 10
_LANGUAGES = (ENGLISH, Language("zh-Hans"))
_ROUNDS, _EACH, _BARE = 3, 2_000, 1_500
_AT_ONCE = 32  # messages on their way: as many as the bot has
_PACED = 600
_COMMANDS = 25
_ALLOWED = 30.0  # messages a second, which is what Telegram allows
_LONGEST = 180.0  # seconds


def measure() -> list[Row]:
    """Return what one chat and thousands cost, messages a second beside a bare loop, and the pace under limits."""
    return [*_costs_and_rates(), *_under_limits()]


def _costs_and_rates() -> list[Row]:
    with newsroom(_papers()) as here:
        alone = here.chats(1)
        here.follow(_rows(alone))
        with worker("delivering", here.folder, here.settings):
            here.wait_for(alone, _LONGEST)
        asked = len(here.arxiv.requests)
    with newsroom(_papers()) as here:
        crowd = here.chats(_CHATS)
        here.follow(_rows(crowd))
        with (
            worker("delivering", here.folder, here.settings) as bot,
            worker("posting", here.folder, {}, here.telegram.url, here.telegram.token, str(_AT_ONCE)) as bare,
        ):
            here.wait_for(crowd, _LONGEST)
            rows = [
                Row(
                    f"{_CHATS:,} chats: arXiv requests", len(here.arxiv.requests), "", Bound("exactly", asked)
                ),
                Row(
                    f"{_CHATS:,} chats: model calls",
                    here.model.calls,
                    "",
                    Bound("exactly", _PAPERS * len(_LANGUAGES)),
                ),
                Row(f"{_CHATS:,} chats: messages", _messages(here), "", Bound("exactly", _CHATS)),
            ]
            return [*rows, *_rates(here, bare, bot)]


def _rates(here: Newsroom, bare: Worker, bot: Worker) -> list[Row]:
    call = next(call.parameters for call in here.telegram.calls if call.method == "sendMessage")
    others = here.chats(_BARE)
    said = {"chats": [chat.id for chat in others], "text": call["text"], "parse_mode": call["parse_mode"]}

    def post() -> float:
        bare.tell(json.dumps(said))
        return _BARE / float(bare.hear())

    post()
    before = [_burnt(side) for side in (bare, bot)]
    theirs, ours = [post()], []
    for _ in range(_ROUNDS):
        ours.append(_deliver(here))
        theirs.append(post())
    burnt = [_burnt(side) - earlier for side, earlier in zip((bare, bot), before, strict=True)]
    ratios = [
        2 * rate / (before + after) for rate, before, after in zip(ours, theirs, theirs[1:], strict=False)
    ]
    return [
        Row("send_message of python-telegram-bot alone", median(theirs), "/s"),
        Row("due, prepared, in the outbox, sent", median(ours), "/s"),
        Row("send_message alone: processor a message", 1000 * burnt[0] / (_BARE * len(theirs)), "ms"),
        Row("the whole way: processor a message", 1000 * burnt[1] / (_EACH * len(ours)), "ms"),
        Row("the whole way : send_message alone", median(ratios), "×", Bound("at least", 0.8)),
    ]


def _burnt(side: Worker) -> float:
    """Return the seconds of processor that a process has had; other work on the machine hardly changes them."""
    times = psutil.Process(side.process.pid).cpu_times()
    return float(times.user + times.system)


def _deliver(here: Newsroom) -> float:
    """Return messages a second of a fresh crowd, from when all of it is due to the last."""
    crowd = here.chats(_EACH)
    begun = here.follow_soon(_rows(crowd))
    here.wait_for(crowd, _LONGEST)
    return _EACH / (here.telegram.calls[-1].at - begun)


def _under_limits() -> list[Row]:
    with newsroom(_papers(), limits=True) as here:
        telegram = here.telegram
        crowd, people = here.chats(_PACED), here.chats(_COMMANDS)
        here.follow(_rows(crowd))
        with paperwire_run(here.folder, here.settings):
            wait_until(lambda: any(chat.sent for chat in crowd), "the first message", _LONGEST)
            asked: dict[int, float] = {}
            for person in people:
                asked[person.id] = time.monotonic()
                telegram.say(person, telegram.world.users[person.id], "/help")
                time.sleep(_PACED / _ALLOWED / _COMMANDS * 0.8)
            here.wait_for(crowd, _LONGEST)
            here.wait_for(people, _LONGEST)
        calls = [call for call in telegram.calls if call.method == "sendMessage"]
        last = max(call.at for call in calls)
        rate = (_messages(here) - 1) / (last - calls[0].at)
        first: dict[int, float] = {}
        for call in calls:
            first.setdefault(int(call.parameters["chat_id"]), call.at)
        waits = [first[chat] - at for chat, at in asked.items()]
    return [
        Row("with limits: messages", rate, "/s", Bound("at least", 0.95 * _ALLOWED)),
        Row("with limits: refused (429)", len(calls) - _messages(here), "", Bound("exactly", 0)),
        Row(f"with limits: slowest of {_COMMANDS} answers", max(waits), "s", Bound("at most", 1.0)),
    ]


def _papers() -> list[ArxivPaper]:
    title = "Retrieval-Augmented Generation for Task {}"
    return [
        announced(n, title.format(n), "retrieval-augmented generation (RAG)") for n in range(1, _PAPERS + 1)
    ]


def _rows(crowd: list[Chat]) -> list[tuple[Chat, str, Language]]:
    return [(chat, "rag", language) for chat, language in zip(crowd, cycle(_LANGUAGES), strict=False)]


def _messages(here: Newsroom) -> int:
    return sum(len(chat.sent) for chat in here.telegram.world.chats.values())
