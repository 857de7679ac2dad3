"""/help: what there is to do, on one screen, and from there by section and by command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from bot.chat.command import Arg, Choice, Command, Parameter, Registry, Section, command
from bot.chat.invitation import ADD_TO_CHANNEL, ADD_TO_GROUP
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply
from bot.chat.request import Address, Request
from bot.chat.text import Bold, Code, Text, text
from bot.errors import Refused
from bot.store.access import Access

ALL = "all"
SUMMARY, TOPIC = "/summarize 2406.15319", "/topic RAG"  # examples of what a newcomer can do
_IN_A_ROW = 2
_SECTIONS = {section.value: section for section in Section}

# msgids: what a section is called, and what one does there
TITLES = {
    Section.PAPERS: "Papers",
    Section.TOPICS: "Topics and searches",
    Section.EDITIONS: "Editions",
    Section.CHAT: "This chat",
    Section.BOT: "This bot",
}
ABOUT = {
    Section.PAPERS: "`/summarize` one, `/ask` it a question, `/translate` its abstract.",
    Section.TOPICS: "`/topic` shows the latest, `/search` finds any paper, `/roundup` sums up some weeks.",
    Section.EDITIONS: "`/subscribe` to hear each day what is new, `/edition` to see it now.",
    Section.CHAT: "`/settings` for its editions, its `/language`, its `/privacy`.",
    Section.BOT: "`/status` shows how it is doing, `/allow` lets a chat use it.",
}


class HelpSubject(str):
    """What /help is asked about: a section, all, or a command; with its slash it is surely a command."""

    @classmethod
    def parse(cls, given: str) -> HelpSubject:
        """Read the first word."""
        return cls(given.split(maxsplit=1)[0].casefold().replace("／", "/"))


class HelpCommands:
    """What the bot can do, told to whoever asks. `registry` is called, not held: the registry holds us."""

    section = Section.CHAT

    def __init__(self, registry: Callable[[], Registry], access: Access) -> None:
        self._registry = registry
        self._access = access

    @command("help", example="/help summarize", reads=True)
    async def help(
        self,
        request: Request,
        *,
        about: Annotated[HelpSubject | None, Arg("a command, papers, topics, editions, chat, or all")] = None,
    ) -> Reply:
        """Show what this bot can do, or explain a command."""
        owner = request.address.platform == "console" or await self._access.is_owner(request.person)
        shown = [found for found in self._registry() if owner or not found.owner_only]
        if not about:
            return _overview(request, shown)
        if about == ALL:
            return _everything(request, shown)
        if section := _SECTIONS.get(about):
            return _section(request, section, shown)
        found = self._registry().find(about)
        return _explained(request, found, offered=found in shown)

    async def suggest(self, address: Address, prefix: str) -> Sequence[Choice]:
        """Suggest what there is to ask about, but for what only owners may do: it is not known who is typing."""
        begun = prefix.strip().casefold().removeprefix("/")
        open_to_all = [found for found in self._registry() if not found.owner_only]
        sections = [section for section in Section if _of(section, open_to_all)]
        taken = {ALL, *sections}
        offered = [(section.value, f"{section} – {TITLES[section]}") for section in sections]
        offered.append((ALL, f"{ALL} – Every command"))
        for found in open_to_all:
            value = f"/{found.name}" if found.name in taken else found.name
            offered.append((value, f"/{found.name} – {found.summary}"))
        return [(value, said) for value, said in offered if value.removeprefix("/").startswith(begun)]


def examples(request: Request) -> tuple[tuple[Button, ...], ...]:
    """Return rows of buttons that show a newcomer what the bot does; to follow a topic for those who may."""
    follow = Button(request.t("Follow a topic"), "/pick")
    second = Button(TOPIC, TOPIC)
    return (Button(SUMMARY, SUMMARY),), (second, follow) if _manages(request) else (second,)


def adding(request: Request) -> tuple[tuple[Button, ...], ...]:
    """Return the ways to take the bot along from a private chat, which platforms fill in as far as they have them."""
    t = request.t
    row = Button(t("Add to a group"), url=ADD_TO_GROUP), Button(t("Add to a channel"), url=ADD_TO_CHANNEL)
    return (row,) if request.private else ()


def _overview(request: Request, shown: Sequence[Command]) -> Reply:
    t = request.t
    sections = [section for section in Section if _of(section, shown)]
    lines = tuple(
        t.rich("{name}: {value}", name=Bold(t(TITLES[section])), value=t.rich(ABOUT[section]))
        for section in sections
    )
    more = t.rich("`/help ask` explains a command.")
    buttons = [*(_leading_to(section, request) for section in sections), _here(t("Every command"), ALL)]
    rows = (tuple(buttons[i : i + _IN_A_ROW]) for i in range(0, len(buttons), _IN_A_ROW))
    return Reply(
        (
            Heading(text("Paperwire")),
            Paragraph(text(t("I tell you what is in arXiv papers, and what is new on your topics."))),
            Bullets(lines),
            Paragraph(more, small=True),
            Buttons((*examples(request), *rows)),
        )
    )


def _section(request: Request, section: Section, shown: Sequence[Command]) -> Reply:
    """Return the section's commands. Raises `Refused` for one that is for owners alone, if this is none."""
    t = request.t
    commands = _of(section, shown)
    if not commands:
        raise Refused("owner_only")
    lines = tuple(
        text(Code(found.example or f"/{found.name}"), " – ", t(found.summary)) for found in commands
    )
    blocks: list[Block] = [Heading(text(t(TITLES[section]))), Bullets(lines)]
    if section is Section.PAPERS:
        blocks.append(_papers(request))
    name = next((found.name for found in commands if found.parameters), commands[0].name)
    blocks.append(Paragraph(t.rich("More about one: `/help {name}`", name=name), small=True))
    rows = adding(request) if section is Section.CHAT else ()
    return Reply((*blocks, Buttons((*rows, (_here(t("Back")),)))))


