"""The guides in docs/ do what they say: what they have a stranger write is written into a copy, and runs there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console_process import environment
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import PLAIN, small_corpus

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```(\w+) (new|add|replace)=(\S+)(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code to write into."""
    for top in ("bot", "handlers"):
        shutil.copytree(ROOT / top, tmp_path / "copy" / top, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


def follow(guide: str, copy: Path) -> None:
    """Do what the guide's blocks of code say, in the copy."""
    blocks = _BLOCK.findall((ROOT / "docs" / guide).read_text())
    assert blocks
    for _, how, path, more, code in blocks:
        file, options = copy / path, dict(part.split("=", 1) for part in shlex.split(more))
        match how:
            case "new":
                file.parent.mkdir(exist_ok=True)
                file.write_text(code)
            case "replace":
                assert file.read_text().count(options["what"]) == 1
                file.write_text(file.read_text().replace(options["what"], code.strip()))
            case "add" if "after" in options:
                before, found, after = file.read_text().partition(options["after"])
                assert found, options["after"]
                # In front of the statement that begins there: it may go on for some lines.
                file.write_text(f"{before}{code}{found}{after}")
            case "add":
                file.write_text(f"{file.read_text()}\n{code}")


def run(copy: Path, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(
        command,
        env={**env, "PYTHONPATH": str(copy)},
        cwd=env["HOME"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def checked(copy: Path, *files: str) -> None:
    """Hold new files to the style and the types of the rest."""
    for tool in (
        ["ruff", "check", *files],
        ["mypy", "-p", "bot", "-p", "handlers", "--cache-dir", str(copy / ".mypy")],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *tool], cwd=copy, capture_output=True, text=True, timeout=110, check=False
        )
        found = [line for line in done.stdout.splitlines() if any(file in line for file in files)]
        assert found == [], done.stdout


def test_the_command_of_the_guide_works(copy: Path, tmp_path: Path, arxiv: ArxivFake) -> None:
    follow("writing-a-command.md", copy)
    done = run(copy, "console", "-c", f"/words {PLAIN}", env=environment(tmp_path, arxiv.settings()))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"The abstract has \d+ words\.\n", done.stdout)
    for line in ("/help all", "/help papers"):
        assert (
            "/words" in run(copy, "console", "-c", line, env=environment(tmp_path, arxiv.settings())).stdout
        )
    checked(copy, "handlers/words.py")


def test_the_topic_of_the_guide_works(copy: Path, tmp_path: Path) -> None:
    follow("adding-a-topic.md", copy)
    guide = (ROOT / "docs" / "adding-a-topic.md").read_text()
    (papers,) = re.findall(r"^```json\n((?:.*\n)*?)```$", guide, re.MULTILINE)
    (tmp_path / "papers.jsonl").write_text(papers)
    done = run(
        copy, "match", "--topic", "climate-weather", "--jsonl", "papers.jsonl", env=environment(tmp_path)
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert [topic["topic"] for topic in second["topics"]] == ["climate-weather"], second
    assert first["id"] == "2501.00001"


def test_the_platform_of_the_guide_works(copy: Path, tmp_path: Path, arxiv: ArxivFake) -> None:
    follow("adding-a-platform.md", copy)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"LINES_PORT": str(port), "ACCESS": "open", "HTTP_PORT": "0", "METRICS_PORT": "0"}
    env = environment(tmp_path, arxiv.settings(), own, {"PYTHONPATH": str(copy)})
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], env=env, cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        try:
            connection = connected(port, process)
            with connection, connection.makefile("rw", encoding="utf-8") as chat:
                chat.write(f"/cite {PLAIN}\n")
                chat.flush()
                assert "Sparse Experts" in chat.readline()
        finally:
            process.terminate()
            process.communicate(timeout=20)
    checked(copy, "bot/platforms/lines/adapter.py", "bot/platforms/lines/render.py")


def connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    """Return a connection as soon as the bot takes one."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError("the platform did not come up")
