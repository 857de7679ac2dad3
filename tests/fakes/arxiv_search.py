"""The query API's search language, over a corpus."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tests.fakes.corpus import Edition

Test = Callable[[Edition], float]  # how well an edition fits; 0 is not at all

_TOKEN = re.compile(
    r'\s*(?:(?P<paren>[()])|(?P<range>\w+:\[[^\]]*\])|(?P<group>\w+:)(?=\()|(?P<term>(?:\w+:)?"[^"]*"|[^\s()]+))'
)
_OPERATORS = ("AND", "OR", "ANDNOT")
_FIELDS = ("ti", "au", "abs", "co", "jr", "cat", "rn", "id", "all")


class BadQuery(ValueError):
    """The search query cannot be read."""


def parse(query: str) -> Test:
    """Read a search query. Raises `BadQuery`."""
    parser = _Parser(query)
    test = parser.alternatives("all")
    if parser.tokens:
        raise BadQuery(query)
    return test


class _Parser:
    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens: list[re.Match[str]] = []
        position = 0
        while query[position:].strip():
            token = _TOKEN.match(query, position)
            if token is None:
                raise BadQuery(query)
            self.tokens.append(token)
            position = token.end()

    def _next(self) -> str:
        return self.tokens[0][0].strip() if self.tokens else ""

    def alternatives(self, field: str) -> Test:
        # Words without an operator between them are alternatives: "deep dream" once found 24,617 papers.
        tests = [self.conjunction(field)]
        while (word := self._next()) and word != ")":
            if word == "OR":
                self.tokens.pop(0)
            tests.append(self.conjunction(field))
        return tests[0] if len(tests) == 1 else lambda edition: sum(test(edition) for test in tests)

    def conjunction(self, field: str) -> Test:
        test = self.single(field)
        while (operator := self._next()) in ("AND", "ANDNOT"):
            self.tokens.pop(0)
            test = _both(test, self.single(field), wanted=operator == "AND")
        return test

    def single(self, field: str) -> Test:
        if not self.tokens:
            raise BadQuery(self.query)
        token = self.tokens.pop(0)
        if token["group"]:
            field = token["group"][:-1]
            token = self.tokens.pop(0)
        if token["paren"] == "(":
            test = self.alternatives(field)
            if self._next() != ")":
                raise BadQuery(self.query)
            self.tokens.pop(0)
            return test
        if token["range"]:
            return _between(token["range"])
        if token["paren"] or token["term"] in _OPERATORS:
            raise BadQuery(self.query)
        return _term(token["term"], field)


def _both(left: Test, right: Test, *, wanted: bool) -> Test:
    def test(edition: Edition) -> float:
        score = left(edition)
        if not score:
            return 0.0
        other = right(edition)
        return (score + other if other else 0.0) if wanted else (0.0 if other else score)

    return test


def _term(term: str, field: str) -> Test:
    prefix, colon, rest = term.partition(":")
    if colon and prefix in _FIELDS:
        field, term = prefix, rest
    term = term.strip('"')
    if field == "cat":
        pattern = term.casefold()
        return lambda edition: float(
            any(fnmatch.fnmatchcase(category.casefold(), pattern) for category in edition.categories)
        )
    if field == "id":
        return lambda edition: float(term in (edition.paper.id, edition.id))
    if field == "au":
        return _author(term)
    words = normal(term.rstrip("*"))
    if not words.strip():
        return lambda edition: 0.0
    needle = words.rstrip() if term.endswith("*") else words
    return lambda edition: _score(edition, field, needle)


def _author(term: str) -> Test:
    wanted = normal(term).split()

    def is_meant(name: str) -> bool:
        words = normal(name).split()
        return all(w in words or (len(w) == 1 and any(x.startswith(w) for x in words)) for w in wanted)

    return lambda edition: float(bool(wanted) and any(map(is_meant, edition.paper.authors)))


def _score(edition: Edition, field: str, needle: str) -> float:
    paper = edition.paper
    texts: dict[str, tuple[float, str | None]] = {
        "ti": (3, edition.title),
        "abs": (1, edition.abstract),
        "co": (1, edition.comment),
        "jr": (1, paper.journal_ref),
        "rn": (1, paper.report_no),
        "au": (2, "; ".join(paper.authors)),
        "cat": (1, " ".join(edition.categories)),
    }
    chosen = texts.values() if field == "all" else [texts[field]]
    return sum(weight * count(text, needle) for weight, text in chosen if text)


def count(text: str, needle: str) -> int:
    """Count a needle, made by `normal`, in a text."""
    # Most texts fail this cheap look; only the others are folded, and their folded form is not worth keeping.
    first = needle.split(maxsplit=1)[0]
    if text.isascii() and first not in text.lower():
        return 0
    return normal(text).count(needle)


def normal(text: str) -> str:
    """Fold case, accents, punctuation and plurals, one blank around every word."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.sub(r"[\W_]+", " ", text.lower()).split()
    return f" {' '.join(w[:-1] if len(w) > 3 and w[-1] == 's' and w[-2] != 's' else w for w in words)} "


def _between(term: str) -> Test:
    field, _, bounds = term.partition(":")
    found = re.fullmatch(r"\[\s*(\S+)\s+TO\s+(\S+)\s*\]", bounds)
    if not found or field not in ("submittedDate", "lastUpdatedDate"):
        raise BadQuery(term)
    first, last = _instant(found[1], "00000101000000"), _instant(found[2], "99991231235959")

    def test(edition: Edition) -> float:
        moment = edition.published if field == "submittedDate" else edition.updated
        return float(first <= moment.strftime("%Y%m%d%H%M%S") <= last)

    return test


def _instant(text: str, fill: str) -> str:
    if text == "*":
        return fill
    if not re.fullmatch(r"\d{4}(?:\d\d){0,5}", text):
        raise BadQuery(text)
    return text + fill[len(text) :]


def ordered(fits: Sequence[tuple[float, Edition]], sort_by: str, sort_order: str) -> list[Edition]:
    """Return the editions in the order asked for; equals by id, so that pages never overlap."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def key(item: tuple[float, Edition]) -> tuple[float, float, str]:
        score, edition = item
        published = (edition.published - epoch).total_seconds()
        updated = (edition.updated - epoch).total_seconds()
        first = {"relevance": score, "submittedDate": published, "lastUpdatedDate": updated}[sort_by]
        return first, published, edition.id

    return [edition for _, edition in sorted(fits, key=key, reverse=sort_order == "descending")]
