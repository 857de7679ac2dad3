"""Editions: a reply becomes messages that can be kept, and each goes out once or says why not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bot import errors
from bot.chat.platform import MemoryInbox, Posts
from bot.chat.reply import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
    say,
)
from bot.chat.request import Address
from bot.chat.text import Bold, Code, Italic, Link, text
from bot.errors import PaperwireError
from bot.platforms.telegram.adapter import Telegram
from bot.platforms.telegram.pace import Limits
from bot.platforms.telegram.packed import pack, unpack
from bot.platforms.telegram.render import Album, Message, Photo, render
from bot.platforms.telegram.sender import LONGEST_WAIT
from tests.fakes.telegram import TOKEN, Fault, TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.replies import replies
from tests.platforms.telegram.conftest import HELP, IMPATIENT, QUICK, Bot, texts

ADA = Address("telegram", "7")
ROW = (Button("Again", "/summarize 2406.15319"), Button("PDF", url="https://arxiv.org/pdf/2406.15319"))
BLOCKS: tuple[Block, ...] = (
    Heading(text("Language models")),
    Paragraph(text("A ", Bold("bold"), " & ", Italic("sloping"), " ", Code("x < y"), " 大型语言模型")),
    Paragraph(text("made by hand"), small=True),
    Bullets((text("one"), text(Link("two", "https://example.org/?a=1&b=2"))), numbered=True),
    Quote(text("They said so.\n\nAnd more.")),
    Preformatted("@article{x,\n  year = 2024\n}", "bibtex"),
    Card("A title", "https://arxiv.org/abs/2406.15319", (text("A. Author"),), accent="cs.CL"),
    Buttons((ROW, ROW[:1])),
    Image(text(Bold("Figure 1")), "https://x.example/1.png"),
)


async def post(bot: Posts, address: Address, message: str, *, first: bool = True) -> str:
    async with bot.turn(address):
        return await bot.post(address, message, key="k", first=first)


async def posted(bot: Telegram, reply: Reply, address: Address = ADA) -> list[str]:
    return [await post(bot, address, message, first=n == 0) for n, message in enumerate(bot.compose(reply))]


async def failure(bot: Telegram, address: Address = ADA) -> PaperwireError:
    """Return what comes of a post that cannot go out."""
    with pytest.raises(PaperwireError) as caught:
        await posted(bot, say("news"), address)
    return caught.value


# ----- messages that can be kept


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(replies)
def test_what_is_composed_is_what_is_rendered(reply: Reply) -> None:
    """Nothing is lost on the way through text, which any store takes."""
    bot = Telegram(token=TOKEN, inbox=MemoryInbox())
    messages = bot.compose(reply)
    assert [unpack(message.encode().decode()) for message in messages] == render(reply)
    assert messages == bot.compose(reply)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
async def test_every_block_arrives(telegram: TelegramFake, chat: Chat, block: Block) -> None:
    """As it does in an unasked reply: the same requests, whatever it is made of."""
    reply = Reply((Paragraph(text("above")), block, Buttons((ROW,))))
    bot = Bot(telegram).platform
    ids = await posted(bot, reply)
    assert ids == [str(sent.id) for sent in telegram.messages(chat)]
    calls = [(call.method, call.parameters) for call in telegram.calls]
    assert list(await bot.send(ADA, reply)) == [str(sent.id) for sent in telegram.messages(chat)[len(ids) :]]
    assert [(call.method, call.parameters) for call in telegram.calls[len(calls) :]] == calls
    await bot.close()


async def test_the_payloads_are_sent_as_rendered(telegram: TelegramFake, chat: Chat) -> None:
    """Text, picture, buttons, in order; the first rings and the others do not."""
    reply = Reply(BLOCKS)
    bot = Bot(telegram).platform
    await posted(bot, reply)
    await bot.close()
    sent = [call.parameters for call in telegram.calls]
    for number, (payload, parameters) in enumerate(zip(render(reply), sent, strict=True)):
        assert not isinstance(payload, Album)
        shown = parameters["caption" if isinstance(payload, Photo) else "text"]
        assert shown == payload.html
        assert parameters.get("photo") == (payload.url if isinstance(payload, Photo) else None)
        rows = (parameters.get("reply_markup") or {}).get("inline_keyboard", [])
        assert [[button["text"] for button in row] for row in rows] == [
            [button.label for button in row] for row in payload.keyboard
        ]
        assert str(parameters["disable_notification"]).lower() == ("false" if number == 0 else "true")
    assert [message.silent for message in telegram.messages(chat)] == [False, True]


def test_a_reply_without_words_is_no_message() -> None:
    """There is nothing to send."""
    assert Telegram(token=TOKEN, inbox=MemoryInbox()).compose(Reply(())) == ()


def test_what_is_kept_is_small() -> None:
    """No field without a value, no blanks."""
    assert pack(Message("<b>x</b>", "x")) == '{"html":"<b>x</b>","plain":"x"}'
    assert json.loads(pack(Message("x", "x", ((ROW[0],),))))["keyboard"] == [
        [{"label": "Again", "command": "/summarize 2406.15319"}]
    ]


@pytest.mark.parametrize(
    "message", ["", "x", "7", "[]", "{}", '{"html":"x"}', '{"url":"x","html":"","instead":[]}',
    '{"html":"x","plain":"x","keyboard":[[{"label":"x"}]]}', '{"html":"x","plain":"x","keyboard":[7]}'],
)  # fmt: skip
async def test_what_is_no_message(telegram: TelegramFake, chat: Chat, message: str) -> None:
    """It is refused like any message that breaks the rules."""
    with pytest.raises(errors.Rejected):
        await post(Bot(telegram).platform, ADA, message)
    assert not telegram.calls


async def test_nobody_looks_back(telegram: TelegramFake, chat: Chat) -> None:
    """Telegram shows bots no history, and knows no nonce."""
    bot = Bot(telegram).platform
    (message,) = bot.compose(say("news"))
    platform: Posts = bot
    await post(platform, ADA, message)
    assert await platform.recall(ADA, message, key="k", since=0) is None
    assert platform.nonce_window is None
    await bot.close()


# ----- where it goes


async def test_a_topic(telegram: TelegramFake) -> None:
    """The thread of the address."""
    forum = telegram.forum(topics=[11])
    bot = Bot(telegram).platform
    await posted(bot, say("news"), Address("telegram", str(forum.id), "11"))
    await bot.close()
    assert [message.thread for message in telegram.messages(forum)] == [11]


async def test_many_at_a_time(telegram: TelegramFake) -> None:
    """With no `run`, the connections are opened once and used again."""
    chats = [telegram.private(telegram.user(n, f"P{n}")) for n in range(1, 257)]
    bot = Bot(telegram).platform
    for some in (chats[:64], chats[64:128], chats[128:192], chats[192:]):
        await asyncio.gather(*(posted(bot, say("news"), Address("telegram", str(chat.id))) for chat in some))
    await bot.close()
    assert all(texts(telegram, chat) == ["news"] for chat in chats)


async def test_before_during_and_after_a_run(telegram: TelegramFake, chat: Chat) -> None:
    """It makes no difference."""
    bot = Bot(telegram)
    await posted(bot.platform, say("one"))
    async with bot.running():
        await posted(bot.platform, say("two"))
    await posted(bot.platform, say("three"))
    await bot.platform.close()
    assert texts(telegram, chat) == ["one", "two", "three"]


# ----- why it did not go out


async def test_a_pause(telegram: TelegramFake, chat: Chat) -> None:
    """It is handed on at once, and while it lasts Telegram is not asked again; other chats are not concerned."""
    other = telegram.private(telegram.user(8, "Bob"))
    telegram.throttle("sendMessage", 33, chat=chat)
    bot = Bot(telegram).platform
    first, again = await failure(bot), await failure(bot)
    assert isinstance(first, errors.RetryAfter)
    assert (first.seconds, first.everywhere) == (33, False)
    assert isinstance(again, errors.RetryAfter)
    assert 30 < again.seconds <= 33
    assert len(telegram.called("sendMessage")) == 1
    await posted(bot, say("news"), Address("telegram", "8"))
    await bot.close()
    assert texts(telegram, other) == ["news"]


async def test_a_pause_of_ours(telegram: TelegramFake) -> None:
    """A group that has had its twenty a minute is not waited for."""
    group = telegram.supergroup()
    bot = Bot(telegram, limits=Limits(chat=(99, 1.0), group=(2, 60.0))).platform
    where = Address("telegram", str(group.id))
    await posted(bot, say("one"), where)
    await posted(bot, say("two"), where)
    failed = await failure(bot, where)
    assert isinstance(failed, errors.RetryAfter)
    assert LONGEST_WAIT < failed.seconds <= 60
    assert not failed.everywhere
    await bot.close()
    assert texts(telegram, group) == ["one", "two"]


async def test_a_line_that_is_too_long(
    telegram: TelegramFake, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever would wait too long behind others comes back; nothing has been sent."""
    monkeypatch.setattr("bot.platforms.telegram.sender.LONGEST_WAIT", 0.05)
    telegram.private(telegram.user(8, "Bob"))
    bot = Bot(telegram, limits=Limits(overall=(1, 60.0))).platform
    await posted(bot, say("news"), Address("telegram", "8"))
    failed = await failure(bot)
    assert isinstance(failed, errors.RetryAfter)
    await bot.close()
    assert texts(telegram, chat) == []


