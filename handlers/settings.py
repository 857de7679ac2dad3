"""/settings: how everything comes that a chat follows, one panel of buttons, and each of them as a command."""

from __future__ import annotations

import time as clocks
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Annotated, Protocol

from bot.chat.command import Arg, Choice, Section, command
from bot.chat.platform import NO_PERMITS, Permits
from bot.chat.reply import Reply
from bot.chat.request import Address, Request
from bot.chat.wording import translator
from bot.editions.desk import next_run
from bot.editions.habits import Habits
from bot.editions.options import MOST_SHOWN, Detail, Options
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.errors import BadArgument, Refused, Unpermitted
from bot.language import Language
from bot.store.choices import Choices
from bot.store.subscriptions import Subscription, Subscriptions
from handlers.aiming import check_rights
from handlers.panel import MESSAGES, NAMES, OF_SERVERS, THREAD, Settings, offers

_YES = frozenset("on yes true 1 开 是 打开".split())
_NO = frozenset("off no false 0 关 否 关闭".split())
_READ = frozenset({"read", "when read", "none", "off", "读完", "随时"})

Hears = Callable[[Address], Awaitable[bool | None]]


async def _never(address: Address) -> bool | None:
    return None


class SettingValue(str):
    """What a setting is to be; which values there are depends on the setting."""

    @classmethod
    def complete_with(cls, prefix: str, others: Mapping[str, str]) -> Sequence[Choice]:
        """Suggest values of the setting that has been chosen; nothing before that."""
        wanted = prefix.strip().casefold()
        match others.get("setting", "").casefold():
            case "language":
                return Language.complete(prefix)
            case "zone":
                return Zone.complete(prefix)
            case setting if setting in NAMES:
                offered = offers(setting, translator("en"))
                return [(v, said) for said, v in offered if v.startswith(wanted) or wanted in said.casefold()]
            case _:
                return ()


class Languages(Protocol):
    """Where each chat's language is kept."""

    async def set(self, chat: str, language: Language) -> None: ...


class SettingsCommands:
    """What a chat has chosen."""

    section = Section.CHAT

    def __init__(
        self,
        *,
        languages: Languages,
        choices: Choices,
        subscriptions: Subscriptions,
        zone: Zone,
        permits: Permits = NO_PERMITS,
        hears: Hears = _never,
        clock: Callable[[], float] = clocks.time,
    ) -> None:
        """`zone` is that of a chat that has not named one.

        `hears` tells whether links that people post in a group reach the bot, None where they never do.
        """
        self._permits = permits
        self._hears = hears
        self._languages = languages
        self._choices = choices
        self._subscriptions = subscriptions
        self._zone = zone
        self._clock = clock

    @command("settings", "preferences", "config", example="/settings time 09:00")
    async def settings(
        self,
        request: Request,
        *,
        setting: Annotated[str, Arg("what to set; all of it if left out", tuple(NAMES))] = "",
        value: Annotated[SettingValue, Arg("what it shall be")] = SettingValue(""),  # noqa: B008 - a constant
    ) -> Reply:
        """Show or change how editions come to this chat."""
        chosen = await self._chosen(request)
        names = chosen.names(request)
        if setting == "cards" and setting not in names:
            raise Refused("unheard")
        if setting and setting not in names:
            raise BadArgument("setting", setting, names)
        if not setting:
            return chosen.panel(request)
        if not value:
            return chosen.question(request, setting)
        check_rights(request)
        if setting == "language":
            language = Language.parse(value)
            await self._languages.set(request.address.key, language)
            await self._adapt(request, lambda wish: replace(wish, language=language))
            request = replace(request, language=language)
        else:
            if setting in OF_SERVERS:
                habits, name = await self._placed(request, chosen.habits, setting, value.strip()), setting
            else:
                habits, name = _changed(chosen.habits, setting, " ".join(value.split()))
            await self._choices.set(request.address.key, habits.to_json())
            await self._adapt(request, lambda wish: habits.taken_up(wish, name))
            chosen = replace(chosen, habits=habits)
        return chosen.panel(request, request.t("{name} is set.", name=request.t(NAMES[setting])))

    async def _chosen(self, request: Request) -> Settings:
        habits = Habits.from_json(await self._choices.get(request.address.key))
        return Settings(habits, self._zone, await self._hears(request.address))

    async def _placed(self, request: Request, habits: Habits, setting: str, value: str) -> Habits:
        """Return the habits with where editions stand, or who hears of them, if that is permitted there."""
        plain = value.casefold()
        whole = replace(request.address, thread=None)  # what is chosen holds for all of the chat
        if setting == "place":
            if plain not in (MESSAGES, THREAD):
                raise BadArgument("value", value[:60], (MESSAGES, THREAD))
            habits = replace(habits, thread=plain == THREAD)
        elif plain in _NO:
            habits = replace(habits, role="")
        else:
            role = await self._permits.role(request.address, request.actor.id, value)
            habits = replace(habits, role=role)
        if lacking := await self._permits.lacking(whole, thread=habits.thread, role=habits.role):
            raise Unpermitted(lacking)
        return habits

    async def _adapt(self, request: Request, change: Callable[[Wish], Wish]) -> None:
        """Have everything that is followed here come in the new way."""
        for one in await self._subscriptions.of(request.address.key):
            left: Subscription | None = one
            while left and not await self._adapted(left, change):
                left = await self._subscriptions.get(one.id)  # an edition was planned while we looked

    async def _adapted(self, one: Subscription, change: Callable[[Wish], Wish]) -> bool:
        """Have one subscription come in the new way; False if it is not any more as it was read."""
        wish, now = Wish.from_json(one.data), self._clock()
        changed = change(wish)
        if changed == wish:
            return True
        # One that waits for its announcement goes on waiting: its next run is counted from there.
        return await self._subscriptions.change(
            one,
            changed.to_json(),
            now,
            rescheduled=changed.schedule != wish.schedule and wish.waiting is None,
            next_run=next_run(one.chat, changed, now),
        )


def _changed(habits: Habits, setting: str, value: str) -> tuple[Habits, str]:
    """Return the habits with one of them changed, and the name of its field. Raises `BadArgument`."""
    plain = value.casefold()
    match setting:
        case "time":
            return replace(habits, time=None if plain in _READ else _time(value)), "time"
        case "zone":
            return replace(habits, zone=Zone.parse(value)), "zone"
        case "papers":
            if not (plain.isdecimal() and 1 <= int(plain) <= MOST_SHOWN):
                raise BadArgument("top", value[:60], (f"1–{MOST_SHOWN}",))
            return replace(habits, top=int(plain)), "top"
        case "detail":
            if plain not in list(Detail):
                raise BadArgument("value", value[:60], tuple(Detail))
            return replace(habits, detail=Detail(plain)), "detail"
        case "quiet":
            return replace(habits, quiet=_switched(plain)), setting
        case "figures":
            return replace(habits, figures=_switched(plain)), setting
        case _:
            return replace(habits, cards=_switched(plain)), "cards"


def _switched(value: str) -> bool:
    if value not in _YES | _NO:
        raise BadArgument("value", value[:60], ("on", "off"))
    return value in _YES


def _time(value: str) -> time:
    """Return the time of day, in every way in which `/subscribe` takes it."""
    for said in (f'"x" at {value}', f'"x" {value}'):
        options = Options.parse(said)
        if options.time and options.wanted == '"x"':
            return options.time
    raise BadArgument("time", value[:60])
