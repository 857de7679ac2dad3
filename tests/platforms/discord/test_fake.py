"""The fake keeps to Discord's documentation, whoever asks it."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord import TOKEN, DiscordFake
from tests.fakes.discord_interactions import COMMAND, DEFER, REPLY, Interaction
from tests.fakes.discord_rules import Empty, Invalid, message


class Api:
    """Requests as plain as they get."""

    def __init__(self, fake: DiscordFake, session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bot {token}"}
        url = self.fake.settings()["DISCORD_API_URL"] + path
        async with self.session.request(method, url, json=body, headers=headers) as response:
            said = None if response.status == 204 else await response.json(content_type=None)
            return response.status, said, response.headers

    async def callback(self, asked: Interaction, kind: int, **data: Any) -> int:
        path = f"/interactions/{asked.id}/{asked.token}/callback"
        status, said, _ = await self.ask("POST", path, {"type": kind, "data": data})
        return said["code"] if said else status

    async def webhook(self, method: str, asked: Interaction, path: str = "", **body: Any) -> tuple[int, Any]:
        where = f"/webhooks/{self.fake.world.application}/{asked.token}{path}"
        status, said, _ = await self.ask(method, where, body or None)
        return status, said


@pytest.fixture
async def api(fake: DiscordFake) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(fake, session)


def asked(fake: DiscordFake) -> Interaction:
    channel, ada = fake.lab()
    return fake.interactions.new(COMMAND, channel, ada)


async def test_a_wrong_token_is_unauthorised(api: Api) -> None:
    assert (await api.ask("GET", "/users/@me", token="x"))[0] == 401
    assert (await api.ask("GET", "/users/@me"))[0] == 200


async def test_the_first_response_has_three_seconds_and_is_the_only_one(api: Api, fake: DiscordFake) -> None:
    late, twice = asked(fake), asked(fake)
    assert await api.callback(twice, REPLY, content="x") == 204
    assert await api.callback(twice, DEFER) == 40060
    assert (await api.webhook("POST", late, content="x"))[1]["code"] == 10015
    fake.forward(3.1)
    assert await api.callback(late, REPLY, content="x") == 10062


async def test_the_first_follow_up_takes_the_place_and_visibility_of_the_deferral(
    api: Api, fake: DiscordFake
) -> None:
    taken, deleted = asked(fake), asked(fake)
    for each in (taken, deleted):
        await api.callback(each, DEFER)
    await api.webhook("POST", taken, content="x", flags=64)
    assert taken.original
    assert (taken.original.content, taken.original.ephemeral, taken.follow_ups) == ("x", False, [])
    assert (await api.webhook("DELETE", deleted, "/messages/@original"))[0] == 204
    await api.webhook("POST", deleted, content="x", flags=64)
    assert deleted.follow_ups[0].ephemeral


async def test_a_token_answers_for_a_quarter_of_an_hour(api: Api, fake: DiscordFake) -> None:
    one = asked(fake)
    await api.callback(one, DEFER)
    fake.forward(899)
    assert (await api.webhook("PATCH", one, "/messages/@original", content="x"))[0] == 200
    fake.forward(2)
    assert (await api.webhook("PATCH", one, "/messages/@original", content="y"))[1]["code"] == 50027


async def test_a_nonce_holds_for_some_minutes(api: Api, fake: DiscordFake) -> None:
    channel, _ = fake.lab()
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    path = f"/channels/{channel.id}/messages"
    first, second = [(await api.ask("POST", path, body))[1]["id"] for _ in range(2)]
    fake.forward(301)
    third = (await api.ask("POST", path, body))[1]["id"]
    assert first == second != third


async def test_a_full_bucket_says_when_to_come_back(api: Api, fake: DiscordFake) -> None:
    fake.rest.bucket = (1, 5.0)
    _, _, headers = await api.ask("GET", "/users/@me")
    assert headers["X-RateLimit-Remaining"] == "0"
    status, said, headers = await api.ask("GET", "/users/@me")
    assert (status, said["global"]) == (429, False)
    assert 0 < said["retry_after"] <= 5
    assert headers["Via"]


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2001},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "x" * 4000}] * 2},
        {"embeds": [{"title": "x"}] * 11},
        {"embeds": [{"title": "x", "url": "ftp://x"}]},
        {"embeds": [{}]},
        {"content": "x", "nonce": "n" * 26},
        {"content": "x", "components": [{"type": 1, "components": []}]},
        {
            "content": "x",
            "components": [{"type": 1, "components": [{"type": 2, "style": 2, "label": "x" * 81}]}],
        },
        {
            "content": "x",
            "components": [
                {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "same"}] * 2}
            ],
        },
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_breaks_a_rule_is_refused_with_its_place(body: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        message(body)
    assert "_errors" in str(refused.value.tree)


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(Empty):
        message({"content": " \n"})


def form(files: int, size: int = 10, **said: Any) -> aiohttp.FormData:
    """Return a message with so many files, of so many bytes each."""
    made = aiohttp.FormData()
    made.add_field("payload_json", json.dumps(said), content_type="application/json")
    for number in range(files):
        made.add_field(
            f"files[{number}]", io.BytesIO(bytes(size)), filename=f"{number}.png", content_type="image/png"
        )
    return made


def described(*numbers: int, description: str = "A figure") -> list[dict[str, Any]]:
    return [{"id": n, "filename": f"n{n}.png", "description": description} for n in numbers]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (form(1), 0),
        (form(1, attachments=described(0), embeds=[{"image": {"url": "attachment://n0.png"}}]), 0),
        (form(1, attachments=described(0), embeds=[{"image": {"url": "attachment://n1.png"}}]), 50035),
        (form(1, attachments=described(1)), 50035),
        (form(2, attachments=described(0)), 50035),
        (form(1, attachments=described(0, description="x" * 1025)), 50035),
        (form(11), 50035),
        (form(2, 5 * 1024 * 1024 + 1), 40005),
        (form(0), 50006),
    ],
)
async def test_files(api: Api, fake: DiscordFake, made: aiohttp.FormData, code: int) -> None:
    channel, _ = fake.lab()
    url = f"{fake.settings()['DISCORD_API_URL']}/channels/{channel.id}/messages"
    async with api.session.post(url, data=made, headers={"Authorization": f"Bot {TOKEN}"}) as response:
        said = await response.json(content_type=None)
    assert said.get("code", 0) == code
    assert [len(message.attachments) for message in fake.messages(channel)] == ([] if code else [1])


async def test_an_edit_keeps_or_drops_files(api: Api, fake: DiscordFake) -> None:
    channel, ada = fake.lab()
    url = f"{fake.settings()['DISCORD_API_URL']}/channels/{channel.id}/messages"
    async with api.session.post(url, data=form(2), headers={"Authorization": f"Bot {TOKEN}"}):
        pass
    (message,) = fake.messages(channel)
    path = f"/channels/{channel.id}/messages/{message.id}"
    assert (await api.ask("PATCH", path, {"content": "x"}))[0] == 200
    assert len(message.attachments) == 2
    assert (await api.ask("PATCH", path, {"attachments": [{"id": "1"}]}))[0] == 200
    assert [a.name for a in message.attachments] == ["1.png"]
    assert (await api.ask("PATCH", path, {"content": "", "attachments": []}))[1]["code"] == 50006
    theirs = fake.say(channel, ada, "hello")
    assert (await api.ask("PATCH", f"/channels/{channel.id}/messages/{theirs.id}", {}))[1]["code"] == 50005
    message.deleted = True
    assert (await api.ask("PATCH", path, {"content": "x"}))[1]["code"] == 10008


async def test_replies(api: Api, fake: DiscordFake) -> None:
    channel, ada = fake.lab()
    said = fake.say(channel, ada, "hello")
    path = f"/channels/{channel.id}/messages"
    for number, lenient, code in ((said.id, False, None), (1, True, None), (1, False, 50035)):
        reference = {"message_id": str(number), "fail_if_not_exists": not lenient}
        answer = (await api.ask("POST", path, {"content": "x", "message_reference": reference}))[1]
        assert answer.get("code") == code
    assert [m.replied for m in fake.messages(channel)] == [None, said.id, None]
    assert (await api.ask("POST", f"/channels/{channel.id}/typing"))[0] == 204
