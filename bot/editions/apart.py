"""Filing in a process of its own: what it needs, some 60 MB, goes back to the machine when it ends."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from typing import Any

from bot.papers.paper import Paper
from bot.topics.matching import Match, Reason


async def file_apart(papers: Sequence[Paper]) -> list[tuple[Match, ...]]:
    """Return what each paper is filed under in the catalogue, best first. Raises `RuntimeError` if that fails."""
    if not papers:
        return []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,  # Ctrl-C is for us: we end it
    )
    try:
        given = "\n".join(paper.to_json() for paper in papers)
        out, said = await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"filing ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
    return [tuple(map(match_of, found)) for found in json.loads(out)]


def data_of(match: Match) -> list[Any]:
    """Return what `match_of` reads."""
    return [match.topic, match.score, list(match.reason.words), match.reason.similarity]


def match_of(data: list[Any]) -> Match:
    """Return the match that `data_of` wrote."""
    topic, score, words, near = data
    return Match(topic, score, Reason(tuple(words), near))


def _main() -> None:
    from bot.topics.catalogue import load
    from bot.topics.matching import Filer

    papers = [Paper.from_json(line) for line in sys.stdin.buffer]
    filed = Filer(load()).file(papers)
    json.dump([[data_of(match) for match in found] for found in filed], sys.stdout)


if __name__ == "__main__":
    _main()
