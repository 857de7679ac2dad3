"""The signature of a method is the schema of its command."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import Arg, Registry, Section, command
from bot.chat.reply import Reply, say
from bot.chat.request import Address, Call, Request
from bot.errors import BadArgument, MissingArgument, Mistake, TooLong, UnknownCommand, UnknownLanguage
from bot.language import Language
from bot.papers.ids import PaperId

HERE = Address("test", "1")


class Handlers:
    section = Section.PAPERS

    @command("read", "r", example="/read 2406.15319 zh", reads=True)
    async def read(
        self,
        request: Request,
        *,
        paper: Annotated[PaperId, Arg("arXiv id or link")],
        language: Annotated[Language | None, Arg("language")] = None,
    ) -> Reply:
        """Read a paper.

        What stands here is for the source alone.
        """
        return say(f"{paper} {language}")

    @command("count")
    async def count(
        self,
        request: Request,
        *,
        number: Annotated[int, Arg("a number")],
        detail: Annotated[str, Arg("how much", choices=("gist", "brief"))] = "gist",
    ) -> Reply:
        """Count."""
        return say(f"{number} {detail}")

    @command("ping")
    async def ping(self, request: Request) -> Reply:
        """Answer."""
        return say("pong")


@pytest.fixture
def registry() -> Registry:
    return Registry([Handlers()])


def test_a_declaration_is_read_whole(registry: Registry) -> None:
    read = registry.find("read")
    assert (read.summary, read.usage, read.example) == (
        "Read a paper.",
        "/read <paper> [language]",
        "/read 2406.15319 zh",
    )
    assert (read.section, read.reads, registry.find("count").reads) == (Section.PAPERS, True, False)
    paper, language = read.parameters
    assert (paper.name, paper.type, paper.required) == ("paper", PaperId, True)
    assert (language.type, language.required, language.arg.description) == (Language, False, "language")


@pytest.mark.parametrize("name", ["read", "/read", "READ", "r"])
def test_names_are_found_as_people_type_them(registry: Registry, name: str) -> None:
    assert registry.find(name).name == "read"


def test_an_unknown_name_gets_the_nearest(registry: Registry) -> None:
    with pytest.raises(UnknownCommand) as told:
        registry.find("raed")
    assert told.value.nearest == "read"


@pytest.mark.parametrize(
    ("line", "paper", "language"),
    [
        ("2406.15319", "2406.15319", None),
        ("2406.15319 zh", "2406.15319", "zh-Hans"),
        ("arXiv: 2406.15319v2 in Simplified Chinese", "2406.15319v2", "zh-Hans"),
        ("  https://arxiv.org/abs/2406.15319   zh-Hant ", "2406.15319", "zh-Hant"),
        ("2406.15319\nGerman", "2406.15319", "de"),
    ],
)
def test_arguments_as_typed(registry: Registry, line: str, paper: str, language: str | None) -> None:
    values = registry.find("read").parse(line)
    assert str(values["paper"]) == paper
    assert str(values["language"]) == language if language else "language" not in values


def test_arguments_by_name(registry: Registry) -> None:
    values = registry.find("read").parse({"paper": "2406.15319", "language": "de"})
    assert values == {"paper": PaperId("2406.15319"), "language": Language("de")}
    assert registry.find("count").parse({"number": "3", "detail": "Brief"}) == {
        "number": 3,
        "detail": "brief",
    }


@pytest.mark.parametrize(
    ("name", "line", "error"),
    [
        ("read", "", MissingArgument),
        ("read", "2406.15319 klingonese", UnknownLanguage),
        ("count", "three", BadArgument),
        ("count", "3 everything", BadArgument),
        ("ping", "pong", BadArgument),
        ("read", "x" * 10_000, TooLong),
    ],
)
def test_mistakes_are_told_apart(registry: Registry, name: str, line: str, error: type[Mistake]) -> None:
    with pytest.raises(error) as told:
        registry.find(name).parse(line)
    if isinstance(told.value, MissingArgument | BadArgument):
        assert told.value.usage == registry.find(name).usage


@given(st.text(max_size=1200))
def test_whatever_is_typed_is_parsed_or_a_mistake(line: str) -> None:
    call = Call.parse(f"/read {line}")
    with suppress(Mistake):
        Registry([Handlers()]).find(call.name).parse(call.arguments)


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("/read 2406.15319", "read", "2406.15319"),
        ("read\t2406.15319", "read", "2406.15319"),
        ("／READ x\x00y\x1b[31m", "read", "x y [31m"),
        ("  ", "", ""),
    ],
)
def test_lines_become_calls(line: str, name: str, arguments: str) -> None:
    assert Call.parse(line) == Call(name, arguments)


def test_two_commands_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="/read is declared twice"):
        Registry([Handlers(), Handlers()])


async def test_completion_comes_from_choices_types_and_completers() -> None:
    async def recent(address: Address, prefix: str) -> list[tuple[str, str]]:
        return [("2406.15319", f"LongShelf for {address.chat} {prefix}")]

    registry = Registry([Handlers()], {PaperId: recent})
    assert await registry.complete(Call("count"), "detail", HERE, "b") == [("brief", "brief")]
    assert ("de", "Deutsch") in await registry.complete(Call("read"), "language", HERE, "ger")
    assert await registry.complete(Call("read"), "paper", HERE, "24") == (
        ("2406.15319", "LongShelf for 1 24"),
    )
    assert await registry.complete(Call("nothing"), "paper", HERE, "") == ()
    assert await registry.complete(Call("read"), "nothing", HERE, "") == ()
