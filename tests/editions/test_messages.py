"""An edition as each platform gets it: two messages at most, and the buttons beneath the last."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.platform import Composes
from bot.chat.reply import Reply
from bot.editions.messages import messages_of
from bot.editions.options import Detail
from bot.platforms.discord import channels
from bot.platforms.telegram.packed import pack
from bot.platforms.telegram.render import render
from tests.editions.test_reply import edition, entry

NAME = "#0123456789ab"


class Telegram:
    def compose(self, reply: Reply) -> tuple[str, ...]:
        return tuple(map(pack, render(reply)))


class Discord:
    def compose(self, reply: Reply) -> tuple[str, ...]:
        return channels.compose(reply)


def commands(message: str) -> list[list[str]]:
    """Return what the buttons of a packed message type, by rows."""
    data = json.loads(message)
    if "components" in data:
        return [[button["custom_id"] for button in row["components"]] for row in data["components"]]
    return [[command_of(button) for button in row] for row in data.get("keyboard", [])]


def command_of(button: Any) -> str:
    return str(button["command"] if isinstance(button, dict) else button[1])


@pytest.mark.parametrize("platform", [Telegram(), Discord()], ids=["telegram", "discord"])
@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("top", [1, 10, 30, 50])
def test_the_last_row_leads_to_all_and_to_the_settings(platform: Composes, detail: Detail, top: int) -> None:
    long = "A title of some length that says what the paper is about and how well it works"
    shown = [entry(n, title=f"{long} {n}") for n in range(1, top + 1)]
    made = edition(*shown, *(entry(n, None, shown=False) for n in range(100, 108)))
    for name in (NAME, ""):
        messages = messages_of(platform, made, detail, name)
        assert 1 <= len(messages) <= 2
        rows = [row for message in messages for row in commands(message)]
        assert commands(messages[-1])[-1] == [*([f"/all {NAME}"] if name else []), "/settings"]
        numbers = [command for row in rows[:-1] for command in row]
        assert numbers == [f"/summarize 2611.{n:05}" for n in range(1, len(numbers) + 1)]
        assert len(numbers) >= min(top, 20)


@pytest.mark.parametrize("platform", [Telegram(), Discord()], ids=["telegram", "discord"])
def test_a_day_of_which_nothing_is_shown_stays_a_line(platform: Composes) -> None:
    made = edition(replace(entry(1), shown=False))
    (message,) = messages_of(platform, made, Detail.GIST)
    assert commands(message) == []
