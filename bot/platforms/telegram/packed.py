"""A message as text and back: what an edition is until it is sent, in whatever process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.chat.reply import Button
from bot.errors import Rejected
from bot.platforms.telegram.render import Album, Keyboard, Message, Payload, Photo


def pack(payload: Payload) -> str:
    """Return `payload` as JSON, from which `unpack` makes an equal one. Raises `ValueError` for uploads."""
    if isinstance(payload, Album):
        raise ValueError("pictures are uploaded in answers only, and not kept to be sent later")
    return json.dumps(_fields(payload), ensure_ascii=False, separators=(",", ":"))


def unpack(packed: str) -> Payload:
    """Return what was packed. Raises `Rejected` for what `pack` has not made."""
    try:
        fields = json.loads(packed)
        return _photo(fields) if "url" in fields else _message(fields)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Rejected(f"no message that can be read: {type(error).__name__}") from None


def _fields(payload: Message | Photo) -> dict[str, object]:
    fields: dict[str, object] = (
        {"url": payload.url, "html": payload.html, "instead": _fields(payload.instead)}
        if isinstance(payload, Photo)
        else {"html": payload.html, "plain": payload.plain}
    )
    if payload.keyboard:
        fields["keyboard"] = [[_button(button) for button in row] for row in payload.keyboard]
    return fields


def _button(button: Button) -> dict[str, object]:
    named = {name: getattr(button, name) for name in ("label", "command", "url", "here", "asks")}
    return {name: value for name, value in named.items() if value}


def _photo(fields: Mapping[str, Any]) -> Photo:
    return Photo(fields["url"], fields["html"], _message(fields["instead"]), _keyboard(fields))


def _message(fields: Mapping[str, Any]) -> Message:
    return Message(fields["html"], fields["plain"], _keyboard(fields))


def _keyboard(fields: Mapping[str, Any]) -> Keyboard:
    rows = fields.get("keyboard", ())
    return tuple(tuple(Button(**{"label": "", **button}) for button in row) for row in rows)
