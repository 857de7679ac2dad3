"""Asking a person for the words that a button's command line lacks."""

from __future__ import annotations

import html
from dataclasses import replace

from bot.chat.command import Command
from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Code, text
from bot.chat.wording import Translator
from bot.errors import Mistake
from bot.platforms.telegram.flow import clean, utf16
from bot.platforms.telegram.render import Message, render

LONGEST_PLACEHOLDER = 64


class Questions:
    """Dispatches as the dispatcher does, but for a question in place of what the command would answer.

    `aloud`: nobody can reply to a question where this comes from, as in a channel; its text says what to type then.
    """

    def __init__(self, dispatcher: Dispatcher, *, aloud: bool) -> None:
        self._dispatcher = dispatcher
        self._aloud = aloud

    async def dispatch(self, request: Request, *, aside: bool = False) -> Reply:
        """Return the question, whose reply continues the line, or what is said to whom it is not put. Never raises."""
        if refused := await self._dispatcher.refusal(request):
            return refused
        try:
            command = self._dispatcher.registry.find(request.call.name)
        except Mistake:
            command = None
        if command is None or not command.parameters:
            return await self._dispatcher.dispatch(request, aside=aside)
        t = replace(request, language=await self._dispatcher.language(request)).t
        said, example = _asked(command, t), _example(command, request)
        line = f"/{request.call.name} {request.call.arguments}".strip()
        if self._aloud:
            typed = f"{line} …" if request.call.arguments else example or command.usage
            return Reply((Paragraph(text(f"{said}\n", Code(typed))),), private=True)
        blocks = [Paragraph(text(said))]
        if example:
            blocks.append(
                Paragraph(text(t("For example:"), " ", Code(example.partition(" ")[2])), small=True)
            )
        return Reply(tuple(blocks), follow_up=line)


def question(reply: Reply, *, person: str, name: str, private: bool) -> Message:
    """Return a question as the message that opens a field to answer it in: for this person alone where others read."""
    (message,) = render(reply)[:1]
    assert isinstance(message, Message)
    placeholder = _short(message.plain.partition("\n")[0])
    if private or not person.isdecimal():  # a channel that writes in a group cannot be named so
        return replace(message, placeholder=placeholder)
    called = clean(name).strip() or person
    link = f'<a href="tg://user?id={person}">{html.escape(called, quote=False)}</a>\n'
    return Message(link + message.html, f"{called}\n{message.plain}", placeholder=placeholder)


def _asked(command: Command, t: Translator) -> str:
    said = t(command.parameters[-1].arg.description)
    return said[:1].upper() + said[1:]


def _example(command: Command, request: Request) -> str:
    """Return an example of the command, if it is one for what is asked here: the words of the last argument alone."""
    return command.example if len(command.parameters) == 1 and not request.call.arguments else ""


def _short(words: str) -> str:
    while utf16(words) > LONGEST_PLACEHOLDER:
        words = words[:-2].rstrip() + "…"
    return words or "…"
