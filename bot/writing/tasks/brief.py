"""The brief: what a card, a gist in an edition and a translation are made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.language import ENGLISH, Language
from bot.papers.paper import Paper
from bot.writing.material import fenced
from bot.writing.prompt import Prompt

if TYPE_CHECKING:
    from bot.writing.tasks.brief_answer import BriefAnswer

# Two scripts of one language: models mix them unless told.
_SCRIPTS = {
    "zh-Hans": "Simplified Chinese (简体中文): simplified characters and the terms used in mainland China, never traditional characters",
    "zh-Hant": "Traditional Chinese (繁體中文): traditional characters and the terms used in Taiwan, never simplified characters",
}


@dataclass(frozen=True, slots=True)
class Brief:
    """What one call writes about one paper in one language.

    `title` and `abstract` are translations, None in the paper's own language (which we take to be English)
    and where no model wrote.
    """

    gist: str
    summary: str
    takeaways: tuple[str, ...]
    title: str | None = None
    abstract: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {**asdict(self), "takeaways": list(self.takeaways)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Brief:
        return cls(
            data["gist"], data["summary"], tuple(data["takeaways"]), data.get("title"), data.get("abstract")
        )


class BriefTask:
    """Puts the question for a brief, and reads the answer."""

    name = "brief"

    @property
    def revision(self) -> int:
        return Prompt.load(self.name).revision

    def ask(self, paper: Paper, language: Language) -> tuple[str, str]:
        """Return the system part, the same for every paper and language, and the user part."""
        prompt = Prompt.load(self.name)
        return prompt.system, prompt.fill(
            language=named(language),
            wanted="gist, summary, takeaways" + ("" if language.is_english else ", title, abstract"),
            paper=fenced(f"Title: {paper.title}\n\nAbstract: {paper.abstract}"),
        )

    def schema(self, language: Language) -> type[BriefAnswer]:
        """Return the shape of the answer, with title and abstract where they are to be translated."""
        # pydantic stays out of the way of those who only read finished briefs.
        from bot.writing.tasks.brief_answer import BriefAnswer, TranslatedBriefAnswer

        return BriefAnswer if language.is_english else TranslatedBriefAnswer

    def read(self, answer: BriefAnswer) -> Brief:
        """Return the brief that `answer` holds."""
        return Brief(
            gist=answer.gist,
            summary=answer.summary,
            takeaways=tuple(answer.takeaways),
            title=getattr(answer, "title", None),
            abstract=getattr(answer, "abstract", None),
        )


def named(language: Language) -> str:
    """Return what a model understands as the language, in English and in the language itself."""
    if said := _SCRIPTS.get(language.tag):
        return said
    own = language.name()
    english = language.name(ENGLISH)
    return english if own == english else f"{english} ({own})"
