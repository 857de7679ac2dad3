"""Where an edition is in the reading room, and that its messages lead there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.chat.reply import Buttons
from bot.chat.wording import translator
from bot.editions.public import Public
from bot.editions.reply import edition_reply
from bot.language import ENGLISH, Language
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from tests.editions.test_reply import edition, entry

DAY = date(2026, 11, 18)


def wanted(text: str) -> Wanted:
    return Wanted.parse(text, catalogue.load())


def test_a_topics_edition_has_a_page_in_its_language() -> None:
    public = Public("https://papers.example/room/", ENGLISH)
    assert public.page(wanted("RAG"), DAY, ENGLISH) == "https://papers.example/room/topics/rag/2026-11-18"
    chinese = public.page(wanted("RAG"), DAY, Language("zh-Hans"))
    assert chinese == "https://papers.example/room/zh-Hans/topics/rag/2026-11-18"


@pytest.mark.parametrize("address", ["", "http://localhost:8080", "http://127.0.0.1:8080/"])
def test_what_nobody_can_reach_has_none(address: str) -> None:
    assert Public(address).page(wanted("RAG"), DAY, ENGLISH) == ""


def test_a_query_has_none() -> None:
    assert Public("https://papers.example").page(wanted('"made up"'), DAY, ENGLISH) == ""


def test_an_edition_leads_to_its_page() -> None:
    made = edition(entry(1))
    urls = []
    for page in ("", "https://papers.example/topics/rag/2026-11-18"):
        reply = edition_reply(replace(made, page=page), translator("en"))
        last = reply.blocks[-1]
        assert isinstance(last, Buttons)
        urls.append([button.url for button in last.rows[-1] if button.url])
    assert urls == [[], ["https://papers.example/topics/rag/2026-11-18"]]
