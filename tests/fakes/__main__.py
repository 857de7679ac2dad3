"""Every stand-in at once, for using the whole bot by hand: `python -m tests.fakes > .env`.

Prints the settings that point the bot at them, and serves until Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any

from tests.fakes.arxiv import ArxivFake, real_corpus, small_corpus
from tests.fakes.arxiv_feeds import NEW_YORK
from tests.fakes.corpus import Corpus
from tests.fakes.openai import OpenAIFake
from tests.fakes.server import FakeServer

NAMES = {"arxiv": "ArxivFake", "openai": "OpenAIFake", "telegram": "TelegramFake", "discord": "DiscordFake"}
_WORTH_READING = 100  # papers; the last days of the real metadata hold a few only


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    options = _options(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        for name in options.only:
            fake = _made(name, options)
            if fake is None:
                sys.stderr.write(f"{name}: no stand-in here\n")
                continue
            fake.start(getattr(options, f"{name}_port"))
            running.callback(fake.stop)
            for setting, value in fake.settings().items():
                sys.stdout.write(f"{setting}={value}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), help="which to start")
    for name in NAMES:
        parser.add_argument(f"--{name}-port", type=int, default=0, help="a free one without")
    parser.add_argument("--corpus", choices=("auto", "small"), default="auto")
    parser.add_argument("--layout", choices=("2025", "2026"), default="2026", help="of the query API")
    parser.add_argument(
        "--day",
        default="today",
        help="the announcement to serve: YYYY-MM-DD; `today`, the corpus's last good day under today's date (default); "
        "or `clock`, to replay the corpus under a shifted clock",
    )
    parser.add_argument("--enforce-pace", action="store_true", help="429 within 3 s of the last request")
    parser.add_argument("--mode", default="strict", help="how the chat model behaves")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that the chat model takes")
    return parser.parse_args(argv)


def _made(name: str, options: argparse.Namespace) -> Any:
    if name == "arxiv":
        return _arxiv(options)
    if name == "openai":
        model = OpenAIFake(options.mode)
        model.delay = options.delay
        return model
    module = f"tests.fakes.{name}"
    try:
        made: FakeServer = getattr(importlib.import_module(module), NAMES[name])()
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None
    return made if hasattr(made, "settings") else None


def _arxiv(options: argparse.Namespace) -> ArxivFake:
    corpus = (real_corpus() if options.corpus == "auto" else None) or small_corpus()
    fake = ArxivFake(corpus, layout=options.layout, enforce_pace=options.enforce_pace)
    match options.day:
        case "clock":
            fake.day = "clock"
        case "today":
            fake.day = last_good_day(corpus)
            today = datetime.now(NEW_YORK).date()
            fake.shown_day = today - timedelta(days=max(0, today.weekday() - 4))
        case given:
            fake.day = date.fromisoformat(given)
    return fake


def last_good_day(corpus: Corpus) -> date | None:
    """Return the last day that announced a hundred papers, or else the last day of all."""
    days = (day for day in sorted(corpus.days, reverse=True) if len(corpus.listed_on(day)) >= _WORTH_READING)
    return next(days, corpus.newest_day)


if __name__ == "__main__":
    sys.exit(main())
