"""Buttons that edit in place, menus and forms: what they do, who may use them, and after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import pytest

from bot.chat.command import Arg, Command, command
from bot.chat.reply import Block, Button, Buttons, Heading, Image, Outcome, Paragraph, Reply, say
from bot.chat.request import Request
from bot.chat.text import text
from bot.errors import Refused
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import DEFER_UPDATE, MODAL, REPLY, UPDATE
from tests.fakes.discord_world import MANAGE_GUILD, Channel, Message, User
from tests.platforms.discord.desk import LONG, Desk, Drawer, Number, serving, settled

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(20)
CITIES = ("Berlin", "Delhi", "Kyiv", "Lagos", "Lima", "Oslo", "Rome")


class Panel:
    """Commands whose buttons answer in place, ask, or offer many."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.heard: list[str] = []
        self.runs = 0

    @command("panel")
    async def panel(
        self, request: Request, *, page: Annotated[str, Arg("which page to show of it")] = "one"
    ) -> Reply:
        """Show a panel."""
        self.runs += 1
        await self.gate.wait()
        if page == "closed" and not request.actor.manages:
            raise Refused("manage")
        if page == "nothing":
            return Reply(())
        row = tuple(Button(p, f"/panel {p}", here=True) for p in ("one", "two", "long", "picture", "wrong"))
        more = tuple(Button(p, f"/panel {p}", here=True) for p in ("secret", "closed", "nothing"))
        asks = Button("ask", "/ask 7", asks=True), Button("ask here", "/ask 7", here=True, asks=True)
        if page == "long":
            return say(LONG)
        if page == "wrong":
            return replace(say("it failed"), outcome=Outcome.FAILED)
        blocks: list[Block] = [Heading(text(page)), Buttons((row, more, asks))]
        if page == "picture":
            blocks.insert(0, Image(text("a figure"), data=PICTURE, name="f.png"))
        return Reply(tuple(blocks), private=page == "secret")

    @command("ask")
    async def ask(
        self,
        request: Request,
        *,
        paper: Annotated[Number, Arg("arXiv id or link")],
        question: Annotated[str, Arg("what you want to know")],
    ) -> Reply:
        """Answer a question about a paper."""
        self.heard.append(f"{paper.digits}: {question}")
        return say(f"about {paper.digits}: {question}")

    @command("cities")
    async def cities(self, request: Request, *, many: Annotated[int, Arg("how many")] = 7) -> Reply:
        """Offer cities."""
        named = [CITIES[i % 7] + ("" if i < 7 else str(i)) for i in range(many)]
        buttons = [Button(name, f"/city {name}", here=True) for name in named]
        rows = [tuple(buttons[i : i + 4]) for i in range(0, many, 4)]
        back = (Button("Back", "/panel", here=True),)
        return Reply((Paragraph(text("where?")), Buttons((*rows, back), "the city that you live in")))

    @command("city")
    async def city(self, request: Request, *, name: Annotated[str, Arg("its name")]) -> Reply:
        """Take a city."""
        self.heard.append(name)
        return say(f"you live in {name}")


@pytest.fixture
def panel() -> Panel:
    return Panel()


async def shown(fake: DiscordFake, channel: Channel, ada: User, page: str = "one") -> Message:
    return await fake.slash(channel, ada, "panel", page=page).reply()


