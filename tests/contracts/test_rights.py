"""Who may do what, cell by cell: every person, kind of chat, command and button of rights.toml, over sockets."""

from __future__ import annotations

import asyncio
import itertools
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bot.chat.command import Command
from bot.chat.request import Address
from bot.editions.when import Schedule
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.language import ENGLISH
from bot.store.client import Store
from bot.store.followups import RedisFollowUps
from bot.store.subscriptions import Subscriptions
from tests.console_process import environment, paperwire, valkeys
from tests.contracts.rights import DONE, TELEGRAM, Cell, Rights, Row, document
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, small_corpus
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_world import MANAGE_CHANNELS, MANAGE_GUILD, Channel, Message, Overwrite
from tests.fakes.openai import OpenAIFake
from tests.fakes.server import FakeServer
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User
from tests.test_documents import ROOT, declared

RIGHTS = Rights()
COMMANDS: dict[str, Command] = {command.name: command for command in declared()}
AT_ONCE = 12  # cells on their way to one bot on one platform: Discord wants to hear within 3 s
STATE = re.compile(r"pw:(language|chosen|muted|taste|subs?|allowed|owners|ended):?.*")
TOPIC = 11


class Seeds:
    """What a chat holds before it is asked anything."""

    def __init__(self, path: Path) -> None:
        self.redis = Redis(unix_socket_path=str(path), decode_responses=True)
        self._address = f"unix://{path}"
        self._follows: list[tuple[str, bool]] = []
        self._continued: list[tuple[str, str]] = []

    def allow(self, key: str) -> None:
        self.redis.sadd("pw:allowed", key)

    def own(self, key: str) -> None:
        self.redis.sadd("pw:owners", key)

    def put(self, chat: str, seed: str) -> None:
        match seed:
            case "cards":
                self.redis.set(f"pw:chosen:{chat}", '{"cards": true}')
            case "muted":
                self.redis.sadd(f"pw:muted:{chat}", "blockchain")
            case "follows" | "paused":
                self._follows.append((chat, seed == "paused"))

    def continues(self, chat: str, message: int) -> None:
        self._continued.append((chat, str(message)))

    def sow(self) -> None:
        """Keep what is kept through the store's own classes."""

        async def keep() -> None:
            store = Store.at(self._address)
            subscriptions, follow_ups = Subscriptions(store), RedisFollowUps(store)
            now = datetime.now(UTC)
            schedule = Schedule(
                (now + timedelta(hours=12)).time().replace(second=0, microsecond=0), Zone("UTC")
            )
            wish = Wish(schedule, ENGLISH, 0, person="telegram:1").to_json()
            run = schedule.next_run(now)
            assert run
            for chat, paused in self._follows:
                made = await subscriptions.add(chat, "rag", wish, run.timestamp(), limit=50)
                assert made
                if paused:
                    await subscriptions.pause(made.id, "paused by a person")
            for chat, message in self._continued:
                await follow_ups.put(Address(*chat.split(":", 1)), message, f"/ask {LATEX}")
            await store.close_all()

        asyncio.run(keep())
        self._follows, self._continued = [], []

    def state(self) -> dict[str, bytes | None]:
        """Return all that commands can change, by key."""
        keys = [key for key in self.redis.scan_iter(count=5000) if STATE.fullmatch(key)]
        raw = Redis(unix_socket_path=self._address.removeprefix("unix://"))
        with raw.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.dump(key)
            return dict(zip(keys, pipe.execute(), strict=True))


class Place:
    """Where a cell is played, and by whom. `there` is another chat as one names it, `key` one as it is kept."""

    def __init__(self, cell: Cell, person: str, chat: str, there: str, key: str) -> None:
        names = {"paper": LATEX, "plain": PLAIN, "there": there, "key": key}
        self.person, self.chat, self.there = person, chat, there
        self.line = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], cell.line.typed)


class Side:
    """One bot on one platform."""

    def __init__(self, seeds: Seeds) -> None:
        self.seeds = seeds

    def sentence(self, cell: Cell) -> str:
        """Return with what the cell is refused."""
        return RIGHTS.sentence(cell).replace("{there}", self.place(cell).there).replace("`", "")

    def place(self, cell: Cell) -> Place:
        """Return where a cell is played."""
        raise NotImplementedError

    def seed(self, cell: Cell, place: Place, scope: str, there: str) -> None:
        """Let the table be true of the place."""
        if cell.row.person == "owner":
            self.seeds.own(place.person)
        if cell.row.person in ("person", "allowed member"):
            self.seeds.allow(place.person)
        elif cell.row.served:
            self.seeds.allow(scope)
        self.seeds.put(there if cell.line.kind in ("there", "elsewhere") else place.chat, cell.line.seed)


