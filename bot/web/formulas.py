"""Formulas of titles and abstracts as MathML, which browsers draw and screen readers read without a script."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.papers.latex import has_formula, in_pieces

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from markupsafe import Markup

_LONGEST = 600  # characters of a formula
_WIDE = 40  # characters, read out, from which it has a line of its own: no browser breaks one
_TAGS = frozenset(
    "math mrow mi mn mo mtext mspace msub msup msubsup munder mover munderover mmultiscripts mfrac msqrt mroot"
    " mtable mtr mtd mstyle mpadded mphantom".split()
)
_TYPESET = _TAGS - frozenset(
    "math mrow mn mo mtext mspace mstyle mpadded mphantom".split()
)  # all else reads as text
_ATTRIBUTES = frozenset(
    "xmlns display stretchy fence form separator largeop movablelimits accent accentunder symmetric minsize maxsize"
    " lspace rspace linethickness displaystyle scriptlevel mathvariant width height depth columnalign".split()
)
_DEFINES = re.compile(r"\\(?:def|let|(?:re)?newcommand|newenvironment|require|input)(?![A-Za-z])")


@lru_cache(maxsize=2048)
def typeset(source: str, text: str) -> Markup:
    """Return HTML of LaTeX `source` with its formulas drawn; `text`, which is what reads it out, where there is none.

    Everything is escaped. A formula that cannot be drawn stands there as readable text. Never raises.
    """
    from markupsafe import Markup, escape

    if not has_formula(source):
        return escape(text)
    return Markup("").join(
        Markup(drawn) if tex and (drawn := _drawn(tex, said)) else escape(said)  # noqa: S704 - escaped there
        for said, tex in in_pieces(source)
    )


def _drawn(tex: str, said: str) -> str:
    """Return MathML, "" where there is nothing to draw, or it cannot be drawn faithfully."""
    from xml.etree.ElementTree import tostring

    from latex2mathml.converter import convert_to_element

    is_sign = not (any(map(str.isalpha, said)) or re.search(r"[\^_]|\\frac", tex))  # such as 3× or ~85
    if is_sign or len(tex) > _LONGEST or _DEFINES.search(tex):
        return ""
    try:
        math = convert_to_element(tex)
        if not _is_plain(math) or _TYPESET.isdisjoint(each.tag for each in math.iter()):
            return ""
        math.set("alttext", said)
        math.set("display", "block" if len(said) > _WIDE else "inline")
        return tostring(math, encoding="unicode")
    except Exception:  # recursion, and whatever else a submitter's TeX does to the parser
        return ""


def _is_plain(math: Element) -> bool:
    """Make text of what the library writes as references, and drop attributes; False for more than a formula."""
    for each in math.iter():
        if each.tag not in _TAGS:
            return False
        each.text = html.unescape(each.text or "")
        if "\\" in each.text:  # a command that nobody knows
            return False
        each.attrib = {name: value for name, value in each.attrib.items() if name in _ATTRIBUTES}
    return True
