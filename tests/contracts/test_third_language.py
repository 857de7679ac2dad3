"""A third interface language is one file: put into a copy of the code, it is spoken everywhere."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.chat import test_catalogue as held
from tests.console_process import ROOT, environment, paperwire, started
from tests.contracts.pseudo import SIGN, pseudo, write_catalogue
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User

pytestmark = pytest.mark.timeout(120)
HELD = (
    held.test_it_is_named_as_a_language_that_is_known,
    held.test_every_sentence_is_translated,
    held.test_nothing_is_translated_that_is_not_said,
    held.test_translations_keep_fields_and_code,
    held.test_what_discord_shows_is_told_apart_and_short_enough,
)


@dataclass
class Town:
    """One process of the bot, in whose copy of the code there is one more file."""

    telegram: TelegramFake
    discord: DiscordFake
    env: dict[str, str]
    room: str

    def says(self, chat: Chat, user: User, line: str) -> Sent:
        before = len(self.telegram.messages(chat))
        self.telegram.say(chat, user, line)
        self.telegram.wait(lambda: len(self.telegram.messages(chat)) > before, 30)
        return self.telegram.messages(chat)[-1]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    copy, data = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("data")
    for top in ("bot", "handlers"):
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("__pycache__"))
    write_catalogue(copy / "bot/chat/locale/de.po", held.said())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with ArxivFake(corpus=small_corpus()) as arxiv, TelegramFake() as telegram, DiscordFake() as discord:
        more = {"PYTHONPATH": str(copy), "HTTP_PORT": str(port), "ACCESS": "open", "OWNERS": "telegram:1"}
        env = environment(data, arxiv.settings(), telegram.settings(), discord.settings(), more)
        with started("run", env=env) as process:
            discord.wait(lambda: discord.rest.commands and discord.gateway.sessions, 60)
            yield Town(telegram, discord, env, f"http://127.0.0.1:{port}/")
            process.terminate()
            process.communicate(timeout=20)
            assert process.returncode == 0


def test_a_complete_catalogue_is_held_to_be_one(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "de.po", held.said())
    for holds in HELD:
        holds(tmp_path / "de.po")


@pytest.mark.parametrize(
    ("name", "changed", "to"),
    [
        ("klingon", "", ""),
        ("de", f'msgstr "{pseudo("Summary")}"', 'msgstr ""'),
        ("de", 'msgid "Summary"', 'msgid "Summaries"'),
        ("de", pseudo("{name} is set."), f"is{SIGN} set{SIGN}."),
        ("de", pseudo("You follow {name} here."), f"You{SIGN} follow{SIGN} {{nam}} here{SIGN}."),
        ("de", "`/settings zone Kathmandu`", "/settings zone Kathmandu"),
        ("de", f'msgstr "{pseudo("language")}"', f'msgstr "{pseudo("paper")}"'),
    ],
    ids=["no language", "not translated", "not said", "a field lost", "another field", "no code", "the same name twice"],
)  # fmt: skip
def test_what_is_wrong_with_a_catalogue_is_found(tmp_path: Path, name: str, changed: str, to: str) -> None:
    path = tmp_path / f"{name}.po"
    write_catalogue(tmp_path / "de.po", held.said())
    whole = (tmp_path / "de.po").read_text()
    assert changed in whole
    path.write_text(whole.replace(changed, to))
    found = 0
    for holds in HELD:
        try:
            holds(path)
        except AssertionError:
            found += 1
    assert found


def test_telegram_shows_menus_and_descriptions_in_it(town: Town) -> None:
    profile = town.telegram.methods
    town.telegram.wait(lambda: ("short_description", "de") in profile.about, 30)  # what is set last
    for scope in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        assert profile.menu(scope, "de") == profile.menu(scope, "")
        said = [command["description"] for command in profile.menus[scope, "de"]]
        assert [words for words in said if SIGN not in words] == []
    assert SIGN in profile.about["description", "de"]
    assert SIGN in profile.about["short_description", "de"]


def test_whose_client_speaks_it_is_answered_in_it(town: Town) -> None:
    """Errors too."""
    berta = town.telegram.user(9, "Berta", "de-AT")
    chat = town.telegram.private(berta)
    assert SIGN in town.says(chat, berta, "/start").text
    assert f"no{SIGN} command{SIGN}" in town.says(chat, berta, "/nothing").text
    channel = town.discord.world.direct()
    asked = town.discord.slash(channel, town.discord.world.user("bea"), "settings", locale="de")
    town.discord.wait(lambda: any(not message.loading for message in asked.messages), 30)
    assert f"Settings{SIGN}" in asked.messages[-1].text


@pytest.mark.parametrize("line", ["/language", "/settings language"])
def test_it_is_offered_and_can_be_chosen(town: Town, line: str) -> None:
    ada = town.telegram.user(20 + len(line), "Ada", "en")
    chat = town.telegram.private(ada)
    offered = town.says(chat, ada, line)
    labels = [button["text"] for row in offered.buttons for button in row]
    assert labels.index("Deutsch") < labels.index("日本語")
    assert SIGN in town.says(chat, ada, f"{line} German").text
    assert SIGN in town.says(chat, ada, "/topics").text


def test_discord_shows_commands_in_it(town: Town) -> None:
    commands = town.discord.rest.commands
    shown = [one for command in commands for one in (command, *command.get("options", ()))]
    missing = [
        one["name"]
        for one in shown
        if one.get("description") and SIGN not in one["description_localizations"].get("de", "")
    ]
    assert missing == []
    named = {one["name"]: one.get("name_localizations", {}).get("de") for one in shown}
    assert (named["paper"], named["Summarize this paper"]) == (
        pseudo("paper"),
        pseudo("Summarize this paper"),
    )


def test_the_reading_room_is_in_it(town: Town) -> None:
    with httpx.Client(base_url=town.room, trust_env=False, timeout=30) as http:
        assert 'hreflang="de"' in http.get("").text
        page = http.get("de").text
        assert '<html lang="de"' in page
        assert SIGN in page


def test_the_console_speaks_it(town: Town) -> None:
    env = town.env | {"DEFAULT_LANGUAGE": "de"}
    assert SIGN in paperwire("console", "-c", "/topics", env=env).stdout