def _everything(request: Request, shown: Sequence[Command]) -> Reply:
    t = request.t
    lines = tuple(text(Code(found.usage), " – ", t(found.summary)) for found in shown)
    return Reply(
        (
            Heading(text(t("Commands"))),
            Bullets(lines),
            _papers(request),
            Buttons(((_here(t("Back")),),)),
        )
    )


def _explained(request: Request, found: Command, *, offered: bool) -> Reply:
    """Return all about a command; `offered`: it is one of those that are shown to who asks."""
    t = request.t
    blocks: list[Block] = [Heading(text(found.usage)), Paragraph(text(t(found.summary)))]
    if found.parameters:
        blocks.append(Bullets(tuple(_parameter(parameter, request) for parameter in found.parameters)))
    if found.example:
        blocks.append(Paragraph(text(t("For example:"), " ", Code(found.example))))
    row = list(_tries(found, request)) if offered else []
    if offered and found.section:
        row.append(_leading_to(found.section, request))
    return Reply((*blocks, Buttons((tuple(row),))) if row else tuple(blocks))


def _parameter(parameter: Parameter, request: Request) -> Text:
    t = request.t
    optional = "" if parameter.required else f" ({t('optional')})"
    choices = [part for choice in parameter.arg.choices for part in (", ", Code(choice))][1:]
    listed = (" – ", *choices) if len(choices) > 1 else ()
    return text(Bold(parameter.name), ": ", t(parameter.arg.description), optional, *listed)


def _tries(found: Command, request: Request) -> Iterator[Button]:
    """Yield what shows by a tap what a command does: its example, or, where that changes something, a question for words."""
    line = f"/{found.name}"
    if found.reads:
        yield Button(found.example or line, found.example or line)
    elif len(found.parameters) == 1 and _manages(request):
        yield Button(f"{line} …", line, asks=True)


def _papers(request: Request) -> Paragraph:
    return Paragraph(
        request.t.rich("A paper is an arXiv id or link: `2406.15319`, `arxiv.org/abs/2406.15319v2`.")
    )


def _of(section: Section, commands: Sequence[Command]) -> list[Command]:
    return [found for found in commands if found.section is section]


def _manages(request: Request) -> bool:
    return request.private or request.actor.manages


def _leading_to(section: Section, request: Request) -> Button:
    return _here(request.t(TITLES[section]), section)


def _here(label: str, about: str = "") -> Button:
    return Button(label, f"/help {about}".strip(), here=True)
