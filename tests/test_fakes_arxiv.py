"""The arXiv's stand-in, asked by the real `arxiv` client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import arxiv
import pytest
import requests
from lxml import etree

from bot.papers.ids import PaperId
from tests.fakes import arxiv_small as small
from tests.fakes.arxiv import ArxivFake, FaultName, made_paper, small_corpus
from tests.fakes.arxiv_layouts import Layout
from tests.fakes.corpus import Version

DAY = date(2025, 6, 10)
OAI = {"o": "http://www.openarchives.org/OAI/2.0/", "r": "http://arxiv.org/OAI/arXivRaw/"}


@pytest.fixture
def fake() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus(DAY)) as server:
        yield server


def client(fake: ArxivFake, page_size: int = 100) -> arxiv.Client:
    made = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
    made.query_url_format = fake.api_url + "?{}"
    return made


def search(fake: ArxivFake, query: str = "", **more: Any) -> list[arxiv.Result]:
    return list(client(fake).results(arxiv.Search(query=query, **more)))


def numbers(results: list[arxiv.Result]) -> set[str]:
    return {re.sub(r"v\d+$", "", result.get_short_id()) for result in results}


def get(url: str, **query: str) -> requests.Response:
    return requests.get(url, params=query, timeout=5)


# The query API


@pytest.mark.parametrize("layout", ["2025", "2026"])
def test_the_arxiv_client_reads_every_field(fake: ArxivFake, layout: Layout) -> None:
    fake.layout = layout
    found = search(fake, id_list=[small.PUBLISHED, small.OLD_STYLE, small.ACCENTS])
    published, old, accents = found
    assert published.title == "Counting Hallucinations in Legal Summaries"
    assert published.doi == "10.5555/example.2025.0101"
    assert published.journal_ref == "Trans. Made-Up Comput. Linguist. 3 (2025) 101-117"
    assert published.comment == "Accepted at the Conference on Examples 2025 (oral)"
    assert published.primary_category == "cs.CL"
    assert published.categories == ["cs.CL", "cs.CY"]
    assert published.published == datetime(2025, 6, 9, 15, 30, tzinfo=UTC)
    assert published.pdf_url
    assert published.pdf_url.endswith(f"/pdf/{small.PUBLISHED}v1")
    assert [author.name for author in accents.authors][1] == "Łukasz Żółć"
    assert old.get_short_id() == f"{small.OLD_STYLE}v1"


def test_a_version_is_pinned_and_unknown_ids_are_absent(fake: ArxivFake) -> None:
    found = search(fake, id_list=[f"{small.REVISED}v1", "2506.99999", f"{small.REVISED}v9", small.REVISED])
    assert [result.get_short_id() for result in found] == [f"{small.REVISED}v1", f"{small.REVISED}v3"]
    assert "80 tasks" in found[0].summary
    assert found[0].published == found[1].published
    assert found[0].updated < found[1].updated


def test_a_client_that_gives_no_max_results_gets_ten(fake: ArxivFake) -> None:
    ids = ",".join(paper.id for paper in fake.corpus)
    feed = etree.fromstring(get(fake.api_url, id_list=ids).content)
    assert len(feed.findall("{*}entry")) == 10
    assert feed.findtext("{*}totalResults") == "12"


def test_pages_follow_each_other_without_overlap(fake: ArxivFake) -> None:
    for number in range(60):
        fake.corpus.add(made_paper(f"2506.98{number:03}", title=f"Paged {number}", announced=DAY))
    found = list(client(fake, page_size=25).results(arxiv.Search(query="ti:paged")))
    assert len(found) == len(numbers(found)) == 60
    assert len(fake.requests) == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ti:retrieval", {small.ACCENTS, small.EARLIER}),
        ("ti:retrieval AND cat:cs.IR ANDNOT abs:spelling", {small.ACCENTS}),
        ("(ti:agents OR ti:sparse) AND cat:cs.*", {small.REVISED, small.PLAIN}),
        ('abs:"mixture of experts"', {small.PLAIN}),
        ("abs:mixture-of-experts", {small.PLAIN}),
        ("au:muller", {small.ACCENTS}),
        ("au:mustermann_e", {small.PLAIN}),
        ("co:withdrawn", {small.WITHDRAWN}),
        ('jr:"Made-Up Comput"', {small.PUBLISHED}),
        ("rn:NOWHERE-TR-25-17", {small.PUBLISHED}),
        ("all:文言文", {small.CHINESE}),
        ("folding routing", {small.LATEX, small.PLAIN}),
        ("submittedDate:[200502010000 TO 200503010000]", {small.OLD_STYLE}),
        ("cat:stat.ME AND submittedDate:[20250609 TO 20250610]", {small.STATISTICS}),
        ("ti:(agents AND ask)", {small.REVISED}),
        ("all:nothinglikeit", set()),
    ],
)
def test_the_query_language(fake: ArxivFake, query: str, expected: set[str]) -> None:
    assert numbers(search(fake, query, max_results=50)) == expected


def test_results_come_in_the_order_asked_for(fake: ArxivFake) -> None:
    def dates(order: arxiv.SortOrder) -> list[datetime]:
        by = arxiv.SortCriterion.SubmittedDate
        return [result.published for result in search(fake, "cat:cs.CL", sort_by=by, sort_order=order)]

    assert dates(arxiv.SortOrder.Ascending) == sorted(dates(arxiv.SortOrder.Descending))
    assert search(fake, "retrieval")[0].get_short_id() == f"{small.ACCENTS}v1"  # says it most often


def test_an_id_list_narrows_a_search(fake: ArxivFake) -> None:
    assert numbers(search(fake, "cat:cs.CL", id_list=[small.CHINESE, small.PLAIN])) == {small.CHINESE}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"id_list": "abc"}, "incorrect id format for abc"),
        ({"id_list": f"{small.PLAIN},1234.1234"}, "incorrect id format for 1234.1234"),
        ({"id_list": "cond—mat/0709123"}, "incorrect id format for cond—mat/0709123"),
        ({"search_query": "all:x", "start": "not_an_int"}, "start must be an integer"),
        ({"search_query": "all:x", "start": "-1"}, "start must be non-negative"),
        ({"search_query": "all:x", "max_results": "not_an_int"}, "max_results must be an integer"),
        ({"search_query": "all:x", "max_results": "-1"}, "max_results must be non-negative"),
        ({"search_query": "all:x", "max_results": "30001"}, "`start` + `max_results` must be <= 30000"),
        ({"search_query": "(all:x"}, "incorrect search query (all:x"),
        ({"search_query": "all:x", "sortBy": "taste"}, "sortBy must be in: relevance, lastUpdatedDate, submittedDate"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["2025", "2026"])
def test_a_wrong_question_gets_400_and_the_feed_named_error(
    fake: ArxivFake, layout: Layout, query: dict[str, str], said: str
) -> None:
    fake.layout = layout
    answer = get(fake.api_url, **query)
    entry = etree.fromstring(answer.content).find("{*}entry")
    assert answer.status_code == 400
    assert entry.findtext("{*}title") == "Error"
    assert entry.findtext("{*}summary") == said


def test_what_comes_later_is_not_there_yet(fake: ArxivFake) -> None:
    fake.day = date(2025, 6, 9)
    assert not search(fake, id_list=[small.PLAIN])
    assert search(fake, id_list=[small.REVISED])[0].get_short_id() == f"{small.REVISED}v2"
    assert get(f"{fake.pdf_url}/{small.PLAIN}").status_code == 404


# The announcement feeds


def listed(answer: requests.Response) -> dict[str, str]:
    channel = etree.fromstring(answer.content)[0]
    return {
        item.findtext("guid"): item.findtext("{http://arxiv.org/schemas/atom}announce_type")
        for item in channel.findall("item")
    }


def test_a_feed_says_how_each_paper_came_to_be_listed(fake: ArxivFake) -> None:
    fake.corpus.add(made_paper("2505.99001", announced=date(2025, 5, 6), categories=("cs.DB", "cs.CL"),
                               cross_listed={"cs.CL": DAY}))  # fmt: skip
    kinds = listed(get(f"{fake.rss_url}/rss/cs.CL"))
    assert kinds[f"oai:arXiv.org:{small.PUBLISHED}v1"] == "new"
    assert kinds[f"oai:arXiv.org:{small.LATEX}v1"] == "cross"
    assert kinds[f"oai:arXiv.org:{small.REVISED}v3"] == "replace-cross"
    assert kinds["oai:arXiv.org:2505.99001v1"] == "cross"
    assert listed(get(f"{fake.rss_url}/rss/cs.AI"))[f"oai:arXiv.org:{small.REVISED}v3"] == "replace"
    assert not any(small.EARLIER in guid for guid in kinds)
    assert list(kinds.values()) == sorted(kinds.values(), key=["new", "cross", "replace-cross"].index)


def test_a_feed_of_several_categories_names_a_paper_once(fake: ArxivFake) -> None:
    kinds = listed(get(f"{fake.rss_url}/rss/cs.CL+cs.LG"))
    assert kinds[f"oai:arXiv.org:{small.LATEX}v1"] == "new"
    assert set(kinds) >= set(listed(get(f"{fake.rss_url}/rss/cs.LG")))


def test_a_sixth_version_is_not_announced(fake: ArxivFake) -> None:
    for number in range(4, 7):
        fake.corpus.revise(small.REVISED, Version(number, datetime(2025, 6, number + 10, tzinfo=UTC),
                                                  date(2025, 6, number + 11)))  # fmt: skip
    fake.day = date(2025, 6, 16)
    assert f"oai:arXiv.org:{small.REVISED}v5" in listed(get(f"{fake.rss_url}/rss/cs.AI"))
    fake.day = date(2025, 6, 17)
    assert not listed(get(f"{fake.rss_url}/rss/cs.AI"))


def test_weekends_and_holidays_are_empty(fake: ArxivFake) -> None:
    fake.day = date(2025, 6, 14)
    assert not listed(get(f"{fake.rss_url}/rss/cs.CL"))
    fake.day = DAY
    fake.holidays = {DAY}
    assert not listed(get(f"{fake.rss_url}/rss/cs.CL"))


def test_a_category_can_be_stale_under_a_fresh_date_of_building(fake: ArxivFake) -> None:
    fake.day_of["cs.IR"] = date(2025, 6, 9)
    channel = etree.fromstring(get(f"{fake.rss_url}/rss/cs.IR").content)[0]
    assert channel.findtext("lastBuildDate").startswith("Tue, 10 Jun 2025 04:00:19")
    assert [item.findtext("pubDate") for item in channel.findall("item")] == [
        "Mon, 09 Jun 2025 00:00:00 -0400"
    ]


def test_a_feed_stops_at_two_thousand(fake: ArxivFake) -> None:
    for number in range(2100):
        fake.corpus.add(made_paper(f"2506.{90000 + number}", categories=("math.GT",), announced=DAY))
    assert len(listed(get(f"{fake.rss_url}/rss/math.GT"))) == 2000
    assert len(etree.fromstring(get(f"{fake.rss_url}/atom/math").content).findall("{*}entry")) == 2000


def test_a_feed_is_not_sent_again_and_not_made_up(fake: ArxivFake) -> None:
    tag = get(f"{fake.rss_url}/rss/cs.CL").headers["ETag"]
    again = requests.get(f"{fake.rss_url}/rss/cs.CL", headers={"If-None-Match": tag}, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    assert get(f"{fake.rss_url}/rss/nonsense.XX").status_code == 400


# OAI-PMH


def test_records_of_a_set_come_page_by_page(fake: ArxivFake) -> None:
    fake.oai_page = 3
    query = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": "cs:cs:CL", "from": "2025-06-09"}
    found: list[str] = []
    while query:
        answer = etree.fromstring(get(fake.oai_url, **query).content)
        found += [record.findtext(".//r:id", None, OAI) for record in answer.iterfind(".//o:record", OAI)]
        token = answer.findtext(".//o:resumptionToken", None, OAI)
        query = {"verb": "ListRecords", "resumptionToken": token} if token else {}
    assert len(found) == len(set(found)) == 8
    assert found[0] == small.EARLIER
    assert answer.find(".//o:resumptionToken", OAI) is not None
    identity = etree.fromstring(get(fake.oai_url, verb="Identify").content)
    assert identity.findtext(".//o:granularity", None, OAI) == "YYYY-MM-DD"


def test_a_raw_record_has_the_licence_and_every_version(fake: ArxivFake) -> None:
    query = {"verb": "GetRecord", "metadataPrefix": "arXivRaw"}
    latex = etree.fromstring(get(fake.oai_url, identifier=f"oai:arXiv.org:{small.LATEX}", **query).content)
    assert latex.findtext(".//r:license", None, OAI) == small.CC_BY
    gone = etree.fromstring(get(fake.oai_url, identifier=f"oai:arXiv.org:{small.WITHDRAWN}", **query).content)
    assert [v.get("version") for v in gone.iterfind(".//r:version", OAI)] == ["v1", "v2"]
    assert [v.text for v in gone.iterfind(".//r:source_type", OAI)] == ["D", "I"]
    assert gone.findtext(".//r:version/r:date", None, OAI) == "Sat, 31 May 2025 08:59:37 GMT"


def test_the_plain_format_splits_names(fake: ArxivFake) -> None:
    query = {"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": f"oai:arXiv.org:{small.ACCENTS}"}
    record = etree.fromstring(get(fake.oai_url, **query).content)
    assert [name.text for name in record.iterfind(".//{*}keyname")][:2] == ["Müller-Østergård", "Żółć"]
    assert [spec.text for spec in record.iterfind(".//o:setSpec", OAI)] == ["cs:cs:CL", "cs:cs:IR"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "yesterday"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "colour": "red"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "2031-01-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "set": "physics:hep-ex"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "resumptionToken": "nonsense"}, "badResumptionToken"),
        ({"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": "oai:arXiv.org:2506.99999"}, "idDoesNotExist"),
        ({"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": "2506.99001"}, "badArgument"),
        ({"verb": "Sing"}, "badVerb"),
    ],
)  # fmt: skip
def test_oai_errors(fake: ArxivFake, query: dict[str, str], code: str) -> None:
    answer = get(fake.oai_url, **query)
    assert answer.status_code == 200
    assert etree.fromstring(answer.content).find("o:error", OAI).get("code") == code


# PDFs


def test_a_pdf_is_whole_and_a_missing_one_is_missing(fake: ArxivFake) -> None:
    answer = get(f"{fake.pdf_url}/{small.CHINESE}v1")
    body = answer.content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert body.startswith(b"%PDF-1.4")
    assert body.endswith(b"%%EOF\n")
    table = int(re.findall(rb"startxref\n(\d+)", body)[0])
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n ", body[table:]), 1):
        assert body[int(place) :].startswith(b"%d 0 obj" % number)
    assert get(f"{fake.pdf_url}/2506.99999").status_code == 404
    assert get(f"{fake.pdf_url}/{small.WITHDRAWN}").status_code == 404
    assert get(f"{fake.pdf_url}/{small.OLD_STYLE}").status_code == 200


# What goes wrong


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("429", 429, "Rate exceeded."),
        ("503", 503, ""),
        ("403", 403, ""),
        ("406", 406, ""),
        ("rate_exceeded_200", 200, "Rate exceeded."),
    ],
)
def test_refusals_come_as_often_as_told(fake: ArxivFake, name: FaultName, status: int, body: str) -> None:
    fake.fail(name, times=2)
    for _ in range(2):
        answer = get(fake.api_url, id_list=small.PLAIN)
        assert (answer.status_code, answer.text) == (status, body)
    assert get(fake.api_url, id_list=small.PLAIN).status_code == 200
    assert [seen.fault for seen in fake.requests] == [name, name, None]


def test_a_standing_fault_stands_until_recovery_and_only_where_it_is_said(fake: ArxivFake) -> None:
    fake.fail("429_retry_after", times=None, path="/rss", retry_after=7)
    assert get(f"{fake.rss_url}/rss/cs.CL").headers["Retry-After"] == "7"
    assert get(fake.oai_url, verb="Identify").status_code == 200
    assert get(f"{fake.rss_url}/rss/cs.CL").status_code == 429
    fake.recover()
    assert get(f"{fake.rss_url}/rss/cs.CL").status_code == 200


def test_to_the_arxiv_client_rate_exceeded_and_empty_pages_look_like_no_results(fake: ArxivFake) -> None:
    for name in ("rate_exceeded_200", "empty_page", "empty_page_counted"):
        fake.fail(name)
        assert search(fake, id_list=[small.PLAIN]) == []
    assert numbers(search(fake, id_list=[small.PLAIN])) == {small.PLAIN}


def test_an_empty_page_may_still_count_results(fake: ArxivFake) -> None:
    fake.fail("empty_page_counted", total=99)
    feed = etree.fromstring(get(fake.api_url, search_query="cat:cs.CL").content)
    assert feed.findtext("{*}totalResults") == "99"
    assert not feed.findall("{*}entry")


def test_broken_answers(fake: ArxivFake) -> None:
    fake.fail("malformed")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(get(fake.api_url, id_list=small.PLAIN).content)
    fake.fail("truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(fake.api_url, id_list=small.PLAIN)
    fake.fail("reset")
    with pytest.raises(requests.exceptions.ConnectionError):
        get(fake.api_url, id_list=small.PLAIN)
    fake.fail("hang")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(fake.api_url, timeout=0.1)


def test_a_slow_answer_begins_at_once_and_does_not_end(fake: ArxivFake) -> None:
    fake.fail("slow", interval=0.01)
    with requests.get(fake.api_url, params={"id_list": small.PLAIN}, timeout=5, stream=True) as answer:
        assert answer.status_code == 200
        assert answer.raw.read(3) == b"<?x"


def test_a_redirect_is_another_request(fake: ArxivFake) -> None:
    fake.fail("redirect", status=301)
    assert get(fake.api_url, id_list=small.PLAIN).status_code == 200
    assert [seen.status for seen in fake.requests] == [301, 200]


def test_without_an_accept_header_there_is_nothing(fake: ArxivFake) -> None:
    headers: Any = {"Accept": None}
    assert requests.get(fake.api_url, headers=headers, timeout=5).status_code == 406


def test_the_pace_is_measured_and_can_be_enforced(fake: ArxivFake) -> None:
    fake.enforce_pace = True
    assert [get(fake.oai_url, verb="Identify").status_code for _ in range(2)] == [200, 429]
    assert 0 < fake.min_gap < 1
    assert fake.max_concurrency == 1
    fake.pace = 0.0
    assert get(fake.oai_url, verb="Identify").status_code == 200
    assert fake.requests[0].query == {"verb": "Identify"}


def test_the_made_up_ids_can_be_read_as_ids() -> None:
    assert all(str(PaperId.parse(paper.id)) == paper.id for paper in small_corpus())
