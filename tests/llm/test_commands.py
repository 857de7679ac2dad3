"""The commands with a real model: what so small a one can be held to, which is form and account, not sense."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.language import ENGLISH
from bot.papers.schedule import announcement_days, latest_day, submission_window
from bot.writing.dialect import StructuredOutput
from bot.writing.openai_model import OpenAIModel
from bot.writing.tasks.brief import BriefTask
from tests.console_process import ROOT, environment, paperwire
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import (
    ACCENTS,
    LATEX,
    PLAIN,
    PUBLISHED,
    REVISED,
    STATISTICS,
    small_corpus,
)
from tests.fakes.corpus import ArxivPaper, Corpus, made_paper
from tests.llm.server import CONTEXT, MODEL
from tests.writing.samples import PAPER

pytestmark = [pytest.mark.llm, pytest.mark.timeout(1_800)]

TODAY = latest_day(datetime.now(UTC))
DAY = announcement_days(TODAY - timedelta(days=14), TODAY)[-2]
ANNOUNCED = (
    ("with Long Units", "Recall rises from 52% to 71% with units of 4,000 tokens."),
    ("with Graphs", "A graph of 12,000 entities raises accuracy by 6 points."),
    ("against Poisoned Pages", "A filter removes 93% of the poisoned pages."),
    ("under Attack", "Five planted sentences are enough for an attack in 41% of the questions."),
    ("for Doctors", "On 850 questions of patients, doctors prefer it in 62% of cases."),
)

SECONDS = 600  # for one text, on a machine that has other things to do
UNUSABLE = "The model gave no usable answer"

Say = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with the model in its memory."""
    command = [sys.executable, "-m", "tests.llm.server"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        try:
            found = next((line for line in server.stdout if line.startswith("http://")), "")
            assert found, "the server did not start"
            yield found.strip()
        finally:
            server.kill()


@pytest.fixture(scope="module")
def settings(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    model = {
        "OPENAI_BASE_URL": f"{address}/v1",
        "OPENAI_MODEL": MODEL,
        "MODEL_PRICES": f"{MODEL}=1/2/0.5",
        "MODEL_SECONDS": str(SECONDS),
        "MODEL_CONTEXT": str(CONTEXT),
    }
    corpus = Corpus((*small_corpus(), *announced()))
    with ArxivFake(corpus=corpus) as arxiv:
        read = {
            "ARXIV_CATEGORIES": "cs.CL"
        }  # each further one is asked for by itself, seconds after the last
        yield environment(tmp_path_factory.mktemp("llm"), arxiv.settings(), model, read)


@pytest.fixture(scope="module")
def say(settings: Mapping[str, str]) -> Say:
    return lambda line: paperwire("console", "-c", line, env=settings, timeout=2 * SECONDS)


@pytest.fixture(scope="module")
def written(say: Say) -> tuple[str, str]:
    """A paper of which the model made a brief, with that brief: it does not manage every one."""
    for paper in (PLAIN, STATISTICS, ACCENTS, LATEX, REVISED, PUBLISHED):
        done = say(f"/summarize {paper}")
        if done.returncode == 0:
            return paper, done.stdout
        assert done.returncode == 1, done.stderr
        assert UNUSABLE in done.stderr
    pytest.fail("no brief of any paper")


def announced() -> Iterator[ArxivPaper]:
    """Yield papers of the last day but one, which nobody has read yet."""
    at = submission_window(DAY)[0]
    for number, (what, measured) in enumerate(ANNOUNCED, 1):
        title = f"Retrieval-Augmented Generation {what}"
        yield made_paper(
            f"2611.{number:05}",
            title,
            f"We study {title.lower()}. A retriever finds passages, and a language model reads them. {measured}",
            authors=(),
            submitted=at,
        )


def account(say: Say) -> tuple[int, int, int, int, float]:
    """Return the day's calls, tokens of prompts, those at hand, tokens of replies, and money."""
    told = say("/status").stdout
    counts = re.search(r"(\d+) calls, \d+ retries; (\d+) \((\d+) cached\) \+ (\d+) tokens", told)
    money = re.search(r"Money today \(UTC\): ([\d.]+)", told)
    assert counts, told
    calls, prompt, cached, completion = map(int, counts.groups())
    return calls, prompt, cached, completion, float(money[1]) if money else 0.0


def test_the_doctor_finds_that_the_schema_is_kept(address: str) -> None:
    async def probed() -> StructuredOutput:
        model = OpenAIModel(MODEL, base_url=f"{address}/v1", deadline=SECONDS)
        try:
            return await model.probe()
        finally:
            await model.aclose()

    assert asyncio.run(probed()) == "json_schema"


def test_a_brief_has_its_parts_and_says_who_wrote_it(written: tuple[str, str]) -> None:
    _, said = written
    assert "From the abstract" in said
    assert MODEL in said
    assert "Sentences extracted" not in said


def test_the_takeaways_are_of_the_same_brief_and_cost_nothing_more(
    say: Say, written: tuple[str, str]
) -> None:
    paper, _ = written
    before = account(say)
    done = say(f"/takeaways {paper}")
    assert done.returncode == 0, done.stderr
    assert 1 <= len(re.findall(r"^\s*[•*-] ", done.stdout, re.MULTILINE)) <= 7, done.stdout
    assert account(say) == before


def test_asked_again_it_says_the_same_and_makes_no_call(say: Say, written: tuple[str, str]) -> None:
    paper, said = written
    before = account(say)
    assert before[0] >= 1
    assert say(f"/summarize {paper}").stdout == said
    assert account(say) == before


def test_what_it_cost_is_counted_by_the_servers_own_count(say: Say, written: tuple[str, str]) -> None:
    paper, _ = written
    calls, prompt, cached, completion, money = account(say)
    assert prompt > 1_000 * calls > 0
    assert completion > 50
    assert money == pytest.approx((prompt - cached + cached * 0.5 + completion * 2) / 1e6, abs=1e-4)
    told = say(f"/source {paper}").stdout
    assert MODEL in told
    assert re.search(r"Model calls: \d+; tokens: \d+ \+ \d+", told), told


def test_a_translation_is_written_or_said_to_be_beyond_it(say: Say, written: tuple[str, str]) -> None:
    paper, _ = written
    before = account(say)
    done = say(f"/translate {paper} German")
    after = account(say)
    assert after[0] > before[0]
    # Another language, and most of the prompt was at hand.
    assert after[2] - before[2] > 1_000
    if done.returncode == 0:
        assert MODEL in done.stdout
    else:
        assert UNUSABLE in done.stderr


@pytest.mark.parametrize(
    "line", ["/summarize {} deep", "/ask {} What is proposed, and how well does it work?"]
)
def test_the_full_text_is_fitted_read_and_paid_for(say: Say, written: tuple[str, str], line: str) -> None:
    before = account(say)
    done = say(line.format(written[0]))
    after = account(say)
    assert after[0] > before[0], done.stderr
    assert after[4] > before[4]
    # What the server refuses as too long is not among the answers that come to nothing.
    if done.returncode == 0:
        assert MODEL in done.stdout
    else:
        assert UNUSABLE in done.stderr


def test_a_roundup_counts_every_paper_and_is_paid_for_once(say: Say) -> None:
    before = account(say)
    done = say("/roundup RAG 5")
    after = account(say)
    assert after[0] > before[0], done.stderr
    assert after[4] > before[4]
    assert done.returncode == 0, done.stderr
    assert f"{len(ANNOUNCED)} matched · {len(ANNOUNCED)} in this roundup" in done.stdout
    listed = re.findall(r"^\W*\[(\d+)\] [^\n]*arxiv\.org/abs/(2611\.\d+)", done.stdout, re.MULTILINE)
    assert [int(number) for number, _ in listed] == list(range(1, len(ANNOUNCED) + 1)), done.stdout
    assert len({paper for _, paper in listed}) == len(ANNOUNCED)
    if MODEL not in done.stdout:  # of its themes or of one of them it made nothing
        assert "not written" in done.stdout
        return
    assert after[0] - before[0] >= 2  # for the themes, and for what is said of one at least
    assert say("/roundup RAG 5").stdout == done.stdout
    assert account(say) == after


def test_a_reply_is_heard_as_it_grows(address: str) -> None:
    heard: list[str] = []

    async def ask() -> None:
        model = OpenAIModel(MODEL, base_url=f"{address}/v1", deadline=SECONDS)
        task = BriefTask()
        system, user = task.ask(PAPER, ENGLISH)
        try:
            done = await model.complete(
                system=system, user=user, schema=task.schema(ENGLISH), heard=heard.append
            )
            assert done.model == MODEL
            assert done.usage.prompt_tokens > 1_000
            assert done.usage.completion_tokens >= 20
        finally:
            await model.aclose()

    asyncio.run(ask())
    assert len(heard) > 10
    assert heard[1].startswith(heard[0])
    assert len(heard[-1]) > len(heard[0])
