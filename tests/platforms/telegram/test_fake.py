"""The stand-in keeps Telegram's rules, whoever asks: by the documentation, with a plain HTTP client."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import httpx
import pytest

from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_html import parse, part
from tests.fakes.telegram_links import automatic
from tests.platforms.author import picture


class Api:
    def __init__(self, fake: TelegramFake) -> None:
        self.fake = fake

    def __call__(self, method: str, **parameters: object) -> Any:
        body = json.dumps(parameters).encode()
        address = f"{self.fake.url}/bot{self.fake.token}/{method}"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)


@pytest.fixture
def api(telegram: TelegramFake) -> Api:
    telegram.private(telegram.user(7, "Ada"))
    return Api(telegram)


def refused(answer: Any) -> str:
    assert answer["ok"] is False
    return f"{answer['error_code']} {answer['description']}"


def test_four_ways_to_pass_parameters(telegram: TelegramFake, api: Api) -> None:
    """Query, form, JSON; and names of methods in any case."""
    chat = telegram.world.chats[7]
    base = f"{telegram.url}/bot{telegram.token}"
    query = urllib.parse.urlencode(
        {
            "chat_id": 7,
            "text": "a",
            "reply_markup": '{"inline_keyboard":[[{"text":"x","url":"https://x.yz"}]]}',
        }
    )
    for request in (
        f"{base}/sendMessage?{query}",
        urllib.request.Request(f"{base}/SENDMESSAGE", query.encode()),
    ):
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["ok"]
    assert api("sendMessage", chat_id=7, text="a")["chat"]["id"] == 7
    assert [bool(message.buttons) for message in telegram.messages(chat)] == [True, True, False]


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"text": "x", "chat_id": 8}, "400 Bad Request: chat not found"),
        ({"text": " \n\u200b"}, "400 Bad Request: message text is empty"),
        ({"text": "😀" * 2049}, "400 Bad Request: message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "400 Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"text": "a < b", "parse_mode": "HTML"},
            '400 Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2',
        ),
        (
            {"text": "<i>é</b>", "parse_mode": "HTML"},
            '400 Bad Request: can\'t parse entities: Unmatched end tag at byte offset 5, expected "</i>", found "</b>"',
        ),
        (
            {"text": "x", "reply_parameters": {"message_id": 1}},
            "400 Bad Request: message to be replied not found",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "模" * 22}]]}},
            "400 Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "http://localhost/"}]]}},
            "400 Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
        ),
    ],
)
def test_messages_that_telegram_refuses(api: Api, parameters: dict[str, object], answer: str) -> None:
    """With its own words."""
    assert refused(api("sendMessage", **{"chat_id": 7, **parameters})) == answer


def test_limits_count_what_is_left_after_parsing(telegram: TelegramFake, api: Api) -> None:
    """Markup costs nothing; the hundred-and-first entity is ignored."""
    assert api("sendMessage", chat_id=7, parse_mode="HTML", text="<b>" + "😀" * 2048 + "</b>")["message_id"]
    sent = api("sendMessage", chat_id=7, parse_mode="HTML", text="<i>x</i> " * 120)
    assert len(sent["entities"]) == 100


def test_telegram_links_by_itself() -> None:
    """And everything that it finds so is marked."""
    text = "cs.CL @ada_l #tag $USD /help a@b.org +1 212 555 0123 http://x.yz e.g. 3.5 and/or #1"
    assert [(entity.type, part(text, entity)) for entity in sorted(automatic(text), key=lambda e: e.offset)] == [
        ("url", "cs.CL"), ("mention", "@ada_l"), ("hashtag", "#tag"), ("cashtag", "$USD"), ("bot_command", "/help"),
        ("email", "a@b.org"), ("phone_number", "+1 212 555 0123"), ("url", "x.yz"),
    ]  # fmt: skip


def test_markup_nests() -> None:
    """Entities come outer first, offsets in UTF-16 units."""
    text, entities = parse(
        '😀<b>a <a href="https://x.org">b</a></b><pre><code class="language-py">c</code></pre>&lt;&#x41;'
    )
    assert text == "😀a bc<A"
    assert [(e.type, part(text, e), e.url or e.language) for e in entities] == [
        ("bold", "a b", ""), ("text_link", "b", "https://x.org/"), ("pre", "c", "py"),
    ]  # fmt: skip


def test_updates_stay_until_confirmed(telegram: TelegramFake, api: Api) -> None:
    """By asking for what comes after."""
    ada, chat = telegram.world.users[7], telegram.world.chats[7]
    for word in "abc":
        telegram.say(chat, ada, word)
    first = [u["update_id"] for u in api("getUpdates")]
    assert [u["update_id"] for u in api("getUpdates", limit=2)] == first[:2]
    assert [u["message"]["text"] for u in api("getUpdates", offset=first[1])] == ["b", "c"]
    assert api("getUpdates", offset=first[-1] + 1) == []
    assert api("getUpdates") == []


def test_of_two_that_poll_the_older_is_sent_away(telegram: TelegramFake, api: Api) -> None:
    """409, in Telegram's words."""
    answers: list[Any] = []
    older = threading.Thread(target=lambda: answers.append(api("getUpdates", timeout=30)))
    older.start()
    telegram.wait(lambda: telegram._polls)
    api("getUpdates", timeout=0)
    older.join(10)
    assert refused(answers[0]).startswith("409 Conflict: terminated by other getUpdates request")


