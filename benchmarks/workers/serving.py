"""Serving until the benchmark is over, which closes our standard input."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any


async def until_told(work: Coroutine[Any, Any, object]) -> None:
    """Let `work` run until standard input ends; what it raises before that is raised here."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    serving, told = asyncio.ensure_future(work), asyncio.ensure_future(reader.read())
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    pipe.close()
    if serving.done():
        serving.result()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
