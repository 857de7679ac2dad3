"""Interactions as Discord keeps them: 3 s for the response, 15 minutes for all that follows.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord_rules import Empty, Invalid, form, message, suggestions
from tests.fakes.discord_world import EPHEMERAL, LOADING, Channel, Message, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMITTED = 2, 3, 4, 5  # types of interaction
PONG, REPLY, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, MODAL = 1, 4, 5, 6, 7, 8, 9  # of callback
RESPONSE, LIFETIME = 3.0, 900.0

Json = Any


class Refused(Exception):
    """An answer of Discord's that is no success."""

    def __init__(self, status: int, code: int, said: str) -> None:
        super().__init__(said)
        self.status, self.code, self.said = status, code, said


UNKNOWN_MESSAGE = Refused(404, 10008, "Unknown Message")


@dataclass
class Interaction:
    """What a person did, and all that the bot answered to it."""

    id: int
    token: str
    type: int
    channel: Channel
    user: User
    born: float
    skew: float = 0.0  # of the world's clock then
    source: Message | None = None  # which message's button it was
    acknowledged: int | None = None  # type of the callback
    original: Message | None = None
    follow_ups: list[Message] = field(default_factory=list)
    choices: list[dict[str, str]] | None = None
    form: dict[str, Any] | None = None
    updated: bool = False  # the message with the button was
    until: Callable[..., Any] = field(default=lambda *_: None, repr=False)

    @property
    def messages(self) -> list[Message]:
        """What the person sees in answer, in order; not what is still to come."""
        shown = (
            [self.original] if self.original and (self.original is not self.source or self.updated) else []
        )
        return [m for m in shown + self.follow_ups if not m.deleted and not m.loading]

    async def answered(self, parts: int = 1) -> list[Message]:
        """Wait until there are `parts` messages, and return them."""
        await self.until(lambda: len(self.messages) >= parts)
        return self.messages

    async def reply(self) -> Message:
        """Wait for the answer's first message."""
        return (await self.answered())[0]

    async def acknowledgement(self) -> int:
        """Wait for the response, and return its type."""
        await self.until(lambda: self.acknowledged is not None)
        assert self.acknowledged is not None
        return self.acknowledged

    async def suggestions(self) -> list[str]:
        """Wait for what autocompletion offers, and return the values."""
        await self.until(lambda: self.choices is not None)
        return [choice["value"] for choice in self.choices or ()]


