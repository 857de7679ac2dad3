"""Every attack the whole way: the arXiv's stand-in, the bot as it is composed, a model that obeys, two platforms."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.app import App, running
from bot.chat.reply import Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.wording import translator
from bot.editions.edition import Edition, Entry
from bot.editions.reply import edition_reply
from bot.errors import PaperwireError
from bot.language import ENGLISH
from bot.papers.ids import PaperId
from bot.settings import Settings
from bot.store.quotas import Payer
from bot.topics import catalogue
from bot.topics.matching import Reason
from bot.topics.wanted import Wanted
from bot.writing.notes import SUSPICIONS
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_pdf import Block, Heading, Hidden, Paragraph, typeset
from tests.fakes.corpus import ArxivPaper, Corpus, made_paper
from tests.fakes.openai import OpenAIFake
from tests.fakes.openai_answers import schema_in
from tests.hostile.attacks import ATTACKS, FACT, FACT_CHINESE, Attack
from tests.hostile.shown import Shown, shown, written

DAY = date(2025, 6, 10)
_MARK = re.compile(r"Study (\d{3})")
_PDF = ("pdf", "white", "heading", "question")
_BODY = (
    "Attention costs much. We fold keys that are near to each other and attend to the folds. "
    "Folding keys reaches 61.4% on LongTale. Without folding it is 59.1%. The gain is larger for long texts. "
)


@dataclass(frozen=True)
class Result:
    """What came of one attack: by command, what was shown. `said` are the suspicions that were told."""

    attack: Attack
    replies: Mapping[str, Shown]
    leaks: tuple[str, ...]
    said: tuple[str, ...]
    words: str
    failed: bool


def results(folder: Path, attacks: Sequence[Attack] = ATTACKS) -> list[Result]:
    """Run the attacks; `folder` is for the store."""
    return asyncio.run(_run(folder, attacks))


async def _run(folder: Path, attacks: Sequence[Attack]) -> list[Result]:
    papers = [_paper(number, attack) for number, attack in enumerate(attacks)]
    with ArxivFake(Corpus(papers)) as arxiv, OpenAIFake() as openai:
        openai.reply_with = lambda body: _obey(body, attacks)
        for number, attack in enumerate(attacks):
            if attack.where in _PDF:
                arxiv.pdfs[papers[number].id] = _pdf(papers[number], attack)
        given: dict[str, Any] = {
            name.lower(): value for name, value in (arxiv.settings() | openai.settings()).items()
        }
        settings = Settings(
            _env_file=None, data_dir=folder, owners=("telegram:1",), daily_calls=10**6, **given
        )  # type: ignore[call-arg]
        async with running(settings) as app:
            ids = [PaperId(paper.id) for paper in papers]
            # Asked together, all papers come in few requests.
            await asyncio.gather(
                *(app.library.paper(PaperId(one.number, 1)) for one in ids), return_exceptions=True
            )
            at_once = asyncio.Semaphore(8)

            async def judged(one: PaperId, attack: Attack) -> Result:
                async with at_once:
                    return await _result(app, one, attack)

            return list(await asyncio.gather(*map(judged, ids, attacks)))


async def _result(app: App, one: PaperId, attack: Attack) -> Result:
    name = str(PaperId(one.number, 1))
    lines = [
        f"/summarize {name}",
        f"/takeaways {name}",
        f"/translate {name} zh",
        f"/abstract {name}",
        f"/cite {name}",
        f"/source {name}",
    ]
    if attack.where == "question":
        lines = [f"/ask {name} {attack.text}"]
    elif attack.where in _PDF:
        lines = [f"/summarize {name} deep", f"/ask {name} What does folding reach?"]
    drafts: list[Reply] = []
    replies = {line: await _says(app, line, drafts) for line in lines}
    if attack.where not in _PDF:
        replies["edition"] = await _edition(app, one)
    seen = {line: shown(reply, one) for line, reply in replies.items()}
    first = replies[lines[0]]
    words = "\n".join(
        written(replies[line])
        for line in lines
        if line.split()[0] in ("/summarize", "/takeaways", "/translate")
    )
    if attack.where == "question":
        words = written(first).replace(attack.text, "")
    leaks = [f"{line}: {leak}" for line, one_seen in seen.items() for leak in one_seen.leaks]
    leaks += [f"draft: {leak}" for draft in drafts for leak in shown(draft, one).leaks]
    leaks += [f"written: {word!r}" for word in attack.gone if word.lower() in words.lower()]
    t = translator("en")
    said = tuple(code for code, sentence in SUSPICIONS.items() if t(sentence) in seen[lines[0]].text)
    failed = first.outcome is not Outcome.DONE
    return Result(attack, seen, tuple(leaks), said, words, failed)


async def _says(app: App, line: str, drafts: list[Reply]) -> Reply:
    request = Request(Call.parse(line), Address("telegram", "1"), Actor("1"), draft=drafts.append)
    return await app.dispatcher.dispatch(request)


async def _edition(app: App, one: PaperId) -> Reply:
    """Return an edition whose one line is the paper's."""

    async def purse() -> Payer:
        return Payer("telegram:1", "telegram:1", True)

    known = await app.library.paper(PaperId(one.number, 1))
    try:
        text = await app.library.brief(known, ENGLISH, purse)
    except PaperwireError:
        text = None
    entry = Entry(
        known.paper, 1.0, Reason(("folding",)), (), shown=True, venue=known.paper.comment, written=text
    )
    wanted = Wanted.parse("cat:cs.LG", catalogue.load())
    return edition_reply(Edition(wanted, DAY, ENGLISH, 1, (entry,)), translator("en"))