class OnTelegram(Side):
    """Each cell in a chat of its own, with people of its own."""

    fake: TelegramFake
    _numbers = itertools.count(10_000)  # no chat of one bot is another's: they share a store

    def __init__(self, fake: TelegramFake, seeds: Seeds) -> None:
        super().__init__(seeds)
        self.fake = fake
        self._alerts: dict[str, str] = {}
        self._read = 0
        self._places: dict[Cell, tuple[Place, Chat, User, Sent]] = {}

    def ready(self) -> bool:
        return bool(self.fake.called("getUpdates"))

    def prepare(self, cell: Cell) -> None:
        row, number = cell.row, next(self._numbers)
        ada = self.fake.user(number, "Ada", "en")
        manages = row.person == "manager"
        chat = self._chat(row.chat, number, [ada] if manages else [])
        there = self._chat("channel", next(self._numbers), [ada] if cell.line.kind == "there" else [])
        person = f"telegram:{ada.id}"
        if row.person in ("itself", "anonymous"):
            person = f"telegram:{chat.id}"
        elif row.person == "as a channel":
            person = f"telegram:{there.id - 1}"
        place = Place(cell, person, f"telegram:{chat.id}", str(there.id), f"telegram:{number}")
        thread = TOPIC if chat.forum else None
        under = Sent(self.fake.world.message_id(chat), chat.id, "An answer.", [], thread=thread)
        self.seed(cell, place, place.chat, f"telegram:{there.id}")
        if cell.way == "r":
            self.seeds.continues(place.chat, under.id)
        self._places[cell] = place, chat, ada, under

    def _chat(self, kind: str, number: int, admins: list[User]) -> Chat:
        if kind == "private":
            made = Chat(number, kind, "Ada")
        elif kind == "group":
            made = Chat(-number, kind, "Group", admins)
        elif kind == "forum":
            made = Chat(-1_001_000_000_000 - number, "supergroup", "Forum", admins, True, {TOPIC: True})
        else:
            made = Chat(-1_001_500_000_000 - number, kind, "Channel", admins)
        self.fake.world.chats[made.id] = made
        return made

    def ask(self, cell: Cell) -> str | None:
        """Do as the person does; return the press if it was one."""
        place, chat, ada, under = self._places[cell]
        if cell.way == "p":
            return self.fake.callback(chat, ada, place.line, self.fake.world.shown(under))
        anonymous = cell.row.person == "anonymous"
        if cell.way == "r":
            self.fake.reply(under, ada, "accuracy?", anonymous=anonymous)
            return None
        other = (
            Chat(int(place.person.partition(":")[2]), "channel", "Other")
            if cell.row.person == "as a channel"
            else None
        )
        user = None if cell.row.person == "itself" else ada
        self.fake.say(
            chat,
            user,
            place.line,
            thread=TOPIC if chat.forum else None,
            as_channel=other,
            anonymous=anonymous,
        )
        return None

    def said(self, cell: Cell, press: str | None) -> str:
        """Return what was answered: what all see, and what stood in a pop-up."""
        answers = self.fake.world.answers
        while self._read < len(answers):
            answer = answers[self._read]
            self._alerts[str(answer["callback_query_id"])] = str(answer.get("text") or "")
            self._read += 1
        _, chat, *_ = self._places[cell]
        return "\n".join(
            filter(None, (*(sent.text for sent in chat.sent), self._alerts.get(press or "", "")))
        )

    def place(self, cell: Cell) -> Place:
        return self._places[cell][0]

    def posted(self, cell: Cell) -> int:
        """Return how many messages all see."""
        return len(self._places[cell][1].sent)


