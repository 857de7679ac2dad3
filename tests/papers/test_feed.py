"""Announcement feeds read over sockets: what they say of papers, and every way in which they lie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.feed import Feed, Feeds, Kind, parse
from bot.papers.gate import LocalGate, Silent
from bot.papers.limits import Limits
from bot.papers.transport import USER_AGENT
from tests.fakes.arxiv import ArxivFake, FaultName
from tests.fakes.arxiv_small import (
    ACCENTS,
    CC_BY,
    CHINESE,
    EARLIER,
    LATEX,
    OLD_STYLE,
    PLAIN,
    PUBLISHED,
    REVISED,
    WITHDRAWN,
)
from tests.fakes.corpus import Version, data_folder, made_paper

GAP = 0.02  # seconds
QUICK = Limits(connect=2, silence=0.3, whole=0.5)
DAY = date(2025, 6, 10)


@pytest.fixture
async def feeds(arxiv: ArxivFake) -> AsyncIterator[Feeds]:
    yield Feeds(LocalGate(gap=GAP, first_pause=GAP), arxiv.rss_url, limits=QUICK)
    assert arxiv.max_concurrency <= 1
    assert all(seen.headers["user-agent"] == USER_AGENT for seen in arxiv.requests)


def kinds(feed: Feed) -> dict[str, Kind]:
    return {str(item.paper.id): item.kind for item in feed.items}


async def test_a_day(feeds: Feeds, arxiv: ArxivFake) -> None:
    feed = await feeds.read("cs.CL")
    assert (feed.category, feed.day, feed.truncated) == ("cs.CL", DAY, False)
    assert feed.built == datetime(2025, 6, 10, 4, 0, 19, tzinfo=UTC)
    assert kinds(feed)[f"{PUBLISHED}v1"] is Kind.NEW
    assert kinds(feed)[f"{LATEX}v1"] is Kind.CROSS
    assert kinds(feed)[f"{REVISED}v3"] is Kind.REPLACE_CROSS
    assert f"{EARLIER}v1" not in kinds(feed)
    assert {item.day for item in feed.items} == {DAY}
    assert [seen.path for seen in arxiv.requests] == ["/rss/cs.CL"]


async def test_what_a_feed_says_of_a_paper(feeds: Feeds) -> None:
    papers = {item.paper.id.number: item.paper for item in (await feeds.read("cs.CL")).items}
    latex = papers[LATEX]
    assert latex.title == "O(n log n) Attention by Folding Keys: An ϵ-Approximation"
    assert latex.source_title.startswith(r"$\mathcal{O}(n \log n)$ Attention by \emph{Folding}")
    assert latex.abstract.startswith("Attention costs O(n²)")
    assert "ϵ = 10⁻³" in latex.abstract
    assert latex.authors == ("Ida Muster", "José Ejemplo")
    assert latex.categories == ("cs.LG", "cs.CL", "stat.ML")
    assert latex.licence == CC_BY
    assert (latex.published, latex.updated, latex.comment) == (None, None, None)
    assert papers[ACCENTS].authors[2] == "Đặng Thị Ánh"
    assert papers[CHINESE].abstract.startswith("Classical Chinese (文言文)")
    assert papers[PUBLISHED].doi == "10.5555/example.2025.0101"
    assert papers[PUBLISHED].journal_ref == "Trans. Made-Up Comput. Linguist. 3 (2025) 101-117"


async def test_a_paper_in_three_categories_is_new_in_one(feeds: Feeds, arxiv: ArxivFake) -> None:
    arxiv.corpus.add(
        made_paper("2506.98001", categories=("cs.IR", "cs.CL", "stat.ML", "I.2.7"), announced=DAY)
    )
    found = [
        kinds(await feeds.read(name)).get("2506.98001v1") for name in ("cs.IR", "cs.CL", "stat.ML", "cs.CV")
    ]
    assert found == [Kind.NEW, Kind.CROSS, Kind.CROSS, None]


async def test_what_came_to_be_listed_late(feeds: Feeds, arxiv: ArxivFake) -> None:
    weeks_ago = datetime(2025, 5, 20, 12, tzinfo=UTC)
    arxiv.corpus.add(made_paper("2505.98001", submitted=weeks_ago, announced=DAY))  # held by moderators
    arxiv.corpus.add(
        made_paper(
            "2505.98002",
            categories=("cs.DB", "cs.CL"),
            announced=date(2025, 5, 22),
            cross_listed={"cs.CL": DAY},
        )
    )
    arxiv.corpus.revise(OLD_STYLE, Version(2, datetime(2025, 6, 9, 12, tzinfo=UTC), DAY))
    found = kinds(await feeds.read("cs.CL"))
    assert found["2505.98001v1"] is Kind.NEW
    assert found["2505.98002v1"] is Kind.CROSS
    assert kinds(await feeds.read("cs.DL")) == {f"{OLD_STYLE}v2": Kind.REPLACE}
    assert kinds(await feeds.read("cs.CC")) == {f"{WITHDRAWN}v2": Kind.REPLACE}


# What proves nothing


@pytest.mark.parametrize("why", ["weekend", "holiday", "working day"])
async def test_an_empty_feed_is_an_answer(feeds: Feeds, arxiv: ArxivFake, why: str) -> None:
    match why:
        case "weekend":
            arxiv.day = date(2025, 6, 14)
        case "holiday":
            arxiv.holidays = {DAY}
        case _:
            arxiv.fail("no_items")
    feed = await feeds.read("cs.CL")
    assert feed.items == ()
    assert feed.day == arxiv.day


async def test_a_stale_batch_under_a_fresh_date(feeds: Feeds, arxiv: ArxivFake) -> None:
    arxiv.day_of["cs.IR"] = date(2025, 6, 9)
    feed = await feeds.read("cs.IR")
    assert feed.built
    assert feed.built.date() == DAY
    assert feed.day == date(2025, 6, 9)
    arxiv.channel_day = DAY
    feed = await feeds.read("cs.IR")
    assert (feed.day, {item.day for item in feed.items}) == (DAY, {date(2025, 6, 9)})


async def test_items_a_day_behind(feeds: Feeds, arxiv: ArxivFake) -> None:
    arxiv.shown_day, arxiv.channel_day = date(2025, 6, 9), DAY
    feed = await feeds.read("cs.CL")
    assert f"{PUBLISHED}v1" in kinds(feed)
    assert (feed.day, {item.day for item in feed.items}) == (DAY, {date(2025, 6, 9)})


async def test_two_thousand_items_may_be_more(arxiv: ArxivFake) -> None:
    for number in range(2100):
        categories = ("math.GT",) if number < 1999 else ("math.GT", "math.AT")
        arxiv.corpus.add(made_paper(f"2506.{90000 + number}", categories=categories, announced=DAY))
    feeds = Feeds(LocalGate(gap=GAP), arxiv.rss_url)
    feed = await feeds.read("math.GT")
    assert (len(feed.items), feed.truncated) == (2000, True)
    assert not (await feeds.read("math.AT")).truncated


# Throttling, its disguises, and answers that are none


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("429", "throttled"), ("503", "throttled"), ("406", "throttled"), ("rate_exceeded_200", "throttled"),
        ("404", "status 404"), ("500", "status 500"), ("empty_body", "malformed"), ("html_200", "malformed"),
        ("malformed", "malformed"), ("truncated", "unreachable"), ("reset", "unreachable"),
        ("hang", "timeout"), ("slow", "timeout"),
    ],
)  # fmt: skip
async def test_no_feed(feeds: Feeds, arxiv: ArxivFake, fault: FaultName, reason: str) -> None:
    arxiv.fail(fault)
    with pytest.raises(ArxivUnavailable) as raised:
        await feeds.read("cs.CL")
    assert raised.value.reason == reason
    assert len(arxiv.requests) == 1  # whoever asks decides when to ask again
    assert kinds(await feeds.read("cs.CL"))


async def test_a_category_that_does_not_exist(feeds: Feeds) -> None:
    with pytest.raises(ArxivUnavailable, match="status 400"):
        await feeds.read("nonsense.XX")


async def test_a_refusal_closes_the_gate(feeds: Feeds, arxiv: ArxivFake) -> None:
    arxiv.fail("403")
    for _ in range(2):
        with pytest.raises(ArxivClosed):
            await feeds.read("cs.CL")
    assert len(arxiv.requests) == 1


async def test_a_redirect_is_followed_by_a_turn_of_its_own(feeds: Feeds, arxiv: ArxivFake) -> None:
    arxiv.fail("redirect")
    assert kinds(await feeds.read("cs.CL"))
    assert len(arxiv.requests) == 2
    assert arxiv.min_gap >= GAP / 2


async def test_who_gives_up_leaves_the_gate_open(arxiv: ArxivFake) -> None:
    gate = LocalGate(gap=GAP)
    feeds = Feeds(gate, arxiv.rss_url, limits=QUICK)
    turn = await gate.enter()
    with pytest.raises(ArxivUnavailable, match="busy"):
        await feeds.read("cs.CL", patience=0.05)
    await turn.leave(Silent())
    assert kinds(await feeds.read("cs.CL"))


# Items that are out of order


ITEM = """<item><title>{title}</title><link>https://arxiv.org/abs/2506.98765</link>
<description>{description}</description><guid isPermaLink="false">{guid}</guid><category>cs.CL</category>
<pubDate>Tue, 10 Jun 2025 00:00:00 -0400</pubDate>{more}</item>"""
TYPE = "<arxiv:announce_type>{}</arxiv:announce_type>"
HEAD = "arXiv:2506.98765v2 Announce Type: replace \nAbstract: "


def item(guid: str = "oai:arXiv.org:2506.98765v1", more: str = TYPE.format("new"), **rest: str) -> str:
    return ITEM.format(**{"guid": guid, "more": more, "title": "T", "description": HEAD + "A.", **rest})


def document(*items: str, published: str = "Tue, 10 Jun 2025 00:00:00 -0400") -> Any:
    return etree.fromstring(
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">'
        f"<channel><pubDate>{published}</pubDate>{''.join(items)}</channel></rss>"
    )


def test_an_item_that_cannot_be_read_loses_no_other(caplog: pytest.LogCaptureFixture) -> None:
    good = [item(f"oai:arXiv.org:2506.{90000 + n}v1") for n in range(4)]
    bad = [item("nonsense"), item("oai:arXiv.org:2506.99001v1", TYPE.format("sideways")), item(title=" ")]
    feed = parse("cs.CL", document(*good, *bad))
    assert len(feed.items) == 4
    assert "nonsense" in caplog.text
    assert "2506.99001v1" in caplog.text


@pytest.mark.parametrize(("good", "bad"), [(0, 1), (2, 4), (8, 5)])
def test_many_unreadable_items_are_no_feed(good: int, bad: int) -> None:
    items = [item(f"oai:arXiv.org:2506.{90000 + n}v1") for n in range(good)] + [item("nonsense")] * bad
    with pytest.raises(ArxivUnavailable, match="malformed"):
        parse("cs.CL", document(*items))


def test_what_an_item_lacks_is_found_elsewhere() -> None:
    [found] = parse("cs.CL", document(item("oai:arXiv.org:2506.98765", more=""))).items
    assert (str(found.paper.id), found.kind) == ("2506.98765v2", Kind.REPLACE)
    assert (found.paper.authors, found.paper.licence) == ((), None)
    [found] = parse("cs.CL", document(item(""))).items
    assert found.paper.id.number == "2506.98765"


@pytest.mark.parametrize(
    ("guid", "number"),
    [
        ("oai:arXiv.org:hep-th/9901001v3", "hep-th/9901001v3"),
        ("oai:arXiv.org:math.GT/0309136v2", "math/0309136v2"),
    ],
)
def test_old_ids(guid: str, number: str) -> None:
    [found] = parse("hep-th", document(item(guid, TYPE.format("replace")))).items
    assert str(found.paper.id) == number


def test_an_abstract_may_quote_the_head_of_another() -> None:
    description = HEAD + "We study heads.\nAbstract: is a word."
    [found] = parse("cs.CL", document(item(description=description))).items
    assert found.paper.abstract == "We study heads. Abstract: is a word."


def test_a_paper_named_twice_counts_once() -> None:
    assert len(parse("cs.CL", document(item(), item())).items) == 1


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("Tue, 10 Jun 2025 00:00:00 -0400", DAY),
        ("Tue, 10 Jun 2025 04:00:00 +0000", DAY),
        ("Tue, 10 Jun 2025 03:59:59 GMT", DAY - timedelta(days=1)),
        ("Wed, 10 Dec 2025 00:00:00 -0400", date(2025, 12, 10)),  # the offset of summer in winter
        ("soon", None),
        ("", None),
    ],
)
def test_days_are_those_of_new_york(published: str, day: date | None) -> None:
    assert parse("cs.CL", document(published=published)).day == day


@pytest.mark.parametrize("text", ["<html><body/></html>", "<rss version='2.0'/>", "<feed/>"])
def test_other_documents(text: str) -> None:
    with pytest.raises(ArxivUnavailable, match="malformed"):
        parse("cs.CL", etree.fromstring(text))


async def test_a_control_character_costs_no_day(feeds: Feeds, arxiv: ArxivFake) -> None:
    paper = arxiv.corpus.paper(PLAIN)
    assert paper
    arxiv.corpus.add(replace(paper, abstract="We route\x0b every \x1ftoken."))
    found = {item.paper.id.number: item.paper for item in (await feeds.read("cs.LG")).items}
    assert found[PLAIN].abstract == "We route every token."


def test_a_real_feed() -> None:
    folder = data_folder()
    if folder is None:
        pytest.skip("the data set is not at hand")
    for path in sorted((folder / "rss").glob("*_rss_*.xml")):
        root = etree.parse(path).getroot()
        feed = parse("cs.LG", root)
        assert feed.day == date(2026, 9, 24)
        assert len(feed.items) == len(root.findall(".//item"))
        for found in feed.items:
            paper = found.paper
            assert paper.id.version
            assert paper.authors
            assert paper.categories
            assert (paper.licence or "").startswith("http")
            assert "Announce Type" not in paper.abstract
            assert found.day == feed.day
