"""The making of roundups: gathered, parted into themes, written theme by theme, and kept piece by piece."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any, Literal

from bot.editions.days import Days
from bot.editions.filing import Filing
from bot.editions.likeness import Likeness, alike, centre
from bot.editions.period import Gathered, Period, gather
from bot.editions.roundup import Item, Made, Roundup, Theme
from bot.editions.selection import Group, select
from bot.errors import CeilingReached, ModelUnavailable, ModelUnusable
from bot.language import Language
from bot.papers.paper import Paper
from bot.papers.threads import in_thread
from bot.store.papers import PaperRecords
from bot.topics.catalogue import Catalogue
from bot.topics.ranking import venue_of
from bot.topics.wanted import Wanted
from bot.writing.composing import Composer
from bot.writing.extractive import brief_of
from bot.writing.tasks.theme import ThemeTask, ThemeText
from bot.writing.tasks.themes import ThemesTask
from bot.writing.texts import Purse, Texts, key_of
from bot.writing.usage import Usage
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import C, Written

log = logging.getLogger(__name__)

_TASK = "roundup"
_EXTRACTED = 1  # revision of what is made without a model
_FEWEST_TO_PART = 4  # papers; fewer are one theme
_LONGEST_GIST = 320  # characters
_AT_ONCE = 4  # themes written at the same time

Step = Literal["days", "themes"]
Progress = Callable[[Step, int, int], None]


def _unheard(step: Step, done: int, of: int) -> None:
    """Nobody waits for word of progress."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a roundup is of, and in which language."""

    wanted: Wanted
    period: Period
    language: Language

    @property
    def name(self) -> str:
        return self.wanted.name(self.language.tag)

    def key(self, task: str, revision: int, writer: str, part: str = "") -> str:
        """Return the key of a text that belongs to it; `part` tells several of one task apart."""
        kind = "topic" if self.wanted.topic else "query"
        about = [_digest(kind, self.wanted.key), f"{self.period.first}", f"{self.period.last}", part]
        return key_of(":".join(("roundup", *filter(None, about))), task, revision, self.language, writer)


