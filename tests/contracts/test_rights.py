"""Who may do what, cell by cell: every person, kind of chat, command and button of rights.toml, over sockets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console_process import paperwire
from tests.contracts.delivery_scene import until
from tests.contracts.rights import DONE, Cell, Line, Row, document, outcome, person
from tests.contracts.rights_bots import OWNER, Bots, running
from tests.contracts.rights_discord import OnDiscord
from tests.contracts.rights_side import COMMANDS, RIGHTS, Place, Side
from tests.contracts.rights_telegram import OnTelegram
from tests.fakes.arxiv_small import LATEX
from tests.fakes.discord_world import User as DiscordUser
from tests.fakes.telegram_world import User
from tests.test_documents import ROOT


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    with running(tmp_path_factory.mktemp("rights")) as made:
        yield made


def cell(
    access: str, chat: str, who: str, line: Line, ways: str = "t", *, served: bool = True, comes: str = "done", press: str = "plain"
) -> Cell:  # fmt: skip
    """Return a cell that is none of the first tables'."""
    return Cell(Row(access, chat, served, who, ways, {line.kind: comes}), ways, line, press)


def test_every_command_has_its_rights() -> None:
    assert {line.command for line in RIGHTS.lines} == set(COMMANDS)


def test_the_document_is_the_table() -> None:
    assert (ROOT / "docs/rights.md").read_text().endswith(document(RIGHTS))


@pytest.mark.timeout(300)
def test_every_cell(bots: Bots) -> None:
    """First all that is refused, after which nothing has changed and no model was asked; then all the rest.

    Whoever is not served, or does not own the bot, is not asked for words that would be in vain.
    """
    cells = [cell for cell in RIGHTS.cells() if cell.row.chat != "console"]
    bots.prepare(cells)
    refused = [cell for cell in cells if cell.outcome not in DONE]
    before = bots.seeds.state()
    bots.play(refused)
    assert bots.seeds.state() == before
    assert bots.openai.requests == []
    assert [cell for cell in refused if cell.at_once and cell in bots.side(cell.row).filled_in] == []
    done = [cell for cell in cells if cell.outcome in DONE]
    listing = [cell for cell in done if cell.line.command == "allowed"]
    bots.play([cell for cell in done if cell not in listing])
    for cell in done:
        listed = cell.line.typed in ("/help", "/help all")
        if listed and cell.outcome == "done" and cell.row.chat != "inline":
            # Nobody is offered what is not for them.
            shown = bots.side(cell.row).said(cell, bots.asked[cell])
            offered = {name for name in COMMANDS if re.search(rf"/{name}\b", shown)}
            owners = {name for name, command in COMMANDS.items() if command.owner_only}
            told = offered & owners
            assert bool(told) is (cell.row.outcomes["owner"] == "done"), cell
            assert cell.line.typed == "/help" or told in (owners, set()), cell
            assert not any(not COMMANDS[name].listed for name in offered), cell
    bots.seeds.redis.delete("pw:allowed")  # a list of all of them fills many messages
    bots.seeds.allow("telegram:1")
    bots.play(listing)


def test_the_console(bots: Bots) -> None:
    """Whoever sits at the machine owns the bot, and has no other chats there."""
    cells = [cell for cell in RIGHTS.cells() if cell.row.chat == "console"]
    places = {
        cell: Place(cell, "console:local", "console:local", "-1001500000001", "telegram:9") for cell in cells
    }
    bots.seeds.allow("telegram:1")
    for seed in ("cards", "muted", "follows"):
        bots.seeds.put("console:local", seed)
    bots.seeds.sow()
    ran = paperwire("console", env=bots.env, given="\n".join(place.line for place in places.values()))
    for cell in cells:
        if cell.outcome == "done":
            assert cell.line.shows in ran.stdout, cell
    refused = [cell for cell in cells if cell.outcome not in DONE]
    sentence = RIGHTS.outcomes["unknown"].replace("{there}", "-1001500000001").replace("`", "")
    assert ran.stderr.splitlines().count(sentence) == len(refused)


def test_suggestions_are_for_those_who_are_served(bots: Bots) -> None:
    """What others have asked of late, what a chat follows and what there is, is told to nobody else."""
    wrong = []
    follows = Line("look", "/subscriptions", "", "follows")
    rows = [row for row in RIGHTS.rows if row.chat in ("direct", "server", "thread")]
    cells = {Cell(row, "t", follows): row for row in rows}
    bots.prepare([*cells])
    for cell, row in cells.items():
        side = bots.side(row)
        assert isinstance(side, OnDiscord)
        channel, bea = side.where(cell)
        for name, typed in (
            ("summarize", {"paper": "25"}),
            ("subscribe", {"wish": "re"}),
            ("pause", {"topic": ""}),
        ):
            asked = side.fake.autocomplete(channel, bea, name, **typed)
            offered = asyncio.run(asked.suggestions())
            if bool(offered) != (row.outcomes["look"] == "done"):
                wrong.append(f"{cell} /{name} {typed}: {offered}")
            assert name != "summarize" or not offered or LATEX in offered
    assert wrong == []


