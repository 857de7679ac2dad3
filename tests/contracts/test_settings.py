"""Every setting by buttons and by command, on Telegram and on Discord: the bot as a process, over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from handlers.panel import NAMES, OF_SERVERS, SWITCHES
from tests.console_process import environment, started
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import MANAGE_GUILD
from tests.fakes.telegram import TelegramFake

pytestmark = pytest.mark.timeout(120)

# What is typed and what the panel says then, and what is chosen by buttons and what it says then.
LINES = {
    "language": ("german", "Language: Deutsch", "fr", "Language: Français"),
    "time": ("7:30", "Time: 07:30", "09:00", "Time: 09:00"),
    "zone": ("Kathmandu", "Time zone: Asia/Kathmandu", "Asia/Tokyo", "Time zone: Asia/Tokyo"),
    "papers": ("7", "Papers in an edition: at most 7", "5", "Papers in an edition: at most 5"),
    "detail": ("titles", "Detail: titles", "brief", "Detail: brief"),
}


class OnTelegram:
    """A group, and its administrator."""

    def __init__(self, fake: TelegramFake) -> None:
        self.fake = fake
        self.ada = fake.user(7, "Ada", "en")
        self.group = fake.supergroup("Lab", [self.ada])

    def types(self, setting: str = "", value: str = "") -> None:
        before = len(self.fake.messages(self.group))
        self.fake.say(self.group, self.ada, f"/settings {setting} {value}".rstrip())
        self.fake.wait(lambda: len(self.fake.messages(self.group)) > before, 30)
        self.panel = self.fake.messages(self.group)[-1]

    @property
    def commands(self) -> list[str]:
        return [button.get("callback_data", "") for row in self.panel.buttons for button in row]

    @property
    def text(self) -> str:
        return self.panel.text

    def press(self, command: str) -> None:
        places = {
            button.get("callback_data"): (r, c)
            for r, row in enumerate(self.panel.buttons)
            for c, button in enumerate(row)
        }
        self.fake.press(self.panel, *places[command], self.ada)

    def sees(self, words: str = "", command: str = "") -> None:
        """Wait until the panel has changed where it stands."""
        self.fake.wait(lambda: words in self.text and (not command or command in self.commands), 30)


class OnDiscord:
    """A channel of a server, and somebody who manages it."""

    def __init__(self, fake: DiscordFake) -> None:
        self.fake = fake
        guild = fake.world.guild("Lab")
        self.channel, self.bea = fake.world.channel(guild), fake.world.user("bea")
        fake.world.join(guild, self.bea, MANAGE_GUILD)

    def types(self, setting: str = "", value: str = "") -> None:
        options: dict[str, Any] = {
            name: said for name, said in (("setting", setting), ("value", value)) if said
        }
        asked = self.fake.slash(self.channel, self.bea, "settings", **options)
        self.fake.wait(lambda: any(not message.loading for message in asked.messages), 30)
        self.panel = asked.messages[-1]

    @property
    def commands(self) -> list[str]:
        return [*self.panel.custom_ids, *self.panel.options]

    @property
    def text(self) -> str:
        return self.panel.text.replace("**", "").replace("\\", "")

    def press(self, command: str) -> None:
        how = self.fake.choose if command in self.panel.options else self.fake.press
        how(self.panel, command, self.bea)

    def sees(self, words: str = "", command: str = "") -> None:
        """Wait until the panel has changed where it stands."""
        self.fake.wait(lambda: words in self.text and (not command or command in self.commands), 30)


Side = OnTelegram | OnDiscord


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Side]]:
    with (
        ArxivFake(corpus=small_corpus()) as arxiv,
        TelegramFake() as telegram,
        DiscordFake() as discord,
    ):
        settings = (fake.settings() for fake in (arxiv, telegram, discord))
        env = environment(
            tmp_path_factory.mktemp("data"), *settings, {"ACCESS": "open", "OWNERS": "telegram:1"}
        )
        with started("run", env=env) as process:
            discord.wait(lambda: discord.rest.commands and discord.gateway.sessions, 60)
            yield {"telegram": OnTelegram(telegram), "discord": OnDiscord(discord)}
            process.terminate()
            process.communicate(timeout=20)
            assert process.returncode == 0


@pytest.fixture(params=["telegram", "discord"])
def side(request: pytest.FixtureRequest, sides: dict[str, Side]) -> Side:
    return sides[request.param]


def test_all_of_them_are_tried_here() -> None:
    assert {*LINES, *SWITCHES, *OF_SERVERS} == set(
        NAMES
    )  # those of servers in platforms/discord/test_servers.py


@pytest.mark.parametrize("setting", LINES)
def test_by_command_and_by_buttons(side: Side, setting: str) -> None:
    typed, said, chosen, then = LINES[setting]
    side.types(setting, typed)
    assert said in side.text
    side.types()
    assert said in side.text
    side.press(f"~/settings {setting}")
    side.sees("Now: ", f"~/settings {setting} {chosen}")
    side.press(f"~/settings {setting} {chosen}")
    side.sees(then, f"~/settings {setting}")
    side.types(setting)
    assert f"Now: {then.partition(': ')[2]}" in side.text


@pytest.mark.parametrize(
    ("side", "setting"),
    [
        *(("telegram", name) for name in SWITCHES),
        *(("discord", name) for name in SWITCHES if name != "cards"),
    ],
    indirect=["side"],
)
def test_what_is_switched(side: Side, setting: str) -> None:
    side.types(setting, "on")
    off, on = f"~/settings {setting} off", f"~/settings {setting} on"
    assert off in side.commands
    side.press(off)
    side.sees(command=on)
    side.press(on)
    side.sees(command=off)
    side.types()
    assert off in side.commands
    side.types(setting, "off")
    assert on in side.commands


def test_cards_are_not_offered_on_discord_and_it_says_why(sides: dict[str, Side]) -> None:
    side = sides["discord"]
    side.types()
    assert not [command for command in side.commands if "cards" in command]
    for value in ("", "on"):
        side.types("cards", value)
        assert "links that people post get no cards" in side.text


def test_telegram_says_when_no_card_can_come(sides: dict[str, Side]) -> None:
    """With the privacy mode on, until the bot is an administrator."""
    side = sides["telegram"]
    assert isinstance(side, OnTelegram)
    mend = "make me an administrator of this group"
    side.types("cards", "on")
    assert mend in side.text
    side.types()
    assert mend in side.text
    side.group.admins.append(side.fake.world.bot)
    side.fake.member(side.group, side.ada, "member", "administrator")
    side.types()
    assert mend not in side.text
    side.types("cards", "off")
