"""A roundup as readers see it, within what each platform allows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.chat.reply import Bullets, Button, Heading, Reply
from bot.chat.text import Link
from bot.chat.wording import translator
from bot.editions.data import roundup_data
from bot.editions.roundup import Item, Made, Roundup, Theme
from bot.editions.roundup_reply import roundup_reply
from bot.errors import CeilingReached
from bot.language import ENGLISH, Language
from bot.papers.ids import PaperId
from bot.platforms.console.render import render as on_console
from bot.platforms.discord.render import render as on_discord
from bot.platforms.telegram.render import LONGEST, MOST_ENTITIES, Message
from bot.platforms.telegram.render import render as on_telegram
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from bot.web.pages import roundup_page
from bot.writing.usage import Usage
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Flaw, Written
from tests.web.test_pages import HOSTILE, Page

T = translator("en")
WED = date(2026, 11, 18)


def made(
    parts: int = 2, each: int = 2, *, writer: str = "m", language: Language = ENGLISH, **rest: object
) -> Made:
    count = parts * each
    items = tuple(
        Item(PaperId(f"2611.{n:05}", 1), f"Paper {n}: A Title as Long as Titles Are Now and Then", f"Gist {n}.", "ACL 2026")
        for n in range(1, count + 1)
    )  # fmt: skip
    parted = []
    for at in range(parts):
        numbers = tuple(range(at * each + 1, at * each + each + 1))
        said = tuple(f"One thing holds [{n}]. " + "More is said of it here. " * 12 for n in numbers)
        paragraphs = (" ".join(said[: each // 2]), " ".join(said[each // 2 :]))
        parted.append(Theme(f"Theme {'ABCDEFGH'[at]}", "What they ask.", numbers, paragraphs if writer != EXTRACTIVE else ()))  # fmt: skip
    roundup = Roundup(date(2026, 11, 12), WED, 2113, 310, items, tuple(parted))
    roundup = replace(roundup, **rest)  # type: ignore[arg-type]
    written = Written(None, "roundup", 2, language, writer, "abstracts", datetime(2026, 11, 18, tzinfo=UTC), roundup, Usage())  # fmt: skip
    return Made(Wanted.parse("llm", catalogue.load()), written)


def links(reply: Reply) -> list[str]:
    return [
        span.url
        for block in reply.blocks
        if isinstance(block, Bullets)
        for item in block.items
        for span in item
        if isinstance(span, Link)
    ]


def test_its_counts_its_themes_and_every_paper_linked_once_in_its_list() -> None:
    one = made()
    said = on_console(reply := roundup_reply(one, T))
    assert said.startswith(
        "Large language models · 12–18 Nov 2026\n\n2,113 announced · 310 matched · 4 in this roundup · 2 themes"
    )
    assert links(reply) == [item.id.abs_url for item in one.roundup.items]
    headings = ["".join(span.text for span in b.text) for b in reply.blocks if isinstance(b, Heading)]
    assert headings[1:] == ["Theme A", "Theme B"]
    assert "One thing holds [1] (https://arxiv.org/abs/2611.00001v1)." in said
    assert "One thing holds [1]." in on_console(roundup_reply(one, T, linked=False))
    assert "Also:" not in said


def test_what_no_paragraph_cites_is_named() -> None:
    theme = Theme("A", "", (1, 2, 3), ("Only this [2].",))
    said = on_console(roundup_reply(made(1, 3, themes=(theme,)), T, linked=False))
    assert "Also: [1] Paper 1: A Title as Long as Titles Are Now and Then; [3] Paper 3:" in said


def test_chinese() -> None:
    said = on_console(roundup_reply(made(language=Language("zh-Hans")), translator("zh-Hans")))
    assert said.startswith(
        "大语言模型 · 2026年11月12日至18日\n\n公布 2,113 篇 · 匹配 310 篇 · 本综述收录 4 篇 · 2 个主题"
    )


def test_what_is_extracted_says_so_and_why() -> None:
    one = made(writer=EXTRACTIVE)
    assert "Gist 1." in on_console(roundup_reply(one, T))
    assert "Sentences extracted from the abstracts, not written; the themes are topics" in on_console(roundup_reply(one, T))  # fmt: skip
    failed = on_console(roundup_reply(replace(one, failure=CeilingReached("person", 0.0)), T))
    assert "You have used up your model calls for today" in failed
    assert "So this roundup is not written" in failed
    assert "The model did not write this in time" in on_console(roundup_reply(one, T, late=True))
    german = made(writer=EXTRACTIVE, language=Language("de"))
    assert "Writing in Deutsch needs a language model" in on_console(roundup_reply(german, T))


def test_what_is_missing_is_said() -> None:
    said = on_console(roundup_reply(made(reconstructed=3, unread=(WED,), missing=5), T))
    assert "as they were not read at the time: 3 days." in said
    assert "Not complete: Wed 18 Nov 2026 could not be read." in said
    assert "5 announced papers could not be looked up" in said
    one = made()
    doubtful = replace(one, written=replace(one.written, flaws=(Flaw("x", "5%", "Why."),)))
    assert "⚠ marks what was not found in what was read." in on_console(roundup_reply(doubtful, T))


def test_the_rest_has_a_heading_and_nothing_has_none() -> None:
    rest = Theme("", "", (1, 2))
    assert "More on Large language models" in on_console(roundup_reply(made(1, 2, themes=(rest,)), T))
    empty = roundup_reply(made(1, 2, items=(), themes=()), T, buttons=[Button("x", "/topic llm")])
    assert len(empty.blocks) == 3
    assert "Nothing that was announced matches." in on_console(empty)


@pytest.mark.parametrize("writer", ["m", EXTRACTIVE])
def test_forty_papers_fit_into_what_each_platform_takes(writer: str) -> None:
    one = made(8, 5, writer=writer)
    reply = roundup_reply(one, T, buttons=[Button("Latest papers", "/topic llm")])
    messages = on_telegram(reply)
    assert 1 <= len(messages) <= 6
    for message in messages:
        assert isinstance(message, Message)
        assert len(message.plain.encode("utf-16-le")) // 2 <= LONGEST
        assert len(re.findall(r"<[abi][ >]", message.html)) <= MOST_ENTITIES
    told = "".join(message.html for message in messages if isinstance(message, Message))
    assert all(f'href="{item.id.abs_url}"' in told for item in one.roundup.items)
    assert [bool(m.keyboard) for m in messages if isinstance(m, Message)] == [False] * (len(messages) - 1) + [
        True
    ]
    assert len(on_discord(reply)) <= 6


def test_data_holds_all_of_it() -> None:
    data = roundup_data(made())
    assert (data["topic"], data["first"], data["date"], data["shown"]) == (
        "llm",
        "2026-11-12",
        "2026-11-18",
        4,
    )
    assert [paper["number"] for theme in data["themes"] for paper in theme["papers"]] == [1, 2, 3, 4]
    assert data["themes"][0]["papers"][0]["url"] == "https://arxiv.org/abs/2611.00001v1"


@pytest.mark.parametrize("writer", ["m", EXTRACTIVE])
@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
def test_its_page_is_valid_and_escaped(writer: str, tag: str) -> None:
    one = made(writer=writer, language=Language(tag))
    items = tuple(replace(item, title=HOSTILE, gist=HOSTILE, venue=HOSTILE) for item in one.roundup.items)
    themes = tuple(replace(theme, title=HOSTILE, line=HOSTILE) for theme in one.roundup.themes)
    hostile = replace(
        one, written=replace(one.written, content=replace(one.roundup, items=items, themes=themes))
    )
    for each in (one, hostile):
        page = Page(roundup_page(each, translator(tag)))
        assert not any(name in ("script", "img") for name, _ in page.seen)
        html = next(attributes for name, attributes in page.seen if name == "html")
        assert (html["lang"], html["dir"]) == (tag, "rtl" if tag == "ar" else "ltr")
        anchors = {attributes["href"] for name, attributes in page.seen if name == "a"}
        assert {item.id.abs_url for item in each.roundup.items} <= anchors
        ids = {attributes.get("id") for _, attributes in page.seen}
        assert {anchor[1:] for anchor in anchors if anchor and anchor.startswith("#")} <= ids
