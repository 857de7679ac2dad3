"""Fixed sentences in the reader's language, and the one place that puts errors into words."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from io import BytesIO
from string import Formatter

from bot import errors
from bot.chat.text import Code, Span, Text, text
from bot.errors import PaperwireError
from bot.language import TAGS

# By the problem of a `BadQuery`.
ARGUMENT_MISTAKES = {
    "zone": "`{given}` is no time zone that I know; say `Asia/Shanghai`, `Beijing` or `UTC+8`. If it belongs to your query, put the query in quotes.",
    "time": "`{given}` is no time of day; say `09:00`, `9am` or `21:30`.",
    "top": "An edition shows 1 to 50 papers, not `{given}`.",
    "every": "`{given}` is no rhythm; it can be from every day to every 366 days.",
    "weekdays": "Every so many days goes with one weekday, not with `{given}`.",
    "role": "`{given}` is no role of this server; type `@` and choose one.",
    "channel": "Nothing can be sent to `{given}`: choose a channel that holds messages.",
}
QUERY_MISTAKES = {
    "": "This query cannot be read.",
    "empty": "The query has no word to look for.",
    "long": "The query has more than {detail} characters; please shorten it.",
    "many": "The query has more than {detail} terms; please leave some out.",
    "deep": "Parentheses stand within each other more than {detail} deep; please use fewer.",
    "quote": "This quotation mark is never closed; close it or leave it out.",
    "open": "This parenthesis is never closed; add `)` or leave it out.",
    "close": "This parenthesis was never opened; add `(` before it or leave it out.",
    "empty_group": "There is nothing between these parentheses; put a term there or leave them out.",
    "empty_phrase": "There is no word between these quotation marks; put one there or leave them out.",
    "empty_field": "Nothing to look for stands behind `{detail}:`; put a word, a phrase in quotes or a group in parentheses there.",
    "operator_first": "`{detail}` joins two terms, and none stands before it; add one, leave `{detail}` out, or put it in quotes to look for the word.",
    "operator_last": "No term stands behind `{detail}`; add one, leave `{detail}` out, or put it in quotes to look for the word.",
    "sign": "The sign `{detail}` stands right in front of the one term that it is about; put it there, leave it out, or put the words around it in quotes.",
    "colon": "A colon stands right behind the name of a field, such as `ti:`; leave it out or put the words around it in quotes.",
    "field": 'There is no field `{detail}:`; the fields are `ti: au: abs: cat: co: jr: all:`. To look for words with a colon, such as a title, put them in quotes: `"{detail}: …"`.',
    "nested_field": "`{detail}:` stands within another field; give each field its own term or group.",
    "address": "That is an address and no query; give words to look for, or send `/summarize` with the address to read that paper.",
    "category": "The arXiv has no category `{detail}`; a category looks like `cs.CL`, and `cs` stands for all of its kind.",
    "range": "Ranges such as `[a TO b]` are not understood; leave `{detail}` out or put the words around it in quotes.",
    "fuzzy": "Similar spellings with `~` are not looked for; use the beginning of a word, such as `agent*`, or name each spelling.",
    "slop": "Between the words of a phrase at most {detail} others can be allowed; please give a smaller number.",
    "boost": "Weights with `^` are not understood; leave the sign and its number out.",
    "regex": "Regular expressions are not understood; leave the `/` out, or use the beginning of a word, such as `agent*`.",
    "leading_wildcard": "A star can stand at the end of a word alone, such as `agent*`.",
    "inner_wildcard": "A star can stand at the end of a word alone, such as `agent*`.",
    "short_prefix": "Too many words begin as `{detail}`; give at least two letters before the star.",
    "wildcard": "A question mark stands for nothing here; leave it out or put the words around it in quotes.",
    "negative": "This says only what not to find; add what to look for.",
    "alternative": "Each side of OR has to say what to find, and this one says only what not to; use AND, or add a term beside it.",
}
# By the reason of a `PdfUnusable`.
PDF_TROUBLES = {
    "missing": "The arXiv has no PDF of this paper; one that has just appeared can take ten minutes.",
    "too large": "The PDF of this paper is too large to be read here.",
    "scan": "The PDF of this paper is a scan: pictures of pages, and no text to read.",
    "encrypted": "The PDF of this paper is locked with a password.",
    "too slow": "The PDF of this paper took too long to read; please try again later.",
    "unreadable": "The PDF of this paper cannot be read.",
}
_OFFERED = 8  # languages to choose from


class Translator:
    """`t("No paper {id}.", id=…)` says the sentence in one language; `t.rich` keeps spans as spans."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def __call__(self, sentence: str, **values: object) -> str:
        said = self._translate(sentence)
        return said.format(**values) if values else said

    def rich(self, sentence: str, **values: str | Span | Text) -> Text:
        """Return the sentence with `{name}` replaced by its value, and `backticks` as code.

        The sentence is ours; nothing in a value is read as markup. A value in code is a string.
        """
        parts: list[str | Span | Text] = []
        for i, piece in enumerate(self._translate(sentence).split("`")):
            if i % 2:
                parts.append(Code(piece.format(**values)))
                continue
            for literal, name, _, _ in Formatter().parse(piece):
                parts += [literal] if name is None else [literal, values[name]]
        return text(*parts)


