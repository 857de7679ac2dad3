"""/start, /help and /language: what a newcomer needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

from bot.chat.command import Arg, Command, Registry, command
from bot.chat.invitation import ADD_TO_CHANNEL, ADD_TO_GROUP
from bot.chat.reply import Bullets, Button, Buttons, Heading, Paragraph, Reply, say
from bot.chat.request import Request
from bot.chat.text import Bold, Code, Text, text
from bot.chat.wording import translator
from bot.errors import Refused
from bot.language import Language
from bot.store.access import Access

_OFFERED = ("en", "zh-Hans", "zh-Hant", "ja", "de", "fr", "es", "pt")


class CommandName(str):
    """A command's name, as an argument of /help."""

    @classmethod
    def parse(cls, given: str) -> CommandName:
        """Read a name with or without its slash."""
        return cls(given.split(maxsplit=1)[0].removeprefix("/").casefold())


class Languages(Protocol):
    """Where each chat's language is kept."""

    async def get(self, chat: str) -> Language | None: ...

    async def set(self, chat: str, language: Language) -> None: ...


class BasicCommands:
    """What every bot has. `registry` is called, not held: the registry holds us."""

    def __init__(self, registry: Callable[[], Registry], languages: Languages, access: Access) -> None:
        self._registry = registry
        self._access = access
        self._languages = languages

    @command("start", example="/start")
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
        return Reply(
            (
                Heading(text("Paperwire")),
                *([Paragraph(text(wrong))] if code else []),
                Paragraph(text(t("I read arXiv papers and tell you what is in them. Send me one:"))),
                Bullets((_example("/summarize 2406.15319"), _example("/translate 2406.15319 zh"), _example("/help"))),
                Paragraph(text(t("What I write is made by a machine from the paper’s abstract. Check before citing.")), small=True),
                *_adding(request),
            )
        )  # fmt: skip

    @command("help", example="/help summarize")
    async def help(
        self,
        request: Request,
        *,
        command: Annotated[CommandName | None, Arg("a command’s name")] = None,
    ) -> Reply:
        """List the commands, or explain one."""
        if command:
            return self._explain(self._registry().find(command), request)
        t = request.t
        owner = request.address.platform == "console" or await self._access.is_owner(request.person)
        shown = (c for c in self._registry() if owner or not c.owner_only)
        lines = tuple(text(Code(c.usage), " – ", t(c.summary)) for c in shown)
        about = t.rich("A paper is an arXiv id or link: `2406.15319`, `arxiv.org/abs/2406.15319v2`.")
        return Reply((Heading(text(t("Commands"))), Bullets(lines), Paragraph(about), *_adding(request)))

    def _explain(self, found: Command, request: Request) -> Reply:
        t = request.t
        blocks: list[Heading | Paragraph | Bullets] = [
            Heading(text(found.usage)),
            Paragraph(text(t(found.summary))),
        ]
        if found.parameters:
            blocks.append(
                Bullets(
                    tuple(
                        text(
                            Bold(p.name),
                            ": ",
                            t(p.arg.description),
                            "" if p.required else f" ({t('optional')})",
                        )
                        for p in found.parameters
                    )
                )
            )
        if found.example:
            blocks.append(Paragraph(text(t("For example:"), " ", Code(found.example))))
        return Reply(tuple(blocks))

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
                Button(Language(tag).name(), f"/language {tag}") for tag in _OFFERED if tag != chosen.tag
            ]
            rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
            return Reply((Paragraph(said), Buttons(rows)))
        if not (request.private or request.actor.manages):
            raise Refused("manage")
        await self._languages.set(request.address.key, language)
        return say(
            translator(language.tag).rich("This chat now reads {language}.", language=Bold(language.name()))
        )


def _adding(request: Request) -> tuple[Buttons, ...]:
    """Return the ways to take the bot along from a private chat, which platforms fill in as far as they have them."""
    if not request.private:
        return ()
    t = request.t
    row = Button(t("Add to a group"), url=ADD_TO_GROUP), Button(t("Add to a channel"), url=ADD_TO_CHANNEL)
    return (Buttons((row,)),)


def _example(line: str) -> Text:
    return text(Code(line))
