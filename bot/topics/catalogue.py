"""The topics that can be followed by name; they are written down in `catalogue.toml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from typing import TYPE_CHECKING

from bot.errors import UnknownTopic

if TYPE_CHECKING:
    from bot.topics.query import Query

_OTHERS = re.compile(r"[\W_]+")
_LITTLE = frozenset({"a", "an", "the", "and", "of", "in", "on", "for", "to", "with"})


@dataclass(frozen=True)
class Topic:
    """`names` by language; `terms` name the topic, `hints` are terms that only speak for it.

    `categories` are where its papers are usually listed, `description` is what theirs are compared to;
    `words` is what a person would type to find them.
    """

    id: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    categories: tuple[str, ...]
    words: str
    terms: tuple[str, ...]
    hints: tuple[str, ...]
    description: str

    @cached_property
    def query(self) -> Query:
        """The first of the words that name the topic, to be put to papers or to the arXiv."""
        from bot.topics.query import Query

        return Query.parse(self.words)

    def name(self, tag: str) -> str:
        """Return its name in the language of `tag`, or in English."""
        return self.names.get(tag) or self.names.get(tag.split("-", maxsplit=1)[0]) or self.names["en"]


class Catalogue:
    """Topics in their order, and the names under which each is found."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = {topic.id: topic for topic in topics}
        self._known: dict[str, Topic] = {}
        # The id of one topic goes before an alias of another.
        for topic in self:
            self._known.setdefault(_key(topic.id), topic)
        for spelling in (_key, _loose):
            for topic in self:
                for said in (topic.id, *topic.names.values(), *topic.aliases):
                    self._known.setdefault(spelling(said), topic)

    def __iter__(self) -> Iterator[Topic]:
        return iter(self._topics.values())

    def __len__(self) -> int:
        return len(self._topics)

    def __getitem__(self, topic_id: str) -> Topic:
        return self._topics[topic_id]

    def __contains__(self, topic_id: str) -> bool:
        return topic_id in self._topics

    def find(self, name: str) -> Topic:
        """Return the topic of an id, name or alias; case, hyphens, underscores and blanks are all one.

        Raises `UnknownTopic` with the id of what may have been meant.
        """
        for spelling in (_key, _loose):
            if topic := self._known.get(spelling(name)):
                return topic
        near = get_close_matches(_key(name), self._known, n=1, cutoff=0.75)
        raise UnknownTopic(name, self._known[near[0]].id if near else None)


@cache
def load() -> Catalogue:
    """Return the catalogue that comes with the package."""
    import tomllib
    from importlib.resources import files

    written = tomllib.loads(files("bot.topics").joinpath("catalogue.toml").read_text("utf-8"))
    return Catalogue(_topic(topic_id, entry) for topic_id, entry in written.items())


def _topic(topic_id: str, entry: Mapping[str, str]) -> Topic:
    listed: Mapping[str, list[str]] = entry  # type: ignore[assignment]
    return Topic(
        id=topic_id,
        names={"en": entry["en"], "zh": entry["zh"]},
        aliases=tuple(listed["aliases"]),
        categories=tuple(listed["categories"]),
        words=entry["query"],
        terms=(*entry["query"].split(" OR "), *_commas(entry.get("also", ""))),
        hints=_commas(entry["hints"]),
        description=entry["description"],
    )


def _commas(written: str) -> tuple[str, ...]:
    """Return what stands between commas as terms of a query: ti:deep learning is ti:"deep learning"."""
    parts = [part.strip().rpartition(":") for part in written.split(",") if part.strip()]
    return tuple(
        f'{field}{colon}"{said}"' if " " in said else f"{field}{colon}{said}" for field, colon, said in parts
    )


def _key(name: str) -> str:
    return _OTHERS.sub("", unicodedata.normalize("NFKC", name).casefold())


def _loose(name: str) -> str:
    """Fold plurals, order and little words too: "agents (LLM)" is "LLM agents"."""
    words = _OTHERS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).split()
    return " ".join(
        sorted(w[:-1] if len(w) > 3 and w.endswith("s") else w for w in words if w not in _LITTLE)
    )
