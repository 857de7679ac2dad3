"""Those who write briefs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.language import Language
from bot.papers.paper import Paper
from bot.writing.composing import Composer
from bot.writing.extractive import brief_of
from bot.writing.tasks.brief import Brief, BriefTask
from bot.writing.usage import Usage
from bot.writing.written import Flaw

EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A brief, who wrote it (the model's name, or "extractive"), what it cost, and what is wrong with it."""

    brief: Brief
    writer: str
    usage: Usage
    flaws: tuple[Flaw, ...] = ()
    notes: tuple[str, ...] = ()


class Writer(Protocol):
    """Writes a paper up from its title and abstract."""

    @property
    def name(self) -> str:
        """The model's name, or "extractive": part of the key that its results are kept under."""
        ...

    @property
    def revision(self) -> int:
        """Raised whenever the same paper may come out differently: part of that key too."""
        ...

    async def brief(self, paper: Paper, language: Language) -> Drafted:
        """Return a brief of `paper` in `language`. Raises `ModelUnavailable` and `ModelUnusable`."""
        ...


class ModelWriter:
    """Has a chat model write, in one call, or two where the first said what the paper does not."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._task = BriefTask()

    @property
    def name(self) -> str:
        return self._composer.name

    @property
    def revision(self) -> int:
        return self._task.revision

    async def brief(self, paper: Paper, language: Language) -> Drafted:
        """Return what the model wrote; a paper without an abstract gets its title and costs no call."""
        if not paper.abstract.strip():
            return Drafted(
                brief_of(paper), EXTRACTIVE, Usage()
            )  # asked to write about nothing, models invent
        system, user = self._task.ask(paper, language)
        done = await self._composer.compose(
            system=system,
            user=user,
            schema=self._task.schema(language),
            source=f"{paper.title}\n\n{paper.abstract}",
            language=language,
        )
        return Drafted(self._task.read(done.value), done.model, done.usage, done.flaws, done.notes)


class ExtractiveWriter:
    """Picks sentences of the abstract: what there is without a model.

    In whatever language is asked for it gives the English sentences, with neither title nor abstract:
    that a translation needs a model is the caller's to say.
    """

    name = EXTRACTIVE
    revision = 2

    async def brief(self, paper: Paper, language: Language) -> Drafted:
        """Return sentences that stand in the abstract, word for word."""
        return Drafted(brief_of(paper), EXTRACTIVE, Usage())
