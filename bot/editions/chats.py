"""What delivery learns about chats: gone, closed to us, moved."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence

from bot.chat.platform import Reaches
from bot.chat.reply import Block, Bullets, Button, Buttons, Paragraph, say
from bot.chat.request import Request
from bot.chat.text import Code, text
from bot.chat.wording import reason_of, translator
from bot.editions.wish import Wish
from bot.editions.wording import BY_HAND, paused_text
from bot.store.lost import Lost
from bot.store.outbox import Outbox
from bot.store.remembered import ChatMemory
from bot.store.subscriptions import Subscription, Subscriptions

log = logging.getLogger(__name__)

_BELIEVED = 10.0  # seconds for which a chat that is not marked is not asked about again
_MOST = 10_000  # such chats


class ChatBook:
    """Keeps subscriptions in step with what became of their chats."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        outbox: Outbox,
        memory: ChatMemory,
        lost: Lost,
        platforms: Mapping[str, Reaches],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._memory = memory
        self._lost = lost
        self._platforms = platforms
        self._clock = clock
        self._unmarked: dict[str, float] = {}

    async def lost(self, address: str, reason: str) -> None:
        """Pause what this place of the chat follows, and tell whoever subscribed, where that can be.

        Safe to repeat: nobody is told twice on one day.
        """
        platform, chat, *place = address.split(":", 2)
        key = f"{platform}:{chat}"
        told: set[str] = set()
        for one in await self._subscriptions.of(key):
            if one.paused or (place and one.place != place[0]):
                continue
            person = Wish.from_json(one.data).person
            if person not in told:  # first: a pause would hide that it is to be done
                await self._tell(person, one, key, reason)
                told.add(person)
            await self._subscriptions.pause(one.id, reason)
            log.warning("%s: paused %s: %s", address, one.wanted, reason)
        await self._lost.mark(key)
        self._unmarked.pop(key, None)

    async def owed(self, request: Request) -> Sequence[Block]:
        """Return what a chat is told that is back: what is paused there and why. Once; nothing at any other time."""
        t, chat = request.t, request.address.key
        # In a chat that is busy, what another process has marked can wait for some seconds.
        if abs(self._clock() - self._unmarked.get(chat, -math.inf)) < _BELIEVED:
            return ()
        if not await self._lost.is_marked(chat):
            if len(self._unmarked) >= _MOST:
                self._unmarked.clear()
            self._unmarked[chat] = self._clock()
            return ()
        followed = await self._subscriptions.of(chat)
        if not await self._lost.clear(chat):
            return ()
        paused = [one for one in followed if one.paused and one.paused != BY_HAND]
        if not paused:
            return ()
        lines = tuple(paused_text(one, t, request.language) for one in paused)
        return (
            Paragraph(text(t("I could not send to this chat for a while. Paused here:"))),
            Bullets(lines),
            Buttons(((Button(t("Resume"), "/resume all"),),)),
        )

    async def moved(self, old: str, new: str) -> None:
        """Keep everything of a chat that has a new id. Safe to repeat."""
        old_key, new_key = (":".join(address.split(":")[:2]) for address in (old, new))
        if old_key == new_key:
            return
        log.info("%s is now %s", old_key, new_key)
        await self._memory.move(old_key, new_key)
        await self._subscriptions.move(old_key, new_key)
        await self._outbox.move(old, new, self._clock())

    async def _tell(self, person: str, one: Subscription, chat: str, reason: str) -> None:
        """Write to the person in private, unless that is the very chat that is lost."""
        name, _, known_as = person.partition(":")
        if name not in self._platforms or person == chat:
            return
        platform = self._platforms[name]
        private = await platform.private(known_as)
        if private is None or private.key == chat:
            return
        t = translator(Wish.from_json(one.data).language.tag)
        reply = say(
            t.rich(
                "I can no longer send to {chat} ({reason}). What it follows is paused; once that is mended, send `/resume` there.",
                chat=Code(chat),
                reason=reason_of(reason, t),
            )
        )
        now = self._clock()
        messages = platform.compose(reply)
        content = await self._outbox.freeze(messages)
        key = hashlib.sha256(f"lost\n{chat}\n{person}\n{int(now // 86_400)}".encode()).hexdigest()[:20]
        await self._outbox.plan(key, str(private), content, len(messages), now=now)
