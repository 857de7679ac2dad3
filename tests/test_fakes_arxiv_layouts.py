"""The arXiv's stand-in, held against documents that the arXiv wrote, where they are at hand."""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import arxiv
import pytest
import requests
from lxml import etree

from bot.papers.ids import PaperId
from tests.fakes.arxiv import ArxivFake, small_corpus
from tests.fakes.arxiv_layouts import Layout
from tests.fakes.corpus import data_folder, real_corpus

REAL = data_folder()
RECORDED = sorted((REAL / "atom").glob("20*.xml")) if REAL else []
needs_recordings = pytest.mark.skipif(
    not RECORDED, reason="the recorded documents are kept beside the repository, and are not here"
)


def get(url: str, **query: str) -> bytes:
    return requests.get(url, params=query, timeout=10).content


def layout_of(path: Path) -> Layout:
    return "2026" if path.stem.startswith("2026") else "2025"


def ids_in(document: str) -> list[str]:
    return re.findall(r"<id>http://arxiv.org/abs/([^<]+)</id>", document)


def entries(document: str) -> dict[str, str]:
    """Return the entries as they stand, white space made even: the real metadata was kept without its own."""
    found = re.findall(r"  <entry>.*?</entry>", document, re.DOTALL)
    return {ids_in(entry)[0]: re.sub(r"(?<=>) | (?=<)", "", " ".join(entry.split())) for entry in found}


def order(parent: Any) -> list[str]:
    return [name for name, _ in groupby(child.tag for child in parent)]


def ask_again(path: Path) -> tuple[str, str]:
    """Return a recorded answer, and what the stand-in answers when asked for the same papers."""
    recorded = path.read_text("utf-8")
    with ArxivFake(layout=layout_of(path)) as fake:
        known = [given for given in ids_in(recorded) if fake.corpus.paper(PaperId.parse(given).number)]
        return recorded, get(fake.api_url, id_list=",".join(known) or "0000.0000", max_results="100").decode()


@needs_recordings
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_the_head_of_a_feed_has_the_arxivs_own_elements(path: Path) -> None:
    recorded, ours = ask_again(path)
    heads = []
    for document in (recorded, ours):
        feed = etree.fromstring(document.encode())
        heads.append([
            (child.tag, sorted(child.attrib), bool(child.text)) for child in feed if not child.tag.endswith("}entry")
        ])  # fmt: skip
    assert heads[0] == heads[1]
    assert recorded.partition("?>")[0] == ours.partition("?>")[0]


@needs_recordings
def test_nearly_every_recorded_entry_comes_out_letter_by_letter() -> None:
    # The rest differ in fact, not in form: the metadata beside the repository lacks affiliations, has a day for a
    # time here and there, and not every version.
    same: set[tuple[str, str]] = set()
    different: set[tuple[str, str]] = set()
    for path in RECORDED:
        recorded, ours = map(entries, ask_again(path))
        for number in recorded.keys() & ours.keys():
            (same if recorded[number] == ours[number] else different).add((path.stem, number))
    assert len(same) > 200
    assert len(different) < len(same) * 0.03, different


@needs_recordings
def test_line_breaks_of_2025_are_the_arxivs_own() -> None:
    compared = 0
    for path in (path for path in RECORDED if layout_of(path) == "2025"):
        recorded, ours = ask_again(path)
        # The abstracts of 2018 were broken by their authors, the titles by the arXiv.
        titles = re.findall(r"<title>.*?</title>", recorded, re.DOTALL)
        assert re.findall(r"<title>.*?</title>", ours, re.DOTALL) == titles
        compared += sum("\n" in title for title in titles)
    assert compared > 5


@needs_recordings
def test_the_error_is_the_recorded_one() -> None:
    assert REAL
    recorded = next((REAL / "errors").glob("2026*_id_abc_*.xml")).read_text("utf-8")
    with ArxivFake(small_corpus()) as fake:
        ours = get(fake.api_url, id_list="abc").decode()
    now = r"<updated>[^<]+</updated>"
    assert re.sub(now, "", ours).split() == re.sub(now, "", recorded).split()


@needs_recordings
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_the_feeds_have_the_arxivs_own_elements(kind: str) -> None:
    assert REAL
    recorded = etree.parse(next((REAL / "rss").glob(f"*_{kind}_*.xml"))).getroot()
    with ArxivFake(small_corpus()) as fake:
        ours = etree.fromstring(get(f"{fake.rss_url}/{kind}/cs.CL"))
    assert ours.nsmap == recorded.nsmap
    assert dict(ours.attrib) == dict(recorded.attrib)
    if kind == "rss":
        recorded, ours = recorded[0], ours[0]
    assert order(ours) == order(recorded)
    assert order(ours[-1]) == order(recorded[-1])


@needs_recordings
def test_a_real_day_can_be_replayed() -> None:
    corpus = real_corpus()
    assert corpus is not None
    with ArxivFake(corpus, day=date(2025, 6, 3)) as fake:
        feed = etree.fromstring(get(f"{fake.rss_url}/rss/cs.CL"))
        kinds = {node.text for node in feed.iterfind(".//{*}announce_type")}
        guids = [node.text.removeprefix("oai:arXiv.org:") for node in feed.iterfind(".//guid")]
        client = arxiv.Client(delay_seconds=0, num_retries=0)
        client.query_url_format = fake.api_url + "?{}"
        found = list(client.results(arxiv.Search(id_list=guids[:50])))
    assert len(guids) > 100
    assert kinds == {"new", "cross"}
    assert [result.get_short_id() for result in found] == guids[:50]
