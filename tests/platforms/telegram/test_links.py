"""Links to the bot, and links to papers that people post."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from bot.chat.invitation import ADD_TO_GROUP
from bot.chat.reply import Button, Buttons, Paragraph, Reply
from bot.chat.request import Call
from bot.chat.text import text
from bot.platforms.telegram.links import PAYLOAD, opened, payload_of, to_bot
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import Bot, texts
from tests.platforms.telegram.home import Home


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
async def bot(telegram: TelegramFake, home: Home) -> AsyncIterator[Bot]:
    async with Bot(telegram, author=home).running() as running:
        yield running


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        ("2406-15319", ("summarize", "2406.15319")),
        ("2406_15319v2", ("summarize", "2406.15319v2")),
        ("2406.15319", ("summarize", "2406.15319")),
        ("arxiv-2406-15319", ("summarize", "2406.15319")),
        ("0704-0001", ("summarize", "0704.0001")),
        ("hep-th_9901001", ("summarize", "hep-th/9901001")),
        ("math-GT_0309136v1", ("summarize", "math/0309136v1")),
        ("cs_0101001", ("summarize", "cs/0101001")),
        ("topic_rag", ("topic", "rag")),
        ("topic-long-context", ("topic", "long-context")),
        ("inline", ("start", "")),
    ],
)
def test_what_a_payload_asks(payload: str, asked: tuple[str, str]) -> None:
    assert opened(payload) == Call(*asked)


@pytest.mark.parametrize(
    "payload", ["", "ABCD2345", "2345-6789", "2413-15319", "topic_", "topic_a b", "ref42", "9" * 64]
)
def test_what_asks_nothing(payload: str) -> None:
    """Among it the code of the first start."""
    assert opened(payload) is None


@pytest.mark.parametrize(
    "line", ["/summarize 2406.15319v2", "/summarize hep-th/9901001", "/topic rag", "/topic long-context"]
)
def test_there_and_back(line: str) -> None:
    payload = payload_of(line)
    assert payload
    assert PAYLOAD.fullmatch(payload)
    assert opened(payload) == Call.parse(line)
    assert to_bot("paperwire_bot", payload) == f"https://t.me/paperwire_bot?start={payload}"


@pytest.mark.parametrize("line", ["/takeaways 2406.15319v2", "/summarize 2406.15319v2 deep zh"])
def test_what_is_about_a_paper(line: str) -> None:
    """Leads to the paper."""
    assert payload_of(line) == "2406-15319v2"


@pytest.mark.parametrize("line", ["/help", "/summarize not-an-id", "/topic ti:rag", "/topic " + "x" * 70])
def test_what_no_link_carries(line: str) -> None:
    assert payload_of(line) is None


async def test_a_link_opens_a_paper(telegram: TelegramFake, bot: Bot, ada: User, chat: Chat) -> None:
    """And a topic, in private and in a group that one chose for it; else it says hello."""
    group = telegram.supergroup()
    telegram.say(chat, ada, "/start 2406-15319v2")
    telegram.say(group, ada, "/start@paperwire_bot topic_rag")
    await telegram.wait_for(lambda: telegram.messages(chat) and telegram.messages(group))
    telegram.say(chat, ada, "/start ABCD2345")
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 2)
    telegram.say(chat, ada, "/start ref_from_elsewhere")
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 3)
    assert texts(telegram, chat) == ["Summary of 2406.15319v2", "Hello ABCD2345", "Hello"]
    assert texts(telegram, group) == ["Topic rag"]


async def test_links_that_add_the_bot(telegram: TelegramFake, bot: Bot, ada: User, chat: Chat) -> None:
    """Telegram's own, with this bot's name and the one right that a channel needs."""
    telegram.say(chat, ada, "/start")
    await telegram.wait_for(lambda: telegram.messages(chat))
    assert [button["url"] for button in telegram.messages(chat)[0].buttons[0]] == [
        "https://t.me/paperwire_bot?startgroup",
        "https://t.me/paperwire_bot?startchannel&admin=post_messages",
    ]
    # What is sent unasked may leave before anybody knows the name: it stands without them.
    reply = Reply((Paragraph(text("Later")), Buttons(((Button("Group", url=ADD_TO_GROUP),),))))
    assert [json.loads(message).get("keyboard", []) for message in bot.platform.compose(reply)] == [[]]


LINK = "https://arxiv.org/abs/2406.15319v2"


@pytest.mark.parametrize(
    ("said", "extra"),
    [
        (f"look: {LINK}", {}),
        (f"（{LINK}）", {}),
        (f"two: {LINK} and https://arxiv.org/abs/2406.00001", {}),
        ("", {"photo": [{"file_id": "f", "file_unique_id": "f", "width": 1, "height": 1}], "caption": LINK}),
        ("this one", {"entities": [{"type": "text_link", "offset": 0, "length": 4, "url": LINK}]}),
        (LINK, {"forward_origin": {"type": "channel", "date": 1, "message_id": 5, "chat": {"id": -1, "type": "channel", "title": "C"}}}),
    ],
)  # fmt: skip
async def test_a_link_in_a_group(
    telegram: TelegramFake, bot: Bot, home: Home, ada: User, said: str, extra: dict[str, object]
) -> None:
    """Gets one card, beneath it, for the first paper in it."""
    group = telegram.supergroup()
    message = telegram.say(group, ada, said, **extra)  # type: ignore[arg-type]
    await telegram.wait_for(lambda: telegram.messages(group))
    (card,) = telegram.messages(group)
    assert (card.text.replace("\u2060", ""), card.reply_to) == (f"Card of {LINK}", message)
    assert home.requests[0].call.name == "card"


async def test_what_gets_no_card(telegram: TelegramFake, bot: Bot, home: Home, ada: User, chat: Chat) -> None:
    """Numbers, other addresses, other bots, edits, channels, and a link to nothing; in private a link is a question."""
    group, channel = telegram.supergroup(), telegram.channel("News")
    robot = type(ada)(9, "Robot", is_bot=True)
    for said in (
        "2406.15319",
        "https://arxiv.org/list/cs.CL/new",
        "notarxiv.org/abs/2406.15319",
        "arXiv:2406.15319",
    ):
        telegram.say(group, ada, said)
    telegram.say(group, robot, LINK)
    telegram.say(group, ada, LINK, edited=True)
    telegram.say(group, ada, LINK, is_automatic_forward=True)
    telegram.say(channel, None, LINK)
    telegram.say(group, ada, "arxiv.org/abs/0000.00000")
    telegram.say(chat, ada, LINK)
    await telegram.wait_for(lambda: telegram.messages(chat))
    telegram.say(group, ada, "/tab one")
    await telegram.wait_for(lambda: telegram.messages(group))
    assert [request.call.name for request in home.requests] == ["card", "tab"]
    assert (texts(telegram, group), telegram.messages(channel)) == (["Tab one"], [])
    assert texts(telegram, chat)[0].startswith("Summary of")


async def test_a_chat_without_cards(telegram: TelegramFake, bot: Bot, home: Home, ada: User) -> None:
    """Nothing is said, and nothing is left of having thought about it."""
    home.cards = False
    group = telegram.supergroup()
    telegram.say(group, ada, LINK)
    telegram.say(group, ada, "/tab one")
    await telegram.wait_for(lambda: len(home.requests) == 2 and telegram.messages(group))
    assert texts(telegram, group) == ["Tab one"]
    assert telegram.called("deleteMessage") == []


@pytest.mark.parametrize("how", ["privacy off", "administrator", "neither"])
async def test_whether_links_are_heard(telegram: TelegramFake, ada: User, how: str) -> None:
    """What Telegram tells a bot of a group depends on its privacy mode, and on its place there."""
    telegram.methods.reads_all = how == "privacy off"
    group = telegram.supergroup(admins=[telegram.world.bot] if how == "administrator" else [])
    async with Bot(telegram).running() as bot:
        await telegram.wait_for(lambda: telegram.called("getUpdates"))
        assert await bot.platform.hears(str(group.id)) is (how != "neither")
