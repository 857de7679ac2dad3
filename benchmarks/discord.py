"""A cached `/summarize` end to end on Discord, against a bare discord.py that answers with as large an embed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.processes import paperwire_run, worker
from benchmarks.rates import compare
from benchmarks.rows import Row
from benchmarks.scene import scene
from tests.fakes.discord import TOKEN, DiscordFake
from tests.fakes.discord_channels import Answer
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_rest import PREFIX, Rest


class _Talkative(Rest):
    """The API, answering callbacks as Discord does where a client wants to know what became of them.

    https://docs.discord.com/developers/interactions/receiving-and-responding#create-interaction-response
    """

    def _callback(self, body: Any, interaction: str, token: str) -> Answer:
        answer = super()._callback(body, interaction, token)
        if self._query.get("with_response") not in ("1", "true"):
            return answer
        made = self.interactions.all[int(interaction)]
        assert made.original
        summary = {"id": interaction, "type": made.type, "response_message_id": str(made.original.id)}
        resource = {"type": body["type"], "message": made.original.json()}
        return 200, {"interaction": summary, "resource": resource}


class _Readers:
    """Members of one server; each command is its own interaction, with an address of its own to answer to."""

    def __init__(self, fake: DiscordFake, paper: str) -> None:
        self._fake = fake
        self._paper = paper
        self._channel, self._person = fake.lab()

    def ask(self) -> Interaction:
        """Ask for the summary."""
        return self._fake.slash(self._channel, self._person, "summarize", paper=self._paper)

    def answered(self, asked: Interaction) -> object:
        """Return what the person sees in answer."""
        return asked.messages

    def wait(self, condition: Callable[[], object]) -> None:
        """Return as soon as `condition` holds."""
        self._fake.wait(condition, 60)


def _fake() -> DiscordFake:
    fake = DiscordFake()
    changed = fake.rest.changed
    fake.rest = _Talkative(fake.world, fake.interactions, TOKEN)
    fake.rest.changed = changed
    return fake


def measure() -> list[Row]:
    """Return both rates and their ratio. Each bot has a Discord of its own, and rests while the other works."""
    with scene() as here, _fake() as ours, _fake() as theirs:
        readers, others = _Readers(ours, here.ids[0]), _Readers(theirs, here.ids[0])
        with paperwire_run(here.folder, {**here.settings, **ours.settings()}):
            ours.wait(lambda: ours.gateway.connected and ours.rest.commands, 60)
            first = readers.ask()
            readers.wait(lambda: first.messages)
            (message,) = first.messages
            (embed,) = message.embeds
            said = (embed["title"], embed["description"])
            with worker("bare_discord", here.folder, {}, theirs.url + PREFIX, TOKEN, *said):
                theirs.wait(lambda: theirs.gateway.connected and theirs.rest.commands, 60)
                rows = compare("Discord", "discord.py", others, readers)
                # What is seen before it was acknowledged must not be cut off by the end.
                theirs.wait(lambda: all(request.status for request in theirs.rest.requests))
                return rows
