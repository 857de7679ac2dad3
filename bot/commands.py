"""What the subcommands of `paperwire` do."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from bot import logs
from bot.app import App, account, running
from bot.chat.reply import Outcome
from bot.platforms.console.adapter import Console
from bot.settings import Settings
from bot.store.lease import Lease

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
    if settings.telegram_bot_token or settings.discord_bot_token:
        logs.configure(settings.log_level, settings.secrets, sys.stderr)
        async with running(settings, serving=True, patience=_PATIENCE) as app:
            await _serve(app)
        return 0
    print("Neither TELEGRAM_BOT_TOKEN nor DISCORD_BOT_TOKEN is set, so this is the console.", file=sys.stderr)
    hint = "" if settings.has_model else "No OPENAI_API_KEY is set: texts are extracted, not written. "
    print(f"{hint}/help lists the commands.", file=sys.stderr)
    _log_to_file(settings)
    async with running(settings, patience=_PATIENCE) as app:
        return await _converse(app, _console(settings), serve=True)


async def doctor(settings: Settings, *, reopen_arxiv: bool) -> int:
    """Check everything, a line each. Returns 1 if anything needed is broken."""
    from bot.doctor import examine

    _log_to_file(settings)
    return await examine(settings, reopen_arxiv=reopen_arxiv)


async def _serve(app: App) -> None:
    """Run every platform, each by the one process that holds its token, until one fails for good."""
    if code := await app.access.code():
        said = "Nobody owns this bot yet. Whoever sends it this in a private chat does:"
        print(f"{said}\n\n    /start {code}\n", file=sys.stderr, flush=True)
    tokens = {
        "telegram": app.settings.telegram_bot_token,
        "discord": app.settings.discord_bot_token,
    }
    urls = {"telegram": app.settings.telegram_api_url, "discord": app.settings.discord_api_url}
    works: list[Callable[[], Coroutine[Any, Any, None]]] = []
    for name, platform in app.platforms.items():
        token = tokens[name]
        assert token is not None, "a platform is only there with its token"
        lease = Lease(app.store, f"{name}:{account(token.get_secret_value(), urls[name])}")
        works.append(partial(lease.hold, partial(platform.run, app.dispatcher)))
        log.info("%s is on", name.capitalize())
    tasks = [asyncio.create_task(work()) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        logs.configure(settings.log_level, settings.secrets, settings.data_dir / "paperwire.log")
    except OSError:
        # The store will say what is wrong with the directory if it needs it.
        logs.configure("CRITICAL", settings.secrets, sys.stderr)
