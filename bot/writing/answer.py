"""What a model's answer has to look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict


def _closed(schema: dict[str, Any]) -> None:
    # Strict mode demands both of every object; what comes is read more kindly, so `extra` stays "ignore".
    schema["additionalProperties"] = False
    schema["required"] = list(schema.get("properties", {}))


class Answer(BaseModel):
    """The base of every answer: a subclass has one field for each thing asked for, all of them required."""

    model_config = ConfigDict(json_schema_extra=_closed, frozen=True)

    def shortcomings(self) -> Sequence[str]:
        """Return what is worth asking for once more, though the answer can be used as it is."""
        return ()
