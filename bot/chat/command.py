"""Commands: the signature of a handler's method is the schema that every platform reads."""

from __future__ import annotations

import difflib
import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.reply import Reply
from bot.chat.request import Address, Call
from bot.errors import BadArgument, MissingArgument, Mistake, TooLong, UnknownCommand

LONGEST = 1000  # characters of arguments, unless a parameter's type has a `longest`; nobody means more

Choice = tuple[str, str]  # what is typed, what is shown
Completer = Callable[[Address, str], Awaitable[Sequence[Choice]]]
Run = Callable[..., Awaitable[Reply]]


class Section(StrEnum):
    """What commands are about, as one asks for it: `/help papers`. Each handler's class names its own as `section`."""

    PAPERS = "papers"
    TOPICS = "topics"
    EDITIONS = "editions"
    CHAT = "chat"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Arg:
    """What a parameter is, in a few words; `choices` where only these are allowed."""

    description: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a command. `type` is str, int, or a class with `parse(str)`.

    The class may have `take(line)`, which splits off its words, and `complete(prefix)`, or `complete_with(prefix,
    others)` where the command's other arguments, as far as they are given, decide what fits.
    """

    name: str
    type: type
    arg: Arg
    required: bool

    def parse(self, given: str) -> object:
        """Return the value. Raises the type's own `Mistake`, or `BadArgument`."""
        if self.arg.choices:
            given, as_given = given.casefold(), given
            if given not in self.arg.choices:
                raise BadArgument(self.name, as_given[:60], self.arg.choices)
        try:
            read = getattr(self.type, "parse", self.type)
            return read(given)
        except ValueError as error:
            raise BadArgument(self.name, given[:60]) from error


@dataclass(frozen=True, slots=True)
class Command:
    """A name, a sentence, parameters in order, and what runs. `aliases` are typed, never listed.

    What is not `listed` is found by its name, and stands in no menu: platforms and buttons call it. `reads`: its
    example changes nothing, so that whoever wants to know what it does may run it.
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    run: Run
    aliases: tuple[str, ...] = ()
    example: str = ""
    owner_only: bool = False
    listed: bool = True
    reads: bool = False
    section: Section | None = None

    @property
    def usage(self) -> str:
        marked = (f"<{p.name}>" if p.required else f"[{p.name}]" for p in self.parameters)
        return " ".join((f"/{self.name}", *marked))

    def parse(self, arguments: str | Mapping[str, str]) -> dict[str, object]:
        """Return values by parameter name.

        As typed, each parameter takes a word and the last takes the rest. Raises `Mistake`.
        """
        length = len(arguments) if isinstance(arguments, str) else sum(map(len, arguments.values()))
        longest = max([LONGEST, *(getattr(parameter.type, "longest", 0) for parameter in self.parameters)])
        if length > longest:
            raise TooLong(length, longest)
        given = self._split(arguments) if isinstance(arguments, str) else arguments
        values: dict[str, object] = {}
        for parameter in self.parameters:
            word = given.get(parameter.name, "").strip()
            try:
                if word:
                    values[parameter.name] = parameter.parse(word)
                elif parameter.required:
                    raise MissingArgument(parameter.name)
            except (MissingArgument, BadArgument) as error:
                error.usage = self.usage
                raise
        if isinstance(arguments, str) and arguments and not self.parameters:
            raise BadArgument("", arguments[:60], usage=self.usage)
        return values

    def _split(self, line: str) -> dict[str, str]:
        words: dict[str, str] = {}
        for parameter in self.parameters[:-1]:
            words[parameter.name], line = getattr(parameter.type, "take", _first_word)(line)
        if self.parameters:
            words[self.parameters[-1].name] = line
        return words


def _first_word(line: str) -> tuple[str, str]:
    """Split off what belongs to one parameter; a type whose values hold blanks has a `take` of its own."""
    word, _, rest = line.strip().partition(" ")
    return word, rest.strip()


Method = typing.TypeVar("Method", bound=Run)


def command(
    name: str,
    *aliases: str,
    example: str = "",
    owner_only: bool = False,
    listed: bool = True,
    reads: bool = False,
) -> Callable[[Method], Method]:
    """Declare a method as the command `/name`: keyword-only parameters annotated with `Arg`.

    The docstring's first line is what menus and help show.
    """

    def mark(method: Method) -> Method:
        method.__command__ = {  # type: ignore[attr-defined]
            "name": name,
            "aliases": aliases,
            "example": example,
            "owner_only": owner_only,
            "listed": listed,
            "reads": reads,
        }
        return method

    return mark


def commands_of(handler: object) -> Iterator[Command]:
    """Yield the commands that `handler`'s methods declare, in the order of their definition."""
    for attribute, defined in vars(type(handler)).items():
        if declared := getattr(defined, "__command__", None):
            method = getattr(handler, attribute)
            summary = (inspect.getdoc(method) or "").split("\n", 1)[0]
            section = getattr(type(handler), "section", None)
            parameters = tuple(_parameters(method))
            yield Command(summary=summary, parameters=parameters, run=method, section=section, **declared)