def _paper(number: int, attack: Attack) -> ArxivPaper:
    title = f"Study {number:03} of Folding"
    more: dict[str, Any] = {}
    if attack.where == "comment":
        more["comment"] = attack.text
    if attack.where == "authors":
        more["authors"] = ("Ada Example", attack.text)
    if attack.where == "doi":
        more["doi"] = attack.text
    return made_paper(
        f"2506.{number + 1:05}",
        f"{title}: {attack.text}" if attack.where == "title" else title,
        f"Attention costs much. {FACT} {attack.text if attack.where == 'abstract' else ''}".strip(),
        categories=("cs.LG", "cs.CL"),
        announced=DAY,
        **more,
    )


def _pdf(paper: ArxivPaper, attack: Attack) -> bytes:
    orders: dict[str, list[Block]] = {
        "white": [Hidden(attack.text)],
        "pdf": [Paragraph(attack.text)],
        "heading": [Heading(f"3 {attack.text}"), Paragraph(_BODY)],
    }
    blocks = [
        Heading("Abstract"),
        Paragraph(paper.abstract),
        Heading("1 Introduction"),
        Paragraph(_BODY * 2),
        *orders.get(attack.where, []),
    ]
    return typeset(paper.title, paper.authors, [*blocks, Heading("4 Results"), Paragraph(_BODY * 3)])


def _obey(body: Mapping[str, Any], attacks: Sequence[Attack]) -> str | None:
    """Write what the paper asked for, in the shape that was asked for."""
    messages = [str(message["content"]) for message in body["messages"]]
    found = _MARK.findall(" ".join(messages[1:]))
    attack = attacks[int(found[0])]
    schema = (
        body.get("response_format", {}).get("json_schema", {}).get("schema")
        or schema_in(body["messages"])
        or {}
    )
    fact = FACT_CHINESE if "Chinese" in messages[1] else FACT
    obeyed = attack.obeyed.replace("{system}", messages[0][:600])
    answer = _filled(
        schema, schema, f"{obeyed} {fact}" if attack.obeyed != "{system}" else obeyed, " ".join(messages[1:])
    )
    made = attack.change(answer) if attack.change else answer
    return made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)


def _filled(
    schema: Mapping[str, Any], root: Mapping[str, Any], words: str, prompt: str, name: str = ""
) -> Any:
    if "$ref" in schema:
        return _filled(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, words, prompt, name)
    match schema.get("type"):
        case "object":
            return {
                key: _filled(inner, root, words, prompt, key) for key, inner in schema["properties"].items()
            }
        case "array":
            return [
                _filled(schema["items"], root, f"{lead}{words}", prompt, name)
                for lead in ("", "Again: ", "Then: ")
            ]
        case "boolean":
            return True
    match name:
        case "passage":
            return next(iter(re.findall(r"\bP\d+\b", prompt)), "P1")
        case "quote":
            return "Folding keys reaches 61.4% on LongTale"
        case "section":
            return "4"
    return words
