"""The arXiv's OAI-PMH answers, after the layout and the error texts of its server's published source."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, quote, unquote, urlencode

from tests.fakes.arxiv_layouts import element_text, escape, wrapped_abstract, wrapped_line
from tests.fakes.corpus import Corpus, Edition

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_OAI = "http://www.openarchives.org/OAI/2.0/"
_FORMATS = ("arXiv", "arXivRaw")
# Categories of physics that are archives of their own, and stand under the group "physics".
_PHYSICS = set(
    "astro-ph cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics quant-ph".split()
)
_ID = re.compile(r"oai:arXiv\.org:(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})")
_ERRORS = {
    "badArgument": "The request includes illegal arguments, is missing required arguments, includes a repeated argument, or values for arguments have an illegal syntax.",
    "badResumptionToken": "The value of the resumptionToken argument is invalid or expired.",
    "badVerb": "Value of the verb argument is not a legal OAI-PMH verb, the verb argument is missing, or the verb argument is repeated.",
    "cannotDisseminateFormat": "The metadata format identified by the value given for the metadataPrefix argument is not supported by the item or by the repository.",
    "idDoesNotExist": "The value of the identifier argument is unknown or illegal in this repository.",
    "noRecordsMatch": "The combination of the values of the from, until, set and metadataPrefix arguments results in an empty list.",
}


class OaiError(Exception):
    """A question that OAI-PMH answers by an error of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(_ERRORS[code])
        self.code = code


def set_of(category: str) -> str:
    """Return the set of a category: `cs:cs:CL`, `physics:hep-ex`, `physics:astro-ph:CO`."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    return ":".join(part for part in (group, archive, subject) if part)


def answer(query: Mapping[str, str], corpus: Corpus, day: date | None, page_size: int, address: str) -> bytes:
    """Return the document that answers a question; `day` hides what came later."""
    try:
        inside = _verb(query.get("verb", ""))(query, corpus, day, page_size)
        asked = "".join(f' {name}="{escape(value)}"' for name, value in query.items())
    except OaiError as error:
        inside = _error(error)
        asked = ""
    return _document(asked, address, inside)


def error(code: str, address: str) -> bytes:
    """Return the document that says an error."""
    return _document("", address, _error(OaiError(code)))


def _error(error: OaiError) -> str:
    return f"    <error code='{error.code}'>{error}</error>"


def _document(asked: str, address: str, inside: str) -> bytes:
    document = f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="{_OAI}" {_XSI} xsi:schemaLocation="{_OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
    <responseDate>{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}</responseDate>
    <request{asked}>{element_text(address)}</request>
{inside}
</OAI-PMH>
"""
    return document.encode()


def _verb(name: str) -> Callable[[Mapping[str, str], Corpus, date | None, int], str]:
    verbs = {
        "Identify": _identify,
        "GetRecord": _get_record,
        "ListRecords": _list_records,
        "ListIdentifiers": _list_records,
    }
    if name not in verbs:
        raise OaiError("badVerb")
    return verbs[name]


def _identify(query: Mapping[str, str], corpus: Corpus, day: date | None, page_size: int) -> str:
    if set(query) != {"verb"}:
        raise OaiError("badArgument")
    return """    <Identify>
        <repositoryName>arXiv</repositoryName>
        <baseURL>https://oaipmh.arxiv.org/oai</baseURL>
        <protocolVersion>2.0</protocolVersion>
        <adminEmail>help@arxiv.org</adminEmail>
        <earliestDatestamp>2005-09-16</earliestDatestamp>
        <deletedRecord>persistent</deletedRecord>
        <granularity>YYYY-MM-DD</granularity>
    </Identify>"""


def _get_record(query: Mapping[str, str], corpus: Corpus, day: date | None, page_size: int) -> str:
    if set(query) != {"verb", "identifier", "metadataPrefix"}:
        raise OaiError("badArgument")
    found = _ID.fullmatch(query["identifier"])
    if not found:
        raise OaiError("badArgument")
    _known_format(query["metadataPrefix"])
    paper = corpus.paper(found[1])
    edition = paper.at(day) if paper else None
    if edition is None:
        raise OaiError("idDoesNotExist")
    return f"    <GetRecord>\n{_record(edition, query['metadataPrefix'])}\n    </GetRecord>"


def _list_records(query: Mapping[str, str], corpus: Corpus, day: date | None, page_size: int) -> str:
    asked, skip = dict(query), 0
    if "resumptionToken" in query:
        if set(query) != {"verb", "resumptionToken"}:
            raise OaiError("badArgument")
        asked, skip = _from_token(query["resumptionToken"])
    if "metadataPrefix" not in asked or set(asked) - {"verb", "metadataPrefix", "from", "until", "set"}:
        raise OaiError("badArgument")
    _known_format(asked["metadataPrefix"])
    first, last = _date(asked.get("from"), date.min), _date(asked.get("until"), date.max)
    if first > last:
        raise OaiError("badArgument")
    wanted = asked.get("set")
    if wanted is not None and not re.fullmatch(r"[a-z-]+(?::[a-z-]+(?::[A-Za-z-]+)?)?", wanted):
        raise OaiError("badArgument")
    found = sorted(_matching(corpus, day, first, last, wanted), key=lambda e: (e.modified, e.paper.id))[skip:]
    if not found:
        raise OaiError("noRecordsMatch")
    page = found[:page_size]
    if query["verb"] == "ListRecords":
        records = [_record(edition, asked["metadataPrefix"]) for edition in page]
    else:
        records = [_header(edition) for edition in page]
    if len(found) > page_size:
        records.append(_token(asked, page, found[page_size].modified, skip))
    elif skip or "resumptionToken" in query:
        records.append("        <resumptionToken/>")
    return "\n".join([f"    <{query['verb']}>", *records, f"    </{query['verb']}>"])


