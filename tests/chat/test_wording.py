"""Every error has a sentence that says what to do, and values in it are never markup."""

from __future__ import annotations

from typing import Any

import pytest

from bot import errors
from bot.chat.text import Code, Plain, plain, text
from bot.chat.wording import QUERY_MISTAKES, explain, translator
from bot.errors import PaperwireError, from_json, to_json

SAMPLES: list[PaperwireError] = [
    errors.UnknownCommand("x"),
    errors.UnknownCommand("x", "y"),
    errors.UnknownCommand(""),
    errors.MissingArgument("paper", "/summarize <paper>"),
    errors.BadArgument("number", "x", usage="/count <number>"),
    errors.BadArgument("detail", "x", ("gist", "brief")),
    errors.BadArgument("", "x", usage="/ping"),
    errors.TooLong(2000, 1000),
    errors.NotAPaperId("x"),
    errors.NotAPaperId("2501.1", 5),
    errors.UnknownLanguage("x"),
    errors.UnknownLanguage("x", "Deutsch"),
    errors.PaperNotFound("2501.00000"),
    errors.ChatNotFound("@x"),
    *(errors.BadQuery("a query", 2, problem, "x") for problem in (*QUERY_MISTAKES, "not known")),
    errors.UnknownTopic("x"),
    errors.UnknownTopic("x", "y"),
    errors.Refused("owner_only"),
    errors.Refused("not_listed"),
    errors.Refused("manage"),
    errors.Refused("mention"),
    errors.Refused("manage_server"),
    errors.Refused("manage_there_server", "<#1>"),
    errors.Unpermitted(("Send Messages", "Embed Links")),
    errors.CeilingReached("person", 1_800_000_000.0),
    errors.CeilingReached("chat", 1_800_000_000.0),
    errors.CeilingReached("bot", 1_800_000_000.0),
    *(errors.CeilingReached(whose, 1_800_000_000.0, "money") for whose in ("person", "chat", "bot")),
    errors.ArxivUnavailable("throttled", 5.0),
    errors.ArxivUnavailable("unreachable"),
    errors.ArxivClosed(),
    errors.PdfUnusable("missing"),
    errors.PdfUnusable("too large"),
    errors.PdfUnusable("scan"),
    errors.PdfUnusable("encrypted"),
    errors.PdfUnusable("too slow"),
    errors.PdfUnusable("unreadable"),
    errors.ModelUnavailable("timeout"),
    errors.ModelUnavailable("throttled", 120.0),
    errors.ModelUnavailable("unauthorised"),
    errors.ModelUnavailable("no such model"),
    errors.ModelUnavailable("no quota"),
    errors.ModelUnavailable("status 400"),
    errors.ModelUnavailable("resting", 30.0),
    errors.ModelUnusable("refused"),
    errors.ModelMissing("translation"),
    errors.PlatformUnavailable("Discord"),
    errors.StoreUnavailable("unreachable"),
    errors.StoreUnavailable("refused", "ERR no"),
    errors.StoreUnavailable("full"),
    errors.Misconfigured("REDIS_URL", "is wrong", "correct it"),
    errors.NotSubscribed("RAG"),
    errors.TooManySubscriptions(20),
    errors.Refused("manage_there", "@channel"),
    errors.BadArgument("zone", "CST", ("America/Chicago", "Asia/Shanghai")),
    errors.BadArgument("zone", "Narnia"),
    errors.BadArgument("time", "25:00"),
]


def kinds(root: type[PaperwireError]) -> set[type[PaperwireError]]:
    return {root}.union(*(kinds(kind) for kind in root.__subclasses__()))


def test_every_error_that_a_person_may_meet_is_sampled() -> None:
    met = kinds(PaperwireError) - kinds(errors.DeliveryError)
    abstract = {PaperwireError, errors.Mistake, errors.Unavailable, errors.ModelFailure}
    assert met - abstract == {type(sample) for sample in SAMPLES}


@pytest.mark.parametrize("error", SAMPLES, ids=repr)
@pytest.mark.parametrize("tag", ["en", "zh-Hans"])
def test_every_error_has_a_sentence(error: PaperwireError, tag: str) -> None:
    said = plain(explain(error, translator(tag)))
    assert "{" not in said
    assert "None" not in said
    assert said.endswith((".", "?", "。", "？", "吗？", "`", ">", "g", "t", "）"))
    for value in (
        getattr(error, name) for name in ("given", "nearest", "paper", "usage") if hasattr(error, name)
    ):
        assert not value or value in said


@pytest.mark.parametrize("error", SAMPLES, ids=repr)
def test_errors_cross_processes(error: PaperwireError) -> None:
    again = from_json(to_json(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)


def test_values_are_never_markup() -> None:
    hostile: Any = "`{x}` {y}"
    assert explain(errors.PaperNotFound(hostile), translator("en"))[1] == Code(hostile)
    assert translator("en").rich("{name} `{name}`", name=hostile) == (Plain(f"{hostile} "), Code(hostile))


def test_neighbouring_words_become_one_span() -> None:
    assert text("a", "b", text("c")) == (Plain("abc"),)