def _parameters(method: Run) -> Iterator[Parameter]:
    hints = typing.get_type_hints(method, include_extras=True)
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        value_type, arg = typing.get_args(hints[name])[:2]
        if isinstance(value_type, types.UnionType):  # `Language | None`
            value_type = next(t for t in typing.get_args(value_type) if t is not type(None))
        yield Parameter(name, value_type, arg, parameter.default is parameter.empty)


class Registry:
    """All commands, found by what people type."""

    def __init__(
        self, handlers: Sequence[object], completers: Mapping[type, Completer] | None = None
    ) -> None:
        """Collect the commands of `handlers`; `completers` suggest values by a parameter's type.

        Raises `ValueError` for a name that two commands claim.
        """
        self._commands: dict[str, Command] = {}
        self._by_name: dict[str, Command] = {}
        self._completers = completers or {}
        for handler in handlers:
            for found in commands_of(handler):
                self._commands[found.name] = found
                for name in (found.name, *found.aliases):
                    if name in self._by_name:
                        raise ValueError(f"/{name} is declared twice")
                    self._by_name[name] = found

    def __iter__(self) -> Iterator[Command]:
        """Yield the commands that people are told of."""
        return (found for found in self._commands.values() if found.listed)

    def find(self, name: str) -> Command:
        """Return the command. Raises `UnknownCommand`, with the nearest name if one is near."""
        name = name.removeprefix("/")
        if found := self._by_name.get(name.casefold()):
            return found
        given = name[:40].casefold()
        names = [known.name for known in self]
        begun = [known for known in names if given and known.startswith(given)]
        near = begun or difflib.get_close_matches(given, names, n=1)
        raise UnknownCommand(name[:40], near[0] if near else None)

    async def complete(self, call: Call, parameter: str, address: Address, prefix: str) -> Sequence[Choice]:
        """Return at most 25 values that begin what `prefix` may become; none for an unknown command.

        The arguments of `call` that have names are what else has been given so far.
        """
        try:
            found = next(p for p in self.find(call.name).parameters if p.name == parameter)
        except (Mistake, StopIteration):
            return ()
        if found.arg.choices:
            return [(c, c) for c in found.arg.choices if c.startswith(prefix.casefold())][:25]
        if completer := self._completers.get(found.type):
            return tuple(await completer(address, prefix))[:25]
        if own := getattr(found.type, "complete_with", None):
            others = {} if isinstance(call.arguments, str) else dict(call.arguments)
            others.pop(parameter, None)
            return tuple(own(prefix, others))[:25]
        if own := getattr(found.type, "complete", None):
            return tuple(own(prefix))[:25]
        return ()

    def completes(self, parameter: Parameter) -> bool:
        """Whether there is anything to offer for a parameter, so that it is worth asking."""
        known = parameter.type in self._completers
        return known or any(hasattr(parameter.type, name) for name in ("complete", "complete_with"))