async def test_refusals(telegram: TelegramFake, chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """Each is the error that says what to do."""
    forum, group = telegram.forum(topics=[11]), telegram.group()
    supergroup = telegram.migrate(group)
    bot = Bot(telegram).platform
    chat.closed = (403, "Forbidden: bot was blocked by the user")
    assert isinstance(await failure(bot), errors.Forbidden)
    assert isinstance(await failure(bot, Address("telegram", "404")), errors.Forbidden)
    migrated = await failure(bot, Address("telegram", str(group.id)))
    assert isinstance(migrated, errors.Migrated)
    assert migrated.new_chat == str(supergroup.id)
    assert isinstance(await failure(bot, Address("telegram", str(forum.id), "99")), errors.ThreadGone)
    forum.topics[11] = False
    assert isinstance(await failure(bot, Address("telegram", str(forum.id), "11")), errors.ThreadGone)
    chat.closed = (400, "Bad Request: something new")
    assert isinstance(await failure(bot), errors.Rejected)
    assert "a fault of ours" in caplog.text
    telegram.refuse("sendMessage", 401, "Unauthorized")
    stopped = await failure(bot)
    assert isinstance(stopped, errors.RetryAfter)
    assert stopped.everywhere
    await bot.close()


async def test_markup_refused(telegram: TelegramFake, chat: Chat) -> None:
    """The words go out without it."""
    telegram.refuse("sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag")
    bot = Bot(telegram).platform
    await posted(bot, say(Bold("news")))
    await bot.close()
    assert texts(telegram, chat) == ["news"]
    assert telegram.messages(chat)[0].entities == []


async def test_a_picture_that_telegram_cannot_fetch(telegram: TelegramFake, chat: Chat) -> None:
    """A link to it goes out, with its caption and its buttons."""
    telegram.methods.unfetchable.add("https://x.example/1.png")
    bot = Bot(telegram).platform
    await posted(bot, Reply((BLOCKS[-1], Buttons((ROW,)))))
    await bot.close()
    (link,) = telegram.messages(chat)
    assert link.text == "🖼 https://x.example/1.png\nFigure 1"
    assert link.buttons


@pytest.mark.parametrize("arrives", [True, False])
async def test_no_answer(telegram: TelegramFake, chat: Chat, arrives: bool) -> None:
    """A connection that broke, or an answer that never came: it may have arrived, and that is said."""
    bot = Bot(telegram, timing=IMPATIENT).platform
    telegram.drop("sendMessage", after=arrives)
    assert isinstance(await failure(bot), errors.Ambiguous)
    telegram.hang("sendMessage", after=arrives)
    assert isinstance(await failure(bot), errors.Ambiguous)
    telegram.refuse("sendMessage", 502, "Bad Gateway")
    assert isinstance(await failure(bot), errors.Ambiguous)
    await bot.close()
    assert texts(telegram, chat) == (["news"] * 2 if arrives else [])


async def test_nobody_there(telegram: TelegramFake, chat: Chat) -> None:
    """A connection that never came about has sent nothing, and the next one may."""
    bot = Bot(telegram).platform
    await posted(bot, say("one"))
    telegram.stop()
    assert isinstance(await failure(bot), errors.PlatformUnavailable)
    assert isinstance(await failure(bot), errors.PlatformUnavailable)
    telegram.restart()
    await posted(bot, say("two"))
    await bot.close()
    assert texts(telegram, chat) == ["one", "two"]


async def test_nobody_answers_the_call(telegram: TelegramFake) -> None:
    """Nor does one that nobody accepts in time."""
    unroutable = Telegram(
        token=TOKEN, inbox=MemoryInbox(), api_url="http://127.0.0.1:9", timing=replace(QUICK, connect=0.2)
    )
    assert isinstance(await failure(unroutable), errors.PlatformUnavailable)
    await unroutable.close()


async def test_an_outage_makes_one_message_doubtful(telegram: TelegramFake, chat: Chat) -> None:
    """The others are not tried until Telegram answers something, so that they have surely not arrived."""
    bot = Bot(telegram).platform
    telegram.drop("sendMessage", after=False)
    telegram.refuse("getMe", 502, "Bad Gateway", times=2)
    assert isinstance(await failure(bot), errors.Ambiguous)
    while telegram.faults[-1].times:
        assert isinstance(await failure(bot), errors.PlatformUnavailable)
    while not texts(telegram, chat):
        try:
            await posted(bot, say("news"))
        except errors.PlatformUnavailable:
            await asyncio.sleep(0.01)
    await posted(bot, say("more"))
    await bot.close()
    assert texts(telegram, chat) == ["news", "more"]
    methods = [call.method for call in telegram.calls]
    assert methods == ["sendMessage", "getMe", "getMe", "getMe", "sendMessage", "sendMessage"]


# ----- people meanwhile


async def test_people_are_answered_while_editions_go_out() -> None:
    """Within a second, with Telegram's own limits on the other side and nothing refused by them."""
    with TelegramFake(limits=True) as telegram:
        chats = [telegram.private(telegram.user(n, f"P{n}")) for n in range(1, 91)]
        ada = telegram.user(700, "Ada")
        hers = telegram.private(ada)
        async with Bot(telegram, limits=Limits()).running() as bot:
            going = [
                asyncio.create_task(posted(bot.platform, say("news"), Address("telegram", str(chat.id))))
                for chat in chats
            ]
            await telegram.wait_for(lambda: sum(bool(chat.sent) for chat in chats) > 40)
            telegram.say(hers, ada, "/help")
            await telegram.wait_for(lambda: texts(telegram, hers) == [HELP], timeout=1)
            assert sum(bool(chat.sent) for chat in chats) < len(chats), "the editions still go out"
            await asyncio.gather(*going)
        assert len(telegram.called("sendMessage")) == len(chats) + 1, "nothing was refused and sent again"


async def test_posts_that_hang_keep_nobody_waiting(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """An answer needs none of their places."""
    others = [telegram.private(telegram.user(n, f"P{n}")) for n in range(100, 164)]
    async with Bot(telegram).running() as bot:
        for other in others:
            telegram.faults.append(Fault("sendMessage", 1, chat=other.id, hang=True))
        going = [
            asyncio.create_task(posted(bot.platform, say("news"), Address("telegram", str(other.id))))
            for other in others
        ]
        await telegram.wait_for(lambda: len(telegram.called("sendMessage")) >= 32)
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP], timeout=3)
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)


async def test_the_private_chat_with_a_person_has_their_id(
    telegram: TelegramFake, ada: User, chat: Chat
) -> None:
    platform = Bot(telegram).platform
    address = await platform.private(str(ada.id))
    assert address == ADA
    assert await platform.private("-1001") is None  # a channel that writes as one
    (message,) = platform.compose(say("between us"))
    await post(platform, address, message)
    assert texts(telegram, chat) == ["between us"]
    await platform.close()