def test_a_webhook_ends_polling(telegram: TelegramFake, api: Api) -> None:
    """Until it is deleted."""
    assert refused(api("setWebhook", url="http://plain.example")).startswith("400")
    assert api("setWebhook", url="https://x.example/hook") is True
    assert "webhook is active" in refused(api("getUpdates"))
    assert api("deleteWebhook") is True
    assert api("getUpdates") == []


def test_commands_are_validated(api: Api) -> None:
    """Names, descriptions, scopes, languages."""
    assert (
        refused(api("setMyCommands", commands=[{"command": "Help", "description": "x"}]))
        == "400 Bad Request: BOT_COMMAND_INVALID"
    )
    assert "DESCRIPTION" in refused(api("setMyCommands", commands=[{"command": "help", "description": ""}]))
    assert "language code" in refused(api("setMyCommands", commands=[], language_code="zh-hans"))
    menu = [{"command": "help", "description": "Help"}]
    assert api("setMyCommands", commands=menu, language_code="zh") is True
    assert api("getMyCommands", language_code="zh") == menu
    assert api("getMyCommands") == []
    assert api("deleteMyCommands", language_code="zh") is True
    assert api("getMyCommands", language_code="zh") == []


def test_edits(telegram: TelegramFake, api: Api) -> None:
    """Of our own messages, and only if something changes."""
    number = api("sendMessage", chat_id=7, text="a")["message_id"]
    assert "message is not modified" in refused(
        api("editMessageText", chat_id=7, message_id=number, text="a")
    )
    assert api("editMessageText", chat_id=7, message_id=number, text="b")["text"] == "b"
    theirs = telegram.say(telegram.world.chats[7], telegram.world.users[7], "x")
    assert (
        refused(api("editMessageText", chat_id=7, message_id=theirs, text="b"))
        == "400 Bad Request: message can't be edited"
    )
    assert api("deleteMessage", chat_id=7, message_id=number) is True
    assert "message to edit not found" in refused(api("editMessageText", chat_id=7, message_id=1, text="b"))


def test_callbacks_are_answered_once(telegram: TelegramFake, api: Api) -> None:
    """And briefly."""
    number = telegram.callback(telegram.world.chats[7], telegram.world.users[7], "x")
    assert (
        refused(api("answerCallbackQuery", callback_query_id=number, text="x" * 201))
        == "400 Bad Request: MESSAGE_TOO_LONG"
    )
    assert api("answerCallbackQuery", callback_query_id=number) is True
    assert "query is too old" in refused(api("answerCallbackQuery", callback_query_id=number))


