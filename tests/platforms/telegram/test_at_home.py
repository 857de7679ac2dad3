"""The bot as a process, in chats of Telegram's: let in, asked, put out, and let in again."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console_process import environment, paperwire, started
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, small_corpus
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User

pytestmark = pytest.mark.timeout(180)
SECRET = "a-Secret_1"


class Town:
    """One process of the bot, whose owner is Ada; `listed` as it comes."""

    def __init__(self, telegram: TelegramFake, env: dict[str, str]) -> None:
        self.telegram, self.env = telegram, env
        self.ada, self.bob = telegram.user(7, "Ada", "en"), telegram.user(8, "Bob", "zh-hans")
        self.direct = telegram.private(self.ada)

    def latest(self, chat: Chat, after: int, timeout: float = 30) -> Sent:
        self.telegram.wait(lambda: len(self.telegram.messages(chat)) > after, timeout)
        return self.telegram.messages(chat)[-1]

    def says(self, chat: Chat, user: User, line: str, **extra: object) -> Sent:
        before = len(self.telegram.messages(chat))
        self.telegram.say(chat, user, line, **extra)  # type: ignore[arg-type]
        return self.latest(chat, before)

    def press(self, message: Sent, label: str, user: User) -> None:
        places = [
            (r, c) for r, row in enumerate(message.buttons) for c, b in enumerate(row) if b["text"] == label
        ]
        assert places, [b["text"] for row in message.buttons for b in row]
        self.telegram.press(message, *places[0], user)


@pytest.fixture(scope="module", params=["polled", "brought"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with ArxivFake(corpus=small_corpus()) as arxiv, TelegramFake() as telegram:
        telegram.methods.inline = telegram.methods.reads_all = True
        more = {"OWNERS": "telegram:7", "ARXIV_CATEGORIES": "cs.CL"}
        if request.param == "brought":
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            telegram.proxy = f"http://127.0.0.1:{port}"
            more |= {
                "TELEGRAM_WEBHOOK_URL": "https://bot.example/hook",
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
                "TELEGRAM_WEBHOOK_PORT": str(port),
            }
        env = environment(tmp_path_factory.mktemp("data"), arxiv.settings(), telegram.settings(), more)
        made = Town(telegram, env)
        with started("run", env=env) as process:
            try:
                telegram.wait(lambda: telegram.methods.webhook or telegram.called("getUpdates"), 60)
                yield made
            finally:
                process.terminate()
                _, log = process.communicate(timeout=20)
            assert process.returncode == 0
            assert SECRET not in log
            assert telegram.token not in log


def test_from_hello_to_an_edition_in_a_topic_and_out_again(town: Town) -> None:
    """One button follows a topic; put out, what is followed pauses at once, and who follows it hears of it; back, it is told."""
    telegram, ada = town.telegram, town.ada
    group = telegram.supergroup("Lab", [ada])
    telegram.member(group, ada, "left", "member")
    hello = town.latest(group, 0)
    assert len(hello.buttons) == len(hello.buttons[0]) == 1
    town.press(hello, "Follow a topic", town.bob)  # who may not choose for all
    telegram.wait(lambda: telegram.world.answers, 30)
    town.press(hello, "Follow a topic", ada)
    telegram.wait(lambda: len(hello.buttons) > 1, 30)
    town.press(hello, "Retrieval-augmented generation", ada)
    telegram.wait(lambda: "You follow" in hello.text, 30)
    assert len(telegram.messages(group)) == 1
    before = len(telegram.messages(town.direct))
    telegram.member(group, ada, "member", "kicked")
    told = town.latest(town.direct, before)
    assert "the bot was removed" in told.text
    telegram.member(group, ada, "kicked", "member")
    telegram.wait(lambda: len(telegram.messages(group)) == 3, 30)  # a hello, and what it owes
    back = telegram.messages(group)[-1]
    assert "paused: the bot was removed" in back.text
    town.press(back, "Resume", ada)
    telegram.wait(lambda: any("Resumed: 1" in sent.text for sent in telegram.messages(group)), 30)


def test_a_group_that_has_grown(town: Town) -> None:
    """Is known under its new id at once: what it follows, its language."""
    group = town.telegram.group("Small", [town.ada])
    town.says(group, town.ada, "/language zh")
    town.says(group, town.ada, "/subscribe RAG")
    new = town.telegram.grow(group, town.ada)
    assert "检索增强生成" in town.says(new, town.ada, "/subscriptions").text


def test_a_stranger_lets_it_in(town: Town) -> None:
    """One line says whom to ask, in their language."""
    channel = town.telegram.channel("News", [town.bob])
    town.telegram.member(channel, town.bob, "left", "administrator")
    said = town.latest(channel, 0)
    assert "/allow" in said.text.replace("\u2060", "")
    assert re.search("[一-鿿]", said.text)
    assert said.buttons == []


def test_a_card_for_a_link(town: Town) -> None:
    """Where the chat has asked for it; its buttons change it in place."""
    telegram, ada = town.telegram, town.ada
    group = telegram.supergroup("Talk", [ada])
    telegram.member(group, ada, "left", "member")
    town.latest(group, 0)
    telegram.say(group, ada, f"https://arxiv.org/abs/{LATEX}")
    town.says(group, ada, "/settings cards on")
    assert len(telegram.messages(group)) == 2
    card = town.says(group, ada, f"https://arxiv.org/abs/{LATEX}")
    assert "Attention by Folding Keys" in card.text
    town.press(card, "Takeaways", ada)
    telegram.wait(lambda: "Key takeaways" in card.text, 30)
    assert len(telegram.messages(group)) == 3


def test_links_to_the_bot(town: Town) -> None:
    card = town.says(town.direct, town.ada, f"/start {LATEX.replace('.', '-')}")
    assert "Attention by Folding Keys" in card.text
    hello = town.says(town.direct, town.ada, "/start")
    assert [b["url"].partition("?")[2] for b in hello.buttons[-1]] == [
        "startgroup",
        "startchannel&admin=post_messages",
    ]


def test_inline(town: Town) -> None:
    """A paper that was looked up is offered as it is written; a button under it changes it wherever it stands."""
    telegram, ada = town.telegram, town.ada
    town.says(town.direct, ada, f"/summarize {PLAIN}")
    offered = telegram.offered(telegram.inline(ada, PLAIN))
    assert len(offered.titles) == 1
    message = telegram.choose(offered, 0)
    town_message = telegram.world.chosen[message]
    assert "Sparse Experts Need Less Routing" in town_message.text
    takeaways = [b["text"] for b in town_message.buttons[0]].index("Takeaways")
    telegram.press_elsewhere(message, 0, takeaways, ada)
    telegram.wait(lambda: town_message.edits, 30)
    assert telegram.offered(telegram.inline(town.bob, PLAIN)).results == []


def test_a_question_is_put_and_answered(town: Town) -> None:
    telegram, ada = town.telegram, town.ada
    group = telegram.supergroup("Ask", [ada])
    telegram.member(group, ada, "left", "member")
    hello = town.latest(group, 0)
    town.press(hello, "Follow a topic", ada)
    telegram.wait(lambda: len(hello.buttons) > 1, 30)
    town.press(hello, "Another topic or query", ada)
    question = town.latest(group, 1)
    assert question.asks
    before = len(telegram.messages(group))
    telegram.reply(question, ada, "ti:folding at 09:00 in Berlin")
    assert "You follow" in town.latest(group, before).text


def test_owners_see_more(town: Town) -> None:
    town.telegram.wait(lambda: town.telegram.methods.menu("chat:7", "zh"), 30)
    menu = town.telegram.methods.menu
    assert "allow" in menu("chat:7")
    assert "allow" not in menu("all_private_chats")
    assert "subscribe" in menu("all_chat_administrators")
    assert "subscribe" not in menu("all_group_chats")
    assert not {"welcome", "pick", "card"} & set(menu("chat:7"))


def test_what_the_doctor_says(town: Town) -> None:
    """Of the two things that only the owner can switch on, and of the webhook."""
    town.telegram.methods.inline = town.telegram.methods.reads_all = False
    said = paperwire("doctor", env=town.env).stdout
    town.telegram.methods.inline = town.telegram.methods.reads_all = True
    (line,) = [line for line in said.splitlines() if "Telegram:" in line]
    assert "/setinline" in line
    assert "/setprivacy" in line
    assert ("the webhook is set" in line) is bool(town.telegram.methods.webhook)


def test_killed_again_and_again(tmp_path: Path) -> None:
    """Nothing that was asked is lost, though several runs end before they can answer; each is answered once."""
    with ArxivFake(corpus=small_corpus()) as arxiv, TelegramFake() as telegram:
        ada = telegram.user(7, "Ada", "zh-hans")
        chat = telegram.private(ada)
        arxiv.fail("hang", times=None, path="/api/query")
        env = environment(tmp_path, arxiv.settings(), telegram.settings(), {"OWNERS": "telegram:7"})
        for asked in ("/abstract " + LATEX, "/help", "/cite " + PLAIN):
            telegram.say(chat, ada, asked)
            seen = len(chat.actions)
            with started("run", env=env) as process:
                telegram.wait(lambda seen=seen: len(chat.actions) > seen and not telegram.updates, 60)  # type: ignore[misc]
                process.kill()
                process.communicate(timeout=20)
        arxiv.recover()
        with started("run", env=env) as process:
            try:
                wanted = ("Attention by Folding Keys", "命令", "Sparse Experts")
                telegram.wait(
                    lambda: all(any(w in sent.text for sent in telegram.messages(chat)) for w in wanted), 90
                )
            finally:
                process.terminate()
                process.communicate(timeout=20)
        assert len(telegram.messages(chat)) == 3


def test_no_webhook_without_a_secret(tmp_path: Path) -> None:
    """The bot does not start."""
    with TelegramFake() as telegram:
        more = {"TELEGRAM_WEBHOOK_URL": "https://bot.example/hook", "OWNERS": "telegram:7"}
        done = paperwire("run", env=environment(tmp_path, telegram.settings(), more))
        assert done.returncode != 0
        assert "TELEGRAM_WEBHOOK_SECRET" in done.stderr + done.stdout
        assert telegram.calls == []
