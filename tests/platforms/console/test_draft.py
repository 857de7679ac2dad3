"""Replies that grow on a terminal, and what a line without a slash continues."""

from __future__ import annotations

import io

import pyte
import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Image, Outcome, Paragraph, Reply, say
from bot.chat.text import text
from bot.platforms.console.adapter import Console
from bot.platforms.console.render import render
from bot.platforms.console.screen import Screen
from tests.platforms.author import Author
from tests.platforms.telegram.conftest import NoLanguages

COLUMNS, LINES = 40, 12


class Terminal(io.StringIO):
    """A terminal, and what one sees on it."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.Stream(self.screen)

    def isatty(self) -> bool:
        return True

    def write(self, said: str) -> int:
        self._stream.feed(said.replace("\n", "\r\n"))  # as a terminal's driver does
        return super().write(said)

    @property
    def seen(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()


@pytest.fixture(autouse=True)
def size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setenv("LINES", str(LINES))


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def dispatcher(author: Author) -> Dispatcher:
    return Dispatcher(Registry([author]), NoLanguages(), Open())


SENTENCES = ("One sentence that is longer than a line is.", "模型 and more.", "Three.")


async def test_sentences_appear_as_they_come(terminal: Terminal) -> None:
    """Below the progress that they replace; each is written once, and the end is as if all had come at once."""
    author = Author()
    author.steps.put_nowait("Reading …")
    for count in (1, 2, 3):
        author.draft(" ".join(SENTENCES[:count]))
    author.steps.put_nowait("Reading more …")
    author.finish(Reply((Paragraph(text(" ".join(SENTENCES))), Paragraph(text("Checked."), small=True))))
    out = await Console(out=terminal, err=terminal).one(dispatcher(author), "/write")
    assert out is Outcome.DONE
    assert terminal.seen == render(author.reply, width=COLUMNS)
    assert "Reading …" in terminal.getvalue()
    assert "Reading more …" not in terminal.getvalue()
    assert terminal.getvalue().count("One sentence") == 1


async def test_what_changed_is_written_over(terminal: Terminal) -> None:
    """Nothing of a draft that the answer does not bear out stays on the screen."""
    author = Author()
    author.draft("It is 5.\nIt is 6.\n" + "long " * 20, "short")
    author.finish(say("It is 5.\nIt is 7."))
    await Console(out=terminal, err=terminal).one(dispatcher(author), "/write")
    assert terminal.seen == "It is 5.\nIt is 7."


async def test_a_failure_takes_the_drafts_place(terminal: Terminal) -> None:
    author = Author()
    author.draft("It is 5.\nIt is 6.")
    author.finish(Reply(say("no").blocks, Outcome.FAILED))
    assert await Console(out=terminal, err=terminal).one(dispatcher(author), "/write") is Outcome.FAILED
    assert terminal.seen == "no"


async def test_a_pipe_gets_the_reply_alone(terminal: Terminal) -> None:
    """Machines read it."""
    author, out = Author(), io.StringIO()
    author.draft("One.", "One. Two.")
    author.finish()
    await Console(out=out, err=terminal).one(dispatcher(author), "/write")
    assert out.getvalue() == "done\n"


def test_what_has_scrolled_away_is_written_anew(terminal: Terminal) -> None:
    """It cannot be changed any more; the whole stands below it."""
    screen = Screen(terminal)
    screen.show("\n".join(f"line {n}" for n in range(20)))
    screen.show("\n".join(f"other {n}" for n in range(3)))
    assert terminal.seen.endswith("line 19\n\nother 0\nother 1\nother 2")
    screen.clear()
    assert terminal.seen.endswith("line 19")


async def test_a_line_without_a_slash_goes_on() -> None:
    """Where the last answer can be continued; elsewhere it is a command as before."""
    author = Author()
    console = Console(out=io.StringIO(), err=io.StringIO())
    assert console._continued("ask 7 why?") == "ask 7 why?"
    await console.one(dispatcher(author), "ask 7 why?")
    assert console._continued("and how?") == "/ask 7 and how?"
    assert console._continued("/figures") == "/figures"
    await console.one(dispatcher(author), "/figures")
    assert console._continued("ask 8 why?") == "ask 8 why?"


def test_a_picture_is_its_caption() -> None:
    """Nobody wants the bytes."""
    image = Image(text("Figure 2 (page 5): A robot"), data=b"x", name="2.png")
    assert render(Reply((image,))) == "Figure 2 (page 5): A robot"
