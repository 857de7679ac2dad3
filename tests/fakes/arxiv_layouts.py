"""The query API's Atom documents, as the arXiv wrote them until 2025 and writes them in 2026."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote
from xml.sax.saxutils import escape as _escape

from tests.fakes.corpus import Edition

Layout = Literal["2025", "2026"]

ATOM = "http://www.w3.org/2005/Atom"
_ARXIV = 'xmlns:arxiv="http://arxiv.org/schemas/atom"'
_SEARCH = 'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results, and the question that it answers."""

    search_query: str
    id_list: str
    start: int
    max_results: int
    total: int
    editions: Sequence[Edition]

    @property
    def question(self) -> str:
        return f"search_query={self.search_query}&id_list={self.id_list}&start={self.start}&max_results={self.max_results}"


def escape(text: str) -> str:
    """Escape text for an element or a double-quoted attribute."""
    return _escape(text, {'"': "&quot;"})


def element_text(text: str) -> str:
    """Escape text for an element, leaving quotes as the arXiv leaves them."""
    return _escape(text)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def wrapped_line(text: str, label: str = "Title: ") -> str:
    """Break a field as the arXiv stores it: by the 79 columns of its mails, which had the label before it."""
    lines = textwrap.fill(
        text, 79, initial_indent=label, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return lines.removeprefix(label).lstrip()


def wrapped_abstract(abstract: str) -> str:
    """Break an abstract as the arXiv stores it: two blanks before each paragraph, a line feed at the end."""
    paragraphs = [" ".join(part.split()) for part in abstract.split("\n  ")]
    lines = [
        textwrap.fill(part, 79, initial_indent="  ", break_long_words=False, break_on_hyphens=False)
        for part in paragraphs
    ]
    return "\n".join(lines) + "\n"


def results(page: Page, layout: Layout) -> bytes:
    """Return the feed that answers a query."""
    document = _results_2025(page) if layout == "2025" else _results_2026(page)
    return document.encode()


def error(message: str, anchor: str, layout: Layout, question: str = "") -> bytes:
    """Return the feed of one entry, "Error", that goes with a status of 400."""
    now = datetime.now(UTC)
    if layout == "2025":
        where = f"http://arxiv.org/api/errors#{quote(anchor, safe='')}"
        document = f"""{_head_2025(question, now, 1, 0, 1)}
  <entry>
    <id>{escape(where)}</id>
    <title>Error</title>
    <summary>{element_text(message)}</summary>
    <updated>{now:%Y-%m-%d}T00:00:00-04:00</updated>
    <link href="{escape(where)}" rel="alternate" type="text/html"/>
    <author>
      <name>arXiv api core</name>
    </author>
  </entry>
</feed>"""
    else:
        where = f"https://arxiv.org/api/errors#{quote(anchor, safe='')}"
        document = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed {_SEARCH} {_ARXIV} xmlns="{ATOM}">
  <id>https://arxiv.org/</id>
  <title>arXiv Search Results</title>
  <updated>{stamp(now)}</updated>
  <opensearch:itemsPerPage>1</opensearch:itemsPerPage>
  <opensearch:totalResults>1</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  <entry>
    <id>{escape(where)}</id>
    <title>Error</title>
    <updated>{stamp(now)}</updated>
    <link href="{escape(where)}" rel="alternate" type="text/html"/>
    <summary>{element_text(message)}</summary>
    <author>
      <name>arXiv api core</name>
    </author>
  </entry>
</feed>
"""
    return document.encode()


def _results_2026(page: Page) -> str:
    link = f"search_query={page.search_query}&start={page.start}&max_results={page.max_results}&id_list={page.id_list}"
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f'<feed {_SEARCH} {_ARXIV} xmlns="{ATOM}">',
        f"  <id>https://arxiv.org/api/{_fingerprint(page.question)}</id>",
        f"  <title>arXiv Query: {element_text(page.question)}</title>",
        f"  <updated>{stamp(datetime.now(UTC))}</updated>",
        f'  <link href="https://arxiv.org/api/query?{escape(link)}" type="application/atom+xml"/>',
        f"  <opensearch:itemsPerPage>{page.max_results}</opensearch:itemsPerPage>",
        f"  <opensearch:totalResults>{page.total}</opensearch:totalResults>",
        f"  <opensearch:startIndex>{page.start}</opensearch:startIndex>",
        *(_entry_2026(edition) for edition in page.editions),
        "</feed>\n",
    ]
    return "\n".join(lines)


def _entry_2026(edition: Edition) -> str:
    paper = edition.paper
    scheme = "http://arxiv.org/schemas/atom"
    lines = [
        f"<id>http://arxiv.org/abs/{edition.id}</id>",
        f"<title>{element_text(edition.title)}</title>",
        f"<updated>{stamp(edition.updated)}</updated>",
        f'<link href="https://arxiv.org/abs/{edition.id}" rel="alternate" type="text/html"/>',
        f'<link href="https://arxiv.org/pdf/{edition.id}" rel="related" type="application/pdf" title="pdf"/>',
        f"<summary>{element_text(edition.abstract)}</summary>",
        *(f'<category term="{escape(term)}" scheme="{scheme}"/>' for term in edition.categories),
        f"<published>{stamp(edition.published)}</published>",
    ]
    if edition.comment:
        lines.append(f"<arxiv:comment>{element_text(edition.comment)}</arxiv:comment>")
    lines.append(f'<arxiv:primary_category term="{escape(edition.categories[0])}"/>')
    if paper.journal_ref:
        lines.append(f"<arxiv:journal_ref>{element_text(paper.journal_ref)}</arxiv:journal_ref>")
    for author in paper.authors:
        lines += ["<author>", f"  <name>{element_text(author)}</name>"]
        if where := paper.affiliations.get(author):
            lines.append(f"  <arxiv:affiliation>{element_text(where)}</arxiv:affiliation>")
        lines.append("</author>")
    if paper.doi:
        lines.append(f"<arxiv:doi>{element_text(paper.doi)}</arxiv:doi>")
        lines.append(f'<link rel="related" href="https://doi.org/{escape(paper.doi)}" title="doi"/>')
    return "  <entry>\n" + "".join(f"    {line}\n" for line in lines) + "  </entry>"


def _head_2025(question: str, now: datetime, total: int, start: int, per_page: int) -> str:
    self_link = f"http://arxiv.org/api/query?{quote(question, safe='')}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="{ATOM}">
  <link href="{escape(self_link)}" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: {element_text(question)}</title>
  <id>http://arxiv.org/api/{_fingerprint(question)}</id>
  <updated>{now:%Y-%m-%d}T00:00:00-04:00</updated>
  <opensearch:totalResults {_SEARCH}>{total}</opensearch:totalResults>
  <opensearch:startIndex {_SEARCH}>{start}</opensearch:startIndex>
  <opensearch:itemsPerPage {_SEARCH}>{per_page}</opensearch:itemsPerPage>"""


def _results_2025(page: Page) -> str:
    head = _head_2025(page.question, datetime.now(UTC), page.total, page.start, page.max_results)
    return "\n".join([head, *(_entry_2025(edition) for edition in page.editions), "</feed>\n"])


def _entry_2025(edition: Edition) -> str:
    paper = edition.paper
    scheme = "http://arxiv.org/schemas/atom"
    lines = [
        f"<id>http://arxiv.org/abs/{edition.id}</id>",
        f"<updated>{stamp(edition.updated)}</updated>",
        f"<published>{stamp(edition.published)}</published>",
        f"<title>{element_text(wrapped_line(edition.title))}</title>",
        f"<summary>{element_text(wrapped_abstract(edition.abstract))}</summary>",
    ]
    for author in paper.authors:
        lines += ["<author>", f"  <name>{element_text(author)}</name>"]
        if where := paper.affiliations.get(author):
            lines.append(f"  <arxiv:affiliation {_ARXIV}>{element_text(where)}</arxiv:affiliation>")
        lines.append("</author>")
    if paper.doi:
        lines.append(f"<arxiv:doi {_ARXIV}>{element_text(paper.doi)}</arxiv:doi>")
        lines.append(f'<link title="doi" href="http://dx.doi.org/{escape(paper.doi)}" rel="related"/>')
    if edition.comment:
        comment = wrapped_line(edition.comment, "Comments: ")
        lines.append(f"<arxiv:comment {_ARXIV}>{element_text(comment)}</arxiv:comment>")
    if paper.journal_ref:
        reference = wrapped_line(paper.journal_ref, "Journal-ref: ")
        lines.append(f"<arxiv:journal_ref {_ARXIV}>{element_text(reference)}</arxiv:journal_ref>")
    lines += [
        f'<link href="http://arxiv.org/abs/{edition.id}" rel="alternate" type="text/html"/>',
        f'<link title="pdf" href="http://arxiv.org/pdf/{edition.id}" rel="related" type="application/pdf"/>',
        f'<arxiv:primary_category {_ARXIV} term="{escape(edition.categories[0])}" scheme="{scheme}"/>',
        *(f'<category term="{escape(term)}" scheme="{scheme}"/>' for term in edition.categories),
    ]
    return "  <entry>\n" + "".join(f"    {line}\n" for line in lines) + "  </entry>"


def _fingerprint(question: str) -> str:
    return base64.b64encode(hashlib.sha1(question.encode()).digest()).decode().rstrip("=")
