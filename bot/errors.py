"""Every error that Paperwire raises on purpose.

    PaperwireError
    ├── Mistake                  the person's: the reply says what to change
    │   ├── UnknownCommand
    │   ├── MissingArgument
    │   ├── BadArgument
    │   ├── TooLong
    │   ├── NotAPaperId
    │   ├── UnknownLanguage
    │   ├── PaperNotFound
    │   ├── ChatNotFound
    │   ├── BadQuery
    │   ├── UnknownTopic
    │   ├── NotSubscribed
    │   ├── TooManySubscriptions
    │   ├── Refused              access control said no
    │   ├── Unpermitted          the bot lacks permissions that the person can give it
    │   └── CeilingReached       the day's model calls, or the money for them, are used up
    ├── Unavailable              a service's: the reply says when to try again
    │   ├── ArxivUnavailable
    │   ├── ArxivClosed          the arXiv answered 403; closed until the owner reopens it
    │   ├── ModelFailure         nothing came of asking a model
    │   │   ├── ModelUnavailable
    │   │   └── ModelUnusable    it answered, and nothing usable came
    │   ├── ModelMissing         the task needs a model and none is set
    │   ├── PdfUnusable          a paper's full text cannot be had, or not now
    │   ├── PlatformUnavailable
    │   └── StoreUnavailable
    ├── Misconfigured            the owner's: the sentence names the setting and its mend
    └── DeliveryError            what a platform answered to a message of ours
        ├── RetryAfter
        ├── Forbidden            blocked, kicked, chat gone, permission missing
        ├── Migrated             the chat has a new id
        ├── ThreadGone           topic or thread closed or deleted
        ├── TooOld               the message can no longer be edited or answered
        ├── Rejected             the payload broke the platform's rules: a fault of ours
        └── Ambiguous            it may have been sent

Errors carry data; `bot.chat.wording` alone puts them into sentences. Those that travel between
processes (a failure is shared with those waiting) go through `to_json` and `from_json`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, is_dataclass


class PaperwireError(Exception):
    """The root: whoever catches this catches nothing that is a bug."""

    def __str__(self) -> str:
        fields = getattr(self, "__dataclass_fields__", {})
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in fields)
        return f"{type(self).__name__}({said})"


class Mistake(PaperwireError):
    """The person can mend it."""


class Unavailable(PaperwireError):
    """A service failed; trying again later may help."""


@dataclass(eq=False)
class UnknownCommand(Mistake):
    name: str
    nearest: str | None = None


@dataclass(eq=False)
class MissingArgument(Mistake):
    argument: str
    usage: str = ""


@dataclass(eq=False)
class BadArgument(Mistake):
    """`given` is not a value of `argument`; `choices` holds what would be, where that is few."""

    argument: str
    given: str
    choices: tuple[str, ...] = ()
    usage: str = ""


@dataclass(eq=False)
class TooLong(Mistake):
    """The argument has `length` characters where `limit` are allowed."""

    length: int
    limit: int


@dataclass(eq=False)
class NotAPaperId(Mistake):
    """`given` has not the shape of an arXiv id; `digits` is set if only the count of digits is wrong."""

    given: str
    digits: int | None = None


@dataclass(eq=False)
class UnknownLanguage(Mistake):
    given: str
    nearest: str | None = None


@dataclass(eq=False)
class Unpermitted(Mistake):
    """The bot lacks these in the chat, named as the platform's settings name them."""

    permissions: tuple[str, ...]


@dataclass(eq=False)
class PaperNotFound(Mistake):
    paper: str


@dataclass(eq=False)
class ChatNotFound(Mistake):
    chat: str


@dataclass(eq=False)
class BadQuery(Mistake):
    """`query` cannot be read at `position`, counted in characters from 0.

    `problem` is a key that `bot.chat.wording` knows, `detail` the word it is about.
    """

    query: str
    position: int
    problem: str
    detail: str = ""


@dataclass(eq=False)
class UnknownTopic(Mistake):
    given: str
    nearest: str | None = None


@dataclass(eq=False)
class NotSubscribed(Mistake):
    given: str


@dataclass(eq=False)
class TooManySubscriptions(Mistake):
    limit: int


@dataclass(eq=False)
class Refused(Mistake):
    """`reason` is a key that `bot.chat.wording` knows: owner_only, not_listed, manage, manage_there, mention, unheard.

    Where chats share a server `_server` follows the third and the fourth.
    """

    reason: str
    detail: str = ""


@dataclass(eq=False)
class CeilingReached(Mistake):
    """What `whose` (person, chat, bot) may have of models in a day is used up until `opens`, a Unix time.

    `what` is "calls" or "money".
    """

    whose: str
    opens: float
    what: str = "calls"


@dataclass(eq=False)
class ArxivUnavailable(Unavailable):
    """`reason` is one of throttled, unreachable, timeout, busy, malformed, status NNN."""

    reason: str
    retry_after: float | None = None


@dataclass(eq=False)
class ArxivClosed(Unavailable):
    pass


@dataclass(eq=False)
class PdfUnusable(Unavailable):
    """`reason` is one of missing, too large, scan, encrypted, too slow, unreadable."""

    reason: str


class ModelFailure(Unavailable):
    """Nothing came of asking a model; `cost` is what it took all the same, for whoever pays, in this process alone."""

    cost: object = None


@dataclass(eq=False)
class ModelUnavailable(ModelFailure):
    """`reason` is one of timeout, unreachable, throttled, no quota, unauthorised, no such model, too long,
    resting, status NNN.
    """

    reason: str
    retry_after: float | None = None


@dataclass(eq=False)
class ModelUnusable(ModelFailure):
    """`reason` is one of refused, cut, malformed, echo (it wrote out what it was told)."""

    reason: str


@dataclass(eq=False)
class ModelMissing(Unavailable):
    task: str


@dataclass(eq=False)
class PlatformUnavailable(Unavailable):
    platform: str


@dataclass(eq=False)
class StoreUnavailable(Unavailable):
    """`reason` is one of unreachable, full, read-only, refused."""

    reason: str
    detail: str = ""


@dataclass(eq=False)
class Misconfigured(PaperwireError):
    """`setting` is wrong in the way that `problem` says; `mend` says what to do about it."""

    setting: str
    problem: str
    mend: str


class DeliveryError(PaperwireError):
    """A platform did not take a message; nothing was sent unless the subclass says otherwise."""


@dataclass(eq=False)
class RetryAfter(DeliveryError):
    """`seconds` must pass; `everywhere` if the whole token is held up and not this chat alone."""

    seconds: float
    everywhere: bool = False


@dataclass(eq=False)
class Forbidden(DeliveryError):
    reason: str


@dataclass(eq=False)
class Migrated(DeliveryError):
    new_chat: str


@dataclass(eq=False)
class ThreadGone(DeliveryError):
    reason: str


@dataclass(eq=False)
class TooOld(DeliveryError):
    reason: str


@dataclass(eq=False)
class Rejected(DeliveryError):
    reason: str


@dataclass(eq=False)
class Ambiguous(DeliveryError):
    reason: str


def to_json(error: PaperwireError) -> str:
    """Return `error` so that `from_json` makes an equal one in another process."""
    data: dict[str, object] = asdict(error) if is_dataclass(error) else {}
    return json.dumps({"error": type(error).__name__, **data})


def from_json(text: str) -> PaperwireError:
    """Return the error that `to_json` wrote; one of an unknown name becomes a bare `Unavailable`."""
    data = json.loads(text)
    kind = globals().get(data.pop("error"))
    if not (isinstance(kind, type) and issubclass(kind, PaperwireError)):
        return Unavailable()
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()})
