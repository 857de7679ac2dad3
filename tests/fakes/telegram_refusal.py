"""What the Bot API answers when it does not do what was asked."""

from __future__ import annotations


class Refusal(Exception):
    """The method was not carried out."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")
