"""/settings: how everything comes that a chat follows, one panel of buttons, and each of them as a command."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Annotated, Protocol

from bot.chat.command import Arg, Choice, command
from bot.chat.platform import NO_PERMITS, Permits
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Bold, Text, text
from bot.chat.wording import Translator, translator
from bot.editions.desk import next_run
from bot.editions.habits import Habits
from bot.editions.options import MOST_SHOWN, Detail, Options
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.errors import BadArgument, Refused, Unpermitted
from bot.language import Language
from bot.store.choices import Choices
from bot.store.subscriptions import Subscriptions

_LANGUAGES = ("en", "zh-Hans", "zh-Hant", "ja", "ko", "de", "fr", "es")
_TIMES = ("06:00", "07:00", "08:00", "09:00", "10:00", "12:00", "18:00", "21:00")
_ZONES = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata")  # fmt: skip
_COUNTS = (3, 5, 10, 15, 20, 30)
_IN_A_ROW = 4
_YES = frozenset("on yes true 1 开 是 打开".split())
_NO = frozenset("off no false 0 关 否 关闭".split())
_READ = frozenset({"read", "when read", "none", "off", "读完", "随时"})

# What is typed, in the order of the panel, and what it is called; msgids.
NAMES = {
    "language": "Language",
    "time": "Time",
    "zone": "Time zone",
    "papers": "Papers in an edition",
    "detail": "Detail",
    "quiet": "Days without a match",
    "figures": "Figures in deep summaries",
    "cards": "Cards for paper links",
    "place": "Where editions stand",
    "role": "Who is mentioned",
}
_OF_SERVERS = ("place", "role")  # where chats have threads and roles
_MESSAGES, _THREAD = "messages", "thread"  # what `place` can be


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
                offered = _offers(setting, translator("en"))
                return [(v, said) for said, v in offered if v.startswith(wanted) or wanted in said.casefold()]
            case _:
                return ()


class Languages(Protocol):
    """Where each chat's language is kept."""

    async def set(self, chat: str, language: Language) -> None: ...


