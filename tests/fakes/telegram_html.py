"""Telegram's HTML: which markup it takes, which entities come out, how it counts.

Held by hand against the offline parser of Telegram's own library; what that library only does on
the server (cleaning, automatic links) is written from its published source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100

_TYPES = {
    "a": "text_link", "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "span": "spoiler", "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip


class MarkupError(Exception):
    """Telegram would refuse the text; the message is the description it would give."""


@dataclass(frozen=True)
class Entity:
    """Offset and length in UTF-16 units. `automatic`: Telegram found it, nobody marked it up."""

    type: str
    offset: int
    length: int
    url: str = ""
    language: str = ""
    automatic: bool = False

    @property
    def end(self) -> int:
        return self.offset + self.length

    def json(self) -> dict[str, object]:
        if self.type == "text_mention":
            user = {"id": int(self.url), "is_bot": False, "first_name": "?"}
            return {"type": self.type, "offset": self.offset, "length": self.length, "user": user}
        extra = {key: value for key in ("url", "language") if (value := getattr(self, key))}
        return {"type": self.type, "offset": self.offset, "length": self.length, **extra}


def utf16(text: str) -> int:
    """Return the length as Telegram counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, entity: Entity) -> str:
    """Return what `entity` covers."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * entity.offset : 2 * entity.end].decode("utf-16-le", "replace")


_PERSON = re.compile(r"tg://user/?\?id=(\d+)")
_SPACE = " \t\n\r\v\f\0"


def parse(html: str) -> tuple[str, list[Entity]]:
    """Return the text and the entities that the markup makes. Raises `MarkupError`."""
    return _Parser(html).run()


def given(entities: list[dict[str, object]]) -> list[Entity]:
    """Return the entities that a caller names instead of markup."""
    return [
        Entity(
            str(e["type"]),
            int(str(e["offset"])),
            int(str(e["length"])),
            str(e.get("url", "")),
            str(e.get("language", "")),
        )
        for e in entities
        if e["type"]
        not in (
            "url",
            "email",
            "mention",
            "hashtag",
            "cashtag",
            "bot_command",
            "phone_number",
            "bank_card_number",
        )
    ]


class _Parser:
    def __init__(self, html: str) -> None:
        self.html = html.replace("\0", " ") + "\0"  # the end, so that looking one ahead is always allowed
        self.at = 0
        self.out: list[str] = []
        self.units = 0
        self.open: list[tuple[str, str, int, int]] = []  # tag, argument, offset, length of `out`
        self.entities: list[tuple[str, Entity]] = []

    def run(self) -> tuple[str, list[Entity]]:
        end = len(self.html) - 1
        while self.at < end:
            char = self.html[self.at]
            if char == "&":
                self.emit(self.reference())
            elif char != "<":
                self.emit(self.until("<&\0"))
            elif self.html[self.at + 1] == "/":
                self.end_tag()
            else:
                self.start_tag()
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return "".join(self.out), self.sorted()

    def emit(self, text: str) -> None:
        self.out.append(text)
        self.units += utf16(text)

    def fail(self, what: str, at: int) -> MarkupError:
        return MarkupError(f"{what} at byte offset {len(self.html[:at].encode())}")

    def reference(self) -> str:
        """Read an `&…;`; what is none stands for itself."""
        found = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?").match(self.html, self.at)
        char = ""
        if found:
            hexadecimal, decimal, name = found.groups()
            if name:
                char = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}.get(name, "")
            else:
                code = int(hexadecimal, 16) if hexadecimal else int(decimal)
                char = chr(code) if 0 < code < 0x10FFFF else ""
                if char and 0xD800 <= code <= 0xDFFF:
                    raise MarkupError(
                        "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
                    )
        if not found or not char:
            self.at += 1
            return "&"
        self.at = found.end()
        return char

    def start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self.until(_SPACE + ">").lower()
        if self.ended():
            raise self.fail("Unclosed start tag", begin)
        if name not in _TYPES:
            raise self.fail(f'Unsupported start tag "{name}"', begin)
        argument = ""
        while self.html[self.at] != ">":
            self.spaces()
            if self.html[self.at] == ">":
                break
            attribute = self.until(_SPACE + "=>/\"'")
            if not attribute:
                raise self.fail(f'Empty attribute name in the tag "{name}"', begin)
            self.spaces()
            if self.html[self.at] != "=":
                if self.ended():
                    raise self.fail(f'Unclosed start tag "{name}"', begin)
                if (name, attribute) == ("blockquote", "expandable"):
                    argument = "1"
                continue
            self.at += 1
            value = self.value(name, begin)
            if (name, attribute) in (("a", "href"), ("span", "class"), ("tg-emoji", "emoji-id")):
                argument = value
            elif (name, attribute) == ("code", "class") and value.startswith("language-"):
                argument = value.removeprefix("language-")
        if name == "span" and argument != "tg-spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.at += 1
        self.open.append((name, argument, self.units, len(self.out)))

    def value(self, name: str, begin: int) -> str:
        self.spaces()
        quote = self.html[self.at]
        value = []
        if quote in "\"'":
            self.at += 1
            while self.html[self.at] != quote and not self.ended():
                if self.html[self.at] == "&":
                    value.append(self.reference())
                else:
                    value.append(self.html[self.at])
                    self.at += 1
            if not self.ended():
                self.at += 1
        else:
            token = self.at
            while self.html[self.at].isascii() and (
                self.html[self.at].isalnum() or self.html[self.at] in ".-"
            ):
                self.at += 1
            value.append(self.html[token : self.at].lower())
            if self.html[self.at] not in _SPACE + ">":
                raise self.fail("Unexpected end of name token", token)
        if self.ended():
            raise self.fail(f'Unclosed start tag "{name}"', begin)
        return "".join(value)

    def end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self.fail("Unexpected end tag", begin)
        self.at += 2
        name = self.until(_SPACE + ">").lower()
        self.spaces()
        if self.html[self.at] != ">":
            raise self.fail("Unclosed end tag", begin)
        self.at += 1
        tag, argument, offset, start = self.open.pop()
        if name and name != tag:
            where = self.fail("Unmatched end tag", begin)
            raise MarkupError(f'{where}, expected "</{tag}>", found "</{name}>"')
        if self.units == offset:
            return
        kind, length, url, language = _TYPES[tag], self.units - offset, "", ""
        if tag == "a" and (person := _PERSON.fullmatch(argument)):
            kind, url = "text_mention", person[1]
        elif tag == "a":
            url = checked_url(argument or "".join(self.out[start:])) or ""
            if not url:
                return
        elif tag == "code":
            language = argument
        elif tag == "blockquote" and argument:
            kind = "expandable_blockquote"
        self.entities.append((tag, Entity(kind, offset, length, url, language)))

    def sorted(self) -> list[Entity]:
        """Put outer before inner; a `<code class="language-…">` that fills a `<pre>` becomes one with it."""
        entities = [entity for _, entity in self.entities]
        merged: list[Entity] = []
        for entity in entities:
            twin = next(
                (
                    e
                    for e in entities
                    if {e.type, entity.type} == {"pre", "code"}
                    and (e.offset, e.length) == (entity.offset, entity.length)
                ),
                None,
            )
            if twin and entity.type == "pre" and twin.language:
                merged.append(Entity("pre", entity.offset, entity.length, language=twin.language))
            elif not (twin and entity.type == "code" and entity.language):
                merged.append(Entity(entity.type, entity.offset, entity.length, entity.url))
        return sorted(merged, key=lambda e: (e.offset, -e.length))

    def until(self, stops: str) -> str:
        begin = self.at
        found = re.compile(f"[{re.escape(stops)}]").search(self.html, begin)
        self.at = found.start() if found else len(self.html) - 1
        return self.html[begin : self.at]

    def spaces(self) -> None:
        while self.html[self.at] in _SPACE and not self.ended():
            self.at += 1

    def ended(self) -> bool:
        return self.at >= len(self.html) - 1


def checked_url(url: str) -> str | None:
    """Return the address as Telegram keeps it, None for one that makes no link."""
    url = url.strip()
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in ("http", "https", "tg", "ton", "tonsite") or re.search(
        r"[\s\0-\x1f]", url
    ):
        return None
    if port == 0 or not re.fullmatch(r"(?:(?:[\w~-]|[^\0-\x7f])+\.)+[\w-]{2,}|(?:\d{1,3}\.){3}\d{1,3}", host):
        return None
    return url if parts.path or parts.query or parts.fragment else f"{url}/"
