"""The cells of rights.toml on a Discord on the wire: each in a server of its own, with people of its own."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.contracts.rights import Cell
from tests.contracts.rights_side import COMMANDS, Place, Seeds, Side
from tests.fakes.arxiv_small import LATEX
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_world import (
    ADMINISTRATOR,
    MANAGE_CHANNELS,
    MANAGE_GUILD,
    MANAGE_ROLES,
    MENTION_EVERYONE,
    Channel,
    Message,
    Overwrite,
    User,
)

POINTED = "Summarize this paper"
_PERMISSIONS = {
    "manager": [MANAGE_GUILD],
    "manager of roles": [MANAGE_GUILD, MANAGE_ROLES],
    "manager who mentions": [MANAGE_GUILD, MENTION_EVERYONE],
    "administrator": [ADMINISTRATOR],
    "member who mentions": [MANAGE_ROLES, MENTION_EVERYONE],
}


class OnDiscord(Side):
    """One bot on Discord."""

    fake: DiscordFake

    def __init__(self, fake: DiscordFake, seeds: Seeds) -> None:
        super().__init__(seeds)
        self.fake = fake
        self._places: dict[Cell, tuple[Place, Channel, User, Message]] = {}
        self._submitted: dict[Cell, Interaction] = {}

    def ready(self) -> bool:
        return bool(self.fake.rest.commands and self.fake.gateway.sessions)

    def prepare(self, cell: Cell) -> None:
        row, world = cell.row, self.fake.world
        bea, guild, other = world.user("bea"), world.guild(), world.guild()
        own = [Overwrite(bea.id, allow=MANAGE_CHANNELS)] if row.person == "channel's manager" else []
        world.join(guild, bea, *_PERMISSIONS.get(row.person, []))
        world.join(guild, world.bot, MENTION_EVERYONE)
        world.join(other, bea, *([MANAGE_CHANNELS] if cell.line.kind == "there" else []))
        there = world.channel(guild if cell.line.kind == "neighbour" else other, "there")
        channel = world.channel(guild, "papers", *own)
        where = f"discord:{channel.id}"
        scope = f"discord:guild:{guild.id}"
        if row.chat == "thread":
            channel = world.thread(channel)
        elif row.chat == "direct":
            channel = world.direct(bea)
            where = scope = f"discord:{channel.id}"
        roles = {
            "open_role": f"<@&{world.role(guild, mentionable=True)}>",
            "role": f"<@&{world.role(guild)}>",
        }
        key = f"discord:{world.snowflake()}"
        place = Place(cell, f"discord:{bea.id}", where, f"<#{there.id}>", key, **roles)
        under = Message(world.snowflake(), channel, world.bot, "An answer.")
        self.seed(cell, place, scope, f"discord:{there.id}")
        if cell.way == "r":
            self.seeds.continues(f"discord:{channel.id}", under.id)
        self._places[cell] = place, channel, bea, under

    def ask(self, cell: Cell) -> Interaction | int:
        """Do as the person does; return the interaction, or how much had been said before."""
        place, channel, bea, under = self._places[cell]
        if cell.way == "p":
            return self._press(cell, under, bea)
        if cell.way == "r":
            self.fake.say(channel, bea, "accuracy?", to=under)
            return len(self.fake.world.sent)
        if cell.way == "m":
            return self.fake.point(self.fake.world.say(channel, bea, f"see arXiv:{LATEX}"), bea, POINTED)
        command = COMMANDS[cell.line.command]
        words = command._split(place.line.partition(" ")[2])
        kinds = {parameter.name: parameter.type for parameter in command.parameters}
        options: dict[str, Any] = {
            name: int(word) if kinds[name] is int else word for name, word in words.items() if word
        }
        return self.fake.slash(channel, bea, command.name, known=command.listed, **options)

    def _press(self, cell: Cell, under: Message, bea: User) -> Interaction:
        carried = self.carried(cell)
        if cell.press != "option":
            return self.fake.press(under, carried, bea, there=False)
        menu = {"type": 3, "custom_id": "choose", "options": [{"label": "this", "value": carried}]}
        under.components = [{"type": 1, "components": [menu]}]
        return self.fake.choose(under, carried, bea)

    def said(self, cell: Cell, asked: Interaction | int) -> str:
        """Return what was answered."""
        asked = self._submitted.get(cell, asked)
        if isinstance(asked, Interaction):
            return "\n".join(message.text for message in asked.messages).replace("\\@", "@")
        _, channel, *_ = self._places[cell]
        sent = self.fake.world.sent[asked:]
        return "\n".join(m.text for m in sent if m.channel is channel and m.author is self.fake.world.bot)

    def asks(self, cell: Cell, asked: Interaction | int) -> bool:
        return cell in self._to_fill_in and isinstance(asked, Interaction) and asked.form is not None

    def go_on(self, cell: Cell, asked: Interaction | int) -> None:
        assert isinstance(asked, Interaction)
        self._submitted[cell] = asyncio.run(self.fake.fill_in(asked, self.words(cell)))

    def where(self, cell: Cell) -> tuple[Channel, User]:
        """Return the channel and the person of a cell."""
        return self._places[cell][1:3]

    def place(self, cell: Cell) -> Place:
        return self._places[cell][0]

    def posted(self, cell: Cell) -> int:
        """Return 0: nothing on Discord is answered by a pop-up."""
        return 0
