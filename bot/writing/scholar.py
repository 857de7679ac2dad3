"""Close reading: what is written from a paper's whole text, once however many ask."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from bot.errors import ModelMissing, ModelUnavailable
from bot.language import Language
from bot.papers.fulltext import FullText
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.writing.composing import Composer
from bot.writing.fitting import Fitted, budget, fit
from bot.writing.fulltexts import FullTexts
from bot.writing.notes import NO_PASSAGE
from bot.writing.passages import Passage, laid_out, nearest, passages
from bot.writing.tasks.answer import Answered, AnswerTask, Question
from bot.writing.tasks.deep import Deep, DeepTask
from bot.writing.texts import Purse, Texts, key_of
from bot.writing.written import Written

if TYPE_CHECKING:
    from bot.writing.faithfulness.check import Reference

T = TypeVar("T")

Stage = Literal["fetching", "reading", "writing"]
Tell = Callable[[Stage, int], None]  # with the number of pages, 0 where it is not known
Show = Callable[[str], None]

_REFITS = 2  # how often a paper that was too long for the model is fitted to half
_LONGEST_CHAIN = 3  # questions and answers that a question follows up
_LONG = 20_000  # characters of a source from which on to read it is worth a thread


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _untold(stage: Stage, pages: int) -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked of what, and the name that the answer will have."""

    paper: Paper
    question: Question
    earlier: Sequence[Answered]
    language: Language
    full: FullText
    abstract_only: bool
    handle: str

    @property
    def words(self) -> str:
        """What passages are looked for by: of what "it" is, earlier questions know."""
        return " ".join([*(one.question for one in self.earlier), self.question.text])


