"""What the subcommands of `paperwire` do."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from bot import logs
from bot.app import App, running
from bot.chat.reply import Outcome
from bot.platforms.console.adapter import Console
from bot.settings import Settings

log = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds that a text under way may still take when the service is told to stop


async def console(settings: Settings, line: str | None) -> int:
    """Run one command line, or converse. Returns the exit code."""
    _log_to_file(settings)
    async with running(settings) as app:
        here = _console(settings)
        if line is not None:
            return (await here.one(app.dispatcher, line)).value
        return await _converse(app, here)


async def run(settings: Settings) -> int:
    """Serve every platform that has a token; with none, the console. Returns the exit code."""
    print("Neither TELEGRAM_BOT_TOKEN nor DISCORD_BOT_TOKEN is set, so this is the console.", file=sys.stderr)
    hint = "" if settings.has_model else "No OPENAI_API_KEY is set: texts are extracted, not written. "
    print(f"{hint}/help lists the commands.", file=sys.stderr)
    _log_to_file(settings)
    async with running(settings, patience=_PATIENCE) as app:
        return await _converse(app, _console(settings), serve=True)


async def doctor(settings: Settings, *, reopen_arxiv: bool) -> int:
    """Check everything, a line each. Returns 1 if anything needed is broken."""
    from bot.doctor import examine

    logs.configure("ERROR", settings.secrets, sys.stderr)
    return await examine(settings, reopen_arxiv=reopen_arxiv)


def _console(settings: Settings) -> Console:
    return Console(out=sys.stdout, err=sys.stderr, history=settings.data_dir / "console_history")


async def _converse(app: App, here: Console, *, serve: bool = False) -> int:
    if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        await here.run(app.dispatcher)
        return 0
    worst = await here.pipe(app.dispatcher)
    if worst is None and serve:
        log.info("no input and no terminal: serving until told to stop")
        await asyncio.Event().wait()
    return (worst or Outcome.DONE).value


def _log_to_file(settings: Settings) -> None:
    """Where a person converses, the log has no place on the screen."""
    path = Path(settings.data_dir)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        logs.configure(settings.log_level, settings.secrets, path / "paperwire.log")
    except OSError:
        # The store will say what is wrong with the directory if it needs it.
        logs.configure("CRITICAL", settings.secrets, sys.stderr)
