"""What every bot of test_rights.py has, whatever its platform: chats that hold something, cells that are played there."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis

from bot.chat.command import Command
from bot.chat.request import Address
from bot.editions.when import Schedule
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.language import ENGLISH
from bot.store.client import Store
from bot.store.followups import RedisFollowUps
from bot.store.quotas import Ceilings, Payer, Quotas, Spent
from bot.store.subscriptions import Subscriptions
from tests.contracts.rights import DONE, Cell, Rights
from tests.fakes.arxiv_small import LATEX, PLAIN
from tests.fakes.discord import DiscordFake
from tests.fakes.telegram import TelegramFake
from tests.test_documents import declared

RIGHTS = Rights()
COMMANDS: dict[str, Command] = {command.name: command for command in declared()}
AT_ONCE = 12  # cells on their way to one bot on one platform: Discord wants to hear within 3 s
TO_BOT = "https://t.me/"
STATE = re.compile(r"pw:(language|chosen|muted|taste|subs?|allowed|owners|ended):?.*")


class Seeds:
    """What a chat holds before it is asked anything."""

    def __init__(self, path: Path) -> None:
        self.redis = Redis(unix_socket_path=str(path), decode_responses=True)
        self._address = f"unix://{path}"
        self._follows: list[tuple[str, bool]] = []
        self._continued: list[tuple[str, str]] = []
        self._spent: list[tuple[Payer, Spent]] = []

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

    def spend(self, chat: str, person: str, what: str, times: int = 1) -> None:
        """Let a day's model calls, or the money for them, be used up in a chat by a person; often enough, the bot's too."""
        spent = Spent(calls=300 * times) if what == "calls" else Spent(calls=1, money=10.0 * times)
        self._spent.append((Payer(chat, person), spent))

    def sow(self) -> None:
        """Keep what is kept through the store's own classes."""

        async def keep() -> None:
            store = Store.at(self._address)
            subscriptions, follow_ups = Subscriptions(store), RedisFollowUps(store)
            quotas = Quotas(store, Ceilings(0, 0, 0))
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
            for payer, spent in self._spent:
                await quotas.spend(payer, spent)
            await store.close_all()

        asyncio.run(keep())
        self._follows, self._continued, self._spent = [], [], []

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

    def __init__(self, cell: Cell, person: str, chat: str, there: str, key: str, **more: str) -> None:
        names = {"paper": LATEX, "plain": PLAIN, "there": there, "key": key, **more}
        self.person, self.chat, self.there = person, chat, there
        self.line = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], cell.line.typed)


class Side:
    """One bot on one platform."""

    fake: TelegramFake | DiscordFake

    def __init__(self, seeds: Seeds) -> None:
        self.seeds = seeds
        self._to_fill_in: dict[Cell, str] = {}  # what is said when a button asks
        self.filled_in: set[Cell] = set()

    def ready(self) -> bool:
        """Tell whether the bot listens."""
        raise NotImplementedError

    def prepare(self, cell: Cell) -> None:
        """Make the chat, the person, and what the table says of them."""
        raise NotImplementedError

    def ask(self, cell: Cell) -> Any:
        """Do as the person does; return by what `said` finds the answer."""
        raise NotImplementedError

    def said(self, cell: Cell, asked: Any) -> str:
        """Return what was answered, a question not."""
        raise NotImplementedError

    def asks(self, cell: Cell, asked: Any) -> bool:
        """Tell whether a button has asked for words, which it has not got yet."""
        raise NotImplementedError

    def go_on(self, cell: Cell, asked: Any) -> None:
        """Say the words, if the bot has got as far as to understand them."""
        raise NotImplementedError

    def posted(self, cell: Cell) -> int:
        """Return how many messages all see where a pop-up is meant for one."""
        raise NotImplementedError

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

    def words(self, cell: Cell) -> str:
        """Return what the person of a cell says when asked, which they do once."""
        self.filled_in.add(cell)
        return self._to_fill_in.pop(cell)

    def carried(self, cell: Cell) -> str:
        """Return what the button of a cell carries; of one that asks, what the line ends with is still to be said."""
        line = self.place(cell).line
        if cell.press == "asks":
            words = last_words(line)
            if words:
                self._to_fill_in[cell] = words
                return f"?{line.removesuffix(words).rstrip()}"
            return line if COMMANDS[cell.line.command].parameters else f"?{line}"
        return line if cell.press == "plain" else f"~{line}"


def last_words(line: str) -> str:
    """Return what a command line says of the command's last parameter."""
    command = COMMANDS[line.split(maxsplit=1)[0].removeprefix("/")]
    words = command._split(line.partition(" ")[2])
    said = words[command.parameters[-1].name] if command.parameters else ""
    return said if line.endswith(said) else ""


def play(side: Side, cells: Sequence[Cell], asked: dict[Cell, Any]) -> list[str]:
    """Play all cells, a few at a time; return what came out otherwise than the table says."""
    todo, under_way, wrong = deque(cells), dict[Cell, Any](), list[str]()
    again = dict[Cell, int]()

    def over(cell: Cell) -> bool:
        said = side.said(cell, under_way[cell])
        if cell.outcome == "done":  # which may grow for a while
            return cell.line.shows in said
        return bool(said.strip()) and not said.rstrip().endswith(" …")

    def moved() -> bool:
        return any(over(cell) or side.asks(cell, asked) for cell, asked in under_way.items())

    while todo or under_way:
        while todo and len(under_way) < AT_ONCE:
            cell = todo.popleft()
            under_way[cell] = asked[cell] = side.ask(cell)
        try:
            side.fake.wait(moved, 20)
        except (TimeoutError, AssertionError):
            return [*wrong, *(f"{cell}: {side.said(cell, under_way[cell])[:160]!r}" for cell in under_way)]
        for cell in [cell for cell, asked in under_way.items() if side.asks(cell, asked)]:
            side.go_on(cell, under_way[cell])
        for cell in [cell for cell in under_way if over(cell)]:
            said = side.said(cell, under_way.pop(cell))
            # A channel's pop-up does not wait for long: on a machine with much to do, it may not wait for a refusal.
            late = cell.outcome not in DONE and (RIGHTS.outcomes["aside"] in said or said.startswith(TO_BOT))
            if late and again.setdefault(cell, 0) < 10:
                again[cell] += 1
                todo.append(cell)
            elif not right(side, cell, said):
                wrong.append(f"{cell}: {said[:160]!r}")
    return wrong


def right(side: Side, cell: Cell, said: str) -> bool:
    """Whether the answer is what the table says."""
    if cell.outcome == "done":
        return cell.line.shows in said
    if cell.outcome == "aside":
        others = [name for name in RIGHTS.outcomes if name not in DONE]
        return not side.posted(cell) and not any(RIGHTS.outcomes[name] in said for name in others)
    # Nor does a channel see what its readers may not do.
    open_to_all = cell.row.chat != "channel" or cell.way != "p" or cell.row.person == "manager"
    return side.sentence(cell) in said.replace("`", "") and (open_to_all or not side.posted(cell))
