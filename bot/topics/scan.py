"""A typed query cut into tokens, every mistake found on the way with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.errors import BadQuery

MOST_CHARACTERS = 500
MOST_TERMS = 60
MOST_DEPTH = 20
MOST_SLOP = 50
SHORTEST_PREFIX = 2
_LONG = 40

FIELDS = {
    "ti": "ti",
    "title": "ti",
    "abs": "abs",
    "abstract": "abs",
    "au": "au",
    "author": "au",
    "authors": "au",
    "cat": "cat",
    "category": "cat",
    "categories": "cat",
    "co": "co",
    "comment": "co",
    "comments": "co",
    "jr": "jr",
    "journal": "jr",
    "all": "all",
}

# What keyboards and phones write in the place of the ASCII character; full-width forms besides.
_TYPED = str.maketrans("“”„‟«»「」『』‘’‛–—−、。\u3000", '""""""""""\'\'\'---   ')
_ADDRESS = re.compile(r"https?://|www\.|(?:export\.)?arxiv\.org/", re.IGNORECASE)
_SLOP = re.compile(r"~(\d*)(?![\d.])")
_ENDS_WORD = frozenset('()":[]{}~^')
_OPERATORS = {
    "AND": "AND",
    "OR": "OR",
    "NOT": "NOT",
    "ANDNOT": "ANDNOT",
    "&&": "AND",
    "&": "AND",
    "||": "OR",
    "|": "OR",
}
_SMALL = ("and", "or", "not")


class Kind(Enum):
    WORD = auto()
    PHRASE = auto()
    FIELD = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()  # also a minus in front
    MUST = auto()  # a plus in front


_BEGINS = (Kind.WORD, Kind.PHRASE, Kind.FIELD, Kind.OPEN, Kind.NOT, Kind.MUST)
_ENDS = (Kind.WORD, Kind.PHRASE, Kind.CLOSE)


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    position: int  # in the text as typed
    text: str = ""  # of a term without quotes and escapes; of a field its short name
    slop: int | None = None


def scan(typed: str) -> list[Token]:
    """Cut a query into tokens that stand in a possible order. Raises `BadQuery`."""
    if len(typed) > MOST_CHARACTERS:
        raise BadQuery(typed, MOST_CHARACTERS, "long", str(MOST_CHARACTERS))
    tokens = _with_small_operators(list(_Scanner(typed).tokens()))
    _check(typed, tokens)
    return tokens


def _ascii(character: str) -> str:
    """Return what a Chinese keyboard's character stands for, one for one."""
    if "\uff01" <= character <= "\uff5e":
        return unicodedata.normalize("NFKC", character)
    return character.translate(_TYPED)


def shortened(word: str) -> str:
    """Return a word of somebody's for a sentence of ours."""
    return word if len(word) <= _LONG else word[:_LONG] + "…"


class _Scanner:
    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.text = "".join(map(_ascii, typed))
        self.at = 0

    def wrong(self, problem: str, detail: str = "", *, at: int | None = None) -> BadQuery:
        return BadQuery(self.typed, self.at if at is None else at, problem, detail)

    def tokens(self) -> Iterator[Token]:
        while self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif token := self.token():
                yield token

    def token(self) -> Token | None:
        start, character = self.at, self.text[self.at]
        following = self.text[start + 1 : start + 2].strip()
        match character:
            case '"':
                return self.phrase()
            case "(":
                self.at += 1
                return Token(Kind.OPEN, start)
            case ")":
                self.at += 1
                self.refuse_suffix()
                return Token(Kind.CLOSE, start)
            case "+" | "-":
                if not following or following in "+-)!:":
                    raise self.wrong("sign", character)
                self.at += 1
                return Token(Kind.MUST if character == "+" else Kind.NOT, start, character)
            case "!" if following and following not in '!?=.,")':
                self.at += 1
                return Token(Kind.NOT, start, character)
            case ":":
                raise self.wrong("colon")
            case "[" | "]" | "{" | "}":
                raise self.wrong("range", character)
            case "~" | "^":
                raise self.wrong("fuzzy" if character == "~" else "boost")
            case "/" if following:
                raise self.wrong("regex")
        return self.word()

    def phrase(self) -> Token:
        start = self.at
        said: list[str] = []
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.text[self.at] == "\\":
                self.at += 1
            elif self.text[self.at] == "*" and not self.is_letter(self.at - 1):
                raise self.wrong("leading_wildcard")
            said.append(self.typed[self.at : self.at + 1])
            self.at += 1
        if self.at >= len(self.text):
            raise self.wrong("quote", at=start)
        self.at += 1
        if not any(map(str.isalnum, said)):
            raise self.wrong("empty_phrase", at=start)
        slop = None
        if found := _SLOP.match(self.text, self.at):
            slop = int(found[1] or 1)
            if slop > MOST_SLOP:
                raise self.wrong("slop", str(MOST_SLOP))
            self.at = found.end()
        self.refuse_suffix()
        return Token(Kind.PHRASE, start, "".join(said), slop)

    def word(self) -> Token | None:
        start = self.at
        if _ADDRESS.match(self.text, start):
            raise self.wrong("address")
        said: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if character.isspace() or character in _ENDS_WORD:
                break
            if character == "\\":
                self.at += 1
                character = self.typed[self.at : self.at + 1].replace("*", " ")
            elif character == "?":
                raise self.wrong("wildcard")
            elif character == "*":
                self.check_star(said)
            else:
                character = self.typed[self.at]
            said.append(character)
            self.at += 1
        word, end = "".join(said), self.text[self.at : self.at + 1]
        if operator := _OPERATORS.get(self.text[start : self.at]):
            kind = Kind.AND if operator == "ANDNOT" else Kind[operator]
            return Token(kind, start, self.text[start : self.at])
        if end == ":":
            return self.field(start, word)
        if end in ("~", "^", "[", "{", "]", "}"):
            self.refuse_suffix()
            raise self.wrong("range", end)
        return Token(Kind.WORD, start, word) if any(map(str.isalnum, word)) else None

    def field(self, start: int, word: str) -> Token:
        if not any(map(str.isalnum, word)):
            raise self.wrong("colon")
        name = FIELDS.get("".join(map(_ascii, word)).casefold())
        if name is None:
            raise self.wrong("field", shortened(word), at=start)
        self.at += 1
        return Token(Kind.FIELD, start, name)

    def check_star(self, said: list[str]) -> None:
        if not any(map(str.isalnum, said)):
            raise self.wrong("leading_wildcard")
        following = self.text[self.at + 1 : self.at + 2]
        if following.isalnum() or following in ("*", "?"):
            raise self.wrong("inner_wildcard")

    def refuse_suffix(self) -> None:
        match self.text[self.at : self.at + 1]:
            case "~":
                raise self.wrong("fuzzy")
            case "^":
                raise self.wrong("boost")
            case ":":
                raise self.wrong("colon")

    def is_letter(self, at: int) -> bool:
        return self.text[at].isalnum()


