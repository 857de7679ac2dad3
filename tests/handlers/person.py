"""Someone who types and presses buttons, before subscriptions and editions over a real store."""

from __future__ import annotations

from typing import Any

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.reply import Button, Buttons
from bot.chat.request import Actor, Address, Call, Request
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.errors import ChatNotFound, Forbidden
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.choices import Choices
from bot.store.ended import Ended
from bot.store.matched import Matched
from bot.store.phrases import Phrases
from bot.store.remembered import ChatMemory
from handlers.aiming import Aim
from handlers.editions import EditionCommands
from handlers.muting import MuteCommands
from handlers.privacy import PrivacyCommands
from handlers.settings import SettingsCommands
from handlers.subscriptions import SubscriptionCommands
from tests.editions.rig import Newsroom

HERE, GROUP, CHANNEL = "telegram:7", "telegram:-100", "telegram:-1009"
DEAF = "-200"  # a group in which the bot is told only what is meant for it


class Person:
    """Someone who types and presses buttons."""

    def __init__(self, room: Newsroom) -> None:
        self.room = room
        self.dispatcher = dispatcher(room)

    async def says(self, line: str, chat: str = "7", **who: Any) -> str:
        actor = Actor(who.get("actor", "7"), manages=who.get("manages", False))
        address = Address(who.get("platform", "telegram"), chat, who.get("thread"))
        private = who.get("private", chat == "7")
        request = Request(Call.parse(line), address, actor, private=private)
        self.reply = await self.dispatcher.dispatch(request, aside=who.get("aside", False))
        return render(self.reply)

    def buttons(self) -> dict[str, str]:
        rows = [row for block in self.reply.blocks if isinstance(block, Buttons) for row in block.rows]
        return {button.label: button.command for row in rows for button in row if isinstance(button, Button)}

    async def presses(self, label: str, chat: str = "7", **who: Any) -> str:
        return await self.says(self.buttons()[label], chat, **who)

    async def wishes(self, chat: str = HERE) -> dict[str, Wish]:
        return {one.wanted: Wish.from_json(one.data) for one in await self.room.subscriptions.of(chat)}


def dispatcher(room: Newsroom) -> Dispatcher:
    """Return what answers, as a process that has just started has it."""
    store = room.store

    async def resolve(platform: str, name: str) -> str:
        if name not in ("@news", "@closed"):
            raise ChatNotFound(name)
        return CHANNEL if name == "@news" else "telegram:-13"

    async def manages(key: str, actor: str) -> bool:
        if key != CHANNEL:
            raise Forbidden("bot is not a member")
        return actor in ("7", "66")

    choices = Choices(store)

    async def hears(address: Address) -> bool | None:
        return address.chat != DEAF if address.platform == "telegram" else None

    async def serves(request: Request) -> bool:
        return request.actor.id != "66"

    subscriptions = SubscriptionCommands(
        subscriptions=room.subscriptions,
        choices=choices,
        followed=room.followed,
        phrases=Phrases(store),
        aim=Aim(resolve=resolve, manages=manages, serves=serves, phrases=Phrases(store)),
        ended=Ended(store),
        heard=room.announcements.heard,
        zone=Zone("Europe/Berlin"),
        limit=3,
        revive=room.outbox.revive,
        clock=room.clock,
    )
    editions = EditionCommands(
        editor=room.editor,
        subscriptions=room.subscriptions,
        matched=Matched(store),
        phrases=Phrases(store),
        access=Access(store, []),
        clock=room.clock,
    )
    settings = SettingsCommands(
        languages=ChatLanguages(store),
        choices=choices,
        subscriptions=room.subscriptions,
        zone=Zone("Europe/Berlin"),
        hears=hears,
        clock=room.clock,
    )
    privacy = PrivacyCommands(
        memory=ChatMemory(store), subscriptions=room.subscriptions, following=subscriptions, shown=room.shown
    )
    registry = Registry([subscriptions, MuteCommands(room.shown), settings, privacy, editions])
    return Dispatcher(registry, ChatLanguages(store), Open(), notices=room.chats)
