"""What /help and /start show, to whom, and what their buttons do."""

from __future__ import annotations

import re

import pytest

from bot.chat.command import Command, Registry, Section
from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Button, Buttons, Outcome, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.wording import translator
from bot.language import Language
from bot.platforms.console.render import render
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from handlers.access import AccessGuard
from handlers.basics import BasicCommands
from handlers.help import ABOUT, TITLES, HelpCommands, HelpSubject
from tests.contracts.rights import Rights
from tests.test_documents import declared, unbuilt

OWNER, OTHER = "1", "2"
COMMANDS = {command.name: command for command in declared() if command.listed}
FOR_ALL = [section for section in Section if section is not Section.BOT]


class Chat:
    """A bot with every command; those that help does not need can be listed, not run."""

    def __init__(self, store: Store) -> None:
        access = Access(store, [f"telegram:{OWNER}"])
        languages = ChatLanguages(store)
        helping = HelpCommands(lambda: self.registry, access)
        others = [handler for handler in unbuilt() if not isinstance(handler, BasicCommands | HelpCommands)]
        handlers = [*others, BasicCommands(languages, access), helping]
        self.registry = Registry(handlers, {HelpSubject: helping.suggest})
        self.dispatcher = Dispatcher(self.registry, languages, AccessGuard(access, "open"))

    def asks(
        self, line: str, actor: str = OTHER, *, private: bool = True, manages: bool = False, hint: str = "en"
    ) -> Request:
        call, address = Call.parse(line), Address("telegram", "7" if private else "-100")
        return Request(call, address, Actor(actor, manages=manages), private, hint=Language(hint))

    async def says(self, request: Request) -> Reply:
        return await self.dispatcher.dispatch(request)


@pytest.fixture
def chat(store: Store) -> Chat:
    return Chat(store)


def rows(reply: Reply) -> list[tuple[Button, ...]]:
    return [row for block in reply.blocks if isinstance(block, Buttons) for row in block.rows]


def buttons(reply: Reply) -> list[Button]:
    return [button for row in rows(reply) for button in row]


def lines(reply: Reply) -> list[str]:
    return [button.command for button in buttons(reply)]


def test_every_command_has_its_section() -> None:
    assert [name for name, command in COMMANDS.items() if command.section is None] == []
    assert {command.section for command in COMMANDS.values()} == set(Section) == set(TITLES) == set(ABOUT)


def test_only_owners_have_the_section_of_the_bot() -> None:
    for command in COMMANDS.values():
        assert command.owner_only is (command.section is Section.BOT), command.name


@pytest.mark.parametrize("section", Section)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_line_of_a_section_names_two_or_three_of_its_commands(section: Section, language: str) -> None:
    named = re.findall(r"`/(\w+)`", translator(language)(ABOUT[section]))
    assert 2 <= len(named) <= 3
    assert {COMMANDS[name].section for name in named} == {section}


@pytest.mark.parametrize("actor", [OWNER, OTHER])
@pytest.mark.parametrize("hint", ["en", "zh-Hans"])
async def test_help_fits_a_screen(chat: Chat, actor: str, hint: str) -> None:
    """Five rows are what one message has on Discord, too."""
    reply = await chat.says(chat.asks("/help", actor, hint=hint))
    said = render(Reply(tuple(block for block in reply.blocks if not isinstance(block, Buttons))))
    assert len(said) < 600
    assert len(rows(reply)) == 5
    sections = Section if actor == OWNER else FOR_ALL
    t = translator(hint)
    for section in Section:
        named = t("{name}: {value}", name=t(TITLES[section]), value="").rstrip()
        assert (named in said) is (section in sections)
    shown = [button.command for button in buttons(reply) if button.here]
    assert shown == [*(f"/help {section}" for section in sections), "/help all"]


async def test_its_examples_can_be_tapped(chat: Chat) -> None:
    reply = await chat.says(chat.asks("/help"))
    for line in lines(reply):
        call = Call.parse(line)
        command = chat.registry.find(call.name)
        command.parse(call.arguments)
        assert command.reads or line == "/pick", line
    assert {"/summarize 2406.15319", "/topic RAG", "/pick"} < set(lines(reply))


@pytest.mark.parametrize("line", ["/help", "/start"])
@pytest.mark.parametrize(
    ("private", "manages", "may"), [(True, False, True), (False, True, True), (False, False, False)]
)
async def test_following_is_offered_to_those_who_may(
    chat: Chat, line: str, private: bool, manages: bool, may: bool
) -> None:
    reply = await chat.says(chat.asks(line, private=private, manages=manages))
    assert ("/pick" in lines(reply)) is may


@pytest.mark.parametrize("section", Section)
async def test_a_section_tells_of_each_of_its_commands_and_leads_back(chat: Chat, section: Section) -> None:
    reply = await chat.says(chat.asks(f"/help {section}", OWNER))
    said = render(reply)
    of_it = [command for command in COMMANDS.values() if command.section is section]
    for command in of_it:
        assert f"• {command.example or '/' + command.name} – {command.summary}" in said
    assert said.count("• ") == len(of_it)
    assert (lines(reply)[-1], buttons(reply)[-1].here) == ("/help", True)


