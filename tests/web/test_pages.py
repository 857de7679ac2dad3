"""The page of an edition: valid, escaped, readable without sight or mouse."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from bot.chat.wording import translator
from bot.editions.edition import Edition, Why
from bot.language import Language
from bot.web.pages import edition_page
from tests.editions.test_reply import edition, entry

_VOID = {"meta", "link", "br", "hr", "img", "input"}
HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} &lt; \x00\x08"


class Page(HTMLParser):
    """A page, read strictly: every element is closed in its place."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs))
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            assert not (tag in ("ul", "ol", "h2", "div") and "p" in self.open), "blocks end a paragraph"
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def page(made: Edition) -> Page:
    return Page(edition_page(made, translator(made.language.tag)))


def full(language: str = "en") -> Edition:
    hostile = entry(3, title=HOSTILE, authors=(HOSTILE,), abstract=HOSTILE)
    return edition(
        entry(1),
        entry(2, "extractive"),
        hostile,
        entry(4, None),
        entry(5, None, shown=False),
        language=Language(language),
        wanted='"</title><script>alert(1)</script>"',
        reconstructed=True,
    )


@pytest.mark.parametrize("language", ["en", "zh-Hans", "ar"])
def test_it_is_valid_and_says_its_language(language: str) -> None:
    made = page(full(language))
    assert made.source.startswith("<!doctype html>")
    assert made.all("html")[0]["lang"] == language
    assert made.all("html")[0]["dir"] == ("rtl" if language == "ar" else "ltr")
    ids = [attributes["id"] for _, attributes in made.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in made.all("a"):
        target = link["href"] or ""
        assert target.startswith("https://arxiv.org/") or target.removeprefix("#") in ids
    for _, attributes in made.seen:
        for label in (attributes.get("aria-labelledby") or "").split():
            assert label in ids


def test_headings_step_down_one_by_one() -> None:
    levels = [int(tag[1]) for tag, _ in page(full()).seen if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_landmarks_and_a_way_past_the_contents() -> None:
    made = page(full())
    for tag in ("header", "main", "footer", "nav"):
        assert len(made.all(tag)) == 1
    assert made.all("nav")[0]["aria-label"]
    assert made.all("a")[0]["href"] == "#main"


def test_nothing_runs_and_nobody_else_is_asked() -> None:
    made = page(full())
    policy = next(
        m["content"] or "" for m in made.all("meta") if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not [tag for tag, _ in made.seen if tag in ("script", "img", "link", "iframe", "form")]
    assert not [
        name for _, attributes in made.seen for name in attributes if name.startswith("on") or name == "style"
    ]
    assert "url(" not in made.source
    assert {m.get("name") for m in made.all("meta")} >= {"viewport", "referrer"}


def test_what_papers_say_is_text() -> None:
    made = page(full())
    assert "{{ 7*7 }}" in made.source
    assert "<script" not in made.source
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", made.source)


def test_it_is_light_and_dark() -> None:
    source = page(full()).source
    assert "color-scheme: light dark" in source
    assert "prefers-color-scheme: dark" in source


def test_what_is_not_translated_is_marked_as_english() -> None:
    made = page(full("zh-Hans"))
    assert all(heading.get("lang") == "en" for heading in made.all("h2") if "id" not in heading)
    assert "lang" not in page(full()).all("h2")[0]


def test_it_tells_everything_that_matters() -> None:
    made = page(edition(replace(entry(1), venue="ACL 2026"), entry(2, None, shown=False), late=True))
    for part in (
        "812 announced",
        "Gist 1.",
        "Summary 1.",
        "Two.",
        "ACL 2026",
        "Paper 2",
        "Late:",
        "RAG",
        "m-1",
    ):
        assert part in made.source


def test_a_withdrawn_paper_is_said_to_be() -> None:
    assert (
        "This paper was withdrawn."
        in page(edition(entry(1, None, comment="Withdrawn by the authors"))).source
    )


@pytest.mark.parametrize("why", Why)
def test_an_empty_edition_is_a_page_too(why: Why) -> None:
    made = page(edition(empty=why))
    assert len(made.all("h1")) == 1
    assert made.all("nav") == made.all("article") == []
