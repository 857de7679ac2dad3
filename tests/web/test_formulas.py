"""Formulas drawn by the browser, whatever a submitter typed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers.latex import has_formula, in_pieces, to_text
from bot.web.formulas import _ATTRIBUTES, _TAGS, typeset
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.corpus import real_corpus

_NS = "{http://www.w3.org/1998/Math/MathML}"


def elements(html: str) -> list[ElementTree.Element]:
    """Return what is in the HTML; text alone is none."""
    whole = ElementTree.fromstring(f"<p>{html}</p>")
    return [each for each in whole.iter() if each is not whole]


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"$R^2$", "<msup><mi>R</mi><mn>2</mn></msup>"),
        (r"\(\frac{a}{b}\)", "<mfrac>"),
        (r"$\mathcal{L}_{\theta}$", "<msub><mi>ℒ</mi>"),
        (r"$a<b$", "<mo>&lt;</mo>"),
        (
            r"$$\sum_{i=1}^{n} x_i \leq \int_0^1 f(x)\,dx + \sqrt{\epsilon} + \log(n) + \log(m)$$",
            'display="block"',
        ),
    ],
)
def test_a_formula_is_drawn_and_read_out(tex: str, part: str) -> None:
    drawn = str(typeset(f"We show {tex} & more.", "unused"))
    assert drawn.startswith("We show <math ")
    assert drawn.endswith("</math> &amp; more.")
    assert part in drawn
    (math,) = (each for each in elements(drawn) if each.tag == f"{_NS}math")
    assert math.get("alttext") == to_text(tex)


@pytest.mark.parametrize(
    "source",
    [
        r"$\sim$85\% and 3$\times$ faster", "$5 and $10", "no formula", "", r"$\nobody{x}$", r"$\textbf{word}$",
        r"$\def\a{\a\a}\a$", "$" + "x^" * 400 + "$", "$" + "{" * 300 + "x^2" + "}" * 300 + "$",
    ],
)  # fmt: skip
def test_what_is_no_formula_or_cannot_be_drawn_is_text(source: str) -> None:
    assert elements(str(typeset(source, to_text(source)))) == []


def test_without_a_source_the_text_stands() -> None:
    assert str(typeset("", "<b>")) == "&lt;b&gt;"


HOSTILE = [
    r"$\text{<script>alert(1)</script>}x^2$",
    r"$x^{2}\href{javascript:alert(1)}{x}$",
    r"$\style{x}{y_1}\class{a}{b}\cssId{a}{b}$",
    r'$x_{"onload=alert(1)}$',
    r"$\mbox{</math><img src=x onerror=alert(1)>}_1$",
    r"$x^2 &lt;script&gt;$",
]


@given(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.lists(st.sampled_from([*HOSTILE, "$", "\\", "{", "}", "x^", "_", "&", "<", "\\text", "a ", "\\frac"]), max_size=9).map("".join),
        st.text(st.sampled_from("$\\{}^_&<>\"'ax1 "), max_size=60),
    )
)  # fmt: skip
def test_nothing_but_formulas_ever_comes_of_it(source: str) -> None:
    for each in elements(str(typeset(source, to_text(source)))):
        assert each.tag.removeprefix(_NS) in _TAGS
        assert each.attrib.keys() <= _ATTRIBUTES | {"alttext"}


def test_the_pieces_of_abstracts_read_as_the_whole() -> None:
    papers = [paper for paper in real_corpus() or small_corpus() if has_formula(paper.abstract)][::40]
    assert papers
    drawn, other = 0, []
    for paper in papers:
        pieces = in_pieces(paper.abstract)
        drawn += "<math" in typeset(paper.abstract, "")
        if re.sub(r"\s", "", "".join(said for said, _ in pieces)) != re.sub(
            r"\s", "", to_text(paper.abstract)
        ):
            other.append(paper.id)
    assert len(other) <= len(papers) // 50, other
    assert drawn > 0
