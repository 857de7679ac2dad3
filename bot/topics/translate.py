"""A query in the syntax of the arXiv's API.

What it cannot say is said more widely, never more narrowly: the papers it returns are put to the query
again. https://info.arxiv.org/help/api/user-manual.html#query_details
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.papers.categories import is_archive
from bot.topics.tree import All, Any, Author, Category, Element, Node, Not, Part, Term
from bot.topics.words import joined, singular

_FIELDS = {"": ("ti", "abs")}
# Lucene's own list of words that an index of English leaves out; asking for them may find nothing.
_LITTLE = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these"
    " they this to was will with".split()
)


def search_query(node: Node) -> str:
    """Return a search query that finds at least what `node` finds."""
    found = _wide(node)
    return found[1:-1] if found.startswith("(") and _closes_last(found) else found


def _closes_last(text: str) -> bool:
    depth, quoted = 0, False
    for i, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                return i == len(text) - 1
    return False


def _wide(node: Node) -> str:
    match node:
        case All():
            wanted = [o for o in node.operands if not isinstance(o, Not)]
            telling = [o for o in wanted if not _says_little(o)] or wanted
            said = _joined(" AND ", map(_wide, telling))
            unwanted = (_exact(o.operand) for o in node.operands if isinstance(o, Not))
            return _without(said, unwanted)
        case Any():
            return _joined(" OR ", map(_wide, node.operands))
        case Not():
            raise AssertionError("nothing says only what not to find")
        case Author():
            return _author(node)
        case Category():
            return _category(node)
        case Term():
            return _joined(" OR ", (_term(f, node) for f in _FIELDS.get(node.field) or (node.field,)))


def _exact(node: Node) -> str | None:
    """Return a search query that finds nothing but what `node` finds, to be left out; None without one."""
    match node:
        case All():
            wanted = [o for o in node.operands if not isinstance(o, Not)]
            parts = [part for part in map(_exact, wanted) if part]
            if len(parts) < len(wanted):
                return None
            said = _joined(" AND ", parts)
            return _without(said, (_wide(o.operand) for o in node.operands if isinstance(o, Not)))
        case Any():
            parts = [part for part in map(_exact, node.operands) if part]
            return _joined(" OR ", parts) if parts else None
        case Category():
            return _category(node)
        case Term(slop=None) if _is_said_as_meant(node):
            return _joined(" OR ", (_term(f, node) for f in _FIELDS.get(node.field) or (node.field,)))
    return None


def _without(said: str, unwanted: Iterable[str | None]) -> str:
    left_out = [said for said in unwanted if said]
    return f"({' ANDNOT '.join([said, *left_out])})" if left_out else said


def _joined(operator: str, parts: Iterable[str]) -> str:
    found = list(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else f"({operator.join(found)})"


def _says_little(node: Node) -> bool:
    return isinstance(node, Term) and all(map(_is_little, node.elements))


def _is_little(element: Element) -> bool:
    return all(part.word in _LITTLE and not part.prefix for part in element)


def _telling(elements: tuple[Element, ...]) -> Iterable[Element]:
    return [element for element in elements if not _is_little(element)] or elements


def _is_said_as_meant(term: Term) -> bool:
    """Whether the arXiv can be told this term without taking more for it than we do."""
    one = len(term.elements) == 1
    # A phrase with a word of two spellings can only be asked for as words beside each other.
    return all(_is_plain(e) and (one or len(_spellings(e)) == 1) for e in term.elements)


def _is_plain(element: Element) -> bool:
    """Whether the arXiv, which folds plurals, takes no more words for this one than we do."""
    return all(
        part.word.isascii()
        and part.word.isalnum()
        and not part.prefix
        and part.word not in _LITTLE
        and singular(part.word) == part.word
        and singular(part.word + "s") == part.word
        for part in element
    )


def _author(author: Author) -> str:
    whole = [part.word for part in author.parts if not part.prefix]
    said = [f'au:"{" ".join(whole)}"' if len(whole) > 1 else f"au:{whole[0]}"] if whole else []
    return _joined(" AND ", [*said, *(f"au:{part}" for part in author.parts if part.prefix)])


def _category(category: Category) -> str:
    if category.prefix:
        return f"cat:{category.name}*"
    if is_archive(category.name):
        return f"(cat:{category.name} OR cat:{category.name}.*)"
    return f"cat:{category.name}"


def _term(field: str, term: Term) -> str:
    if term.slop is not None:
        return _joined(" AND ", (_element(field, element) for element in _telling(term.elements)))
    if len(term.elements) == 1:
        return _element(field, term.elements[0])
    # A phrase cannot hold a star, or two spellings: such words are asked for beside what is left of it.
    pieces: list[list[Element]] = [[]]
    for element in term.elements:
        if len(_spellings(element)) > 1 or any(part.prefix for part in element):
            pieces += [[element], []]
        else:
            pieces[-1].append(element)
    pieces = [piece for piece in pieces if piece]
    telling = [piece for piece in pieces if len(piece) > 1 or not _is_little(piece[0])] or pieces
    return _joined(" AND ", (_piece(field, piece) for piece in telling))


def _piece(field: str, piece: list[Element]) -> str:
    if len(piece) == 1:
        return _element(field, piece[0])
    return _said(field, [part.word for element in piece for part in element])


def _element(field: str, element: Element) -> str:
    return _joined(" OR ", (_spelling(field, parts) for parts in _spellings(element)))


def _spellings(element: Element) -> list[tuple[Part, ...]]:
    """Return the spellings that we take for one and the arXiv does not: in one piece, -y and -ies."""
    found = [element]
    if whole := joined(tuple(part.word for part in element)):
        found.append((Part(whole, element[-1].prefix),))
    for parts in list(found):
        last = parts[-1]
        one = singular(last.word)
        if not last.prefix and len(one) > 2 and one[-1] == "y" and one[-2] not in "aeiou":
            found += [(*parts[:-1], Part(w)) for w in (one, one[:-1] + "ies") if w != last.word]
    return list(dict.fromkeys(found))


def _spelling(field: str, parts: tuple[Part, ...]) -> str:
    starred = [part for part in parts if part.prefix]
    whole = [part.word for part in parts if not part.prefix]
    said = [_said(field, whole)] if whole else []
    return _joined(" AND ", [*said, *(f"{field}:{part}" for part in starred)])


def _said(field: str, words: list[str]) -> str:
    words = [word.rstrip("+#") for word in words]  # the arXiv knows no C++
    return f"{field}:{words[0]}" if len(words) == 1 else f'{field}:"{" ".join(words)}"'
