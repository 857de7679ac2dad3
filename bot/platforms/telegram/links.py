"""Links that lead to the bot: what they carry, and where they lead.

A link's payload has at most 64 of the characters A-Z, a-z, 0-9, _ and -, so a paper's id is written with
other signs there: `2406-15319v2`, `hep-th_9901001`, `topic_rag`.
https://core.telegram.org/bots/features#deep-linking
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.chat.invitation import ADD_TO_CHANNEL, ADD_TO_GROUP
from bot.chat.reply import Buttons, Reply
from bot.chat.request import Call

FROM_INLINE = "inline"  # who was sent here because the bot does not serve them elsewhere
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")

_PAPER = re.compile(
    r"(?:arxiv[-_:]?|paper[-_])?([0-9]{2}(?:0[1-9]|1[0-2]))[-_.]([0-9]{4,5})(v[0-9]{1,4})?", re.IGNORECASE
)
_OLD_PAPER = re.compile(
    r"(?:arxiv[-_:]?|paper[-_])?([a-z]{2,}(?:-[a-z]{2,})?)(?:[-.][A-Z]{2})?[_/]([0-9]{7})(v[0-9]{1,4})?"
)
_TOPIC = re.compile(r"topic[-_:]([a-z0-9-]+)", re.IGNORECASE)


def opened(payload: str) -> Call | None:
    """Return what a link with this payload asks for, None if it is none of ours."""
    payload = payload.strip()
    if found := _PAPER.fullmatch(payload):
        return Call("summarize", f"{found[1]}.{found[2]}{found[3] or ''}")
    if found := _TOPIC.fullmatch(payload):
        return Call("topic", found[1].lower())
    if found := _OLD_PAPER.fullmatch(payload):
        return Call("summarize", f"{found[1]}/{found[2]}{found[3] or ''}")
    return Call("start") if payload == FROM_INLINE else None


def payload_of(line: str) -> str | None:
    """Return the payload whose link shows the paper or topic that the line is about, None where there is none."""
    call = Call.parse(line)
    if call.name == "topic":
        made, shown = f"topic_{call.arguments}", call
    else:
        paper = str(call.arguments).partition(" ")[0]
        made, shown = paper.replace(".", "-").replace("/", "_"), Call("summarize", paper)
    return made if PAYLOAD.fullmatch(made) and opened(made) == shown else None


def to_bot(username: str, payload: str) -> str:
    """Return the address that opens a private chat with the bot, with this payload."""
    return f"https://t.me/{username}?start={payload}"


def with_links(reply: Reply, username: str) -> Reply:
    """Return the reply with the addresses that add this bot to a group or channel in place of ours."""
    ours = {
        ADD_TO_GROUP: f"https://t.me/{username}?startgroup",
        ADD_TO_CHANNEL: f"https://t.me/{username}?startchannel&admin=post_messages",
    }
    if not any(
        button.url in ours
        for block in reply.blocks
        if isinstance(block, Buttons)
        for row in block.rows
        for button in row
    ):
        return reply
    blocks = (
        replace(
            block,
            rows=tuple(tuple(replace(b, url=ours.get(b.url, b.url)) for b in row) for row in block.rows),
        )
        if isinstance(block, Buttons)
        else block
        for block in reply.blocks
    )
    return replace(reply, blocks=tuple(blocks))