class OnDiscord(Side):
    """Each cell in a server of its own, with people of its own."""

    fake: DiscordFake

    def __init__(self, fake: DiscordFake, seeds: Seeds) -> None:
        super().__init__(seeds)
        self.fake = fake
        self._places: dict[Cell, tuple[Place, Channel, Any, Message]] = {}

    def ready(self) -> bool:
        return bool(self.fake.rest.commands and self.fake.gateway.sessions)

    def prepare(self, cell: Cell) -> None:
        row, world = cell.row, self.fake.world
        bea, guild, other = world.user("bea"), world.guild(), world.guild()
        roles = [MANAGE_GUILD] if row.person == "manager" else []
        own = [Overwrite(bea.id, allow=MANAGE_CHANNELS)] if row.person == "channel's manager" else []
        world.join(guild, bea, *roles)
        world.join(other, bea, *([MANAGE_CHANNELS] if cell.line.kind == "there" else []))
        there = world.channel(other, "there")
        channel = world.channel(guild, "papers", *own)
        where = f"discord:{channel.id}"
        scope = f"discord:guild:{guild.id}"
        if row.chat == "thread":
            channel = world.thread(channel)
        elif row.chat == "direct":
            channel = Channel(world.snowflake(), 1, recipient=bea)
            world.channels[channel.id] = channel
            where = scope = f"discord:{channel.id}"
        place = Place(cell, f"discord:{bea.id}", where, f"<#{there.id}>", f"discord:{world.snowflake()}")
        under = Message(world.snowflake(), channel, world.bot, "An answer.")
        self.seed(cell, place, scope, f"discord:{there.id}")
        if cell.way == "r":
            self.seeds.continues(f"discord:{channel.id}", under.id)
        self._places[cell] = place, channel, bea, under

    def ask(self, cell: Cell) -> Interaction | int:
        """Do as the person does; return the interaction, or how much had been said before."""
        place, channel, bea, under = self._places[cell]
        if cell.way == "p":
            return self.fake.press(under, place.line, bea, there=False)
        if cell.way == "r":
            self.fake.say(channel, bea, "accuracy?", to=under)
            return len(self.fake.world.sent)
        command = COMMANDS[cell.line.command]
        words = command._split(place.line.partition(" ")[2])
        kinds = {parameter.name: parameter.type for parameter in command.parameters}
        options: dict[str, Any] = {
            name: int(word) if kinds[name] is int else word for name, word in words.items() if word
        }
        return self.fake.slash(channel, bea, command.name, known=command.listed, **options)

    def said(self, cell: Cell, asked: Interaction | int) -> str:
        """Return what was answered."""
        if isinstance(asked, Interaction):
            return "\n".join(message.text for message in asked.messages if message is not asked.source)
        _, channel, *_ = self._places[cell]
        sent = self.fake.world.sent[asked:]
        return "\n".join(m.text for m in sent if m.channel is channel and m.author is self.fake.world.bot)

    def place(self, cell: Cell) -> Place:
        return self._places[cell][0]

    def posted(self, cell: Cell) -> int:
        """Return 0: nothing on Discord is answered by a pop-up."""
        return 0


Played = OnTelegram | OnDiscord


def play(side: Played, cells: Sequence[Cell], asked: dict[Cell, Any]) -> list[str]:
    """Play all cells, a few at a time; return what came out otherwise than the table says."""
    todo, under_way, wrong = deque(cells), dict[Cell, Any](), list[str]()
    again = dict[Cell, int]()

    def over(cell: Cell) -> bool:
        said = side.said(cell, under_way[cell])
        if cell.outcome == "done":  # which may grow for a while
            return cell.line.shows in said
        return bool(said.strip()) and not said.rstrip().endswith(" …")

    while todo or under_way:
        while todo and len(under_way) < AT_ONCE:
            cell = todo.popleft()
            under_way[cell] = asked[cell] = side.ask(cell)
        try:
            side.fake.wait(lambda: any(map(over, under_way)), 20)
        except (TimeoutError, AssertionError):
            return [*wrong, *(f"{cell}: {side.said(cell, under_way[cell])[:160]!r}" for cell in under_way)]
        for cell in [cell for cell in under_way if over(cell)]:
            said = side.said(cell, under_way.pop(cell))
            # A channel's pop-up does not wait for long: on a machine with much to do, it may not wait for a refusal.
            late = cell.outcome not in DONE and RIGHTS.outcomes["aside"] in said
            if late and again.setdefault(cell, 0) < 10:
                again[cell] += 1
                todo.append(cell)
            elif not right(side, cell, said):
                wrong.append(f"{cell}: {said[:160]!r}")
    return wrong


def right(side: Played, cell: Cell, said: str) -> bool:
    """Whether the answer is what the table says."""
    if cell.outcome == "done":
        return cell.line.shows in said
    if cell.outcome == "aside":
        others = [name for name in RIGHTS.outcomes if name not in DONE]
        return not side.posted(cell) and not any(RIGHTS.outcomes[name] in said for name in others)
    # Nor does a channel see what its readers may not do.
    open_to_all = cell.row.chat != "channel" or cell.way != "p" or cell.row.person == "manager"
    return side.sentence(cell) in said.replace("`", "") and (open_to_all or not side.posted(cell))


