"""Questions to a paper, and answers that stand on its words."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import MissingArgument, TooLong
from bot.language import Language
from bot.papers.paper import Paper
from bot.writing.clean import clean, shortened, visible
from bot.writing.fitting import Fitted
from bot.writing.marks import unmarked
from bot.writing.material import fenced
from bot.writing.passages import Passage, Place, laid_out
from bot.writing.prompt import Prompt
from bot.writing.quotes import quoted
from bot.writing.tasks.brief import named

if TYPE_CHECKING:
    from bot.writing.tasks.answer_answer import PassageAnswer, QuestionAnswer

LONGEST = 500  # characters of a question
_LONGEST_QUOTE = 300
_LONGEST_EARLIER = 2_000  # characters of an earlier answer that a later question is shown

_AFTER = re.compile(r"@([0-9a-f]{12})(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Question:
    """What a person wants to know of a paper; `after` names the answer that they reply to, "" for none."""

    most = LONGEST  # characters, as forms say before somebody types in vain

    text: str
    after: str = ""

    @classmethod
    def parse(cls, given: str) -> Question:
        """Read a question, begun by `@` and the name of an answer where it follows one up.

        Raises `MissingArgument` and `TooLong`.
        """
        following = _AFTER.match(given)
        words = visible(given[following.end() :] if following else given)
        if not any(map(str.isalnum, words)):
            raise MissingArgument("question")
        if len(words) > LONGEST:
            raise TooLong(len(words), LONGEST)
        return cls(words, following[1] if following else "")

    @property
    def digest(self) -> str:
        """The same for questions that differ in case, blanks and the mark at their end alone."""
        plain = " ".join(unicodedata.normalize("NFKC", self.text).casefold().split()).rstrip("?!.。 ")
        return hashlib.sha256(f"{plain}\n{self.after}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of the paper, and where they stand."""

    words: str
    place: Place


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer in paragraphs with empty lines between them, and what of the paper it stands on.

    `handle` is the name by which a later question follows it up, `after` that of the one that it follows.
    `whole`: all of the paper's text was before the model, and not only what is nearest to the question.
    """

    question: str
    found: bool
    text: str
    quotes: tuple[Quoted, ...]
    handle: str
    after: str = ""
    whole: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Answered:
        quotes = tuple(Quoted(quote["words"], Place(**quote["place"])) for quote in data["quotes"])
        return cls(**{**data, "quotes": quotes})


class AnswerTask:
    """Puts a question about a paper, and reads the answer."""

    name = "answer"

    @property
    def revision(self) -> int:
        return Prompt.load(self.name).revision

    def beside(
        self, paper: Paper, question: Question, earlier: Sequence[Answered], language: Language
    ) -> str:
        """Return everything that is asked but the paper's text, to be counted."""
        return "".join(self.ask(paper, Fitted(()), question, earlier, language))

    def ask(
        self,
        paper: Paper,
        fitted: Fitted,
        question: Question,
        earlier: Sequence[Answered],
        language: Language,
    ) -> tuple[str, str]:
        """Return the system part, the same for every question, and the user part, which begins with the paper."""
        prompt = Prompt.load(self.name)
        told = [
            f"Question: {one.question}\n\nAnswer: {shortened(unmarked(one.text), _LONGEST_EARLIER)}"
            for one in earlier
        ]
        return prompt.system, prompt.fill(
            paper=fenced(f"Title: {paper.title}\n\n{laid_out(fitted.passages, named=True)}"),
            language=named(language),
            earlier=fenced("\n\n".join(told), "EARLIER") if told else "none",
            question=fenced(question.text, "QUESTION"),
        )

    def schema(self) -> type[QuestionAnswer]:
        """Return the shape of the answer."""
        from bot.writing.tasks.answer_answer import QuestionAnswer  # pydantic stays out of the way of readers

        return QuestionAnswer

    def wanting(self, answer: QuestionAnswer, fitted: Fitted) -> list[str]:
        """Return what the answer lacks in evidence, in words for the model."""
        if not answer.found or not answer.passages or _quotes(answer.passages, fitted.passages):
            return []
        return [
            "passages: none of these quotes stands in the paper; copy words of a passage character by character"
        ]

    def quotes(self, answer: QuestionAnswer, fitted: Fitted) -> tuple[Quoted, ...]:
        """Return what the answer stands on, as far as it really stands in the paper, as it stands there."""
        return tuple(_quotes(answer.passages, fitted.passages))


def _quotes(claimed: Sequence[PassageAnswer], shown: Sequence[Passage]) -> list[Quoted]:
    by_id = {passage.id: passage for passage in shown}
    found: dict[str, Quoted] = {}
    for claim in claimed:
        number = re.search(r"\d+", claim.passage)
        likeliest = by_id.get(f"P{int(number[0])}") if number and len(number[0]) < 6 else None
        for passage in ([likeliest] if likeliest else []) + list(shown):
            if words := quoted(claim.quote, passage.text):
                # The paper's own words lead nowhere either.
                words = shortened(clean(words), _LONGEST_QUOTE)
                found.setdefault(words, Quoted(words, passage.place))
                break
    return list(found.values())
