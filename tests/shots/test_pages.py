"""Pictures show all that is sent: whatever a page cannot draw is an error."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from bot.chat.reply import Image, Reply
from bot.platforms.discord.render import render as discord_payloads
from bot.platforms.telegram.render import Message
from bot.platforms.telegram.render import render as telegram_payloads
from tests.fakes.telegram_html import parse
from tests.platforms.replies import replies
from tests.shots import discord, telegram
from tests.shots.__main__ import LARGEST, PICTURES, document, small
from tests.shots.stage import SCENES, Shot
from tests.shots.unknown import Unknown

ALL_OF_THEM = 1_500_000  # bytes of all pictures

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def shot(platform: Any, message: Mapping[str, Any]) -> Shot:
    return Shot("one", platform, "papers", "", [message])


def seen(page: str) -> str:
    """Return the words of a page, without blanks, which markup may add."""
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


@settings(max_examples=60, deadline=None)
@given(replies)
def test_every_text_that_telegram_gets_is_drawn_whole(reply: Reply) -> None:
    for payload in telegram_payloads(reply):
        if isinstance(payload, Message):
            text, entities = parse(payload.html)
            drawn = telegram.written(text, [entity.json() for entity in entities])
            assert seen(drawn) == "".join(text.replace("\0", "\ufffd").split())
            assert telegram.keyboard([[{"text": b.label, "callback_data": "x"} for b in row] for row in payload.keyboard]).count('class="button"') == sum(map(len, payload.keyboard))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(replies)
def test_every_message_that_discord_gets_is_drawn(reply: Reply) -> None:
    blocks = tuple(block for block in reply.blocks if not isinstance(block, Image))
    for payload in discord_payloads(Reply(blocks)):
        page = discord.page(shot("discord", {"id": "1", **payload}))
        buttons = [button for row in payload.get("components", ()) for button in row["components"]]
        assert page.count("<discord-button") == len(buttons)
        assert page.count("<discord-embed ") == len(payload.get("embeds", ()))


@pytest.mark.parametrize(
    "message",
    [
        {"message_id": 1, "sticker": {"file_id": "x"}},
        {"message_id": 1, "text": "a", "entities": [{"type": "custom_emoji", "offset": 0, "length": 1}]},
        {"message_id": 1, "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "web_app": {"url": "c"}}]]}},
        {"message_id": 1, "photo": [{"file_id": "p"}]},
    ],
)  # fmt: skip
def test_what_telegram_could_show_and_nobody_has_drawn_is_an_error(message: Mapping[str, Any]) -> None:
    with pytest.raises(Unknown):
        telegram.page(shot("telegram", message))


@pytest.mark.parametrize(
    "message",
    [
        {"id": "1", "poll": {"question": "a"}},
        {"id": "1", "flags": 1 << 15},
        {"id": "1", "embeds": [{"video": {"url": "https://example.org"}}]},
        {"id": "1", "embeds": [{"image": {"url": "https://example.org/a.png"}}]},
        {"id": "1", "components": [{"type": 17, "components": []}]},
        {"id": "1", "components": [{"type": 1, "components": [{"type": 5}]}]},
        {"id": "1", "components": [{"type": 1, "components": [{"type": 2, "style": 6, "label": "a"}]}]},
        {"id": "1", "attachments": [{"id": "0", "filename": "a.txt"}]},
        {"id": "1", "content": ">>> all of it"},
    ],
)
def test_what_discord_could_show_and_nobody_has_drawn_is_an_error(message: Mapping[str, Any]) -> None:
    with pytest.raises(Unknown):
        discord.page(shot("discord", message))


def test_entities_count_as_telegram_counts() -> None:
    entities = [{"type": "bold", "offset": 3, "length": 2}, {"type": "text_link", "offset": 3, "length": 1, "url": "https://a.b/?c&d"}]  # fmt: skip
    assert telegram.written("👍 x<", entities) == '👍 <b><a href="https://a.b/?c&amp;d">x</a>&lt;</b>'


def test_a_code_block_a_list_and_a_quote_are_drawn_as_such() -> None:
    drawn = discord.written(
        "### Head\n```\nRAG AND (\n        ^\n```\n1. [one](https://a.b)\n  more\n> said\n-# small"
    )
    assert drawn == (
        '<discord-header level="3">Head</discord-header><pre>RAG AND (\n        ^</pre>'
        '<div class="item"><span>1.</span><div><a>one</a><br>more</div></div>'
        '<discord-quote><div class="plain">said</div></discord-quote><discord-subscript>small</discord-subscript>'
    )  # fmt: skip


def test_nothing_that_is_sent_becomes_markup_of_the_page() -> None:
    bad = "<script>alert(1)</script>\"'>"
    pages = [
        document(shot("telegram", {"message_id": 1, "text": bad})),
        document(shot("discord", {"id": "1", "content": bad, "embeds": [{"title": bad, "url": bad}]})),
    ]
    assert all("<script>" not in page for page in pages)


def test_a_picture_that_is_too_large_for_a_document_is_refused() -> None:
    import io
    import random

    import PIL.Image

    noise = PIL.Image.frombytes("RGB", (800, 800), random.Random(1).randbytes(800 * 800 * 3))
    file = io.BytesIO()
    noise.save(file, "PNG")
    with pytest.raises(ValueError, match="bytes"):
        small(file.getvalue())


def test_every_scene_has_its_picture_small_and_shown_with_words_for_it() -> None:
    page = (ROOT / "docs" / "pictures.md").read_text()
    found = re.findall(r"!\[([^\]]+)\]\(pictures/([\w-]+)\.png\)", page)
    pictures = {path.stem: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert pictures.keys() == set(SCENES)
    assert sorted(name for _, name in found) == sorted(SCENES)
    assert max(pictures.values()) <= LARGEST
    assert sum(pictures.values()) <= ALL_OF_THEM
    assert all(len(words) > 20 for words, _ in found)


def test_the_readme_shows_the_first_four_of_both_platforms_and_leads_to_their_full_size() -> None:
    page = (ROOT / "docs" / "pictures.md").read_text()
    parts = {
        heading.lower().replace(" ", "-").replace("'", ""): body
        for heading, body in re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", page, re.MULTILINE)
    }
    small = r'<a href="docs/pictures\.md#([\w-]+)"><img src="docs/pictures/([\w-]+)\.png" width="\d+" alt="([^"]+)"></a>'
    shown = re.findall(small, (ROOT / "README.md").read_text())
    four = ("edition", "card", "settings", "error")
    assert [name for _, name, _ in shown] == [
        f"{where}-{what}" for what in four for where in ("telegram", "discord")
    ]
    assert all(f"pictures/{name}.png" in parts[part] for part, name, _ in shown)
    assert all(len(words) > 20 for _, _, words in shown)


def test_the_lock_names_hashes_and_no_registry() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert all("integrity" in each for name, each in packages.items() if name)
    assert "resolved" not in (HERE / "package-lock.json").read_text()
