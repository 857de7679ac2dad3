"""Discord, through discord.py: receive, acknowledge, build a `Request`, dispatch, send."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import discord
from discord.http import Route

from bot.chat.command import Choice, Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.platform import FollowUps, Inbox, MemoryFollowUps, Standing
from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.errors import (
    Ambiguous,
    BadArgument,
    DeliveryError,
    Misconfigured,
    PaperwireError,
    PlatformUnavailable,
    Refused,
    Rejected,
    Unpermitted,
)
from bot.platforms.discord import channels, commands, permissions
from bot.platforms.discord.answers import PATIENCE, Answers, Pace
from bot.platforms.discord.api import Api
from bot.platforms.discord.asked import AUTOCOMPLETE, NAME, PING, Asked, community, focused
from bot.platforms.discord.client import Client, quieten
from bot.platforms.discord.continued import Continued
from bot.platforms.discord.errors import Failure, Unreached, ours
from bot.platforms.discord.forms import aimed
from bot.platforms.discord.places import Places, placed
from bot.platforms.discord.render import Payload, render
from bot.platforms.discord.replies import Replies, Said, draft_of
from bot.platforms.discord.uploads import FILES
from bot.platforms.discord.webhooks import Pause, Webhooks

log = logging.getLogger(__name__)

API = "https://discord.com/api/v10"
_SUGGEST_WITHIN = 2.0  # of the 3 s that Discord gives
_MAX_BACKOFF = 60.0
_STEADY = 60.0  # a run that lasted this long starts the back-off afresh
_TRIES = 4
_WRONG_TOKEN = 4004  # how the gateway closes
_CHOICES, _CHOICE = 25, 100


class Discord:
    """An application on Discord; one per process, because discord.py keeps the API's address in a class."""

    name = NAME
    nonce_window: float | None = channels.NONCE_WINDOW

    def __init__(
        self,
        *,
        token: str,
        inbox: Inbox,
        follow_ups: FollowUps | None = None,
        api_url: str = API,
        proxy: str | None = None,
        patience: float = PATIENCE,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._token = token.strip()
        self._api_url = api_url.rstrip("/")
        self._proxy = proxy
        self._pause = pause
        self._inbox = inbox
        self._clock = clock
        self._api = Api(self._token, self._api_url, proxy=proxy)
        self._places = Places(self._api, self._kind)
        self._client: Client | None = None
        self._webhooks = Webhooks(proxy=proxy, pause=pause)
        continued, pace = Continued(follow_ups or MemoryFollowUps()), pace or Pace()
        self._answers = Answers(
            self._webhooks,
            inbox,
            continued,
            self._post,
            partial(channels.edit, self._api),
            pace=pace,
            patience=patience,
            clock=clock,
            ticks=ticks,
            pause=pause,
        )
        self._replies = Replies(
            self._api, inbox, continued, self.manages, pace=pace, patience=patience, pause=pause
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked = False  # for what an earlier run left

    async def run(self, dispatcher: Dispatcher) -> None:
        """Serve until cancelled, coming back after every outage. Raises `Misconfigured`."""
        quieten()
        Route.BASE = self._api_url  # read whenever a request is made; instances have no address of their own
        backoff = 1.0
        try:
            while True:
                since = time.monotonic()
                await self._serve(dispatcher)
                backoff = 1.0 if time.monotonic() - since > _STEADY else min(backoff * 2, _MAX_BACKOFF)
                log.warning("Discord is away; trying again in %.0f s", backoff)
                await self._pause(backoff)
        finally:
            await self._close()

    async def send(self, address: Address, reply: Reply, *, key: str = "") -> tuple[str, ...]:
        """Post `reply` in a channel or thread; return the messages' ids in order. Raises a `DeliveryError`.

        A repeat within a few minutes is answered with the first message; `key` tells repeats apart where
        the content does not.
        """
        ids: list[str] = []
        for number, body in enumerate(render(reply) if reply.blocks else ()):
            said = key or json.dumps({x: y for x, y in body.items() if x != FILES})
            ids.append(await self._surely(address, body, key=f"{number}\n{said}", first=not number))
        return tuple(ids)

    def compose(self, reply: Reply) -> tuple[str, ...]:
        """Return the messages that `reply` becomes, as `post` takes them."""
        return channels.compose(reply)

    def placed(self, messages: Sequence[str], standing: Standing) -> tuple[str, ...]:
        """Return composed messages with how they are to stand in the channel, as `post` takes them."""
        return placed(messages, standing)

    @contextlib.asynccontextmanager
    async def turn(self, address: Address) -> AsyncIterator[None]:
        """Wait for nothing: Discord says itself, in answer to `post`, when it is too much."""
        yield

    async def post(self, address: Address, message: str, *, key: str, first: bool) -> str:
        """Send one message that `compose` made; return its id. Only the first notifies.

        Where a thread began with it the id is `thread/message`, and the messages that follow belong in there.
        A repeat within `nonce_window` returns the first message's id, "0" if somebody has deleted it. Raises a
        `DeliveryError`, `RetryAfter` at once instead of waiting long, and `PlatformUnavailable` where there is no
        Discord to take it: then it has surely not arrived.
        """
        try:
            return await self._places.post(address, message, key=key, first=first)
        except Unreached:
            raise PlatformUnavailable("Discord") from None

    async def recall(
        self, address: Address, message: str, *, key: str, since: float | None = None
    ) -> str | None:
        """Return the id under which the message stands in the chat, None if it is not among the last hundred.

        `since`, a Unix time, leaves out what is older, such as an equal message of another day. None also
        where the bot may not read the history. Raises a `DeliveryError` or `PlatformUnavailable`.
        """
        try:
            return await self._places.recall(address, message, since=since)
        except Unreached:
            raise PlatformUnavailable("Discord") from None

    async def manages(self, chat: str, person: str) -> bool:
        """Tell whether `person` may manage the channel or its server; nobody does while Discord does not say.

        Raises `Rejected` where there is no such channel, and `Unpermitted` where the bot sees nothing of it.
        """
        try:
            return await permissions.manages(self._api, chat.removeprefix(f"{NAME}:"), person)
        except discord.NotFound as error:
            raise ours(error) from None
        except discord.Forbidden:
            raise Unpermitted(("View Channel",)) from None
        except (*Failure, PaperwireError, LookupError, TypeError, ValueError) as error:
            log.warning("Discord did not say who manages a channel: %s", ours(error))
            return False

    async def community(self, chat: str) -> str | None:
        """Return the key of the channel's server, None for a private chat. Raises a `DeliveryError`."""
        try:
            return community(await permissions.server(self._api, chat))
        except Failure as error:
            raise ours(error) from None
        except (LookupError, TypeError):
            raise Ambiguous("an answer that cannot be read") from None

    async def lacking(self, address: Address, *, thread: bool = False, role: str = "") -> tuple[str, ...]:
        """Name what the bot is not permitted and needs for editions there; nothing while Discord does not say.

        `thread` and `role` as in `Standing`. Raises `BadArgument` for a channel that holds no messages.
        """
        try:
            return await permissions.missing(
                self._api, channels.channel(address), embeds=True, thread=thread, role=role
            )
        except discord.Forbidden:  # a channel that it does not see
            return ("View Channel",)
        except permissions.HoldsNoMessages:
            raise BadArgument("channel", f"<#{address.chat}>") from None
        except (*Failure, PaperwireError, LookupError, TypeError, ValueError) as error:
            log.warning("%s: it is not known what the bot may do: %s", address, ours(error))
            return ()

    async def role(self, address: Address, person: str, name: str) -> str:
        """Return the id of a role, given as its mention or id, that the person may have mentioned.

        Raises `BadArgument` where the server has none such, `Refused`; also while Discord does not say.
        """
        digits = name.strip("<@&> ")
        if not digits.isdecimal():
            raise BadArgument("role", name[:60])
        try:
            may = await permissions.may_mention(self._api, channels.channel(address), person, digits)
        except (*Failure, PaperwireError, LookupError, TypeError, ValueError) as error:
            log.warning("Discord did not say who may mention a role: %s", ours(error))
            may = False
        if may is None:
            raise BadArgument("role", name[:60])
        if not may:
            raise Refused("mention")
        return digits

    async def private(self, person: str) -> Address | None:
        """Return the channel of the person and the bot alone, opened if need be; None while Discord gives none."""
        for attempt in range(1, _TRIES + 1):
            try:
                return await channels.private(self._api, person)
            except DeliveryError as error:
                if attempt == _TRIES or not isinstance(error, Ambiguous | Unreached):
                    log.warning("Discord gives no private channel with %s: %s", person, error)
                    break
                await self._pause(0.2 * 2**attempt)
        return None

    async def close(self) -> None:
        """Close the connections that sending has opened and kept; `run` closes its own."""
        await self._api.close()

    async def find(self, name: str) -> Address:
        """Return the address of the channel with this id or mention."""
        digits = name.strip("<#> ")
        if not digits.isdecimal():
            raise Rejected(f"{name} is no channel's id")
        return Address(self.name, digits)

    async def _post(self, address: Address, reply: Reply, key: str) -> tuple[str, ...]:
        return await self.send(address, reply, key=key)

    async def _surely(self, address: Address, body: Payload, *, key: str, first: bool) -> str:
        """Post, again after what a repeat may mend; the key makes it harmless."""
        for attempt in range(1, _TRIES):
            try:
                return await channels.put(self._api, address, body, key=key, first=first)
            except (Ambiguous, Unreached) as error:
                log.info("%s: trying again: %s", address, error)
                await self._pause(0.2 * 2**attempt)
        return await channels.put(self._api, address, body, key=key, first=first)

    async def _serve(self, dispatcher: Dispatcher) -> None:
        """Be on Discord until it ends the connection for good. Raises `Misconfigured`."""

        def receive(payload: dict[str, Any]) -> None:
            if (kind := payload["type"]) == PING:
                return
            asked = Asked.read(payload, received=self._clock(), parent=client.parent)
            if kind == AUTOCOMPLETE:
                self._begin(self._suggest(asked, *focused(payload), dispatcher))
            else:
                if asked.pointed is not None:
                    asked = aimed(asked, dispatcher.registry)
                self._begin(self._answers.fresh(asked, dispatcher))

        def hear(payload: dict[str, Any]) -> None:
            me = client.user
            if me and (said := Said.read(payload, bot=str(me.id), parent=client.parent)):
                self._begin(self._replies.fresh(said, dispatcher))

        async with Client(receive=receive, hear=hear, proxy=self._proxy, pause=self._pause) as client:
            self._client = client
            try:
                await client.login(self._token)
                self._begin(self._sync(client, dispatcher.registry))
                if not self._looked:
                    self._looked = True
                    self._begin(self._work_off(dispatcher))
                await client.stay()
            except discord.LoginFailure:
                raise _refused() from None
            except discord.ConnectionClosed as error:
                if error.code == _WRONG_TOKEN:
                    raise _refused() from None
                log.warning("Discord closed the gateway: %s", error)
            except Failure as error:
                log.warning("Discord cannot be reached: %s", ours(error))
            except Exception:  # discord.py stumbled over an event: one event must not end the service
                log.exception("discord.py failed")
            finally:
                self._client = None  # what it knows of channels is not kept up any more

    def _kind(self, channel: int) -> int | None:
        return self._client.kind(channel) if self._client else None

    async def _suggest(self, asked: Asked, parameter: str, prefix: str, dispatcher: Dispatcher) -> None:
        """Say what `prefix` may become; nothing if that takes too long or fails."""
        found: Sequence[Choice] = ()
        try:
            async with asyncio.timeout(_SUGGEST_WITHIN):
                found = await dispatcher.complete(asked.request, parameter, prefix)
        except (PaperwireError, TimeoutError) as error:
            log.info("no suggestions for %s of /%s: %s", parameter, asked.command, error)
        except Exception:  # a fault of ours, and still the client is not left waiting
            log.exception("no suggestions for %s of /%s", parameter, asked.command)
        fitting = [
            (typed, (shown.strip() or typed)[:_CHOICE])
            for typed, shown in found
            if typed.strip() and len(typed) <= _CHOICE
        ]
        choices = [{"name": shown, "value": typed} for typed, shown in fitting[:_CHOICES]]
        await self._webhooks.suggest(asked, choices)

    async def _sync(self, client: Client, registry: Registry) -> None:
        assert client.application_id is not None, "known since the login"
        try:
            await commands.sync(client.http, client.application_id, registry)
        except Failure as error:
            log.warning("the commands could not be compared with Discord's: %s", ours(error))

    async def _work_off(self, dispatcher: Dispatcher) -> None:
        """Answer what an earlier run left."""
        try:
            left = await self._inbox.left()
        except PaperwireError as error:
            log.warning("the inbox cannot be read: %s", error)
            return
        drafts = dict(left)
        for key, payload in left:
            try:
                self._begin(self._answers.again(Asked.from_json(payload), dispatcher))
                continue
            except (ValueError, TypeError):
                pass
            try:
                said = Said.from_json(payload)
            except (ValueError, TypeError):
                log.debug("%s is nothing that I know", key)
            else:
                self._begin(self._replies.again(said, drafts.get(draft_of(key), ""), dispatcher))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside everything else, and log how it failed if it did."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or not (error := task.exception()):
            return
        if isinstance(error, (*Failure, PaperwireError)):
            log.info("an interaction was not answered: %s", ours(error))
        else:
            log.error("an interaction failed", exc_info=error)

    async def _close(self) -> None:
        """End what is under way; the inbox keeps it for the next run."""
        under_way = list(self._tasks)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._webhooks.close()


def _refused() -> Misconfigured:
    return Misconfigured(
        "DISCORD_BOT_TOKEN",
        "was refused by Discord",
        "reset the token in the developer portal and copy it again",
    )
