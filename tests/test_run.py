"""`paperwire run`, as a process, with something wrong: it says so, and stops no more than it must."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.console_process import environment, paperwire, started
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.telegram import TelegramFake


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    with ArxivFake(corpus=small_corpus()) as arxiv:
        yield environment(tmp_path, arxiv.settings())


def test_a_refused_token_leaves_the_other_platform_on(env: dict[str, str]) -> None:
    with TelegramFake() as telegram, DiscordFake() as discord:
        both = {**env, **telegram.settings(), **discord.settings(), "TELEGRAM_BOT_TOKEN": "1:hidden-word"}
        with started("run", env=both) as process:
            assert process.stderr is not None
            said = next(line for line in process.stderr if "is off" in line)
            discord.wait(lambda: discord.gateway.sessions, 30)
            assert process.poll() is None
            process.terminate()
            _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Telegram is off: TELEGRAM_BOT_TOKEN was refused by Telegram; ask @BotFather" in said
    assert "hidden-word" not in said + rest


def test_it_ends_where_no_token_is_taken(env: dict[str, str]) -> None:
    with TelegramFake() as telegram, DiscordFake() as discord:
        wrong = {"TELEGRAM_BOT_TOKEN": "1:hidden-word", "DISCORD_BOT_TOKEN": "hidden-word"}
        done = paperwire("run", env={**env, **telegram.settings(), **discord.settings(), **wrong})
    assert done.returncode == 1
    assert "TELEGRAM_BOT_TOKEN was refused" in done.stderr
    assert "DISCORD_BOT_TOKEN was refused" in done.stderr
    assert "hidden-word" not in done.stderr


@pytest.mark.parametrize(
    ("name", "copied", "token"),
    [
        ("telegram_bot_token", "1:x \n", "1:x"),
        ("telegram_bot_token", "bot1:x", "1:x"),  # as it stands in addresses of the Bot API
        ("discord_bot_token", "Bot MTA1.x", "MTA1.x"),  # as it stands in Discord's headers
    ],
)
def test_a_token_that_was_copied_with_more_is_taken(name: str, copied: str, token: str) -> None:
    settings = Settings(_env_file=None, **{name: copied})  # type: ignore[call-arg, arg-type]
    assert settings.secrets == (token,)


def test_a_misspelt_setting_is_said_where_it_makes_a_console_of_a_bot(env: dict[str, str]) -> None:
    Path(env["HOME"], ".env").write_text("TELEGRAM_TOKEN=1:hidden-word\n")
    done = paperwire("run", env=env, given="/help\n")
    assert ".env: TELEGRAM_TOKEN is no setting; did you mean TELEGRAM_BOT_TOKEN?" in done.stderr
    assert "hidden-word" not in done.stderr


def test_a_server_that_is_not_there_is_named(env: dict[str, str]) -> None:
    done = paperwire("run", env={**env, "REDIS_URL": "redis://:hidden-word@127.0.0.1:1/0"})
    assert done.returncode == 1
    assert "REDIS_URL names 127.0.0.1:1, where no Redis answers; start the server" in done.stderr
    assert "hidden-word" not in done.stderr


def test_what_is_said_of_settings_loads_nothing_that_speaks_to_the_network(env: dict[str, str]) -> None:
    told = "import sys, bot.commands, bot.machine; list(bot.machine.odd_names()); sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], env=env, cwd=env["HOME"], check=False).returncode == 0
