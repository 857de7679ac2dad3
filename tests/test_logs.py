"""No secret reaches a log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot import logs

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
