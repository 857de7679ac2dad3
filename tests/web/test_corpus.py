"""A day of real papers, as the process serves it: an edition that was asked for, in English and in Chinese."""

from __future__ import annotations

import html
import re
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from bot.language import Language
from tests.console_process import environment, paperwire
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import ArxivPaper, data_folder, real_corpus
from tests.fakes.openai import OpenAIFake
from tests.web.rooms import CHROMIUM
from tests.web.test_browser import look
from tests.web.test_pages import Page

pytestmark = pytest.mark.skipif(data_folder() is None, reason="the real metadata is not beside the project")

DAY = date(2025, 1, 29)
PAPERS = ("2501.17148", "2501.17144", "2501.17132", "2501.16937")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, ArxivPaper]]:
    """The reading room as files, after the edition was made in both languages, and these papers were asked for."""
    corpus = real_corpus()
    assert corpus
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("public")
    with ArxivFake(corpus) as arxiv, OpenAIFake() as model:
        env = environment(home, arxiv.settings(), model.settings())
        for language in ("en", "zh"):
            done = paperwire("edition", "--topic", "LLM", "--date", str(DAY), "--language", language, "--format", "json", env=env, timeout=200)  # fmt: skip
            assert done.returncode == 0, done.stderr
        # What an edition does not show is written about once somebody asks.
        for number in PAPERS:
            for line in (f"/summarize {number}", f"/translate {number} zh"):
                done = paperwire("console", "-c", line, env=env)
                assert done.returncode == 0, done.stderr
        arxiv.forget()
        done = paperwire("export", str(folder), "--date", str(DAY), "--language", "en", "--language", "zh", env=env, timeout=200)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert arxiv.requests == []
    return folder, {paper.id: paper for paper in corpus}


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("number", PAPERS)
def test_a_paper_is_complete(
    exported: tuple[Path, dict[str, ArxivPaper]], number: str, language: str
) -> None:
    folder, corpus = exported
    prefix = "" if language == "en" else f"{language}/"
    page = (folder / f"{prefix}topics/llm/{DAY}.html").read_text()
    (article,) = re.findall(rf'<article id="p-{number}".*?</article>', page, re.DOTALL)
    said = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", article)).split())
    paper = corpus[number]
    for part in (*paper.authors, *(one for one in paper.categories if one[0].islower())):  # no ACM classes
        assert part in said, part
    for words in (paper.title, paper.abstract):  # whose LaTeX is readable by now
        plain = [word for word in re.findall(r"[A-Za-z]{4,}", words) if f"\\{word}" not in words]
        assert sum(word in said for word in plain) >= 0.97 * len(plain)
    for url in (
        f"https://arxiv.org/abs/{number}",
        f"https://arxiv.org/pdf/{number}",
        f"https://huggingface.co/papers/{number}",
        f"https://www.alphaxiv.org/abs/{number}",
        f"https://api.semanticscholar.org/arXiv:{number}",
    ):
        assert url in article, url
    labels = (
        ("Summary", "Key takeaways", "Abstract") if language == "en" else ("概要", "要点", "摘要译文", "摘要")
    )
    for label in labels:
        assert label in said, label
    assert article.count("<li>") >= 3 + 5
    assert "paper-writer-1" in said
    if language != "en":
        assert sum("\u4e00" <= letter <= "\u9fff" for letter in said) > 60
        assert '<h2 lang="en" dir="ltr">' in article


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"Debian's chromium is not installed ({CHROMIUM})")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_it_reads_well_in_a_browser(
    exported: tuple[Path, dict[str, ArxivPaper]], width: int, language: str
) -> None:
    prefix = "" if language == "en" else f"{language}/"
    url = (exported[0] / f"{prefix}topics/llm/{DAY}.html").as_uri()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        seen = await look(browser, url, width)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await seen.page.evaluate(wide) == 0
        for number in PAPERS:
            article = seen.page.locator(f'[id="p-{number}"]')
            await article.scroll_into_view_if_needed()
            box = await article.bounding_box()
            assert box
            assert box["width"] >= min(width - 48, 600)
        assert seen.complaints == []
        assert all(asked.startswith("file:") for asked in seen.asked)
        await browser.close()


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_page_is_whole(exported: tuple[Path, dict[str, ArxivPaper]], language: str) -> None:
    folder, _ = exported
    prefix = "" if language == "en" else f"{language}/"
    made = Page((folder / f"{prefix}topics/llm/{DAY}.html").read_text())
    contents = [link["href"] for link in made.all("a") if (link["href"] or "").startswith("#p-")]
    assert len(contents) == len(made.all("article")) > 30
    assert made.all("html")[0]["lang"] == Language(language).tag
    assert len((folder / f"topics/llm/{DAY}.bib").read_text().split("@misc{")) == len(contents) + 1
