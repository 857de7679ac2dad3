"""Papers as lines of JSON, answered by lines that name their topics: for other programs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import Any

from bot.jsonl import BadLine, read_object, said
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.topics.catalogue import Catalogue, Topic
from bot.topics.matching import Filer, Match
from bot.topics.query import Query

_AT_ONCE = 256


def match_lines(
    lines: Iterable[str | bytes],
    catalogue: Catalogue,
    *,
    topic: Topic | None = None,
    query: Query | None = None,
) -> Iterator[str | BadLine]:
    """Yield for each line what it matches, or what is wrong with it; blank lines are passed over.

    A line is an object with id, title, abstract and, where known, categories, authors, comment and
    journal_ref. With `topic` or `query` nothing else is looked for. What has come is answered before more is
    waited for, so that whoever writes a line can read its answer; a few hundred are held at most.
    """
    number = 1
    with Filer(catalogue) as filer:
        for part in _as_they_come(lines):
            some = [_read(count, line) for count, line in enumerate(part, number) if line.strip()]
            found = iter(_matches(filer, [one for one in some if isinstance(one, Paper)], topic, query))
            for one in some:
                yield one if isinstance(one, BadLine) else _line(one, next(found))
            number += len(part)


def _as_they_come(lines: Iterable[str | bytes]) -> Iterator[list[str | bytes]]:
    """Yield lines in parts: as many as are there, up to a limit."""
    there: SimpleQueue[str | bytes | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(2 * _AT_ONCE)  # lines that may be read ahead

    def read() -> None:
        end = None
        try:
            for line in lines:
                room.acquire()
                there.put(line)
        except BaseException as error:
            end = error
        there.put(end)

    threading.Thread(target=read, daemon=True, name="lines").start()
    part: list[str | bytes] = []
    while isinstance(line := there.get(), str | bytes):
        room.release()
        part.append(line)
        if len(part) == _AT_ONCE or there.empty():
            yield part
            part = []
    yield part
    if line is not None:
        raise line


def _matches(
    filer: Filer, papers: list[Paper], topic: Topic | None, query: Query | None
) -> Iterable[Iterable[Match]]:
    if query is not None:
        return [[match] if match else [] for match in filer.follow(papers, query)]
    return [[m for m in matches if topic is None or m.topic == topic.id] for matches in filer.file(papers)]


def _line(paper: Paper, matches: Iterable[Match]) -> str:
    topics = [{"topic": m.topic, "score": m.score, "why": str(m.reason)} for m in matches]
    return json.dumps({"id": paper.id.number, "topics": topics}, ensure_ascii=False)


def _read(number: int, line: str | bytes) -> Paper | BadLine:
    data = read_object(number, line, ("id", "title", "abstract"))
    if isinstance(data, BadLine):
        return data
    for key in ("id", "title"):
        if not data[key].strip():
            return BadLine(number, f"{key} must be text, not {said(data[key])}")
    for key in ("categories", "authors"):
        if not _is_list_of_text(data.get(key) or []):
            return BadLine(number, f"{key} must be a list of text, not {said(data[key])}")
    for key in ("comment", "journal_ref"):
        if not isinstance(data.get(key), str | None):
            return BadLine(number, f"{key} must be text, not {said(data[key])}")
    return Paper(
        # Whatever it is called where it comes from, so it is called in the answer.
        id=PaperId(data["id"]),
        title=" ".join(data["title"].split()),
        authors=tuple(data.get("authors") or ()),
        abstract=" ".join(data["abstract"].split()),
        categories=tuple(data.get("categories") or ()),
        comment=data.get("comment"),
        journal_ref=data.get("journal_ref"),
    )


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
