"""Messages of Discord's API as its client draws them: a page of `@skyra/discord-components-core`.

Whatever is not known here raises `Unknown`: a picture must not leave out what a reader would see.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from tests.fakes.discord_markdown import Piece, read
from tests.shots.stage import Shot
from tests.shots.unknown import Unknown, only

JSON = Mapping[str, Any]

_EPHEMERAL, _NO_PREVIEWS = 64, 4
_MESSAGE = {
    "id", "channel_id", "author", "timestamp", "edited_timestamp", "type", "flags", "nonce",
    "content", "embeds", "components", "attachments",
}  # fmt: skip
_EMBED = {"title", "url", "description", "color", "image", "fields", "footer", "type"}
_STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "destructive", 5: "secondary"}
_INLINE = {
    # The library's own elements for these add blanks around what they hold.
    "strong": "strong", "em": "em", "underline": "u", "strike": "s", "code": "code",
    "spoiler": "discord-spoiler", "mention": "discord-mention",
    "everyone": "discord-mention",
}  # fmt: skip
_ROW = 1


def page(shot: Shot) -> str:
    """Return the body of the page. Raises `Unknown`."""
    messages = "".join(_message(message, shot, first=i == 0) for i, message in enumerate(shot.messages))
    head = f'<div class="channel"><span>#</span> {escape(shot.place)}</div>'
    return f'<div id="shot" class="discord">{head}<discord-messages>{messages}</discord-messages></div>'


def _message(message: JSON, shot: Shot, *, first: bool) -> str:
    only(message, _MESSAGE, "message")
    flags = int(message.get("flags") or 0)
    if flags & ~(_EPHEMERAL | _NO_PREVIEWS):
        raise Unknown(f"flags {flags}")
    parts = []
    if first and shot.asked:
        command = escape(shot.asked)
        parts.append(
            f'<discord-command slot="reply" author="{escape(shot.who)}" avatar="{_avatar(shot.who, "#3ba55d")}" command="{command}"></discord-command>'
        )
    files = shot.files.get(str(message["id"]), {})
    in_embeds = [embed["image"]["url"] for embed in message.get("embeds", ()) if "image" in embed]
    parts.append(written(message.get("content") or ""))
    parts += (_embed(embed, files) for embed in message.get("embeds", ()))
    attached = [a for a in message.get("attachments", ()) if f"attachment://{a['filename']}" not in in_embeds]
    if attached:
        raise Unknown("a file that no embed shows")
    if rows := message.get("components"):
        parts.append(
            f'<discord-attachments slot="components">{"".join(map(_row, rows))}</discord-attachments>'
        )
    own = " ephemeral" if flags & _EPHEMERAL else ""
    return (
        f'<discord-message author="Paperwire" bot avatar="{_avatar("P", "#5865f2")}" timestamp="08:31"{own}>'
        f"{''.join(parts)}</discord-message>"
    )


def _embed(embed: JSON, files: Mapping[str, bytes]) -> str:
    only(embed, _EMBED, "embed")
    attributes = [f'color="#{embed.get("color", 0x1E1F22):06x}"']
    if "title" in embed:
        attributes.append(f'embed-title="{escape(embed["title"])}"')
    if "url" in embed:
        attributes.append(f'url="{escape(embed["url"])}"')
    if "image" in embed:
        attributes.append(f'image="{_image(embed["image"]["url"], files)}"')
    parts = []
    if said := embed.get("description"):
        parts.append(
            f'<discord-embed-description slot="description">{written(said)}</discord-embed-description>'
        )
    if fields := embed.get("fields"):
        made = "".join(
            f'<discord-embed-field field-title="{escape(one["name"])}"{" inline" if one.get("inline") else ""}>'
            f"{written(one['value'])}</discord-embed-field>"
            for one in fields
        )
        parts.append(f'<discord-embed-fields slot="fields">{made}</discord-embed-fields>')
    if footer := embed.get("footer"):
        parts.append(f'<discord-embed-footer slot="footer">{escape(footer["text"])}</discord-embed-footer>')
    return f'<discord-embed slot="embeds" {" ".join(attributes)}>{"".join(parts)}</discord-embed>'


def _image(url: str, files: Mapping[str, bytes]) -> str:
    name = url.removeprefix("attachment://")
    if name not in files:
        raise Unknown(f"a picture that was not uploaded: {url}")
    return f"data:image/png;base64,{base64.b64encode(files[name]).decode()}"


def _row(row: JSON) -> str:
    only(row, {"type", "components", "id"}, "row")
    if row["type"] != _ROW:
        raise Unknown(f"component {row['type']} as a row")
    return f"<discord-action-row>{''.join(map(_component, row['components']))}</discord-action-row>"


def _component(component: JSON) -> str:
    match component["type"]:
        case 2:  # a button
            only(component, {"type", "style", "label", "custom_id", "url", "id", "emoji"}, "button")
            url = f' url="{escape(component["url"])}"' if "url" in component else ""
            kind = _STYLES.get(component["style"])
            if kind is None or component.get("emoji"):
                raise Unknown(f"button {component}")
            apart = "&nbsp;" if url else ""  # of the arrow that the library puts right behind
            return f'<discord-button type="{kind}"{url}>{escape(component.get("label", ""))}{apart}</discord-button>'
        case 3:  # a menu, closed: what is chosen, or else what it says of itself
            only(
                component,
                {"type", "custom_id", "options", "placeholder", "min_values", "max_values", "id"},
                "menu",
            )
            chosen = next((o["label"] for o in component["options"] if o.get("default")), None)
            shown = chosen or component.get("placeholder") or ""
            return f'<div class="menu"><span>{escape(shown)}</span><span>⌄</span></div>'
        case other:
            raise Unknown(f"component {other}")


# ----- Markdown: blocks are lines, what is in a line is read as the stand-in of Discord's client reads it

_HEAD = re.compile(r"(#{1,3}) +(.+)")
_ITEM = re.compile(r"( *)(?:[-*]|(\d+)\.) +(.+)")


def written(source: str) -> str:
    """Return Discord's Markdown as HTML. Raises `Unknown`."""
    return "".join(_blocks(source.split("\n")))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    at, plain = 0, list[str]()
    while at < len(lines):
        line, block, taken = lines[at], "", 1
        head = _HEAD.fullmatch(line)
        if line.startswith("```"):
            taken = next(n for n in range(at + 1, len(lines)) if lines[n].endswith("```")) - at + 1
            block = f"<pre>{escape(chr(10).join(lines[at + 1 : at + taken - 1]))}</pre>"
        elif head:
            block = f'<discord-header level="{len(head[1])}">{_inline(head[2])}</discord-header>'
        elif line.startswith("-# "):
            block = f"<discord-subscript>{_inline(line[3:])}</discord-subscript>"
        elif line.startswith("> "):
            taken = _run(lines, at, lambda one: one.startswith("> "))
            inner = "\n".join(one[2:] for one in lines[at : at + taken])
            block = f"<discord-quote>{written(inner)}</discord-quote>"
        elif found := _ITEM.fullmatch(line):
            number = f"{found[2]}." if found[2] else "•"
            further = _run(lines, at + 1, lambda one: one.startswith("  ") and not _ITEM.fullmatch(one))
            said = "<br>".join(_inline(one.strip()) for one in (found[3], *lines[at + 1 : at + 1 + further]))
            taken, block = 1 + further, f'<div class="item"><span>{number}</span><div>{said}</div></div>'
        if block:
            if any(plain):
                yield _paragraph(plain)
                if not plain[-1] and not head:
                    yield '<div class="gap"></div>'
            plain = []
            yield block
        else:
            plain.append(line)
        at += taken
    if any(plain):
        yield _paragraph(plain)


def _paragraph(lines: Sequence[str]) -> str:
    return f'<div class="plain">{_inline(chr(10).join(lines)).replace(chr(10), "<br>")}</div>'


def _run(lines: Sequence[str], start: int, fits: Any) -> int:
    end = start
    while end < len(lines) and fits(lines[end]):
        end += 1
    return end - start


def _inline(source: str) -> str:
    return "".join(map(_piece, read(source)))


def _piece(piece: Piece) -> str:
    made = escape(piece.text)
    for kind in reversed(piece.kinds):
        if kind in ("link", "url", "autolink"):
            made = f"<a>{made}</a>"
        elif kind in ("emoji", "invite"):
            continue  # a name that no emoji has, an address that leads nowhere: as they stand
        elif kind in _INLINE:
            made = f"<{_INLINE[kind]}>{made}</{_INLINE[kind]}>"
        else:
            raise Unknown(f"markup {kind} in a line")
    return made


def _avatar(name: str, colour: str) -> str:
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><rect width="80" height="80" fill="{colour}"/>'
        f'<text x="40" y="56" font-family="sans-serif" font-size="44" fill="white" text-anchor="middle">{escape(name[0])}</text></svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
