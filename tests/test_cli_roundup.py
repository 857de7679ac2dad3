"""`paperwire roundup`, as a process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.papers.schedule import announcement_days, latest_day, submission_window
from tests.console_process import environment, paperwire
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus, made_paper
from tests.fakes.openai import OpenAIFake

# A day that nobody reads any more: it is rebuilt.
DAY = announcement_days(latest_day(datetime.now(UTC)) - timedelta(days=14), latest_day(datetime.now(UTC)))[-2]


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    at = submission_window(DAY)[0]
    papers = (
        made_paper(
            f"2611.{number:05}",
            f"Case {number} of Retrieval-Augmented Generation",
            f"Retrieval-augmented generation of case {number}. "
            + " ".join(f"word{number}x{i}" for i in range(60)),
            authors=(),
            submitted=at,
        )
        for number in range(1, 7)
    )
    with ArxivFake(Corpus(papers)) as fake:
        yield fake


@pytest.fixture
def openai() -> Iterator[OpenAIFake]:
    with OpenAIFake() as fake:
        yield fake


@pytest.fixture
def env(tmp_path: Path, arxiv: ArxivFake, openai: OpenAIFake) -> dict[str, str]:
    return environment(tmp_path, arxiv.settings(), openai.settings(), {"ARXIV_CATEGORIES": "cs.CL"})


def test_it_is_printed_in_every_form_and_written_once(env: dict[str, str], openai: OpenAIFake) -> None:
    asked = ("roundup", "--topic", "RAG", "--days", "1", "--date", DAY.isoformat())
    as_data = paperwire(*asked, "--format", "json", env=env)
    assert (as_data.returncode, as_data.stderr) == (0, "")
    data = json.loads(as_data.stdout)
    assert (data["topic"], data["matched"], data["shown"]) == ("rag", 6, 6)
    assert sorted(paper["number"] for theme in data["themes"] for paper in theme["papers"]) == list(
        range(1, 7)
    )
    calls = len(openai.requests)
    assert calls >= 2
    as_text = paperwire(*asked, env=env)
    assert "6 matched · 6 in this roundup" in as_text.stdout
    assert "written by" in as_text.stdout
    as_page = paperwire(*asked, "--format", "html", env=env)
    assert as_page.stdout.startswith("<!doctype html>")
    assert as_page.stdout.count("https://arxiv.org/abs/2611.00001") >= 1
    assert len(openai.requests) == calls


@pytest.mark.parametrize(
    "arguments", [["--topic", "ti:("], ["--topic", "rag", "--language", "Klingon"], ["--topic", "rag", "--days", "32"]]
)  # fmt: skip
def test_mistakes_are_2(env: dict[str, str], arguments: list[str]) -> None:
    done = paperwire("roundup", *arguments, env=env)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
