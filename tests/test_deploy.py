"""The container set-up: hardened, holding on to its data, and built from what the Makefile installs."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.errors import Misconfigured
from bot.settings import Settings, load
from bot.store.client import Store
from bot.store.embedded import _binary

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = [ROOT / "requirements.lock", ROOT / "tests/requirements.lock"]

# Variables that are none of Paperwire's settings.
OTHERS = {"HTTPS_PROXY", "NO_PROXY", "VALKEYCLI_AUTH", "REDISCLI_AUTH"}
PASSWORD = "0123456789abcdef"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_no_more_than_it_must(service: str) -> None:
    told = SERVICES[service]
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["read_only"] is True
    assert told["tmpfs"] == ["/tmp"]
    assert told["restart"] == "unless-stopped"
    assert "ports" not in told
    assert not {"privileged", "cap_add", "network_mode", "pid"} & told.keys()


def test_nobody_runs_as_root() -> None:
    assert not str(SERVICES["valkey"]["user"]).startswith(("0", "root"))
    final = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.findall(r"^USER (\d+):(\d+)$", final, re.MULTILINE) == [("10001", "10001")]


def test_what_is_kept_lies_in_named_volumes() -> None:
    for service in SERVICES.values():
        for volume in service["volumes"]:
            name, path = volume.split(":")
            assert (name in COMPOSE["volumes"], path) == (True, "/data")


def test_the_store_is_reached_by_the_bot_alone() -> None:
    assert COMPOSE["networks"]["store"] == {"internal": True}
    assert SERVICES["valkey"]["networks"] == ["store"]


def test_images_are_pinned() -> None:
    images = [SERVICES["valkey"]["image"], *re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)]
    assert [image for image in images if not re.search(r":\d+", image) or image.endswith(":latest")] == []


def test_it_is_what_the_compose_specification_allows() -> None:
    where = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(where.read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(COMPOSE)] == []
    # A validator that lets everything pass would say so too.
    assert not Draft202012Validator(schema).is_valid({"services": {"bot": {"imagine": "x"}}})


def test_every_variable_is_a_setting() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    named = {name for service in SERVICES.values() for name in service.get("environment", ())}
    named |= set(re.findall(r"\$\$?\{?([A-Z_]+)", text))
    assert named - {field.upper() for field in Settings.model_fields} == OTHERS & named
    in_image = re.findall(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)
    told = {pair.split("=")[0] for line in in_image for pair in line.split()}
    assert {name for name in told if not name.startswith(("PATH", "PYTHON"))} <= {
        field.upper() for field in Settings.model_fields
    }


@pytest.mark.parametrize("name", ["bot", "worker"])
def test_the_bot_waits_for_the_store_and_knows_its_password(name: str) -> None:
    service = SERVICES[name]
    assert service["depends_on"] == {"valkey": {"condition": "service_healthy"}}
    assert "test" in SERVICES["valkey"]["healthcheck"]
    assert service["environment"]["REDIS_URL"] == "redis://valkey:6379/0"
    assert "redis_password" in service["secrets"]
    assert "redis_password" in SERVICES["valkey"]["secrets"]


def test_every_secret_is_a_file_that_a_setting_reads() -> None:
    for name, told in COMPOSE["secrets"].items():
        assert told == {"file": f"secrets/{name}"}
        assert "SecretStr" in str(Settings.model_fields[name].annotation)
    used = {name for service in SERVICES.values() for name in service["secrets"]}
    assert used == set(COMPOSE["secrets"])
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_secrets_are_read_from_files_and_an_empty_one_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in COMPOSE["secrets"]:
        (tmp_path / name).write_text("")
    (tmp_path / "redis_password").write_text(f"{PASSWORD}\n")
    (tmp_path / "telegram_bot_token").write_text("1:x\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = load()
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == "1:x"
    assert settings.redis_password is not None
    assert settings.redis_password.get_secret_value() == PASSWORD
    assert settings.discord_bot_token is None
    assert not settings.has_model
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "2:y")  # the environment wins
    token = load().telegram_bot_token
    assert token is not None
    assert token.get_secret_value() == "2:y"


async def test_the_store_that_compose_starts_keeps_everything_behind_a_password(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        store = Store.at(f"redis://127.0.0.1:{port}/0", password=PASSWORD)
        await store.check()
        assert await store.eviction_policy() == "noeviction"
        assert (await store.info("persistence"))["aof_enabled"] == 1
        assert (await store.config_get("dir"))["dir"] == str(tmp_path)
        await store.close_all()

        stranger = Store.at(f"redis://127.0.0.1:{port}/0")
        with pytest.raises(Misconfigured):
            await stranger.check()
        await stranger.close_all()


def test_the_stores_password_is_on_no_command_line() -> None:
    *shell, script = SERVICES["valkey"]["command"]
    assert not any("password" in part for part in shell)
    assert [line for line in script.splitlines() if "$$password" in line] == [
        'test -n "$$password"',
        'requirepass "$$password"',
    ]


def test_a_store_without_a_password_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "redis_password").write_text("")
    *shell, script = SERVICES["valkey"]["command"]
    command = [*shell, script.replace("$$", "$").replace("/run/secrets", str(tmp_path))]
    assert subprocess.run(command, check=False, capture_output=True, timeout=20).returncode != 0


@contextmanager
def served(directory: Path) -> Iterator[int]:
    """Run the store's command of docker-compose.yml here, in `directory`; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    *shell, script = SERVICES["valkey"]["command"]
    script = script.replace("$$", "$").replace(
        "dir /data\n", f"dir {directory}\nport {port}\nbind 127.0.0.1\n"
    )
    (directory / "redis_password").write_text(f"{PASSWORD}\n")
    script = script.replace("/run/secrets", str(directory))
    environment = {"PATH": f"{_binary().parent}:{os.environ['PATH']}"}
    with subprocess.Popen([*shell, script], env=environment, stdout=subprocess.PIPE) as server:
        try:
            wait_for(port)
            yield port
        finally:
            server.terminate()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the store did not come up")


