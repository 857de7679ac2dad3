"""`paperwire setup`, as a process: what is asked, tried out and written."""

from __future__ import annotations

import os
import pty
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess, Popen

import pytest
from dotenv import dotenv_values

from bot.accounts import PERMISSIONS, invitation
from bot.errors import Misconfigured
from bot.settings import Settings
from bot.setup import EnvFile, Question
from tests.console_process import environment, paperwire
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake

KEY = "sk-made-up-for-a-test"
# The stand-ins' addresses are in the environment, as those of a proxy or a mirror would be; secrets are typed.
SECRETS = ("TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN", "OPENAI_API_KEY", "OPENAI_MODEL")


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture
def telegram() -> Iterator[TelegramFake]:
    with TelegramFake() as fake:
        yield fake


@pytest.fixture
def discord() -> Iterator[DiscordFake]:
    with DiscordFake() as fake:
        yield fake


@pytest.fixture
def openai() -> Iterator[OpenAIFake]:
    with OpenAIFake() as fake:
        fake.api_key = KEY
        yield fake


@pytest.fixture
def env(
    tmp_path: Path, arxiv: ArxivFake, telegram: TelegramFake, discord: DiscordFake, openai: OpenAIFake
) -> dict[str, str]:
    settings = {**arxiv.settings(), **telegram.settings(), **discord.settings(), **openai.settings()}
    given = {name: value for name, value in settings.items() if name not in SECRETS}
    return environment(tmp_path, given, {"DATA_DIR": str(tmp_path / "data")})


def answered(env: Mapping[str, str], *answers: str) -> CompletedProcess[str]:
    return paperwire("setup", env=env, given="".join(f"{answer}\n" for answer in answers))


def written(env: Mapping[str, str]) -> dict[str, str | None]:
    return dotenv_values(Path(env["HOME"], ".env"))


def test_answers_are_tested_and_written(
    env: dict[str, str], telegram: TelegramFake, discord: DiscordFake, openai: OpenAIFake
) -> None:
    discord_token = discord.settings()["DISCORD_BOT_TOKEN"]
    key, model = KEY, openai.models[0]
    done = answered(env, telegram.token, discord_token, key, model, "", "German", "Shanghai")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ This is @" in done.stdout
    assert f"client_id={discord.world.application}&" in done.stdout
    assert f"✓ {model} answers" in done.stdout
    assert "✓ arXiv" in done.stdout
    for secret in (telegram.token, discord_token, key):
        assert secret not in done.stdout
    assert written(env) == {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "DISCORD_BOT_TOKEN": discord_token,
        "OPENAI_API_KEY": key,
        "OPENAI_MODEL": model,
        "DEFAULT_LANGUAGE": "German",
        "DEFAULT_TIMEZONE": "Shanghai",
    }
    assert stat.S_IMODE(Path(env["HOME"], ".env").stat().st_mode) == 0o600
    assert paperwire("doctor", env=env).returncode == 0


def test_enter_keeps_everything(env: dict[str, str], telegram: TelegramFake) -> None:
    file = Path(env["HOME"], ".env")
    before = (
        f"# mine\nUNKNOWN=x\n\nexport TELEGRAM_BOT_TOKEN='{telegram.token}' # why\nDEFAULT_LANGUAGE=zh\r\n"
    )
    file.write_bytes(before.encode())
    file.chmod(0o644)
    done = answered(env, "", "", "", "", "", "", "")
    assert done.returncode in (0, 1), done.stderr
    assert file.read_bytes() == before.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_name(".env.backup").exists()


def test_the_old_file_is_kept(env: dict[str, str], telegram: TelegramFake) -> None:
    file = Path(env["HOME"], ".env")
    file.write_text("# mine\nTELEGRAM_BOT_TOKEN=1:old\n#DEFAULT_TIMEZONE=UTC\nKEEP_DAYS=30\n")
    # A base URL without a key is a model: the test of it fails and is let stand.
    answered(env, telegram.token, "", "", "", "", "", "", "", "Berlin")
    after = file.read_text()
    assert after.startswith(f"# mine\nTELEGRAM_BOT_TOKEN={telegram.token}\n")
    assert after.endswith("KEEP_DAYS=30\n")
    backup = file.with_name(".env.backup")
    assert "TELEGRAM_BOT_TOKEN=1:old" in backup.read_text()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob(".*.env*")] == []


def test_a_wrong_token_is_asked_for_again(
    env: dict[str, str], telegram: TelegramFake, openai: OpenAIFake
) -> None:
    done = answered(env, "1:wrong", telegram.token, "", KEY, "", "", "", "")
    assert "✗ TELEGRAM_BOT_TOKEN was refused by Telegram" in done.stdout
    assert done.returncode == 0
    assert written(env)["TELEGRAM_BOT_TOKEN"] == telegram.token


def test_a_wrong_answer_can_be_kept(env: dict[str, str], openai: OpenAIFake) -> None:
    done = answered(env, "1:wrong", "", "", KEY, "", "", "", "")
    assert done.returncode == 1
    assert "still to be mended" in done.stdout
    assert written(env)["TELEGRAM_BOT_TOKEN"] == "1:wrong"


def test_a_wrong_key_is_explained(env: dict[str, str], openai: OpenAIFake) -> None:
    done = answered(env, "", "", "sk-wrong", KEY, "", "", "")
    assert "✗" in done.stdout
    assert "OPENAI_API_KEY" in done.stdout
    assert written(env)["OPENAI_API_KEY"] == KEY


