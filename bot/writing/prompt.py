"""Prompts live in files beside their revision, so that a text that changes is a text that is seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_FILE = re.compile(
    r"\A---\nrevision: (?P<revision>\d+)\n---\n+# System\n+(?P<system>.+?)\n+# User\n+(?P<user>.+?)\s*\Z",
    re.DOTALL,
)
_PLACE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as its file has it: `system` never changes, `user` has places such as {{paper}}.

    `revision` is raised with every change, and is part of the key that a result is kept under.
    """

    revision: int
    system: str
    user: str

    @staticmethod
    @lru_cache
    def load(name: str) -> Prompt:
        """Return the prompt in `prompts/<name>.md`."""
        return Prompt.parse((resources.files("bot.writing.prompts") / f"{name}.md").read_text("utf-8"))

    @classmethod
    def parse(cls, text: str) -> Prompt:
        """Read a file: front matter with the revision, then `# System` and `# User`."""
        found = _FILE.match(text)
        if not found:
            raise ValueError("a prompt file has front matter with a revision, then # System, then # User")
        return cls(int(found["revision"]), found["system"], found["user"])

    def fill(self, **values: str) -> str:
        """Return the user part with every place filled, in one pass: a value's own braces stay text."""
        return _PLACE.sub(lambda place: values[place[1]], self.user)
