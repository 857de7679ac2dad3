"""What a day costs a lab: tokens of a brief, measured, times what models charge.

The prompts are the real ones, about papers of the corpus where it is installed and about made-up ones
elsewhere; tokens are counted with the tokenizer of Llama 2, which cuts English a little finer than those of
newer models do. What is answered is as long as the stand-in's answers, which have every part that a brief has.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict
from importlib import resources
from statistics import mean

from benchmarks.rows import Row
from bot.language import ENGLISH, Language
from bot.papers.ids import PaperId
from bot.papers.latex import to_text
from bot.papers.paper import Paper
from bot.writing.composing import Composer
from bot.writing.openai_model import OpenAIModel
from bot.writing.prices import Price
from bot.writing.writer import ModelWriter
from tests.fakes.arxiv import real_corpus, small_corpus
from tests.fakes.corpus import ArxivPaper
from tests.fakes.openai import OpenAIFake

_PAPERS = 40
_CHINESE = Language("zh-Hans")

# A typical lab: what its chats are shown in a day, counted once however many chats show it.
_TOPICS = 3
_SHOWN = 10  # of each topic, in an edition
_ASKED = 10  # papers that somebody asks about beside these
_WHOLE = 5  # questions about, or summaries of, a whole paper
_WHOLE_TOKENS = (15_000, 700)  # of such: twelve pages and the answer
_WORKDAYS = 21  # in a month

# Dollars for a million tokens of the prompt and of the answer, as of 2026: orders of magnitude, not offers.
PRICES = {"small": Price(0.25, 2.00), "large": Price(1.25, 10.00)}


def measure() -> list[Row]:
    """Return the tokens of a brief, and what a day of a typical lab comes to by them."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    corpus = real_corpus() or small_corpus()
    day = max((day for day in corpus.days if len(corpus.listed_on(day)) >= _PAPERS), default=None)
    found = corpus.listed_on(day) if day else list(corpus)
    papers = [_paper(paper) for paper in sorted(found, key=lambda paper: paper.id)[:_PAPERS]]
    rows: list[Row] = []
    took: dict[str, tuple[float, float]] = {}
    for language in (ENGLISH, _CHINESE):
        prompt, answer = took[language.tag] = asyncio.run(_tokens(papers, language))
        rows += [
            Row(f"a brief in {language.name(ENGLISH)}: prompt", prompt, "tokens"),
            Row(f"a brief in {language.name(ENGLISH)}: answer", answer, "tokens"),
        ]
    briefs = _TOPICS * _SHOWN + _ASKED
    for name, price in PRICES.items():
        for tag, (prompt, answer) in took.items():
            day_cost = briefs * _money(price, prompt, answer) + _WHOLE * _money(price, *_WHOLE_TOKENS)
            what = f"{briefs} briefs in {tag} and {_WHOLE} whole papers, a {name} model"
            rows += [Row(f"{what}: a day", day_cost, "$"), Row(f"{what}: a month", day_cost * _WORKDAYS, "$")]
    return rows


def _money(price: Price, prompt: float, answer: float) -> float:
    return (prompt * price.prompt + answer * price.completion) / 1e6


async def _tokens(papers: list[Paper], language: Language) -> tuple[float, float]:
    """Return the means of the tokens that were asked and answered."""
    from tokenizers import Tokenizer

    about = resources.files("wordllama") / "tokenizers" / "l2_supercat_tokenizer_config.json"
    tokenizer = Tokenizer.from_str(about.read_text())

    def count(text: str) -> int:
        return len(tokenizer.encode(text).ids)

    with OpenAIFake() as fake:
        model = OpenAIModel(fake.models[0], base_url=fake.base_url, api_key="sk-made-up")
        writer = ModelWriter(Composer(model))
        answers = []
        for paper in papers:
            drafted = await writer.brief(paper, language)
            answers.append(count(json.dumps(asdict(drafted.brief), ensure_ascii=False)))
        await model.aclose()
        asked = [
            sum(count(str(m["content"])) for m in seen.body["messages"]) + count(_schema(seen.body))
            for seen in fake.requests
            if seen.path.endswith("/completions")
        ]
    return sum(asked) / len(papers), mean(answers)


def _schema(body: dict[str, object]) -> str:
    """Return the shape that is asked for, which servers count as a part of the prompt."""
    return json.dumps(body.get("response_format") or "")


def _paper(found: ArxivPaper) -> Paper:
    return Paper(PaperId(found.id, 1), to_text(found.title), (), to_text(found.abstract), ("cs.CL",))
