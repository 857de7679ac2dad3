"""Forums: every topic is a place of its own, the general one too."""

from __future__ import annotations

import pytest

from bot.chat.reply import say
from bot.chat.request import Address
from bot.errors import ThreadGone
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import User
from tests.platforms.telegram.conftest import Bot, texts
from tests.platforms.telegram.home import Home


@pytest.mark.parametrize("thread", [None, 11])
async def test_what_is_followed_is_followed_there(
    telegram: TelegramFake, ada: User, thread: int | None
) -> None:
    """In the topic where somebody said so; in the general one, whose messages name none. What is sent later goes there."""
    forum, home = telegram.forum(admins=[ada]), Home()
    async with Bot(telegram, author=home).running() as bot:
        telegram.say(forum, ada, "/follow RAG", thread=thread)
        await telegram.wait_for(lambda: telegram.messages(forum))
        (request,) = home.requests
        assert request.address == Address("telegram", str(forum.id), str(thread) if thread else None)
        (message,) = bot.platform.compose(say("The edition"))
        async with bot.platform.turn(request.address):
            await bot.platform.post(request.address, message, key="k", first=True)
    assert [sent.thread for sent in telegram.messages(forum)] == [thread, thread]


@pytest.mark.parametrize(("thread", "state"), [(11, False), (None, False), (11, None)])
async def test_a_topic_that_takes_nothing(
    telegram: TelegramFake, ada: User, thread: int | None, state: bool | None
) -> None:
    """Closed or deleted: what nobody asked for says so, for its place alone; an answer goes to the general topic."""
    forum = telegram.forum(admins=[ada])
    if state is None:
        del forum.topics[11]
    else:
        forum.topics[thread or 1] = state
    async with Bot(telegram, author=Home()).running() as bot:
        here = Address("telegram", str(forum.id), str(thread) if thread else None)
        (message,) = bot.platform.compose(say("The edition"))
        async with bot.platform.turn(here):
            with pytest.raises(ThreadGone):
                await bot.platform.post(here, message, key="k", first=True)
        open_one = Address("telegram", str(forum.id), "12")
        async with bot.platform.turn(open_one):
            await bot.platform.post(open_one, message, key="k", first=True)
        assert texts(telegram, forum) == ["The edition"]
        if thread:
            telegram.say(forum, ada, "/help", thread=thread)
            await telegram.wait_for(lambda: len(telegram.messages(forum)) == 2)
            assert telegram.messages(forum)[1].thread is None
