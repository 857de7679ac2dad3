"""A roundup on its way to chats, over processes and sockets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.delivery_scene import CHINESE, Scene, until

pytestmark = pytest.mark.timeout(300)


def test_each_chat_gets_its_roundup_once(tmp_path: Path) -> None:
    with Scene(tmp_path, writing=True) as scene:
        group = scene.telegram.group("Lab", [scene.owner])
        channel = scene.discord.world.channel(scene.guild)
        english = replace(scene.wish(), roundup=1)
        scene.follow(
            (f"telegram:{scene.direct.id}", "", "rag roundup", english),
            (f"telegram:{group.id}", "", "rag roundup", replace(scene.wish(CHINESE), roundup=1)),
            (f"discord:{channel.id}", "", "rag roundup", english),
        )
        process = scene.start()
        until(lambda: len(scene.rows()) == 3)
        scene.settle()
        for place in (scene.direct, channel):
            said = "\n".join(message.text for message in scene.messages(place))
            assert "12 announced · 12 matched · 12 in this roundup" in said
            assert all(f"[{number}]" in said for number in range(1, 13))
            assert "written by" in said
        assert "本综述收录 12 篇" in scene.messages(group)[0].text
        sent = scene.telegram.messages(group)
        assert [message.silent for message in sent] == [False] + [True] * (len(sent) - 1)
        count = len(scene.openai.requests)
        assert scene.end(process) == 0
        scene.start()
        scene.settle()
        assert len(scene.openai.requests) == count
        assert len(scene.telegram.messages(group)) == len(sent)
