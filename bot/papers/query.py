"""One physical question to the query API, and its answer read into papers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import requests

from bot.errors import ArxivUnavailable, NotAPaperId
from bot.papers.categories import categories
from bot.papers.ids import PaperId
from bot.papers.latex import if_formulas, to_text
from bot.papers.paper import Paper
from bot.papers.transport import MOST_HOPS, GatedAdapter

if TYPE_CHECKING:
    import arxiv

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


class ErrorEntry(Exception):
    """The API answered with its error entry."""


class QueryAdapter(GatedAdapter):
    """Look at the feed before the `arxiv` library does, which reads half a feed without a word."""

    entries = 0  # in all pages
    total = 0  # that the last page counts
    start = 0  # of the first page: beyond the last result a page is rightly empty

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request. Raises `ErrorEntry`, `ArxivUnavailable("malformed")`."""
        from lxml import etree

        response = super().send(request, **options)
        if response.is_redirect:
            return response
        try:
            feed = etree.fromstring(
                response.content, etree.XMLParser(resolve_entities=False, no_network=True)
            )
        except etree.XMLSyntaxError as error:
            if response.status_code != requests.codes.OK:
                return response  # the library reports the status
            raise ArxivUnavailable("malformed") from error
        if feed.tag != f"{_ATOM}feed":
            raise ArxivUnavailable("malformed")
        entry = feed.find(f"{_ATOM}entry")
        self.total = _number(feed.findtext(_TOTAL))
        if entry is None and self.total > self.start:
            raise ArxivUnavailable("throttled")  # a page that counts results and holds none
        self.entries += len(feed.findall(f"{_ATOM}entry"))
        if entry is not None and "/api/errors" in (entry.findtext(f"{_ATOM}id") or ""):
            raise ErrorEntry(entry.findtext(f"{_ATOM}summary") or "")
        return response


def query(url: str, adapter: QueryAdapter, ids: list[PaperId]) -> list[Paper]:
    """Ask for `ids` in one request. Blocks. Raises `ErrorEntry`, `ArxivUnavailable`, `ArxivClosed`."""
    import arxiv

    return _papers(url, adapter, arxiv.Search(id_list=[str(i) for i in ids], max_results=None), len(ids))


def search(
    url: str,
    adapter: QueryAdapter,
    text: str,
    most: int,
    sort: Literal["submittedDate", "relevance"],
) -> tuple[int, list[Paper]]:
    """Ask for what fits `text`, from `adapter.start` on; return how many there are as well.

    Blocks. Raises `ErrorEntry`, `ArxivUnavailable`, `ArxivClosed`.
    """
    import arxiv

    order = arxiv.SortCriterion(sort)
    asked = arxiv.Search(text, max_results=None, sort_by=order, sort_order=arxiv.SortOrder.Descending)
    papers = _papers(url, adapter, asked, most)
    return adapter.total, papers


def _papers(url: str, adapter: QueryAdapter, asked: arxiv.Search, most: int) -> list[Paper]:
    import arxiv

    client = arxiv.Client(page_size=most, delay_seconds=0, num_retries=0)
    client.query_url_format = url + "?{}"
    client._session.mount("http://", adapter)
    client._session.mount("https://", adapter)
    client._session.max_redirects = MOST_HOPS
    try:
        papers = [to_paper(result) for result in islice(client.results(asked, adapter.start), most)]
    except arxiv.HTTPError as error:
        raise ArxivUnavailable(f"status {error.status}") from error
    except (arxiv.ArxivError, requests.exceptions.RequestException, ValueError) as error:
        raise ArxivUnavailable("malformed") from error
    finally:
        client._session.close()
    if len(papers) < min(adapter.entries, most):  # the library leaves out what it cannot read
        raise ArxivUnavailable("malformed")
    return papers


def _number(text: str | None) -> int:
    return int(text) if text and text.strip().isdecimal() else 0


def to_paper(result: object) -> Paper:
    """Read an entry of the `arxiv` library."""
    import arxiv

    assert isinstance(result, arxiv.Result)
    try:
        paper_id = PaperId.parse(result.entry_id)
    except NotAPaperId as error:
        raise ArxivUnavailable("malformed") from error
    return Paper(
        id=PaperId(paper_id.number, paper_id.version or 1),
        title=to_text(result.title),
        source_title=" ".join(result.title.split()),
        authors=tuple(to_text(author.name) for author in result.authors),
        abstract=to_text(result.summary),
        source_abstract=if_formulas(result.summary),
        categories=categories((result.primary_category, *result.categories)),
        published=result.published,
        updated=result.updated,
        comment=to_text(result.comment) if result.comment else None,
        journal_ref=to_text(result.journal_ref) if result.journal_ref else None,
        doi=result.doi or None,
    )
