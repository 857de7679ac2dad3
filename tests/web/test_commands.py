"""`paperwire run` serves the reading room, and `paperwire export` writes it."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from tests.console_process import environment, paperwire, started
from tests.editions.newsroom import RAG, on_arxiv, papers
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.fakes.openai import OpenAIFake

DAY = date(2026, 11, 3)


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus(on_arxiv(one, DAY) for one in papers(RAG, 1, 3, DAY))) as fake:
        yield fake


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def until_served(address: str) -> httpx.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(address, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_run_serves_both_ports_and_ends_in_order(tmp_path: Path, arxiv: ArxivFake) -> None:
    room, watch = free_port(), free_port()
    env = environment(tmp_path, arxiv.settings(), {"HTTP_PORT": str(room), "METRICS_PORT": str(watch)})
    with started("run", env=env) as process:
        try:
            assert "Paperwire" in until_served(f"http://127.0.0.1:{room}/").text
            assert until_served(f"http://127.0.0.1:{watch}/readyz").text == "ready\n"
            assert "paperwire_batches" in httpx.get(f"http://127.0.0.1:{watch}/metrics", trust_env=False).text
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_an_export_needs_no_network(tmp_path: Path, arxiv: ArxivFake) -> None:
    with OpenAIFake() as model:
        env = environment(tmp_path, arxiv.settings(), model.settings())
        made = paperwire("edition", "--topic", "RAG", "--date", str(DAY), "--format", "json", env=env)
        assert made.returncode == 0, made.stderr
    arxiv.forget()
    folder = tmp_path / "public"
    done = paperwire(
        "export", str(folder), "--date", str(DAY), "--language", "zh", "--language", "en", env=env
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert arxiv.requests == []
    count = len([one for one in folder.rglob("*") if one.is_file()])
    assert re.match(rf"{count} files in ", done.stdout)
    page = (folder / "topics" / "rag" / f"{DAY}.html").read_text()
    assert page.count("<article") == 3
    assert "paper-writer" in page
    assert (folder / "zh-Hans" / "topics" / "rag" / f"{DAY}.html").exists()


def test_an_export_that_cannot_be_written_says_so(tmp_path: Path, arxiv: ArxivFake) -> None:
    (tmp_path / "file").write_text("")
    done = paperwire("export", str(tmp_path / "file" / "x"), env=environment(tmp_path, arxiv.settings()))
    assert done.returncode == 1
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr
