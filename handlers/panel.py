"""How a chat's settings look: the panel with all of them, and the question after one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.chat.command import Choice
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import Bold, Text, text
from bot.chat.wording import Translator, offered_languages
from bot.editions.habits import Habits
from bot.editions.options import Detail
from bot.editions.zones import Zone
from bot.language import Language

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
# What a press switches, and what its button says; msgids.
SWITCHES = {
    "quiet": "Say so when nothing matched",
    "figures": "Figures in deep summaries",
    "cards": "Cards for paper links",
}
OF_SERVERS = ("place", "role")  # where chats have threads and roles
MESSAGES, THREAD = "messages", "thread"  # what `place` can be

_TIMES = ("06:00", "07:00", "08:00", "09:00", "10:00", "12:00", "18:00", "21:00")
_ZONES = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata")  # fmt: skip
_COUNTS = (3, 5, 10, 15, 20, 30)
_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """What a chat has chosen. `zone` is the bot's; `hears`: links that people post reach it, None: never there."""

    habits: Habits
    zone: Zone
    hears: bool | None

    def names(self, request: Request) -> tuple[str, ...]:
        """Return what can be set in the chat."""
        missing = {*(() if request.community else OF_SERVERS), *(("cards",) if self.hears is None else ())}
        return tuple(name for name in NAMES if name not in missing)

    def panel(self, request: Request, said: str = "") -> Reply:
        """Return all of it, with a button for each; `said` is what has just been done."""
        t, names = request.t, self.names(request)
        lines = tuple(
            t.rich("{name}: {value}", name=Bold(t(NAMES[name])), value=shown)
            for name, shown in self._shown(t, request.language)
            if name in names and name not in SWITCHES
        )
        blocks: list[Block] = [Heading(text(t("Settings")))]
        if said:
            blocks.append(Paragraph(text(said)))
        if self.habits.cards and self.hears is False:
            unheard = t(
                "No cards come here yet, as Telegram shows me only what is meant for me: make me an administrator of this group, or have my owner switch privacy mode off at @BotFather and add me again."
            )
            blocks.append(Paragraph(text(unheard)))
        blocks.append(Bullets(lines))
        blocks.append(Paragraph(text(t("Applies to all subscriptions here.")), small=True))
        choose, serve = (
            [
                _button(t(NAMES[name]), f"/settings {name}")
                for name in names
                if name not in SWITCHES and (name in OF_SERVERS) is served
            ]
            for served in (False, True)
        )
        switches = [self._switch(t, name) for name in names if name in SWITCHES]
        # A message has five rows of buttons where there are servers.
        rows = [tuple(switches), tuple(serve)] if serve else [(switch,) for switch in switches]
        last = (Button(t("Subscriptions here"), "/subscriptions"),)
        return Reply((*blocks, Buttons((tuple(choose[:3]), tuple(choose[3:]), *rows, last))))

    def question(self, request: Request, name: str) -> Reply:
        """Return what one setting is now, and what it can be."""
        t = request.t
        shown = dict(self._shown(t, request.language))
        buttons = [_button(label, f"/settings {name} {value}") for label, value in offers(name, t)]
        rows = [tuple(buttons[i : i + _IN_A_ROW]) for i in range(0, len(buttons), _IN_A_ROW)]
        blocks: list[Block] = [
            Heading(text(t(NAMES[name]))),
            Paragraph(text(t("Now: {value}", value=shown[name]))),
        ]
        if hint := _hint(name, t):
            blocks.append(Paragraph(hint))
        return Reply((*blocks, Buttons((*rows, (_button(t("Back"), "/settings"),)), t(NAMES[name]))))

    def _switch(self, t: Translator, name: str) -> Button:
        on = bool(getattr(self.habits, name))
        sign = "✅" if on ^ (name == "quiet") else "⬜"
        return _button(f"{sign} {t(SWITCHES[name])}", f"/settings {name} {'off' if on else 'on'}")

    def _shown(self, t: Translator, language: Language) -> Iterator[tuple[str, str]]:
        habits = self.habits
        at = habits.time.strftime("%H:%M") if habits.time else t("as soon as the announcement is read")
        yield "language", language.name()
        yield "time", at
        yield "zone", (habits.zone or self.zone).key
        yield "papers", t("at most {count}", count=habits.top)
        yield "detail", t(habits.detail.value)
        yield "quiet", t("nothing is sent") if habits.quiet else t("one line is sent")
        yield "figures", t("on") if habits.figures else t("off")
        yield "cards", t("on") if habits.cards else t("off")
        yield "place", t("in a thread of their own") if habits.thread else t("among the messages")
        yield "role", t("a role of the server") if habits.role else t("nobody")


def offers(name: str, t: Translator) -> Sequence[Choice]:
    """Return (label, value) of what is offered for a setting; anything else can be typed."""
    match name:
        case "language":
            return [(Language(tag).name(), tag) for tag in offered_languages()]
        case "time":
            return [*((value, value) for value in _TIMES), (t("When read"), "read")]
        case "zone":
            return [(value.rpartition("/")[2].replace("_", " "), value) for value in _ZONES]
        case "papers":
            return [(str(count), str(count)) for count in _COUNTS]
        case "detail":
            return [(t(detail.value), detail.value) for detail in Detail]
        case "place":
            return [(t("among the messages"), MESSAGES), (t("in a thread of their own"), THREAD)]
        case "role":
            return [(t("nobody"), "off")]
        case _:
            return [(t("on"), "on"), (t("off"), "off")]


def _button(label: str, line: str) -> Button:
    return Button(label, line, here=True)


def _hint(name: str, t: Translator) -> Text | None:
    match name:
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