class SettingsCommands:
    """What a chat has chosen."""

    def __init__(
        self,
        *,
        languages: Languages,
        choices: Choices,
        subscriptions: Subscriptions,
        zone: Zone,
        limit: int,
        permits: Permits = NO_PERMITS,
        clock: Callable[[], float] = clocks.time,
    ) -> None:
        """`zone` is that of a chat that has not named one; `limit` is how many subscriptions a chat may have."""
        self._permits = permits
        self._languages = languages
        self._choices = choices
        self._subscriptions = subscriptions
        self._zone = zone
        self._limit = limit
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
        habits = Habits.from_json(await self._choices.get(request.address.key))
        if setting in _OF_SERVERS and not request.community:
            raise BadArgument("setting", setting, tuple(name for name in NAMES if name not in _OF_SERVERS))
        if not setting:
            return self._panel(request, habits)
        if not value:
            return self._question(request, habits, setting)
        if not (request.private or request.actor.manages):
            raise Refused("manage")
        if setting == "language":
            language = Language.parse(value)
            await self._languages.set(request.address.key, language)
            await self._adapt(request, lambda wish: replace(wish, language=language))
            request = replace(request, language=language)
        else:
            if setting in _OF_SERVERS:
                habits, name = await self._placed(request, habits, setting, value.strip()), setting
            else:
                habits, name = _changed(habits, setting, " ".join(value.split()))
            await self._choices.set(request.address.key, habits.to_json())
            await self._adapt(request, lambda wish: habits.taken_up(wish, name))
        return self._panel(request, habits, said=request.t("{name} is set.", name=request.t(NAMES[setting])))

    async def _placed(self, request: Request, habits: Habits, setting: str, value: str) -> Habits:
        """Return the habits with where editions stand, or who hears of them, if that is permitted there."""
        plain = value.casefold()
        whole = replace(request.address, thread=None)  # what is chosen holds for all of the chat
        if setting == "place":
            if plain not in (_MESSAGES, _THREAD):
                raise BadArgument("value", value[:60], (_MESSAGES, _THREAD))
            habits = replace(habits, thread=plain == _THREAD)
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
        now, chat = self._clock(), request.address.key
        for one in await self._subscriptions.of(chat):
            wish = Wish.from_json(one.data)
            changed = change(wish)
            if changed == wish:
                continue
            await self._subscriptions.add(
                chat, one.wanted, changed.to_json(), next_run(chat, changed, now), limit=self._limit, place=one.place
            )  # fmt: skip
            if one.paused:
                await self._subscriptions.pause(one.id, one.paused)

    def _panel(self, request: Request, habits: Habits, said: str = "") -> Reply:
        t = request.t
        lines = tuple(
            t.rich("{name}: {value}", name=Bold(t(NAMES[name])), value=shown)
            for name, shown in self._shown(habits, t, request.language)
            if name not in _SWITCHES and (request.community or name not in _OF_SERVERS)
        )
        blocks: list[Block] = [Heading(text(t("Settings")))]
        if said:
            blocks.append(Paragraph(text(said)))
        blocks.append(Bullets(lines))
        about = t("Applies to all subscriptions here.")
        blocks.append(Paragraph(text(about), small=True))
        choose = [_button(t(NAMES[name]), f"/settings {name}") for name in ("language", "time", "zone", "papers", "detail")]  # fmt: skip
        switches = [
            _button(_switch_label(t, name, on), f"/settings {name} {'off' if on else 'on'}")
            for name, on in (("quiet", habits.quiet), ("figures", habits.figures), ("cards", habits.cards))
        ]
        rows = [tuple(choose[:3]), tuple(choose[3:]), *((switch,) for switch in switches)]
        if request.community:  # a message has five rows of buttons there
            served = [_button(t(NAMES[name]), f"/settings {name}") for name in _OF_SERVERS]
            rows = [*rows[:2], tuple(switches), tuple(served)]
        return Reply((*blocks, Buttons((*rows, (Button(t("Followed here"), "/subscriptions"),)))))

    def _shown(self, habits: Habits, t: Translator, language: Language) -> Iterator[tuple[str, str]]:
        yield "language", language.name()
        yield (
            "time",
            habits.time.strftime("%H:%M") if habits.time else t("as soon as the announcement is read"),
        )
        yield "zone", (habits.zone or self._zone).key
        yield "papers", t("at most {count}", count=habits.top)
        yield "detail", t(habits.detail.value)
        yield "quiet", t("nothing is sent") if habits.quiet else t("one line is sent")
        yield "figures", t("on") if habits.figures else t("off")
        yield "cards", t("on") if habits.cards else t("off")
        yield "place", t("in a thread of their own") if habits.thread else t("among the messages")
        yield "role", t("a role of the server") if habits.role else t("nobody")

    def _question(self, request: Request, habits: Habits, setting: str) -> Reply:
        t = request.t
        shown = dict(self._shown(habits, t, request.language))
        buttons = [_button(label, f"/settings {setting} {value}") for label, value in _offers(setting, t)]
        rows = [tuple(buttons[i : i + _IN_A_ROW]) for i in range(0, len(buttons), _IN_A_ROW)]
        blocks: list[Block] = [
            Heading(text(t(NAMES[setting]))),
            Paragraph(text(t("Now: {value}", value=shown[setting]))),
        ]
        if hint := _hint(setting, t):
            blocks.append(Paragraph(hint))
        return Reply((*blocks, Buttons((*rows, (_button(t("Back"), "/settings"),)), t(NAMES[setting]))))


def _button(label: str, line: str) -> Button:
    return Button(label, line, here=True)


def _switch_label(t: Translator, name: str, on: bool) -> str:
    return f"{'✅' if on ^ (name == 'quiet') else '⬜'} {t(_SWITCHES[name])}"


# msgids
_SWITCHES = {
    "quiet": "Say so when nothing matched",
    "figures": "Figures in deep summaries",
    "cards": "Cards for paper links",
}


def _offers(setting: str, t: Translator) -> Sequence[Choice]:
    """Return (label, value) of what is offered for a setting; anything else can be typed."""
    match setting:
        case "language":
            return [(Language(tag).name(), tag) for tag in _LANGUAGES]
        case "time":
            return [*((value, value) for value in _TIMES), (t("When read"), "read")]
        case "zone":
            return [(value.rpartition("/")[2].replace("_", " "), value) for value in _ZONES]
        case "papers":
            return [(str(count), str(count)) for count in _COUNTS]
        case "detail":
            return [(t(detail.value), detail.value) for detail in Detail]
        case "place":
            return [(t("among the messages"), _MESSAGES), (t("in a thread of their own"), _THREAD)]
        case "role":
            return [(t("nobody"), "off")]
        case _:
            return [(t("on"), "on"), (t("off"), "off")]


def _hint(setting: str, t: Translator) -> Text | None:
    match setting:
        case "time":
            return t.rich("Or type a time: `/settings time 07:30`.")
        case "zone":
            return t.rich("Or type a city or an offset: `/settings zone Kathmandu`.")
        case "language":
            return t.rich("Or type a name or a code: `/settings language Portuguese`.")
        case "role":
            return t.rich("Type a role that wants to hear of each edition: `/settings role @readers`.")
        case _:
            return None


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
