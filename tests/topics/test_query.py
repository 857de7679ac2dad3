"""The query language: what is understood, what is refused and where, and that it means what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.wording import QUERY_MISTAKES
from bot.errors import BadQuery
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.topics.index import Index
from bot.topics.query import Query
from bot.topics.scan import MOST_CHARACTERS, MOST_DEPTH, MOST_TERMS
from tests.fakes import arxiv_search
from tests.fakes.corpus import made_paper


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("retrieval generation", "retrieval AND generation"),
        ("graph neural OR gnn", "(graph AND neural) OR gnn"),
        ("graph AND neural OR gnn", "(graph AND neural) OR gnn"),
        ("graph AND (neural OR gnn)", "graph AND (neural OR gnn)"),
        ("rag OR agents -survey", "(rag OR agents) AND NOT survey"),
        ("rag OR agents NOT survey", "(rag OR agents) AND NOT survey"),
        ("rag OR agents AND NOT survey", "rag OR (agents AND NOT survey)"),
        ("rag OR agents ANDNOT survey", "rag OR (agents AND NOT survey)"),
        ("-survey rag OR agents", "NOT survey AND (rag OR agents)"),
        ("-(a1 b1) c1 OR d1", "NOT (a1 AND b1) AND (c1 OR d1)"),
        ("+rag agents OR llm", "rag AND (agents OR llm)"),
        ("rag !survey", "rag AND NOT survey"),
        ("rag NOT (NOT survey)", "rag AND survey"),
        ("rag (NOT survey)", "rag AND NOT survey"),
        ("rag && agents || llm", "(rag AND agents) OR llm"),
        ("rag and agents or llm and not survey", "(rag AND agents) OR (llm AND NOT survey)"),
        ("rag and", 'rag AND "and"'),
        ("or else", '"or" AND else'),
        ('"rag and agents"', '"rag and agents"'),
        ("ti:(rag OR agents) llm", "(ti:rag OR ti:agents) AND llm"),
        ("title:rag author:Bengio_Y", 'ti:rag AND au:"bengio y"'),
        ("ti: rag", "ti:rag"),
        ("TI:rag", "ti:rag"),
        ("ti:-rag agents", "NOT ti:rag AND agents"),
        ("cat:cs.cl abs:x-ray", "cat:cs.CL AND abs:x-ray"),
        ("cat:cs.*", "cat:cs"),
        ("cat:CS.c*", "cat:cs.C*"),
        ("cat:(Physics.Optics HEP-TH)", "cat:physics.optics AND cat:hep-th"),
        ("agent*", "agent*"),
        ('"graph agent"~3', '"graph agent"~3'),
        ('"graph agent"~', '"graph agent"~1'),
        ('"graph"~3', "graph"),
        (r"GPT\: survey", "gpt AND survey"),
        (r"\-rag", "rag"),
        ("rag, agents.", "rag AND agents"),
        ("rag & agents", "rag AND agents"),
        ("TO rag", "to AND rag"),
        ("don't panic", '"don t" AND panic'),
        ("“检索增强” （RAG OR 智能体）－综述", '"检 索 增 强" AND (rag OR "智 能 体") AND NOT "综 述"'),
        ("ｔｉ：ＲＡＧ", "ti:rag"),
        ("rag、agents。", "rag AND agents"),
        ("ti:“rag agents”", 'ti:"rag agents"'),
    ],
)
def test_what_is_understood(text: str, meaning: str) -> None:
    query = Query.parse(text)
    assert str(query) == meaning
    assert Query.parse(meaning).key == query.key


MISTAKES = [
    ("^", "empty"),
    ("^   ", "empty"),
    ("^, ;", "empty"),
    ("^-survey", "negative"),
    ("^NOT survey -table", "negative"),
    ("^(rag agents", "open"),
    ("rag (agents OR ^(llm", "open"),
    ("rag ^(", "open"),
    ("rag^)", "close"),
    ('rag ^"agents', "quote"),
    ('"rag" ^"', "quote"),
    ("rag ^()", "empty_group"),
    ('rag ^""', "empty_phrase"),
    ('rag ^"..."', "empty_phrase"),
    ("rag ^AND", "operator_last"),
    ("rag ^AND OR agents", "operator_last"),
    ("^AND rag", "operator_first"),
    ("rag (^OR agents)", "operator_first"),
    ("rag ^NOT", "operator_last"),
    ("rag ^- agents", "sign"),
    ("rag ^-", "sign"),
    ("rag ^--agents", "sign"),
    ("rag OR ^-agents", "alternative"),
    ("rag or ^not agents", "alternative"),
    ("^-rag OR agents", "alternative"),
    ("rag AND (agents OR ^NOT llm)", "alternative"),
    ("^foo:bar", "field"),
    ("rag ^GPT: a survey", "field"),
    ("see ^https://arxiv.org/abs/2501.00001", "address"),
    ("^arxiv.org/abs/2501.00001", "address"),
    ("rag ^: agents", "colon"),
    ('"rag"^:agents', "colon"),
    ("^ti:", "empty_field"),
    ("rag (^ti:)", "empty_field"),
    ("ti:^au:rag", "nested_field"),
    ("ti:(rag ^au:bengio)", "nested_field"),
    ("cat:^foo", "category"),
    ("cat:^cs.CL!", "category"),
    ("rag cat:^cs.NLP", "category"),
    ("rag cat:^cl*", "category"),
    ("rag cat:^cs.X*", "category"),
    ('cat:^"large language"', "category"),
    ("rag^~2", "fuzzy"),
    ("(rag)^~", "fuzzy"),
    ('"rag agents"^~0.5', "fuzzy"),
    ('"rag agents"^~99', "slop"),
    ("rag^^2 agents", "boost"),
    ('"rag"^^2', "boost"),
    ("rag AND NOT (^NOT a1 NOT b1)", "negative"),
    ("(rag)^)", "close"),
    ("(rag ^OR)", "operator_last"),
    ("rag ^[a TO b]", "range"),
    ("rag^{1}", "range"),
    ("rag ^/ag.*/", "regex"),
    ("rag ^*", "leading_wildcard"),
    ("^*rag", "leading_wildcard"),
    ('"rag ^*ag"', "leading_wildcard"),
    ("a^*b", "inner_wildcard"),
    ("^a*", "short_prefix"),
    ("why^?", "wildcard"),
    ("w^?y", "wildcard"),
    ("^（检索", "open"),
    ("检索 ^：", "colon"),
]


@pytest.mark.parametrize(("marked", "problem"), MISTAKES)
def test_mistakes_and_their_places(marked: str, problem: str) -> None:
    position = marked.index("^")
    text = marked[:position] + marked[position + 1 :]
    with pytest.raises(BadQuery) as caught:
        Query.parse(text)
    assert (caught.value.problem, caught.value.position) == (problem, position)
    assert caught.value.query == text


def test_every_mistake_has_its_sentence() -> None:
    limits = {"long", "many", "deep"}
    assert {problem for _, problem in MISTAKES} | limits == set(QUERY_MISTAKES) - {""}


def test_a_long_word_makes_no_long_sentence() -> None:
    for text in ("x" * 400 + ":y", "cat:" + "x" * 400):
        with pytest.raises(BadQuery) as caught:
            Query.parse(text)
        assert len(caught.value.detail) < 50


def test_limits() -> None:
    with pytest.raises(BadQuery, match="long") as caught:
        Query.parse("a" * (MOST_CHARACTERS + 1))
    assert caught.value.position == MOST_CHARACTERS
    with pytest.raises(BadQuery, match="many") as caught:
        Query.parse("ab " * (MOST_TERMS + 1))
    assert caught.value.position == 3 * MOST_TERMS
    with pytest.raises(BadQuery, match="deep") as caught:
        Query.parse("(" * (MOST_DEPTH + 1) + "a" + ")" * (MOST_DEPTH + 1))
    assert caught.value.position == MOST_DEPTH
    assert Query.parse("(" * MOST_DEPTH + "a" + ")" * MOST_DEPTH)


@pytest.mark.parametrize(
    "text",
    ['"' + "a " * 249, "a" * 500, "(" * 500, "-" * 500, "a*" * 250, "\\" * 500, "ti:" * 166, '"a"~' * 125, "a OR " * 100],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    with suppress(BadQuery):
        Query.parse(text)
    assert time.process_time() - began < 1


def test_no_query_searches_long() -> None:
    common = " ".join(f"w{n}" for n in range(100))
    index = Index([replace(PAPER, abstract=f"{common} {common} number {n}") for n in range(300)])
    for text in (f'"{common}"~50', f'"{common}"', " OR ".join(["w*"] * MOST_TERMS).replace("w*", "w1*")):
        began = time.process_time()
        assert len(Query.parse(text).find(index)) == 300
        assert time.process_time() - began < 2


def test_queries_are_read_in_many_threads_at_once() -> None:
    texts = [f"(rag{n} OR ti:agent{n}) -survey{n}" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(Query.parse, texts))
    assert [str(query) for query in read] == [
        f"(rag{n} OR ti:agent{n}) AND NOT survey{n}" for n in range(200)
    ]


def test_the_parser_is_loaded_when_first_needed() -> None:
    look = (
        "import sys, bot.topics.query, bot.topics.index; print('luqum' in sys.modules, 'ply' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == "False False\n"


def test_the_text_is_kept_as_typed() -> None:
    assert Query.parse("  RAG   AND\nagents ").text == "RAG AND agents"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RAG agents", "rag  AND AGENTS"),
        ("rag OR agents", "agents or ((rag))"),
        ("title:rag", "ti: RAG"),
        ("rag -survey", "rag AND NOT survey"),
        ("“rag agents”", '"RAG Agents"'),
        ("cat:cs.CL", "cat:cs.cl"),
    ],
)
def test_equal_queries_share_a_key(one: str, other: str) -> None:
    assert Query.parse(one).key == Query.parse(other).key
    assert Query.parse(one) == Query.parse(other)
    assert len({Query.parse(one), Query.parse(other)}) == 1


def test_words_come_from_what_made_it_fit() -> None:
    index = Index([replace(PAPER, title="Graphs and LLMs")])
    assert Query.parse("(graph agent) OR llm").find(index) == {0: ("LLMs",)}
    assert Query.parse("(graph -agent) OR llm").find(index) == {0: ("Graphs", "LLMs")}


def test_different_queries_do_not() -> None:
    texts = [
        "rag",
        "ti:rag",
        "rag*",
        "au:rag",
        "rag OR agents",
        "rag agents",
        '"rag agents"',
        '"rag agents"~2',
    ]
    assert len({Query.parse(text).key for text in texts}) == len(texts)


def test_categories_are_those_asked_for() -> None:
    query = Query.parse("cat:(cs.CL OR cs.IR) rag -cat:cs.CV (cat:stat OR llm)")
    assert query.categories == ("cs.CL", "cs.IR", "stat")
    assert Query.parse("rag").categories == ()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("rag", "ti:rag OR abs:rag"),
        ("ti:rag", "ti:rag"),
        ('ti:"rag agents"', 'ti:"rag agents"'),
        ("ti:rag cat:cs.CL", "ti:rag AND cat:cs.CL"),
        ("ti:rag OR ti:llm -cat:cs.CV", "(ti:rag OR ti:llm) ANDNOT cat:cs.CV"),
        ("ti:rag -ti:(survey OR llm)", "ti:rag ANDNOT (ti:survey OR ti:llm)"),
        ("ti:rag -ti:bias", "ti:rag"),  # the arXiv may take another word for it
        ("ti:rag -ti:surv*", "ti:rag"),
        ("ti:rag -au:bengio", "ti:rag"),
        ("ti:agent*", "ti:agent*"),
        ('ti:"language mod*"', "ti:language AND ti:mod*"),
        ('ti:"large language mod*"', 'ti:"large language" AND ti:mod*'),
        ('ti:"graph agent"~3', "ti:graph AND ti:agent"),
        ("ti:pre-training", 'ti:"pre training" OR ti:pretraining'),
        ("ti:policy", "ti:policy OR ti:policies"),
        ("ti:(state of the)", "ti:state"),
        ('ti:"state of the art"', 'ti:"state of the art"'),
        ('ti:"state of art"~3', "ti:state AND ti:art"),
        ('ti:"theor* of the mind"', 'ti:theor* AND ti:"of the mind"'),
        ('ti:"mind of agent*"', 'ti:"mind of" AND ti:agent*'),
        ('ti:"the agent*"', "ti:agent*"),
        ('ti:"to be" ti:rag', "ti:rag"),
        ("au:Bengio_Y", 'au:"bengio y"'),
        ("cat:cs", "cat:cs OR cat:cs.*"),
        ("all:rag co:acl jr:nature", "all:rag AND co:acl AND jr:nature"),
        ("ti:c++", "ti:c"),
        ("ti:(rag OR (llm agent)) abs:graph", "(ti:rag OR (ti:llm AND ti:agent)) AND abs:graph"),
    ],
)
def test_the_same_for_the_arxiv(text: str, asked: str) -> None:
    assert Query.parse(text).to_arxiv() == asked


ALPHABET = st.sampled_from(
    [
        *'ab1 "():-+*?~^\\/[]{}!&|.,“”（）：－　中é\u0301\x00\u200b\ud800',
        "AND",
        "OR",
        "NOT",
        " not ",
        "ti:",
        "cat:cs",
        "au:",
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.lists(ALPHABET, max_size=25).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_at_a_place(text: str) -> None:
    try:
        query = Query.parse(text)
    except BadQuery as mistake:
        error = mistake
    else:
        assert Query.parse(str(query)).key == query.key
        arxiv_search.parse(query.to_arxiv())
        query.find(Index([PAPER]))
        return
    assert 0 <= error.position <= len(text)
    assert error.query == text


PAPER = Paper(PaperId("2501.00001", 1), "A Title", ("Ada Example",), "An abstract.", ("cs.CL",))

WORDS = ["agent", "agents", "graph", "policy", "policies", "rag", "data", "bias", "llm", "LLMs"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
PAPERS = st.lists(
    st.builds(
        lambda title, abstract, categories: replace(
            PAPER, title=title, abstract=abstract, categories=categories
        ),
        TEXTS,
        TEXTS,
        st.sampled_from([("cs.CL",), ("cs.CV", "cs.CL"), ("stat.ML",)]),
    ),
    max_size=4,
)
TERMS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["age*", "agents*", "poli*", "da*"]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda some: f'"{" ".join(some)}"'),
)
LEAVES = st.one_of(
    st.tuples(st.sampled_from(["", "", "ti:", "abs:"]), TERMS).map("".join),
    st.sampled_from(["cat:cs.CL", "cat:cs", "cat:stat.ML", "cat:cs.*"]),
)
Tree = str | tuple[str, "Tree", "Tree"]
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES, lambda inner: st.tuples(st.sampled_from(["AND", "OR", "NOT"]), inner, inner), max_leaves=6
)


def written(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    operator, left, right = tree
    operator = {"AND": "AND", "OR": "OR", "NOT": "AND NOT"}[operator]
    return f"({written(left)}) {operator} ({written(right)})"


def fits(tree: Tree, paper: Paper) -> bool:
    """Say it once more, slowly."""
    if not isinstance(tree, str):
        operator, left, right = tree
        first, second = fits(left, paper), fits(right, paper)
        return {"AND": first and second, "OR": first or second, "NOT": first and not second}[operator]
    if tree.startswith("cat:"):
        return any(c.startswith(tree[4:].rstrip(".*")) for c in paper.categories)
    field, _, term = tree.rpartition(":")
    texts = {"ti": [paper.title], "abs": [paper.abstract], "": [paper.title, paper.abstract]}[field]
    if term.endswith("*"):
        return any(word.lower().startswith(term[:-1]) for text in texts for word in text.split())
    return any(f" {singulars(term.strip(chr(34)))} " in f" {singulars(text)} " for text in texts)


def singulars(text: str) -> str:
    return re.sub(r"s\b", "", re.sub(r"ies\b", "y", text.lower().replace("bias", "BIAS"))).replace(
        "BIAS", "bias"
    )


@settings(max_examples=300, deadline=None)
@given(TREES, PAPERS)
def test_it_finds_what_a_slow_look_finds(tree: Tree, papers: list[Paper]) -> None:
    query = Query.parse(written(tree))
    index = Index(papers)
    found = query.find(index)
    assert set(found) == {i for i, paper in enumerate(papers) if fits(tree, paper)}
    assert all(found.values())


def test_what_the_arxiv_cannot_be_told_exactly_is_not_left_out_there() -> None:
    assert Query.parse('agent NOT "agent policy"').to_arxiv() == "ti:agent OR abs:agent"


@settings(max_examples=300, deadline=None)
@given(TREES, PAPERS)
def test_the_arxiv_finds_no_less(tree: Tree, papers: list[Paper]) -> None:
    query = Query.parse(written(tree))
    asked = arxiv_search.parse(query.to_arxiv())
    for position in query.find(Index(papers)):
        paper = papers[position]
        there = made_paper("2501.00001", paper.title, paper.abstract, categories=paper.categories).at()
        assert there is not None
        assert asked(there) > 0


LINES = st.recursive(
    st.sampled_from(["rag", "llm", "-agent", "+graph", "NOT data"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from([" ", " AND ", " OR "]), inner).map("".join)
        | inner.map("({})".format)
        | inner.map("-({})".format)
    ),
    max_leaves=7,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.sets(st.sampled_from(["rag", "llm", "agent", "graph", "data"])))
def test_how_tightly_operators_hold(line: str, held: set[str]) -> None:
    try:
        query = Query.parse(line)
    except BadQuery as mistake:
        problem = mistake.problem
    else:
        found = query.find(Index([replace(PAPER, title=" ".join(held))]))
        assert bool(found) is Loosely(line).holds(held)
        assert Query.parse(str(query)).key == query.key
        return
    assert problem in ("negative", "alternative")


class Loosely:
    """The rule in a few lines: signs apart, then OR, then AND."""

    def __init__(self, line: str) -> None:
        self.pieces = re.findall(r"[()]|AND|OR|NOT|[-+]|\w+", line)

    def holds(self, held: set[str]) -> bool:
        chunks: list[bool] = []
        chunk: list[list[bool]] = []
        apart = False
        joined = ""
        while self.pieces and self.pieces[0] != ")":
            if self.pieces[0] in ("AND", "OR"):
                joined = self.pieces.pop(0)
            sign = self.pieces.pop(0) if self.pieces[0] in ("-", "+", "NOT") else ""
            if not joined and (apart or sign) and chunk:
                chunks.append(any(map(all, chunk)))
                chunk = []
            if joined == "OR" or not chunk:
                chunk.append([])
            chunk[-1].append(self.one(held) is not (sign in ("-", "NOT")))
            apart = bool(sign) and not joined
            joined = ""
        return all([*chunks, any(map(all, chunk))])

    def one(self, held: set[str]) -> bool:
        piece = self.pieces.pop(0)
        if piece != "(":
            return piece in held
        inner = self.holds(held)
        self.pieces.pop(0)
        return inner
