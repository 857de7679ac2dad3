"""Records harvested over sockets: pages, versions, withdrawals, and a service that has bad days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.errors import ArxivClosed, ArxivUnavailable, PaperNotFound
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.oai import Harvester, Record
from bot.papers.transport import USER_AGENT
from tests.fakes.arxiv import ArxivFake, FaultName
from tests.fakes.arxiv_small import ACCENTS, CC_BY, EARLIER, LATEX, OLD_STYLE, PUBLISHED, REVISED, WITHDRAWN
from tests.fakes.corpus import NONEXCLUSIVE, Version, made_paper

GAP = 0.02  # seconds
QUICK = Limits(connect=2, silence=0.3, whole=0.5)
DAY, BEFORE = date(2025, 6, 10), date(2025, 6, 9)


@pytest.fixture
async def harvester(arxiv: ArxivFake) -> AsyncIterator[Harvester]:
    yield Harvester(LocalGate(gap=GAP, first_pause=GAP), arxiv.oai_url, limits=QUICK)
    assert arxiv.max_concurrency <= 1
    assert arxiv.min_gap >= GAP / 2
    assert all(seen.headers["user-agent"] == USER_AGENT for seen in arxiv.requests)


async def harvest(
    harvester: Harvester, category: str = "cs.CL", first: date = DAY, last: date = DAY
) -> dict[str, Record]:
    records = await harvester.records(category, first, last)
    found = {record.paper.id.number: record for record in records}
    assert len(found) == len(records)
    return found


async def test_the_question(harvester: Harvester, arxiv: ArxivFake) -> None:
    found = await harvest(harvester, "cs.CL", BEFORE, DAY)
    assert {EARLIER, PUBLISHED, REVISED} < set(found)
    assert set(await harvest(harvester, "cs.CL", BEFORE, BEFORE)) == {EARLIER}
    assert dict(arxiv.requests[0].query) == {
        "verb": "ListRecords",
        "metadataPrefix": "arXivRaw",
        "set": "cs:cs:CL",
        "from": "2025-06-09",
        "until": "2025-06-10",
    }
    assert found[EARLIER].modified == BEFORE


async def test_what_a_record_says(harvester: Harvester) -> None:
    found = await harvest(harvester)
    latex = found[LATEX].paper
    assert latex.title == "O(n log n) Attention by Folding Keys: An ϵ-Approximation"
    assert latex.source_title.startswith(r"$\mathcal{O}(n \log n)$ Attention")
    assert latex.authors == ("Ida Muster", "José Ejemplo")
    assert latex.categories == ("cs.LG", "cs.CL", "stat.ML")
    assert (latex.licence, latex.comment) == (CC_BY, "12 pages, 4 figures")
    assert latex.published == latex.updated == datetime(2025, 6, 9, 15, 30, tzinfo=UTC)
    assert "ϵ = 10⁻³" in latex.abstract
    assert len(found[ACCENTS].paper.authors) == 4
    published = found[PUBLISHED].paper
    assert published.doi == "10.5555/example.2025.0101"
    assert published.journal_ref == "Trans. Made-Up Comput. Linguist. 3 (2025) 101-117"


async def test_versions(harvester: Harvester, arxiv: ArxivFake) -> None:
    record = (await harvest(harvester))[REVISED]
    versions = arxiv.corpus.paper(REVISED)
    assert versions
    assert record.submissions == tuple(version.submitted for version in versions.versions)
    assert str(record.paper.id) == REVISED + "v3"
    assert (record.paper.published, record.paper.updated) == (record.submissions[0], record.submissions[2])
    assert not record.paper.withdrawn


@pytest.mark.parametrize("comment", [None, "12 pages", "This paper has been withdrawn due to an error"])
async def test_the_flag_of_a_withdrawal_counts(
    harvester: Harvester, arxiv: ArxivFake, comment: str | None
) -> None:
    paper = arxiv.corpus.paper(PUBLISHED)
    assert paper
    gone = Version(2, datetime(2025, 6, 9, 12, tzinfo=UTC), DAY, source_type="I")
    arxiv.corpus.add(replace(paper, comment=comment, versions=(*paper.versions, gone)))
    found = await harvest(harvester)
    assert found[PUBLISHED].paper.withdrawn
    assert (comment or "") in (found[PUBLISHED].paper.comment or "")
    usual = (await harvest(harvester, "cs.CC"))[WITHDRAWN].paper
    assert usual.withdrawn
    assert usual.comment == "This paper has been withdrawn by the author due to an error in Lemma 2"


async def test_a_paper_put_up_again_is_no_longer_withdrawn(harvester: Harvester, arxiv: ArxivFake) -> None:
    paper = arxiv.corpus.paper(PUBLISHED)
    assert paper
    gone = Version(2, datetime(2025, 6, 8, 12, tzinfo=UTC), BEFORE, source_type="I")
    again = Version(3, datetime(2025, 6, 9, 12, tzinfo=UTC), DAY)
    arxiv.corpus.add(replace(paper, versions=(*paper.versions, gone, again)))
    assert not (await harvest(harvester))[PUBLISHED].paper.withdrawn


async def test_old_ids_and_later_cross_lists(harvester: Harvester, arxiv: ArxivFake) -> None:
    arxiv.corpus.revise(OLD_STYLE, Version(2, datetime(2025, 6, 9, 12, tzinfo=UTC), DAY))
    arxiv.corpus.add(
        made_paper(
            "2505.98002",
            categories=("hep-th", "cs.CL"),
            announced=date(2025, 5, 22),
            cross_listed={"cs.CL": DAY},
        )
    )
    assert str((await harvest(harvester, "cs.DL"))[OLD_STYLE].paper.id) == f"{OLD_STYLE}v2"
    late = (await harvest(harvester))["2505.98002"]
    assert (late.modified, late.paper.categories) == (DAY, ("hep-th", "cs.CL"))
    assert set(await harvest(harvester, "hep-th")) == {"2505.98002"}


async def test_names_as_submitters_type_them(harvester: Harvester, arxiv: ArxivFake) -> None:
    arxiv.corpus.add(
        made_paper(
            "2506.98001",
            authors=(
                "Ada Example (1 and 2)",
                "Ben Beispiel",
                "Jr.",
                "Cem Andersson ((1) Nowhere, (2) Somewhere)",
            ),
            announced=DAY,
        )
    )
    found = (await harvest(harvester))["2506.98001"].paper
    assert found.authors == ("Ada Example", "Ben Beispiel Jr.", "Cem Andersson")


# Pages


async def test_every_page_takes_its_own_turn(harvester: Harvester, arxiv: ArxivFake) -> None:
    whole = await harvest(harvester, "cs.CL", BEFORE, DAY)
    arxiv.forget()
    arxiv.oai_page = 3
    assert await harvest(harvester, "cs.CL", BEFORE, DAY) == whole
    assert len(arxiv.requests) == -(-len(whole) // 3)
    assert all(set(seen.query) == {"verb", "resumptionToken"} for seen in arxiv.requests[1:])


async def test_no_records_match(harvester: Harvester, arxiv: ArxivFake) -> None:
    assert await harvest(harvester, "cs.CL", date(2025, 6, 11), date(2025, 6, 12)) == {}
    assert await harvest(harvester, "nucl-ex") == {}
    assert len(arxiv.requests) == 2


@pytest.mark.parametrize(
    "fault",
    ["429", "503", "406", "rate_exceeded_200", "500", "html_200", "empty_body", "malformed", "truncated", "reset", "hang"],
)  # fmt: skip
async def test_one_failure_on_any_page_is_survived(
    harvester: Harvester, arxiv: ArxivFake, fault: FaultName
) -> None:
    arxiv.oai_page = 5
    whole = await harvest(harvester)
    # Not the requests: on a busy machine one may take a second try.
    pages = len({tuple(seen.query.items()) for seen in arxiv.requests})
    arxiv.forget()
    arxiv.fail(fault)
    assert await harvest(harvester) == whole
    assert len(arxiv.requests) == pages + 1


@pytest.mark.parametrize(
    ("fault", "reason"), [("503", "throttled"), ("500", "status 500"), ("malformed", "malformed")]
)
async def test_what_lasts_is_said(
    harvester: Harvester, arxiv: ArxivFake, fault: FaultName, reason: str
) -> None:
    arxiv.fail(fault, times=None)
    with pytest.raises(ArxivUnavailable) as raised:
        await harvester.records("cs.CL", DAY, DAY)
    assert raised.value.reason == reason
    assert len(arxiv.requests) == 4


async def test_a_refusal_is_not_asked_again(harvester: Harvester, arxiv: ArxivFake) -> None:
    arxiv.fail("403")
    with pytest.raises(ArxivClosed):
        await harvester.records("cs.CL", DAY, DAY)
    assert len(arxiv.requests) == 1


async def test_an_expired_token_starts_the_list_over_once(harvester: Harvester, arxiv: ArxivFake) -> None:
    whole = await harvest(harvester)
    arxiv.forget()
    arxiv.oai_page = 5
    arxiv.fail("expired_token", path="/oai")
    assert await harvest(harvester) == whole
    assert ["resumptionToken" in seen.query for seen in arxiv.requests] == [False, True, False, True]
    arxiv.fail("expired_token", times=None)
    with pytest.raises(ArxivUnavailable, match="malformed"):
        await harvester.records("cs.CL", DAY, DAY)


async def test_an_error_of_the_service_is_no_empty_list(harvester: Harvester) -> None:
    with pytest.raises(ArxivUnavailable, match="malformed"):
        await harvester.records("cs.CL", DAY, BEFORE)


async def test_deleted_and_unreadable_records_lose_no_others(
    harvester: Harvester, arxiv: ArxivFake, caplog: pytest.LogCaptureFixture
) -> None:
    whole = await harvest(harvester)
    paper = arxiv.corpus.paper(PUBLISHED)
    assert paper
    arxiv.corpus.add(replace(paper, deleted=True))
    arxiv.corpus.add(made_paper("2506.98001", title=" ", announced=DAY))
    assert set(await harvest(harvester)) == set(whole) - {PUBLISHED}
    assert "2506.98001" in caplog.text


# One record


async def test_the_record_of_a_paper(harvester: Harvester, arxiv: ArxivFake) -> None:
    record = await harvester.record(PaperId.parse(LATEX))
    assert record == (await harvest(harvester))[LATEX]
    assert record.paper.licence == CC_BY
    assert dict(arxiv.requests[0].query) == {
        "verb": "GetRecord",
        "metadataPrefix": "arXivRaw",
        "identifier": f"oai:arXiv.org:{LATEX}",
    }


async def test_a_record_is_of_the_newest_version_whichever_is_asked_for(harvester: Harvester) -> None:
    record = await harvester.record(PaperId(REVISED, 1))
    assert str(record.paper.id) == f"{REVISED}v3"
    assert record.paper.licence == NONEXCLUSIVE


async def test_the_record_of_an_old_id(harvester: Harvester) -> None:
    assert (await harvester.record(PaperId.parse(f"{OLD_STYLE}v1"))).paper.id.number == OLD_STYLE


async def test_a_record_that_names_no_licence(harvester: Harvester, arxiv: ArxivFake) -> None:
    arxiv.corpus.add(made_paper("2506.98001", licence="", announced=DAY))
    assert (await harvester.record(PaperId("2506.98001"))).paper.licence is None


async def test_no_such_record(harvester: Harvester, arxiv: ArxivFake) -> None:
    paper = arxiv.corpus.paper(PUBLISHED)
    assert paper
    arxiv.corpus.add(replace(paper, deleted=True))
    for number in ("2506.98765", PUBLISHED):
        with pytest.raises(PaperNotFound, match=number):
            await harvester.record(PaperId(number))
    assert len(arxiv.requests) == 2


@pytest.mark.parametrize("fault", ["429", "500", "rate_exceeded_200", "html_200", "malformed", "hang"])
async def test_a_record_is_asked_for_twice_at_most(
    harvester: Harvester, arxiv: ArxivFake, fault: FaultName
) -> None:
    arxiv.fail(fault)
    assert (await harvester.record(PaperId(LATEX))).paper.licence == CC_BY
    arxiv.forget()
    arxiv.fail(fault, times=None)
    with pytest.raises(ArxivUnavailable):
        await harvester.record(PaperId(LATEX))
    assert len(arxiv.requests) == 2


async def test_a_record_that_cannot_be_read_is_no_answer(harvester: Harvester, arxiv: ArxivFake) -> None:
    arxiv.corpus.add(made_paper("2506.98001", title=" ", announced=DAY))
    with pytest.raises(ArxivUnavailable, match="malformed"):
        await harvester.record(PaperId("2506.98001"))
