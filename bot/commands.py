"""What the subcommands of `paperwire` do that need the store."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot import logs
from bot.announcements.batch import State
from bot.announcements.table import format_table, table
from bot.app import App, account, running
from bot.chat.platform import Platform
from bot.chat.reply import Outcome
from bot.chat.text import plain
from bot.chat.wording import explain, translator
from bot.editions.data import edition_data, roundup_data
from bot.editions.deliver import Deliverer
from bot.editions.edition import Why
from bot.editions.period import Period
from bot.editions.reply import edition_reply
from bot.editions.roundup_reply import roundup_reply
from bot.editions.roundups import Asked, Step
from bot.errors import Misconfigured, PaperwireError
from bot.language import Language
from bot.papers.schedule import latest_day
from bot.platforms.console.adapter import HERE
from bot.schedule import ticking
from bot.settings import Settings
from bot.store.lease import Lease
from bot.store.quotas import Payer
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from bot.web.pages import edition_page, roundup_page

if TYPE_CHECKING:
    from bot.web.room import Exported, Room

log = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds that a text under way may still take when the service is told to stop


async def console(settings: Settings, line: str | None) -> int:
    """Run one command line, or converse. Returns the exit code."""
    _log_to_file(settings)
    async with running(settings) as app:
        if line is not None:
            return (await app.console.one(app.dispatcher, line)).value
        return await _converse(app)


async def run(settings: Settings) -> int:
    """Serve every platform that has a token; with none, the console. Returns the exit code."""
    if settings.has_platform:
        return await _service(settings, _rooms)
    print("Neither TELEGRAM_BOT_TOKEN nor DISCORD_BOT_TOKEN is set, so this is the console.", file=sys.stderr)
    from bot.machine import odd_names

    for where, said in odd_names():
        print(f"{where}: {said}", file=sys.stderr)
    hint = "" if settings.has_model else "No OPENAI_API_KEY is set: texts are extracted, not written. "
    print(f"{hint}/help lists the commands.", file=sys.stderr)
    _log_to_file(settings)
    async with running(settings, patience=_PATIENCE) as app, ticking(app.reader, app.editor, app.release):
        return await _converse(app, serve=True)


async def worker(settings: Settings) -> int:
    """Prepare editions, and stand by to receive and send should the process that does so die."""
    return await _service(settings, contextlib.nullcontext)


async def doctor(settings: Settings, *, reopen_arxiv: bool) -> int:
    """Check everything, a line each. Returns 1 if anything needed is broken."""
    from bot.doctor import examine

    _log_to_file(settings)
    return await examine(settings, reopen_arxiv=reopen_arxiv)


async def announcements(settings: Settings, day: date | None) -> int:
    """Print what was announced on a day, by category; the latest day is read first if nobody has read it.

    Returns 1 if nothing of it could be had.
    """
    _log_to_file(settings)
    async with running(settings) as app:
        day = await _read(app, day)
        account = await table(app.announcements, day, settings.arxiv_categories)
        print(format_table(account))
    return int(all(batch.state in (State.UNREACHABLE, State.MALFORMED) for batch in account.batches))


async def edition(
    settings: Settings,
    topic: str,
    day: date | None,
    language: str | None,
    form: Literal["text", "html", "json"],
) -> int:
    """Print an edition. Returns 1 if it is empty because the arXiv did not answer.

    Raises `BadQuery`, `UnknownLanguage`, `ArxivUnavailable` and others."""
    tongue = Language.parse(language or settings.default_language)
    _log_to_file(settings)
    async with running(settings) as app:
        wanted = Wanted.parse(topic, catalogue.load())
        day = await _read(app, day)
        _progress(f"Preparing the edition of {day} …")
        made = await app.editor.edition(day, wanted, tongue, _at_home)
        t = translator(tongue.tag)
        match form:
            case "json":
                print(json.dumps(edition_data(made), ensure_ascii=False, indent=2))
            case "html":
                print(edition_page(made, t))
            case "text":
                await app.console.send(HERE, edition_reply(made, t, rest=True, buttons=False))
    return int(made.empty is Why.UNREACHABLE)


async def roundup(
    settings: Settings,
    topic: str,
    last: date | None,
    days: int,
    *,
    language: str | None,
    form: Literal["text", "html", "json"],
) -> int:
    """Print the roundup of the `days` up to the one named. Returns 1 if nothing of some day could be had.

    Raises `BadQuery`, `UnknownLanguage`, `ArxivUnavailable` and others.
    """
    tongue = Language.parse(language or settings.default_language)
    _log_to_file(settings)

    def progress(step: Step, done: int, of: int) -> None:
        said = {"days": f"Reading {done} of {of} days …", "themes": f"Writing: {done} of {of} themes …"}
        _progress(said[step])

    async with running(settings) as app:
        wanted = Wanted.parse(topic, catalogue.load())
        last = await _read(app, last)
        made = await app.roundups.of(Asked(wanted, Period.until(last, days), tongue), _at_home, progress)
        t = translator(tongue.tag)
        match form:
            case "json":
                print(json.dumps(roundup_data(made), ensure_ascii=False, indent=2))
            case "html":
                print(roundup_page(made, t))
            case "text":
                await app.console.send(HERE, roundup_reply(made, t, linked=False))
    return int(bool(made.roundup.unread))


async def export(
    settings: Settings, folder: Path, days: int, dates: Sequence[date], languages: Sequence[str]
) -> int:
    """Write the reading room as files: the last days that were read, and these dates. Returns the exit code.

    Nothing is fetched or written for it. Raises `UnknownLanguage`, `OSError` and others.
    """
    tongues = list(map(Language.parse, languages)) or [Language(settings.default_language)]
    _log_to_file(settings)

    def told(done: int, of: int) -> None:
        if done % 100 == 0:
            _progress(f"Writing {done} of {of} pages …")

    async with running(settings) as app:
        from bot.web.export import export as write
        from bot.web.room import Exported

        every = sorted({*await app.reading.recent(days), *dates}, reverse=True)
        count = await write(_room(app, Exported(every, tongues)), folder, told)
    print(f"{count} files in {folder}; begin with {folder / 'index.html'}")
    return 0


async def _read(app: App, day: date | None) -> date:
    """Return the day, the latest if None; if it is that, what is still unread of its announcement is looked for."""
    now = _now()
    latest = latest_day(now)
    if day in (None, latest):
        wanted = app.settings.arxiv_categories
        read = [batch for batch in await app.announcements.batches(wanted, [latest]) if batch.settled]
        if len(read) < len(wanted):
            _progress(f"Reading the announcement of {latest} …")
            await app.reader.tick(now)
    return day or latest


def _progress(said: str) -> None:
    """Tell a person who waits; a program gets results and failures alone."""
    if sys.stderr.isatty():
        print(said, file=sys.stderr)


def _now() -> datetime:
    return datetime.now(UTC)


async def _at_home() -> Payer:
    """Whoever has the machine owns the key."""
    return Payer("console:local", "console:local", exempt=True)


async def _service(settings: Settings, beside: Callable[[App], AbstractAsyncContextManager[Any]]) -> int:
    """Serve the platforms, with what is to run `beside` them."""
    logs.configure(settings.log_level, settings.secrets, sys.stderr, settings.log_format)
    async with (
        running(settings, serving=True, patience=_PATIENCE) as app,
        ticking(app.reader, app.editor, app.release),
        beside(app),
    ):
        await _serve(app)
    return 0


async def _serve(app: App) -> None:
    """Run every platform, each by the one process that holds its token; those that cannot be leave the others on.

    Raises `Misconfigured` when none is left.
    """
    if code := await app.access.code():
        said = "Nobody owns this bot yet. Whoever sends it this in a private chat does:"
        print(f"{said}\n\n    /start {code}\n", file=sys.stderr, flush=True)
    tokens = {
        "telegram": app.settings.telegram_bot_token,
        "discord": app.settings.discord_bot_token,
    }
    urls = {"telegram": app.settings.telegram_api_url, "discord": app.settings.discord_api_url}
    on = set(app.platforms)

    async def attended(name: str, platform: Platform) -> None:
        token = tokens.get(name)
        whose = f"{name}:{account(token.get_secret_value(), urls[name])}" if token else name
        log.info("%s is on", name.capitalize())
        try:
            await Lease(app.store, whose).hold(partial(_attend, app, platform))
        except Misconfigured as error:
            on.discard(name)
            if not on:
                raise
            log.error("%s is off: %s", name.capitalize(), plain(explain(error, translator("en"))))

    works = [attended(name, platform) for name, platform in app.platforms.items()]
    tasks = [asyncio.create_task(work) for work in (*works, app.work.run())]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _attend(app: App, platform: Platform) -> None:
    """Receive from a platform and deliver to it, until either fails for good."""
    deliverer = Deliverer(app.outbox, platform, app.chats, uncertain=app.settings.uncertain)
    tasks = [
        asyncio.create_task(platform.run(app.dispatcher), name=f"receive {platform.name}"),
        asyncio.create_task(deliverer.run(), name=f"deliver {platform.name}"),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _converse(app: App, *, serve: bool = False) -> int:
    if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        async with contextlib.AsyncExitStack() as stack:
            if serve:
                await stack.enter_async_context(_editions(app))
                if address := await stack.enter_async_context(_rooms(app)):
                    print(f"The reading room: {address}", file=sys.stderr)
            await app.console.run(app.dispatcher)
        return 0
    worst = await app.console.pipe(app.dispatcher)
    if worst is None and serve:
        async with _editions(app), _rooms(app) as address:
            where = f" at {address}" if address else ""
            print(
                f"No input and no terminal: serving the reading room{where} until told to stop.",
                file=sys.stderr,
            )
            await asyncio.Event().wait()
    return (worst or Outcome.DONE).value


@contextlib.asynccontextmanager
async def _rooms(app: App) -> AsyncIterator[str | None]:
    """Serve the reading room, and what watches over the bot, while the block runs; yield the room's address."""
    settings = app.settings
    async with contextlib.AsyncExitStack() as stack:
        if settings.metrics_port:
            from bot.web.metrics import Troubles
            from bot.web.server import serving, watch_app

            troubles = Troubles()
            logging.getLogger().addHandler(troubles)
            stack.callback(logging.getLogger().removeHandler, troubles)
            metrics = app.metrics(troubles=troubles)
            place = settings.metrics_host, settings.metrics_port
            watch = partial(watch_app, metrics.exposition, partial(_ready, app))
            await stack.enter_async_context(serving(watch, *place, "the watch", "METRICS_PORT"))
        address = None
        if settings.http_port:
            from bot.web.server import room_app, serving

            place = settings.http_host, settings.http_port
            make = partial(room_app, _room(app))
            address = await stack.enter_async_context(serving(make, *place, "the reading room", "HTTP_PORT"))
        yield address


async def _ready(app: App) -> bool:
    """Whether the store answers."""
    try:
        return bool(await app.store.ping())
    except PaperwireError:
        return False


def _room(app: App, exported: Exported | None = None) -> Room:
    from bot.web.room import Room

    default = Language(app.settings.default_language)
    return Room(app.reading, default=default, public=app.settings.public_url or "", exported=exported)


@contextlib.asynccontextmanager
async def _editions(app: App) -> AsyncIterator[None]:
    """Prepare what is due and print what is the console's while the block runs."""
    deliverer = Deliverer(app.outbox, app.console, app.chats, uncertain=app.settings.uncertain)
    lease = Lease(app.store, "console", level=logging.INFO)
    tasks = [asyncio.create_task(app.work.run()), asyncio.create_task(lease.hold(deliverer.run))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_to_file(settings: Settings) -> None:
    """Where a person converses, the log has no place on the screen."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        to = settings.data_dir / "paperwire.log"
        logs.configure(settings.log_level, settings.secrets, to, settings.log_format)
    except OSError:
        # The store will say what is wrong with the directory if it needs it.
        logs.configure("CRITICAL", settings.secrets, sys.stderr)
