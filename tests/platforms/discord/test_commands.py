"""What Discord is told of the commands."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from bot.chat.command import Arg, Registry, command
from bot.chat.reply import Reply, say
from bot.chat.request import Request
from bot.language import Language
from bot.platforms.discord.commands import same, schema
from tests.fakes import discord_rules
from tests.platforms.discord.desk import Desk, Number, numbers


class Verbose:
    @command("translate")
    async def translate(
        self,
        request: Request,
        *,
        language: Annotated[Language | None, Arg("target language")] = None,
        paper: Annotated[str, Arg("arXiv id or link, " + "very long " * 20)],
    ) -> Reply:
        """Only an owner of this bot can do that."""
        return say("")


def test_types_choices_and_suggestions() -> None:
    by_name = {c["name"]: c for c in schema(Registry([Desk()], {Number: numbers}))}
    how, times = by_name["slow"]["options"]
    assert [c["value"] for c in how["choices"]] == ["public", "private", "long", "wrong"]
    assert "autocomplete" not in how
    assert times["type"] == 4
    paper, language = by_name["summarize"]["options"]
    assert (paper["type"], paper["required"], paper["autocomplete"]) == (3, True, True)
    assert (language["required"], language["autocomplete"]) == (False, True)
    assert by_name["secret"]["contexts"] == [0, 1]


def test_discord_accepts_them_and_required_options_come_first() -> None:
    told = schema(Registry([Desk(), Verbose()]))
    discord_rules.commands(told)
    translate = told[-2]
    assert [o["name"] for o in translate["options"]] == ["paper", "language"]
    assert len(translate["options"][0]["description"]) <= 100
    assert translate["options"][0]["description"].endswith("…")


def test_chinese_readers_see_chinese_where_there_is_a_translation() -> None:
    translate = schema(Registry([Verbose()]))[0]
    said = translate["description_localizations"]
    assert set(said) == {"zh-CN", "zh-TW"}
    assert all("\u4e00" <= words[0] <= "\u9fff" for words in said.values())


def test_the_message_menu_has_one_command_with_a_name_in_words() -> None:
    *_, pointing = schema(Registry([Desk()]))
    assert (pointing["type"], pointing["name"]) == (3, "Summarize this paper")
    assert set(pointing["name_localizations"]) == {"zh-CN", "zh-TW"}
    assert not {"description", "options"} & pointing.keys()
    assert [c["type"] for c in schema(Registry([Verbose()]))] == [1]  # nothing there that could do it


def _echo(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what Discord makes of them: more keys, nulls, and nothing that says nothing."""
    extra = {
        "id": "1",
        "version": "2",
        "nsfw": False,
        "default_member_permissions": None,
        "dm_permission": True,
    }
    return [
        extra
        | {k: v or None for k, v in c.items()}
        | {"options": [{k: v for k, v in o.items() if v} for o in c.get("options", [])]}
        for c in reversed(commands)
    ]


def test_what_discord_adds_is_no_change() -> None:
    ours = schema(Registry([Desk(), Verbose()]))
    assert same(ours, _echo(ours))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("description", "other"),
        ("options", []),
        ("contexts", [0]),
        ("description_localizations", {"zh-CN": "x"}),
    ],
)
def test_every_change_is_noticed(key: str, value: object) -> None:
    ours = schema(Registry([Desk()]))
    theirs = _echo(ours)
    theirs[-1][key] = value
    assert theirs[-1]["type"] == 1
    assert not same(ours, theirs)
    assert not same(ours, theirs[1:])
