"""What a server and its model understand of the OpenAI dialect: found out once, by trying."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.writing.answer import Answer
from bot.writing.conversation import Turn

StructuredOutput = Literal["json_schema", "json_object", "prompt"]
RUNGS: tuple[StructuredOutput, ...] = ("json_schema", "json_object", "prompt")

LimitName = Literal["max_completion_tokens", "max_tokens"]
_LIMITS: tuple[LimitName, ...] = ("max_completion_tokens", "max_tokens")

# In pieces with the usage at the end, in pieces without, or in one piece.
Stream = Literal["usage", "bare", "off"]
_STREAMS: tuple[Stream, ...] = ("usage", "bare", "off")

_NAMES_OPTIONS = re.compile(r"stream_options|include_usage")
_NAMES_STREAM = re.compile(r"\bstream(?:ing|ed)?\b")
_NAMES_LIMIT = re.compile(r"max_(?:completion_|new_|output_)?tokens")

# A 500 may be a server that chokes on the shape, or one that is ill; prose instead of JSON may be one that
# ignores the schema, or a slip. Twice in a row is no accident.
_SUSPICIONS = 2


class Failure(Exception):
    """A request that brought no reply: `reason` in the words of `ModelUnavailable`.

    `status` is None where no answer came. `passing` failures may be gone at the next attempt.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        message: str = "",
        retry_after: float | None = None,
        passing: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.message = message
        self.retry_after = retry_after
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Shape:
    """A way of putting a request: how the answer's form is asked for, what its limit is called, how it is to come."""

    output: StructuredOutput = "json_schema"
    limit: LimitName | None = "max_tokens"
    stream: Stream = "off"

    @property
    def lower(self) -> Shape | None:
        at = RUNGS.index(self.output) + 1
        return replace(self, output=RUNGS[at]) if at < len(RUNGS) else None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in whatever shape: the turns, the answer wanted, and at most how many tokens of it."""

    turns: Sequence[Turn]
    schema: type[Answer]
    limit: int


class Dialect:
    """Knows the shape that works, and which to try when one does not.

    `shape` is for a reply in one piece, `stream` how much is understood of one in many.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.stream: Stream = "usage"
        self._suspicions = 0
        self._ignored = 0

    def first(self, *, streams: bool) -> Shape:
        """Return the shape to begin with."""
        return replace(self.shape, stream=self.stream) if streams else self.shape

    def another(self, shape: Shape, failure: Failure, tried: Collection[Shape]) -> Shape | None:
        """Return another way to put a request that failed, None if the way is not to blame."""
        candidates: list[Shape | None] = []
        if failure.reason == "too long" and not _NAMES_LIMIT.search(failure.message):
            return None  # whatever way it is put
        if failure.status in (400, 422):
            if shape.stream != "off":
                candidates += _simpler_streams(shape, failure.message)
            if _NAMES_LIMIT.search(failure.message):
                # Some models refuse one name, some servers know only the other, and some mean the number.
                candidates = [replace(shape, limit=name) for name in _LIMITS]
                candidates.append(replace(shape, limit=None))
            candidates.append(shape.lower)
        elif failure.status in (500, 501):
            candidates = [shape.lower]
        if candidates and shape.stream != "off":
            # No output helped: it may be the streaming, of which the server says nothing.
            candidates.append(replace(self.shape, limit=shape.limit))
        return next((found for found in candidates if found and found not in tried), None)

    def worked(self, shape: Shape, failures: Sequence[Failure], *, streams: bool = False) -> None:
        """Remember `shape`, which got a reply after `failures` in the same call; `streams` if one was wanted in pieces."""
        if streams and all(failure.status in (400, 422) for failure in failures):
            self.stream = shape.stream
        # Without any limit is how a request too long for it got through: no habit to form.
        limit = shape.limit or self.shape.limit
        output = shape.output
        if output == self.shape.output:
            self._suspicions = 0
        elif any(failure.status not in (400, 422) for failure in failures):
            self._suspicions += 1
            if self._suspicions < _SUSPICIONS:
                output = self.shape.output
        self.shape = Shape(output, limit)

    def answered(self, shape: Shape, *, fits: bool) -> None:
        """Remember whether a first reply to `shape` had the form asked for.

        A server that takes the schema and ignores it never tells the model; the next rung does, in words.
        """
        if shape.output != "json_schema":
            return
        self._ignored = 0 if fits else self._ignored + 1
        if self._ignored >= _SUSPICIONS and self.shape.output == "json_schema":
            self.shape = replace(self.shape, output="json_object")


def _simpler_streams(shape: Shape, message: str) -> list[Shape]:
    """Return the ways to ask for fewer pieces, where the server's complaint is about that."""
    if not (_NAMES_OPTIONS.search(message) or _NAMES_STREAM.search(message)):
        return []
    later = _STREAMS[_STREAMS.index(shape.stream) + 1 :]
    return [
        replace(shape, stream=stream) for stream in later if stream == "off" or _NAMES_OPTIONS.search(message)
    ]
