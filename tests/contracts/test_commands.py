"""Every command, on every platform, over sockets: the reader gets the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.chat.test_catalogue import declared
from tests.console_process import environment, paperwire, started
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_markdown import read
from tests.fakes.discord_world import Message
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake

# One line for each command, in an order in which each makes sense, and what it must say.
LINES = {
    "start": ("", "I read arXiv papers"),
    "privacy": ("", "Kept about this chat"),  # which is nothing yet, wherever it is asked
    "help": ("", "/summarize"),
    "summarize": (f"paper:{LATEX}", "Attention by Folding Keys"),
    "ask": (f"paper:{LATEX} question:accuracy?", "In the paper’s words"),
    "takeaways": (f"paper:{LATEX}", "Key takeaways"),
    "abstract": (f"paper:{LATEX}", "61.4% accuracy"),
    "cite": (f"paper:{LATEX}", "archivePrefix"),
    "figures": (f"paper:{PLAIN}", "does not permit showing its figures"),
    "source": (f"paper:{LATEX}", "Every number and name"),
    "translate": (f"paper:{LATEX} language:zh", "本文"),
    "like": (f"paper:{LATEX}", "move up a little"),
    "dislike": (f"paper:{LATEX}", "move down a little"),
    "topics": ("", "Retrieval-augmented generation"),
    "topic": ("topic:folding", "Attention by Folding Keys"),
    "trends": ("topic:rag", "counted"),
    "roundup": ("topic:folding days:1", "announced"),
    "search": ("words:folding", "Attention by Folding Keys"),
    "subscribe": ("wish:rag", "You follow"),
    "subscriptions": ("", "Subscriptions here"),
    "pause": ("", "Paused: 1"),
    "resume": ("", "Resumed: 1"),
    "mute": ("words:blockchain", "Muted"),
    "settings": ("", "Time zone"),
    "export": ("", "/import"),
    "import": ("lines:agents", "Taken over: 1"),
    "edition": ("topic:rag", "announced"),
    "all": ("topic:rag", "matched"),
    "unsubscribe": ("topic:rag", "Ended"),
    "forget": ("", "cannot be undone"),
    "status": ("", "Subscriptions"),
    "allow": ("", "I now serve this chat"),
    "allowed": ("", "Served chats"),
    "deny": ("", "I no longer serve"),
    "language": ("language:zh", "中文"),
}
MISTAKES = {
    "summarize": "paper:2501",
    "ask": f"paper:{LATEX} question:???",
    "help": "about:nothing",
    "translate": f"paper:{LATEX} language:Klingon",
    "topic": "topic:ti:(",
    "subscribe": "wish:ti:(",
    "unsubscribe": "topic:nothing",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One process of the bot between stand-ins for everything."""
    with (
        ArxivFake(corpus=small_corpus()) as arxiv,
        OpenAIFake() as openai,
        TelegramFake() as telegram,
        DiscordFake() as discord,
    ):
        settings = [fake.settings() for fake in (arxiv, openai, telegram, discord)]
        world = World(telegram, discord, environment(tmp_path_factory.mktemp("data"), *settings))
        with started("run", env=world.env) as process:
            discord.wait(lambda: discord.rest.commands, 30)
            discord.wait(lambda: discord.gateway.sessions, 30)
            yield world
            process.terminate()
            process.communicate(timeout=20)
            assert process.returncode == 0


class World:
    """The three ways to one bot, for the person who owns it."""

    def __init__(self, telegram: TelegramFake, discord: DiscordFake, env: dict[str, str]) -> None:
        self.telegram, self.discord = telegram, discord
        self.ada = telegram.user(101, "Ada", "en")
        self.chat = telegram.private(self.ada)
        self.bea = discord.world.user("bea")
        self.channel = discord.world.direct()
        self.env = env | {"OWNERS": f"telegram:101, discord:{self.bea.id}"}

    def on_console(self, name: str, arguments: str) -> str:
        typed = " ".join(part.split(":", 1)[1] for part in arguments.split())
        done = paperwire("console", "-c", f"/{name} {typed}", env=self.env)
        return done.stdout or done.stderr

    def on_telegram(self, name: str, arguments: str) -> str:
        typed = " ".join(part.split(":", 1)[1] for part in arguments.split())
        before = len(self.telegram.messages(self.chat))
        self.telegram.say(self.chat, self.ada, f"/{name} {typed}")
        self.telegram.wait(lambda: len(self.telegram.messages(self.chat)) > before, 30)
        sent = self.telegram.messages(self.chat)[before:]
        assert not [entity for message in sent for entity in message.automatic]
        return "\n".join(message.text for message in sent)

    def on_discord(self, name: str, arguments: str) -> str:
        options: dict[str, Any] = dict(part.split(":", 1) for part in arguments.split())
        asked = self.discord.slash(self.channel, self.bea, name, **options)
        self.discord.wait(lambda: asked.messages, 30)
        return "\n".join(seen(message) for message in asked.messages)


