"""Messages of the Bot API as a Telegram client draws them: a page of HTML.

Whatever is not known here raises `Unknown`: a picture must not leave out what a reader would see.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from PIL import Image

from tests.shots.stage import Shot
from tests.shots.unknown import Unknown, only

JSON = Mapping[str, Any]

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
# What clients colour like a link, because a tap on it does something.
_TAPPED = {"bot_command", "mention", "hashtag", "cashtag", "email", "phone_number", "url"}
_MESSAGE = {"message_id", "date", "chat", "from", "sender_chat", "message_thread_id", "is_topic_message"}
_OFFER = {"type", "id", "title", "description", "input_message_content", "reply_markup"}
_SHOWN = {"text", "entities", "caption", "caption_entities", "photo", "media_group_id", "reply_markup"}


def page(shot: Shot) -> str:
    """Return the body of the page. Raises `Unknown`."""
    name = shot.place or "Paperwire"
    under = "online" if shot.offers else "128 members, 17 online" if shot.place else "bot"
    parts = [
        f'<header><span class="avatar">{escape(name[0])}</span>'
        f"<span><b>{escape(name)}</b><small>{under}</small></span></header>"
    ]
    if shot.offers:
        parts.append(_offers(shot))
    elif shot.asked:
        parts.append(f'<div class="bubble mine">{written(shot.asked, _commands(shot.asked))}{_TIME}</div>')
    for _, group in groupby(shot.messages, lambda one: one.get("media_group_id") or one["message_id"]):
        together = list(group)
        parts.append(_message(together[0], shot) if len(together) == 1 else _album(together, shot))
    return f'<div id="shot" class="telegram">{"".join(parts)}</div>'


_TIME = "<time>08:31</time>"


def _message(message: JSON, shot: Shot) -> str:
    only(message, _MESSAGE | _SHOWN, "message")
    text = str(message.get("text") or message.get("caption") or "")
    said = written(text, message.get("entities") or message.get("caption_entities") or ())
    pictures = "".join(map(_picture, shot.files.get(str(message["message_id"]), {}).values()))
    if ("photo" in message) != bool(pictures):
        raise Unknown("a photo that was not uploaded")
    who = '<b class="who">Paperwire</b>' if shot.place else ""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
    kind = "bubble photo" if pictures else "bubble"
    avatar = '<span class="avatar small">P</span>' if shot.place else ""
    return (
        f'<div class="theirs">{avatar}<div class="column"><div class="{kind}">{who}{pictures}<div class="text">{said}</div>{_TIME}</div>'
        f"{keyboard(rows)}</div></div>"
    )


def _album(messages: Sequence[JSON], shot: Shot) -> str:
    """Two wide pictures sent together stand in one bubble; what is said of each is shown by a tap on it."""
    pictures, captions = list[bytes](), list[str]()
    for message in messages:
        only(message, _MESSAGE | (_SHOWN - {"reply_markup"}), "message of an album")
        pictures += shot.files[str(message["message_id"])].values()
        captions += filter(None, [message.get("caption")])
    if len(captions) != 2 or len(pictures) != 2 or not all(map(_is_wide, pictures)):
        raise Unknown("an album of other than two wide pictures with words each")
    avatar = '<span class="avatar small">P</span>' if shot.place else ""
    drawn = "".join(map(_picture, pictures))
    return f'<div class="theirs">{avatar}<div class="column"><div class="bubble photo album">{drawn}{_TIME}</div></div></div>'


def _is_wide(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.width > 1.4 * picture.height


def _offers(shot: Shot) -> str:
    """What is offered while a person types, over the field that they type into."""
    rows = []
    for offer in shot.offers:
        only(offer, _OFFER, "offer")
        rows.append(
            f'<div class="offer"><span class="thumb">{escape(offer["title"][0])}</span>'
            f"<span><b>{escape(offer['title'])}</b><small>{escape(offer.get('description', ''))}</small></span></div>"
        )
    return f'<div class="offers">{"".join(rows)}</div><div class="field">{escape(shot.asked)}<i></i></div>'


def written(text: str, entities: Iterable[JSON]) -> str:
    """Return text with its entities, whose offsets count UTF-16 units, as HTML. Raises `Unknown`."""
    units = text.encode("utf-16-le")
    opened: dict[int, list[str]] = {}
    closed: dict[int, list[str]] = {}
    for entity in entities:  # outer before inner, as the Bot API sorts them
        start, end = entity["offset"], entity["offset"] + entity["length"]
        before, after = _marks(entity)
        opened.setdefault(start, []).append(before)
        closed.setdefault(end, []).insert(0, after)
    at, made = 0, []
    for edge in sorted({*opened, *closed, len(units) // 2}):
        made.append(escape(units[2 * at : 2 * edge].decode("utf-16-le"), quote=False))
        made += closed.get(edge, [])
        made += opened.get(edge, [])
        at = edge
    # A quote and a block of code stand on lines of their own, whatever is written around them.
    return "".join(made).replace("</blockquote>\n", "</blockquote>").replace("</pre>\n", "</pre>")


def _marks(entity: JSON) -> tuple[str, str]:
    only(entity, {"type", "offset", "length", "url", "language"}, "entity")
    kind = entity["type"]
    if kind in _TAGS:
        return f"<{_TAGS[kind]}>", f"</{_TAGS[kind]}>"
    if kind == "text_link":
        return f'<a href="{escape(entity["url"])}">', "</a>"
    if kind in _TAPPED:
        return "<a>", "</a>"
    if kind == "spoiler":
        return '<span class="spoiler">', "</span>"
    raise Unknown(f"entity {kind}")


def keyboard(rows: Sequence[Sequence[JSON]]) -> str:
    """Return the buttons beneath a message, empty if there are none. Raises `Unknown`."""
    return f'<div class="keyboard">{"".join(map(_row, rows))}</div>' if rows else ""


def _row(buttons: Sequence[JSON]) -> str:
    made = []
    for button in buttons:
        kind = only(button, {"text", "callback_data", "url", "switch_inline_query_current_chat"}, "button")
        arrow = "<i>↗</i>" if "url" in kind else ""
        made.append(f'<span class="button"><span>{escape(button["text"])}</span>{arrow}</span>')
    return f'<div class="row">{"".join(made)}</div>'


def _picture(data: bytes) -> str:
    return f'<img src="data:image/png;base64,{base64.b64encode(data).decode()}">'


def _commands(text: str) -> list[JSON]:
    return (
        [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        if text[0] == "/"
        else []
    )