class Roundups:
    """Puts roundups together. What was chosen, parted and written is kept, whole or in pieces."""

    def __init__(
        self,
        *,
        days: Days,
        filing: Filing,
        records: PaperRecords,
        texts: Texts,
        composer: Composer | None,
        catalogue: Callable[[], Catalogue],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`composer` is None where no model is set: then the themes are topics of the catalogue."""
        self._days = days
        self._filing = filing
        self._records = records
        self._texts = texts
        self._composer = composer
        self._catalogue = catalogue
        self._clock = clock
        self._parting = ThemesTask()
        self._telling = ThemeTask()

    async def of(self, asked: Asked, purse: Purse, progress: Progress = _unheard) -> Made:
        """Return the roundup, written once however many ask; a run that died is taken up where it ended.

        Where the model fails, or a ceiling is reached, sentences are extracted, and that is not kept.
        Raises `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        composer = self._composer
        if composer is None:
            return await self.extract(asked, progress)
        key = asked.key(_TASK, self._revision, composer.name)
        try:
            written = await self._texts.get(key, Roundup)
            if written is None:
                written = await self._write(composer, asked, purse, progress)
                await self._keep(asked, key, written)
        except (CeilingReached, ModelUnavailable, ModelUnusable) as error:
            log.warning("the roundup of %s until %s is extracted: %s", asked.name, asked.period.last, error)
            return Made(asked.wanted, await self._extracted(asked, progress), error)
        return Made(asked.wanted, written)

    async def kept(self, asked: Asked) -> Made | None:
        """Return the roundup if it was made before, if by another model; nobody is asked, nothing is written."""
        keys = [asked.key(_TASK, _EXTRACTED, EXTRACTIVE)]
        if self._composer is not None:
            keys.insert(0, asked.key(_TASK, self._revision, self._composer.name))
        keys += [key for one, key in await self._enlisted() if one == asked]
        found = await self._texts.get_many(keys, Roundup)
        return next((Made(asked.wanted, written) for written in found if written), None)

    async def extract(self, asked: Asked, progress: Progress = _unheard) -> Made:
        """Return a roundup of the papers' own sentences; it is kept where no model is set. Raises as `of` does."""
        if self._composer is not None:
            return Made(asked.wanted, await self._extracted(asked, progress))
        key = asked.key(_TASK, _EXTRACTED, EXTRACTIVE)
        written = await self._texts.get(key, Roundup)
        if written is None:
            written = await self._extracted(asked, progress)
            await self._keep(asked, key, written)
        return Made(asked.wanted, written)

    async def listed(self) -> list[Asked]:
        """Return the roundups of topics that `kept` returns, the latest period first, each once."""
        found = {asked.key("", 0, ""): asked for asked, _ in await self._enlisted()}
        return sorted(found.values(), key=lambda one: (one.period.last, one.period.first), reverse=True)

    async def _enlisted(self) -> list[tuple[Asked, str]]:
        """Return what was put on the list, with the key of its text; nothing of a topic that is no more."""
        known = self._catalogue()
        said = [(words.split(), key) for words, key in await self._texts.enlisted(_TASK)]
        return [
            (Asked(Wanted(known[topic]), Period(date.fromisoformat(first), date.fromisoformat(last)), Language(tag)), key)
            for (topic, first, last, tag), key in said
            if topic in known
        ]  # fmt: skip

    async def _keep(self, asked: Asked, key: str, written: Written[Roundup]) -> None:
        """Keep what another look at the same days would not better."""

        async def made() -> Written[Roundup]:
            return written

        if written.content.items and written.content.whole:
            # First on the list, which passes over what is not there: what is kept is not looked at again.
            if topic := asked.wanted.topic:  # a query is nobody's business but its asker's
                said = f"{topic.id} {asked.period.first} {asked.period.last} {asked.language}"
                await self._texts.enlist(_TASK, key, said, written.written_at.timestamp())
            await self._texts.once(key, Roundup, made, None)

    # Without a model

    async def _extracted(self, asked: Asked, progress: Progress) -> Written[Roundup]:
        gathered = await self._gathered(asked, progress)
        groups = await in_thread(lambda: select(gathered.fitting))
        papers = [one.paper for group in groups for one, _ in group.chosen]
        heads = [(self._title(group, asked), "") for group in groups]
        content = await self._outlined(
            gathered, papers, _numbered(heads, [len(group.chosen) for group in groups])
        )
        return self._written(_TASK, _EXTRACTED, asked.language, EXTRACTIVE, content)

    def _title(self, group: Group, asked: Asked) -> str:
        """Return the names of the one or two topics that make the group; nothing for the rest."""
        if group.head is None:
            return ""
        known, counts, size = self._catalogue(), group.topics, len(group.chosen)
        ranked = sorted((t for t in counts if t in known), key=lambda t: (-counts[t], t != group.head, t))
        # The head of the kin says it best, unless all but a few are of another.
        if group.head in ranked and 5 * counts[ranked[0]] < 4 * size:
            ranked.insert(0, group.head)
        second = [t for t in (group.head, *ranked) if t in ranked and 3 * counts[t] >= size]
        named = list(dict.fromkeys([*ranked[:1], *second]))[:2]
        return " · ".join(known[t].name(asked.language.tag) for t in named) or asked.name

    # With a model

    async def _write(
        self, composer: Composer, asked: Asked, purse: Purse, progress: Progress
    ) -> Written[Roundup]:
        outline = await self._outline(composer, asked, purse, progress)
        content = outline.content
        papers = await self._papers(content)
        at_once = asyncio.Semaphore(_AT_ONCE)
        done = 0

        async def tell(theme: Theme) -> Written[ThemeText]:
            nonlocal done
            async with at_once:
                mine = {number: papers[number] for number in theme.papers}
                told = await self._theme(composer, asked, theme, mine, purse)
            done += 1
            progress("themes", done, len(content.themes))
            return told

        progress("themes", done, len(content.themes))
        texts = await asyncio.gather(*map(tell, content.themes))
        whole = replace(
            content,
            themes=tuple(
                replace(theme, paragraphs=text.content.paragraphs)
                for theme, text in zip(content.themes, texts, strict=True)
            ),
        )
        parts: Sequence[Written[Any]] = [outline, *texts]
        return replace(
            # Should one model have taken over from another, the reader is told both names.
            self._written(
                _TASK,
                self._revision,
                asked.language,
                ", ".join(dict.fromkeys(part.writer for part in parts)),
                whole,
            ),
            usage=sum((part.usage for part in parts), Usage()),
            flaws=(
                *outline.flaws,
                *(
                    replace(flaw, field=f"themes[{at}].{flaw.field}")
                    for at, text in enumerate(texts)
                    for flaw in text.flaws
                ),
            ),
            notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )

    async def _outline(
        self, composer: Composer, asked: Asked, purse: Purse, progress: Progress
    ) -> Written[Roundup]:
        """Return the papers chosen, parted into themes: from here on both stand fast."""
        task = self._parting
        key = asked.key(task.name, task.revision, composer.name)
        if kept := await self._texts.get(key, Roundup):
            return kept
        gathered = await self._gathered(asked, progress)
        groups = await in_thread(lambda: select(gathered.fitting))
        papers = [one.paper for group in groups for one, _ in group.chosen]
        if len(papers) < _FEWEST_TO_PART:
            themes = _numbered([(asked.name, "")], [len(papers)]) if papers else ()
            content = await self._outlined(gathered, papers, themes)
            return self._written(task.name, task.revision, asked.language, composer.name, content)
        if not gathered.whole:  # at another time the same days may hold more: this is chosen for now
            digest = _digest(*(str(paper.id) for paper in papers))
            key = asked.key(task.name, task.revision, composer.name, digest)

        async def write() -> Written[Roundup]:
            return await self._part(composer, asked, gathered, papers)

        return await self._texts.once(key, Roundup, write, purse)

    async def _part(
        self, composer: Composer, asked: Asked, gathered: Gathered, papers: Sequence[Paper]
    ) -> Written[Roundup]:
        task = self._parting
        gists = await in_thread(lambda: [brief_of(paper).gist for paper in papers])
        system, user = task.ask(asked.name, papers, gists, asked.language)
        done = await composer.compose(
            system=system,
            user=user,
            schema=task.schema(len(papers)),
            source="\n\n".join(f"{paper.title}\n\n{paper.abstract}" for paper in papers),
            language=asked.language,
        )
        vectors = Likeness(papers).vectors

        def nearest(number: int, parts: Sequence[Sequence[int]]) -> int:
            middles = [centre(vectors[other - 1] for other in part) for part in parts]
            likeness = [alike(vectors[number - 1], middle) for middle in middles]
            return max(range(len(parts)), key=lambda at: (likeness[at], -len(parts[at]), -at))

        parted = task.read(done.value, len(papers), nearest)
        ordered = [papers[number - 1] for theme in parted for number in theme.papers]
        themes = _numbered(
            [(theme.title, theme.line) for theme in parted], [len(theme.papers) for theme in parted]
        )
        content = await self._outlined(gathered, ordered, themes)
        written = self._written(task.name, task.revision, asked.language, done.model, content)
        return replace(written, usage=done.usage, flaws=done.flaws, notes=done.notes)

    async def _theme(
        self, composer: Composer, asked: Asked, theme: Theme, papers: Mapping[int, Paper], purse: Purse
    ) -> Written[ThemeText]:
        task = self._telling
        digest = _digest(theme.title, theme.line, *(f"{number} {one.id}" for number, one in papers.items()))

        async def write() -> Written[ThemeText]:
            system, user = task.ask(asked.name, theme.title, theme.line, papers, asked.language)
            done = await composer.compose(
                system=system,
                user=user,
                schema=task.schema(papers),
                source=task.source(papers),
                language=asked.language,
            )
            text, flaws = task.read(done.value, papers)
            written = self._written(task.name, task.revision, asked.language, done.model, text)
            return replace(written, usage=done.usage, flaws=(*done.flaws, *flaws), notes=done.notes)

        key = asked.key(task.name, task.revision, composer.name, digest)
        return await self._texts.once(key, ThemeText, write, purse)

    # What both have in common

    async def _gathered(self, asked: Asked, progress: Progress) -> Gathered:
        def told(number: int, of: int) -> None:
            progress("days", number, of)

        return await gather(asked.period, asked.wanted, self._days, self._filing, told)

    async def _outlined(
        self, gathered: Gathered, papers: Sequence[Paper], themes: tuple[Theme, ...]
    ) -> Roundup:
        """Return the roundup without its paragraphs; its papers are kept as long as it is."""
        for known in (await self._records.get_many([paper.id for paper in papers])).values():
            await self._records.shown(known)
        items = await in_thread(
            lambda: [Item(one.id, one.title, short(brief_of(one).gist), venue_of(one)) for one in papers]
        )
        return Roundup(
            gathered.period.first,
            gathered.period.last,
            gathered.announced,
            gathered.matched,
            tuple(items),
            themes,
            gathered.reconstructed,
            gathered.missing,
            gathered.unread,
        )

    async def _papers(self, content: Roundup) -> dict[int, Paper]:
        """Return the papers by their numbers; of one that cannot be had any more, what the roundup says of it."""
        loaded = await self._days.papers([item.id for item in content.items], fetch=True)
        known = {paper.id: paper for paper in loaded.papers}
        return {
            number: known.get(item.id) or Paper(item.id, item.title, (), item.gist, ())
            for number, item in enumerate(content.items, 1)
        }

    def _written(self, task: str, revision: int, language: Language, writer: str, content: C) -> Written[C]:
        return Written(
            paper=None,
            task=task,
            revision=revision,
            language=language,
            writer=writer,
            read="abstracts",
            written_at=self._clock(),
            content=content,
            usage=Usage(),
        )

    @property
    def _revision(self) -> int:
        """Revisions only grow, so their sum is another whenever one of them is."""
        return self._parting.revision + self._telling.revision


def _numbered(heads: Sequence[tuple[str, str]], sizes: Sequence[int]) -> tuple[Theme, ...]:
    """Return themes of these titles and lines, whose papers are numbered on from one to the next."""
    ends = list(accumulate(sizes))
    return tuple(
        Theme(title, line, tuple(range(end - size + 1, end + 1)))
        for (title, line), size, end in zip(heads, sizes, ends, strict=True)
    )


def short(gist: str) -> str:
    """Return a sentence as it is; of more than a line can hold, the words that begin it."""
    if len(gist) <= _LONGEST_GIST:
        return gist
    return gist[:_LONGEST_GIST].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
