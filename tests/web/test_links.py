"""Addresses that hold under any prefix, and from files."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.links import Links, file_of

PATHS = [
    "",
    "topics",
    "topics/rag",
    "topics/rag/2026-11-18",
    "papers/math/0309136v1",
    "zh-Hans",
    "zh-Hans/topics/rag",
]


@given(st.sampled_from(PATHS), st.sampled_from(PATHS), st.sampled_from(["http://x/", "https://x.org/a/b/"]))
def test_a_link_leads_there_under_any_prefix(here: str, there: str, prefix: str) -> None:
    assert urljoin(prefix + here, Links(here).in_any(there)) == prefix + there


@given(st.sampled_from(PATHS), st.sampled_from(PATHS))
def test_a_link_leads_there_from_a_file(here: str, there: str) -> None:
    base = "file:///srv/out/"
    assert urljoin(base + file_of(here), Links(here, files=True).in_any(there)) == base + file_of(there)


def test_a_page_links_to_its_own_language() -> None:
    assert Links("zh-Hans/topics/rag", "zh-Hans").to("topics") == "../topics"
    assert Links("zh-Hans", "zh-Hans").to("") == "zh-Hans"
    assert Links("topics/rag").absolute("topics") == ""
    assert Links("x", "de", public="https://p.example/").absolute("topics") == "https://p.example/de/topics"


@pytest.mark.parametrize(("path", "file"), [("", "index.html"), ("room.css", "room.css"), ("papers/2501.17148", "papers/2501.17148.html"), ("topics/rag/2026-11-18.bib", "topics/rag/2026-11-18.bib")])  # fmt: skip
def test_where_an_export_keeps_it(path: str, file: str) -> None:
    assert file_of(path) == file
