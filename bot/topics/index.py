"""A batch of papers by their words, so that thousands of queries can be put to it at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property

from bot.papers.paper import Paper
from bot.topics.tree import Author, Category, Element, Part, Term
from bot.topics.words import joined, readable, singular, words

# A place is a number: the paper's position above, the word's below.
_BITS = 20
_MASK = (1 << _BITS) - 1
Span = tuple[int, int]  # the places of the first word and of the one after the last

_TEXTS: dict[str, Callable[[Paper], str]] = {
    "ti": lambda paper: paper.title,
    "abs": lambda paper: paper.abstract,
    "co": lambda paper: paper.comment or "",
    "jr": lambda paper: paper.journal_ref or "",
    "au": lambda paper: "; ".join(paper.authors),
    "cat": lambda paper: " ".join(paper.categories),
}
_FIELDS = {"": ("ti", "abs"), "all": ("ti", "abs", "co", "jr", "au", "cat")}
_MOST_SHOWN = 3  # spellings of one term


class Index:
    """Which papers hold which words, field by field; read-only, a field is read when first asked for."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = papers
        self._fields: dict[str, _Field] = {}

    def __len__(self) -> int:
        return len(self.papers)

    def words(self, field: str) -> Collection[str]:
        """Return all words of `ti`, `abs`, `co`, `jr`, `au` or `cat`, folded in case and accents alone."""
        return self._field(field).places.keys()

    def holding(self, leaf: Term | Author | Category) -> frozenset[int]:
        """Return the positions of the papers in which `leaf` is found."""
        match leaf:
            case Author():
                return frozenset(place >> _BITS for place in self._authors.find(leaf))
            case Category():
                return frozenset().union(*(self._categories[name] for name in self._named(leaf)))
            case _:
                return frozenset().union(*(self._field(f).holding(leaf) for f in _fields(leaf)))

    def as_written(self, leaf: Term | Author | Category, position: int) -> list[str]:
        """Return what `leaf` finds in one paper, in the paper's spelling, the first few."""
        match leaf:
            case Author():
                found = sorted(p & _MASK for p in self._authors.find(leaf) if p >> _BITS == position)
                return [self.papers[position].authors[i] for i in found[:_MOST_SHOWN]]
            case Category():
                named = self._named(leaf)
                return [c for c in self.papers[position].categories if c.lower() in named][:_MOST_SHOWN]
            case _:
                spellings: dict[str, str] = {}
                for field in _fields(leaf):
                    for text in self._field(field).as_written(leaf, position):
                        spellings.setdefault(text.casefold(), text)
                        if len(spellings) == _MOST_SHOWN:
                            break
                return list(spellings.values())[:_MOST_SHOWN]

    def _field(self, name: str) -> _Field:
        if name not in self._fields:
            self._fields[name] = _Field([readable(_TEXTS[name](paper)) for paper in self.papers])
        return self._fields[name]

    @cached_property
    def _authors(self) -> _Authors:
        return _Authors(paper.authors for paper in self.papers)

    @cached_property
    def _categories(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for position, paper in enumerate(self.papers):
            for category in paper.categories:
                found.setdefault(category.lower(), set()).add(position)
        return found

    def _named(self, leaf: Category) -> list[str]:
        name = leaf.name.lower()
        if leaf.prefix:
            return [c for c in self._categories if c.startswith(name)]
        return [c for c in self._categories if c == name or c.startswith(name + ".")]


def _fields(term: Term) -> tuple[str, ...]:
    return _FIELDS.get(term.field) or (term.field,)


class _Field:
    """One text of every paper."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self.places: dict[str, list[int]] = {}
        self._whole: dict[str, list[Span]] = {}  # hyphenated words in one piece
        for position, text in enumerate(texts):
            self._read(position << _BITS, text)
        self._forms = _by_singular(self.places)
        self._whole_forms = _by_singular(self._whole)
        self._papers: dict[Part, frozenset[int]] = {}
        self._spelled: dict[Part, tuple[list[list[int]], list[list[Span]]]] = {}  # where its spellings are
        self._bounds: dict[int, list[Span]] = {}

    def _read(self, base: int, text: str) -> None:
        places, parts, place = self.places, [""], base
        for place, (word, _, _, hyphenated) in enumerate(words(text), base):
            places.setdefault(word, []).append(place)
            if hyphenated:
                parts.append(word)
            else:
                if len(parts) > 1:
                    self._join(parts, place)
                parts = [word]
        if len(parts) > 1:
            self._join(parts, place + 1)

    def _join(self, parts: list[str], end: int) -> None:
        if whole := joined(tuple(parts)):
            self._whole.setdefault(whole, []).append((end - len(parts), end))

    def holding(self, term: Term) -> frozenset[int]:
        if len(term.elements) == 1 and len(term.elements[0]) == 1:
            part = term.elements[0][0]
            if part not in self._papers:
                self._papers[part] = frozenset(start >> _BITS for start, _ in self._part(part))
            return self._papers[part]
        return frozenset(start >> _BITS for start, _ in self._spans(term))

    def as_written(self, term: Term, position: int) -> Iterable[str]:
        base = position << _BITS
        spans = self._spans(term, base)
        if not spans:
            return
        if position not in self._bounds:
            self._bounds[position] = [(word.start, word.end) for word in words(self._texts[position])]
        bounds, text = self._bounds[position], self._texts[position]
        for start, end in sorted(spans):
            yield text[bounds[start - base][0] : bounds[end - base - 1][1]]

    def _spans(self, term: Term, base: int | None = None) -> list[Span]:
        """Find a term in every paper, or in the one whose places begin at `base`."""
        found = [self._element(element, base) for element in dict.fromkeys(term.elements)]
        if term.slop is not None:
            return _near(found, term.slop)
        if len(found) != len(term.elements):
            found = [self._element(element, base) for element in term.elements]
        return _chain(found)

    def _element(self, element: Element, base: int | None) -> list[Span]:
        spans = _chain([self._part(part, base, alone=len(element) == 1) for part in element])
        if whole := joined(tuple(part.word for part in element)):
            spans += self._part(Part(whole, element[-1].prefix), base)
        return spans

    def _part(self, part: Part, base: int | None = None, *, alone: bool = True) -> list[Span]:
        if part not in self._spelled:
            self._spelled[part] = (
                [self.places[word] for word in _spellings(part, self._forms, self._sorted)],
                [self._whole[word] for word in _spellings(part, self._whole_forms, self._whole_sorted)],
            )
        singly, whole = self._spelled[part]
        found: list[Span] = []
        for places in singly:
            if base is None:
                found += [(place, place + 1) for place in places]
                continue
            i = bisect_left(places, base)
            while i < len(places) and places[i] <= base + _MASK:
                found.append((places[i], places[i] + 1))
                i += 1
        for spans in whole if alone else ():
            if base is None:
                found += spans
            else:
                found += spans[bisect_left(spans, (base,)) : bisect_left(spans, (base + _MASK,))]
        return found

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.places)

    @cached_property
    def _whole_sorted(self) -> list[str]:
        return sorted(self._whole)


def _spellings(part: Part, forms: dict[str, list[str]], every: list[str]) -> Sequence[str]:
    """Return the words of a vocabulary that a part stands for."""
    if not part.prefix:
        return forms.get(singular(part.word), ())
    return every[bisect_left(every, part.word) : bisect_left(every, part.word + "\U0010ffff")]


def _by_singular(vocabulary: Iterable[str]) -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for word in vocabulary:
        forms.setdefault(singular(word), []).append(word)
    return forms


def _chain(found: list[list[Span]]) -> list[Span]:
    """Return the spans that are made of one span of each list, each beginning where the last ended."""
    spans = found[0]
    for following in found[1:]:
        if not spans:
            break
        ends: dict[int, list[int]] = {}
        for start, end in following:
            ends.setdefault(start, []).append(end)
        spans = [(start, further) for start, end in spans for further in ends.get(end, ())]
    return list(dict.fromkeys(spans))


def _near(found: list[list[Span]], slop: int) -> list[Span]:
    """Return the narrowest spans that hold one of each list, with at most `slop` words that belong to none."""
    # Many frequent words would take long in papers that cannot hold them all.
    papers = set.intersection(*({start >> _BITS for start, _ in spans} for spans in found))
    events = sorted(
        (start, end, which)
        for which, spans in enumerate(found)
        for start, end in spans
        if start >> _BITS in papers
    )
    last: dict[int, Span] = {}
    near: dict[Span, None] = {}
    for start, end, which in events:
        last[which] = (start, end)
        if len(last) == len(found):
            first, beyond = min(s for s, _ in last.values()), max(e for _, e in last.values())
            if beyond - first - sum(e - s for s, e in last.values()) <= slop:
                near[first, beyond] = None
    return list(near)


class _Authors:
    """The authors of every paper; a name's words may come in any order."""

    def __init__(self, papers: Iterable[Sequence[str]]) -> None:
        self._places: dict[str, set[int]] = {}
        self._initials: dict[str, set[int]] = {}
        for position, names in enumerate(papers):
            for place, name in enumerate(names, position << _BITS):
                for word in words(readable(name)):
                    self._places.setdefault(word.normal, set()).add(place)
                    self._initials.setdefault(word.normal[:1], set()).add(place)

    def find(self, author: Author) -> set[int]:
        return set.intersection(*map(self._having, author.parts))

    def _having(self, part: Part) -> set[int]:
        if part.prefix:
            return set().union(*(p for word, p in self._places.items() if word.startswith(part.word)))
        if len(part.word) == 1:
            return self._initials.get(part.word, set())
        return self._places.get(part.word, set())
