"""The `paperwire` command, as a process."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot import doctor
from bot.errors import StoreUnavailable
from tests.console_process import environment, paperwire, started, valkeys
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
        ("ARXIV_API_URL", "http://127.0.0.1:99999/api/query"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:99999/v1"),
        ("OPENAI_BASE_URL", "http://[::1/v1"),
        ("TELEGRAM_API_URL", "http://:80"),
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


def shell(line: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `paperwire` is ours; its exit code is the first that is not 0."""
    script = f'set -o pipefail; paperwire() {{ "{sys.executable}" -m bot "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", script],
        env=env,
        cwd=env["HOME"],
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "code", "lines"),
    [
        ("paperwire console -c /help | true", (0, 141), 0),
        ("yes /help | head -500 | paperwire run 2>/dev/null | head -1", (0, 141), 0),
        ("paperwire --help | true", (0, 141), 0),
        ("paperwire console -c /help >&-", (0,), 0),
        ("paperwire console -c /help 2>&-", (0,), 0),
        ("paperwire console -c /nothing 2>&-", (2,), 0),
        ("paperwire console -c /help <&- >&- 2>&-", (0,), 0),
        ("paperwire console -c /help >/dev/full", (1,), 1),
        ("paperwire version >/dev/full", (1,), 1),
        ("paperwire console -c /nothing 2>/dev/full", (1,), 0),
        ("PYTHONIOENCODING=ascii paperwire console -c '/help 注意'", (2,), 1),
        ("PYTHONIOENCODING=ascii paperwire doctor", (0,), 0),
        ("paperwire console -c $'/\\xff'", (2,), 1),
        ("mkdir gone && cd gone && rmdir ../gone && DATA_DIR=data paperwire console -c /help", (1,), 1),
        ("printf 'ACCESS=\\xff\\n' >.env; paperwire console -c /help", (1,), 1),
    ],
)
def test_no_stream_and_no_directory_ends_in_a_traceback(
    env: dict[str, str], line: str, code: tuple[int, ...], lines: int
) -> None:
    done = shell(line, env)
    assert done.returncode in code, done.stderr
    assert len(done.stderr.strip().splitlines()) == lines, done.stderr
    assert valkeys(Path(env["DATA_DIR"])) == []


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_has_not_succeeded(
    env: dict[str, str], openai: OpenAIFake, told: signal.Signals
) -> None:
    openai.mode = "hang"
    process = started("console", "-c", f"/summarize {LATEX}", env=env)
    deadline = time.monotonic() + 20
    while not openai.requests:
        assert time.monotonic() < deadline
    process.send_signal(told)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (128 + told, "", "")
    assert valkeys(Path(env["DATA_DIR"])) == []


def test_ctrl_c_while_it_imports_ends_it_without_a_traceback(env: dict[str, str], tmp_path: Path) -> None:
    """A module that stands still while it is imported gives the signal its moment."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "dotenv.py").write_text("print('importing', flush=True)\nimport time\ntime.sleep(60)\n")
    process = started("console", "-c", "/help", env={**env, "PYTHONPATH": f"{modules}:{env['PYTHONPATH']}"})
    assert process.stdout is not None
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 130


def test_a_log_that_cannot_be_written_shows_nothing(env: dict[str, str], openai: OpenAIFake) -> None:
    openai.mode = "401"
    Path(env["DATA_DIR"], "paperwire.log").symlink_to("/dev/full")
    done = paperwire("console", "-c", f"/summarize {PLAIN}", env=env)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


@contextmanager
def answering(body: str) -> Iterator[str]:
    """Answer everything with 200 and this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("body", ["[]", '{"ok":true,"result":true}', "null", '{"username":7}'])
def test_doctor_takes_whatever_a_platform_answers(env: dict[str, str], body: str) -> None:
    with answering(body) as url:
        tokens = {"TELEGRAM_BOT_TOKEN": "1:x", "DISCORD_BOT_TOKEN": "x"}
        urls = {"TELEGRAM_API_URL": url, "DISCORD_API_URL": url}
        done = paperwire("doctor", env={**env, **tokens, **urls})
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ Telegram: TELEGRAM_API_URL" in done.stdout
    assert "✗ Discord: DISCORD_API_URL" in done.stdout


async def test_doctor_survives_its_own_faults(caplog: pytest.LogCaptureFixture) -> None:
    async def faulty() -> str:
        raise KeyError("secret")

    well, said = await doctor._outcome("arXiv", faulty)
    assert not well
    assert "secret" not in said
    assert said.split()[-1] in caplog.text


async def test_doctor_waits_only_so_long() -> None:
    async def endless() -> str:
        await asyncio.Event().wait()
        return ""

    assert await doctor._outcome("arXiv", endless, limit=0.01) == (False, "no answer within 0 s")


def test_doctor_does_not_trust_a_server_whose_disk_is_full() -> None:
    well = {"aof_enabled": 1, "aof_last_write_status": "ok", "rdb_last_bgsave_status": "ok"}
    doctor._refuse_failing(well)
    for failing in ("aof_last_write_status", "rdb_last_bgsave_status"):
        with pytest.raises(StoreUnavailable) as told:
            doctor._refuse_failing({**well, failing: "err"})
        assert told.value.reason == "full"


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
