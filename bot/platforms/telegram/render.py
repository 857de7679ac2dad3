"""A `Reply` as Telegram messages: HTML, whole blocks, within every limit.

Commands in a reply are as tappable as the reply says: a `Button` types one; `/help` in a sentence is
shown and not linked, in code or out of it, because a tap would send it without its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import assert_never

from bot.chat.reply import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
)
from bot.chat.text import Bold, Code, Italic, Link, Plain, Text, plain
from bot.platforms.telegram.flow import Flow, Frame, Run, clean, linkable, utf16
from bot.platforms.telegram.pictures import fits_file, fits_photo
from bot.platforms.telegram.unlinked import unlinked

LONGEST = 4096
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100
MOST_BUTTONS = 100
WIDEST_ROW = 8
MOST_IN_ALBUM = 10
AIRY = 120  # characters of an item from which all lists of its message have blank lines between their items

Keyboard = tuple[tuple[Button, ...], ...]
_ROOM = (LONGEST, MOST_ENTITIES)
_UPRIGHT = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Message:
    """One text message; `plain` is what is sent if Telegram will not take the markup.

    With a `placeholder` it asks for a reply, and that stands in the field until something is typed; no `keyboard` then.
    """

    html: str
    plain: str
    keyboard: Keyboard = ()
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture; `instead` is what is sent if Telegram cannot fetch it."""

    url: str
    html: str
    instead: Message
    keyboard: Keyboard = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture that is uploaded; `whole`: as a file, because Telegram would not take it as a photo."""

    data: bytes = field(repr=False)
    name: str
    html: str
    instead: Message
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures that are uploaded in one message; only one alone has buttons."""

    uploads: tuple[Upload, ...]
    keyboard: Keyboard = ()


Payload = Message | Photo | Album


HERE, ASKS = "~", "?"  # before the command line in what a button carries; no command begins so


def carried(button: Button) -> str:
    """Return what Telegram keeps for a button that has a command, in at most 64 bytes; `Button` leaves one for a sign."""
    sign = ASKS if button.asks else HERE if button.here else ""
    return sign + button.command


def render(reply: Reply, *, again: bool = True) -> list[Payload]:
    """Return the messages that show `reply`, none if there is nothing to see in it.

    What is not asked for `again`, such as a draft, is not remembered.
    """
    return list(_rendered(reply) if again and not reply.uploads else _made(reply))


@lru_cache(maxsize=256)  # what one asks for, others ask for too: packing costs more than finding the text
def _rendered(reply: Reply) -> tuple[Payload, ...]:
    return _made(reply)


def _made(reply: Reply) -> tuple[Payload, ...]:
    if one := _beneath(reply):
        return one
    payloads: list[Payload] = []
    flows: list[tuple[Block, Flow]] = []
    album: list[Upload] = []
    airy = any(map(_long, reply.blocks))

    def text_so_far() -> None:
        payloads.extend(_messages(flows))
        flows.clear()

    def pictures_so_far() -> None:
        if album:
            payloads.append(Album(tuple(album)))
            album.clear()

    for block in reply.blocks:
        if isinstance(block, Image) and fits_file(block.data):
            text_so_far()
            upload, rest = _upload(block)
            if len(album) == MOST_IN_ALBUM or upload.whole:
                pictures_so_far()
            album.append(upload)
            if upload.whole or not rest.blank:
                pictures_so_far()
            if not rest.blank:
                flows.append((Paragraph(()), rest))
            continue
        flow = flow_of(block, airy=airy)
        if album and (isinstance(block, Buttons) or not flow.blank):
            pictures_so_far()
        match block:
            case Buttons(rows):
                text_so_far()
                _attach(payloads, list(_keyboards(rows)))
            case Image():
                if photo := _photo(block):
                    text_so_far()
                    payloads.append(photo)
                else:
                    if block.url:
                        flows.append((Heading(()), _leading_to(block)))
                    if not flow.blank:
                        flows.append((block, flow))
            case _:
                if not flow.blank:
                    flows.append((block, flow))
    text_so_far()
    pictures_so_far()
    return tuple(payloads)


def _beneath(reply: Reply) -> tuple[Payload, ...]:
    """Return the only picture with all the reply's words beneath it; nothing where there are more of either."""
    images = [block for block in reply.blocks if isinstance(block, Image)]
    buttons = [block for block in reply.blocks if isinstance(block, Buttons)]
    if len(images) != 1 or not fits_photo(images[0].data) or any(b is not reply.blocks[-1] for b in buttons):
        return ()
    flows = [flow for block in reply.blocks if not (flow := flow_of(block)).blank]
    if _units(flows) > LONGEST_CAPTION or sum(flow.entities for flow in flows) > MOST_ENTITIES:
        return ()
    (image,) = images
    instead = _message([_standing_for(image), *flows])
    payloads: list[Payload] = [Album((Upload(image.data, _name(image), _message(flows).html, instead),))]
    for block in buttons:
        _attach(payloads, list(_keyboards(block.rows)))
    return tuple(payloads)


