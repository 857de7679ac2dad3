"""LaTeX made readable: what authors really write, and what no parser should meet."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.papers.latex import to_text
from tests.fakes.arxiv_small import small_corpus
from tests.fakes.corpus import real_corpus


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"$\textit{TAID}$", "TAID"),
        (r"\emph{}", ""),
        (r"a \emph{b} c", "a b c"),
        (r"\textbf{Alpha $x^2$ beta}", "Alpha x² beta"),
        (r"{\em adversarial} and {\small\itshape small}", "adversarial and small"),
        (r"\textcolor{red}{x} {\color{red}y}", "x y"),
        (r"$\Pr[a=b] \geq \frac{1-D_{TV}}{1+D_{TV}}$", "Pr[a=b] ≥ (1-D_TV)/(1+D_TV)"),
        (r"$\mathcal{O}(n \log n)$", "O(n log n)"),
        (r"$\frac12$, $\sqrt{2}$, $\sqrt[3]{x+1}$", "1/2, √2, ³√(x+1)"),
        (r"$a\equiv 2 \pmod{5}$", "a≡ 2 (mod 5)"),
        (r"$\binom{n}{k}$", "(n choose k)"),
        (r"$\operatorname*{arg\,max}_{x\in X} f(x)$", "arg max_(x∈X) f(x)"),
        (r"$\{1,\dots,n\}$", "{1,…,n}"),
        (r"$f: X\to Y$, $\|x\|_2 \le 1$", "f: X→Y, ‖x‖₂ ≤ 1"),
        (r"$\mathbfλ_{0}$ and $\tildeΩ(n)$", "λ₀ and Ω̃(n)"),
        (r"\begin{equation*} v^{n+1} = 0 \end{equation*}", "vⁿ⁺¹ = 0"),
        (r"\begin{itemize} \item one \item two \end{itemize}", "* one * two"),
        (r"\[ x = 1 \] and \( y \)", "x = 1 and y"),
    ],
)
def test_commands_and_formulas(source: str, text: str) -> None:
    assert to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("$10^{-3}$", "10⁻³"),
        ("CO$_2$ and mAP$_{50}$", "CO₂ and mAP₅₀"),
        ("$V^T V^\\top x^* y'$", "Vᵀ Vᵀx* y'"),
        (r"3$^{\text{rd}}$, $k^{th}$, Brand$^\circledR$", "3rd, kth, Brand®"),
        (r"90$^\circ$C and 90^\circ", "90°C and 90°"),
        (r"$\sum_{j=1}^{M_Q} g_j$", "∑ⱼ₌₁^(M_Q) gⱼ"),
        (r"$x_{\rm cov}$, $\tt Q^\tt 2$, $L_\infty$, $P_T$", "x_cov, Q², L_∞, P_T"),
        (r"$n^{1+o(1)}$, $2^n$", "n^(1+o(1)), 2ⁿ"),
        ("take w_{k2} and 7^{+0.25}_{-0.75} here", "take wₖ₂ and 7^(+0.25)_(-0.75) here"),
        (r"a$^{10\%}$ b$_{\{c\}}$", "a^(10%) b_({c})"),
    ],
)
def test_scripts(source: str, text: str) -> None:
    assert to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"Jos\'e M\"uller", "José Müller"),
        (r"{\L}ukasz \v{S}id\'{\i}k", "Łukasz Šidík"),
        (r"Fran\c{c}ois \O stergaard, Erd\H{o}s", "François Ø stergaard, Erdős"),
        (r"S{\o}ren \AA{}kesson Stra\ss{}e", "Søren Åkesson Straße"),
        (r"\\Ada Example", "Ada Example"),
        ("Zoë Müller-Østergård", "Zoë Müller-Østergård"),
        ("Jose\u0301", "José"),
    ],
)
def test_names(source: str, text: str) -> None:
    assert to_text(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "$5 and $10",
        "costs $5 million, not $10 million",
        "~85% of 3.5% & more #1",
        "a_b, x^2 and snake_case_names",
        "see https://a.example/~user/x_y%20z?q=$1#top",
        "www.a.example/~user and me@b.example",
        "C:100% 'quoted' \"twice\" it's `code`",
        "the native $TOKEN is traded",
        "<b>bold</b> & *starred*",
        "古文 断句-Net 😀",
    ],
)
def test_what_is_no_tex_stays(source: str) -> None:
    assert to_text(source) == source
    assert to_text(source + r" \emph{TeX}") == source + " TeX"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"only \$3/M vs. \$15/M", "only $3/M vs. $15/M"),
        (r"90\% \& more \#1 a\_b", "90% & more #1 a_b"),
        (r"1998$/$99 at $-$7 K, $\sim$85", "1998/99 at -7 K, ~85"),
        (r"best-\$k\$ lists, a set $S $ of", "best-k lists, a set S of"),
        (r"in $~4\times$ and Red~$\leftrightarrow$~Blue, Fig.~3", "in 4× and Red ↔ Blue, Fig. 3"),
        ("``a'' and ``b\" -- or `c' --- d--e", "“a” and “b” – or ‘c’ — d–e"),
        (r"now$\unicode{x2013}$and then", "now–and then"),
        (r"colours (\eg red, \etc. and \ie, blue)", "colours (e.g. red, etc. and i.e., blue)"),
        (r"by~\citet{muster2020keys} in Fig.~\ref{fig:intro}", "by [muster2020keys] in Fig. [fig:intro]"),
        (r"\url{https://a.example/x_y}", "https://a.example/x_y"),
        (r"\href{https://a.example/x}{\textbf{our \emph{page}}}", "our page (https://a.example/x)"),
        (r"\href{https://a.example}{\color{blue}{a.example}}", "https://a.example"),
        (r"at \https://a.example/x.", "at https://a.example/x."),
    ],
)
def test_text_between_formulas(source: str, text: str) -> None:
    assert to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\foo bar \foo{baz} \foo", "foo bar baz foo"),
        (r"\method~wins, \method{} wins", "method wins, method wins"),
        (r"\cite{never closed, and more words", "never closed, and more words"),
        (r"\textbf{never closed", "never closed"),
        ("closed } twice \\emph{x}}", "closed twice x"),
        (r"$a^{2$ b", "a² b"),
        ("$", "$"),
    ],
)
def test_mistakes_lose_no_word(source: str, text: str) -> None:
    assert to_text(source) == text


def test_it_is_one_line_without_controls() -> None:
    assert to_text("a\n  b\tc\x00d\r\ne") == "a b c d e"


tex = st.lists(
    st.sampled_from(["$", "$$", "\\", "{", "}", "^", "_", "\\frac", "\\emph", "\\(", "\\)", "\\[", "\\]", "%", "~", "``", "''"])
    | st.text(max_size=3),
    max_size=30,
)  # fmt: skip


@given(tex.map("".join))
@settings(max_examples=300, deadline=None)
def test_anything_becomes_one_line(source: str) -> None:
    text = to_text(source)
    assert "\n" not in text
    assert text == text.strip()
    assert not re.search(r"[\U000f0000-\U0010ffff]", text)  # nothing that stood in is left


@given(st.lists(st.text("abcdefghij", min_size=3, max_size=8), min_size=1, max_size=6), st.data())
@settings(deadline=None)
def test_no_word_is_lost_in_any_wrapping(words: list[str], data: st.DataObject) -> None:
    wrappings = [
        r"\emph{%s}",
        r"\textbf{%s}",
        r"{\em %s}",
        r"$\text{%s}$",
        r"\unheardof{%s}",
        "``%s''",
        r"\textcolor{red}{%s}",
    ]
    wrapped = [data.draw(st.sampled_from(wrappings)) % word for word in words]
    assert re.findall(r"[a-j]{3,}", to_text(" ".join(wrapped))) == words


@pytest.mark.parametrize(
    "unit",
    ["$", "{", "}", "\\(", "\\[", "``", "^{", "\\frac{", "$x_", "\\begin{math}", "\\href{", "`a", "\\cite["],
)
def test_long_nonsense_ends(unit: str) -> None:
    start = time.process_time()
    to_text("a " + unit * (4000 // len(unit)))
    assert time.process_time() - start < 2


def test_papers_come_out_clean() -> None:
    papers = list(real_corpus() or small_corpus())
    sample = [
        text for paper in papers for text in (paper.title, paper.abstract) if re.search(r"[\\${}]", text)
    ]
    sample = sample[:: max(1, len(sample) // 80)]
    left = [text for text in map(to_text, sample) if re.search(r"\\[A-Za-z]|\$[^\d\s]", text)]
    assert len(left) <= len(sample) // 40, left
