"""The cells of rights.toml on a Telegram on the wire: each in a chat of its own, with people of its own."""

from __future__ import annotations

import itertools

from tests.contracts.rights import Cell
from tests.contracts.rights_side import Place, Seeds, Side
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User

TOPIC = 11


class OnTelegram(Side):
    """One bot on Telegram."""

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
        under = self._under(cell, chat)
        self.seed(cell, place, place.chat, f"telegram:{there.id}")
        if cell.way == "r":
            self.seeds.continues(place.chat, under.id)
        self._places[cell] = place, chat, ada, under

    def _under(self, cell: Cell, chat: Chat) -> Sent:
        """Make what a button stands under, or a reply is to."""
        if chat.type == "private" and cell.row.chat == "inline":
            made = self.fake.world.chosen[_inline(chat)] = Sent(0, 0, "An answer.", [])
            return made
        thread = TOPIC if chat.forum else None
        made = Sent(self.fake.world.message_id(chat), chat.id, "An answer.", [], thread=thread)
        if cell.press == "here":
            chat.sent.append(made)
        return made

    def _chat(self, kind: str, number: int, admins: list[User]) -> Chat:
        if kind in ("private", "inline"):
            made = Chat(number, "private", "Ada")
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
        if cell.way == "p" and cell.row.chat == "inline":
            pressed = self.fake.world.pressed_elsewhere(_inline(chat), ada, self.carried(cell))
            self.fake.update({"callback_query": pressed})
            return str(pressed["id"])
        if cell.way == "p":
            return self.fake.callback(chat, ada, self.carried(cell), self.fake.world.shown(under))
        if cell.way == "r":
            self.fake.reply(under, ada, "accuracy?", anonymous=cell.row.person == "anonymous")
            return None
        self.write(cell, place.line)
        return None

    def write(self, cell: Cell, words: str) -> int:
        """Let the person of a cell write something; return the message's id."""
        place, chat, ada, _ = self._places[cell]
        other = None
        if cell.row.person == "as a channel":
            other = Chat(int(place.person.partition(":")[2]), "channel", "Other")
        return self.fake.say(
            chat,
            None if chat.type == "channel" else ada,
            words,
            thread=TOPIC if chat.forum else None,
            as_channel=other,
            anonymous=cell.row.person == "anonymous",
        )

    def said(self, cell: Cell, asked: str | None) -> str:
        """Return what was answered: what all see, and what stood in a pop-up or which private chat was opened."""
        answers = self.fake.world.answers
        while self._read < len(answers):
            answer = answers[self._read]
            self._alerts[str(answer["callback_query_id"])] = str(
                answer.get("text") or answer.get("url") or ""
            )
            self._read += 1
        texts = [sent.text for sent in self._shown(cell) if sent.asks is None]
        return "\n".join(filter(None, (*texts, self._alerts.get(asked or "", ""))))

    def _shown(self, cell: Cell) -> list[Sent]:
        """Return what everybody sees that was not there before."""
        _, chat, _, under = self._places[cell]
        elsewhere = [under] if cell.row.chat == "inline" else []
        return [sent for sent in (*elsewhere, *list(chat.sent)) if sent is not under or sent.edits]

    def asks(self, cell: Cell, asked: str | None) -> bool:
        return cell in self._to_fill_in and self._question(cell) is not None

    def _question(self, cell: Cell) -> Sent | None:
        return next((sent for sent in self._shown(cell) if sent.asks is not None), None)

    def go_on(self, cell: Cell, asked: str | None) -> None:
        place, _, ada, _ = self._places[cell]
        question = self._question(cell)
        # It is there a moment before the bot knows of it.
        if question and self.seeds.redis.exists(f"pw:followup:{place.chat}:{question.id}"):
            self.fake.reply(question, ada, self.words(cell))

    def where(self, cell: Cell) -> tuple[Chat, User]:
        """Return the chat and the person of a cell."""
        return self._places[cell][1:3]

    def place(self, cell: Cell) -> Place:
        return self._places[cell][0]

    def posted(self, cell: Cell) -> int:
        return len(self._shown(cell))


def _inline(chat: Chat) -> str:
    return f"inline-{chat.id}"
