"""What `paperwire run` holds when nobody asks for anything."""

from __future__ import annotations

import subprocess
from time import monotonic

import psutil

from benchmarks.processes import paperwire_run, wait_until
from benchmarks.rows import Bound, Row
from benchmarks.scene import scene

_MB = 1_000_000
_STILL = 2.0  # seconds without work or growth after which a process has settled


def measure() -> list[Row]:
    """Return the memory with no platform on."""
    with scene() as here, paperwire_run(here.folder, here.settings) as process:
        wait_until((here.folder / "data" / "valkey.sock").exists, "the embedded server")
        return idle(process, "no platform")


def idle(process: subprocess.Popen[bytes], what: str, bound: Bound | None = None) -> list[Row]:
    """Return the memory of a bot that has settled, and of its store."""
    bot = psutil.Process(process.pid)
    settle(bot)
    used = bot.memory_full_info()
    store = sum(child.memory_info().rss for child in bot.children() if "valkey" in child.name())
    return [
        Row(f"idle, {what}: RSS", used.rss / _MB, "MB", bound),
        Row(f"idle, {what}: its own (USS)", used.uss / _MB, "MB"),
        Row(f"idle, {what}: its Valkey beside it, RSS", store / _MB, "MB"),
    ]


def settle(bot: psutil.Process) -> None:
    """Return when the process has neither worked nor grown for a while."""
    seen, since = (-1.0, -1), monotonic()

    def still() -> bool:
        nonlocal seen, since
        times = bot.cpu_times()
        # A bot at rest still looks at its clocks: what counts as work is a tenth of a second of it.
        now = (round(times.user + times.system, 1), bot.memory_info().rss // 100_000)
        if now != seen:
            seen, since = now, monotonic()
        return monotonic() - since >= _STILL

    wait_until(still, "the bot comes to rest")
