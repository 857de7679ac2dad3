"""The deep summary: what a whole paper says, with its numbers and where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.language import Language
from bot.papers.paper import Paper
from bot.writing.fitting import Fitted
from bot.writing.material import fenced
from bot.writing.passages import Place, laid_out
from bot.writing.prompt import Prompt
from bot.writing.tasks.brief import named

if TYPE_CHECKING:
    from bot.writing.tasks.deep_answer import DeepAnswer

_CALLED = r"(?P<called>(?:sections?|sec|appendix|app|chapter|table)\b\W*|§+\s*|第\s*)*"
_NUMBERED = re.compile(
    rf"\W*{_CALLED}(?P<number>[A-Z]?\d+(?:[.\-]\d+)*|[IVXL]+(?:[.\-][A-Z\d]+)*|[A-Z](?:[.\-]\d+)*)(?P<after>[\s.:,)(节]|$)",
    re.IGNORECASE,
)


class Depth(StrEnum):
    """How much of a paper is read for a summary of it."""

    DEEP = "deep"

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split the word off, wherever it stands; other words belong to what comes next."""
        words = line.split()
        rest = [word for word in words if word.casefold() != cls.DEEP]
        return (cls.DEEP if len(rest) < len(words) else "", " ".join(rest))


@dataclass(frozen=True, slots=True)
class Result:
    """A result and where it stands; None where the model named no section that there is."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Deep:
    """What one call writes about one whole paper in one language.

    `left_out` and `partly` are the sections that the model was not shown, or only in part.
    """

    problem: str
    method: str
    results: tuple[Result, ...]
    limitations: tuple[str, ...]
    new: str
    left_out: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Deep:
        return cls(
            data["problem"],
            data["method"],
            tuple(Result(r["text"], Place(**r["place"]) if r["place"] else None) for r in data["results"]),
            tuple(data["limitations"]),
            data["new"],
            tuple(data["left_out"]),
            tuple(data["partly"]),
        )


class DeepTask:
    """Puts the question for a deep summary, and reads the answer."""

    name = "deep"

    @property
    def revision(self) -> int:
        return Prompt.load(self.name).revision

    def beside(self, paper: Paper, language: Language) -> str:
        """Return everything that is asked but the paper's text, to be counted."""
        prompt = Prompt.load(self.name)
        return prompt.system + prompt.fill(language=named(language), paper=fenced(paper.title))

    def ask(self, paper: Paper, fitted: Fitted, language: Language) -> tuple[str, str]:
        """Return the system part, the same for every paper and language, and the user part."""
        prompt = Prompt.load(self.name)
        text = fenced(f"Title: {paper.title}\n\n{laid_out(fitted.passages)}")
        return prompt.system, prompt.fill(language=named(language), paper=text)

    def schema(self) -> type[DeepAnswer]:
        """Return the shape of the answer."""
        from bot.writing.tasks.deep_answer import DeepAnswer  # pydantic stays out of the way of readers

        return DeepAnswer

    def read(self, answer: DeepAnswer, fitted: Fitted) -> Deep:
        """Return what `answer` holds, its sections among those that the model was shown."""
        places = list(dict.fromkeys(passage.section for passage in fitted.passages))
        return Deep(
            problem=answer.problem,
            method=answer.method,
            results=tuple(Result(result.text, place_of(result.section, places)) for result in answer.results),
            limitations=tuple(answer.limitations),
            new=answer.new,
            left_out=tuple(place.name for place in fitted.left_out if place.name),
            partly=tuple(place.name for place in fitted.partly if place.name),
        )


def place_of(said: str, places: Sequence[Place]) -> Place | None:
    """Return the place that a model means, by number or by title; None if there is none such."""
    titles = {_plain(place.title): place for place in reversed(places) if place.title}
    names = {_plain(place.name): place for place in reversed(places)}
    plain = _plain(said)
    if plain and (found := titles.get(plain) or names.get(plain)):
        return found
    # "A significant gain" is no Appendix A.
    reference = _NUMBERED.match(said)
    if reference and (reference["called"] or any(map(str.isdigit, reference["number"])) or len(said) < 6):
        number = _number(reference["number"])
        return next((place for place in places if place.number and _number(place.number) == number), None)
    return None


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _number(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", ".", text.casefold()).strip(".")
