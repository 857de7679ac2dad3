"""The `paperwire` command, as a process."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot import doctor
from bot.errors import StoreUnavailable
from bot.papers.schedule import latest_day, submission_window
from tests.console_process import environment, paperwire, started, valkeys
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, small_corpus
from tests.fakes.corpus import ArxivPaper, made_paper
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
    assert process.stderr.readline().startswith("No input and no terminal: serving")
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
        screen.type("\x03")
        screen.until("Ctrl-D leaves.")
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
        ("OWNERS", "telegram:7, @ada"),
        ("DEFAULT_LANGUAGE", "Klingon"),
        ("ARXIV_API_URL", "x"),
        ("ARXIV_API_URL", "http://127.0.0.1:99999/api/query"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:99999/v1"),
        ("OPENAI_BASE_URL", "http://[::1/v1"),
        ("TELEGRAM_API_URL", "http://:80"),
        ("FALLBACK_BASE_URL", "localhost:11434"),
        ("MODEL_PRICES", "gpt-5-mini=0.25"),
        ("DAILY_MONEY", "-1"),
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


# Announcements, editions and matching

LATEST = latest_day(datetime.now(UTC))
RETRIEVAL = (
    "Retrieval-Augmented Generation for {}",
    "We study retrieval-augmented generation (RAG). It holds.",
)


def announced(number: str, about: str, day: date = LATEST) -> ArxivPaper:
    """Return a paper about retrieval, submitted in time for the announcement of `day`."""
    title, abstract = RETRIEVAL
    submitted = submission_window(day)[0] + timedelta(hours=1)
    return made_paper(number, title.format(about), abstract, announced=day, submitted=submitted)


@pytest.fixture
def press(env: dict[str, str], arxiv: ArxivFake) -> dict[str, str]:
    """An environment in which two papers were announced last, and one on a day of last year."""
    arxiv.day = LATEST
    for number, about in (("2611.00001", "Maps"), ("2611.00002", "Laws")):
        arxiv.corpus.add(announced(number, about))
    arxiv.corpus.add(announced("2502.00003", "Soils", date(2025, 2, 12)))
    return {**env, "ARXIV_CATEGORIES": "cs.CL"}


def test_announcements_are_read_once_and_told(press: dict[str, str], arxiv: ArxivFake) -> None:
    done = paperwire("announcements", env=press)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{LATEST}: 2 papers" in done.stdout
    asked = len(arxiv.requests)
    assert paperwire("announcements", "--date", LATEST.isoformat(), env=press).stdout == done.stdout
    assert "unread" in paperwire("announcements", "--date", "2025-02-12", env=press).stdout
    assert "holiday" in paperwire("announcements", "--date", "2025-02-15", env=press).stdout
    assert len(arxiv.requests) == asked


def test_the_latest_edition_is_read_first_and_made_once(
    press: dict[str, str], arxiv: ArxivFake, openai: OpenAIFake
) -> None:
    done = paperwire("edition", "--topic", "RAG", "--format", "json", env=press)
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert (data["topic"], data["date"]) == ("rag", LATEST.isoformat())
    assert (data["announced"], data["matched"], data["shown"]) == (2, 2, 2)
    for one in data["papers"]:
        assert one.keys() >= {"id", "title", "topics", "score", "why", "brief"}
        assert one["topics"][0] == "rag"
    asked, calls = len(arxiv.requests), openai.calls
    assert calls
    for form in ("text", "html", "json"):
        again = paperwire("edition", "--topic", "RAG", "--format", form, env=press)
        assert (again.returncode, again.stderr) == (0, "")
        assert "Maps" in again.stdout
    assert (len(arxiv.requests), openai.calls) == (asked, calls)


def test_an_edition_of_a_day_that_was_not_read(press: dict[str, str], arxiv: ArxivFake) -> None:
    line = ("edition", "--topic", "ti:retrieval AND cat:cs.CL", "--date", "2025-02-12", "--language", "zh")
    done = paperwire(*line, "--format", "json", env=press)
    data = json.loads(done.stdout)
    assert (data["reconstructed"], data["matched"], data["language"]) == (True, 1, "zh-Hans")
    assert data["papers"][0]["brief"]["title"]
    assert len(arxiv.requests) == 1
    assert 'lang="zh-Hans"' in paperwire(*line, "--format", "html", env=press).stdout
    assert len(arxiv.requests) == 1


@pytest.mark.parametrize("mode", ["500", "hang_up", None])
def test_without_a_model_that_works_an_edition_is_extracted(
    press: dict[str, str], openai: OpenAIFake, mode: str | None
) -> None:
    if mode == "500":
        openai.mode = "500"
    elif mode:
        openai.stop()
    env = press if mode else without_model(press)
    done = paperwire("edition", "--topic", "rag", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Sentences extracted from the abstracts, not written." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--date", "2025-02-15"), "weekend or holiday"),
        (("--date", "2025-07-07"), "weekend or holiday"),
        (("--date", "2098-03-05"), "still to come"),
        (("--topic", "zebrafish", "--date", "2025-02-12"), "Nothing that was announced matches"),
    ],
)
def test_an_empty_edition_says_why(press: dict[str, str], arguments: tuple[str, ...], why: str) -> None:
    done = paperwire("edition", "--topic", "rag", *arguments, env=press)
    assert (done.returncode, done.stderr) == (0, "")
    assert why in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--topic", ""),
        ("--topic", "ti:("),
        ("--topic", "-rag"),
        ("--topic", "rag", "--language", "Klingon"),
        ("--topic", "rag", "--date", "yesterday"),
        ("--topic", "rag", "--date", "0001-01-01"),
        ("--topic", "rag", "--date", "9999-12-31"),
        ("--topic", "rag", "--format", "pdf"),
        (),
    ],
)
def test_mistakes_in_asking_for_an_edition(
    press: dict[str, str], arxiv: ArxivFake, arguments: tuple[str, ...]
) -> None:
    done = paperwire("edition", *arguments, env=press)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr
    assert arxiv.requests == []


def test_an_arxiv_that_is_down_is_one_sentence(press: dict[str, str], arxiv: ArxivFake) -> None:
    arxiv.stop()
    table = paperwire("announcements", env=press)
    assert table.returncode == 1
    assert "unreachable" in table.stdout
    done = paperwire("edition", "--topic", "rag", env=press)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1


def test_ctrl_c_ends_an_edition(press: dict[str, str], openai: OpenAIFake) -> None:
    openai.mode = "hang"
    process = started("edition", "--topic", "rag", env=press)
    deadline = time.monotonic() + 30
    while not openai.requests:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 130
    assert valkeys(Path(press["DATA_DIR"])) == []


PAPER_LINE = json.dumps(
    {"id": "1", "title": "Retrieval-Augmented Generation", "abstract": "RAG.", "categories": ["cs.CL"]}
)


def test_matching_explains_every_line(env: dict[str, str]) -> None:
    given = f"{PAPER_LINE}\nno json\n\n{PAPER_LINE}\n"
    done = paperwire("match", "--jsonl", "-", env=env, given=given)
    assert done.returncode == 2
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == second
    assert first["id"] == "1"
    assert first["topics"][0].keys() == {"topic", "score", "why"}
    assert first["topics"][0]["topic"] == "rag"
    assert done.stderr == "line 2: not JSON\n"


def test_matching_a_topic_or_a_query(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(PAPER_LINE)
    for arguments, topics in (
        (("--topic", "RAG"), ["rag"]),
        (("--topic", "speech"), []),
        (("--query", "ti:retrieval"), ["ti:retrieval"]),
        (("--query", "zebrafish"), []),
    ):
        done = paperwire("match", *arguments, "--jsonl", str(path), env=env)
        assert (done.returncode, done.stderr) == (0, "")
        assert [match["topic"] for match in json.loads(done.stdout)["topics"]] == topics


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("paperwire match --jsonl nowhere.jsonl", 1, "nowhere.jsonl"),
        ("paperwire match --jsonl .", 1, "directory"),
        ("paperwire match --topic nonsense --jsonl -", 2, "nonsense"),
        ("paperwire match --query 'ti:(' --jsonl -", 2, "parenthesis"),
        ("paperwire match --query '' --jsonl -", 2, "no word"),
        ("paperwire match --jsonl - </dev/null", 0, ""),
        ("paperwire match --jsonl - <&-", 0, ""),
        ("yes '{}' | head -3 | paperwire match --jsonl -", 2, "line 3: id is missing"),
    ],
)
def test_what_cannot_be_matched_is_said(env: dict[str, str], line: str, code: int, said: str) -> None:
    done = shell(line, env)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_matching_into_a_pipe_that_closes(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text(f"{PAPER_LINE}\n" * 3000)
    done = shell("paperwire match --query rag --jsonl papers.jsonl | head -1", env)
    assert done.returncode in (0, 141)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
