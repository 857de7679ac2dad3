"""The reading room over HTTP: what its pages hold, whom they ask, and what they make of what is hostile."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from bot.announcements.batch import State
from bot.editions.days import Papers
from bot.editions.period import Period
from bot.editions.roundups import Asked
from bot.errors import StoreUnavailable
from bot.language import ENGLISH
from bot.papers.figures import Figure, Figures
from bot.papers.ids import PaperId
from bot.store.client import Store
from tests.editions.newsroom import FRI, MON, RAG, TUE, WED, on_arxiv, paper, papers, payer, wish
from tests.editions.roundup_room import editor, mixed
from tests.web.rooms import HOSTILE, Served, filled_room, reading_room
from tests.web.test_pages import Page
from tests.writing.scripted import ScriptedModel

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = (
    "",
    "topics",
    "trends",
    "roundups",
    "topics/rag",
    f"topics/rag/{WED}",
    f"topics/speech/{WED}",
    "papers/2611.00390",
    "papers/2611.00391v1",
    "search",
    "search?q=retrieval",
    "zh-Hans",
    f"zh-Hans/topics/rag/{WED}",
    f"ar/topics/rag/{WED}",
)


@pytest.fixture
async def served(store: Store) -> AsyncIterator[Served]:
    async with filled_room(store) as room:
        yield room


async def test_every_page_is_well_formed_and_asks_nobody(served: Served) -> None:
    for path in PAGES:
        answer = await served.get(path)
        assert answer.status_code == 200, path
        made = Page(answer.text)
        assert len(made.all("h1")) == len(made.all("main")) == len(made.all("footer")) == 1, path
        ids = [attributes["id"] for _, attributes in made.seen if "id" in attributes]
        assert len(ids) == len(set(ids)), path
        for link in made.all("a"):
            if (target := link["href"] or "").startswith("#"):
                assert target[1:] in ids, (path, target)
    assert served.asked() == (0, 0)


async def test_every_link_within_the_room_leads_somewhere(served: Served) -> None:
    seen: set[str] = set()
    waiting = [served.address]
    while waiting:
        url = waiting.pop()
        answer = await served.http.get(url)
        assert answer.status_code == 200, url
        if "text/html" not in answer.headers["content-type"] or "/search" in url:
            continue
        made = Page(answer.text)
        for attributes in (*made.all("a"), *made.all("link"), *made.all("img")):
            target = str(answer.url.join(attributes.get("href") or attributes.get("src") or ""))
            target = target.split("#", maxsplit=1)[0]
            if target.startswith(served.address) and target not in seen and "/ar" not in target:
                seen.add(target)
                waiting.append(target)
    assert f"{served.address}zh-Hans/topics/rag/{WED}" in seen
    assert f"{served.address}topics/rag/{WED}.bib" in seen
    assert served.asked() == (0, 0)


async def test_an_edition_is_complete(served: Served) -> None:
    text = await served.text(f"topics/rag/{WED}")
    for said in (
        "8 announced",
        "6 matched",
        "𝒪(n²) and α → β",
        "Zoë van Müller, 李明, The Paper Collaboration",
        "cs.CL, cs.IR",
        "Accepted at ACL 2026; 12 pages",
        "It holds for x² ≤ 1.",
        "https://arxiv.org/abs/2611.00390v1",
        "https://arxiv.org/pdf/2611.00390v1",
        "https://doi.org/10.5555/1234.5678",
        "https://huggingface.co/papers/2611.00390",
        "https://www.alphaxiv.org/abs/2611.00390",
        "https://api.semanticscholar.org/arXiv:2611.00390",
        "A method is described and found to work.",
        "Key takeaways",
        "Summary",
        "The texts are written by a machine.",
        "written by scripted",
        "Extracted from the abstract, not written",
        f'href="{TUE}" rel="prev"',
    ):
        assert said in text, said
    made = Page(text)
    contents = [a["href"] for a in made.all("a") if (a["href"] or "").startswith("#p-")]
    assert len(contents) == len(made.all("article")) == 6


async def test_a_translation_stands_beside_the_original(served: Served) -> None:
    text = await served.text(f"zh-Hans/topics/rag/{WED}")
    assert "一种方法" in text
    assert "描述了一种简单的方法" in text
    assert "We study retrieval-augmented generation (RAG)." in text
    assert "检索增强生成" in text
    made = Page(text)
    assert made.all("html")[0]["lang"] == "zh-Hans"
    assert all(heading.get("lang") == "en" for heading in made.all("h2") if "id" not in heading)


async def test_hostile_text_is_text_everywhere(served: Served) -> None:
    for path in (
        f"topics/rag/{WED}",
        "papers/2611.00391",
        "",
        "topics/rag/feed.atom",
        f"search?q={'<script>' * 3}",
    ):
        text = (await served.get(path)).text
        assert "<script" not in text, path
        assert "<img src=x" not in text, path
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text), path
    assert "{{ 7*7 }}" in await served.text("papers/2611.00391")
    assert "<img" not in (await served.get("search?q=hostile%22%3E%3Cimg")).text


async def test_nobody_else_is_asked_by_the_browser(served: Served) -> None:
    answer = await served.get(f"topics/rag/{WED}")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    made = Page(answer.text)
    assert not [tag for tag, _ in made.seen if tag in ("script", "iframe", "style", "object")]
    assert not [
        name for _, attributes in made.seen for name in attributes if name.startswith("on") or name == "style"
    ]
    loaded = [
        a.get("src") or a.get("href")
        for a in (*made.all("img"), *made.all("link"))
        if a.get("rel") != "canonical"
    ]
    assert not [url for url in loaded if url and "//" in url]


async def test_what_a_browser_has_it_need_not_fetch_again(served: Served) -> None:
    first = await served.get(f"topics/rag/{WED}")
    assert first.headers["cache-control"] == "public, max-age=60"
    again = await served.get(f"topics/rag/{WED}", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await served.get(f"topics/rag/{WED}", **{"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != first.headers["etag"]
    assert plain.text == first.text


async def test_head_tells_the_same_without_a_body(served: Served) -> None:
    got = await served.get(f"topics/rag/{WED}")
    head = await served.http.head(f"{served.address}topics/rag/{WED}")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_it_can_only_be_read(served: Served, method: str) -> None:
    answer = await served.http.request(method, served.address)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nothing", "There is no such page."),
        ("topics/rag/2026-13-01", "There is no such page."),
        ("topics/rag/yesterday", "There is no such page."),
        ("topics/rag/0001-01-01", "There is no such page."),
        ("topics/nosuchtopic", "There is no topic nosuchtopic"),
        ("papers/2611.99999", "not in the reading room"),
        ("papers/hello", "is not an arXiv id"),
        ("papers/2611.00390/1.png", "There is no such page."),
        ("roundups/rag/2026-11-01--2026-11-14", "has not been made"),
        ("roundups/rag/2026-11-14--2026-11-01", "There is no such page."),
        ("roundups/rag/2026-02-30--2026-03-01", "There is no such page."),
        ("roundups/nosuchtopic/2026-11-01--2026-11-14", "There is no topic nosuchtopic"),
        ("topics/rag/2025-02-30", "There is no such page."),
        ("topics/rag/2026-11-18%00", "There is no such page."),
        ("topics/%00/2026-11-18", "There is no topic"),
        ("topics/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "There is no topic"),
        ("topics/rag/2026-11-18.bib%00.html", "There is no such page."),
        ("papers/2611.00390/99.png", "There is no such page."),
        ("%F0%9F%92%A9/%E2%80%AE", "There is no such page."),
        ("zh-Hans/en/topics", "没有这个页面"),
        ("zh-Hans/nothing", "没有这个页面"),
        ("x" * 3000, "There is no such page."),
        ("..%2f..%2fetc%2fpasswd", "There is no such page."),
        ("papers/%00", "is not an arXiv id"),
        ("zh-Hans/room.css", "没有这个页面"),
    ],
)
async def test_what_is_not_there_says_so(served: Served, path: str, said: str) -> None:
    answer = await served.get(path)
    assert answer.status_code == 404
    assert said in Page(answer.text).source
    assert served.asked() == (0, 0)


@pytest.mark.parametrize(
    ("path", "status", "to"),
    [
        ("topics/", 308, "topics"),
        ("topics/RAG", 308, "topics/rag"),
        (f"topics/RAG/{WED}", 308, f"topics/rag/{WED}"),
        ("topics/rag/latest", 307, f"topics/rag/{WED}"),
        ("en/topics/rag", 308, "topics/rag"),
        ("papers/arXiv:2611.00390", 308, "papers/2611.00390"),
        ("roundups/RAG/2026-11-01--2026-11-14", 308, "roundups/rag/2026-11-01--2026-11-14"),
        ("topics/rag?lang=Chinese", 307, "zh-Hans/topics/rag"),
        ("zh-Hans/topics/rag?lang=en", 307, "topics/rag"),
        ("zh-Hans?lang=en", 307, ""),
        ("search?q=arXiv:2611.00390v1", 307, "papers/2611.00390v1"),
        ("zh-Hans/search?q=2611.00390", 307, "zh-Hans/papers/2611.00390"),
    ],
)
async def test_other_names_lead_to_the_one(served: Served, path: str, status: int, to: str) -> None:
    answer = await served.get(path)
    assert answer.status_code == status
    assert str(answer.url.join(answer.headers["location"])).rstrip("/") == f"{served.address}{to}".rstrip("/")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("search?q=ti%3A(", "never closed"),
        (f"search?q={'word%20' * 100}", "at most 300 are read"),
        ("topics/rag?lang=klingonic", "do not know the language"),
    ],
)
async def test_what_is_not_understood_says_why(served: Served, path: str, said: str) -> None:
    answer = await served.get(path)
    assert answer.status_code == 400
    assert said in answer.text


async def test_a_search_finds_what_was_announced_of_late(served: Served) -> None:
    text = await served.text("search?q=ti:everything+AND+au:m%C3%BCller")
    assert "𝒪(n²) and α → β" in text
    assert len(Page(text).all("li")) == 5  # the paper, beside the links above
    assert "No papers found." in await served.text("search?q=ti:zeppelin")
    assert "Speech" in await served.text("search?q=speech+recogni*")
    assert served.asked() == (0, 0)


async def test_days_that_hold_nothing_say_why(served: Served) -> None:
    await served.news.looked(FRI, State.UNREACHABLE)
    unread = await served.get(f"topics/rag/{FRI}")
    assert unread.status_code == 404
    assert "The arXiv did not answer." in unread.text
    weekend = await served.get(f"topics/rag/{WED - timedelta(days=3)}")
    assert "weekend or holiday" in weekend.text
    ahead = await served.get("topics/rag/2099-01-05")
    assert "still to come" in ahead.text
    assert served.asked() == (0, 0)


async def test_a_day_that_was_rebuilt_is_shown(store: Store) -> None:
    async with reading_room(store) as served:
        old = date(2026, 11, 3)
        for one in papers(RAG, 700, 2, old):
            served.news.arxiv.corpus.add(on_arxiv(one, old))
        assert (await served.get(f"topics/rag/{old}")).status_code == 404
        assert (await served.news.edition("rag", old)).matched == 2
        served.news.arxiv.forget()
        text = await served.text(f"topics/rag/{old}")
        assert "2 matched" in text
        assert "Reconstructed from submission dates" in text
        assert served.news.asked == 0


async def test_papers_that_the_store_no_longer_has_are_counted(served: Served) -> None:
    keys = [f"pw:paper:2611.{number:05}" for number in (100, 101)]
    await served.news.store.delete(*keys)
    text = await served.text(f"topics/rag/{MON}")
    assert "5 announced" in text
    assert "1 matched" in text
    assert "Not complete: 2 announced papers could not be looked up." in text
    # What the page had to do without is not what an edition is made of.
    whole = await served.news.filing.topics(await served.news.days.read(MON), _nothing)
    assert len(whole.matches) == 5
    assert served.asked() == (0, 0)


async def test_figures_are_shown_where_the_licence_permits(served: Served) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"made up"
    figures = Figures((Figure("1", 2, "What <b>happens</b>.", picture, "png", 640, 480),), 1, 3, 3)
    for number in ("2611.00390", "2611.00300"):  # the second permits nothing
        await served.news.cache.shelve(f"pw:figures:1:{number}v1", json.dumps(figures.to_json()), 600)
    text = await served.text(f"topics/rag/{WED}")
    assert text.count("<img") == 1
    assert "../../papers/2611.00390v1/1.png" in text
    assert "What &lt;b&gt;happens&lt;/b&gt;." in text
    assert "CC BY 4.0" in text
    got = await served.get("papers/2611.00390v1/1.png")
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, picture, "image/png")
    assert (await served.get("papers/2611.00300v1/1.png")).status_code == 404
    assert (await served.get("papers/2611.00390v1/2.png")).status_code == 404
    assert served.asked() == (0, 0)


async def test_a_feed_has_an_entry_for_each_day(store: Store) -> None:
    async with filled_room(store, public="https://papers.example/room") as served:
        for prefix, name in (("", "Retrieval-augmented generation"), ("zh-Hans/", "检索增强生成")):
            answer = await served.get(f"{prefix}topics/rag/feed.atom")
            assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
            feed = ElementTree.fromstring(answer.content)
            entries = feed.findall(f"{ATOM}entry")
            assert [entry.findtext(f"{ATOM}title", "")[: len(name)] for entry in entries] == [name] * 3
            assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3
            link = entries[0].find(f"{ATOM}link")
            assert link is not None
            assert link.get("href") == f"https://papers.example/room/{prefix}topics/rag/{WED}"
            content = entries[0].findtext(f"{ATOM}content", "")
            assert "<script" not in content
            assert "https://arxiv.org/abs/2611.00300v1" in content
            again = ElementTree.fromstring((await served.get(f"{prefix}topics/rag/feed.atom")).content)
            assert again.findtext(f"{ATOM}id") == feed.findtext(f"{ATOM}id")


async def test_an_edition_can_be_cited(served: Served) -> None:
    bib = await served.text(f"topics/rag/{WED}.bib")
    keys = re.findall(r"^@misc\{([^,]+),$", bib, re.MULTILINE)
    assert len(keys) == len(set(keys)) == 6
    assert bib.count("{") == bib.count("}")
    ris = await served.text(f"topics/rag/{WED}.ris")
    assert ris.count("TY  - UNPB\r\n") == ris.count("ER  - \r\n") == 6
    assert all(re.match(r"[A-Z][A-Z0-9]  - |$", line) for line in ris.split("\r\n"))
    assert "AU  - Müller, Zoë van" in ris
    assert "AU  - The Paper Collaboration" in ris
    assert "eprint        = {2611.00390v1}" in await served.text("papers/2611.00390.bib")
    assert served.asked() == (0, 0)


async def test_links_unfold_where_the_room_has_an_address(store: Store) -> None:
    async with filled_room(store, public="https://papers.example/room/") as served:
        made = Page(await served.text(f"zh-Hans/topics/rag/{WED}"))
        told = {meta["property"]: meta["content"] for meta in made.all("meta") if "property" in meta}
        assert told["og:url"] == f"https://papers.example/room/zh-Hans/topics/rag/{WED}"
        assert told["og:title"] == "检索增强生成 · 2026年11月18日周三"
        assert told["og:type"] == "article"
        assert "8" in (told["og:description"] or "")
    async with filled_room(store) as served:
        assert "og:url" not in await served.text(f"topics/rag/{WED}")


async def test_volumes_are_told_in_words_and_as_a_picture(served: Served) -> None:
    text = await served.text("topics/rag")
    assert (
        'role="img" aria-label="Retrieval-augmented generation: 6 papers on the last of 3 days, at most 6 a day."'
        in text
    )
    rows = re.findall(r"<td class=\"n\">(\d+)</td>", text)
    assert rows == ["6", "8", "3", "5", "3", "5"]
    assert text.count("<rect") == 3
    assert (await served.text("trends")).count("<svg") == 51


async def test_a_roundup_that_was_made_is_shown(store: Store) -> None:
    async with reading_room(store) as served:
        assert isinstance(served.news.model, ScriptedModel)
        served.news.model.say(*(next(lines) for lines in [editor()] for _ in range(30)))
        await served.news.announce(WED, mixed(1, 9))
        asked = Asked(wish("rag"), Period(WED - timedelta(days=6), WED), ENGLISH)
        made = await served.roundups.of(asked, payer)
        before = served.asked()
        path = f"roundups/rag/{WED - timedelta(days=6)}--{WED}"
        assert "None has been made yet." not in await served.text("roundups")
        for page in ("roundups", "topics/rag"):
            text = await served.text(page)
            assert path.removeprefix("roundups/") in text, page
            assert "Thu 12 Nov 2026 – Wed 18 Nov 2026" in text
        # Whoever reads Chinese is led to the one there is, and told that it is in English.
        assert f'href="../{path}"' in (chinese := await served.text("zh-Hans/roundups"))
        assert "英语" in chinese
        text = await served.text(path)
        assert all(theme.title in text for theme in made.roundup.themes)
        assert text.count('id="paper-') == 9
        assert 'href="#paper-1"' in text
        assert "The texts are written by a machine." in text
        assert served.asked() == before


async def test_a_store_that_is_away_is_said_to_be(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("unreachable", "")

    monkeypatch.setattr(served.reading, "front", away)
    answer = await served.get("")
    assert answer.status_code == 503
    assert "The store did not answer" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_what_goes_wrong_is_a_page_too(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("made up")

    monkeypatch.setattr(served.reading, "front", broken)
    for path, said in (("", "Something went wrong here"), ("zh-Hans", "这里出了点问题")):
        answer = await served.get(path)
        assert answer.status_code == 500
        assert said in Page(answer.text).source
        assert "made up" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "the reading room failed at /" in caplog.text


@pytest.mark.parametrize("where", ["topics/{}", "topics/{}/2026-11-18", "papers/{}", "roundups/{}/x", "{}", "zh-Hans/{}", "search?q={}", "topics?lang={}", "papers/{}/1.png", "topics/rag/{}.bib"])  # fmt: skip
@pytest.mark.parametrize("what", ["%00", "%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "x" * 10_000, "%ED%A0%80", "%FF%FE", "..%2F..%2F..%2Fetc%2Fpasswd", "%7B%7B7*7%7D%7D", "%0d%0aSet-Cookie:%20a=b", "-1", "%F0%9F%92%A9"])  # fmt: skip
async def test_whatever_is_asked_there_is_an_answer(served: Served, where: str, what: str) -> None:
    answer = await served.get(where.format(what))
    assert answer.status_code in (200, 307, 308, 400, 404), answer.text[:300]
    assert "<script" not in answer.text
    assert "<img src=x" not in answer.text
    assert "set-cookie" not in answer.headers
    assert "root:" not in answer.text
    assert served.asked() == (0, 0)


async def test_a_long_list_of_authors_is_folded(served: Served) -> None:
    names = tuple(f"Author Number{n}" for n in range(200))
    await served.news.announce(WED, [paper("2611.00950", "Retrieval-Augmented Generation by Many", "RAG.", authors=names)], "cs.IR")  # fmt: skip
    text = await served.text("papers/2611.00950")
    assert "200 authors" in text
    assert all(
        text.count(f"{name}<") + text.count(f"{name},") + text.count(f"{name} …") == 1 for name in names
    )


async def test_nothing_read_yet_is_a_page_too(store: Store) -> None:
    async with reading_room(store) as served:
        for path in ("", "topics", "trends", "topics/rag"):
            assert (await served.get(path)).status_code == 200
        assert "Nothing has been read yet." in await served.text("")


async def test_a_withdrawn_paper_is_said_to_be(served: Served) -> None:
    await served.news.announce(WED, [paper("2611.00900", "Retrieval-Augmented Generation Undone", "This paper has been withdrawn by the authors.")], "cs.IR")  # fmt: skip
    assert "This paper was withdrawn." in await served.text("papers/2611.00900")


async def test_a_paper_names_its_topics_and_its_day(served: Served) -> None:
    text = await served.text("papers/2611.00390")
    assert f"../topics/rag/{WED}" in text
    assert PaperId.parse("2611.00390").pdf_url in text
    assert HOSTILE not in text


async def _nothing(_: object) -> Papers:
    raise AssertionError("what is filed is not loaded again")
