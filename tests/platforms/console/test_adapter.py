"""What delivery asks of every platform, on a terminal."""

from __future__ import annotations

import io

from bot.chat.reply import say
from bot.platforms.console.adapter import HERE, Console


async def test_what_is_composed_is_printed() -> None:
    out = io.StringIO()
    console = Console(out=out, err=io.StringIO())
    (message,) = console.compose(say("news"))
    assert await console.post(HERE, message, key="k", first=True) == "k"
    assert out.getvalue() == "\nnews\n\n"
    await console.recall(HERE, message, key="k", since=0)
    assert await console.manages(HERE.key, "anybody")
    assert await console.private("local") == HERE