@pytest.mark.parametrize("patience", [0, 5])
async def test_what_is_answered_here_takes_the_messages_place(
    fake: DiscordFake, desk: Desk, panel: Panel, patience: float
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await shown(fake, channel, ada)
    async with serving(fake, desk, author=panel, patience=patience):  # after a restart
        panel.gate.clear()
        pressed = fake.press(message, "~/panel two", ada)
        if not patience:
            assert await pressed.acknowledgement() == DEFER_UPDATE
        panel.gate.set()
        assert await pressed.reply() is message
        assert pressed.acknowledged == (UPDATE if patience else DEFER_UPDATE)
    assert message.content == "### two"
    assert fake.messages(channel) == [message]


@pytest.mark.parametrize("patience", [0, 5])
@pytest.mark.parametrize(
    ("page", "parts", "ephemeral"),
    [("long", 4, False), ("picture", 1, False), ("wrong", 1, True), ("secret", 1, True)],
)
async def test_what_has_no_room_there_is_a_new_message(
    fake: DiscordFake, desk: Desk, panel: Panel, patience: float, page: str, parts: int, ephemeral: bool
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel, patience=patience):
        message = await shown(fake, channel, ada)
        before = message.json()
        panel.gate.clear()
        pressed = fake.press(message, f"~/panel {page}", ada)
        if not patience:
            assert await pressed.acknowledgement() == DEFER_UPDATE
        panel.gate.set()
        made = await pressed.answered(parts)
    assert message not in made
    assert len(made) == parts
    assert {part.ephemeral for part in made} == {ephemeral}
    assert message.json() == before


async def test_what_only_one_person_sees_is_edited_in_place_though_it_is_private(
    fake: DiscordFake, desk: Desk, panel: Panel
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await shown(fake, channel, ada, "secret")
        assert message.ephemeral
        assert await fake.press(message, "~/panel secret", ada).reply() is message
        assert await fake.press(message, "~/panel two", ada).reply() is message
    assert message.content == "### two"
    assert message.ephemeral
    assert fake.messages(channel) == []


@pytest.mark.parametrize("patience", [0, 5])
async def test_nothing_to_say_leaves_everything_as_it_is(
    fake: DiscordFake, desk: Desk, panel: Panel, patience: float
) -> None:
    channel, ada = fake.lab()
    inbox = Drawer()
    async with serving(fake, desk, author=panel, patience=patience, inbox=inbox):
        message = await shown(fake, channel, ada)
        before = message.json()
        pressed = fake.press(message, "~/panel nothing", ada)
        assert await pressed.acknowledgement() == DEFER_UPDATE
        asked = fake.slash(channel, ada, "panel", page="nothing")
        await fake.until(lambda: asked.original and asked.original.deleted)
        await settled(inbox)
    assert message.json() == before
    assert fake.messages(channel) == [message]


@pytest.mark.parametrize("how", ["before", "late", "deferred", "updated"])
async def test_a_press_that_a_crash_interrupted_is_done_by_the_next_run(
    fake: DiscordFake, desk: Desk, panel: Panel, how: str
) -> None:
    channel, ada = fake.lab()
    inbox = Drawer()
    async with serving(fake, desk, author=panel, inbox=inbox, patience=0 if how == "deferred" else 5):
        message = await shown(fake, channel, ada)
        await settled(inbox)
        known = set(inbox.known)
        panel.gate.clear()
        if how == "updated":  # Discord has the answer, and we never hear of it
            fake.fail("POST", "/callback", "lose", times=99)
            fake.fail("PATCH", "@original", "hang", times=99)
            panel.gate.set()
        pressed = fake.press(message, "~/panel two", ada)
        if how in ("before", "late"):
            await fake.until(lambda: panel.runs == 2)
        else:
            await pressed.acknowledgement()
        await settled(inbox, known | {str(pressed.id)})
    fake.rest.faults.clear()
    inbox.restart()
    if how == "late":
        fake.forward(20 * 60)
    panel.gate.set()
    async with serving(fake, desk, author=panel, inbox=inbox):
        await settled(inbox)
    assert message.content == "### two"
    assert fake.messages(channel) == [message]


async def test_rights_are_looked_at_with_every_press(fake: DiscordFake, desk: Desk, panel: Panel) -> None:
    channel, ada = fake.lab()
    admin = fake.world.user("admin")
    assert channel.guild
    fake.world.join(channel.guild, admin, MANAGE_GUILD)
    async with serving(fake, desk, author=panel):
        message = await shown(fake, channel, admin)
        refused = await fake.press(message, "~/panel closed", ada).reply()
        assert refused.ephemeral
        assert refused.content == "That takes the permission Manage Channels or Manage Server."
        assert message.content == "### one"
        assert await fake.press(message, "~/panel closed", admin).reply() is message
        fake.world.guilds[channel.guild.id].members[admin.id] = []
        assert (await fake.press(message, "~/panel closed", admin).reply()).ephemeral


class Bouncer:
    """Lets one person in."""

    def __init__(self, user: User) -> None:
        self.user = user

    async def check(self, request: Request, command: Command) -> None:
        if request.actor.id != str(self.user.id):
            raise Refused("not_listed")


async def test_buttons_menus_and_forms_ask_the_guard(fake: DiscordFake, desk: Desk, panel: Panel) -> None:
    channel, ada = fake.lab()
    bea = fake.world.user("bea")
    assert channel.guild
    fake.world.join(channel.guild, bea)
    async with serving(fake, desk, author=panel, guard=Bouncer(ada)):
        message = await shown(fake, channel, ada)
        offered = await fake.slash(channel, ada, "cities").reply()
        assert (await fake.press(message, "~/panel two", bea).reply()).ephemeral
        assert (await fake.choose(offered, "~/city Lima", bea).reply()).ephemeral
        asked = fake.press(message, "?/ask 7", bea)
        assert (await asked.reply()).ephemeral
        assert asked.form is None
        pointed = fake.point(message, bea, "Summarize this paper")
        assert (await pointed.reply()).ephemeral
    assert panel.heard == []


class Short(str):
    """Words of which only a few are read."""

    most = 120


NOTHING = Short()


class Terse:
    @command("terse")
    async def terse(
        self, request: Request, *, words: Annotated[Short, Arg("a few words")] = NOTHING
    ) -> Reply:
        """Ask for a few words."""
        return Reply((Paragraph(text("?")), Buttons(((Button("say", "/terse", asks=True),),))))


async def test_a_form_takes_no_more_than_is_read(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=Terse()):
        pressed = fake.press(await fake.slash(channel, ada, "terse").reply(), "?/terse", ada)
        assert await pressed.acknowledgement() == MODAL
    assert pressed.form
    assert pressed.form["components"][0]["component"]["max_length"] == 120


@pytest.mark.parametrize("here", [False, True])
async def test_a_form_asks_for_what_the_line_lacks(
    fake: DiscordFake, desk: Desk, panel: Panel, here: bool
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await shown(fake, channel, ada)
        pressed = fake.press(message, "~?/ask 7" if here else "?/ask 7", ada)
        assert await pressed.acknowledgement() == MODAL
        assert pressed.form
    (label,) = pressed.form["components"]
    assert label["label"] == "What you want to know"
    assert label["component"]["style"] == 2
    assert pressed.form["title"] == "Answer a question about a paper."
    async with serving(fake, desk, author=panel):  # after a restart
        filled = await fake.fill_in(pressed, "is it\n*new*?")
        reply = await filled.reply()
    assert panel.heard == ["7: is it\n*new*?"]
    assert (reply is message) == here
    assert filled.acknowledged == (UPDATE if here else REPLY)


async def test_a_form_speaks_the_readers_language(fake: DiscordFake, desk: Desk, panel: Panel) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await shown(fake, channel, ada)
        pressed = fake.press(message, "?/ask 7", ada, locale="zh-CN")
        await pressed.acknowledgement()
    assert pressed.form
    assert "\u4e00" <= pressed.form["components"][0]["label"][0] <= "\u9fff"


@pytest.mark.parametrize("custom_id", ["?/gone 1", "?", "~?", "~", "?/secret"])
async def test_a_form_for_nothing_gets_an_answer(
    fake: DiscordFake, desk: Desk, panel: Panel, custom_id: str
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await shown(fake, channel, ada)
        reply = await fake.press(message, custom_id, ada, there=False).reply()
    assert reply.content
    assert reply.ephemeral


async def test_many_to_choose_from_are_a_menu(fake: DiscordFake, desk: Desk, panel: Panel) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await fake.slash(channel, ada, "cities").reply()
    assert list(message.options.values()) == list(CITIES)
    menu = message.components[0]["components"][0]
    assert menu["placeholder"] == "the city that you live in"
    assert message.custom_ids[1:] == ["~/panel"]  # the way back stays a button
    async with serving(fake, desk, author=panel):  # after a restart
        assert await fake.choose(message, "~/city Lima", ada).reply() is message
    assert panel.heard == ["Lima"]
    assert message.content == "you live in Lima"
    assert message.components == []


@pytest.mark.parametrize(
    ("many", "menus", "buttons"), [(5, 0, 6), (6, 1, 1), (25, 1, 1), (26, 2, 1), (60, 3, 1)]
)
async def test_few_are_buttons_and_more_than_a_menu_holds_are_several(
    fake: DiscordFake, desk: Desk, panel: Panel, many: int, menus: int, buttons: int
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=panel):
        message = await fake.slash(channel, ada, "cities", many=many).reply()
    kinds = [each["type"] for row in message.components for each in row["components"]]
    assert (kinds.count(3), kinds.count(2)) == (menus, buttons)
    assert len(message.options) == (many if menus else 0)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize(
    ("said", "embeds", "found"),
    [
        ("look: https://arxiv.org/abs/7 and 8", [], None),
        ("see 42.", [], "42"),
        ("看这篇42很好", [], "42"),
        ("", [{"title": "x", "description": "y 43", "url": "https://example.org"}], "43"),
        ("", [{"fields": [{"name": "paper", "value": "(44)"}]}], "44"),
        ("nothing here", [], ""),
        ("", [], ""),
    ],
)
async def test_a_message_that_is_pointed_at_is_summarised(
    fake: DiscordFake, desk: Desk, said: str, embeds: list[dict[str, object]], found: str | None, locale: str
) -> None:
    channel, ada = fake.lab()
    message = fake.world.say(channel, ada, said, embeds)
    async with serving(fake, desk):
        reply = await fake.point(message, ada, "Summarize this paper", locale=locale).reply()
    if found == "":
        assert reply.ephemeral
        assert reply.content == (
            "There is no arXiv id and no link to a paper in that message."
            if locale == "en-US"
            else "这条消息里没有 arXiv 编号，也没有论文链接。"
        )
        assert desk.seen == []
    else:
        assert not reply.ephemeral
        assert reply.embeds[0]["title"] == f"Paper {found or '8'}"


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ({"message_snapshots": [{"message": {"content": "n. 45"}}]}, "45"),
        ({"attachments": [{"id": "1", "filename": "46.pdf", "url": "https://cdn.example/1/46.pdf"}]}, "46"),
        ({"attachments": [{"id": "1", "filename": "Long_RAG_47_1_.pdf"}]}, "47"),
        ({"message_snapshots": [{"message": {"attachments": [{"id": "1", "filename": "48.pdf"}]}}]}, "48"),
        ({"components": [{"type": 9, "components": [], "accessory": {"type": 2, "url": "x 49"}}]}, "49"),
    ],
)
async def test_what_is_forwarded_or_attached_can_be_pointed_at(
    fake: DiscordFake, desk: Desk, shown: dict[str, object], found: str
) -> None:
    channel, ada = fake.lab()
    message = fake.world.say(channel, ada, "")

    def show(payload: dict[str, object]) -> None:
        data = payload["data"]
        assert isinstance(data, dict)
        data["resolved"]["messages"][str(message.id)] |= shown

    fake.rewrite = show
    async with serving(fake, desk):
        reply = await fake.point(message, ada, "Summarize this paper").reply()
    assert reply.embeds[0]["title"] == f"Paper {found}"
