"""Updates that Telegram brings, through a proxy that speaks https in our place."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.chat.platform import MemoryInbox
from bot.errors import Misconfigured, StoreUnavailable
from bot.platforms.telegram.hook import HEADER, Webhook
from bot.platforms.telegram.poll import KINDS
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import QUICK, Bot, WatchedInbox, texts
from tests.platforms.telegram.process import FolderInbox

URL, SECRET = "https://bot.example/telegram", "a-Secret_1"
HELP = "Commands\n/help lists them"


@pytest.fixture
def webhook(unused_tcp_port: int, telegram: TelegramFake) -> Webhook:
    telegram.proxy = f"http://127.0.0.1:{unused_tcp_port}"
    return Webhook(URL, SECRET, port=unused_tcp_port)


@contextlib.asynccontextmanager
async def hooked(telegram: TelegramFake, bot: Bot) -> AsyncIterator[Bot]:
    async with bot.running():
        await telegram.wait_for(lambda: telegram.methods.webhook)
        yield bot


async def post(
    telegram: TelegramFake, body: object, secret: str | None = SECRET, method: str = "POST"
) -> int:
    headers = {} if secret is None else {HEADER: secret}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as client,
        client.request(method, f"{telegram.proxy}/telegram", data=data, headers=headers) as answer,
    ):
        return answer.status


async def test_updates_are_brought(telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat) -> None:
    """Messages, presses and inline queries, nothing is polled, and Telegram was told what we want and the secret."""
    telegram.methods.inline = True
    async with hooked(telegram, Bot(telegram, webhook=webhook)):
        telegram.say(chat, ada, "/summarize 2406.15319")
        await telegram.wait_for(lambda: telegram.messages(chat))
        telegram.press(telegram.messages(chat)[0], 0, 0, ada)
        await telegram.wait_for(lambda: len(telegram.messages(chat)) == 2)
        query = telegram.inline(ada, "RAG")
        await telegram.wait_for(lambda: query in telegram.world.offered and not telegram.updates)
    assert [status for _, status in telegram.brought] == [200, 200, 200]
    assert telegram.called("getUpdates") == []
    (asked,) = telegram.called("setWebhook")
    assert (asked["url"], asked["secret_token"], asked["allowed_updates"]) == (URL, SECRET, KINDS)
    assert telegram.methods.webhook == URL  # it stays, and keeps what comes while nobody listens


async def test_an_update_is_kept_before_it_is_confirmed(
    telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat, tmp_path: Path
) -> None:
    """So a process that dies afterwards loses nothing: the next one answers it."""
    inbox = FolderInbox(tmp_path)
    async with hooked(telegram, Bot(telegram, inbox, webhook=webhook)) as bot:
        telegram.say(chat, ada, "/slow")
        await telegram.wait_for(lambda: telegram.brought)
        assert telegram.brought[0][1] == 200
        assert [json.loads(text)["message"]["text"] for _, text in await inbox.left()] == ["/slow"]
        assert not bot.commands.gate.is_set()
    second = Bot(telegram, inbox, webhook=webhook)
    second.commands.gate.set()
    async with hooked(telegram, second):
        await telegram.wait_for(lambda: texts(telegram, chat) == ["at last"])


class Away(MemoryInbox):
    """A store that is away at first."""

    def __init__(self) -> None:
        super().__init__()
        self.back = False

    async def put(self, key: str, payload: str) -> bool:
        if not self.back:
            raise StoreUnavailable("unreachable")
        return await super().put(key, payload)


async def test_what_cannot_be_kept_is_not_confirmed(
    telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat
) -> None:
    """Telegram brings it again; twice the same is answered once."""
    inbox = Away()
    async with hooked(telegram, Bot(telegram, inbox, webhook=webhook)):
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: telegram.brought)
        assert (telegram.brought[0][1], len(telegram.updates)) == (503, 1)
        inbox.back = True
        (again,) = telegram.updates
        await telegram.bring()
        assert await post(telegram, again) == 200
        telegram.say(chat, ada, "/long")
        await telegram.wait_for(lambda: len(telegram.messages(chat)) > 1)
    assert texts(telegram, chat).count(HELP) == 1


@pytest.mark.parametrize("secret", [None, "", "a-Secret_2", SECRET + "x", "é", SECRET.upper()])
async def test_who_does_not_know_the_secret(
    telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat, secret: str | None
) -> None:
    """Is turned away, and nothing of it is kept."""
    inbox = WatchedInbox()
    update = {"update_id": 5, "message": telegram.world.message(chat, ada, "/help")}
    async with hooked(telegram, Bot(telegram, inbox, webhook=webhook)) as bot:
        assert await post(telegram, update, secret) == 403
        assert len(inbox) == 0
        assert bot.commands.requests == []


async def test_what_is_no_update(telegram: TelegramFake, webhook: Webhook) -> None:
    async with hooked(telegram, Bot(telegram, webhook=webhook)):
        for body in (
            b"",
            b"{",
            b"[]",
            b'{"update_id": "x"}',
            b"null",
            b"\xff",
            b'{"update_id": 1e999}',
            b"[" * 9999,
        ):
            assert await post(telegram, body) == 400
        assert await post(telegram, b"", method="GET") in (404, 405)
        assert (
            await post(telegram, {"update_id": 9, "message": {"message_id": "x"}}) == 200
        )  # kept, and unreadable


async def test_back_to_polling(telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat) -> None:
    """The webhook is taken away, and what waits for it is not lost."""
    async with hooked(telegram, Bot(telegram, webhook=webhook)):
        pass
    telegram.methods.webhook, url = "", telegram.methods.webhook
    telegram.say(chat, ada, "/help")
    telegram.methods.webhook = url
    async with Bot(telegram).running():
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])
    assert telegram.methods.webhook == ""
    assert all(
        str(call.get("drop_pending_updates", "")).lower() != "true"
        for call in telegram.called("deleteWebhook")
    )
    assert telegram.called("getUpdates")


async def test_a_webhook_that_somebody_sets_while_we_poll(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Is taken away again, and the log says what to do about it."""
    async with Bot(telegram, timing=replace(QUICK, poll=1)).running():
        await telegram.wait_for(lambda: telegram.called("getUpdates"))
        telegram.methods.webhook = "https://elsewhere.example/"
        await telegram.wait_for(lambda: telegram.methods.webhook == "")
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])
    assert "TELEGRAM_WEBHOOK_URL" in caplog.text


