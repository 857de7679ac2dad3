"""`@bot words` in any chat: what is offered, to whom, and the buttons under what was chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.language import Language
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Offered, User
from tests.platforms.telegram.conftest import Bot, texts
from tests.platforms.telegram.home import Home, Listed, Shelf
from tests.platforms.telegram.test_in_place import FAIL, LONG, REFUSE, TWO


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
def shelf(home: Home) -> Shelf:
    return Shelf(home)


@pytest.fixture
async def bot(telegram: TelegramFake, home: Home, shelf: Shelf) -> AsyncIterator[Bot]:
    telegram.methods.inline = True
    async with Bot(telegram, author=home, offers=shelf, guard=Listed("telegram:7")).running() as running:
        yield running


async def ask(telegram: TelegramFake, user: User, words: str, offset: str = "") -> Offered:
    query = telegram.inline(user, words, offset)
    await telegram.wait_for(lambda: query in telegram.world.offered)
    return telegram.offered(query)


async def test_what_is_offered(telegram: TelegramFake, bot: Bot, shelf: Shelf) -> None:
    """Titles and a line below, each sent as the renderer makes it; for this person alone, in their language."""
    ada = telegram.user(7, "Ada", "zh-hans")
    offered = await ask(telegram, ada, "RAG")
    (result, message), parameters = offered.results[0], offered.parameters
    assert (result["title"], result["description"]) == ("RAG <0>", "about & it")
    assert message.text == "Paper <0> of RAG"
    assert message.automatic == []
    # Nobody can be asked anything in a chat that is not ours.
    assert [len(row) for row in message.buttons] == [8]
    assert str(parameters["is_personal"]).lower() == "true"
    assert int(parameters["cache_time"]) == 60
    assert not parameters.get("next_offset")
    assert not parameters.get("button")
    (request,) = shelf.requests
    assert (request.language, request.actor.id, request.actor.manages) == (Language("zh-Hans"), "7", False)


async def test_page_by_page(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """As the person scrolls, to the end and no further; what is no place in the list begins it."""
    first = await ask(telegram, ada, "23")
    assert (first.titles[-1], first.parameters["next_offset"]) == ("23 <9>", "10")
    last = await ask(telegram, ada, "23", "20")
    assert last.titles == ["23 <20>", "23 <21>", "23 <22>"]
    assert not last.parameters.get("next_offset")
    assert (await ask(telegram, ada, "23", "-x")).titles == first.titles


async def test_whom_the_bot_does_not_serve(telegram: TelegramFake, bot: Bot, shelf: Shelf) -> None:
    """Gets a way to the private chat and nothing else, which opens with a hello."""
    bob = telegram.user(8, "Bob")
    offered = await ask(telegram, bob, "RAG")
    assert offered.results == []
    assert shelf.requests == []
    assert str(offered.parameters["is_personal"]).lower() == "true"
    button = offered.parameters["button"]
    assert button["text"] == "Ask me in a private chat"
    chat = telegram.private(bob)
    telegram.say(chat, bob, f"/start {button['start_parameter']}")
    await telegram.wait_for(lambda: texts(telegram, chat) == ["Hello"])


async def test_what_is_not_at_hand(telegram: TelegramFake, bot: Bot, shelf: Shelf, ada: User) -> None:
    """A private chat looks for it: for a topic at once, for words that no link can carry after a hello."""
    shelf.only = "3"
    for words, payload in (
        (" RAG", "topic_rag"),
        ("long-context", "topic_long-context"),
        ("ti:x y", "inline"),
    ):
        offered = await ask(telegram, ada, words)
        assert offered.results == []
        assert offered.parameters["button"] == {
            "text": "Ask me in a private chat",
            "start_parameter": payload,
        }
    # Beyond the last page there is nothing to say.
    assert not (await ask(telegram, ada, "3", "10")).parameters.get("button")


async def test_a_link_among_words(telegram: TelegramFake, bot: Bot, shelf: Shelf, ada: User) -> None:
    """Is found where the words as they stand find nothing."""
    shelf.only = "2406.15319"
    assert (await ask(telegram, ada, "see 2406.15319!")).titles == ["2406.15319 <0>"]
    assert (await ask(telegram, ada, "see nothing")).parameters["button"]["start_parameter"] == "inline"


async def test_what_goes_wrong(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Is an empty list; an answer that comes too late is nobody's any more."""
    assert (await ask(telegram, ada, "boom")).results == []
    telegram.refuse(
        "answerInlineQuery",
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    telegram.inline(ada, "late")
    telegram.update({"inline_query": {"id": 5}})
    assert (await ask(telegram, ada, "then")).titles == ["then <0>"]


async def test_without_anything_to_offer(telegram: TelegramFake, ada: User) -> None:
    telegram.methods.inline = True
    async with Bot(telegram).running():
        assert (await ask(telegram, ada, "RAG")).results == []


async def test_a_button_under_what_was_chosen(
    telegram: TelegramFake, bot: Bot, home: Home, ada: User
) -> None:
    """Changes that message, in a chat of which the bot knows nothing; of a long answer it holds the beginning and a way to all of it."""
    message = telegram.choose(await ask(telegram, ada, "RAG"), 0)
    sent = telegram.world.chosen[message]
    for column, said in ((TWO, "Tab two"), (TWO, "Tab two"), (LONG, "word ")):
        telegram.press_elsewhere(message, 0, column, ada)
        await telegram.wait_for(lambda said=said: sent.text.startswith(said))  # type: ignore[misc]
    await telegram.wait_for(
        lambda: len(telegram.called("editMessageText")) == 3 and not telegram.world.callbacks
    )
    assert [len(row) for row in sent.buttons] == [8, 1]
    assert sent.buttons[1][0]["url"] == "https://t.me/paperwire_bot?start=inline"
    assert [(r.private, r.actor.manages, r.address.chat) for r in home.requests] == [(False, False, "7")] * 3
    assert telegram.called("sendMessage") == telegram.called("sendChatAction") == []


async def test_what_only_its_person_should_read(
    telegram: TelegramFake, bot: Bot, home: Home, ada: User
) -> None:
    """A refusal is a pop-up; what fails later is said in private, and the message stays."""
    message = telegram.choose(await ask(telegram, ada, "RAG"), 0)
    bob, chat = telegram.user(8, "Bob"), telegram.private(ada)
    telegram.press_elsewhere(message, 0, REFUSE, ada)
    telegram.press_elsewhere(message, 0, TWO, bob)
    await telegram.wait_for(lambda: len(telegram.world.answers) == 2)
    said = sorted(str(answer["text"]) for answer in telegram.world.answers)
    assert said == [
        "Only people who may manage this chat can do that.",
        "This bot serves the chats that its owner has allowed; please ask the owner.",
    ]
    telegram.press_elsewhere(message, 0, FAIL, ada)
    await telegram.wait_for(lambda: len(telegram.world.answers) == 3)
    home.gate.set()
    await telegram.wait_for(lambda: telegram.messages(chat))
    assert texts(telegram, chat)[0].startswith("The arXiv has no paper")
    assert telegram.world.chosen[message].text == "Paper <0> of RAG"


async def test_pauses_while_editing(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Are borne with."""
    message = telegram.choose(await ask(telegram, ada, "RAG"), 0)
    telegram.throttle("editMessageText", 1)
    telegram.drop("editMessageText", after=False)
    telegram.press_elsewhere(message, 0, TWO, ada)
    await telegram.wait_for(lambda: telegram.world.chosen[message].text == "Tab two")


async def test_a_paper_that_was_sent_through_us_gets_no_card(
    telegram: TelegramFake, bot: Bot, home: Home, ada: User
) -> None:
    group = telegram.supergroup()
    telegram.say(group, ada, "arxiv.org/abs/2406.15319", via_bot=telegram.world.bot.json())
    await ask(telegram, ada, "then")
    telegram.say(group, ada, "/tab one")
    await telegram.wait_for(lambda: telegram.messages(group))
    assert texts(telegram, group) == ["Tab one"]