def test_who_is_who(telegram: TelegramFake, api: Api) -> None:
    """Members and administrators."""
    group = telegram.group(admins=[telegram.world.users[7]])
    telegram.user(8, "Bob")
    assert [m["user"]["id"] for m in api("getChatAdministrators", chat_id=group.id)] == [7]
    assert api("getChatMember", chat_id=group.id, user_id=8)["status"] == "member"
    assert "no administrators in the private chat" in refused(api("getChatAdministrators", chat_id=7))
    assert api("getMe")["username"] == "paperwire_bot"
    assert refused(api("getMee")) == "404 Not Found"


def test_limits_are_counted() -> None:
    """A sixth message at once to one chat is too many, and the answer says when to try again."""
    with TelegramFake(limits=True) as telegram:
        telegram.private(telegram.user(7, "Ada"))
        answers = [Api(telegram)("sendMessage", chat_id=7, text="x") for _ in range(6)]
    assert answers[-1]["error_code"] == 429
    assert 1 <= answers[-1]["parameters"]["retry_after"] <= 5


def upload(telegram: TelegramFake, method: str, files: dict[str, bytes], **fields: object) -> Any:
    """Call a method with files in a form."""
    with httpx.Client() as client:
        answer = client.post(
            f"{telegram.url}/bot{telegram.token}/{method}",
            data={
                name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()
            },
            files={name: (f"{name}.png", data) for name, data in files.items()},
        )
    return answer.json()["result"] if answer.is_success else answer.json()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "file must be non-empty"),
        (b"%PDF-1.7", "IMAGE_PROCESS_FAILED"),
        (picture()[:60], "IMAGE_PROCESS_FAILED"),
        (picture(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (picture(2001, 100), "PHOTO_INVALID_DIMENSIONS"),
        (picture() + bytes(10 * 1024 * 1024), "too big for a photo"),
    ],
)
def test_what_is_no_photo(telegram: TelegramFake, api: Api, data: bytes, said: str) -> None:
    """Alone and in an album, of which nothing is sent then; as a file it is taken."""
    assert said in refused(upload(telegram, "sendPhoto", {"photo": data}, chat_id=7))
    media = [{"type": "photo", "media": f"attach://{name}"} for name in "ab"]
    assert said in refused(
        upload(telegram, "sendMediaGroup", {"a": picture(), "b": data}, chat_id=7, media=media)
    )
    assert telegram.messages(telegram.world.chats[7]) == []
    if data:
        assert upload(telegram, "sendDocument", {"document": data}, chat_id=7)["document"]


def test_albums(telegram: TelegramFake, api: Api) -> None:
    """Two to ten photos, each with a caption of its own, all of them there."""
    for media, said in (
        ([], 'parameter "media" is required'),
        ([{"type": "photo", "media": "attach://a"}], "wrong number"),
        ([{"type": "photo", "media": "attach://a"}] * 11, "wrong number"),
        ([{"type": "photo", "media": "attach://b"}] * 2, "media not found"),
        ([{"type": "photo", "media": "attach://a", "caption": "x" * 1025}] * 2, "caption is too long"),
    ):
        assert said in refused(upload(telegram, "sendMediaGroup", {"a": picture()}, chat_id=7, media=media))
    media = [
        {"type": "photo", "media": "attach://a", "caption": f"<b>{n}</b>", "parse_mode": "HTML"} for n in "12"
    ]
    sent = upload(telegram, "sendMediaGroup", {"a": picture()}, chat_id=7, media=media)
    assert [m["caption"] for m in sent] == ["1", "2"]
    assert len({m["media_group_id"] for m in sent}) == 1
    refusal = refused(api("editMessageText", chat_id=7, message_id=sent[0]["message_id"], text="x"))
    assert "no text in the message" in refusal
