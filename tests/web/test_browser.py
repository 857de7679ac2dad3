"""The reading room in a real browser: wide and narrow, light and dark, by keyboard, and for screen readers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from bot.language import ENGLISH
from bot.store.client import Store
from bot.web.export import export
from bot.web.room import Exported
from tests.editions.newsroom import MON, TUE, WED
from tests.web.rooms import CHINESE, CHROMIUM, Served, filled_room

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"Debian's chromium is not installed ({CHROMIUM})"
)

PAGES = ["", "topics", "trends", "roundups", "topics/rag", f"topics/rag/{WED}", f"zh-Hans/topics/rag/{WED}", f"ar/topics/rag/{WED}", "papers/2611.00390", "search?q=retrieval", "nothing"]  # fmt: skip


@pytest.fixture
async def served(store: Store) -> AsyncIterator[Served]:
    async with filled_room(store) as room:
        yield room


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


class Watched:
    """A page of the browser that keeps what it complains of, and whom it asks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))


async def look(browser: Browser, url: str, width: int = 1280, scheme: str = "light") -> Watched:
    page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    watched = Watched(page)
    await page.goto(url)
    return watched


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_nothing_is_wider_than_the_screen(served: Served, browser: Browser, width: int) -> None:
    for path in PAGES:
        seen = await look(browser, served.address + path, width)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await seen.page.evaluate(wide) == 0, path
        await seen.page.close()


async def test_nobody_else_is_asked_and_nothing_is_blocked(served: Served, browser: Browser) -> None:
    for path in PAGES[:-1]:
        seen = await look(browser, served.address + path)
        assert seen.complaints == [], path
        assert all(url.startswith(served.address) for url in seen.asked), path
        await seen.page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
async def test_axe_finds_nothing(served: Served, browser: Browser, width: int, scheme: str) -> None:
    from axe_playwright_python.async_playwright import Axe

    for path in PAGES:
        # Our own policy lets no script run, not even axe's.
        context = await browser.new_context(
            bypass_csp=True,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page = await context.new_page()
        await page.goto(served.address + path)
        found = (await Axe().run(page)).response["violations"]
        assert [
            (
                one["id"],
                one["impact"],
                [node["target"] for node in one["nodes"]],
                one["nodes"][0]["failureSummary"][:300],
            )
            for one in found
        ] == [], path
        await context.close()


async def test_light_and_dark_differ(served: Served, browser: Browser) -> None:
    colours = []
    for scheme in ("light", "dark"):
        seen = await look(browser, f"{served.address}topics/rag/{WED}", 1280, scheme)
        colours.append(await seen.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(set(colours)) == 2


async def test_by_keyboard_alone(served: Served, browser: Browser) -> None:
    seen = await look(browser, f"{served.address}topics/rag/{WED}")
    page = seen.page
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert await page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    await page.get_by_role("searchbox").focus()
    await page.keyboard.type("everything")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?q=everything")
    assert await page.get_by_role("link", name="Retrieval-Augmented Generation with Everything").count() == 1


async def test_contents_and_abstracts_work_without_scripts(served: Served, browser: Browser) -> None:
    seen = await look(browser, f"{served.address}topics/rag/{WED}")
    await seen.page.get_by_role("navigation", name="Contents").get_by_role("link").nth(2).click()
    assert "#p-2611" in seen.page.url
    article = seen.page.locator("article").nth(2)
    abstract = article.locator("details p")
    assert not await abstract.is_visible()
    await article.get_by_text("Abstract", exact=True).click()
    assert await abstract.is_visible()


async def test_an_export_works_from_the_disk(store: Store, browser: Browser, tmp_path: Path) -> None:
    async with filled_room(store, exported=Exported([WED, TUE, MON], [ENGLISH, CHINESE])) as served:
        count = await export(served.room, tmp_path, lambda *_: None)
        assert count == len([one for one in tmp_path.rglob("*") if one.is_file()])
        assert served.asked() == (0, 0)
    base = tmp_path.as_uri() + "/"
    context = await browser.new_context(offline=True)
    watched = Watched(await context.new_page())
    page = watched.page
    await page.goto(f"{base}index.html")
    await page.get_by_role("link", name="Retrieval-augmented generation", exact=True).click()
    await page.get_by_role("link", name="中文").click()
    assert page.url == f"{base}zh-Hans/topics/rag/{WED}.html"
    assert await page.evaluate("getComputedStyle(document.body).margin") == "0px"  # the style is there
    await page.get_by_role("heading", level=2).get_by_role("link").first.click()
    assert page.url.startswith(f"{base}zh-Hans/papers/2611.")
    await page.goto(f"{base}trends.html")
    assert await page.get_by_role("img").count() == 51
    await page.get_by_role("link", name="Paperwire", exact=True).click()
    assert page.url == f"{base}index.html"
    assert watched.complaints == []
    assert all(url.startswith("file:") for url in watched.asked)


async def test_a_thousand_papers_stay_usable(store: Store, browser: Browser) -> None:
    from tests.editions.newsroom import RAG, papers
    from tests.web.rooms import reading_room

    async with reading_room(store) as served:
        await served.news.announce(WED, papers(RAG, 1000, 1000))
        seen = await look(browser, f"{served.address}topics/rag/{WED}", 390)
        assert await seen.page.locator("article").count() == 1000
        last = seen.page.get_by_role("navigation", name="Contents").get_by_role("link").last
        await last.click()
        assert await seen.page.locator("article").last.locator("h2").is_visible()
        place = await seen.page.locator("article").last.bounding_box()
        assert place
        assert place["y"] < 900
        await seen.page.get_by_role("link", name="Contents").click()
        place = await seen.page.get_by_role("navigation", name="Contents").bounding_box()
        assert place
        assert 0 <= place["y"] < 900
