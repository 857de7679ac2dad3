"""No secret reaches a log."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot import logs
from tests.console_process import environment

TOKEN = "123456789:AAF0123456789abcdefghijklmnopqrstuvw"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.root.handlers[:], logging.root.level
    logs.configure("DEBUG", ["configured-secret", "short"], stream)
    yield stream
    logging.root.handlers[:], logging.root.level = before


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("POST https://api.telegram.org/bot%s/getMe", (TOKEN,)),
        (f"token {TOKEN}", ()),
        ("key %s", ("configured-secret",)),
        ("Authorization: Bearer sk-proj-0123456789abcdefghij", ()),
        ("Authorization: Bot %s", ("MTAxMjM0NTY3ODkw.GabcDE.abcdefghijklmnop",)),
        ("redis://user:hunter2-secret@redis.example:6379/0", ()),
    ],
)
def test_messages_are_blotted(log: io.StringIO, message: str, arguments: tuple[str, ...]) -> None:
    logging.getLogger("x").info(message, *arguments)
    written = log.getvalue()
    assert "[secret]" in written
    for secret in (TOKEN, "configured-secret", "sk-proj", "GabcDE", "hunter2"):
        assert secret not in written


def test_exceptions_are_blotted(log: io.StringIO) -> None:
    try:
        try:
            raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe")
        except ValueError as error:
            raise RuntimeError("configured-secret") from error
    except RuntimeError:
        logging.getLogger("x").exception("it broke")
    written = log.getvalue()
    assert "RuntimeError" in written
    assert TOKEN not in written
    assert "configured-secret" not in written


def test_ordinary_words_stay(log: io.StringIO) -> None:
    logging.getLogger("x").info(
        "a short story about 2501.16937 at 10:30 and https://arxiv.org/abs/2501.16937"
    )
    assert "a short story about 2501.16937 at 10:30 and https://arxiv.org/abs/2501.16937" in log.getvalue()


def test_a_full_disk_shows_no_call_stack(log: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG", [], Path("/dev/full"))
    logging.getLogger("x").info("token %s", TOKEN)
    (handler,) = logging.root.handlers
    assert isinstance(handler, logging.FileHandler)
    assert handler.stream
    with suppress(OSError):  # what is still unwritten cannot be written on closing either
        handler.stream.close()
    assert capfd.readouterr().err == ""


def test_half_characters_are_written_all_the_same(log: io.StringIO, tmp_path: Path) -> None:
    logs.configure("DEBUG", [], tmp_path / "log")
    logging.getLogger("x").info("\udcff")
    logging.root.handlers[0].close()
    assert "\\udcff" in (tmp_path / "log").read_text()


class Screen(io.StringIO):
    """A terminal's stream."""

    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_event_is_one_object_with_what_it_is_about(log: io.StringIO) -> None:
    with logs.about(chat="telegram:-100", command="summarize") as more:
        logging.getLogger("bot.x").info("one")
        more(paper="2406.15319v2")
        logging.getLogger("bot.x").warning("two\nlines", extra={"edition": "abc"})
    logging.getLogger("library").error("three")
    one, two, three = lines(log)
    assert one["event"] == "one"
    assert (one["level"], one["logger"], one["chat"], one["command"]) == (
        "info",
        "bot.x",
        "telegram:-100",
        "summarize",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["timestamp"])
    assert "paper" not in one
    assert (two["paper"], two["edition"]) == ("2406.15319v2", "abc")
    assert {"chat", "paper", "command"}.isdisjoint(three)


async def test_tasks_begun_within_are_about_the_same(log: io.StringIO) -> None:
    async def work(paper: str) -> None:
        with logs.about(paper=paper):
            await asyncio.sleep(0)
            logging.getLogger("x").info("written")

    with logs.about(chat="c"):
        await asyncio.gather(work("1"), work("2"))
    assert sorted((line["chat"], line["paper"]) for line in lines(log)) == [("c", "1"), ("c", "2")]


def test_an_exception_is_one_line_too(log: io.StringIO) -> None:
    try:
        raise ValueError("why\nand how")
    except ValueError:
        logging.getLogger("x").exception("it broke")
    (line,) = lines(log)
    assert "ValueError: why\nand how" in line["exception"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_said_can_forge_a_line_or_move_the_cursor(form: logs.Form) -> None:
    stream, before = Screen(), (logging.root.handlers[:], logging.root.level)
    logs.configure("DEBUG", [], stream, form)
    with logs.about(chat="c\x1b[2Jc"):
        logging.getLogger("x").info("a\r\nb \x1b]0;title\x07 \u202e")
    logging.root.handlers[:], logging.root.level = before
    written = stream.getvalue()
    assert written.count("\n") == 1
    for sign in ("\r", "\x07", "\u202e", "\x1b[2J", "\x1b]"):
        assert sign not in written


def test_on_a_terminal_lines_are_for_people_and_elsewhere_for_machines(
    log: io.StringIO,
) -> None:
    def written(stream: io.StringIO, form: logs.Form) -> str:
        logs.configure("INFO", [], stream, form)
        with logs.about(paper="2406.15319"):
            logging.getLogger("x").info("written")
        return stream.getvalue()

    assert json.loads(written(io.StringIO(), "auto"))["event"] == "written"
    assert "\x1b[" in written(Screen(), "auto")
    assert json.loads(written(Screen(), "json"))["paper"] == "2406.15319"
    plain = written(io.StringIO(), "text")
    assert "\x1b" not in plain
    assert "written" in plain
    assert "paper=2406.15319" in plain


def test_a_secret_with_signs_that_json_escapes_is_blotted() -> None:
    stream, before = io.StringIO(), (logging.root.handlers[:], logging.root.level)
    logs.configure("DEBUG", ['pass"word\\here'], stream)
    logging.getLogger("x").info('it is pass"word\\here')
    logging.root.handlers[:], logging.root.level = before
    assert lines(stream)[0]["event"] == "it is [secret]"


def test_a_command_that_logs_nothing_does_not_load_what_formats_lines(tmp_path: Path) -> None:
    told = "import sys; from bot.__main__ import main; main(['console', '-c', '/help']); sys.exit('structlog' in sys.modules)"
    env = environment(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", told], env=env, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
