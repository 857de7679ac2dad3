"""`paperwire doctor`, as a process: what it finds wrong on the way of a newcomer, and the mend that it names."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot import doctor, machine
from bot.accounts import PERMISSIONS
from bot.errors import ArxivUnavailable, Misconfigured, PaperwireError
from bot.settings import Settings
from tests.console_process import environment, paperwire
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.openai import Mode, OpenAIFake
from tests.fakes.telegram import TelegramFake


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    with ArxivFake(corpus=small_corpus()) as arxiv:
        yield environment(tmp_path, arxiv.settings(), {"HTTP_PORT": "0", "METRICS_PORT": "0"})


def line(name: str, env: dict[str, str]) -> str:
    """Return the line that doctor says about `name`."""
    done = paperwire("doctor", env=env)
    assert done.stderr == ""
    return next(one for one in done.stdout.splitlines() if one[2:].startswith(f"{name}:"))


def test_a_webhook_is_named(env: dict[str, str]) -> None:
    with TelegramFake() as telegram:
        telegram.methods.webhook = "https://elsewhere.example/hook"
        said = line("Telegram", {**env, **telegram.settings()})
    assert said.startswith("✓")
    assert "a webhook is set" in said
    assert "elsewhere" not in said  # its address may hold a secret


def test_another_program_with_the_same_token_is_found(env: dict[str, str]) -> None:
    with TelegramFake() as telegram:
        over = threading.Event()

        def poll() -> None:
            where = urlsplit(telegram.url)
            while not over.is_set():
                connection = HTTPConnection(where.hostname or "", where.port, timeout=10)
                connection.request("GET", f"/bot{telegram.token}/getUpdates?timeout=1")
                connection.getresponse().read()
                connection.close()

        other = threading.Thread(target=poll)
        other.start()
        try:
            said = line("Telegram", {**env, **telegram.settings()})
        finally:
            over.set()
            other.join(20)
    assert said.startswith("✗")
    assert "another program" in said
    assert telegram.token not in said


def test_looking_for_another_program_loses_no_message(env: dict[str, str]) -> None:
    with TelegramFake() as telegram:
        telegram.private(telegram.user(7, "Ada"))
        said = line("Telegram", {**env, **telegram.settings()})
        assert said.startswith("✓")
        assert telegram.confirmed == 0


def test_permissions_that_an_invitation_forgot_are_named(env: dict[str, str]) -> None:
    with DiscordFake() as discord:
        discord.world.guild("Lab", everyone=sum(PERMISSIONS.values()) & ~PERMISSIONS["Attach Files"])
        discord.world.guild("Other lab", everyone=sum(PERMISSIONS.values()))
        said = line("Discord", {**env, **discord.settings()})
    assert "on Lab it lacks Attach Files" in said
    assert "Other lab" not in said
    assert "oauth2/authorize?client_id=" in said


def test_a_bot_on_no_server_gets_its_invitation(env: dict[str, str]) -> None:
    with DiscordFake() as discord:
        said = line("Discord", {**env, **discord.settings()})
    assert "it is on no server yet" in said


def test_who_owns_it_is_said(env: dict[str, str]) -> None:
    with TelegramFake() as telegram:
        mine = {**env, **telegram.settings()}
        assert "/start " in line("owner", mine)
        assert line("owner", {**mine, "OWNERS": "telegram:7"}) == "✓ owner: set by OWNERS"


def test_a_port_that_another_program_has_is_named(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = paperwire("doctor", env={**env, "HTTP_PORT": str(port)})
    assert f"! reading room: port {port} is taken by another program; set HTTP_PORT" in done.stdout
    assert done.returncode == 0


def test_a_proxy_that_does_not_answer_is_named_without_its_password(env: dict[str, str]) -> None:
    proxied = {"HTTPS_PROXY": "http://me:hidden-word@127.0.0.1:1", "NO_PROXY": "127.0.0.1"}
    done = paperwire("doctor", env={**env, **proxied})
    assert "✗ proxy: HTTPS_PROXY names 127.0.0.1:1, which does not answer" in done.stdout
    assert "hidden-word" not in done.stdout
    assert done.returncode == 1


def test_a_name_that_is_no_setting_is_named(env: dict[str, str]) -> None:
    file = Path(env["HOME"], ".env")
    file.write_text("TELEGRAM_TOKEN=1:x\n")
    file.chmod(0o644)
    done = paperwire("doctor", env=env)
    assert "! .env: TELEGRAM_TOKEN is no setting; did you mean TELEGRAM_BOT_TOKEN?" in done.stdout
    assert "! .env: others on this machine can read the secrets" in done.stdout
    assert done.returncode == 0


def test_a_name_like_ours_in_the_environment_is_named(env: dict[str, str]) -> None:
    odd = {
        "TELEGRAM_TOKEN": "1:hidden-word",
        "OPENAI_KEY": "sk-hidden-word",
        "OPENAI_ORG_ID": "x",
        "EDITOR": "vi",
    }
    done = paperwire("doctor", env={**env, **odd})
    assert "! environment: TELEGRAM_TOKEN is no setting; did you mean TELEGRAM_BOT_TOKEN?" in done.stdout
    assert "! environment: OPENAI_KEY is no setting; did you mean OPENAI_API_KEY?" in done.stdout
    assert done.stdout.count("environment:") == 2
    assert "hidden-word" not in done.stdout
    assert done.returncode == 0


def test_a_room_on_every_readers_own_machine_is_named() -> None:
    def said(address: str | None) -> str:
        return "".join(machine.unreachable_room(Settings(_env_file=None, public_url=address)))  # type: ignore[call-arg]

    assert "PUBLIC_URL names localhost" in said("http://localhost:8080")
    assert said("https://papers.example.org") == said(None) == ""


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("401", "refused the key; the owner should check OPENAI_API_KEY"),
        ("404", "OPENAI_MODEL is paper-writer-1, which {host} does not know; name one that it has, or correct OPENAI_BASE_URL"),
        ("html", "OPENAI_BASE_URL names {host}, where no model answers; correct it; it mostly ends in /v1"),
        ("429_long", "asks for a pause; please try again in 120 s"),
    ],
)  # fmt: skip
async def test_a_model_that_does_not_write_is_named_with_its_mend(mode: Mode, said: str) -> None:
    with OpenAIFake(mode) as openai:
        settings = Settings(_env_file=None, **{k.lower(): v for k, v in openai.settings().items()})  # type: ignore[arg-type, call-arg]
        with pytest.raises(PaperwireError) as told:
            await doctor._model(settings, 0)
        assert said.format(host=openai.url.removeprefix("http://")) in doctor._said(told.value)


async def test_a_model_at_an_address_where_nobody_is_is_named() -> None:
    settings = Settings(_env_file=None, openai_base_url="http://me:hidden-word@127.0.0.1:1/v1")  # type: ignore[call-arg]
    with pytest.raises(Misconfigured, match="which does not answer") as told:
        await doctor._model(settings, 0)
    assert "names 127.0.0.1:1," in told.value.problem
    assert "hidden-word" not in str(told.value)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("throttled", "wait some minutes"),
        ("unreachable", "HTTPS_PROXY"),
        ("malformed", "a login page"),
        ("status 404", "a login page"),
    ],
)
def test_the_arxivs_failures_have_their_own_mends(reason: str, said: str) -> None:
    trouble = doctor._arxiv_trouble(ArxivUnavailable(reason), "mirror.example")
    assert trouble.setting == "ARXIV_API_URL"
    assert "mirror.example" in trouble.problem
    assert said in trouble.mend


def test_a_platform_that_cannot_be_reached_is_named(env: dict[str, str]) -> None:
    nobody = {"TELEGRAM_BOT_TOKEN": "1:hidden-word", "TELEGRAM_API_URL": "http://127.0.0.1:1"}
    said = line("Telegram", {**env, **nobody})
    assert said.startswith("✗ Telegram: TELEGRAM_API_URL names 127.0.0.1:1, which does not answer")
    assert "HTTPS_PROXY" in said
    assert "hidden-word" not in said


def test_a_directory_that_cannot_be_written_is_named(env: dict[str, str]) -> None:
    Path(env["HOME"], "file").write_text("")
    done = paperwire("doctor", env={**env, "DATA_DIR": str(Path(env["HOME"], "file"))})
    assert "✗ data directory: DATA_DIR names" in done.stdout
    assert done.returncode == 1


async def test_a_disk_that_is_nearly_full_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    assert "GB free" in await machine.directory(settings)
    monkeypatch.setattr(machine, "_ROOM", 10**18)
    with pytest.raises(Misconfigured, match="MB left"):
        await machine.directory(settings)


async def test_a_clock_that_is_wrong_is_named() -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    assert await machine.clock(settings, None, {"Telegram": 2.0}) == "agrees with Telegram"
    with pytest.raises(Misconfigured, match="3600 s behind Telegram"):
        await machine.clock(settings, None, {"Discord": 1.0, "Telegram": -3600.0})
