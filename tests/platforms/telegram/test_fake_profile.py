"""The stand-in's rules for offers, questions, menus and webhooks, by the documentation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.telegram import TelegramFake
from tests.platforms.telegram.test_fake import Api, refused


@pytest.fixture
def api(telegram: TelegramFake) -> Api:
    telegram.private(telegram.user(7, "Ada"))
    return Api(telegram)


def result(number: str = "1", text: str = "<b>x</b>", **more: object) -> dict[str, Any]:
    content = {"message_text": text, "parse_mode": "HTML"}
    return {"type": "article", "id": number, "title": "T", "input_message_content": content, **more}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"results": [result(), result()]}, "RESULT_ID_DUPLICATE"),
        ({"results": [result("x" * 65)]}, "RESULT_ID_INVALID"),
        ({"results": [result(text="<b>x")]}, "can't parse entities"),
        ({"results": [result(title=" ")]}, "RESULT_TITLE_INVALID"),
        ({"results": [result(type="photo")]}, "unallowed result type"),
        ({"results": [result(str(n)) for n in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [], "next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"results": [], "button": {"text": "x", "start_parameter": "2406.15319"}}, "START_PARAM_INVALID"),
    ],
)
def test_answers_to_inline_queries(
    telegram: TelegramFake, api: Api, answer: dict[str, object], said: str
) -> None:
    """Once for each query, and in the shape that Telegram takes."""
    telegram.methods.inline = True
    query = telegram.inline(telegram.world.users[7], "x")
    assert said in refused(api("answerInlineQuery", inline_query_id=query, **answer))
    assert api("answerInlineQuery", inline_query_id=query, results=[result()]) is True
    assert "too old" in refused(api("answerInlineQuery", inline_query_id=query, results=[]))


def test_a_message_that_was_sent_from_an_offer(telegram: TelegramFake, api: Api) -> None:
    """Is known by its own id, if it has buttons; it is edited like others."""
    telegram.methods.inline = True
    keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
    query = telegram.inline(telegram.world.users[7], "x")
    assert api(
        "answerInlineQuery", inline_query_id=query, results=[result(), result("2", reply_markup=keyboard)]
    )
    offered = telegram.offered(query)
    assert telegram.choose(offered, 0) == ""
    message = telegram.choose(offered, 1)
    assert api("editMessageText", inline_message_id=message, text="new") is True
    assert "not modified" in refused(api("editMessageText", inline_message_id=message, text="new"))
    assert "MESSAGE_ID_INVALID" in refused(api("editMessageText", inline_message_id="other", text="new"))


def test_questions(telegram: TelegramFake, api: Api) -> None:
    """Placeholders have up to 64 characters, and channels take no questions."""
    ask = {"force_reply": True, "selective": True, "input_field_placeholder": "x" * 64}
    assert api("sendMessage", chat_id=7, text="?", reply_markup=ask)["text"] == "?"
    assert telegram.messages(telegram.world.chats[7])[0].asks == "x" * 64
    for wrong in ("", "x" * 65):
        markup = ask | {"input_field_placeholder": wrong}
        assert "REPLY_MARKUP_INVALID" in refused(api("sendMessage", chat_id=7, text="?", reply_markup=markup))
    channel = telegram.channel()
    assert "inline keyboard expected" in refused(
        api("sendMessage", chat_id=channel.id, text="?", reply_markup=ask)
    )


def test_menus_of_chats(telegram: TelegramFake, api: Api) -> None:
    """Each scope and language has a menu of its own; that of a chat needs the chat."""
    commands = [{"command": "help", "description": "x"}]
    for scope in ({"type": "all_group_chats"}, {"type": "chat", "chat_id": 7}):
        assert api("setMyCommands", commands=commands, scope=scope, language_code="zh") is True
        assert api("getMyCommands", scope=scope, language_code="zh") == commands
        assert api("getMyCommands", scope=scope) == []
    nobody = {"type": "chat", "chat_id": 8}
    assert "chat not found" in refused(api("setMyCommands", commands=commands, scope=nobody))
    assert "language code" in refused(api("setMyCommands", commands=commands, language_code="zh-hans"))


def test_descriptions(api: Api) -> None:
    assert api("getMyDescription") == {"description": ""}
    assert api("setMyDescription", description="x" * 512) is True
    assert "TOO_LONG" in refused(api("setMyDescription", description="x" * 513))
    assert "TOO_LONG" in refused(api("setMyShortDescription", short_description="x" * 121))
    assert api("getMyDescription", language_code="zh") == {"description": ""}


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ({"url": "http://a.example/"}, "HTTPS URL must be provided"),
        ({"url": "https://a.example:9000/"}, "only on ports"),
        ({"url": "https://a.example/", "secret_token": "a b"}, "unallowed characters"),
        ({"url": "https://a.example/", "secret_token": "x" * 257}, "unallowed characters"),
    ],
)
def test_webhooks(api: Api, hook: dict[str, object], said: str) -> None:
    assert said in refused(api("setWebhook", **hook))
    assert api("setWebhook", url="https://a.example:8443/x", secret_token="x") is True
    assert api("getWebhookInfo")["url"] == "https://a.example:8443/x"
    assert "webhook is active" in refused(api("getUpdates"))
    assert api("deleteWebhook") is True
    assert api("getUpdates") == []
