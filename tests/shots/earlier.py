"""The papers of the weeks before the day of the pictures, and what a careful model writes about a week of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.papers.schedule import announcement_days
from tests.fakes.corpus import ArxivPaper, made_paper
from tests.fakes.openai_roundups import numbered

_LOOKED_BACK = timedelta(days=40)
# Papers on agents by announcement day, the last one the day before; the others of a day are about something else.
_ON_AGENTS = (3, 4, 6, 3, 2, 5, 4, 4, 3, 5, 2, 4, 6, 4, 3, 5, 4, 3, 6, 4, 5, 3, 4, 6, 7, 9, 8, 10)
_BESIDE = 12

_TOLD = {
    "2611.98011": (
        date(2026, 11, 17),
        "Ask Twice: Rewriting Queries Pays Only When the First Retrieval Fails",
        "Rewriting the query is a standard step of retrieval-augmented generation (RAG). We rewrite only after a first retrieval "
        "whose passages the reader rejects. On four sets of questions this keeps 96% of the gain of rewriting always and makes 61% "
        "fewer calls. Rewritten questions that change a named entity cause most of the losses.",
    ),
    "2611.98024": (
        date(2026, 11, 18),
        "Tables Stay Tables: Layout-Aware Units for Retrieval-Augmented Generation",
        "Chunking for retrieval-augmented generation tears tables apart. TableUnit keeps each table with its caption and header rows "
        "as one unit of the index. On 1,400 questions about annual reports the accuracy rises from 47.5 to 58.8. Texts without "
        "tables gain nothing.",
    ),
    "2611.98037": (
        date(2026, 11, 19),
        "Who Wrote That? Provenance Tags against Injected Passages in RAG",
        "Injected passages mislead retrieval-augmented generation. We tag each passage with who may edit its source and train the "
        "reader to weigh the tags. Attacks succeed in 17% of cases, against 64% without tags. Readers that were not trained for it "
        "ignore the tags.",
    ),
}  # fmt: skip

# What a model writes of the week's nine papers: a theme's title, its line, and paragraphs that cite by the paper's id.
_THEMES = (
    (
        "Answers that can be relied on",
        "Citations, outdated passages and attacks are examined.",
        ("2611.99003", "2611.99006", "2611.98037", "2611.99004"),
        (
            "A citation does not make an answer true. CiteCheck rewrites the claims that the cited passage does not entail, and the share of "
            "supported sentences rises from 68% to 91% [2611.99003]. StaleBench finds that seven systems answer from an outdated passage in 19% "
            "to 37% of cases although the new one is indexed [2611.99004].",
            "An index can also be poisoned: ten injected passages steer the answers to 83% of the questions that they target [2611.99006]. Tags "
            "that say who may edit a source lower the success of attacks from 64% to 17%, but only with readers trained for them [2611.98037].",
        ),
    ),
    (
        "Units of retrieval",
        "What an index holds is changed: pages, tables, graphs.",
        ("2611.99001", "2611.99005", "2611.98024"),
        (
            "PageTurner retrieves pages of 4,000 tokens instead of passages, and exact match on OpenTrivia rises from 56.1 to 62.7 [2611.99001]. "
            "TableUnit keeps tables whole, and the accuracy on annual reports rises from 47.5 to 58.8 [2611.98024].",
            "Under equal budgets graphs beat chunks only on questions of four hops, by 5.8 points, and take 31 times as long to build [2611.99005].",
        ),
    ),
    (
        "Retrieving less often",
        "Retrieval and rewriting are left out where they do not pay.",
        ("2611.99002", "2611.98011"),
        (
            "A small gate skips 46% of retrievals and loses 0.3 points of exact match [2611.99002]. Rewriting the query only after a failed "
            "retrieval keeps 96% of the gain with 61% fewer calls [2611.98011].",
        ),
    ),
)  # fmt: skip


def papers(day: date) -> Sequence[ArxivPaper]:
    """Return what was announced in the weeks before `day`, the oldest first."""
    days = announcement_days(day - _LOOKED_BACK, day - timedelta(days=1))[-len(_ON_AGENTS) :]
    return [paper for at, count in zip(days, _ON_AGENTS, strict=True) for paper in _of_day(at, count)]


def announced(paper: ArxivPaper) -> date:
    """Return the day on which a paper of these was announced."""
    day = paper.versions[0].announced
    assert day
    return day


def roundup(asked: str, titles: Mapping[str, str]) -> str | None:
    """Return what was written beforehand for the prompt of a roundup, None where it is no such prompt.

    `titles` are those of all papers, by id.
    """
    ids = {title: paper_id for paper_id, title in titles.items()}
    numbers = {ids[title]: number for number, (title, _) in numbered([asked]).items() if title in ids}
    if re.search(r"^Themes: ", asked, re.MULTILINE):
        themes = [
            {"title": title, "line": line, "papers": [numbers[paper_id] for paper_id in of]}
            for title, line, of, _ in _THEMES
        ]
        return json.dumps({"themes": themes})
    if named := re.search(r"^Theme: (.+)$", asked, re.MULTILINE):
        said = next(paragraphs for title, _, _, paragraphs in _THEMES if named[1].startswith(title))
        return json.dumps(
            {"paragraphs": [re.sub(r"\[([\d.]+)\]", lambda m: f"[{numbers[m[1]]}]", one) for one in said]}
        )
    return None


def on_agents(day: date, count: int) -> Sequence[ArxivPaper]:
    """Return so many papers on LLM agents that were announced on `day`."""
    what = "LLM agents that call tools and plan over many steps"
    return [_note(day, number, "Agents", what) for number in range(count)]


def titles() -> Mapping[str, str]:
    """Return the titles of those that are told of, by id."""
    return {paper_id: title for paper_id, (_, title, _) in _TOLD.items()}


def _of_day(day: date, agents: int) -> Sequence[ArxivPaper]:
    told = [
        made_paper(paper_id, title, abstract, announced=day, authors=("Ines Duarte", "Paul Weber"))
        for paper_id, (at, title, abstract) in _TOLD.items()
        if at == day
    ]
    beside = [_note(day, 50 + n, "Parsing", "parsing of written language") for n in range(_BESIDE)]
    return [*told, *on_agents(day, agents), *beside]


def _note(day: date, number: int, subject: str, what: str) -> ArxivPaper:
    return made_paper(
        f"{day:%y%m}.{day.day:02}{number:03}",
        f"Notes on {subject} of {day:%A} {day:%-d %B}, Part {number + 1}",
        f"We look at {what} once more, on {number + 20} examples of {day:%-d %B}, and describe what we see.",
        categories=(("cs.CL", "cs.IR", "cs.LG")[number % 3],),
        announced=day,
    )
