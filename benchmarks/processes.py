"""Processes beside ours: the bot as people run it, and workers that answer in lines of JSON."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bot.settings import Settings

PAPERWIRE = str(Path(sys.executable).with_name("paperwire"))
_ROOT = Path(__file__).resolve().parents[1]
_LONGEST = 180.0  # seconds that anything may take


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with these settings and no others: what a developer has set stays out."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return {**kept, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(_ROOT), **settings}


class Worker:
    """A module of `benchmarks.workers` in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdin
        assert process.stdout
        self._in: IO[bytes] = process.stdin
        self._out: IO[bytes] = process.stdout
        self._rest = b""

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        self._in.write(line.encode() + b"\n")
        self._in.flush()

    def hear(self, seconds: float = _LONGEST) -> Any:
        """Return the next thing that it says. Raises `TimeoutError`, `EOFError` if it ended instead."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(deadline - time.monotonic()):
                    raise TimeoutError(f"{self.process.args!r} says nothing")
                if not (read := os.read(self._out.fileno(), 65536)):
                    raise EOFError(f"{self.process.args!r} ended with {self.process.wait(10)}")
                self._rest += read
        line, self._rest = self._rest.split(b"\n", 1)
        return json.loads(line)


@contextmanager
def worker(name: str, folder: Path, settings: Mapping[str, str], *arguments: str) -> Iterator[Worker]:
    """Run `benchmarks.workers.<name>` in `folder`; it ends by itself when the block does."""
    command = [sys.executable, "-m", f"benchmarks.workers.{name}", *arguments]
    with _running(command, folder, settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Worker(process)
        assert process.stdin
        process.stdin.close()
        # It has a store to leave in order: told to stop, it would leave a server behind.
        process.wait(20)


@contextmanager
def paperwire_run(
    folder: Path, settings: Mapping[str, str], subcommand: str = "run"
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `paperwire run`, or `worker`, with nobody at its terminal until the end of the block."""
    quiet = subprocess.DEVNULL
    command = [PAPERWIRE, subcommand]
    with _running(command, folder, settings, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        yield process


@contextmanager
def _running(
    command: list[str], folder: Path, settings: Mapping[str, str], **pipes: Any
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=folder, env=environment(settings), **pipes)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Return as soon as `condition` holds. Raises `TimeoutError` with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)