def test_who_lets_it_in(bots: Bots) -> None:
    said = {
        "hello": "I read the arXiv’s announcements",
        "whom to ask": "Whoever owns me can send",
        "that it serves nobody but its owner": "nobody but my owner",
        "nothing": "",
    }
    rows = dict[Cell, dict[str, str]]()
    for row in RIGHTS.beside["added"]:
        served, who = row["Allowed before"] == "yes", person(row["By"])
        rows[cell(row["`ACCESS`"], row["Where"], who, Line("look", "/help", ""), served=served)] = row
    bots.prepare([*rows])
    for each in rows:
        side = bots.telegram(each.row.access)
        chat, ada = side.where(each)
        old, new = {"private": ("kicked", "member"), "channel": ("left", "administrator")}.get(
            chat.type, ("left", "member")
        )
        side.fake.member(chat, ada, old, new)
    bots.rest()
    for each, row in rows.items():
        side = bots.telegram(each.row.access)
        words, key = side.said(each, None), side.place(each).chat
        assert said[row["It says"]] in words, row
        assert bool(words) == (row["It says"] != "nothing"), row
        assert bool(bots.seeds.redis.sismember("pw:allowed", key)) == (row["Allowed then"] == "yes"), row


def test_who_gets_a_card_for_a_link(bots: Bots) -> None:
    rows = dict[Cell, dict[str, str]]()
    for row in RIGHTS.beside["links"]:
        line = Line("look", "/help", "", "cards" if row["Cards"] == "on" else "")
        served, who = row["Allowed"] == "yes", person(row["Who"])
        rows[cell(row["`ACCESS`"], row["Where"], who, line, served=served)] = row
    bots.prepare([*rows])
    for each in rows:
        bots.telegram(each.row.access).write(each, f"look: https://arxiv.org/abs/{LATEX}")
    bots.rest()
    for each, row in rows.items():
        words = bots.telegram(each.row.access).said(each, None)
        assert ("Folding Keys" in words) == (row["What comes"] == "a card"), row
        assert bool(words) == (row["What comes"] == "a card"), row


def test_who_is_offered_papers(bots: Bots) -> None:
    rows = dict[Cell, dict[str, str]]()
    for row in RIGHTS.beside["inline"]:
        line = Line("look", "/help", "")
        rows[cell(row["`ACCESS`"], "inline", person(row["Who"]), line, served=False)] = row
    bots.prepare([*rows])
    for each, row in rows.items():
        side = bots.telegram(each.row.access)
        _, ada = side.where(each)
        served = row["Is offered"] == "papers"
        for words in (LATEX, "folding"):
            offered = side.fake.offered(side.fake.inline(ada, words))
            assert served or not offered.results, (row, words)
            assert offered.results or not served or words != LATEX, (row, words)
            assert served or offered.parameters.get("button"), (row, words)


def test_nobody_is_asked_under_a_message_from_inline_mode(bots: Bots) -> None:
    """Not even an owner: who could read the question there is not known."""
    each = cell("listed", "inline", "owner", Line("look", "/help", ""))
    bots.prepare([each])
    side = bots.telegram("listed")
    chat, ada = side.where(each)
    pressed = side.fake.world.pressed_elsewhere(f"inline-{chat.id}", ada, f"?/ask {LATEX}")
    side.fake.update({"callback_query": pressed})
    bots.rest()
    assert str(pressed["id"]) not in side.fake.world.callbacks
    assert side.said(each, str(pressed["id"])) == ""


def test_what_changes_while_a_question_is_answered(bots: Bots) -> None:
    lines = {
        "a question about a paper": Line("look", "/ask {paper} meanwhile?", ""),
        "a topic to follow": Line("change", "/subscribe agents", ""),
    }
    wrong = []
    for row in RIGHTS.beside["meanwhile"]:
        each = cell("listed", row["Where"], person(row["Who"]), lines[row["Asked for"]], "p", comes=outcome(row["What comes"]), press="asks")  # fmt: skip
        bots.prepare([each])
        side = bots.side(each.row)
        asked = side.ask(each)
        side.fake.wait(lambda: side.asks(each, asked))  # noqa: B023 - waited for here
        if row["Meanwhile"] == "an owner denies the chat":
            deny(bots, side, each)
        else:
            dismiss(bots, side, each)
        before = bots.seeds.state()
        until(lambda: went_on(side, each, asked))  # noqa: B023
        side.fake.wait(lambda: side.said(each, asked))  # noqa: B023
        if side.sentence(each) not in side.said(each, asked).replace("`", ""):
            wrong.append(f"{row}: {side.said(each, asked)!r}")
        assert bots.seeds.state() == before, row
    assert wrong == []


