"""A reply as Discord's messages: plain content where it is short, embeds where it has cards or is long.

Limits: 2000 characters of content, 4096 of an embed's description and 256 of its title, 6000 in all
embeds of a message, 10 embeds a message. Discord counts code points.
https://docs.discord.com/developers/resources/message#embed-object-embed-limits
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, assert_never

from bot.chat.invitation import OURS
from bot.chat.reply import (
    Block,
    Bullets,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
)
from bot.chat.text import Bold, Link, Plain, plain, text
from bot.platforms.discord.accents import colour
from bot.platforms.discord.buttons import components, opens
from bot.platforms.discord.layout import Layout, Page, Rows, Strip
from bot.platforms.discord.markup import ZERO_WIDTH, address, cut, inline
from bot.platforms.discord.uploads import LARGEST, Upload, attach
from bot.platforms.discord.uploads import room as uploads_room

CONTENT, DESCRIPTION, TITLE, ALL_EMBEDS, EMBEDS = 2000, 4096, 256, 6000, 10
AIRY = 120  # characters from which items of several lines are set apart by blank lines
NO_PREVIEWS = 4  # SUPPRESS_EMBEDS: Discord adds none of its own for the links in the content

# Discord drops lines that are empty between the items of a list and after it; these belong to the item above.
_EMPTY_LINE = f"\n  {ZERO_WIDTH}\n"
_AFTER_A_LIST = f"{_EMPTY_LINE}\n"

Payload = Mapping[str, Any]  # the body of a message, as the API takes it


def render(reply: Reply, *, embeds: bool | None = None, again: bool = True) -> Sequence[Payload]:
    """Return the messages that `reply` becomes, at least one; others hold them too, so they are not to be changed.

    `embeds` forces the one or the other look; False is for channels where the bot may not send embeds. What
    is not asked for `again`, such as a draft, is not remembered.
    """
    return _rendered(reply, embeds) if again and not reply.uploads else _made(reply, embeds)


# What is asked for often comes out the same each time, and laying it out takes longer than sending it.
@lru_cache(maxsize=256)
def _rendered(reply: Reply, embeds: bool | None) -> Sequence[Payload]:
    return _made(reply, embeds)


def _made(reply: Reply, embeds: bool | None) -> Sequence[Payload]:
    rich = any(isinstance(block, Card | Image) for block in reply.blocks)
    if embeds is not True and not (rich and embeds is None):
        payloads = _messages(_flow(reply.blocks, Layout(CONTENT), embeds=False), embeds=False)
        if embeds is False or len(payloads) == 1:
            return payloads
    return _messages(_flow(reply.blocks, Layout(DESCRIPTION), embeds=True), embeds=True)


def _flow(blocks: Iterable[Block], layout: Layout, *, embeds: bool) -> list[Page | Rows]:
    heading: list[Strip] = []  # waits for its block: a heading does not end a page
    gap = "\n\n"
    for block in blocks:
        if isinstance(block, Heading):
            heading.append(Strip(block.text, "### ", "### "))
        elif strips := list(_strips(block)):
            under_a_list = isinstance(block, Paragraph) and block.small and not heading
            layout.put([*heading, *strips], gap if under_a_list else "\n\n")
            heading = []
            gap = _AFTER_A_LIST if isinstance(block, Bullets) else "\n\n"
        else:
            layout.put(heading)
            heading, gap = [], "\n\n"
            _special(block, layout, embeds=embeds)
    layout.put(heading)
    return layout.end()


def _strips(block: Block) -> Iterator[Strip]:
    """Yield the strips of blocks that are text and nothing else."""
    match block:
        case Heading():
            yield Strip(block.text, "### ", "### ")
        case Paragraph(small=True):
            yield Strip(block.text, "-# ", "-# ")
        case Paragraph():
            yield Strip(block.text, airy=True)
        case Bullets():
            airy = any("\n" in (said := plain(item)) and len(said) > AIRY for item in block.items)
            for number, item in enumerate(block.items, 1):
                before = _EMPTY_LINE if airy and number > 1 else "\n"
                yield Strip(item, f"{number}. " if block.numbered else "- ", "  ", before=before)
        case Quote():
            yield Strip(block.text, "> ", "> ", airy=True)
        case Preformatted() | Card() | Buttons() | Image():
            return
        case _:
            assert_never(block)


def _special(block: Block, layout: Layout, *, embeds: bool) -> None:
    match block:
        case Preformatted():
            layout.put_verbatim(block.text, block.syntax)
        case Card() if embeds:
            _card(block, layout)
        case Card():
            title = Link(block.title, block.url) if address(block.url) else Plain(block.title)
            layout.put([Strip((title,), "### ", "### "), *map(Strip, block.lines)])
        case Image():
            _image(block, layout, embeds=embeds)
        case Buttons():
            _buttons(block, layout)
        case Heading() | Paragraph() | Bullets() | Quote():
            return  # an empty list, say: nothing to see
        case _:
            assert_never(block)


def _card(card: Card, layout: Layout) -> None:
    one_line = (Plain(" ".join(card.title.split())),)
    title, rest = cut(one_line, TITLE, TITLE, 0)
    layout.turn(Page(title=inline(title).strip(), url=address(card.url), colour=colour(card.accent)))
    overlong = [Strip((Bold(span.text),)) for span in rest]
    if not title and layout.page.url:
        overlong = [Strip((Link("↗", card.url),))]
    layout.put([*overlong, *map(Strip, card.lines)])


def _image(image: Image, layout: Layout, *, embeds: bool) -> None:
    target = address(image.url) if image.url else None
    upload = Upload(image.data, image.name, plain(image.caption)) if 0 < len(image.data) <= LARGEST else None
    if embeds and (target or upload):
        if layout.page.image or layout.page.whole:
            layout.turn()
        layout.put([Strip(image.caption, "-# ", "-# ")])
        layout.page.image, layout.page.upload, layout.page.whole = target, upload, True
    else:
        seen = text(image.caption, " ", Link("↗", image.url)) if target else image.caption
        layout.put([Strip(seen, "-# ", "-# ")])


def _buttons(buttons: Buttons, layout: Layout) -> None:
    """Put the buttons, those whose address no button of Discord's can hold as links before them."""
    buttons_in_all = (button for row in buttons.rows for button in row)
    unheld = [b for b in buttons_in_all if b.url and b.url not in OURS and not opens(b)]
    layout.put([Strip((Link(b.label, b.url) if address(b.url) else Plain(b.label),)) for b in unheld])
    for rows in components(buttons):
        layout.end(Rows(rows))


