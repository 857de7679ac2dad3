"""The `paperwire` command."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from bot import __version__
from bot.errors import PaperwireError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return 0, 1 if a service or the set-up failed, 2 for a mistake of the person's."""
    options = _parser().parse_args(arguments)
    if options.command == "version":
        print(f"paperwire {__version__}")
        return 0
    from bot import commands, settings

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
            case "doctor":
                return _run(commands.doctor(loaded, reopen_arxiv=options.reopen_arxiv))
            case _:
                return _run(commands.run(loaded), serving=True)
    except PaperwireError as error:
        print(_sentence(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _sentence(error: PaperwireError) -> str:
    from bot.chat.text import plain
    from bot.chat.wording import explain, translator

    return plain(explain(error, translator("en")))


def _run(work: Coroutine[Any, Any, int], *, serving: bool = False) -> int:
    """Run to the end; SIGTERM and SIGHUP end it in order and count as success."""

    async def until_told() -> int:
        task = asyncio.ensure_future(work)
        for told in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(told, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr] # Ctrl-C: let `main` say 130
                raise
            return 0

    factory = None
    if serving:  # a command of the console would be over before uvloop is loaded
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(until_told())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="paperwire", description="A newswire for research papers.")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="run | console | doctor | version"
    )
    commands.add_parser("run", help="start every platform that has a token, the console if none has")
    console = commands.add_parser("console", help="converse here, or run one command with -c")
    console.add_argument("-c", dest="line", metavar="COMMAND", help='such as "/summarize 2406.15319"')
    doctor = commands.add_parser("doctor", help="check settings, Redis, the arXiv, the model and the tokens")
    doctor.add_argument(
        "--reopen-arxiv", action="store_true", help="ask the arXiv again after it refused (403)"
    )
    commands.add_parser("version", help="print the version")
    return parser


if __name__ == "__main__":
    sys.exit(main())
