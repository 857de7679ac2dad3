"""What a place where people chat has to offer, and what it may ask of us."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.errors import BadArgument


class Composes(Protocol):
    """What can tell how a reply will look."""

    def compose(self, reply: Reply) -> tuple[str, ...]:
        """Return the messages that `reply` becomes, each as JSON that `post` takes; nothing is sent."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How messages that belong together are to stand in a chat that knows more than one way.

    `name` is their headline, `tags` are all names of what they are about, `role` is the id of those who are
    mentioned once. `thread`: apart from what else is said in the chat.
    """

    name: str
    tags: tuple[str, ...] = ()
    thread: bool = False
    role: str = ""


@runtime_checkable
class Places(Protocol):
    """What has threads, posts with tags, or roles that can be mentioned."""

    def placed(self, messages: Sequence[str], standing: Standing) -> tuple[str, ...]:
        """Return messages that `compose` made so that `post` takes them to where they are to stand."""


@runtime_checkable
class Permits(Protocol):
    """What knows by name what the bot and people may do in a chat."""

    async def lacking(self, address: Address, *, thread: bool = False, role: str = "") -> tuple[str, ...]:
        """Name what the bot is not permitted and needs for editions there; nothing while the platform does not say.

        `thread` and `role` as in `Standing`.
        """

    async def role(self, address: Address, person: str, name: str) -> str:
        """Return the id of a role that the person may have mentioned. Raises `Refused`, `BadArgument`."""


@runtime_checkable
class Overhears(Protocol):
    """What may be told of what people write to each other, links to papers among it."""

    async def hears(self, chat: str) -> bool:
        """Tell whether what people write in a group reaches us; True for a chat with a person."""


@runtime_checkable
class Gathers(Protocol):
    """What holds chats together that are served together, as a server does with its channels."""

    async def community(self, chat: str) -> str | None:
        """Return the key of what holds this chat together with others, None for one alone.

        Raises a `DeliveryError` while the platform does not say.
        """


class NoPermits:
    """Where the platform has no names for what is permitted."""

    async def lacking(self, address: Address, *, thread: bool = False, role: str = "") -> tuple[str, ...]:
        """Name nothing."""
        return ()

    async def role(self, address: Address, person: str, name: str) -> str:
        """Know no roles. Raises `BadArgument`."""
        raise BadArgument("role", name[:60])


NO_PERMITS = NoPermits()


class Reaches(Composes, Protocol):
    """What can tell, too, where a person is to be written to."""

    async def private(self, person: str) -> Address | None:
        """Return the address of the private chat with the person with this id, None where it cannot be had."""


class Posts(Protocol):
    """What delivers messages one by one, so that each is known to have arrived, or not, or perhaps."""

    name: str
    nonce_window: float | None
    """For how many seconds after the first try a repeat of `post` with its key is harmless; None if never."""

    def turn(self, address: Address) -> AbstractAsyncContextManager[None]:
        """Wait for a moment in which a message may leave for the chat; within the block `post` sends at once.

        Raises what `post` raises, and then nothing was sent.
        """

    async def post(self, address: Address, message: str, *, key: str, first: bool) -> str:
        """Send one message that `compose` made; return its id. Only the first notifies.

        Where a thread began with it the id is `thread/message`, and the messages that follow belong in there.
        Raises a `DeliveryError`, `RetryAfter` at once instead of waiting long, and `PlatformUnavailable`
        where it has surely not arrived because nothing was there to take it.
        """

    async def recall(self, address: Address, message: str, *, key: str, since: float) -> str | None:
        """Return the id under which the message stands in the chat, None if it does not, as far as can be seen.

        It was first tried at `since`, a Unix time. Raises what `post` raises.
        """


class Platform(Reaches, Posts, Protocol):
    """A chat service with an account of ours on it."""

    async def run(self, dispatcher: Dispatcher) -> None:
        """Receive, acknowledge, build a `Request`, dispatch, send, until cancelled.

        Raises `Misconfigured` if the service does not take our token.
        """

    async def send(self, address: Address, reply: Reply) -> tuple[str, ...]:
        """Send `reply` to a chat unasked; return the ids of the messages in order.

        Raises a `DeliveryError`.
        """

    async def manages(self, chat: str, person: str) -> bool:
        """Tell whether a person may manage a chat, by `Address.chat` or `Address.key`, as the platform says now.

        Nobody does while it does not say.
        """

    async def find(self, name: str) -> Address:
        """Return the address of the chat that people know by this name or id. Raises a `DeliveryError`."""

    async def close(self) -> None:
        """Release what all the others hold; `run` releases its own."""


class Inbox(Protocol):
    """What came in and is not answered yet, so that a crash between the two loses nothing.

    Keys are the platform's own (an update id, an interaction id); payloads are text.
    """

    async def put(self, key: str, payload: str) -> bool:
        """Keep what came in; False if this key was put before, answered or not, within the last day."""

    async def done(self, key: str) -> None:
        """Forget the payload: it was answered."""

    async def left(self) -> Sequence[tuple[str, str]]:
        """Return what earlier runs left unanswered, oldest first; each is handed out a few times at most."""


class MemoryInbox:
    """An inbox that lasts as long as its process."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._seen: set[str] = set()

    async def put(self, key: str, payload: str) -> bool:
        """Keep what came in, unless it did before."""
        if key in self._seen:
            return False
        self._seen.add(key)
        self._open[key] = payload
        return True

    async def done(self, key: str) -> None:
        """Forget the payload."""
        self._open.pop(key, None)

    async def left(self) -> Sequence[tuple[str, str]]:
        """Return nothing: no earlier run shares this memory."""
        return ()


class FollowUps(Protocol):
    """What a person's reply to one of our messages continues: command lines, by message."""

    async def put(self, address: Address, message_id: str, line: str) -> None:
        """Remember that a reply to this message continues `line`."""

    async def get(self, address: Address, message_id: str) -> str | None:
        """Return the line that a reply to this message continues, None if it continues none."""


class MemoryFollowUps:
    """Follow-ups that last as long as their process."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], str] = {}

    async def put(self, address: Address, message_id: str, line: str) -> None:
        """Remember the line."""
        self._lines[address.key, message_id] = line

    async def get(self, address: Address, message_id: str) -> str | None:
        """Return the line, if there is one."""
        return self._lines.get((address.key, message_id))
