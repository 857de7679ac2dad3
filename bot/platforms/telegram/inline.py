"""Offers to a person who types `@bot words` in any chat, and what becomes of a button under one that was chosen.

https://core.telegram.org/bots/inline
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from telegram import (
    Bot,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.error import TelegramError

from bot.chat.dispatch import Dispatcher
from bot.chat.offer import Offer
from bot.chat.reply import Button, Reply
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.wording import Translator
from bot.errors import Refused
from bot.platforms.telegram.calls import markup
from bot.platforms.telegram.errors import redacted
from bot.platforms.telegram.flow import clean, utf16
from bot.platforms.telegram.links import FROM_INLINE, payload_of, to_bot, with_links
from bot.platforms.telegram.receive import hint, paper_in
from bot.platforms.telegram.render import LONGEST, Message, Photo, render

log = logging.getLogger(__name__)

AT_ONCE = 16  # queries answered at the same time
WAITING = 200  # with more, the person has typed on long before it is their turn
PAGE = 10  # offers in one answer; the next come as the person scrolls
FRESH = 60  # seconds for which Telegram shows the same person the same answer again
REFUSED = 10  # seconds, for one who may be served a moment later
_TITLE, _DESCRIPTION = 128, 256  # characters; far more than is shown
_MORE = "\n\n…"


class Inline:
    """Answers inline queries. None is kept for later: a second later the person has typed on."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def answer(self, dispatcher: Dispatcher, query: InlineQuery, username: str) -> None:
        """Answer with what fits; one whom the bot does not serve gets nothing but a way to its private chat."""
        if self._waiting >= WAITING:
            log.warning("Too many people look for papers inline; one is not answered")
            return
        self._waiting += 1
        try:
            async with self._places:
                await self._answer(dispatcher, query, username)
        finally:
            self._waiting -= 1

    async def _answer(self, dispatcher: Dispatcher, query: InlineQuery, username: str) -> None:
        person = query.from_user
        address = Address("telegram", str(person.id))
        actor = Actor(str(person.id), person.full_name)
        request = Request(Call("offer"), address, actor, private=False, hint=hint(person))
        t = replace(request, language=await dispatcher.language(request)).t
        offers: Sequence[Offer] = ()
        first = int(query.offset) if query.offset.isdecimal() else 0
        fresh, button = FRESH, None
        try:
            offers = await dispatcher.offers(request, query.query)
            if not offers and (paper := paper_in(query.query)) and paper != query.query.strip():
                offers = await dispatcher.offers(request, paper)
            if not offers and first == 0:  # what is not at hand, a private chat looks for
                payload = payload_of(f"/topic {query.query.strip().lower()}") or FROM_INLINE
                button = InlineQueryResultsButton(t("Ask me in a private chat"), start_parameter=payload)
        except Refused:
            button = InlineQueryResultsButton(t("Ask me in a private chat"), start_parameter=FROM_INLINE)
            fresh = REFUSED
        page = ((offer, single(offer.reply, username, t)) for offer in offers[first : first + PAGE])
        results = [_article(offer, message) for offer, message in page if message]
        try:
            await self._bot.answer_inline_query(
                query.id,
                results,
                cache_time=fresh,
                # In the person's language, and according to who they are: nobody else's to see.
                is_personal=True,
                next_offset=str(first + PAGE) if len(offers) > first + PAGE else "",
                button=button,
            )
        except TelegramError as error:
            log.info("An inline query could not be answered: %s", redacted(error, self._bot.token))


def single(reply: Reply, username: str, t: Translator, payload: str = FROM_INLINE) -> Message | None:
    """Return the one message that a reply becomes where there can be but one, None if there is no text in it.

    Of a longer one that is the beginning, with the buttons of the end and a link to the private chat, which has this
    `payload`. Nobody can be asked anything there.
    """
    payloads = render(with_links(reply, username))
    texts = [payload.instead if isinstance(payload, Photo) else payload for payload in payloads]
    found = next((text for text in texts if isinstance(text, Message)), None)
    if found is None:
        return None
    rows = (tuple(b for b in row if not b.asks) for row in payloads[-1].keyboard)
    keyboard = tuple(row for row in rows if row)
    if len(payloads) > 1:
        keyboard = (*keyboard, (Button(t("Ask me in a private chat"), url=to_bot(username, payload)),))
    if len(payloads) > 1 and utf16(found.plain) + len(_MORE) <= LONGEST:
        found = replace(found, html=found.html + _MORE, plain=found.plain + _MORE)
    return replace(found, keyboard=keyboard)


def _article(offer: Offer, message: Message) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        offer.key,
        _short(offer.title, _TITLE) or "…",
        InputTextMessageContent(
            message.html, parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
        reply_markup=markup(message.keyboard),
        description=_short(offer.description, _DESCRIPTION) or None,
    )


def _short(words: str, longest: int) -> str:
    words = " ".join(clean(words).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
