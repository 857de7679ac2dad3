"""What people say to the bot, as a reply, in private or with its name, and answering it beneath their words.

Discord tells a bot the words of messages in private chats and of those that mention it, as replies do
unless their author switches that off; for all else it would want the privileged intent, and tells nothing.
https://docs.discord.com/developers/events/gateway#message-content-intent
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.draft import Draft
from bot.chat.platform import Inbox
from bot.chat.reply import Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.errors import Ambiguous, DeliveryError, PaperwireError, RetryAfter, TooOld
from bot.platforms.discord import channels
from bot.platforms.discord.answers import Pace, Shown
from bot.platforms.discord.api import Api
from bot.platforms.discord.asked import NAME, Parent, community, readable
from bot.platforms.discord.continued import Continued
from bot.platforms.discord.delivery import Remembered
from bot.platforms.discord.errors import Failure
from bot.platforms.discord.forms import POINTED, paper_in
from bot.platforms.discord.render import Payload, render
from bot.platforms.discord.uploads import without
from bot.platforms.discord.webhooks import Pause

log = logging.getLogger(__name__)

_SAID, _REPLY = 0, 19  # types of message
_FORWARD = 1  # a type of reference
_TYPING_EVERY = 8.0  # Discord shows it for 10 s
_PATIENCE = 900.0
_LONGEST_PAUSE = 30.0

Manages = Callable[[str, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Said:
    """One message that may be for the bot.

    `replied` is the message that it is a reply to, empty if it is none; `line` is what it continues, once that is
    known. `words` may be empty; `shown` is all that can be read in it where it is `addressed` to the bot by name, or
    said in private.
    """

    id: str
    replied: str
    channel: str
    parent: str | None
    guild: str | None
    user: str
    user_name: str
    words: str
    line: str = ""
    addressed: bool = False
    shown: str = ""

    @classmethod
    def read(cls, payload: Mapping[str, Any], *, bot: str, parent: Parent) -> Said | None:
        """Take what matters from a message as the gateway tells it; None where no person says it to `bot`.

        Raises `KeyError`, `TypeError` or `ValueError` where it lacks what it always has.
        """
        author, guild = payload["author"], payload.get("guild_id")
        content = str(payload.get("content") or "")
        words = re.sub(rf"<@!?{re.escape(bot)}>", " ", content)
        addressed = not guild or words != content
        replied = _replied(payload, bot)
        if payload.get("type") not in (_SAID, _REPLY) or not (replied or addressed):
            return None
        if author.get("bot") or payload.get("webhook_id"):
            return None
        channel = str(payload["channel_id"])
        name = (
            (payload.get("member") or {}).get("nick") or author.get("global_name") or author.get("username")
        )
        return cls(
            id=str(payload["id"]),
            replied=replied,
            channel=channel,
            parent=parent(int(channel)) if guild else None,
            guild=str(guild) if guild else None,
            user=str(author["id"]),
            user_name=str(name or ""),
            words=words.strip(),
            addressed=addressed,
            shown=readable({**payload, "content": words}) if addressed else "",
        )

    @property
    def place(self) -> Address:
        """The channel or thread itself, whatever it belongs to."""
        return Address(NAME, self.channel)

    @property
    def address(self) -> Address:
        return Address(NAME, self.parent, self.channel) if self.parent else self.place

    @property
    def call(self) -> Call:
        """What it asks: the command that it begins with, or else what it continues."""
        return Call.parse(self.words if self.words.startswith("/") else f"{self.line} {self.words}")

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)

    @classmethod
    def from_json(cls, payload: str) -> Said:
        """Read what `to_json` wrote. Raises `ValueError` or `TypeError` for anything else."""
        return cls(**json.loads(payload))


class Replies:
    """Answers what goes on where an answer ended, and what is said to the bot; all else concerns nobody here."""

    def __init__(
        self,
        api: Api,
        inbox: Inbox,
        follow_ups: Continued,
        manages: Manages,
        *,
        pace: Pace,
        patience: float,
        pause: Pause,
    ) -> None:
        self._api = api
        self._inbox = Remembered(inbox)
        self._keep = inbox.put
        self._follow_ups = follow_ups
        self._manages = manages
        self._pace = pace
        self._patience = patience
        self._pause = pause

    async def fresh(self, said: Said, dispatcher: Dispatcher) -> None:
        """Answer what has just come in, unless it came in before or asks nothing."""
        line = said.replied and said.words and await self._follow_ups.get(said.place, said.replied)
        meant = replace(said, line=line) if line else _spoken(said, dispatcher.registry)
        if not meant:
            return
        said = meant
        if await self._inbox.new(said.id, said.to_json()):
            await self._answer(said, dispatcher, Shown())

    async def again(self, said: Said, draft: str, dispatcher: Dispatcher) -> None:
        """Answer what an earlier run left, in its `draft` if there is one."""
        await self._answer(said, dispatcher, Shown(bool(draft), draft), again=True)

    async def _answer(self, said: Said, dispatcher: Dispatcher, shown: Shown, *, again: bool = False) -> None:
        every = self._pace.among_many if said.guild else self._pace.every
        draft = Draft(partial(self._show, said, shown), every=every, patience=self._pace.progress)
        manages = not said.guild or await self._managed(said)
        request = Request(
            said.call,
            said.address,
            Actor(said.user, said.user_name, manages),
            private=not said.guild,
            community=community(said.guild),
            progress=draft.progress,
            draft=draft.put,
        )
        try:
            async with self._typing(said):
                reply = await dispatcher.dispatch(request)
            await draft.end()
        finally:
            draft.cancel()
        ids = await self._send(said, render(reply) if reply.blocks else (), shown, again=again)
        if reply.follow_up:
            await self._follow_ups.put(said.place, ids, reply.follow_up)
        await self._inbox.done(said.id)
        if shown.begun:
            await self._inbox.done(draft_of(said.id))

    async def _managed(self, said: Said) -> bool:
        """Whether the person may manage the channel; nobody does where the bot is told nothing of it."""
        try:
            return await self._manages(said.channel, said.user)
        except PaperwireError:
            return False

    @asynccontextmanager
    async def _typing(self, said: Said) -> AsyncIterator[None]:
        """Show that it goes on for as long as the block lasts, if it lasts long enough for anybody to wonder."""

        async def show() -> None:
            await asyncio.sleep(self._patience)
            while True:
                with contextlib.suppress(*Failure, DeliveryError):
                    await self._api.request("POST", f"/channels/{said.channel}/typing")
                await asyncio.sleep(_TYPING_EVERY)

        task = asyncio.create_task(show(), name=f"discord typing {said.id}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _show(self, said: Said, shown: Shown, reply: Reply) -> float:
        """Show a draft in a message of its own, the first message's worth of it."""
        body = without(render(reply, again=False)[0])
        try:
            if shown.message:
                await channels.edit(self._api, said.address, shown.message, body)
            elif not shown.begun:
                # The nonce makes a repeat harmless, so nothing is begun until it is there.
                shown.message = await self._put(said, body, "draft", first=True)
                shown.begun = True
                await self._keep(draft_of(said.id), shown.message)
        except TooOld:  # somebody has deleted it: the reply itself comes as a new message
            shown.message = ""
        except RetryAfter as error:
            return error.seconds
        except Ambiguous:
            return self._pace.every
        return 0.0

    async def _send(
        self, said: Said, bodies: Sequence[Payload], shown: Shown, *, again: bool
    ) -> Sequence[str]:
        """Send the parts of the answer, through pauses and outages; return their ids, none that is not there."""
        ids: list[str] = []
        for number, body in enumerate(bodies):
            try:
                stands = (
                    await self._stands(said, body) if again and not (shown.message and not number) else None
                )
                ids.append(stands or await self._surely(said, number, body, shown))
            except DeliveryError as error:
                log.warning("a reply (%s) stays without an answer: %s", said.id, error)
                break
        return ids

    async def _stands(self, said: Said, body: Payload) -> str | None:
        """Return the id of a part that an earlier run has sent; its nonce may be forgotten by now."""
        since = discord.utils.snowflake_time(int(said.id)).timestamp()
        try:
            return await channels.recall(self._api, said.address, json.dumps(without(body)), since=since)
        except DeliveryError as error:
            log.info("it is not known whether %s was answered: %s", said.id, error)
            return None

    async def _surely(self, said: Said, number: int, body: Payload, shown: Shown) -> str:
        """Send one part, again after what a repeat may mend: the nonce, or the draft's id, makes it harmless."""
        loop = asyncio.get_running_loop()
        give_up, wait = loop.time() + _PATIENCE, 1.0
        while True:
            try:
                if number == 0 and shown.message:
                    await channels.edit(self._api, said.address, shown.message, body)
                    return shown.message
                return await self._put(said, body, str(number), first=number == 0 and not shown.begun)
            except TooOld:
                if not shown.message:
                    raise
                shown.message = ""
            except (RetryAfter, Ambiguous) as error:
                if loop.time() > give_up:
                    raise
                await self._pause(error.seconds if isinstance(error, RetryAfter) else wait)
                wait = min(wait * 2, _LONGEST_PAUSE)

    async def _put(self, said: Said, body: Payload, part: str, *, first: bool) -> str:
        reference = {"message_id": said.id, "fail_if_not_exists": False}
        key = f"reply {said.id}/{part}"
        beneath = {**body, "message_reference": reference} if part in ("0", "draft") else body
        return await channels.put(self._api, said.address, beneath, key=key, first=first)


def _replied(payload: Mapping[str, Any], bot: str) -> str:
    """Return the id of the bot's message that this is a reply to; empty if it is none."""
    reference = payload.get("message_reference") or {}
    original = payload.get("referenced_message") or {}
    if payload.get("type") != _REPLY or reference.get("type") == _FORWARD:
        return ""
    ours = original.get("author", {}).get("id", bot) == bot
    return str(reference.get("message_id") or "") if ours else ""


def _spoken(said: Said, registry: Registry) -> Said | None:
    """Return what is said to the bot itself as what it asks; None where it asks nothing.

    In private anything deserves an answer; among many people a name may be dropped.
    """
    if not said.addressed:
        return None
    if said.words.startswith("/"):
        return replace(said, line="/", shown="")
    if found := paper_in(said.shown, registry):
        return replace(said, line=f"/{POINTED} {found[1]}", words="", shown="")
    return None if said.guild else replace(said, line="/", words="", shown="")


def draft_of(said: str) -> str:
    """Return the key under which the inbox holds the id of the message in which an answer grows."""
    return f"{said}.draft"
