"""Hostile PDFs in a real process apart: it ends, it takes nothing along, and it has seen nothing of ours."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from bot.errors import PdfUnusable
from bot.papers.apart import Apart, Bounds, read_apart
from tests.fakes import arxiv_pdf_hostile as hostile
from tests.fakes.arxiv_pdf import Paragraph, typeset
from tests.papers.conditions import until

WORDS = "These are words enough to be a page of a paper and no picture of one, as scans have them."
GOOD = typeset("Good", ["A. Author"], [Paragraph(WORDS)] * 3)


def readers() -> list[psutil.Process]:
    """The processes that are reading now."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "pdf_job" in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            pass
    return found


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (hostile.scan, "scan"),
        (hostile.encrypted, "encrypted"),
        (hostile.broken, "unreadable"),
        (hostile.circle, "unreadable"),
        (lambda: b"<html>no PDF at all</html>", "unreadable"),
        (lambda: b"", "unreadable"),
        (lambda: GOOD[: len(GOOD) // 3], "unreadable"),
    ],
)
async def test_what_cannot_be_read_says_why(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(PdfUnusable) as raised:
        await read_apart("text", make())
    assert raised.value.reason == reason


@pytest.mark.parametrize("make", [hostile.flate_bomb, hostile.nested])
async def test_a_bomb_bursts_against_a_limit(make: Callable[[], bytes]) -> None:
    bomb = make()
    assert len(bomb) < 10_000
    with pytest.raises(PdfUnusable, match=r"too large|too slow"):
        await read_apart("text", bomb, bounds=Bounds(seconds=20, work=10, memory=300 * 1024 * 1024))
    assert readers() == []


async def test_the_clock_ends_what_takes_too_long() -> None:
    with pytest.raises(PdfUnusable, match="too slow"):
        await read_apart("text", hostile.nested(), bounds=Bounds(seconds=0.5))
    assert readers() == []


async def test_work_is_limited_where_the_clock_is_patient() -> None:
    bounds = Bounds(seconds=60, work=1, memory=8 * 1024**3)
    with pytest.raises(PdfUnusable, match="too slow"):
        await read_apart("text", hostile.nested(), bounds=bounds)


async def test_of_many_pages_the_first_are_read() -> None:
    read = await read_apart("text", hostile.many_pages(), bounds=Bounds(pages=7))
    assert (read["pages"], read["read"]) == (10_000, 7)
    assert read["sections"][0]["last"] == 7


async def test_without_time_nothing_is_begun() -> None:
    with pytest.raises(PdfUnusable, match="too slow"):
        await read_apart("text", GOOD, bounds=Bounds(enough=0))


async def test_what_says_too_much_is_not_heard_out() -> None:
    with pytest.raises(PdfUnusable, match="too large"):
        await read_apart("text", GOOD, bounds=Bounds(answer=50))
    assert readers() == []


async def test_what_is_too_large_is_not_begun() -> None:
    with pytest.raises(PdfUnusable, match="too large"):
        await read_apart("text", GOOD, bounds=Bounds(largest=len(GOOD) - 1))


async def test_a_reader_that_dies_costs_one_answer(caplog: pytest.LogCaptureFixture) -> None:
    reading = asyncio.create_task(read_apart("text", hostile.nested()))
    await until(lambda: bool(readers()))
    readers()[0].send_signal(signal.SIGSEGV)
    with pytest.raises(PdfUnusable, match="unreadable"):
        await reading
    with pytest.raises(PdfUnusable, match="unreadable"):
        await read_apart("unheard of", GOOD)
    assert "ValueError: unheard of" in caplog.text
    assert (await read_apart("text", GOOD))["pages"] == 1


async def test_whoever_stops_waiting_stops_the_reading() -> None:
    reading = asyncio.create_task(read_apart("text", hostile.nested()))
    await until(lambda: bool(readers()))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert readers() == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say what a process may do")
async def test_it_sees_no_secret_and_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    reading = asyncio.create_task(read_apart("text", hostile.nested(), bounds=Bounds(memory=2 * 1024**3)))
    try:
        await until(lambda: bool(readers()))
        (reader,) = readers()
        assert reader.environ() == {}
        assert reader.cwd() == "/"
        assert "secret" not in " ".join(reader.cmdline())
        await until(lambda: reader.rlimit(psutil.RLIMIT_NPROC) == (0, 0))
        assert reader.rlimit(psutil.RLIMIT_AS) == (2 * 1024**3,) * 2
        assert reader.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert reader.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert {connection.fd for connection in reader.net_connections()} == set()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_readers_wait_for_each_other() -> None:
    apart = Apart(at_once=1)
    most = 0
    reads = [asyncio.create_task(apart.read("text", GOOD)) for _ in range(3)]

    def all_done() -> bool:
        nonlocal most
        most = max(most, len(readers()))
        return all(read.done() for read in reads)

    await until(all_done)
    assert most == 1
    assert len({str(read.result()) for read in reads}) == 1


def test_the_bot_itself_never_loads_what_reads_pdfs() -> None:
    loaded = (
        "print(sorted({'pypdfium2', 'PIL', 'bot.papers.pdf_read', 'bot.papers.pdf_text'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, bot.app, bot.writing.fulltexts; {loaded}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
