"""Papers and answers that the tests of writing share. The paper is made up."""

from __future__ import annotations

from bot.papers.ids import PaperId
from bot.papers.paper import Paper

SENTENCES = (
    "Retrieval-augmented generation reads short passages, which burdens the retriever.",
    "Long-context models could read far more, but indexes are built for passages.",
    "We propose LongShelf, which retrieves whole groups of documents of 4K tokens each.",
    "LongShelf cuts the number of units from 22M to 600K.",
    "On NQ it raises answer recall@1 from 52% to 71% (cf. Fig. 3 and Sec. 4.2).",
    "Without any training, it reaches an exact match of 62.7%, e.g. on par with tuned systems.",
)

PAPER = Paper(
    id=PaperId.parse("2406.15319v1"),
    title="LongShelf: Retrieval-Augmented Generation over Groups of Documents",
    authors=("Ada Example", "Bo Beispiel"),
    abstract=" ".join(SENTENCES),
    categories=("cs.CL", "cs.IR"),
)

ENGLISH_ANSWER: dict[str, object] = {
    "gist": "LongShelf retrieves groups of documents and reaches an exact match of 62.7% untrained.",
    "summary": "Retrievers work on short passages. LongShelf hands 4K-token units to a long-context reader.",
    "takeaways": [
        "Units shrink from 22M to 600K.",
        "Answer recall@1 on NQ rises from 52% to 71%.",
        "No training is needed for an exact match of 62.7%.",
    ],
}
CHINESE_ANSWER: dict[str, object] = {
    "gist": "LongShelf 检索成组的文档,无需训练即达到 62.7% 的精确匹配率。",
    "summary": "检索器处理短段落。LongShelf 把 4K token 的单元交给长上下文阅读器。",
    "takeaways": [
        "检索单元从 22M 降到 600K。",
        "NQ 上的 recall@1 从 52% 升到 71%。",
        "无需训练即可达到 62.7%。",
    ],
    "title": "LongShelf:面向文档组的检索增强生成",
    "abstract": "检索增强生成读取短段落。我们提出 LongShelf。",
}

# What may be said of any paper: it claims no number and no name.
ANY_ENGLISH: dict[str, object] = {
    "gist": "A method is described and found to work.",
    "summary": "The problem is hard. The method is simple, and works better than what came before.",
    "takeaways": ["The problem is hard.", "The method is simple.", "It works better than what came before."],
}
ANY_CHINESE: dict[str, object] = {
    "gist": "描述了一种方法,并证明其有效。",
    "summary": "问题很难。方法简单,效果优于已有工作。",
    "takeaways": ["问题很难。", "方法简单。", "效果优于已有工作。"],
    "title": "一种方法",
    "abstract": "描述了一种简单的方法,效果优于已有工作。",
}
