"""The documents say what the code declares: commands, settings, dependencies."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

import handlers
from bot import __version__
from bot.__main__ import _parser
from bot.chat.command import Command, commands_of
from bot.language import TAGS
from bot.settings import Settings
from bot.topics.catalogue import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLE = ROOT / ".env.example"

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
DOCUMENTS += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
# Names in capitals that are no settings: the environment's, that of a guide's example, a slip of the pen.
OTHER_NAMES = {"CREDENTIALS_DIRECTORY", "HTTPS_PROXY", "NO_PROXY", "LINES_PORT", "TELEGRAM_TOKEN"}

# Licences as the documents write them, by a word of what the packages' metadata say.
LICENCES = {
    "MIT-CMU": "mit-cmu",
    "Apache-2.0": "apache",
    "BSD": "bsd",
    "LGPL-3.0": "lgpl",
    "MIT": "mit",
    "MPL-2.0": "mpl",
}


def unbuilt() -> Iterator[object]:
    """Yield every handler, without building what it needs."""
    for module in pkgutil.iter_modules(handlers.__path__, "handlers."):
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if found.__module__ == module.name and not inspect.isabstract(found):
                yield found.__new__(found)


def declared() -> Iterator[Command]:
    """Yield every command of every handler."""
    for handler in unbuilt():
        yield from commands_of(handler)


def command_row(command: Command) -> str:
    owners = " Owners only." if command.owner_only else ""
    return f"| `{command.usage}` | {command.summary}{owners} |"


def setting_row(name: str) -> str:
    field = Settings.model_fields[name]
    default = f"`{shown(field.default)}`" if shown(field.default) else "–"
    return f"| `{name.upper()}` | {default} | {field.description} |"


def shown(default: object) -> str:
    if isinstance(default, tuple):
        return ",".join(default)
    return "" if default is None else str(default)


def table(document: str, first_column: str) -> list[str]:
    """Return the rows of the table whose first column has this head."""
    lines = iter(document.splitlines())
    assert any(line.startswith(f"| {first_column} |") for line in lines), first_column
    next(lines)
    rows: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(line)
    return rows


def dependencies() -> list[str]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in wanted]


def example_entries() -> list[tuple[str, str, str]]:
    """Return description, name and default of every entry of `.env.example`."""
    return re.findall(r"^# (.+)\n#([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)


def test_the_readme_lists_every_command() -> None:
    assert sorted(table(README, "Command")) == sorted(
        command_row(command) for command in declared() if command.listed
    )


def test_the_readme_lists_every_setting_with_its_default() -> None:
    assert table(README, "Setting") == [setting_row(name) for name in Settings.model_fields]


@pytest.mark.filterwarnings(
    "ignore:'audioop':DeprecationWarning"
)  # discord.py's, for the voice that we have not
def test_the_readme_invites_with_exactly_the_permissions_that_are_used() -> None:
    import discord

    needed = discord.Permissions(
        view_channel=True,
        send_messages=True,
        create_public_threads=True,
        send_messages_in_threads=True,
        embed_links=True,
        attach_files=True,
        read_message_history=True,
    )
    assert re.findall(r"permissions=(\d+)", README) == [str(needed.value)]
    assert "scope=bot+applications.commands" in README


def test_the_readme_counts_the_languages() -> None:
    assert f"in {len(TAGS)} languages" in README


def test_the_documents_count_the_topics() -> None:
    assert f"under {len(load())} topics" in README
    assert f"{len(load())} topics and queries" in (ROOT / "CHANGELOG.md").read_text()


def test_the_example_environment_holds_every_setting_with_its_default() -> None:
    expected = [
        (field.description, name.upper(), shown(field.default))
        for name, field in Settings.model_fields.items()
    ]
    assert example_entries() == expected


def test_the_example_environment_as_it_is_sets_nothing() -> None:
    assert dotenv_values(EXAMPLE) == {}


def test_the_example_environment_without_its_comment_marks_sets_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for _, name, value in example_entries()))
    assert set(dotenv_values(file)) == {name.upper() for name in Settings.model_fields}
    read = Settings(_env_file=file)  # type: ignore[call-arg]
    assert read.model_dump() == Settings(_env_file=None).model_dump()  # type: ignore[call-arg]


def test_every_dependency_has_its_reason() -> None:
    named = [row.split("|")[1].strip().strip("`") for row in table(CONTRIBUTING, "Package")]
    assert named == dependencies()


@pytest.mark.parametrize("row", table(CONTRIBUTING, "Package"), ids=lambda row: row.split("|")[1].strip())
def test_every_licence_is_the_packages_own(row: str) -> None:
    _, name, licence, why, _ = (cell.strip() for cell in row.split("|"))
    about = metadata.metadata(name.strip("`"))
    own = [about["License-Expression"] or "", about["License"] or "", *(about.get_all("Classifier") or [])]
    if not any(entry.startswith("License ::") for entry in own) and not own[0] and not own[1]:
        files = metadata.files(name.strip("`")) or []
        own += [file.read_text()[:200] for file in files if file.name.startswith("LICENSE")]
    said = " ".join(entry for entry in own if not entry.startswith(("Topic", "Programming"))).casefold()
    assert LICENCES[licence] in said
    assert why


def test_the_changelog_knows_this_version() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)\]?", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == __version__


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_links_to_exists(name: str) -> None:
    document = ROOT / name
    for target, part in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", document.read_text()):
        file = document.parent / target if target else document
        assert file.exists(), target
        if part:
            heads = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert part in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_subcommand_and_option_that_a_document_names_exists(name: str) -> None:
    parser = _parser()
    (choices,) = (action.choices for action in parser._actions if isinstance(action.choices, dict))
    # In a line of a block, or in backquotes: `paperwire` in prose is followed by prose.
    named = re.findall(
        r"(?:^\s*|`|bin/|exec bot )paperwire (\w+)([^`\n#]*)", (ROOT / name).read_text(), re.MULTILINE
    )
    for subcommand, rest in named:
        assert subcommand in choices, subcommand
        for option in re.findall(r"(?<![\w-])--[a-z-]+", rest):
            assert option in choices[subcommand]._option_string_actions, f"{subcommand} {option}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_setting_that_a_document_sets_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    set_there = set(re.findall(r"(?<![\w$])([A-Z][A-Z0-9]*_[A-Z_0-9]+)=", text)) | set(
        re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text)
    )
    assert set_there - {field.upper() for field in Settings.model_fields} <= OTHER_NAMES


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_a_document_names_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)\b(?=[`\n)])", (ROOT / name).read_text())) <= targets
