"""The `paperwire` command, as a process."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console_process import environment, paperwire, started
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, small_corpus
from tests.fakes.openai import OpenAIFake


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture
def openai() -> Iterator[OpenAIFake]:
    with OpenAIFake() as fake:
        yield fake


@pytest.fixture
def env(tmp_path: Path, arxiv: ArxivFake, openai: OpenAIFake) -> dict[str, str]:
    return environment(tmp_path, arxiv.settings(), openai.settings())


def without_model(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith("OPENAI")}


def test_one_command(env: dict[str, str]) -> None:
    done = paperwire("console", "-c", f"/summarize {LATEX}", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Attention by Folding Keys" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("line", "code"), [("/nothing", 2), ("/summarize x", 2), ("/summarize 2506.98765", 2), ("/help", 0)]
)
def test_exit_codes(env: dict[str, str], line: str, code: int) -> None:
    done = paperwire("console", "-c", line, env=env)
    assert done.returncode == code
    said, silent = (done.stdout, done.stderr) if code == 0 else (done.stderr, done.stdout)
    assert said.strip()
    assert silent == ""
    assert code == 0 or len(said.strip().splitlines()) == 1


def test_a_service_that_fails_is_1(env: dict[str, str], openai: OpenAIFake) -> None:
    openai.mode = "401"
    done = paperwire("console", "-c", f"/summarize {LATEX}", env=env)
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stderr


def test_results_outlast_the_process(env: dict[str, str], arxiv: ArxivFake, openai: OpenAIFake) -> None:
    first = paperwire("console", "-c", f"/summarize {LATEX}", env=env)
    arxiv.stop()
    openai.stop()
    assert paperwire("console", "-c", f"/summarize {LATEX}", env=env).stdout == first.stdout


def test_run_reads_a_pipe(env: dict[str, str]) -> None:
    done = paperwire("run", env=without_model(env), given=f"/summarize {LATEX}\n\n/help cite\n")
    assert done.returncode == 0
    assert "Attention by Folding Keys" in done.stdout
    assert "Extracted from the abstract" in done.stdout
    assert "/cite <paper>" in done.stdout
    assert len(done.stderr.strip().splitlines()) == 2
    assert "TELEGRAM_BOT_TOKEN" in done.stderr
    assert "OPENAI_API_KEY" in done.stderr


def test_a_pipe_ends_with_its_worst_outcome(env: dict[str, str]) -> None:
    assert paperwire("run", env=env, given="/nothing\n/help\n").returncode == 2


def test_run_serves_without_a_terminal_and_without_input(env: dict[str, str]) -> None:
    process = started("run", env=env)
    assert process.stderr is not None
    process.stderr.readline(), process.stderr.readline()
    socket = Path(env["DATA_DIR"], "valkey.sock")
    deadline = time.monotonic() + 20
    while not socket.exists():
        assert time.monotonic() < deadline
    # Another process uses the same server meanwhile, and does not take it down.
    assert paperwire("console", "-c", "/help", env=env).returncode == 0
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert not socket.exists()


def test_ctrl_c_ends_a_command(env: dict[str, str], openai: OpenAIFake) -> None:
    openai.mode = "hang"
    process = started("console", "-c", f"/summarize {LATEX}", env=env)
    deadline = time.monotonic() + 20
    while not openai.requests:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in out + err


def test_on_a_terminal_it_is_styled_and_shows_progress(env: dict[str, str]) -> None:
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "console", "-c", f"/summarize {LATEX}"],
        env=env,
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
    )
    os.close(secondary)
    seen = _read(primary)
    assert process.wait(20) == 0
    assert f"Looking up {LATEX} …" in seen
    assert f"Writing about {LATEX}v1 …" in seen
    assert "\x1b[1;34m" in seen


def test_a_person_converses_with_history_and_completion(env: dict[str, str]) -> None:
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "console"],
        env={**env, "TERM": "xterm"},
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
    )
    os.close(secondary)
    with process:
        screen = Screen(primary)
        screen.until("›")
        screen.type("/hel\t")
        screen.until("/help")
        screen.type(" cite\r")
        screen.until("BibTeX")
        screen.until("›")
        screen.type("\x04")
        assert process.wait(20) == 0
    os.close(primary)
    assert "/help cite" in Path(env["DATA_DIR"], "console_history").read_text()


def test_a_data_dir_that_cannot_be_used_is_said(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = paperwire("console", "-c", "/help", env={**env, "DATA_DIR": str(tmp_path / "file" / "x")})
    assert done.returncode == 1
    assert "DATA_DIR" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "nonsense"),
        ("KEEP_DAYS", "soon"),
        ("ACCESS", "all"),
        ("DEFAULT_LANGUAGE", "Klingon"),
        ("ARXIV_API_URL", "x"),
    ],
)
def test_a_wrong_setting_is_said_with_its_mend(env: dict[str, str], name: str, value: str) -> None:
    done = paperwire("console", "-c", "/help", env={**env, name: value})
    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_log_knows_what_the_person_is_spared(env: dict[str, str], openai: OpenAIFake) -> None:
    openai.mode = "500"
    key = env["OPENAI_API_KEY"]
    done = paperwire("console", "-c", f"/summarize {PLAIN}", env={**env, "LOG_LEVEL": "DEBUG"}, timeout=120)
    assert done.returncode == 1
    log = Path(env["DATA_DIR"], "paperwire.log").read_text()
    assert "/summarize failed" in log
    assert key not in log + done.stdout + done.stderr


def test_version(env: dict[str, str]) -> None:
    assert paperwire("version", env=env).stdout.startswith("paperwire 0.")


def test_doctor_finds_everything_well(env: dict[str, str], arxiv: ArxivFake) -> None:
    done = paperwire("doctor", env=env)
    assert done.returncode == 0, done.stdout
    for line in (
        "✓ settings",
        "✓ Redis: embedded Valkey, round trip, append-only persistence, noeviction",
        "✓ arXiv",
        "✓ model",
    ):
        assert line in done.stdout
    assert "structured output by json_schema" in done.stdout


def test_doctor_names_what_is_broken_and_its_mend(
    env: dict[str, str], arxiv: ArxivFake, openai: OpenAIFake
) -> None:
    arxiv.fail("403", times=None)
    openai.mode = "401"
    done = paperwire("doctor", env=env)
    assert done.returncode == 1
    assert "✗ arXiv" in done.stdout
    assert "doctor --reopen-arxiv" in done.stdout
    assert "✗ model" in done.stdout
    arxiv.recover()
    openai.mode = "strict"
    assert "✗ arXiv" in paperwire("doctor", env=env).stdout  # closed is closed, for every process
    assert paperwire("doctor", "--reopen-arxiv", env=env).returncode == 0


def test_doctor_without_a_redis(env: dict[str, str]) -> None:
    done = paperwire("doctor", env={**env, "REDIS_URL": "redis://127.0.0.1:1/0"})
    assert done.returncode == 1
    assert "✗ Redis" in done.stdout
    assert "✓ arXiv" in done.stdout


def _read(terminal: int) -> str:
    seen = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            chunk = b""
        if not chunk:
            os.close(terminal)
            return seen.decode()
        seen += chunk


class Screen:
    """What a terminal shows, read as it comes."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._unread = ""

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def until(self, wanted: str) -> None:
        """Read on until `wanted` has come."""
        deadline = time.monotonic() + 30
        while wanted not in self._unread:
            ready, _, _ = select.select([self._terminal], [], [], max(deadline - time.monotonic(), 0))
            assert ready, self._unread
            self._unread += os.read(self._terminal, 4096).decode(errors="replace")
        self._unread = self._unread.partition(wanted)[2]
