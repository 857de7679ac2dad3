"""The scene of the pictures: the bot's own process between the stand-ins, and people who use it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.console_process import environment
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import ArxivPaper
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import Interaction
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Sent
from tests.shots import papers
from tests.shots.weeks import NOW, clock

_PATIENCE = 60.0


@dataclass(frozen=True)
class Shot:
    """One picture: what a person did, and the messages that came, as the platform's API describes them.

    `files` are the pictures in the messages, by message id and then by name. `offers` are inline results, while the
    person is still typing.
    """

    name: str
    platform: Literal["telegram", "discord"]
    place: str
    asked: str
    messages: Sequence[Mapping[str, Any]]
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    who: str = ""
    offers: Sequence[Mapping[str, Any]] = ()


class Stage:
    """One bot, a group on Telegram and a server on Discord."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = ExitStack()
        self._arxiv = ArxivFake(papers.corpus(), day=papers.DAY)
        self._arxiv.pdfs = {papers.WHOLE: papers.pdf(_whole(self._arxiv))}
        self._openai = OpenAIFake()
        self._openai.models = ["gpt-5-mini"]
        self._openai.reply_with = papers.reply
        self._telegram = TelegramFake()
        self._telegram.methods.inline = True
        self._discord = DiscordFake()

    def __enter__(self) -> Stage:
        try:
            self._set_up()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _set_up(self) -> None:
        for fake in (self._arxiv, self._openai, self._telegram, self._discord):
            fake.start()
            self._stack.callback(fake.stop)
        self.ada = self._telegram.user(7, "Ada", "en")
        self.ming = self._telegram.user(8, "Ming", "zh")
        self._guild = self._discord.world.guild("Reading Group")
        self.ada_there, self.ming_there = (self._discord.world.user(name) for name in ("ada", "ming"))
        for user in (self.ada_there, self.ming_there):
            self._discord.world.join(self._guild, user, 1 << 3)
        env = environment(
            self._directory,
            self._arxiv.settings(),
            self._openai.settings(),
            self._telegram.settings(),
            self._discord.settings(),
            {"ACCESS": "open", "OWNERS": "telegram:1", "ARXIV_CATEGORIES": ",".join(papers.CATEGORIES)},
        )
        subprocess.run([sys.executable, "-m", "tests.shots.weeks", self._directory], env=env, check=True)
        self._discord.world.skew = NOW.timestamp() - time.time()
        with (self._directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                env={**env, **clock()},
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._stack.callback(_ended, process)
        # An edition that is asked for earlier is rebuilt from the dates of submission, and says so.
        self._until_logged(f"the announcement of {papers.DAY} is read", process)
        self._discord.wait(lambda: self._discord.gateway.connected and self._discord.rest.commands, _PATIENCE)

    def _until_logged(self, words: str, process: subprocess.Popen[bytes]) -> None:
        give_up = time.monotonic() + _PATIENCE
        while words not in (log := (self._directory / "log").read_text()):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the bot did not start: {log}")
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def telegram(self, name: str, line: str, until: str, *, chinese: bool = False, group: str = "") -> Shot:
        """Have somebody write to the bot, in private or in a group, until the answer holds the words `until`."""
        user = self.ming if chinese else self.ada
        chat = self._telegram.supergroup(group, [user]) if group else self._telegram.private(user)
        self._telegram.say(chat, user, line)
        self._telegram.wait(lambda: _holds(self._telegram.messages(chat), until), _PATIENCE)
        shown = self._telegram.messages(chat)
        files = {str(one.id): {one.upload.name: one.upload.data} for one in shown if one.upload}
        told = [self._telegram.world.shown(one) for one in shown]
        return Shot(name, "telegram", group, line, told, files)

    def inline(self, name: str, words: str) -> Shot:
        """Have somebody type the bot's name and some words in a chat with another person."""
        offered = self._telegram.offered(self._telegram.inline(self.ada, words))
        typed = f"@{self._telegram.world.bot.username} {words}"
        return Shot(name, "telegram", "Ming", typed, (), offers=[result for result, _ in offered.results])

    def discord(self, name: str, command: str, until: str, *, chinese: bool = False, **options: Any) -> Shot:
        """Have somebody give a command until the answer holds the words `until`."""
        user, locale = (self.ming_there, "zh-CN") if chinese else (self.ada_there, "en-US")
        channel = self._discord.world.channel(self._guild, "papers")
        asked: Interaction = self._discord.slash(channel, user, command, locale=locale, **options)
        try:
            self._discord.wait(lambda: any(until in one.text for one in asked.messages), _PATIENCE)
        except AssertionError as error:
            raise TimeoutError(f"{name}: {[one.text for one in asked.messages]}") from error
        files = {str(one.id): {each.name: each.data for each in one.attachments} for one in asked.messages}
        told = [one.json() for one in asked.messages]
        return Shot(name, "discord", channel.name, f"/{command}", told, files, user.name.title())


def _whole(arxiv: ArxivFake) -> ArxivPaper:
    paper = arxiv.corpus.paper(papers.WHOLE)
    assert paper
    return paper


def _holds(sent: Sequence[Sent], words: str) -> bool:
    return any(words in one.text for one in sent)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(30)


def taken(directory: Path, names: Collection[str] = ()) -> Sequence[Shot]:
    """Act every scene, or those that are named, and return what is to be drawn."""
    unknown = set(names) - set(SCENES)
    if unknown:
        raise ValueError(f"no such picture: {', '.join(sorted(unknown))}; there are {', '.join(SCENES)}")
    with Stage(directory) as stage:
        return [act(stage, name) for name, act in SCENES.items() if not names or name in names]


SCENES: Mapping[str, Callable[[Stage, str], Shot]] = {
    "telegram-edition": lambda stage, name: stage.telegram(
        name, "/edition RAG", "Check before citing", group="RAG Reading Group"
    ),
    "discord-edition": lambda stage, name: stage.discord(name, "edition", "Check before citing", topic="RAG"),
    "telegram-inline": lambda stage, name: stage.inline(name, "injected passages"),
    "telegram-card": lambda stage, name: stage.telegram(
        name, f"/summarize {papers.WHOLE}", "引用前请核对", chinese=True
    ),
    "discord-card": lambda stage, name: stage.discord(
        name, "summarize", "Check before citing", paper=papers.WHOLE
    ),
    "telegram-help": lambda stage, name: stage.telegram(name, "/help", "This chat"),
    "discord-help": lambda stage, name: stage.discord(name, "help", "本聊天", chinese=True),
    "telegram-settings": lambda stage, name: stage.telegram(name, "/settings", "Settings"),
    "discord-settings": lambda stage, name: stage.discord(name, "settings", "设置", chinese=True),
    "telegram-error": lambda stage, name: stage.telegram(name, '/topic RAG AND ("long context" OR', "^"),
    "discord-error": lambda stage, name: stage.discord(name, "summarize", "please check", paper="2611.88888"),
    "telegram-ask": lambda stage, name: stage.telegram(
        name, f"/ask {papers.WHOLE} Why does the best page come last?", "Check before citing"
    ),
    "telegram-deep": lambda stage, name: stage.telegram(
        name, f"/summarize {papers.WHOLE} deep", "Check before citing"
    ),
    "telegram-figures": lambda stage, name: stage.telegram(
        name, f"/figures {papers.WHOLE}", "otherwise unchanged"
    ),
    "discord-figures": lambda stage, name: stage.discord(name, "figures", "Figure 1", paper=papers.WHOLE),
    "telegram-trends": lambda stage, name: stage.telegram(name, "/trends agents", "Counted:"),
    "discord-roundup": lambda stage, name: stage.discord(name, "roundup", "Check before citing", topic="RAG"),
    "telegram-subscribe": lambda stage, name: stage.telegram(
        name, "/subscribe RAG at 09:00 in Asia/Shanghai top 5", "Shanghai"
    ),
}
