"""What a model's answer has to look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


def _closed(schema: dict[str, Any]) -> None:
    # Strict mode demands both of every object; what comes is read more kindly, so `extra` stays "ignore".
    schema["additionalProperties"] = False
    schema["required"] = list(schema.get("properties", {}))


class Answer(BaseModel):
    """The base of every answer: a subclass has one field for each thing asked for, all of them required.

    A field may hold further answers. What no reader is shown, such as a code, is named in `unread`.
    """

    model_config = ConfigDict(json_schema_extra=_closed, frozen=True)
    unread: ClassVar[frozenset[str]] = frozenset()

    def shortcomings(self) -> Sequence[str]:
        """Return what is worth asking for once more, though the answer can be used as it is."""
        return ()

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield (place, text) for every text that readers see: ("takeaways[2]", "…"), ("parts[0].claim", "…")."""
        seen: list[tuple[str, str]] = []

        def look(place: str, text: str) -> str:
            seen.append((place, text))
            return text

        self._changed("", look)
        yield from seen

    def with_texts(self, texts: Mapping[str, str]) -> Self:
        """Return the answer with the texts at some places replaced."""
        return self._changed("", texts.get)

    def _changed(self, place: str, change: Callable[[str, str], str]) -> Self:
        values = {
            name: _changed(getattr(self, name), f"{place}{name}", change)
            for name in type(self).model_fields
            if name not in self.unread
        }
        return self.model_copy(update=values)


def _changed(value: Any, place: str, change: Callable[[str, str], str]) -> Any:
    match value:
        case str():
            return change(place, value)
        case list() | tuple():
            return type(value)(_changed(part, f"{place}[{at}]", change) for at, part in enumerate(value))
        case Answer():
            return value._changed(f"{place}.", change)
        case _:
            return value