@lru_cache
def catalogues() -> tuple[str, ...]:
    """Return the tags of the interface languages besides English: one file each in locale/, and nothing else."""
    files = resources.files("bot.chat").joinpath("locale").iterdir()
    return tuple(sorted(file.name.removesuffix(".po") for file in files if file.name.endswith(".po")))


def catalogue_of(tag: str) -> str | None:
    """Return the catalogue for a language tag, or one of its language in another script; None if there is none."""
    if tag in catalogues():
        return tag
    return next((c for c in catalogues() if c.partition("-")[0] == tag.partition("-")[0]), None)


def offered_languages() -> tuple[str, ...]:
    """Return the tags of languages to choose from with a press: those of the interface first, of others a few."""
    spoken = ("en", *catalogues())
    return tuple(dict.fromkeys((*spoken, *TAGS)))[: max(_OFFERED, len(spoken))]


@lru_cache(maxsize=64)
def translator(tag: str) -> Translator:
    """Return the translator for a language tag; where it has no catalogue, its language in another script, or English."""
    catalogue = catalogue_of(tag)
    if catalogue is None:
        return Translator(str)
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = resources.files("bot.chat").joinpath("locale", f"{catalogue}.po")
    compiled = BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po))
    compiled.seek(0)
    return Translator(gettext.GNUTranslations(compiled).gettext)


# What a bot can lack, as Discord's settings call it.
PERMISSIONS = (
    "View Channel",
    "Send Messages",
    "Create Posts",
    "Create Public Threads",
    "Send Messages in Threads",
    "Manage Threads",
    "Embed Links",
    "Attach Files",
    "Mention @everyone, @here and All Roles",
)
_LACKING = "the bot lacks "


def reason_of(said: str, t: Translator) -> str:
    """Return why a chat could not be reached, as `DeliveryError.reason` has it, in words for people."""
    if not said.startswith(_LACKING):
        return t(said) if said else ""
    names = [name for name in PERMISSIONS if name in said]
    return t("the bot lacks {permissions}", permissions=", ".join(map(t, names)))


def explain(error: PaperwireError, t: Translator) -> Text:
    """Say what happened and what to do about it, in one sentence or two."""
    values: dict[str, str] = {}
    for name in getattr(error, "__dataclass_fields__", ()):
        value = getattr(error, name)
        if name == "opens":
            values[name] = datetime.fromtimestamp(float(value), UTC).strftime("%Y-%m-%d %H:%M UTC")
        elif name == "permissions":
            values[name] = ", ".join(map(t, value))
        elif isinstance(value, tuple):
            values[name] = " | ".join(value)
        elif name in ("argument", "reason"):
            values[name] = t(str(value)) if value else ""
        else:
            values[name] = str(round(value)) if isinstance(value, float) else str(value)
    return t.rich(sentence(error), **values)


