"""The papers in the pictures, which nobody wrote, and what a careful model writes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.fakes.arxiv_papers import pdf_of
from tests.fakes.arxiv_pdf import Block, Figure, Heading, Paragraph, typeset
from tests.fakes.arxiv_small import CC_BY
from tests.fakes.corpus import ArxivPaper, Corpus, made_paper
from tests.fakes.openai_answers import text_of
from tests.shots import earlier

DAY = date(2026, 11, 20)
CATEGORIES = ("cs.CL", "cs.IR", "cs.LG")
WHOLE = "2611.99001"  # the paper of the card, the question and the figures

_ELSEWHERE, _ON_AGENTS = (
    84,
    9,
)  # papers of the day that are about something else, and those among them on agents


@dataclass(frozen=True)
class Told:
    """What is written of a paper in one language; title and abstract where they are translated."""

    gist: str
    summary: str
    takeaways: tuple[str, ...]
    title: str = ""
    abstract: str = ""

    def answer(self) -> dict[str, Any]:
        fields = {"gist": self.gist, "summary": self.summary, "takeaways": list(self.takeaways)}
        return fields | ({"title": self.title, "abstract": self.abstract} if self.title else {})


_TITLES = {
    "2611.99001": "PageTurner: Retrieve Whole Pages, Read Them Once",
    "2611.99002": "When Not to Retrieve: A Gate for Questions that the Model Already Answers",
    "2611.99003": "Citations that Hold: Checking Every Sentence of a Generated Answer against Its Source",
    "2611.99004": "StaleBench: Retrieval-Augmented Generation over a Corpus that Changes Every Week",
    "2611.99005": "Graphs or Chunks? A Controlled Comparison of RAG Indices for Multi-Hop Questions",
    "2611.99006": "Poisoned Wells: Ten Injected Passages Steer a Retrieval-Augmented Model",
}
_ABSTRACTS = {
    "2611.99001": "Retrieval-augmented generation (RAG) usually retrieves passages of 100 words and leaves the hard work to the "
    "retriever. PageTurner retrieves whole pages of 4,000 tokens and leaves it to a long-context reader. The index shrinks "
    "from 22 million passages to 600,000 pages, and on OpenTrivia the right page is among the first four in 71% of cases, "
    "against 52% for passages. Exact match rises from 56.1 to 62.7 without training the reader. Answering takes 3.4 times "
    "as many tokens.",
    "2611.99002": "Retrieval costs time and may mislead a model that already knows the answer. We train a gate of 40 million "
    "parameters that reads a question and the first token's entropy and decides whether retrieval-augmented generation is "
    "worth it. On OpenTrivia and MedAsk it skips 46% of retrievals and loses 0.3 points of exact match. The median latency "
    "falls from 820 ms to 510 ms. The gate has to be trained again for every reader.",
    "2611.99003": "Answers of RAG systems carry citations that do not support them. CiteCheck splits an answer into claims, "
    "finds the sentence of the cited passage nearest to each, and rewrites a claim that is not entailed. On 2,100 answers "
    "labelled by hand, the share of supported sentences rises from 68% to 91%. Rewriting shortens answers by 12%. Claims that "
    "need two passages at once remain the most frequent error.",
    "2611.99004": "Benchmarks of retrieval-augmented generation assume a corpus that stands still. StaleBench replays 26 weeks of "
    "edits to an encyclopedia and asks 5,200 questions whose answers change. Seven systems answer from an outdated passage in "
    "19% to 37% of cases although the new one is indexed. Showing the date of each passage to the reader removes a third of "
    "these errors. Data and replay code are released.",
    "2611.99005": "Graph indices are said to help retrieval-augmented generation with multi-hop questions. We compare four graph "
    "indices with chunks of 512 tokens under equal budgets of tokens, on HopTwo and HopFour. With two hops chunks are as good "
    "as any graph. With four hops the best graph wins by 5.8 points, but building it takes 31 times as long. Much of the gain "
    "reported earlier came from larger budgets.",
    "2611.99006": "Retrieval-augmented models read whatever their index holds. We inject ten passages into an index of 8 million "
    "and steer the answers to 83% of the questions that they target, on three of four readers. The passages need no access to "
    "the retriever. Filtering by perplexity finds 14% of them; asking for agreement between two sources lowers the success to "
    "22% and costs 1.9 points of accuracy elsewhere.",
}  # fmt: skip
_ABOUT: Mapping[str, dict[str, Any]] = {
    "2611.99001": {
        "authors": ("Mirjam Halvorsen", "Takeshi Ōno", "Priya Raman", "Lukas Brandt"),
        "categories": ("cs.CL", "cs.IR"),
        "comment": "Accepted at EMNLP 2026; 2 figures",
        "licence": CC_BY,
    },
    "2611.99002": {"authors": ("Sofía Ferreyra", "Daniel Okafor"), "categories": ("cs.CL", "cs.LG")},
    "2611.99003": {
        "authors": ("Chen Yiran", "Hanna Lindqvist", "Omar Haddad"),
        "categories": ("cs.CL",),
        "comment": "TACL; pre-MIT Press version",
    },
    "2611.99004": {"authors": ("Nikolai Petrov", "Aisha Bello"), "categories": ("cs.IR", "cs.CL")},
    "2611.99005": {
        "authors": ("Emma van Dijk", "Rohan Mehta", "Julia Kowalska"),
        "categories": ("cs.CL", "cs.AI"),
        "comment": "Findings of EMNLP 2026",
    },
    "2611.99006": {"authors": ("Tomás Vidal", "Grace Nakamura"), "categories": ("cs.CR", "cs.CL")},
}
_ENGLISH = {
    "2611.99001": Told(
        "Retrieving pages of 4,000 tokens instead of passages of 100 words lifts exact match on OpenTrivia from 56.1 to 62.7, without training the reader.",
        "RAG usually retrieves passages of 100 words, so that everything hangs on the retriever. PageTurner retrieves whole pages and "
        "lets a long-context reader find the answer in them. The right page is among the first four in 71% of cases, against 52% "
        "for passages, and exact match on OpenTrivia rises from 56.1 to 62.7. The price is 3.4 times as many tokens per answer.",
        (
            "Exact match on OpenTrivia rises from 56.1 to 62.7, and the reader is not trained for it.",
            "The right page is among the first four in 71% of cases; with passages it is 52%.",
            "The index shrinks from 22 million passages to 600,000 pages.",
            "Answering takes 3.4 times as many tokens.",
        ),
    ),
    "2611.99002": Told(
        "A gate of 40 million parameters skips 46% of retrievals at a loss of 0.3 points and brings the median latency from 820 ms to 510 ms.",
        "Retrieval takes time, and it may mislead a model that knows the answer. A small gate decides from the question and the first "
        "token's entropy. It skips 46% of retrievals on OpenTrivia and MedAsk.",
        (
            "The gate skips 46% of retrievals.",
            "Exact match falls by 0.3 points.",
            "It has to be trained again for every reader.",
        ),
    ),
    "2611.99003": Told(
        "CiteCheck rewrites the claims that their citation does not support; the share of supported sentences rises from 68% to 91%.",
        "Citations in generated answers often do not support what they stand behind. CiteCheck compares every claim with the nearest "
        "sentence of the cited passage and rewrites what is not entailed.",
        (
            "Supported sentences rise from 68% to 91%.",
            "Answers become 12% shorter.",
            "Claims that need two passages stay hard.",
        ),
    ),
    "2611.99004": Told(
        "On 26 weeks of edits, seven RAG systems answer from an outdated passage in 19% to 37% of cases although the new one is indexed.",
        "StaleBench replays 26 weeks of edits and asks 5,200 questions whose answers change. All seven systems fall back on outdated "
        "passages. Showing the reader their dates removes a third of the errors.",
        (
            "Outdated passages are used in 19% to 37% of cases.",
            "Dates remove a third of the errors.",
            "Data and replay code are released.",
        ),
    ),
    "2611.99005": Told(
        "Under equal budgets, graph indices beat chunks by 5.8 points with four hops and not at all with two, and take 31 times as long to build.",
        "Four graph indices are compared with chunks of 512 tokens under equal budgets. Graphs pay only for questions of four hops.",
        (
            "With two hops chunks are as good as any graph.",
            "With four hops the best graph wins by 5.8 points.",
            "Building it takes 31 times as long.",
        ),
    ),
    "2611.99006": Told(
        "Ten passages injected into an index of 8 million steer the answers to 83% of the targeted questions; asking two sources to agree lowers this to 22%.",
        "Retrieval-augmented models read whatever their index holds. Ten injected passages steer three of four readers, without access "
        "to the retriever. Agreement between two sources is the better defence.",
        (
            "Ten passages steer 83% of the targeted questions.",
            "Filtering by perplexity finds 14% of them.",
            "Agreement of two sources costs 1.9 points of accuracy elsewhere.",
        ),
    ),
}  # fmt: skip
_CHINESE = {
    "2611.99001": Told(
        "检索 4,000 token 的整页而非 100 词的段落，OpenTrivia 上的精确匹配从 56.1 升至 62.7，且无需训练阅读模型。",
        "RAG 通常检索 100 词的段落，成败取决于检索器。PageTurner 改为检索整页，由长上下文阅读模型从中找出答案。在 OpenTrivia 上，正确页面排在前四位的比例为 "
        "71%，而按段落检索为 52%；精确匹配从 56.1 升至 62.7。代价是回答所用的 token 增至 3.4 倍。",
        (
            "OpenTrivia 上的精确匹配从 56.1 升至 62.7，阅读模型无需训练。",
            "正确页面排在前四位的比例为 71%，按段落检索为 52%。",
            "索引从 2200 万个段落缩小到 60 万个页面。",
            "回答所用的 token 增至 3.4 倍。",
        ),
        "PageTurner：检索整页，一次读完",
        "检索增强生成（RAG）通常检索 100 词的段落，把难题留给检索器。PageTurner 检索 4,000 token 的整页，把难题交给长上下文阅读模型。索引从 2200 万个段落缩小到 60 "
        "万个页面；在 OpenTrivia 上，正确页面排在前四位的比例为 71%，而段落为 52%。精确匹配从 56.1 升至 62.7，阅读模型无需训练。回答所用的 token 增至 3.4 倍。",
    ),
    "2611.99002": Told(
        "一个 4000 万参数的门控可跳过 46% 的检索，精确匹配仅降 0.3 分，延迟中位数从 820 ms 降至 510 ms。",
        "检索耗时，还可能误导已知答案的模型。作者训练一个小型门控，根据问题和首个 token 的熵判断是否值得检索。在 OpenTrivia 和 MedAsk 上，它跳过了 46% 的检索。",
        ("门控跳过 46% 的检索。", "精确匹配下降 0.3 分。", "每换一个阅读模型，门控都要重新训练。"),
        "何时不该检索：为模型已能回答的问题设一道门",
        "检索耗时，还可能误导已知答案的模型。我们训练一个 4000 万参数的门控，它读取问题和首个 token 的熵，判断检索增强生成是否值得。在 OpenTrivia 和 MedAsk 上，它跳过 "
        "46% 的检索，精确匹配下降 0.3 分。延迟中位数从 820 ms 降至 510 ms。每换一个阅读模型，门控都要重新训练。",
    ),
    "2611.99003": Told(
        "CiteCheck 会改写引用无法支持的论断，有依据的句子占比从 68% 升至 91%。",
        "RAG 系统的回答常带有并不支持原文的引用。CiteCheck 将每个论断与所引段落中最接近的句子比对，并改写不被蕴含的论断。",
        ("有依据的句子占比从 68% 升至 91%。", "回答缩短 12%。", "需要两个段落共同支持的论断仍最易出错。"),
        "站得住的引用：逐句核对生成的回答与来源",
        "RAG 系统的回答带有并不支持它们的引用。CiteCheck 将回答拆成论断，为每个论断找到所引段落中最接近的句子，并改写不被蕴含的论断。在人工标注的 2,100 "
        "个回答上，有依据的句子占比从 68% 升至 91%。改写使回答缩短 12%。需要两个段落共同支持的论断仍是最常见的错误。",
    ),
    "2611.99004": Told(
        "回放 26 周的编辑后发现，即使新段落已入索引，七个 RAG 系统仍有 19% 到 37% 的回答依据过时段落。",
        "StaleBench 回放 26 周的百科编辑，提出 5,200 个答案会变化的问题。七个系统都会依据过时段落作答。向阅读模型显示段落日期可消除三分之一的错误。",
        ("19% 到 37% 的回答依据过时段落。", "显示日期可消除三分之一的错误。", "数据与回放代码已公开。"),
        "StaleBench：在每周变化的语料上评测检索增强生成",
        "检索增强生成的基准测试假定语料静止不变。StaleBench 回放一部百科 26 周的编辑，提出 5,200 个答案会变化的问题。七个系统在 19% 到 37% "
        "的情况下依据过时段落作答，尽管新段落已入索引。向阅读模型显示每个段落的日期可消除三分之一的此类错误。数据与回放代码已公开。",
    ),
    "2611.99005": Told(
        "预算相同时，图索引在四跳问题上领先文本块 5.8 分，在两跳问题上则无优势，而构建耗时是后者的 31 倍。",
        "作者在相同 token 预算下比较了四种图索引与 512 token 的文本块。只有四跳问题值得使用图索引。",
        ("两跳问题上，文本块不逊于任何图索引。", "四跳问题上，最佳图索引领先 5.8 分。", "构建耗时为 31 倍。"),
        "图还是文本块？多跳问题 RAG 索引的受控比较",
        "据称图索引有助于检索增强生成回答多跳问题。我们在相同 token 预算下，于 HopTwo 和 HopFour 上比较四种图索引与 512 token 的文本块。两跳时，文本块不逊于任何图索引。四跳时，最佳图索引领先 5.8 "
        "分，但构建耗时是 31 倍。此前报告的增益多来自更大的预算。",
    ),
    "2611.99006": Told(
        "向 800 万段落的索引注入十个段落，即可左右 83% 的目标问题的回答；要求两个来源一致可将其降至 22%。",
        "检索增强模型会读取索引中的任何内容。无需访问检索器，十个注入的段落就能左右四个阅读模型中的三个。要求两个来源一致是更好的防御。",
        ("十个段落左右了 83% 的目标问题。", "按困惑度过滤只能找出其中 14%。", "要求来源一致会使其他问题的准确率下降 1.9 分。"),
        "投毒之井：十个注入段落左右检索增强模型",
        "检索增强模型会读取索引中的任何内容。我们向 800 万段落的索引注入十个段落，左右了其所针对的 83% 的问题的回答，四个阅读模型中有三个中招。这些段落无需访问检索器。按困惑度过滤可找出其中 "
        "14%；要求两个来源一致可将成功率降至 22%，但使其他问题的准确率下降 1.9 分。",
    ),
}  # fmt: skip

_METHOD = (
    "A page is cut at headings where that leaves 4,000 tokens or less. The reader sees the first four pages, the best one last, "
    "because readers attend most to what stands nearest to the question."
)
_ABLATION = "With the best page first instead of last, exact match falls from 62.7 to 60.2."
_DEEP = {
    "problem": "RAG retrieves passages of 100 words, because readers could once take no more than a few of them. Everything then hangs on the "
    "retriever, which has to find the right one among 22 million.",
    "method": "PageTurner cuts documents into pages of 4,000 tokens or less, at headings where there are any. It retrieves four pages and hands "
    "them to a long-context reader, the best one last. The reader is not trained for it.",
    "results": [
        {"text": "Exact match on OpenTrivia is 62.7, against 56.1 with passages.", "section": "3"},
        {"text": "The right page is among the first four in 71% of cases; with passages it is 52%.", "section": "3"},
        {"text": "With the best page first instead of last, exact match falls to 60.2.", "section": "4"},
    ],
    "limitations": ["Answering takes 3.4 times as many tokens.", "Pages without headings are cut at arbitrary places."],
    "new": "The index holds whole pages, 600,000 of them, and the work of finding the answer moves from the retriever to the reader.",
}  # fmt: skip
_ANSWERS = {
    "Why": (
        ("because readers attend most to what stands nearest to the question", _ABLATION),
        "The reader attends most to what stands nearest to the question, so the best of the four pages is put last, right before it.\n\n"
        "The order matters: with the best page first, exact match falls from 62.7 to 60.2.",
    ),
}  # fmt: skip


def corpus() -> Corpus:
    """Return a day of made-up papers, six on retrieval-augmented generation, and the weeks before it."""
    told = [
        made_paper(number, _TITLES[number], _ABSTRACTS[number], announced=DAY, **_ABOUT[number])
        for number in _TITLES
    ]
    return Corpus([*earlier.papers(DAY), *told, *_elsewhere()])


def pdf(paper: ArxivPaper) -> bytes:
    """Return the PDF of the paper that is read as a whole; of others, what the arXiv's stand-in makes of them."""
    if paper.id != WHOLE:
        edition = paper.at()
        assert edition
        return pdf_of(edition)
    blocks: list[Block] = [
        Heading("Abstract"),
        Paragraph(paper.abstract),
        Heading("1 Introduction"),
        Paragraph("Passages of 100 words were the right unit when readers could take no more than a few of them."),
        Heading("2 Method"),
        Paragraph(_METHOD),
        Heading("3 Results"),
        Paragraph("On OpenTrivia exact match rises from 56.1 to 62.7. The right page is among the first four in 71% of cases, with passages in 52%."),
        Figure(1, "Percent of the reader's window that one, two and three pages fill, on OpenTrivia (left) and MedAsk (right).", "vector"),
        Heading("4 Ablations"),
        Paragraph(_ABLATION),
        Figure(2, "Attention of the reader's layers (down) to the tokens of four pages (across).", "image"),
        Heading("5 Limitations"),
        Paragraph("Answering takes 3.4 times as many tokens, and pages without headings are cut at arbitrary places."),
    ]  # fmt: skip
    return typeset(paper.title, list(paper.authors), blocks, columns=2)


