"""Where a benchmark plays: stand-ins for the arXiv and the model, papers, and an empty `DATA_DIR`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.fakes.arxiv import ArxivFake, made_paper, real_corpus
from tests.fakes.corpus import ArxivPaper, Corpus
from tests.fakes.openai import OpenAIFake

_MADE = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """`settings` point a bot at the stand-ins; `folder` is where it runs, `ids` are papers that it can ask for."""

    arxiv: ArxivFake
    model: OpenAIFake
    folder: Path
    settings: dict[str, str]
    ids: list[str]


@contextmanager
def scene() -> Iterator[Scene]:
    """Set everything up until the end of the block; the arXiv insists on its 3 s."""
    arxiv = ArxivFake(_corpus(), enforce_pace=True)
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as name, arxiv, OpenAIFake() as model:
        folder = Path(name)
        settings = arxiv.settings() | model.settings()
        settings |= {"DATA_DIR": str(folder / "data"), "ACCESS": "open", "LOG_LEVEL": "WARNING"}
        ids = [paper.id for paper in arxiv.corpus if _plain(paper)]
        yield Scene(arxiv, model, folder, settings, ids[:_MADE])


@lru_cache(maxsize=1)
def _corpus() -> Corpus:
    """Return the real papers where they are at hand, made-up ones otherwise."""
    sentence = (
        "We say one thing in number {n}. We measure it at {n}.5 points on a benchmark of our own. It holds."
    )
    made = (
        made_paper(f"2501.{10_000 + n}", f"Made-up Paper {n}", " ".join([sentence.format(n=n)] * 8))
        for n in range(_MADE)
    )
    return real_corpus() or Corpus(made)


def _plain(paper: ArxivPaper) -> bool:
    """Return whether it is an ordinary paper: of one version, with an abstract, not withdrawn."""
    said = f"{paper.comment} {paper.abstract}".lower()
    return len(paper.versions) == 1 and len(paper.abstract) > 600 and "withdrawn" not in said