def _with_small_operators(tokens: list[Token]) -> list[Token]:
    """Read and, or, not between two terms as operators, and ANDNOT as its two."""
    found: list[Token] = []
    for i, token in enumerate(tokens):
        before = found[-1].kind if found else None
        if (
            token.kind is Kind.WORD
            and token.text in _SMALL
            and (before in _ENDS or (token.text == "not" and before in (Kind.AND, Kind.OR)))
            and i + 1 < len(tokens)
            and tokens[i + 1].kind in _BEGINS
        ):
            found.append(replace(token, kind=Kind[token.text.upper()]))
        else:
            found.append(token)
        if token.text == "ANDNOT" and token.kind is Kind.AND:
            found.append(replace(token, kind=Kind.NOT))
    return found


def _check(typed: str, tokens: list[Token]) -> None:
    """Raise the first mistake in the order of the tokens."""
    before: Token | None = None
    opened: list[Token] = []
    terms = 0
    for token in tokens:
        if token.kind in (Kind.AND, Kind.OR, Kind.CLOSE):
            if token.kind is Kind.CLOSE and not opened:
                raise BadQuery(typed, token.position, "close")
            _check_ended(typed, before, token)
            if token.kind is Kind.CLOSE:
                opened.pop()
        elif token.kind is Kind.OPEN:
            opened.append(token)
            if len(opened) > MOST_DEPTH:
                raise BadQuery(typed, token.position, "deep", str(MOST_DEPTH))
        elif token.kind in (Kind.WORD, Kind.PHRASE):
            terms += 1
            if terms > MOST_TERMS:
                raise BadQuery(typed, token.position, "many", str(MOST_TERMS))
        elif before and token.kind is Kind.FIELD and before.kind is Kind.FIELD:
            raise BadQuery(typed, token.position, "nested_field", token.text)
        elif before and token.kind in (Kind.NOT, Kind.MUST) and before.kind in (Kind.NOT, Kind.MUST):
            raise BadQuery(typed, token.position, "sign", token.text)
        before = token
    _check_ended(typed, before, None)
    if opened:
        raise BadQuery(typed, opened[-1].position, "open")


def _check_ended(typed: str, before: Token | None, token: Token | None) -> None:
    """Raise if a term is missing between `before` and `token`."""
    if before is None:
        if token is None:
            raise BadQuery(typed, 0, "empty")
        raise BadQuery(typed, token.position, "operator_first", token.text)
    if before.kind in _ENDS:
        return
    if before.kind is Kind.OPEN:
        if token is None:
            raise BadQuery(typed, before.position, "open")
        if token.kind is Kind.CLOSE:
            raise BadQuery(typed, before.position, "empty_group")
        raise BadQuery(typed, token.position, "operator_first", token.text)
    if before.kind is Kind.FIELD:
        raise BadQuery(typed, before.position, "empty_field", before.text)
    raise BadQuery(typed, before.position, "operator_last", before.text)