def went_on(side: Side, each: Cell, asked: Any) -> bool:
    side.go_on(each, asked)
    return not side.asks(each, asked)


def deny(bots: Bots, side: Side, each: Cell) -> None:
    """Let an owner say where a cell is played, or to the bot alone, that its chat or person is served no more."""
    kept = bots.seeds.redis.smembers("pw:allowed")
    if isinstance(side, OnTelegram):
        chat, _ = side.where(each)
        side.fake.say(side.fake.private(User(OWNER, "Owner")), User(OWNER, "Owner"), f"/deny {chat.id}")
    else:
        assert isinstance(side, OnDiscord)
        channel, _ = side.where(each)
        owner = DiscordUser(OWNER, "owner")
        if channel.guild:
            side.fake.slash(channel, owner, "deny")
        else:
            key = side.place(each).person
            side.fake.slash(side.fake.world.direct(owner), owner, "deny", chat=key)
    until(lambda: bots.seeds.redis.smembers("pw:allowed") < kept)


def dismiss(bots: Bots, side: Side, each: Cell) -> None:
    """Take from the person of a cell what lets them manage the chat."""
    if isinstance(side, OnTelegram):
        chat, _ = side.where(each)
        chat.admins.clear()
        # Telegram is asked again after a minute, or at once where the bot's own place has changed.
        side.fake.member(chat, User(OWNER, "Owner"), "member", "administrator")
        bots.rest()
    else:
        assert isinstance(side, OnDiscord)
        channel, bea = side.where(each)
        assert channel.guild
        side.fake.world.join(channel.guild, bea)


def test_another_channel_of_the_same_server(bots: Bots) -> None:
    line = Line("neighbour", "/subscribe agents for {there}", "follows")
    cells = [
        cell("listed", "server", person(row["Who"]), line, way, served=row["Served"] == "yes", comes=outcome(row["What comes"]), press="here")
        for row in RIGHTS.beside["neighbour"]
        for way in "tp"
    ]  # fmt: skip
    bots.prepare(cells)
    bots.play(cells)


def test_who_may_set_up_a_server(bots: Bots) -> None:
    """By commands and by buttons, none of which knows of a role that is not everybody's to mention."""
    lines = {
        "Threads": Line("change", "/settings place thread", "is set"),
        "A role that everybody may mention": Line("change", "/settings role {open_role}", "is set"),
        "Another role": Line("change", "/settings role {role}", "is set"),
    }
    cells = [
        cell("listed", "server", person(row["Who"]), line, way, comes=outcome(row[name]), press="here")
        for row in RIGHTS.beside["role"]
        for name, line in lines.items()
        for way in "tp"
    ]
    bots.prepare(cells)
    bots.play(cells)


@pytest.mark.parametrize("what", ["calls", "money"])
def test_ceilings(bots: Bots, what: str) -> None:
    """Of a person and of a chat, and then of the bot, after which nobody has any."""
    own = {"person": "Their own are used up", "chat": "The chat’s"}
    cells = {whose: asking(whose, what, column) for whose, column in own.items()}
    bots.prepare([each for many in cells.values() for each in many])
    for whose, many in cells.items():
        for each in many:
            place = bots.side(each.row).place(each)
            chat = place.chat if whose == "chat" else "telegram:elsewhere"
            bots.seeds.spend(chat, place.person if whose == "person" else "telegram:somebody", what)
    bots.seeds.sow()
    bots.play([each for many in cells.values() for each in many])
    of_the_bot = asking("bot", what, "The bot’s")
    bots.prepare(of_the_bot)
    bots.seeds.spend("telegram:elsewhere", "telegram:somebody", what, times=100_000)
    bots.seeds.sow()
    asked = len(bots.openai.requests)
    bots.play(of_the_bot)
    assert len(bots.openai.requests) == asked
    bots.seeds.redis.delete(*bots.seeds.redis.keys("pw:spent:*"))


def asking(whose: str, what: str, column: str) -> list[Cell]:
    """Return cells that ask for what nobody has written yet."""
    cells, spent = [], f"{whose}_{what}"
    for number, row in enumerate(RIGHTS.beside["ceilings"]):
        asks = Line("look", f"/ask {{paper}} accuracy {spent} {number}?", "In the paper’s words")
        way, who = "p" if row["Where"] == "inline" else "t", person(row["Who"])
        if row[column] == "✓":
            cells.append(cell("listed", row["Where"], who, asks, way))
            continue
        cells.append(cell("listed", row["Where"], who, asks, way, comes=spent))
        cells.append(cell("listed", row["Where"], who, Line("look", "/translate {paper} sw", ""), way, comes=spent))  # fmt: skip
        lesser = Line("look", "/summarize {paper} sw", RIGHTS.outcomes[spent])
        cells.append(cell("listed", row["Where"], who, lesser, way))
    return cells
