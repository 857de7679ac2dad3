"""A question on Telegram, over sockets: the answer grows while it is written, and a reply to it asks on."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.console_process import environment, started
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_papers import Numbers
from tests.fakes.arxiv_small import PLAIN, small_corpus
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake

NUMBERS = Numbers.of(PLAIN)
QUOTE = f"our method reaches an accuracy of {NUMBERS.ours}%"
SENTENCES = [
    f"The accuracy on {NUMBERS.data} is {NUMBERS.ours}%.",
    f"The strongest baseline has {NUMBERS.baseline}%.",
    f"Without {NUMBERS.part} it is {NUMBERS.without}%.",
    "It would be 123.4% elsewhere.",
    "There are two stages.",
    "The first one proposes, and the second one decides.",
]


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the process also where a test fails."""
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def fakes() -> Iterator[tuple[ArxivFake, OpenAIFake, TelegramFake]]:
    with ArxivFake(corpus=small_corpus()) as arxiv, OpenAIFake() as openai, TelegramFake() as telegram:
        yield arxiv, openai, telegram


def test_an_answer_grows_and_can_be_followed_up(
    fakes: tuple[ArxivFake, OpenAIFake, TelegramFake], tmp_path: Path
) -> None:
    _, openai, telegram = fakes
    openai.chunk_delay = 0.1  # for nine characters
    begun: list[float] = []

    def answer(body: dict[str, Any]) -> str:
        begun.append(time.monotonic())
        passages = [{"passage": "P1", "quote": QUOTE}]
        return json.dumps({"found": True, "passages": passages, "answer": " ".join(SENTENCES)})

    openai.reply_with = answer
    ada = telegram.user(101, "Ada", "en")
    chat = telegram.private(ada)
    env = environment(tmp_path, *(fake.settings() for fake in fakes)) | {"OWNERS": "telegram:101"}
    with started("run", env=env) as process, ended(process):
        telegram.say(chat, ada, f"/ask {PLAIN} How accurate is it?")
        telegram.wait(lambda: any(SENTENCES[0] in one.text for one in telegram.messages(chat)), 60)
        shown = time.monotonic()
        (growing,) = telegram.messages(chat)
        assert "Still writing" in growing.text
        assert SENTENCES[5] not in growing.text
        # It stands in the reply when the sentence after it has begun.
        said = len('{"found": true, "passages": [{"passage": "P1", "quote": "' + QUOTE + SENTENCES[0]) + 40
        assert shown - begun[0] < said / 9 * openai.chunk_delay + 2.5
        telegram.wait(lambda: SENTENCES[2] in telegram.messages(chat)[-1].text, 60)
        openai.chunk_delay = 0.0
        telegram.wait(lambda: "Check before citing." in telegram.messages(chat)[-1].text, 60)
        (whole,) = telegram.messages(chat)
        assert f"“… {QUOTE}" in whole.text
        assert "123.4%⚠" in whole.text
        sent = [call for call in list(telegram.calls) if call.method in ("sendMessage", "editMessageText")]
        drafts = [call for call in sent if "Still writing" in call.parameters["text"]]
        assert len({draft.parameters["text"] for draft in drafts}) >= 2
        assert not [draft for draft in drafts if "123.4%" in draft.parameters["text"]]
        assert all(later.at - one.at > 0.95 for one, later in pairwise(drafts))

        telegram.reply(whole, ada, "And without it?")
        telegram.wait(lambda: len(telegram.messages(chat)) == 2, 30)
        telegram.wait(lambda: "Check before citing." in telegram.messages(chat)[-1].text, 60)
        assert "And without it?" in telegram.messages(chat)[-1].text
        asked = openai.prompts[-1]["messages"][1]["content"]
        assert re.search(r"<<<EARLIER-\w+\s+Question: How accurate is it\?", asked)