def seen(message: Message) -> str:
    """What a reader of a Discord message sees."""
    sources = [message.content]
    for embed in message.embeds:
        sources += [embed.get("title", ""), embed.get("description", "")]
    return "\n".join("".join(piece.text for piece in read(source)) for source in sources)


def words(said: str) -> list[str]:
    """The words alone: platforms differ in markup, in where a link is shown, and in the chat's own name."""
    said = re.sub(r"^→ .*(\n  .*)*", "", said, flags=re.MULTILINE)  # buttons, where there are none
    said = re.sub(r"^\d+\. ", "", said, flags=re.MULTILINE)  # list numbers, which Discord's markup swallows
    said = re.sub(r" \(https?://[^)]*\)", "", said)
    said = re.sub(r"(console|telegram|discord):[\w:-]+|<#\d+>", "CHAT", said)
    return re.findall(r"\w+", re.sub(r"[\u200b\u2060]", "", said))


def test_every_command_is_covered() -> None:
    assert set(LINES) == {command.name for command in declared() if command.listed}


@pytest.mark.parametrize("name", LINES)
def test_the_reader_gets_the_same(world: World, name: str) -> None:
    arguments, part = LINES[name]
    console = world.on_console(name, arguments)
    assert part in console
    assert words(world.on_telegram(name, arguments)) == words(console)
    assert words(world.on_discord(name, arguments)) == words(console)


# The label of a button that is pressed, and what stands in its message's place then.
LEAFING = [("Papers", "/takeaways"), ("Back", "Editions"), ("Every command", "[depth]"), ("Back", "Editions")]


def test_help_is_leafed_through_in_place_on_telegram(world: World) -> None:
    telegram = world.telegram
    world.on_telegram("language", "language:en")
    began = world.on_telegram("help", "")
    sent = telegram.messages(world.chat)
    message = sent[-1]
    for label, shows in LEAFING:
        labels = [[button["text"] for button in row] for row in message.buttons]
        row = next(i for i, row in enumerate(labels) if label in row)
        telegram.press(message, row, labels[row].index(label), world.ada)
        telegram.wait(partial(lambda shown: shown in message.text, shows), 30)
    assert message.text == began
    assert telegram.messages(world.chat) == sent


def test_help_is_leafed_through_in_place_on_discord(world: World) -> None:
    discord = world.discord
    world.on_discord("language", "language:en")
    began = world.on_discord("help", "")
    sent = discord.messages(world.channel)
    message = sent[-1]
    for label, shows in LEAFING:
        buttons = {button["label"]: button for row in message.components for button in row["components"]}
        discord.press(message, buttons[label]["custom_id"], world.bea)
        discord.wait(partial(lambda shown: shown in seen(message), shows), 30)
    assert seen(message) == began
    assert discord.messages(world.channel) == sent


def test_all_of_a_paper_is_read(world: World) -> None:
    arguments = f"paper:{LATEX} depth:deep language:en"
    for on in (world.on_console, world.on_telegram, world.on_discord):
        on("language", "language:en")
    console = world.on_console("summarize", arguments)
    assert "What is new" in console
    assert words(world.on_telegram("summarize", arguments)) == words(console)
    assert words(world.on_discord("summarize", arguments)) == words(console)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_the_same(world: World, name: str) -> None:
    console = world.on_console(name, MISTAKES[name])
    assert words(world.on_telegram(name, MISTAKES[name])) == words(console)
    assert words(world.on_discord(name, MISTAKES[name])) == words(console)