@pytest.mark.parametrize("private", [True, False])
async def test_what_is_for_owners_is_asked_of_each_who_presses(chat: Chat, private: bool) -> None:
    """The button under an owner's help is there for all to see."""
    (button,) = (b for b in buttons(await chat.says(chat.asks("/help", OWNER))) if b.label == "This bot")
    owners = await chat.says(chat.asks(button.command, OWNER, private=private))
    others = await chat.says(chat.asks(button.command, OTHER, private=private, manages=True))
    assert "/allow" in render(owners)
    assert (others.outcome, others.private) == (Outcome.MISTAKEN, True)
    assert render(others) == "Only an owner of this bot can do that."


async def test_all_of_it_is_one_list(chat: Chat) -> None:
    owners, others = [await chat.says(chat.asks("/help ALL", who)) for who in (OWNER, OTHER)]
    for command in COMMANDS.values():
        line = f"• {command.usage} – {command.summary}"
        assert line in render(owners)
        assert (line in render(others)) is not command.owner_only
    assert lines(others) == ["/help"]


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ("/help topics", "Topics and searches"),
        ("/help /topics", "List the topics"),
        ("/help all", "Commands"),
        ("/help ／all", "/all <topic> [page]"),
        ("/help Edition now", "/edition [topic]"),
        ("/help subs", "/subscriptions [chat]"),
    ],
)
async def test_a_slash_tells_a_command_from_a_section(chat: Chat, line: str, shows: str) -> None:
    assert shows in render(await chat.says(chat.asks(line)))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/help nothing", "There is no command /nothing; /help lists them."),
        ("/help /sumarize", "There is no command /sumarize; did you mean /summarize?"),
    ],
)
async def test_what_there_is_not(chat: Chat, line: str, told: str) -> None:
    reply = await chat.says(chat.asks(line))
    assert (reply.outcome, render(reply)) == (Outcome.MISTAKEN, told)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
async def test_a_command_is_explained_with_what_can_be_tried(chat: Chat, command: Command) -> None:
    """A tap runs what reads, and asks for words first where something would change."""
    reply = await chat.says(chat.asks(f"/help /{command.name}", OWNER))
    said = render(reply)
    assert said.startswith(f"{command.usage}\n\n{command.summary}")
    assert all(parameter.arg.description in said for parameter in command.parameters)
    *tried, back = buttons(reply)
    assert (back.command, back.here) == (f"/help {command.section}", True)
    if command.reads:
        (run,) = tried
        call = Call.parse(run.command)
        assert (call.name, run.asks) == (command.name, False)
        command.parse(call.arguments)
    else:
        asked = [(f"/{command.name}", True)] if len(command.parameters) == 1 else []
        assert [(button.command, button.asks) for button in tried] == asked


def test_what_a_tap_runs_changes_nothing() -> None:
    kinds = {name: {line.kind for line in Rights().lines if line.command == name} for name in COMMANDS}
    voting = {"like", "dislike"}
    serving = {"allow", "deny"}
    changing = {name for name, of_it in kinds.items() if "change" in of_it} | voting | serving
    assert {name for name, command in COMMANDS.items() if command.reads} == set(COMMANDS) - changing


async def test_nobody_is_asked_for_what_they_may_not_do(chat: Chat) -> None:
    """What only who manages the chat may change, and what only an owner may."""
    reply = await chat.says(chat.asks("/help subscribe", private=False))
    assert lines(reply) == ["/help editions"]
    assert lines(await chat.says(chat.asks("/help allow"))) == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "papers"), ("/summ", "summarize"), ("al", "all"), ("top", "topics"), ("allo", "")],
)
async def test_what_is_suggested(chat: Chat, typed: str, first: str) -> None:
    """It is not known who is typing: what is for owners alone is not suggested."""
    found = await chat.dispatcher.complete(chat.asks("/help"), "about", typed)
    assert [value for value, _ in found][:1] == ([first] if first else [])
    for value, said in found:
        assert len(said) <= 100
        assert (await chat.says(chat.asks(f"/help {value}"))).outcome is Outcome.DONE
        assert "/status" not in said


async def test_a_command_with_the_name_of_a_section_is_suggested_as_one(chat: Chat) -> None:
    found = dict(await chat.dispatcher.complete(chat.asks("/help"), "about", "all"))
    assert found.keys() == {"all", "/all"}


async def test_the_hello_has_examples_to_tap_and_ways_to_take_the_bot_along(chat: Chat) -> None:
    private, group = [await chat.says(chat.asks("/start", private=alone)) for alone in (True, False)]
    assert lines(private) == ["/summarize 2406.15319", "/topic RAG", "/pick", "/help", "", ""]
    assert lines(group) == ["/summarize 2406.15319", "/topic RAG", "/help"]
    for line in ("/summarize 2406.15319", "/topic RAG"):
        assert line in render(Reply(private.blocks[:-1]))


async def test_ways_to_take_the_bot_along_stand_where_chats_are_explained(chat: Chat) -> None:
    private, group = [await chat.says(chat.asks("/help chat", private=alone)) for alone in (True, False)]
    assert [button.label for button in buttons(private)] == ["Add to a group", "Add to a channel", "Back"]
    assert [button.label for button in buttons(group)] == ["Back"]
