"""What somebody follows: a topic of the catalogue, or a query of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import UnknownTopic
from bot.topics.catalogue import Catalogue, Topic
from bot.topics.query import Query

_SAYS_QUERY = re.compile(r'[-+("“”„«「]|.*[:*]', re.DOTALL)  # what begins so, or names a field, is no name


@dataclass(frozen=True, slots=True)
class Wanted:
    """Either a topic or a query."""

    what: Topic | Query

    @classmethod
    def parse(cls, given: str, catalogue: Catalogue) -> Wanted:
        """Read a topic's name, or else a query; what stands in quotes is a query. Raises `BadQuery`."""
        if _SAYS_QUERY.match(given.strip()):
            return cls(Query.parse(given))
        try:
            return cls(catalogue.find(given))
        except UnknownTopic:
            return cls(Query.parse(given))

    @property
    def topic(self) -> Topic | None:
        return self.what if isinstance(self.what, Topic) else None

    @property
    def query(self) -> Query:
        """What finds its papers elsewhere; for a topic, the first of the words that name it."""
        return self.what.query if isinstance(self.what, Topic) else self.what

    @property
    def categories(self) -> tuple[str, ...]:
        """Where its papers are usually listed; none for a query that names none."""
        return self.what.categories

    @property
    def key(self) -> str:
        """The same for all who want the same."""
        return self.what.id if isinstance(self.what, Topic) else self.what.key

    @property
    def typed(self) -> str:
        """What a person types to mean this."""
        return self.what.id if isinstance(self.what, Topic) else self.what.text

    def name(self, tag: str) -> str:
        """Return how it is called in a language: a topic's own name, a query as typed."""
        return self.what.name(tag) if isinstance(self.what, Topic) else self.what.text
