"""Papers made up for tests of topics."""

from __future__ import annotations

from typing import Any

from bot.papers.ids import PaperId
from bot.papers.paper import Paper


def paper(number: str, title: str, abstract: str, *categories: str, **more: Any) -> Paper:
    authors = more.pop("authors", ("Ada Example",))
    return Paper(PaperId(number), title, authors, abstract, categories or ("cs.CL",), **more)


RAG = paper(
    "2501.00001",
    "Fetching Before Speaking: Retrieval-Augmented Generation for Bylaws",
    "Retrieval-augmented generation (RAG) lets a language model look things up. We build a RAG system over town "
    "bylaws and measure how often its answers cite the right paragraph. It cites the right one in 81% of cases.",
)
RAG_UNSAID = paper(
    "2501.00002",
    "Answering Questions with Passages Fetched from an External Corpus",
    "A language model often lacks the documents that an answer needs. We let it send queries to a retriever, read the "
    "passages that come back from an external knowledge base, and answer the question with citations to the documents. "
    "Better reranking of passages gives better answers.",
)
RAG_IN_PASSING = paper(
    "2501.00003",
    "Counting Hedgehogs from the Air",
    "Hedgehogs are hard to count at night. We fly a small drone with a thermal camera over gardens and detect "
    "them in its video. The detector finds nine of ten hedgehogs and mistakes few stones for them. Its flights take "
    "twenty minutes. A map of gardens comes out, which wardens used for a year. They asked for a chat program on "
    "top of it, perhaps with RAG.",
    "cs.CV",
)
MOTION = paper(
    "2501.00004",
    "Say It and It Dances: Text-to-Motion with Few Examples",
    "We generate 3D human motion from a sentence. A skeleton of 22 joints is animated by a network that "
    "learned from motion capture of forty dancers. Viewers prefer its human motion in two cases of three.",
    "cs.CV",
)
GRAPHS = paper(
    "2501.00005",
    "How Deep Can a Graph Neural Network Be?",
    "Graph neural networks smooth their nodes until all look alike. We prove a bound on the depth at which node "
    "classification fails, and show a GNN of 64 layers that keeps to it.",
    "cs.LG",
)
CHEESE = paper(
    "2501.00006",
    "On the Ripening of Hard Cheese",
    "We weigh wheels of cheese each week for two years. They lose a third of their water. Salt slows it down.",
    "physics.app-ph",
)
ALL = (RAG, RAG_UNSAID, RAG_IN_PASSING, MOTION, GRAPHS, CHEESE)