def _long(block: Block) -> bool:
    """Whether it is a list of several items, one of which takes several lines."""
    if not isinstance(block, Bullets) or len(block.items) < 2:
        return False
    return any(len(plain(item)) > AIRY for item in block.items)


def flow_of(block: Block, *, airy: bool = False) -> Flow:
    """Return the block's text with its styles; buttons have none, a picture its caption. `airy`: so are lists."""
    match block:
        case Heading(text):
            return Flow(tuple(_runs(text, "b")), tight=True).trimmed()
        case Paragraph(text, small):
            return Flow(tuple(_runs(text, *(("i",) if small and _slants(plain(text)) else ())))).trimmed()
        case Bullets(items, numbered):
            return _list(items, numbered=numbered, airy=airy)
        case Quote(text):
            return Flow(tuple(_runs(text)), Frame.QUOTE).trimmed()
        case Preformatted(text, syntax):
            return Flow((Run(clean(text, tab="    ")),), Frame.CODE, "".join(syntax.split())[:32]).trimmed()
        case Card(title, url, lines):
            head = Link(title, url) if linkable(url) else Plain(title)
            below = (run for line in lines for run in (Run("\n"), *_runs(line)))
            return Flow((*_runs((head,), "b"), *below)).trimmed()
        case Image(caption):
            return Flow(tuple(_runs(caption))).trimmed()
        case Buttons():
            return Flow(())
        case _:
            assert_never(block)


def _runs(text: Text, *tags: str) -> Iterator[Run]:
    """Yield `text` in the styles of its spans within `tags`; Telegram allows none within code."""
    for span in text:
        words = clean(span.text)
        if not words:
            continue
        match span:
            case Plain():
                yield Run(words, tags)
            case Bold():
                yield Run(words, tags if "b" in tags else (*tags, "b"), whole=True)
            case Italic():
                upright = "i" in tags or not _slants(words)
                yield Run(words, tags if upright else (*tags, "i"), whole=True)
            case Code():
                yield Run(words, ("code",), whole=True)
            case Link(_, url):
                if linkable(url):
                    yield Run(words, (*tags, "a"), url, whole=True)
                else:
                    yield Run(words, tags)
            case _:
                assert_never(span)


def _slants(words: str) -> bool:
    """Whether the script has italics; Chinese, Japanese and Korean have none, and slanted they are hard to read."""
    return _UPRIGHT.search(words) is None


def _list(items: Sequence[Text], *, numbered: bool, airy: bool) -> Flow:
    flows = [flow for item in items if not (flow := Flow(tuple(_runs(item))).trimmed()).blank]
    gap = "\n\n" if airy else "\n"
    runs: list[Run] = []
    for number, flow in enumerate(flows, 1):
        mark = f"{number}. " if numbered else "• "
        runs += [Run((gap if runs else "") + mark), *flow.runs]
    return Flow(tuple(runs))


def _messages(blocks: Iterable[tuple[Block, Flow]]) -> Iterator[Message]:
    page = _Page()
    for unit in _by_card(list(blocks)):
        yield from page.place(unit)
    yield from page.end()


@dataclass(frozen=True)
class _Group:
    """Blocks that stay on one page if that is possible at all."""

    parts: tuple[_Group | Flow, ...]

    def flows(self) -> Iterator[Flow]:
        for part in self.parts:
            if isinstance(part, Flow):
                yield part
            else:
                yield from part.flows()


def _by_card(blocks: list[tuple[Block, Flow]]) -> Iterator[_Group]:
    """Group each card with what belongs to it."""
    starts = [0, *(i for i, (block, _) in enumerate(blocks) if i and isinstance(block, Card)), len(blocks)]
    for start, end in pairwise(starts):
        if start < end:
            yield _Group(tuple(_by_heading(blocks[start:end])))


def _by_heading(blocks: list[tuple[Block, Flow]]) -> Iterator[_Group]:
    """Group headings, and the head of a card, with the block after them."""
    held: list[Flow] = []
    for block, flow in blocks:
        held.append(flow)
        if not isinstance(block, Heading | Card):
            yield _Group(tuple(held))
            held = []
    if held:
        yield _Group(tuple(held))


