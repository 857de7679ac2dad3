"""/start and /language: what a newcomer needs."""

from __future__ import annotations

from typing import Annotated, Protocol

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Bullets, Button, Buttons, Heading, Paragraph, Reply, say
from bot.chat.request import Request
from bot.chat.text import Bold, text
from bot.chat.wording import offered_languages, translator
from bot.language import Language
from bot.store.access import Access
from handlers.aiming import check_rights
from handlers.help import SUMMARY, TOPIC, adding, examples


class Languages(Protocol):
    """Where each chat's language is kept."""

    async def get(self, chat: str) -> Language | None: ...

    async def set(self, chat: str, language: Language) -> None: ...


class BasicCommands:
    """What every bot has."""

    section = Section.CHAT

    def __init__(self, languages: Languages, access: Access) -> None:
        self._access = access
        self._languages = languages

    @command("start", example="/start", reads=True)
    async def start(
        self,
        request: Request,
        *,
        code: Annotated[str, Arg("the one-time code of the first start, to own this bot")] = "",
    ) -> Reply:
        """Say hello."""
        t = request.t
        if code and (not request.private or request.address.platform == "console"):
            # In a channel or group the actor may be the channel itself, and others read the code.
            return say(t("Please send it to me in a private chat."))
        if code and await self._access.claim(code, request.person):
            return say(
                t.rich(
                    "This bot is yours now. It serves you; `/allow` in a chat makes it serve that chat too."
                )
            )
        wrong = t("That code is not valid; the start prints one while nobody owns the bot.")
        lines = (
            t.rich("`{example}` tells what is in a paper.", example=SUMMARY),
            t.rich("`{example}` shows the latest papers on a topic.", example=TOPIC),
            t.rich("`/subscribe RAG` sends you what is new on it each day."),
        )
        more = Button(t("What else I can do"), "/help")
        return Reply(
            (
                Heading(text("Paperwire")),
                *([Paragraph(text(wrong))] if code else []),
                Paragraph(text(t("I read arXiv papers and tell you what is in them. Try it:"))),
                Bullets(lines),
                Paragraph(text(t("What I write is made by a machine from the paper’s abstract. Check before citing.")), small=True),
                Buttons((*examples(request), (more,), *adding(request))),
            )
        )  # fmt: skip

    @command("language", "lang", example="/language zh")
    async def language(
        self,
        request: Request,
        *,
        language: Annotated[Language | None, Arg("a code or a name, such as zh or German")] = None,
    ) -> Reply:
        """Choose the language of this chat."""
        if language is None:
            chosen = request.language
            said = request.t.rich("This chat reads {language}. Choose another:", language=Bold(chosen.name()))
            buttons = [
                Button(Language(tag).name(), f"/language {tag}")
                for tag in offered_languages()
                if tag != chosen.tag
            ]
            rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
            return Reply((Paragraph(said), Buttons(rows)))
        check_rights(request)
        await self._languages.set(request.address.key, language)
        return say(
            translator(language.tag).rich("This chat now reads {language}.", language=Bold(language.name()))
        )