def test_a_value_that_is_none_is_not_taken(env: dict[str, str], openai: OpenAIFake) -> None:
    done = answered(env, "", "", KEY, "", "Klingon-ish", "zh", "Atlantis", "Berlin")
    assert "DEFAULT_LANGUAGE is wrong" in done.stdout
    assert "DEFAULT_TIMEZONE is wrong" in done.stdout
    assert written(env)["DEFAULT_LANGUAGE"] == "zh"
    assert written(env)["DEFAULT_TIMEZONE"] == "Berlin"


def test_a_name_owns_nothing(env: dict[str, str], telegram: TelegramFake, openai: OpenAIFake) -> None:
    done = answered(env, telegram.token, "", KEY, "", "@ada", "", "", "")
    assert "OWNERS is wrong" in done.stdout
    assert "a number: telegram:123456789" in done.stdout
    assert "OWNERS" not in written(env)


def test_what_is_wrong_in_the_file_is_mended_first(env: dict[str, str], openai: OpenAIFake) -> None:
    file = Path(env["HOME"], ".env")
    file.write_text("KEEP_DAYS=many\n")
    done = answered(env, "90", "", "", KEY, "", "", "")
    assert "✗ KEEP_DAYS is wrong" in done.stdout
    assert written(env)["KEEP_DAYS"] == "90"


def test_input_that_ends_early_writes_nothing(env: dict[str, str], telegram: TelegramFake) -> None:
    file = Path(env["HOME"], ".env")
    file.write_text("DEFAULT_LANGUAGE=zh\n")
    done = answered(env, telegram.token)
    assert done.returncode == 1
    assert "input ended" in done.stdout
    assert "Traceback" not in done.stderr
    assert file.read_text() == "DEFAULT_LANGUAGE=zh\n"
    assert paperwire("setup", env=env).returncode == 1  # no input at all


@pytest.mark.parametrize("typed", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_leaving_a_terminal_writes_nothing_and_secrets_are_not_shown(
    env: dict[str, str], telegram: TelegramFake, typed: str
) -> None:
    file = Path(env["HOME"], ".env")
    file.write_text("DEFAULT_LANGUAGE=zh\n")
    primary, secondary = pty.openpty()
    process = Popen(
        [sys.executable, "-m", "bot", "setup"],
        env={**env, "TERM": "xterm"},
        cwd=env["HOME"],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
    )
    os.close(secondary)
    seen = read_until(primary, "Token of the bot")
    os.write(primary, f"{telegram.token}\r".encode())
    seen += read_until(primary, "This is @")
    seen += read_until(primary, "Token of the bot")
    os.write(primary, typed.encode())
    seen += read_until(primary, "nothing was written")
    assert process.wait(20) == (130 if typed == "\x03" else 1)
    os.close(primary)
    assert telegram.token not in seen
    assert file.read_text() == "DEFAULT_LANGUAGE=zh\n"


def read_until(terminal: int, wanted: str) -> str:
    seen = b""
    while wanted.encode() not in seen:
        try:
            seen += os.read(terminal, 4096)
        except OSError as ended:
            raise AssertionError(seen.decode()) from ended
    return seen.decode()


@pytest.mark.parametrize(
    "value", ["a b", "it's", 'a"b', "a#b", " lead", "back\\slash", "注意", "a=b", "a\\'b", "x" * 3000]
)
def test_every_value_comes_back_as_it_was(tmp_path: Path, value: str) -> None:
    file = EnvFile(tmp_path / ".env", tmp_path / "none")
    file.set("FALLBACK_MODEL", value)
    file.set("OWNERS", "1")
    file.write()
    assert dotenv_values(tmp_path / ".env") == {"FALLBACK_MODEL": value, "OWNERS": "1"}


def test_a_value_that_would_change_on_reading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        EnvFile(tmp_path / ".env", tmp_path / "none").set("OPENAI_API_KEY", "a${HOME}b")


def test_an_entry_goes_where_its_comment_stands(tmp_path: Path) -> None:
    example = tmp_path / ".env.example"
    example.write_text("# what it is\n#OWNERS=\n\n# the rest\n#KEEP_DAYS=400\n")
    file = EnvFile(tmp_path / ".env", example)
    file.set("OWNERS", "telegram:7")
    assert file.text == "# what it is\nOWNERS=telegram:7\n\n# the rest\n#KEEP_DAYS=400\n"
    file.set("OWNERS", "")
    assert file.text == example.read_text()


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("KEEP_DAYS=3\n")
    (tmp_path / ".env").symlink_to("real")
    file = EnvFile(tmp_path / ".env", tmp_path / "none")
    file.set("OWNERS", "7")
    file.write()
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real").read_text() == "KEEP_DAYS=3\nOWNERS=7\n"


@pytest.mark.parametrize(
    "name", [n for n in Settings.model_fields if n.endswith(("token", "key", "password"))]
)
def test_every_secret_is_hidden_while_it_is_typed(name: str) -> None:
    assert Question(name.upper(), "").hidden


@pytest.mark.filterwarnings("ignore:'audioop':DeprecationWarning")
def test_the_invitation_asks_for_what_discord_calls_so() -> None:
    import discord

    flags = {
        "View Channels": "view_channel",
        "Send Messages": "send_messages",
        "Embed Links": "embed_links",
        "Attach Files": "attach_files",
        "Read Message History": "read_message_history",
        "Create Public Threads": "create_public_threads",
        "Send Messages in Threads": "send_messages_in_threads",
    }
    for name, bit in PERMISSIONS.items():
        assert discord.Permissions(**{flags[name]: True}).value == bit
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert invitation("YOUR_APPLICATION_ID") in readme