class Scholar:
    """Reads whole papers: sums them up in depth, and answers questions about them."""

    def __init__(
        self,
        *,
        fulltexts: FullTexts,
        texts: Texts,
        cache: Cache,
        composer: Composer | None,
        context: int,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`composer` is None where no model is set. `context` is what its model reads at once, in tokens."""
        self._fulltexts = fulltexts
        self._texts = texts
        self._cache = cache
        self._composer = composer
        self._context = context
        self._clock = clock
        self._deep = DeepTask()
        self._answer = AnswerTask()

    @property
    def has_model(self) -> bool:
        return self._composer is not None

    async def deep(
        self, paper: Paper, language: Language, purse: Purse, *, tell: Tell = _untold
    ) -> Written[Deep]:
        """Return what the whole of `paper` says, written once however many ask.

        Raises `ModelMissing`, `PdfUnusable`, `ArxivUnavailable` and `ArxivClosed` where its text cannot be had,
        `CeilingReached`, `ModelUnavailable`, `ModelUnusable`, `StoreUnavailable`.
        """
        composer, task = self._writer("depth"), self._deep
        key = key_of(str(paper.id), task.name, task.revision, language, composer.name)
        if found := await self._texts.get(key, Deep):
            return found
        full = await self._fetched(paper, tell)
        paragraphs = passages(full, paper.abstract)

        async def write_within(context: int) -> Written[Deep]:
            fitted = fit(paragraphs, budget(context, task.beside(paper, language)))
            if not fitted.passages:
                raise ModelUnavailable("too long")
            tell("reading", fitted.pages)
            system, user = task.ask(paper, fitted, language)
            suspicious = await asyncio.to_thread(_suspicions, full)
            done = await composer.compose(
                system=system,
                user=user,
                schema=task.schema(),
                source=await _reference(paper, fitted.passages),
                language=language,
                heard=lambda raw: tell("writing", fitted.pages),
            )
            return Written(
                paper=paper.id,
                task=task.name,
                revision=task.revision,
                language=language,
                writer=done.model,
                read=_read(fitted, full),
                written_at=self._clock(),
                content=task.read(done.value, fitted),
                usage=done.usage,
                flaws=done.flaws,
                notes=tuple(dict.fromkeys((*done.notes, *suspicious))),
            )

        return await self._texts.once(key, Deep, lambda: self._refitted(write_within), purse)

    async def ask(
        self,
        paper: Paper,
        question: Question,
        language: Language,
        purse: Purse,
        *,
        tell: Tell = _untold,
        show: Show | None = None,
        abstract_only: bool = False,
    ) -> Written[Answered]:
        """Return what `paper` says to `question`, answered once however many ask the same.

        `show` is told the answer as it grows, by whole sentences that have been checked. `abstract_only` is for a
        paper whose full text cannot be had. Raises as `deep` does.
        """
        composer, task = self._writer("question"), self._answer
        earlier = await self._earlier(question.after, paper)
        question = Question(question.text, earlier[-1].handle if earlier else "")
        about = f"{paper.id}:{'abstract:' if abstract_only else ''}{question.digest}"
        key = key_of(about, task.name, task.revision, language, composer.name)
        if found := await self._texts.get(key, Answered):
            return found
        full = _abstract_of(paper) if abstract_only else await self._fetched(paper, tell)
        asked = _Asked(paper, question, earlier, language, full, abstract_only, _handle(key))

        async def write_within(context: int) -> Written[Answered]:
            return await self._answered(composer, asked, context, _untold if abstract_only else tell, show)

        async def write() -> Written[Answered]:
            written = await self._refitted(write_within)
            await self._cache.keep(_handle_key(written.content.handle), key)
            return written

        return await self._texts.once(key, Answered, write, purse)

    async def _answered(
        self, composer: Composer, asked: _Asked, context: int, tell: Tell, show: Show | None
    ) -> Written[Answered]:
        """Return the answer of a model that reads `context` tokens at once."""
        paper, question, task = asked.paper, asked.question, self._answer
        paragraphs = passages(asked.full, paper.abstract)
        most = budget(context, task.beside(paper, question, asked.earlier, asked.language))
        fitted = fit(paragraphs, most, first=nearest(paragraphs, asked.words))
        if not fitted.passages:
            raise ModelUnavailable("too long")
        tell("reading", fitted.pages)
        from bot.writing.overhearing import Overhearing  # which brings pydantic along

        reference = await _reference(paper, fitted.passages)
        suspicious = await asyncio.to_thread(_suspicions, asked.full)
        system, user = task.ask(paper, fitted, question, asked.earlier, asked.language)
        done = await composer.compose(
            system=system,
            user=user,
            schema=task.schema(),
            source=reference,
            language=asked.language,
            heard=Overhearing("answer", reference, show, instructions=system, may=_is_found)
            if show
            else None,
            check=lambda answer: task.wanting(answer, fitted),
            # To say that a paper has nothing on GPT-5 is to name it.
            allowed=lambda answer: "" if answer.found else question.text,
        )
        answer = done.value
        quotes = task.quotes(answer, fitted) if answer.found else ()
        unproven = (NO_PASSAGE,) if answer.found and not quotes else ()
        whole = fitted.whole and asked.full.read >= asked.full.pages
        return Written(
            paper=paper.id,
            task=task.name,
            revision=task.revision,
            language=asked.language,
            writer=done.model,
            read="abstract" if asked.abstract_only else _read(fitted, asked.full),
            written_at=self._clock(),
            content=Answered(
                question.text, answer.found, answer.answer, quotes, asked.handle, question.after, whole
            ),
            usage=done.usage,
            flaws=done.flaws,
            notes=tuple(dict.fromkeys((*unproven, *done.notes, *suspicious))),
        )

    def _writer(self, task: str) -> Composer:
        if self._composer is None:
            raise ModelMissing(task)
        return self._composer

    async def _fetched(self, paper: Paper, tell: Tell) -> FullText:
        tell("fetching", 0)
        return await self._fulltexts.of(paper.id)

    async def _refitted(self, write_within: Callable[[int], Awaitable[T]]) -> T:
        """Return what is written within the context, or within half of it where the server says that was too much.

        What a server has refused is not tried again with the next paper.
        """
        for left in reversed(range(_REFITS + 1)):
            context = self._context
            try:
                return await write_within(context)
            except ModelUnavailable as error:
                if error.reason != "too long" or not left:
                    raise
                self._context = min(self._context, context // 2)
        raise AssertionError("the last try returns or raises")

    async def _earlier(self, handle: str, paper: Paper) -> list[Answered]:
        """Return the questions and answers that one with this handle ends, the oldest first."""
        found: list[Answered] = []
        while handle and len(found) < _LONGEST_CHAIN:
            (key,) = await self._cache.get(_handle_key(handle))
            written = await self._texts.get(key, Answered) if key else None
            if written is None or written.paper is None or written.paper.number != paper.id.number:
                break
            found.append(written.content)
            handle = written.content.after
        return found[::-1]


async def _reference(paper: Paper, shown: Sequence[Passage]) -> Reference:
    """Return what the model was shown of a paper, ready to be held against."""
    from bot.writing.faithfulness.check import Reference

    source = f"{paper.title}\n\n{paper.abstract}\n\n{laid_out(shown)}"
    reference = Reference(source)
    if len(source) > _LONG:
        await asyncio.to_thread(reference.prepare)
    return reference


def _read(fitted: Fitted, full: FullText) -> str:
    return f"{min(fitted.pages, full.pages)} of {full.pages} pages"


def _suspicions(full: FullText) -> tuple[str, ...]:
    from bot.writing.suspicion import suspicions  # only those who write need it

    # By sections, so that others have their turn between them.
    said = [code for section in full.sections for code in suspicions(f"{section.title}\n{section.text}")]
    return tuple(dict.fromkeys((*full.notes, *said)))


def _abstract_of(paper: Paper) -> FullText:
    """Return a paper without more text than its abstract, which is put before every text that lacks it."""
    return FullText(paper.id, 1, 1, ())


def _is_found(fields: Mapping[str, Any]) -> bool:
    return fields.get("found") is True


def _handle(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _handle_key(handle: str) -> str:
    return f"pw:answer:{handle}"
