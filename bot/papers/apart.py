"""Reading a PDF apart: in a process of its own, with limits, that can be killed.

A PDF is a program by whoever wrote the paper, and what reads it is written in C++. So it runs where a crash
costs one answer, a bomb bursts against a limit, and nothing of ours can be seen: no settings, no keys, no store.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bot
from bot.errors import PdfUnusable

log = logging.getLogger(__name__)

_MB = 1024 * 1024
_ROOT = Path(bot.__file__).resolve().parents[1]
# Isolated: no variable, no current folder and no user's packages decide what is loaded.
_START = "import sys; sys.path.append(sys.argv[1]); from bot.papers.pdf_job import main; main()"
_CHUNK = 64 * 1024
_SAID = 2000  # bytes of what a failed reader said that go into the log
_KNOWN = ("too large", "scan", "encrypted", "too slow", "unreadable")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one PDF may take: seconds by the clock and of work, bytes of memory, of PDF and of answer.

    A job stops by itself after `enough` seconds and gives what it has by then.
    """

    seconds: float = 45.0
    work: int = 30
    enough: float = 20.0
    memory: int = 768 * _MB
    pages: int = 100
    largest: int = 50 * _MB
    answer: int = 8 * _MB


class Apart:
    """Does jobs on PDFs, at most `at_once` at the same time."""

    def __init__(self, *, at_once: int = 1, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._turns = asyncio.Semaphore(at_once)

    async def read(self, job: str, pdf: bytes, options: Mapping[str, Any] | None = None) -> Any:
        """Return what `read_apart` does, when it is our turn."""
        async with self._turns:
            return await read_apart(job, pdf, options, bounds=self._bounds)


async def read_apart(
    job: str, pdf: bytes, options: Mapping[str, Any] | None = None, *, bounds: Bounds | None = None
) -> Any:
    """Return the JSON that `job` makes of `pdf` in a process of its own; its shape is for the caller to check.

    `job` is a name that `bot.papers.pdf_job` knows, `options` are JSON for it. Raises `PdfUnusable`. Whatever
    happens, cancellation included, the process and all that it started are gone afterwards.
    """
    bounds = bounds or Bounds()
    if len(pdf) > bounds.largest:
        raise PdfUnusable("too large")
    asked = json.dumps({"job": job, "options": dict(options or {}), "bounds": asdict(bounds)})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-X", "utf8", "-c", _START, str(_ROOT), asked),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={},
        cwd="/",
    )
    try:
        async with asyncio.timeout(bounds.seconds):
            answer, said = await _talk(process, pdf, bounds.answer)
            status = await process.wait()
    except TimeoutError:
        log.warning("a PDF took more than %g s to read", bounds.seconds)
        raise PdfUnusable("too slow") from None
    finally:
        await _end(process)
    return _understood(job, status, answer, said)


async def _talk(process: asyncio.subprocess.Process, pdf: bytes, most: int) -> tuple[bytes, bytes]:
    """Hand over the PDF; return the answer and the end of what was said beside it.

    Raises `PdfUnusable("too large")` of an answer of more than `most` bytes.
    """
    assert process.stdin
    assert process.stdout
    assert process.stderr
    answer, said = bytearray(), bytearray()
    async with asyncio.TaskGroup() as talk:
        talk.create_task(_hand_over(process.stdin, pdf))
        talk.create_task(_overhear(process.stderr, said))
        while chunk := await process.stdout.read(_CHUNK):
            answer += chunk
            if len(answer) > most:
                _kill(process)  # so that the others end too
                break
    if len(answer) > most:
        raise PdfUnusable("too large")
    return bytes(answer), bytes(said)


async def _hand_over(stdin: asyncio.StreamWriter, pdf: bytes) -> None:
    whole = memoryview(pdf)
    with contextlib.suppress(OSError):  # it ended before it had read everything: its status says why
        for start in range(0, len(whole), _CHUNK):
            stdin.write(whole[start : start + _CHUNK])
            await stdin.drain()
        stdin.close()


async def _overhear(stderr: asyncio.StreamReader, said: bytearray) -> None:
    while chunk := await stderr.read(_CHUNK):
        said += chunk
        del said[:-_SAID]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process with its group and see it gone, even if we are cancelled meanwhile."""
    _kill(process)
    if process.returncode is None:
        await asyncio.shield(process.wait())


def _kill(process: asyncio.subprocess.Process) -> None:
    # It leads a group of its own, whose number stays taken for as long as it has not been waited for.
    if process.returncode is None:
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # the latter on macOS, of one that is dying
            os.killpg(process.pid, signal.SIGKILL)


def _understood(job: str, status: int, answer: bytes, said: bytes) -> Any:
    """Return the result. Raises `PdfUnusable`."""
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        raise PdfUnusable("too slow")
    if status == -signal.SIGABRT:  # what C++ does when there is no memory left
        raise PdfUnusable("too large")
    try:
        data = json.loads(answer) if status == 0 else None
    except ValueError:
        data = None
    match data:
        case {"result": result}:
            return result
        case {"unusable": str(reason)} if reason in _KNOWN:
            raise PdfUnusable(reason)
    log.warning("%r of a PDF ended with status %d: %s", job, status, said.decode(errors="replace"))
    raise PdfUnusable("unreadable")
