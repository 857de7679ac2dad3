"""Why nothing is sent to a chat any more, as its people read it: msgids, out of Telegram's words."""

from __future__ import annotations

import re

BLOCKED = "the bot was blocked"
DELETED = "the account was deleted"
REMOVED = "the bot was removed"
SILENCED = "the bot may not write there"
CLOSED = "the topic is closed"
GONE = "the topic was deleted"

_FORBIDDEN = (
    ("blocked by the user", BLOCKED),
    ("user is deactivated", DELETED),
    (
        r"kicked|not a member|chat not found|group chat was deactivated|peer_id_invalid|channel_private",
        REMOVED,
    ),
)


def forbidden(said: str) -> str:
    """Return why Telegram forbids to write to a chat."""
    return next((why for words, why in _FORBIDDEN if re.search(words, said, re.IGNORECASE)), SILENCED)


def thread_gone(said: str) -> str:
    """Return why there is no writing in a topic of a forum."""
    return CLOSED if "closed" in said.lower() else GONE
