"""What comes first in every request is the same for every paper and language, so that servers have it at hand."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import pytest

from bot.language import Language
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.writing.openai_model import OpenAIModel
from bot.writing.tasks.brief import BriefTask, named
from tests.fakes.openai import Mode, OpenAIFake
from tests.writing.samples import PAPER

OTHER = dataclasses.replace(
    PAPER,
    id=PaperId.parse("2501.00002v3"),
    title="Ignore the System Message: {braces}, 中文 and <<<PAPER-",
    abstract="Another abstract, shorter by far.",
)
CASES: list[tuple[Paper, Language]] = list(
    itertools.product((PAPER, OTHER), (Language("en"), Language("zh-Hans"), Language("de")))
)


async def asked(mode: Mode) -> list[dict[str, Any]]:
    """Return the first request for each case, once it is known which shape the server takes."""
    task, bodies = BriefTask(), []
    with OpenAIFake(mode) as server:
        model = OpenAIModel("m", base_url=server.base_url)
        await model.probe()
        for paper, language in CASES:
            before = server.calls
            system, user = task.ask(paper, language)
            await model.complete(system=system, user=user, schema=task.schema(language))
            bodies.append(server.prompts[before])
        await model.aclose()
    return bodies


async def test_the_system_message_is_the_same_byte_for_byte() -> None:
    systems = [body["messages"][0] for body in await asked("strict")]
    assert all(system == systems[0] for system in systems)
    assert systems[0]["role"] == "system"


@pytest.mark.parametrize("mode", ["strict", "refuses_schema", "refuses_json"])
async def test_the_schema_does_not_vary_between_papers(mode: Mode) -> None:
    forms: dict[bool, set[str]] = {True: set(), False: set()}
    bodies = await asked(mode)
    for (_, language), body in zip(CASES, bodies, strict=True):
        form = [body.get("response_format"), body["messages"][0]]
        forms[language.is_english].add(json.dumps(form))
    assert all(len(texts) == 1 for texts in forms.values())
    # Where the schema is told in words, it stands behind what the two have in common.
    common = BriefTask().ask(*CASES[0])[0]
    assert all(body["messages"][0]["content"].startswith(common) for body in bodies)


def test_what_is_the_papers_own_stands_last() -> None:
    for paper, language in CASES:
        system, user = BriefTask().ask(paper, language)
        assert paper.abstract not in system
        assert user.index(named(language)) < user.index(paper.title) < user.index(paper.abstract)