@pytest.mark.parametrize("python", ["no-such-python", "false"])
def test_a_python_that_is_none_is_said_and_leaves_nothing(tmp_path: Path, python: str) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    done = subprocess.run(
        ["make", f"PYTHON={python}", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Paperwire needs Python 3.11 or newer" in done.stderr
    assert python in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_image_installs_what_the_makefile_installs() -> None:
    by_make = {
        line.removesuffix(" >&2") for line in re.findall(r"\$\(PIP\) (install .*-r requirements.+)", MAKEFILE)
    }
    by_make |= {
        line.removesuffix(" -e . >&2") for line in re.findall(r"\$\(PIP\) (install --no-deps.*)", MAKEFILE)
    }
    in_image = re.findall(r"-m pip (install .*)", DOCKERFILE)
    told = {re.sub(r" --no-cache-dir| --only-binary :all:| \.$", "", line) for line in in_image}
    assert told == by_make


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    ignored = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("#", "")
    ]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert sent(source, ignored), source
    assert not any(sent(secret, ignored) for secret in (".env", "data", ".git", ".venv", "bot/__pycache__"))


def sent(path: str, ignored: list[str]) -> bool:
    """Whether a path is sent to the builder: the last line that fits decides."""
    decided = True
    for line in ignored:
        pattern = line.removeprefix("!")
        if (
            fnmatch(path, pattern)
            or path.startswith(f"{pattern}/")
            or fnmatch(f"/{path}", pattern.replace("**", "*"))
        ):
            decided = line.startswith("!")
    return decided


def test_what_is_copied_is_all_that_the_program_needs(tmp_path: Path) -> None:
    context, installed, home = (tmp_path / name for name in ("context", "installed", "home"))
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in line.split():
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, context / source, ignore=ignored)
            else:
                context.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, context)
    home.mkdir()
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    how = ["--no-deps", "--no-build-isolation", "--target", str(installed), "."]
    subprocess.run([*pip, *how], cwd=context, check=True, timeout=100)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(installed),
        "DATA_DIR": str(home),
    }
    told = "import bot, sys; from bot.__main__ import main; print(bot.__file__); sys.exit(main(sys.argv[1:]))"
    for arguments in (("version",), ("console", "-c", "/help"), ("console", "-c", "/topics")):
        done = subprocess.run(
            [sys.executable, "-c", told, *arguments],
            cwd=home,
            env=environment,
            check=True,
            capture_output=True,
            timeout=60,
        )
        assert str(installed) in done.stdout.decode()
    # What is no Python is there too: fixed sentences, topics, prompts, pages.
    other = {
        path.relative_to(context)
        for top in ("bot", "handlers")
        for path in (context / top).rglob("*")
        if path.is_file() and path.suffix != ".py"
    }
    assert {path for path in other if not (installed / path).is_file()} == set()


UNIT = ROOT / "docs" / "paperwire.service"


def test_the_service_unit_is_well_formed_and_hardened() -> None:
    if not (verify := shutil.which("systemd-analyze")):
        pytest.skip("systemd-analyze is not installed")
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "LockPersonality"):
        assert service[name] == "yes", name
    assert service["ProtectSystem"] == "strict"
    assert {service["User"], service["DynamicUser"]} != {"root"}
    where = UNIT.read_text().replace("/opt/paperwire/.venv/bin/paperwire", "/bin/true")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, "paperwire.service")
        copy.write_text(where)
        done = subprocess.run(
            [verify, "verify", "--man=no", str(copy)], check=False, capture_output=True, text=True, timeout=60
        )
    assert [line for line in done.stderr.splitlines() if "paperwire.service" in line] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_names_hashes_and_no_registry(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)
    requirements = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert [r.split()[0] for r in requirements if "==" not in r or "--hash=sha256:" not in r] == []


def test_everything_that_the_product_runs_on_is_what_the_tests_run_on() -> None:
    pinned, tested = (set(re.findall(r"^(\S+==\S+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS)
    assert pinned - tested == set()
