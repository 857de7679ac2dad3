"""The `paperwire` command."""

# What takes long to import is imported within `main`, where Ctrl-C is caught.
from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine, Sequence
    from datetime import date
    from typing import Any

    from bot.errors import PaperwireError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return 0, 1 if a service or the set-up failed, 2 for a mistake of the person's.

    Ended by a signal, it returns 128 and the signal's number, as does one whose reader has gone (141).
    """
    try:
        _open_streams()
        try:
            return _command(arguments)
        finally:
            sys.stdout.flush()  # here, where it can still be said that the disk is full
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _silence(sys.stdout)
        return 141
    except (OSError, UnicodeError) as error:
        _silence(sys.stdout)
        _complain(f"paperwire: {_reason(error)}")
        return 1


def _command(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "version":
        from bot import __version__

        print(f"paperwire {__version__}")
        return 0
    if options.command == "match":
        return _match(options)
    if options.command == "check":
        return _check(options)
    if options.command == "setup":
        from bot.setup import setup

        return setup()
    from bot import commands, settings
    from bot.errors import Mistake, PaperwireError

    try:
        loaded = settings.load()
    except PaperwireError as error:
        broken = f"✗ settings: {_sentence(error)}" if options.command == "doctor" else _sentence(error)
        print(broken, file=sys.stdout if options.command == "doctor" else sys.stderr)
        return 1
    try:
        match options.command:
            case "console":
                return _run(commands.console(loaded, options.line))
            case "worker":
                return _run(commands.worker(loaded), serving=True)
            case "announcements":
                return _run(commands.announcements(loaded, options.date))
            case "edition":
                return _run(
                    commands.edition(loaded, options.topic, options.date, options.language, options.format)
                )
            case "roundup":
                return _run(
                    commands.roundup(
                        loaded,
                        options.topic,
                        options.date,
                        options.days,
                        language=options.language,
                        form=options.format,
                    )
                )
            case "export":
                return _run(
                    commands.export(loaded, options.folder, options.days, options.date, options.language)
                )
            case "doctor":
                return _run(commands.doctor(loaded, reopen_arxiv=options.reopen_arxiv))
            case _:
                return _run(commands.run(loaded), serving=True)
    except PaperwireError as error:
        print(_sentence(error), file=sys.stderr)
        return 2 if isinstance(error, Mistake) else 1


def _check(options: argparse.Namespace) -> int:
    from bot.offline import check, check_many

    if options.jsonl:
        return check_many(options.jsonl)
    if options.source and options.text:
        return check(options.source, options.text)
    _complain("paperwire check: name a source and a text, or --jsonl FILE")
    return 2


def _match(options: argparse.Namespace) -> int:
    from bot.errors import PaperwireError
    from bot.offline import match

    try:
        return match(options.jsonl, options.topic, options.query)
    except PaperwireError as error:
        print(_sentence(error), file=sys.stderr)
        return 2


def _open_streams() -> None:
    """Make stdout and stderr streams that take every character, closed ones too.

    A closed descriptor is opened first, or a socket of ours would get its number.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def _silence(stream: TextIO) -> None:
    """Let what is still unwritten go nowhere, or the interpreter would fail on it once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _complain(said: str) -> None:
    try:
        print(said, file=sys.stderr, flush=True)
    except OSError:  # nobody can be told; the exit code has to do
        _silence(sys.stderr)


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return f"a text that cannot be read ({type(error).__name__})"


def _sentence(error: PaperwireError) -> str:
    from bot.chat.text import plain
    from bot.chat.wording import explain, translator

    return plain(explain(error, translator("en")))


def _run(work: Coroutine[Any, Any, int], *, serving: bool = False) -> int:
    """Run to the end; SIGTERM and SIGHUP end it in order, which for a service counts as success."""
    import asyncio
    import signal

    ended_by: list[int] = []

    async def until_told() -> int:
        task = asyncio.ensure_future(work)

        def end(told: int) -> None:
            ended_by.append(told)
            task.cancel()

        for told in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(told, end, told)
        try:
            return await task
        except asyncio.CancelledError:
            if not ended_by:  # Ctrl-C: let `main` say 130
                raise
            return 0 if serving else 128 + ended_by[0]

    factory = None
    if serving:  # a command of the console would be over before uvloop is loaded
        import gc

        import uvloop

        # What is loaded by now stays for good: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000)
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(until_told())


def _day(text: str) -> date:
    from argparse import ArgumentTypeError
    from datetime import date

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date; write it as 2025-06-10") from None
    if not 1991 < day.year < 2100:
        raise ArgumentTypeError(f"{text!r} is no day on which the arXiv announces papers")
    return day


def _days(text: str) -> int:
    from argparse import ArgumentTypeError

    if not text.isdecimal() or not 1 <= int(text) <= 31:
        raise ArgumentTypeError(f"{text!r} is no number of days from 1 to 31")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    import argparse
    from pathlib import Path

    parser = argparse.ArgumentParser(prog="paperwire", description="A newswire for research papers.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("setup", help="ask for tokens, test each, and write .env")
    commands.add_parser("run", help="start every platform that has a token, the console if none has")
    console = commands.add_parser("console", help="converse here, or run one command with -c")
    console.add_argument("-c", dest="line", metavar="COMMAND", help='such as "/summarize 2406.15319"')
    commands.add_parser("worker", help="prepare editions beside `run`, and take over from it should it die")
    announcements = commands.add_parser(
        "announcements", help="what was announced on a day, by category, and what is known of it"
    )
    announcements.add_argument("--date", type=_day, metavar="YYYY-MM-DD", help="the latest day by default")
    edition = commands.add_parser("edition", help="print a day's edition of a topic or query")
    edition.add_argument("--topic", required=True, metavar="TOPIC", help="a topic's name, or a query")
    edition.add_argument("--date", type=_day, metavar="YYYY-MM-DD", help="the latest day by default")
    edition.add_argument("--language", metavar="LANGUAGE", help="DEFAULT_LANGUAGE by default")
    edition.add_argument("--format", choices=("text", "html", "json"), default="text")
    roundup = commands.add_parser(
        "roundup", help="print what some weeks brought on a topic or query, by themes"
    )
    roundup.add_argument("--topic", required=True, metavar="TOPIC", help="a topic's name, or a query")
    roundup.add_argument(
        "--date", type=_day, metavar="YYYY-MM-DD", help="the last day; the latest one by default"
    )
    roundup.add_argument(
        "--days", type=_days, default=7, metavar="N", help="how many days up to it, 31 at most; 7 by default"
    )
    roundup.add_argument("--language", metavar="LANGUAGE", help="DEFAULT_LANGUAGE by default")
    roundup.add_argument("--format", choices=("text", "html", "json"), default="text")
    export = commands.add_parser("export", help="write the reading room as files that need no server")
    export.add_argument("folder", type=Path, metavar="DIR", help="where to; what is there is overwritten")
    export.add_argument(
        "--days",
        type=_days,
        default=7,
        metavar="N",
        help="how many of the last days, 31 at most; 7 by default",
    )
    export.add_argument(
        "--date",
        type=_day,
        action="append",
        default=[],
        metavar="YYYY-MM-DD",
        help="a day besides; more than once",
    )
    export.add_argument(
        "--language",
        action="append",
        default=[],
        metavar="LANGUAGE",
        help="DEFAULT_LANGUAGE by default; more than once",
    )
    match = commands.add_parser("match", help="file papers under topics; explains every match")
    wanted = match.add_mutually_exclusive_group()
    wanted.add_argument("--topic", metavar="TOPIC", help="one topic of the catalogue; all by default")
    wanted.add_argument("--query", metavar="QUERY", help="a query of your own")
    match.add_argument(
        "--jsonl",
        required=True,
        metavar="FILE",
        help="papers, one a line: id, title, abstract, categories; - is standard input",
    )
    check = commands.add_parser("check", help="check the numbers and names of a text against its source")
    check.add_argument("source", nargs="?", metavar="SOURCE", help="the file that the text is about")
    check.add_argument("text", nargs="?", metavar="TEXT", help="the file to check")
    check.add_argument(
        "--jsonl", metavar="FILE", help="many: a line each with source and text; - is standard input"
    )
    doctor = commands.add_parser("doctor", help="check settings, Redis, the arXiv, the model and the tokens")
    doctor.add_argument(
        "--reopen-arxiv", action="store_true", help="ask the arXiv again after it refused (403)"
    )
    commands.add_parser("version", help="print the version")
    return parser


if __name__ == "__main__":
    sys.exit(main())