class Interactions:
    """All interactions, by id and by token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.all: dict[int, Interaction] = {}
        self.number: Callable[[], int] = world.snowflake  # of the next interaction
        self.grace = 0.0

    def new(self, kind: int, channel: Channel, user: User, source: Message | None = None) -> Interaction:
        token = secrets.token_urlsafe(60)
        made = Interaction(
            self.number(), token, kind, channel, user, self.world.now(), self.world.skew, source
        )
        self.all[made.id] = made
        return made

    def callback(self, interaction_id: int, token: str, body: dict[str, Json]) -> None:
        """Take the response. Raises `Refused` or `Invalid`."""
        found = self.all.get(interaction_id)
        if not found or found.token != token:
            raise Refused(404, 10062, "Unknown interaction")
        if found.acknowledged is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self._late(found):
            raise Refused(404, 10062, "Unknown interaction")
        kind, data = body.get("type"), body.get("data") or {}
        allowed = {
            COMMAND: {REPLY, DEFER, MODAL},
            COMPONENT: {REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL},
            AUTOCOMPLETE: {SUGGEST},
            SUBMITTED: {REPLY, DEFER, *((DEFER_UPDATE, UPDATE) if found.source else ())},
        }
        if kind not in allowed[found.type]:
            bad = Invalid()
            bad.at("type", "BASE_TYPE_CHOICES", f"Value must be one of {allowed[found.type]}.")
            raise bad
        if kind == SUGGEST:
            bad = Invalid()
            suggestions(bad, "data.choices", data.get("choices", []))
            bad.check()
            found.choices = data.get("choices", [])
        elif kind == MODAL:
            bad = Invalid()
            form(bad, data)
            bad.check()
            found.form = data
        elif kind == REPLY:
            found.original = self._message(found, data)
        elif kind == DEFER:
            flags = LOADING | int(data.get("flags", 0)) & EPHEMERAL
            found.original = self._keep(found, Message(self.world.snowflake(), found.channel, self.world.bot))
            found.original.flags = flags
        elif kind == UPDATE and found.source:
            self._edit(found.source, data)
            found.original, found.updated = found.source, True
        elif kind == DEFER_UPDATE:
            found.original = found.source
        found.acknowledged = kind

    def _late(self, found: Interaction) -> bool:
        """Whether Discord waits no more for a response: of the machine's own seconds `grace` are forgiven."""
        waited, forwarded = self.world.now() - found.born, self.world.skew - found.skew
        return waited > RESPONSE + (self.grace if forwarded < RESPONSE else 0.0)

    def webhook(self, token: str) -> Interaction:
        """Return the interaction whose token this is. Raises `Refused`."""
        found = next((i for i in self.all.values() if i.token == token), None)
        if found is None or found.acknowledged is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if self.world.now() - found.born > LIFETIME:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return found

    def find(self, token: str, which: str) -> Message:
        """Return the message that a webhook's address names. Raises `Refused`."""
        owner = self.webhook(token)
        mine = [m for m in (owner.original, *owner.follow_ups) if m and not m.deleted]
        for candidate in mine:
            if which == str(candidate.id) or (which == "@original" and candidate is owner.original):
                return candidate
        raise UNKNOWN_MESSAGE

    def edit(self, token: str, which: str, body: dict[str, Json]) -> Message:
        """Change a message; what was deferred becomes it. Raises `Refused`, `Invalid` or `Empty`."""
        found, owner = self.find(token, which), self.webhook(token)
        self._edit(found, body)
        owner.updated = owner.updated or found is owner.source
        return found

    def follow_up(self, token: str, body: dict[str, Json]) -> Message:
        """Add a message. The first after a deferral takes its place, and stays as visible as that was."""
        owner = self.webhook(token)
        if owner.original and owner.original.loading and not owner.original.deleted:
            self._edit(owner.original, body)
            return owner.original
        made = self._message(owner, body)
        owner.follow_ups.append(made)
        return made

    def _message(self, owner: Interaction, body: dict[str, Json]) -> Message:
        kept = message(body)
        made = Message(self.world.snowflake(), owner.channel, self.world.bot, **kept)
        made.flags = int(body.get("flags") or 0)
        made.mentioned = self.world.mentioned(owner.channel, body, made.content)
        return self._keep(owner, made)

    def _keep(self, owner: Interaction, made: Message) -> Message:
        made.at = self.world.now()
        self.world.sent.append(made)
        return made

    def _edit(self, found: Message, body: dict[str, Json]) -> None:
        now: dict[str, Json] = {
            "content": found.content,
            "embeds": found.embeds,
            "components": found.components,
        }
        if int(body.get("flags") or 0) & ~(4 | EPHEMERAL):
            raise Empty
        new = found.loading
        change(found, now | body)
        if new:  # an edit of what stands there already tells nobody
            found.mentioned = self.world.mentioned(found.channel, body, found.content)


def change(found: Message, body: dict[str, Json]) -> None:
    """Edit a message. Raises `Invalid`, `Empty` or `TooLarge`."""
    kept = message(body, found.attachments)
    found.content, found.embeds, found.components = kept["content"], kept["embeds"], kept["components"]
    found.attachments = kept["attachments"]
    found.flags &= ~LOADING
    if "flags" in body:
        found.flags = found.flags & ~4 | int(body["flags"] or 0) & 4
    found.edits += 1