def reply(body: Mapping[str, Any]) -> str | None:
    """Return what was written beforehand for a request to the model, None where nothing was."""
    asked = "\n".join(text_of(message) for message in body["messages"] if message.get("role") == "user")
    if said := earlier.roundup(asked, {**_TITLES, **earlier.titles()}):
        return said
    number = next((number for number, title in _TITLES.items() if f"Title: {title}" in asked), None)
    if number is None:
        return None
    if "Fields: gist" in asked:
        texts = _CHINESE if "Language: Simplified Chinese" in asked else _ENGLISH
        return json.dumps(texts[number].answer(), ensure_ascii=False)
    if "The question:" not in asked:
        return json.dumps(_DEEP)
    question = asked.rpartition("The question:")[2]
    for word, (quotes, answer) in _ANSWERS.items():
        if word in question:
            passages = [{"passage": _passage(asked, quote), "quote": quote} for quote in quotes]
            return json.dumps({"found": True, "passages": passages, "answer": answer})
    return None


def _passage(prompt: str, words: str) -> str:
    return next(line[1] for line in re.finditer(r"^\[(P\d+)\] (.+)$", prompt, re.M) if words in line[2])


def _elsewhere() -> Iterator[ArxivPaper]:
    yield from earlier.on_agents(DAY, _ON_AGENTS)
    subjects = (
        "parsing",
        "speech",
        "tokenisation",
        "summarisation",
        "dialogue",
        "morphology",
        "optimisation",
    )
    for number in range(_ELSEWHERE - _ON_AGENTS):
        subject = subjects[number % len(subjects)]
        yield made_paper(
            f"2611.99{100 + number}",
            f"Notes on {subject.capitalize()}, Part {number // len(subjects) + 1}",
            f"We look at {subject} once more and describe what we see. It holds on {number + 20} examples.",
            categories=(("cs.CL", "cs.IR", "cs.LG")[number % 3],),
            announced=DAY,
        )
