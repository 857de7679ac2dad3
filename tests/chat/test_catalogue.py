"""Every fixed sentence has a translation in every catalogue, and no catalogue holds what nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.announcements.batch import State
from bot.chat import wording
from bot.chat.command import Command, commands_of
from bot.chat.wording import translator
from bot.editions.desk import NOT_SERVED
from bot.editions.options import Detail
from bot.language import TAGS
from bot.platforms.telegram import reasons
from bot.writing.faithfulness import check
from bot.writing.notes import NOTES
from handlers.access import AccessCommands
from handlers.basics import BasicCommands
from handlers.editions import EditionCommands
from handlers.figures import FigureCommands
from handlers.fulltext import FullTextCommands
from handlers.greeting import GreetingCommands
from handlers.help import ABOUT, TITLES, HelpCommands
from handlers.links import LinkCommands
from handlers.muting import MuteCommands
from handlers.panel import NAMES, SWITCHES
from handlers.papers import PaperCommands
from handlers.privacy import PrivacyCommands
from handlers.roundups import RoundupCommands
from handlers.settings import SettingsCommands
from handlers.source import _TASKS, SourceCommands
from handlers.status import StatusCommands
from handlers.subscriptions import SubscriptionCommands
from handlers.taste import TasteCommands
from handlers.topics import TopicCommands
from handlers.trends import TrendCommands

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "bot/chat/locale").glob("*.po"))

# Reasons that errors carry, which `explain` looks up by their value.
REASONS = {
    "timeout",
    "unreachable",
    "malformed",
    "refused",
    "cut",
    "echo",
    "throttled",
    "busy",
    "read-only",
    "paper",
    "question",
    "language",
    "topic",
    "count",
    "page",
    "days",
    "wish",
    "setting",
    "value",
    "depth",
    "number of days",
    "words",
    "role",
    "paused by a person",
    "the query cannot be read any more",
    NOT_SERVED,
    # what is said of a text,
    *NOTES.values(),
    *_TASKS.values(),
    *NAMES.values(),
    *TITLES.values(),
    *ABOUT.values(),
    *SWITCHES.values(),
    *(detail.value for detail in Detail),
    *wording.PERMISSIONS,
    # why nothing is sent to a chat,
    *(reasons.BLOCKED, reasons.DELETED, reasons.REMOVED, reasons.SILENCED, reasons.CLOSED, reasons.GONE),
    *(check.NOT_THERE, check.OTHER_UNIT, check.OTHER_WAY, check.NO_SUCH_NAME),
    # and the states of an announcement that an edition may name
    *(state.value for state in State if state not in (State.READ, State.MALFORMED, State.UNREACHABLE)),
}


def said() -> set[str]:
    """Collect every sentence that is looked up: t("…"), t.rich("…"), what `sentence` returns, what commands declare."""
    found = set(REASONS)
    for source in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("handlers/*.py")]:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = ast.unparse(node.func)
                if re.fullmatch(r"(request\.|self\._)?t(\.rich)?|translator\(.*\)(\.rich)?", name):
                    found.add(str(node.args[0].value))
    for template in ROOT.glob("bot/web/templates/*.html"):
        found |= {said for _, said in re.findall(r"""\bt\((["'])(.+?)\1""", template.read_text())}
    for node in ast.walk(ast.parse(Path(wording.__file__).read_text())):
        if isinstance(node, ast.FunctionDef) and node.name in ("sentence", "_of_a_service"):
            returned = (n.value for n in ast.walk(node) if isinstance(n, ast.Return))
            found |= {str(value.value) for value in returned if isinstance(value, ast.Constant)}
    found |= set(wording.PDF_TROUBLES.values())
    found |= set(wording.QUERY_MISTAKES.values()) | set(wording.ARGUMENT_MISTAKES.values())
    for command in declared():
        found.add(command.summary)
        found |= {parameter.arg.description for parameter in command.parameters}
    return found


def declared() -> Iterator[Command]:
    """Yield every command; its summaries and descriptions are declared, not called."""
    for handler in (
        AccessCommands,
        BasicCommands,
        EditionCommands,
        FigureCommands,
        FullTextCommands,
        GreetingCommands,
        HelpCommands,
        PaperCommands,
        LinkCommands,
        MuteCommands,
        RoundupCommands,
        SourceCommands,
        PrivacyCommands,
        SettingsCommands,
        StatusCommands,
        SubscriptionCommands,
        TasteCommands,
        TopicCommands,
        TrendCommands,
    ):
        yield from commands_of(handler.__new__(handler))


def entries(path: Path) -> dict[str, Message]:
    with path.open("rb") as po:
        return {str(message.id): message for message in read_po(po) if message.id}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_it_is_named_as_a_language_that_is_known(path: Path) -> None:
    assert path.stem in TAGS


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_sentence_is_translated(path: Path) -> None:
    translated = {sentence for sentence, message in entries(path).items() if message.string}
    assert said() - translated == set()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_nothing_is_translated_that_is_not_said(path: Path) -> None:
    assert set(entries(path)) - said() == set()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_translations_keep_fields_and_code(path: Path) -> None:
    for sentence, message in entries(path).items():
        assert fields(sentence) == fields(str(message.string)), sentence
        assert sentence.count("`") == str(message.string).count("`"), sentence


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_what_discord_shows_is_told_apart_and_short_enough(path: Path) -> None:
    """It refuses all commands if two of them, or two options of one, have the same name in a language."""
    spoken = {sentence: str(message.string) for sentence, message in entries(path).items()}
    commands = [command for command in declared() if command.listed]
    for names in (
        [command.name for command in commands],
        *([parameter.name for parameter in command.parameters] for command in commands),
    ):
        shown = [spoken.get(name, name).lower() for name in names]
        assert len(shown) == len(set(shown)), shown
    assert len(spoken.get("Summarize this paper", "")) <= 32


def fields(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


def test_english_needs_no_catalogue() -> None:
    assert translator("en")("Summary") == translator("de")("Summary") == "Summary"


def test_chinese_is_spoken_in_both_scripts_of_it() -> None:
    assert translator("zh-Hans")("Summary") == translator("zh-Hant")("Summary") != "Summary"


def test_commands_of_all_handlers_are_known_here() -> None:
    """The collection above would miss a family of commands that nobody added to it."""
    families = {p.stem for p in ROOT.glob("handlers/*.py") if "@command(" in p.read_text()}
    assert families == {
        type_.__module__.removeprefix("handlers.")
        for type_ in (
            AccessCommands,
            BasicCommands,
            EditionCommands,
            FigureCommands,
            FullTextCommands,
            GreetingCommands,
            HelpCommands,
            PaperCommands,
            LinkCommands,
            MuteCommands,
            RoundupCommands,
            SourceCommands,
            PrivacyCommands,
            SettingsCommands,
            SourceCommands,
            StatusCommands,
            SubscriptionCommands,
            TasteCommands,
            TopicCommands,
            TrendCommands,
        )
    }