async def test_a_webhook_that_somebody_takes_away(
    telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Is set again."""
    async with hooked(telegram, Bot(telegram, webhook=webhook, timing=replace(QUICK, watch=0.1))):
        telegram.methods.webhook = ""
        await telegram.wait_for(lambda: telegram.methods.webhook == URL)
    assert "it is set again" in caplog.text


async def test_a_telegram_that_does_not_get_through(
    telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Is what the log says, once."""
    async with hooked(telegram, Bot(telegram, webhook=webhook, timing=replace(QUICK, watch=0.05))):
        telegram.methods.webhook_error, telegram.methods.waiting = "Wrong response from the webhook: 502", 3
        before = len(telegram.called("getWebhookInfo"))
        await telegram.wait_for(lambda: len(telegram.called("getWebhookInfo")) > before + 3)
    assert caplog.text.count("does not get through to the webhook: Wrong response from the webhook: 502") == 1


async def test_a_telegram_that_is_away_at_first(
    telegram: TelegramFake, webhook: Webhook, ada: User, chat: Chat
) -> None:
    telegram.refuse(
        "setWebhook", 400, "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
    )
    telegram.refuse("setWebhook", 502, "")
    async with hooked(telegram, Bot(telegram, webhook=webhook)):
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])


async def test_a_port_that_is_taken(telegram: TelegramFake, webhook: Webhook) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", webhook.port)
    async with server:
        bot = Bot(telegram, webhook=webhook)
        with pytest.raises(Misconfigured) as caught:
            await bot.platform.run(bot.dispatcher)
        await bot.platform.close()
    assert caught.value.setting == "TELEGRAM_WEBHOOK_PORT"
    assert telegram.called("setWebhook") == []


@pytest.mark.parametrize(
    ("url", "secret", "setting"),
    [
        (URL, "", "TELEGRAM_WEBHOOK_SECRET"),
        (URL, "with blanks", "TELEGRAM_WEBHOOK_SECRET"),
        (URL, "x" * 257, "TELEGRAM_WEBHOOK_SECRET"),
        ("http://bot.example/", SECRET, "TELEGRAM_WEBHOOK_URL"),
    ],
)
def test_settings_that_cannot_be(url: str, secret: str, setting: str) -> None:
    """There is no webhook without a secret, nor one that Telegram refuses."""
    with pytest.raises(Misconfigured) as caught:
        Webhook(url, secret)
    assert caught.value.setting == setting
    assert secret == "" or secret not in repr(caught.value)


def test_the_secret_is_not_shown() -> None:
    assert SECRET not in repr(Webhook(URL, SECRET))
