"""The container set-up: hardened, holding on to its data, and built from what the Makefile installs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.errors import Misconfigured
from bot.settings import Settings
from bot.store.client import Store
from bot.store.embedded import _binary

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = [ROOT / "requirements.lock", ROOT / "tests/requirements.lock"]

# Variables that are none of Paperwire's settings.
OTHERS = {"REDIS_PASSWORD", "HTTPS_PROXY", "NO_PROXY", "VALKEYCLI_AUTH", "REDISCLI_AUTH"}
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


def test_every_variable_is_a_setting() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    named = {name for service in SERVICES.values() for name in service["environment"]}
    named |= set(re.findall(r"\$\$?\{?([A-Z_]+)", text))
    assert named - {field.upper() for field in Settings.model_fields} == OTHERS & named
    in_image = re.findall(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)
    told = {pair.split("=")[0] for line in in_image for pair in line.split()}
    assert {name for name in told if not name.startswith(("PATH", "PYTHON"))} <= {
        field.upper() for field in Settings.model_fields
    }


def test_the_bot_waits_for_the_store_and_knows_its_password() -> None:
    bot = SERVICES["bot"]
    assert bot["depends_on"] == {"valkey": {"condition": "service_healthy"}}
    assert "test" in SERVICES["valkey"]["healthcheck"]
    url = re.sub(r"\$\{REDIS_PASSWORD:\?[^}]*\}", PASSWORD, bot["environment"]["REDIS_URL"])
    assert url == f"redis://:{PASSWORD}@valkey:6379/0"


async def test_the_store_that_compose_starts_keeps_everything_behind_a_password(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        store = Store.at(f"redis://:{PASSWORD}@127.0.0.1:{port}/0")
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
    assert not any("PASSWORD" in part for part in shell)
    assert [line for line in script.splitlines() if "PASSWORD" in line] == ['requirepass "$$REDIS_PASSWORD"']


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
    environment = {"PATH": f"{_binary().parent}:{os.environ['PATH']}", "REDIS_PASSWORD": PASSWORD}
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


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_names_hashes_and_no_registry(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)
    requirements = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert [r.split()[0] for r in requirements if "==" not in r or "--hash=sha256:" not in r] == []


def test_everything_that_the_product_runs_on_is_what_the_tests_run_on() -> None:
    pinned, tested = (set(re.findall(r"^(\S+==\S+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS)
    assert pinned - tested == set()
