"""The clock: a few jobs for the whole bot, however many chats there are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.announcements.reader import Reader
from bot.editions.editor import Editor
from bot.errors import PaperwireError
from bot.papers.schedule import NEW_YORK

log = logging.getLogger(__name__)

_JITTER = 60  # seconds, so that not every copy in the world asks in the same second


@asynccontextmanager
async def ticking(
    reader: Reader, editor: Editor, release: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Read and file announcements while the block runs: at once, and every five minutes in New York's time.

    Reader and editor decide what is due, and `release` whether there is anything new for those who wait for
    it, so that any number of processes may tick.
    """
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.cron import CronTrigger

    async def read() -> None:
        for day in sorted(await reader.tick(datetime.now(UTC))):
            log.info("the announcement of %s is read", day)

    async def work() -> None:
        for step in (read, editor.file, release):  # each does what it can, whatever becomes of the others
            try:
                await step()
            except PaperwireError as error:
                log.warning("announcements could not be read or filed: %s", error)
            except Exception:
                log.exception("reading and filing announcements failed")

    at_work: set[asyncio.Task[None]] = set()

    async def job() -> None:
        task = asyncio.create_task(work(), name="announcements")
        at_work.add(task)
        # Not awaited itself: the end that we put to it would be reported as a failure of the job.
        await asyncio.wait({task})
        at_work.discard(task)

    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(
        job,
        CronTrigger(minute="*/5", timezone=NEW_YORK, jitter=_JITTER),
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,  # a late look is as good as one in time
    )
    scheduler.start()
    try:
        yield
    finally:
        for task in at_work:
            task.cancel()
        # What holds the right to read gives it back before the store is closed.
        await asyncio.gather(*at_work, return_exceptions=True)
        await asyncio.sleep(0)  # the job learns of it, and ends by itself
        scheduler.shutdown(wait=False)
