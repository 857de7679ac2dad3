"""Commands that write as one watches, that can be continued, and that show pictures."""

from __future__ import annotations

import asyncio
import io
from functools import cache
from typing import Annotated

import PIL.Image

from bot.chat.command import Arg, command
from bot.chat.platform import MemoryFollowUps
from bot.chat.reply import Paragraph, Reply, say
from bot.chat.request import Address, Request
from bot.chat.text import text


class Author:
    """`steps` are what `/write` shows: words of progress, drafts, and at last the `reply`; so for `/figures`.

    `/vote` waits for `counted`.
    """

    def __init__(self) -> None:
        self.steps: asyncio.Queue[str | Reply | None] = asyncio.Queue()
        self.reply = say("done")
        self.requests: list[Request] = []
        self.counted = asyncio.Event()

    @command("write")
    async def write(self, request: Request, *, words: Annotated[str, Arg("what is wanted")] = "") -> Reply:
        """Write while one watches."""
        self.requests.append(request)
        while True:
            match await self.steps.get():
                case None:
                    return self.reply
                case str() as said:
                    request.progress(said)
                case step:
                    request.draft(step)

    @command("ask")
    async def ask(
        self,
        request: Request,
        *,
        paper: Annotated[str, Arg("the paper")],
        question: Annotated[str, Arg("the question")],
    ) -> Reply:
        """Answer a question, and those that follow."""
        self.requests.append(request)
        return Reply((Paragraph(text(f"{paper}: {question}")),), follow_up=f"/ask {paper}")

    @command("figures")
    async def figures(self, request: Request) -> Reply:
        """Show pictures."""
        self.requests.append(request)
        return self.reply

    @command("vote")
    async def vote(self, request: Request) -> Reply:
        """Vote for something, which concerns nobody else."""
        self.requests.append(request)
        await self.counted.wait()
        return say("Noted.", private=True)

    def draft(self, *said: str) -> None:
        """Let `/write` show these one after the other."""
        for each in said:
            self.steps.put_nowait(say(each))

    async def taken(self) -> None:
        """Return when `/write` has shown all that it was given."""
        async with asyncio.timeout(10):
            while not self.steps.empty():
                await asyncio.sleep(0.01)

    def finish(self, reply: Reply | None = None) -> None:
        """Let `/write` answer."""
        self.reply = reply or self.reply
        self.steps.put_nowait(None)


class Remembering(MemoryFollowUps):
    """A memory that tells when there is something new in it."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Condition()

    async def put(self, address: Address, message_id: str, line: str) -> None:
        await super().put(address, message_id, line)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, count: int) -> None:
        """Return when so many messages can be continued."""
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(lambda: len(self._lines) >= count)


@cache
def picture(width: int = 60, height: int = 40, kind: str = "PNG", *, noise: bool = False) -> bytes:
    """Return a picture; with `noise` it has about three bytes a pixel."""
    made = PIL.Image.effect_noise((width, height), 90).convert("RGB") if noise else None
    out = io.BytesIO()
    (made or PIL.Image.new("RGB", (width, height), "white")).save(out, kind, compress_level=0 if noise else 6)
    return out.getvalue()