def _matching(corpus: Corpus, day: date | None, first: date, last: date, wanted: str | None) -> list[Edition]:
    found = []
    for paper in corpus:
        edition = paper.at(day)
        if edition is None or not first <= edition.modified <= last:
            continue
        sets = map(set_of, edition.categories)
        if wanted is None or any(name == wanted or name.startswith(f"{wanted}:") for name in sets):
            found.append(edition)
    return found


def _token(asked: Mapping[str, str], page: list[Edition], next_day: date, skip: int) -> str:
    """The arXiv's token says all: its `from` moves on to the day where the next page begins, `skip` is within it."""
    skip = (
        skip + len(page) if page[0].modified == next_day else sum(1 for e in page if e.modified == next_day)
    )
    moved = dict(asked) | {"from": next_day.isoformat(), "skip": str(skip)}
    text = quote(urlencode({name: value for name, value in moved.items() if name != "resumptionToken"}))
    expires = datetime.now(UTC).date() + timedelta(days=1)
    return f'        <resumptionToken expirationDate="{expires}T00:00:00Z">{text}</resumptionToken>'


def _from_token(token: str) -> tuple[dict[str, str], int]:
    asked = {name: values[0] for name, values in parse_qs(unquote(token)).items()}
    skip = asked.pop("skip", "")
    if not skip.isdigit() or "metadataPrefix" not in asked:
        raise OaiError("badResumptionToken")
    return asked, int(skip)


def _known_format(prefix: str) -> None:
    if prefix not in _FORMATS:
        raise OaiError("cannotDisseminateFormat")


def _date(text: str | None, otherwise: date) -> date:
    if text is None:
        return otherwise
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise OaiError("badArgument") from None


def _header(edition: Edition) -> str:
    sets = "".join(
        f"\n                <setSpec>{set_of(name)}</setSpec>"
        for name in edition.categories
        if re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", name)  # ACM and MSC classes are no sets
    )
    status = ' status="deleted"' if edition.paper.deleted else ""
    return f"""            <header{status}>
                <identifier>oai:arXiv.org:{edition.paper.id}</identifier>
                <datestamp>{edition.modified}</datestamp>{sets}
            </header>"""


def _record(edition: Edition, prefix: str) -> str:
    if edition.paper.deleted:
        return f"        <record>\n{_header(edition)}\n        </record>"
    metadata = _arxiv_raw(edition) if prefix == "arXivRaw" else _arxiv(edition)
    place = f"http://arxiv.org/OAI/{prefix}/"
    return f"""        <record>
{_header(edition)}
            <metadata>
                <{prefix} xmlns="{place}" {_XSI} xsi:schemaLocation="{place} http://arxiv.org/OAI/{prefix}.xsd">
{metadata}
                </{prefix}>
            </metadata>
        </record>"""


def _arxiv(edition: Edition) -> str:
    authors = []
    for name in edition.paper.authors:
        forenames, _, keyname = name.rpartition(" ")
        fore = f"<forenames>{element_text(forenames)}</forenames>" if forenames else ""
        authors.append(f"<author><keyname>{element_text(keyname)}</keyname>{fore}</author>")
    # `created` is the date of the newest version, not of the first: so the live server was seen to answer.
    lines = [
        f"<id>{edition.paper.id}</id>",
        f"<created>{edition.updated:%Y-%m-%d}</created>",
        f"<authors>{''.join(authors)}</authors>",
        f"<title>{element_text(wrapped_line(edition.title))}</title>",
        f"<categories>{element_text(' '.join(edition.categories))}</categories>",
        *_rest(edition),
    ]
    return "\n".join(f"                    {line}" for line in lines)


def _arxiv_raw(edition: Edition) -> str:
    paper = edition.paper
    lines = [f"<id>{paper.id}</id>", f"<submitter>{element_text(paper.authors[0])}</submitter>"]
    for version in edition.seen:
        flag = f"<source_type>{version.source_type}</source_type>" if version.source_type else ""
        size = 0 if version.source_type == "I" else 40 + len(paper.abstract) // 10
        lines.append(
            f'<version version="v{version.number}"><date>{version.submitted:%a, %d %b %Y %H:%M:%S GMT}</date>'
            f"<size>{size}kb</size>{flag}</version>"
        )
    *others, last = paper.authors
    lines += [
        f"<title>{element_text(wrapped_line(edition.title))}</title>",
        f"<authors>{element_text(', '.join(others) + ' and ' + last if others else last)}</authors>",
        f"<categories>{element_text(' '.join(edition.categories))}</categories>",
        *_rest(edition),
    ]
    return "\n".join(f"                    {line}" for line in lines)


def _rest(edition: Edition) -> list[str]:
    paper = edition.paper
    fields = (
        ("comments", edition.comment),
        ("report-no", paper.report_no),
        ("journal-ref", paper.journal_ref),
        ("doi", paper.doi),
        ("license", paper.licence),
        ("abstract", wrapped_abstract(edition.abstract)),
    )
    return [f"<{name}>{element_text(text)}</{name}>" for name, text in fields if text]
