"""What a chat makes of a reply: read with the stand-ins' own readers of Telegram's HTML and Discord's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.chat.reply import Buttons, Card, Quote, Reply
from bot.chat.text import Text
from bot.papers.ids import PaperId
from bot.platforms.discord.render import render as discord
from bot.platforms.telegram.render import Message
from bot.platforms.telegram.render import render as telegram
from tests.fakes import discord_markdown, telegram_html, telegram_links

MOST_MESSAGES = 6  # for one command
LONGEST_SEEN = 30_000

_OURS = {"bold", "italic", "code", "pre", "blockquote", "expandable_blockquote"}
_OURS_ON_DISCORD = {"heading", "subtext", "quote", "item", "strong", "em", "code", "codeblock", "link"}
_UNSEEN = re.compile("[\u2060\u200b\ufeff]")


@dataclass(frozen=True)
class Shown:
    """What of a reply should not be there, and all that can be read of it."""

    leaks: tuple[str, ...]
    text: str


def shown(reply: Reply, paper: PaperId) -> Shown:
    """Return what chats on both platforms see; only addresses of `paper` may be links."""
    leaks, said = [], []
    for line, words in (*_telegram(reply, paper), *_discord(reply, paper)):
        leaks += [line] if line else []
        said += [words] if words else []
    text = _UNSEEN.sub("", "\n".join(said))
    if len(text) > LONGEST_SEEN:
        leaks.append(f"{len(text)} characters")
    return Shown(tuple(dict.fromkeys(leaks)), text)


def written(reply: Reply) -> str:
    """Return the words of a reply that are neither the paper's own nor its head: what a model may have written."""
    blocks = [block for block in reply.blocks if not isinstance(block, Card | Quote | Buttons)]
    return "\n".join(
        _words(getattr(block, name)) for block in blocks for name in ("text", "items") if hasattr(block, name)
    )


def _words(given: str | Text | tuple[Text, ...]) -> str:
    if isinstance(given, str):
        return given
    return "".join(part.text if hasattr(part, "text") else _words(part) + "\n" for part in given)


def ours(url: str, paper: PaperId) -> bool:
    """Whether an address is one of the paper's own: on the arXiv, or its DOI."""
    number = re.escape(paper.number)
    return bool(
        re.fullmatch(
            rf"https://arxiv\.org/(?:abs|pdf)/{number}(?:v\d+)?/?|https://doi\.org/10\.\d{{4,9}}/\S+", url
        )
    )


def _telegram(reply: Reply, paper: PaperId) -> Iterator[tuple[str, str]]:
    payloads = telegram(reply)
    if len(payloads) > MOST_MESSAGES:
        yield f"telegram: {len(payloads)} messages", ""
    for payload in payloads:
        if not isinstance(payload, Message):
            yield f"telegram: {type(payload).__name__}", ""
            continue
        text, entities = telegram_links.cleaned(*telegram_html.parse(payload.html))
        yield "", text
        for entity in telegram_links.linked(text, entities):
            covered = telegram_html.part(text, entity)
            if entity.automatic or (
                entity.type not in _OURS and not (entity.type == "text_link" and ours(entity.url, paper))
            ):
                yield f"telegram: {entity.type} {covered[:60]!r} {entity.url}", ""
        for entity in telegram_links.linked(payload.plain, []):
            yield f"telegram, plain: {entity.type} {telegram_html.part(payload.plain, entity)[:60]!r}", ""
        for button in (button for row in payload.keyboard for button in row):
            if (button.url and not ours(button.url, paper)) or not (
                button.url or paper.number in button.command or button.command == "/settings"
            ):
                yield f"telegram: button {button.url or button.command!r}", ""


def _discord(reply: Reply, paper: PaperId) -> Iterator[tuple[str, str]]:
    for embeds in (None, False):
        payloads = discord(reply, embeds=embeds)
        if len(payloads) > 2 * MOST_MESSAGES:
            yield f"discord: {len(payloads)} messages", ""
        for payload in payloads:
            sources = [payload.get("content", "")]
            for embed in payload.get("embeds", ()):
                sources += [embed.get("title", ""), embed.get("description", "")]
                for url in (embed.get("url"), embed.get("image", {}).get("url")):
                    if url and not ours(url, paper):
                        yield f"discord: embed {url}", ""
            for piece in (piece for source in sources for piece in discord_markdown.read(source)):
                yield "", piece.text
                if odd := set(piece.kinds) - _OURS_ON_DISCORD:
                    yield f"discord: {'+'.join(sorted(odd))} {piece.text[:60]!r}", ""
                if "link" in piece.kinds and not ours(piece.url, paper):
                    yield f"discord: link {piece.url}", ""
            for button in (b for row in payload.get("components", ()) for b in row.get("components", ())):
                if button.get("url") and not ours(button["url"], paper):
                    yield f"discord: button {button['url']}", ""