class _Page:
    """The message being filled."""

    def __init__(self) -> None:
        self._flows: list[Flow] = []

    def place(self, part: _Group | Flow) -> Iterator[Message]:
        """Add `part` here if it fits, on a page of its own if it fits there, and else piece by piece."""
        flows = [part] if isinstance(part, Flow) else list(part.flows())
        if self._fits(flows):
            self._flows += flows
        elif _Page()._fits(flows):
            yield from self.end()
            self._flows += flows
        elif isinstance(part, _Group):
            if self._room()[0] < LONGEST // 4:
                yield from self.end()
            for each in part.parts:
                yield from self.place(each)
        else:
            yield from self._cut(part)

    def end(self) -> Iterator[Message]:
        """Finish the page."""
        if self._flows:
            yield _message(self._flows)
        self._flows = []

    def _cut(self, flow: Flow) -> Iterator[Message]:
        while not self._fits([flow]):
            piece, flow = flow.cut(self._room(), _ROOM)
            if not (piece := piece.trimmed()).blank:
                self._flows.append(piece)
            yield from self.end()
            flow = flow.trimmed()
        if not flow.blank:
            self._flows.append(flow)

    def _fits(self, flows: Sequence[Flow]) -> bool:
        joined = [*self._flows, *flows]
        return _units(joined) <= LONGEST and sum(flow.entities for flow in joined) <= MOST_ENTITIES

    def _room(self) -> tuple[int, int]:
        if not self._flows:
            return _ROOM
        used = sum(flow.entities for flow in self._flows)
        return max(0, LONGEST - _units(self._flows) - 2), max(0, MOST_ENTITIES - used)


def _units(flows: Sequence[Flow]) -> int:
    return sum(flow.units + 2 for flow in flows) - 2


def _message(flows: Sequence[Flow]) -> Message:
    html, plain = "", ""
    for i, flow in enumerate(flows):
        close = flows[i - 1].tight and not flow.tight
        gap = "" if i == 0 else "\n" if close else "\n\n"
        html += gap + flow.html()
        plain += gap + flow.text
    guarded = unlinked(plain)
    return Message(html, guarded if utf16(guarded) <= LONGEST else plain)


def _photo(image: Image) -> Photo | None:
    """Return the picture over its caption, None if Telegram would not take one or the other."""
    caption = flow_of(image)
    if not linkable(image.url) or caption.units > LONGEST_CAPTION or caption.entities > MOST_ENTITIES - 1:
        return None
    words = [] if caption.blank else [caption]
    return Photo(image.url, "".join(flow.html() for flow in words), _message([_leading_to(image), *words]))


def _upload(image: Image) -> tuple[Upload, Flow]:
    """Return the picture over as much of its caption as stands beneath one, and the rest of the caption."""
    room = (LONGEST_CAPTION, MOST_ENTITIES)
    caption = flow_of(image)
    head, rest = (
        caption.cut(room, room)
        if caption.units > room[0] or caption.entities > room[1]
        else (caption, Flow(()))
    )
    words = [] if head.blank else [head.trimmed()]
    html = "".join(flow.html() for flow in words)
    instead = _message([_standing_for(image), *words])
    upload = Upload(image.data, _name(image), html, instead, whole=not fits_photo(image.data))
    return upload, rest.trimmed()


def _name(image: Image) -> str:
    return clean(image.name).strip() or "figure.png"


def _standing_for(image: Image) -> Flow:
    return _leading_to(image) if linkable(image.url) else Flow((Run(f"🖼 {_name(image)}"),), tight=True)


def _leading_to(image: Image) -> Flow:
    return Flow((Run("🖼 "), *_runs((Link(image.url, image.url),))), tight=True)


def _keyboards(rows: Sequence[Sequence[Button]]) -> Iterator[Keyboard]:
    """Yield keyboards of at most a hundred buttons, in rows of at most eight.

    A button to an address that Telegram refuses would take the whole message with it: it is left out.
    """
    keyboard: list[tuple[Button, ...]] = []
    for row in rows:
        fit = [_labelled(button) for button in row if button.command or linkable(button.url)]
        for start in range(0, len(fit), WIDEST_ROW):
            part = tuple(fit[start : start + WIDEST_ROW])
            if sum(map(len, keyboard)) + len(part) > MOST_BUTTONS:
                yield tuple(keyboard)
                keyboard = []
            keyboard.append(part)
    if keyboard:
        yield tuple(keyboard)


def _labelled(button: Button) -> Button:
    label = clean(button.label).strip()
    return replace(button, label=label if label else button.command or button.url)


def _attach(payloads: list[Payload], keyboards: list[Keyboard]) -> None:
    """Put buttons under the last message that has none, or under a message that says nothing."""
    for keyboard in keyboards:
        last = payloads[-1] if payloads else None
        if not last or last.keyboard or (isinstance(last, Album) and len(last.uploads) > 1):
            payloads.append(Message("…", "…"))
        payloads[-1] = replace(payloads[-1], keyboard=keyboard)