class Bots:
    """One process for each kind of access, on two platforms each, over one store."""

    def __init__(
        self, sides: dict[tuple[str, str], Played], seeds: Seeds, env: dict[str, str], openai: OpenAIFake
    ) -> None:
        self.sides, self.seeds, self.env, self.openai = sides, seeds, env, openai
        self.asked: dict[Cell, Any] = {}

    def side(self, row: Row) -> Played:
        return self.sides[row.access, "telegram" if row.chat in TELEGRAM else "discord"]

    def play(self, cells: Sequence[Cell]) -> list[str]:
        """Play cells on all platforms of all bots at once."""
        by_side: dict[Played, list[Cell]] = {}
        for cell in cells:
            by_side.setdefault(self.side(cell.row), []).append(cell)
        with ThreadPoolExecutor(len(by_side) or 1) as threads:
            played = threads.map(lambda side: play(side, by_side[side], self.asked), by_side)
            return [wrong for found in played for wrong in found]


def run(env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a bot that has room for all that it wants to log."""
    with log.open("wb") as written:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], env=env, cwd=env["HOME"], stderr=written
        )


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    directory = tmp_path_factory.mktemp("rights")
    fakes: list[FakeServer] = []
    with ArxivFake(corpus=small_corpus()) as arxiv, OpenAIFake() as openai:
        few = {"ARXIV_CATEGORIES": "cs.LG cs.CL", "SUBSCRIPTIONS_PER_CHAT": "50"}
        env = environment(directory, arxiv.settings(), openai.settings(), few)
        processes = []
        seeds = Seeds(directory / "valkey.sock")
        sides: dict[tuple[str, str], Played] = {}
        try:
            for access in RIGHTS.modes:
                telegram, discord = TelegramFake().start(), DiscordFake().start()
                fakes += [telegram, discord]
                own = {**env, **telegram.settings(), **discord.settings(), "ACCESS": access, "OWNERS": "1"}
                processes.append(run(own, directory / f"{access}.log"))
                sides[access, "telegram"] = OnTelegram(telegram, seeds)
                sides[access, "discord"] = OnDiscord(discord, seeds)
            for side in sides.values():
                side.fake.wait(side.ready, 60)
            yield Bots(sides, seeds, env, openai)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)
            for each in fakes:
                each.stop()
            for server in valkeys(directory):
                server.terminate()
                server.wait(10)


def test_every_command_has_its_rights() -> None:
    assert {line.command for line in RIGHTS.lines} == set(COMMANDS)


def test_the_document_is_the_table() -> None:
    assert (ROOT / "docs/rights.md").read_text().endswith(document(RIGHTS))


@pytest.mark.timeout(300)
def test_every_cell(bots: Bots) -> None:
    """First all that is refused, after which nothing has changed and no model was asked; then all the rest."""
    cells = [cell for cell in RIGHTS.cells() if cell.row.chat != "console"]
    for cell in cells:
        bots.side(cell.row).prepare(cell)
    bots.seeds.sow()
    refused = [cell for cell in cells if cell.outcome not in DONE]
    before = bots.seeds.state()
    assert bots.play(refused) == []
    assert bots.seeds.state() == before
    assert bots.openai.requests == []
    done = [cell for cell in cells if cell.outcome in DONE]
    listing = [cell for cell in done if cell.line.command == "allowed"]
    assert bots.play([cell for cell in done if cell not in listing]) == []
    for cell in done:
        if cell.line.typed == "/help" and cell.outcome == "done":  # nobody is offered what is not for them
            shown = bots.side(cell.row).said(cell, bots.asked[cell])
            offered = {name for name in COMMANDS if re.search(rf"/{name}\b", shown)}
            owners = {name for name, command in COMMANDS.items() if command.owner_only}
            assert offered & owners == (owners if cell.row.outcomes["owner"] == "done" else set()), cell
            assert not any(not COMMANDS[name].listed for name in offered), cell
    bots.seeds.redis.delete("pw:allowed")  # a list of all of them fills many messages
    bots.seeds.allow("telegram:1")
    assert bots.play(listing) == []


def test_the_console(bots: Bots) -> None:
    """Whoever sits at the machine owns the bot, and has no other chats there."""
    cells = [cell for cell in RIGHTS.cells() if cell.row.chat == "console"]
    places = {
        cell: Place(cell, "console:local", "console:local", "-1001500000001", "telegram:9") for cell in cells
    }
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
    """What others have asked of late is not told to anybody else."""
    side = bots.sides["listed", "discord"]
    assert isinstance(side, OnDiscord)
    discord, papers = side.fake, dict[bool, list[Any]]()
    for served in (True, False):
        channel, ada = discord.lab()
        assert channel.guild
        if served:
            bots.seeds.allow(f"discord:guild:{channel.guild.id}")
        asked = discord.autocomplete(channel, ada, "summarize", paper="25")
        papers[served] = asyncio.run(asked.suggestions())
    assert papers == {True: papers[True], False: []}
    assert LATEX in papers[True]