def _messages(pages: Iterable[Page | Rows], *, embeds: bool) -> list[Payload]:
    made: list[dict[str, Any]] = []
    room = 0
    for page in pages:
        if isinstance(page, Rows):
            if not made or "components" in made[-1]:
                made.append({"content": ZERO_WIDTH})  # buttons need a message to stand beneath
            made[-1]["components"] = list(page.rows)
        elif not embeds:
            made.append({"content": page.text})
        else:
            size = len(page.title) + len(page.text)
            last = made[-1] if made else {}
            full = size > room or len(last.get("embeds", ())) == EMBEDS
            full = full or (page.upload is not None and len(page.upload.data) > uploads_room(last))
            if full or "embeds" not in last or "components" in last:
                made.append({"embeds": []})
                room = ALL_EMBEDS
            if page.upload:
                page.image = attach(made[-1], page.upload)
            made[-1]["embeds"].append(_embed(page))
            room -= size
    made = made or [{"content": ZERO_WIDTH}]
    return [p if "embeds" in p else p | {"flags": NO_PREVIEWS} for p in made]


def _embed(page: Page) -> dict[str, Any]:
    embed: dict[str, Any] = {}
    if page.title:
        embed["title"] = page.title
    if page.url and page.title:
        embed["url"] = page.url
    if page.text:
        embed["description"] = page.text
    if page.image:
        embed["image"] = {"url": page.image}
    if page.colour is not None:
        embed["color"] = page.colour
    return embed
