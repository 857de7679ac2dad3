"""The console: commands typed on a terminal, piped in, or given on the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.platforms.console.render import render
from bot.platforms.console.screen import Screen

HERE = Address("console", "local")
_WIDEST = 100  # columns; longer lines are hard to read


class Console:
    """A chat with whoever sits at the machine, who owns it."""

    name = "console"
    nonce_window: float | None = None  # what is printed twice stands there twice

    def __init__(self, *, out: TextIO, err: TextIO, history: Path | None = None) -> None:
        """Replies go to `out`, mistakes, failures and progress to `err`; `history` keeps what was typed."""
        self._out = out
        self._err = err
        self._history = history
        self._prompting = False
        self._screen: Screen | None = None  # what is shown of a reply that is being written
        self._follow_up = ""  # what a line without a slash continues

    async def one(self, dispatcher: Dispatcher, line: str) -> Outcome:
        """Run one command line, print its reply, return how it ended."""
        request = Request(Call.parse(line), HERE, Actor("local", manages=True))
        if self._err.isatty():
            request = replace(request, progress=self._progress)
        if self._out.isatty():
            request = replace(request, draft=self._draft)
        self._screen = None
        try:
            reply = await dispatcher.dispatch(request)
        except BaseException:
            if self._screen:
                self._out.write("\n")
            raise
        finally:
            self._clear()
        self._follow_up = reply.follow_up
        if self._screen and reply.outcome is Outcome.DONE:
            self._screen.show(self._styled(reply))
            self._out.write("\n")
        else:
            if self._screen:
                self._screen.clear()
            self._print(reply, self._out if reply.outcome is Outcome.DONE else self._err)
        return reply.outcome

    async def run(self, dispatcher: Dispatcher) -> None:
        """Converse until the person leaves; raise `EOFError` where nobody is there to begin with."""
        if sys.stdin is not None and sys.stdin.isatty():
            await self._converse(dispatcher)
        elif await self.pipe(dispatcher) is None:
            raise EOFError

    async def pipe(self, dispatcher: Dispatcher) -> Outcome | None:
        """Run every line of standard input; return the worst outcome, None if there was no line."""
        worst: Outcome | None = None
        async for line in _lines():
            if not line.strip():
                continue
            if worst is not None:
                self._out.write("\n")
            outcome = await self.one(dispatcher, line)
            worst = max(worst or outcome, outcome, key=(Outcome.DONE, Outcome.MISTAKEN, Outcome.FAILED).index)
        return worst

    async def send(self, address: Address, reply: Reply) -> tuple[str, ...]:
        """Print a reply that nobody asked for."""
        self._print(reply, self._out)
        return ()

    def compose(self, reply: Reply) -> tuple[str, ...]:
        """Return the reply as it is printed where there is no terminal."""
        return (json.dumps(render(reply), ensure_ascii=False),)

    @contextlib.asynccontextmanager
    async def turn(self, address: Address) -> AsyncIterator[None]:
        """Wait for nothing: a terminal takes what comes."""
        yield

    async def post(self, address: Address, message: str, *, key: str, first: bool) -> str:
        """Print what `compose` made; the key is its id."""
        # While somebody types, what is printed goes above the prompt, which only `sys.stdout` knows.
        stream = sys.stdout if self._prompting else self._out
        stream.write(f"\n{json.loads(message)}\n\n")
        stream.flush()
        return key

    async def recall(self, address: Address, message: str, *, key: str, since: float) -> None:
        """Return None: what was printed is gone."""

    async def manages(self, chat: str, person: str) -> bool:
        """Return True: whoever sits at the machine owns it."""
        return True

    async def private(self, person: str) -> Address | None:
        """Return this one chat: nobody else reads it."""
        return HERE

    async def _converse(self, dispatcher: Dispatcher) -> None:
        from prompt_toolkit.patch_stdout import patch_stdout

        from bot.platforms.console.prompt import session

        prompt = session(dispatcher.registry, HERE, self._history)
        while True:
            try:
                with patch_stdout(raw=True):
                    self._prompting = True
                    line = await prompt.prompt_async("› ")
            except EOFError:
                return
            except KeyboardInterrupt:
                self._err.write("Ctrl-D leaves.\n")
                self._err.flush()
                continue
            finally:
                self._prompting = False
            if line.strip() in ("exit", "quit", "/exit", "/quit"):
                return
            if line.strip():
                self._out.write("\n")
                await self.one(dispatcher, self._continued(line.strip()))
                self._out.write("\n")

    def _continued(self, line: str) -> str:
        """Return the line as what follows on the last answer, where that asks for it and no command is given."""
        if self._follow_up and not line.startswith(("/", "／")):
            return f"{self._follow_up} {line}"
        return line

    def _print(self, reply: Reply, stream: TextIO) -> None:
        stream.write((self._styled(reply) if stream.isatty() else render(reply)) + "\n")
        stream.flush()

    def _styled(self, reply: Reply) -> str:
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        return render(reply, styled="NO_COLOR" not in os.environ, width=width)

    def _progress(self, said: str) -> None:
        if not self._screen:
            self._err.write(f"\r\x1b[K\x1b[2m{said}\x1b[0m")
            self._err.flush()

    def _draft(self, reply: Reply) -> None:
        if not self._screen:
            self._clear()
            self._screen = Screen(self._out)
        self._screen.show(self._styled(reply))

    def _clear(self) -> None:
        if self._err.isatty() and not self._screen:
            self._err.write("\r\x1b[K")
            self._err.flush()


async def _lines() -> AsyncIterator[str]:
    """Yield the lines of standard input, without a thread that would outlive us."""
    if sys.stdin is None or sys.stdin.closed:
        return
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):  # a file or /dev/null never keeps us waiting
        for line in sys.stdin.buffer:
            yield line.decode(errors="replace")
        return
    reader = asyncio.StreamReader(limit=1024 * 1024)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    try:
        while line := await _line(reader):
            yield line.decode(errors="replace")
    finally:
        transport.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # longer than the reader's limit: what is read is too long for any command
        return b"/" + b"x" * 2000 + b"\n"
