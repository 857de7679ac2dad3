"""The themes of a roundup as a model has to give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from bot.writing.answer import Answer
from bot.writing.tasks.fields import Text

_MOST_NUMBERS = 200


def _numbered(value: Any) -> Any:
    """Numbers that came as "3", "[3]", "3, 5" or within objects are numbers."""
    if isinstance(value, str | dict | list):
        return [int(found) for found in re.findall(r"(?<![\d.])\d{1,3}(?![\d.])", str(value))][:_MOST_NUMBERS]
    return value


class ThemeAnswer(Answer):
    """One theme."""

    title: Text = Field(description="Two to six words.")
    line: Text = Field(description="One short sentence: what the papers of this theme are after.")
    papers: Annotated[list[int], BeforeValidator(_numbered)] = Field(
        description="The numbers of its papers, the most important first."
    )


class ThemesAnswer(Answer):
    """The papers of a roundup, parted."""

    fewest: ClassVar[int] = 1
    most: ClassVar[int] = 8
    count: ClassVar[int] = 0

    themes: list[ThemeAnswer] = Field(
        description="The themes, the one with the most to say first; every paper stands in exactly one."
    )

    @field_validator("themes")
    @classmethod
    def _hold_papers(cls, themes: list[ThemeAnswer]) -> list[ThemeAnswer]:
        if not any(1 <= number <= cls.count for theme in themes for number in theme.papers):
            raise ValueError(f"must hold the papers 1 to {cls.count}")
        return themes

    def shortcomings(self) -> Sequence[str]:
        said = []
        if not self.fewest <= len(self.themes) <= self.most:
            said.append(f"themes: has {len(self.themes)}, {self.fewest} to {self.most} are asked for")
        given = {number for theme in self.themes for number in theme.papers}
        if unknown := sorted(number for number in given if not 1 <= number <= self.count):
            said.append(f"themes: there is no paper {', '.join(map(str, unknown))}")
        return said


def themes_answer(fewest: int, most: int, count: int) -> type[ThemesAnswer]:
    """Return the shape for papers numbered 1 to `count`, in `fewest` to `most` themes."""

    class Asked(ThemesAnswer):
        pass

    Asked.fewest, Asked.most, Asked.count = fewest, most, count
    Asked.__name__ = Asked.__qualname__ = ThemesAnswer.__name__
    Asked.__doc__ = ThemesAnswer.__doc__
    return Asked