def sentence(error: PaperwireError) -> str:
    """Return the English sentence for `error`, with its fields in braces."""
    match error:
        case errors.UnknownCommand(name=""):
            return "Commands start with a slash; `/help` lists them."
        case errors.UnknownCommand(nearest=None):
            return "There is no command `/{name}`; `/help` lists them."
        case errors.UnknownCommand():
            return "There is no command `/{name}`; did you mean `/{nearest}`?"
        case errors.MissingArgument():
            return "The {argument} is missing: `{usage}`"
        case errors.BadArgument(argument=""):
            return "This command takes no argument such as `{given}`: `{usage}`"
        case errors.BadArgument(argument="zone", choices=(_, *_)):
            return "`{given}` may mean `{choices}`; which one?"
        case errors.BadArgument(argument=argument) if argument in ARGUMENT_MISTAKES:
            return ARGUMENT_MISTAKES[argument]
        case errors.BadArgument(choices=()):
            return "`{given}` is no {argument}: `{usage}`"
        case errors.BadArgument():
            return "`{given}` is no {argument}; choose one of `{choices}`."
        case errors.TooLong():
            return "That is {length} characters, and at most {limit} are read; please shorten it."
        case errors.NotAPaperId(digits=None):
            return "`{given}` is not an arXiv id or link; an id looks like `2406.15319`."
        case errors.NotAPaperId():
            return "`{given}` is not an arXiv id: that month’s ids have {digits} digits after the point."
        case errors.UnknownLanguage(nearest=None):
            return "I do not know the language `{given}`; try a code such as `zh` or a name such as `German`."
        case errors.UnknownLanguage():
            return "I do not know the language `{given}`; did you mean {nearest}?"
        case errors.PaperNotFound():
            return "The arXiv has no paper `{paper}`; please check the number."
        case errors.ChatNotFound():
            return "I cannot see a chat `{chat}`; add me to it first, and give its @name or id."
        case errors.NotSubscribed():
            return "`{given}` is not followed here; `/subscriptions` lists what is."
        case errors.TooManySubscriptions():
            return "This chat follows {limit} topics and queries already; end one first: `/subscriptions`."
        case errors.Unpermitted():
            return "There I lack {permissions}; permit that in the channel’s settings, then try again."
        case errors.Refused(reason="manage_server"):
            return "That takes the permission Manage Channels or Manage Server."
        case errors.Refused(reason="manage_there_server"):
            return "That takes the permission Manage Channels or Manage Server in `{detail}`."
        case errors.Refused(reason="mention"):
            return "To have that role mentioned takes the permission Manage Roles, or Mention @everyone, @here and All Roles."
        case errors.Refused(reason="manage_there"):
            return "Only people who may manage `{detail}` can set it up."
        case errors.UnknownTopic(nearest=None):
            return "There is no topic `{given}`; `/topics` lists them."
        case errors.UnknownTopic():
            return "There is no topic `{given}`; did you mean `{nearest}`?"
        case errors.BadQuery(problem=problem):
            return QUERY_MISTAKES.get(problem, QUERY_MISTAKES[""])
        case errors.Refused(reason="owner_only"):
            return "Only an owner of this bot can do that."
        case errors.Refused(reason="not_listed"):
            return "This bot serves the chats that its owner has allowed; please ask the owner."
        case errors.Refused(reason="unheard"):
            return "Here I am shown only what is meant for me, so links that people post get no cards; send `/summarize` with the link, or choose “Summarize this paper” in the menu of the message."
        case errors.Refused(reason="manage"):
            return "Only people who may manage this chat can do that."
        case errors.Refused():
            return "You may not do that here."
        case errors.CeilingReached(whose="person", what="money"):
            return "Your model calls have cost what they may for today; they open again at {opens}."
        case errors.CeilingReached(whose="chat", what="money"):
            return "This chat’s model calls have cost what they may for today; they open again at {opens}."
        case errors.CeilingReached(what="money"):
            return "This bot’s model calls have cost what they may for today; they open again at {opens}."
        case errors.CeilingReached(whose="person"):
            return "You have used up your model calls for today; they open again at {opens}."
        case errors.CeilingReached(whose="chat"):
            return "This chat has used up its model calls for today; they open again at {opens}."
        case errors.CeilingReached():
            return "This bot has used up its model calls for today; they open again at {opens}."
        case errors.Unavailable():
            return _of_a_service(error)
        case errors.Misconfigured():
            return "`{setting}` {problem}; {mend}"
        case _:
            return "A service failed; please try again in a minute."


def _of_a_service(error: errors.Unavailable) -> str:
    match error:
        case errors.ArxivUnavailable(retry_after=float()):
            return "The arXiv asks for a pause; please try again in {retry_after} s."
        case errors.ArxivUnavailable():
            return "The arXiv did not answer ({reason}); please try again in a minute."
        case errors.ArxivClosed():
            return "The arXiv has refused this bot (403); no more is asked of it until the owner runs `paperwire doctor --reopen-arxiv`."
        case errors.PdfUnusable(reason=reason):
            return PDF_TROUBLES.get(reason, PDF_TROUBLES["unreadable"])
        case errors.ModelUnavailable(reason="unauthorised"):
            return "The model’s server refused the key; the owner should check `OPENAI_API_KEY`."
        case errors.ModelUnavailable(reason="no such model"):
            return "The model’s server does not know this model; the owner should check `OPENAI_MODEL`."
        case errors.ModelUnavailable(reason="no quota"):
            return "The model’s server says that the account is used up; the owner should top it up, or look at its limits."
        case errors.ModelUnavailable(reason="resting"):
            return "The model’s server has failed several times in a row and is left alone; please try again in {retry_after} s."
        case errors.ModelUnavailable(reason="too long"):
            return "That is longer than the model reads at once; the owner should set `MODEL_CONTEXT` to what its server allows."
        case errors.ModelUnavailable(retry_after=float()):
            return "The model’s server asks for a pause; please try again in {retry_after} s."
        case errors.ModelUnavailable(reason=reason) if reason.startswith("status 4"):
            return "The model’s server does not take our questions ({reason}); the owner should look into the log and check `OPENAI_MODEL`."
        case errors.ModelUnavailable():
            return "The model did not answer ({reason}); please try again in a minute."
        case errors.ModelUnusable():
            return "The model gave no usable answer ({reason}); please try again."
        case errors.ModelMissing():
            return "That needs a language model, and none is set; the owner should set `OPENAI_API_KEY`, or `OPENAI_BASE_URL` for a server of their own."
        case errors.PlatformUnavailable():
            return "{platform} did not answer; please try again in a minute."
        case errors.StoreUnavailable(reason="full"):
            return "The store is full and can keep nothing more; the owner should free disk or memory."
        case errors.StoreUnavailable(detail=""):
            return "The store did not answer ({reason}); please try again in a minute."
        case errors.StoreUnavailable():
            return "The store did not answer ({reason}: {detail}); please try again in a minute."
        case _:
            return "A service failed; please try again in a minute."
