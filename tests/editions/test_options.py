"""The line after `/subscribe`, as people write it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.editions.options import Detail, Options
from bot.editions.when import WEEKEND, WORKDAYS, Every
from bot.editions.zones import Zone
from bot.errors import BadArgument, MissingArgument, Mistake
from bot.language import TAGS, Language

ZH, DE = Language("zh-Hans"), Language("de")
NINE, SHANGHAI, BERLIN = time(9), Zone("Asia/Shanghai"), Zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("line", "wanted", "said"),
    [
        ("RAG", "RAG", {}),
        (
            "RAG at 9 in Shanghai zh top 5 brief weekdays",
            "RAG",
            {"time": NINE, "zone": SHANGHAI, "language": ZH, "top": 5, "detail": Detail.BRIEF, "weekdays": WORKDAYS},
        ),
        ("RAG weekdays brief top 5 zh in Shanghai at 9", "RAG", {"time": NINE, "zone": SHANGHAI, "language": ZH, "top": 5,
         "detail": Detail.BRIEF, "weekdays": WORKDAYS}),
        ("RAG, at 9, in Shanghai, zh", "RAG", {"time": NINE, "zone": SHANGHAI, "language": ZH}),
        # Times of day
        ("RAG at 9am", "RAG", {"time": NINE}),
        ("RAG at 9 p.m.", "RAG", {"time": time(21)}),
        ("RAG at 12am", "RAG", {"time": time(0)}),
        ("RAG at 12pm", "RAG", {"time": time(12)}),
        ("RAG at 21:30", "RAG", {"time": time(21, 30)}),
        ("RAG at 9.30", "RAG", {"time": time(9, 30)}),
        ("RAG at 09h30", "RAG", {"time": time(9, 30)}),
        ("RAG 09h30", "RAG", {"time": time(9, 30)}),
        ("RAG 9:30pm", "RAG", {"time": time(21, 30)}),
        ("RAG at noon", "RAG", {"time": time(12)}),
        ("RAG at midnight", "RAG", {"time": time(0)}),
        ("RAG @ 9 o'clock", "RAG", {"time": NINE}),
        ("RAG daily at 9", "RAG", {"time": NINE}),
        ("RAG every day at 9", "RAG", {"time": NINE}),
        ("RAG at 9 in the morning", "RAG", {"time": NINE}),
        ("RAG at 12 at night", "RAG", {"time": time(0)}),
        ("RAG at 21 in the evening", "RAG", {"time": time(21)}),
        ("RAG at nine in Berlin", "RAG", {"time": NINE, "zone": BERLIN}),
        ("RAG at 9 in the evening in Berlin", "RAG", {"time": time(21), "zone": BERLIN}),
        # Chinese
        ("RAG 每天 09:00 北京时间 中文", "RAG", {"time": NINE, "zone": SHANGHAI, "language": ZH}),
        ("RAG，每天早上九点半，北京时间，中文", "RAG", {"time": time(9, 30), "zone": SHANGHAI, "language": ZH}),
        ("RAG每天早上9点北京时间中文", "RAG", {"time": NINE, "zone": SHANGHAI, "language": ZH}),
        ("RAG 早上9点", "RAG", {"time": NINE}),
        ("RAG 晚上8点15分", "RAG", {"time": time(20, 15)}),
        ("RAG 下午三点一刻", "RAG", {"time": time(15, 15)}),
        ("RAG 中午12点", "RAG", {"time": time(12)}),
        ("RAG 凌晨12点半", "RAG", {"time": time(0, 30)}),
        ("RAG 二十一点", "RAG", {"time": time(21)}),
        ("RAG 中午", "RAG", {"time": time(12)}),
        ("RAG 午夜", "RAG", {"time": time(0)}),
        ("RAG ０９：００", "RAG", {"time": NINE}),
        ("RAG 周一到周五", "RAG", {"weekdays": WORKDAYS}),
        ("RAG 每个工作日", "RAG", {"weekdays": WORKDAYS}),
        ("RAG 周末", "RAG", {"weekdays": WEEKEND}),
        ("检索增强 每周一和周四 晚上8点 前10篇 简报", "检索增强",
         {"weekdays": frozenset({0, 3}), "time": time(20), "top": 10, "detail": Detail.BRIEF}),
        ("LLM 汇总 每两周", "LLM", {"roundup": True, "every": 14}),
        ("RAG 前十 用英文 标题", "RAG", {"top": 10, "language": Language("en"), "detail": Detail.TITLES}),
        # Zones
        ("RAG at 9 in New York", "RAG", {"time": NINE, "zone": Zone("America/New_York")}),
        ("RAG in Berlin at 9", "RAG", {"time": NINE, "zone": BERLIN}),
        ("RAG at 9 Berlin time", "RAG", {"time": NINE, "zone": BERLIN}),
        ("RAG at 9 PST", "RAG", {"time": NINE, "zone": Zone("America/Los_Angeles")}),
        ("RAG at 8:00 UTC +5:45", "RAG", {"time": time(8), "zone": Zone("UTC+05:45")}),
        ("RAG at 09:00 New York", "RAG", {"time": NINE, "zone": Zone("America/New_York")}),
        ("RAG 09:00 上海", "RAG", {"time": NINE, "zone": SHANGHAI}),
        ("RAG in Asia/Shanghai", "RAG", {"zone": SHANGHAI}),
        ("RAG Asia/Shanghai", "RAG", {"zone": SHANGHAI}),
        ("RAG weekdays in Berlin", "RAG", {"zone": BERLIN, "weekdays": WORKDAYS}),
        ("RAG at 9 in Kathmandu German titles", "RAG",
         {"time": NINE, "zone": Zone("Asia/Kathmandu"), "language": DE, "detail": Detail.TITLES}),
        # Days
        ("RAG on Monday and Thursday", "RAG", {"weekdays": frozenset({0, 3})}),
        ("RAG on Mon, Wed and Fri", "RAG", {"weekdays": frozenset({0, 2, 4})}),
        ("RAG every Sunday", "RAG", {"weekdays": frozenset({6})}),
        ("RAG Mon-Fri", "RAG", {"weekdays": WORKDAYS}),
        ("RAG Saturday to Tuesday", "RAG", {"weekdays": frozenset({5, 6, 0, 1})}),
        ("RAG on weekends", "RAG", {"weekdays": WEEKEND}),
        ("RAG Monday to Sunday", "RAG", {}),
        ("LLM roundup every 14 days on Monday at 09:00", "LLM",
         {"roundup": True, "every": 14, "weekdays": frozenset({0}), "time": NINE}),
        ("LLM roundup every two weeks", "LLM", {"roundup": True, "every": 14}),
        ("LLM weekly roundup", "LLM", {"roundup": True, "every": 7}),
        ("LLM roundup every month", "LLM", {"roundup": True, "every": 30}),
        # Languages
        ('"machine translation" German', '"machine translation"', {"language": DE}),
        ("RAG in Chinese", "RAG", {"language": ZH}),
        ("RAG language it", "RAG", {"language": Language("it")}),
        ("RAG Traditional Chinese", "RAG", {"language": Language("zh-Hant")}),
        ("RAG pt-BR", "RAG", {"language": Language("pt")}),
        ("RAG at 9 quiet", "RAG", {"time": NINE, "quiet": True}),
        ("RAG quiet brief zh", "RAG", {"detail": Detail.BRIEF, "language": ZH, "quiet": True}),
        ("RAG 早上9点 无则不发", "RAG", {"time": NINE, "quiet": True}),
        # Elsewhere
        ("RAG for @channel", "RAG", {"target": "@channel"}),
        ("RAG zh for #general", "RAG", {"language": ZH, "target": "#general"}),
        ("RAG at 9 for https://t.me/channel", "RAG", {"time": NINE, "target": "https://t.me/channel"}),
    ],
)  # fmt: skip
def test_options_are_read(line: str, wanted: str, said: dict[str, Any]) -> None:
    assert Options.parse(line) == Options(wanted, **said)


@pytest.mark.parametrize(
    "line",
    [
        '"meet me at 09:00 in Berlin"',
        "“meet me at 09:00”",
        '"open quote at 9',
        'ti:"a b" AND German',
        "(attention OR brief at 9)",
        "Chinese",
        "zh",
        "weekdays",
        "brief",
        "roundup",
        "中文",
        "大模型中文",
        "retrieval in medicine",
        "air pollution in Beijing",
        "healthcare in the USA",
        "translation from English to German",
        "speech recognition for Swahili",
        "detection at 0.5",
        "learning at scale",
        "detection at 1080p",
        "ratio 16:90",
        "learning on SAT",
        "magnetic fields on Sun",
        "variational inference VI",
        "VR AR",
        "tell us",
        "image de-noising",
        "in-context",
        "real time",
        "polynomial time",
        "a:9",
    ],
)
def test_what_is_none_is_the_query(line: str) -> None:
    assert Options.parse(line) == Options(line)
    assert Options.parse(f"{line} top 3") == Options(line, top=3) or line.startswith('"open')


def test_a_second_word_for_the_same_is_the_query() -> None:
    assert Options.parse("translation Chinese German") == Options("translation Chinese", language=DE)
    assert Options.parse("precision at 10 at 9") == Options("precision at 10", time=NINE)
    assert Options.parse("German Chinese") == Options("German", language=ZH)


@pytest.mark.parametrize("line", ["", "  ", "at 9", "top 5", "at 9 in Berlin", "for @channel", "每天 09:00"])
def test_something_must_be_wanted(line: str) -> None:
    with pytest.raises(MissingArgument, match="topic"):
        Options.parse(line)


@pytest.mark.parametrize(
    ("line", "argument", "given_"),
    [
        ("RAG at 25", "time", "25"),
        ("RAG at 25:00", "time", "25:00"),
        ("RAG at 24:00", "time", "24:00"),
        ("RAG at 9:75", "time", "9:75"),
        ("RAG at 9:5", "time", "9:5"),
        ("RAG at 13pm", "time", "13pm"),
        ("RAG at 0am", "time", "0am"),
        ("RAG 25点", "time", "25点"),
        ("RAG at 9 in Mars", "zone", "Mars"),
        ("RAG in Mars at 9", "zone", "Mars"),
        ("RAG in Mars zh at 9", "zone", "Mars"),
        ("RAG at 9 zh in Mars", "zone", "Mars"),
        ("RAG at 9 in CST", "zone", "CST"),
        ("RAG at 9 CST", "zone", "CST"),
        ("RAG in Indonesia at 9", "zone", "Indonesia"),
        ("RAG top 0", "top", "0"),
        ("RAG top 51", "top", "51"),
        ("RAG every 0 days", "every", "every 0 days"),
        ("RAG every 367 days", "every", "every 367 days"),
        ("RAG every 14 days on Monday and Thursday", "weekdays", "Monday and Thursday"),
    ],
)
def test_mistakes_are_named(line: str, argument: str, given_: str) -> None:
    with pytest.raises(BadArgument) as told:
        Options.parse(line)
    assert (told.value.argument, told.value.given) == (argument, given_)


def test_when_it_is_due() -> None:
    friday = datetime(2026, 11, 20, 12, tzinfo=UTC)
    plain = Options.parse("RAG at 9 weekdays").schedule(SHANGHAI, friday)
    assert (plain.zone, plain.weekdays, plain.every) == (SHANGHAI, WORKDAYS, None)
    assert plain.next_run(friday) == datetime(2026, 11, 23, 1, tzinfo=UTC)
    own = Options.parse("RAG at 9 in Berlin").schedule(SHANGHAI, friday)
    assert own.next_run(friday) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert Options.parse("RAG").schedule(SHANGHAI, friday).next_run(friday) is None


def test_a_rhythm_begins_with_the_first_run_to_come() -> None:
    wish = Options.parse("LLM roundup every 14 days on Monday at 09:00")
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert wish.schedule(Zone("UTC"), monday).every == Every(14, date(2026, 11, 23))
    assert wish.schedule(Zone("UTC"), monday.replace(hour=9)).every == Every(14, date(2026, 11, 30))
    three = Options.parse("LLM every 3 days at 9").schedule(Zone("UTC"), monday.replace(hour=10))
    assert three.every == Every(3, date(2026, 11, 24))


WORDS = (
    "RAG,at,9,09:00,in,Berlin,New,York,Shanghai,zh,German,Chinese,top,5,brief,titles,weekdays,on,Monday,and,every,14,days,"
    "of,to,language,it,roundup,for,@x,daily,weekly,time,medicine,Asia/Tokyo,UTC,UTC+8,PST,noon,每天,早上9点,北京时间,中文,周一,"
    "quiet,前5,简报,，,\",(,),ti:x,AND,weekly,Mars,CST,Sunday,\"a b\",每周一,用,点,检索,晚上,一到五,time,the,in-context,de"
).split(",")  # fmt: skip
LINES = st.lists(st.sampled_from(WORDS), max_size=12).flatmap(
    lambda words: st.sampled_from([" ", " ", "", ", "]).map(lambda blank: blank.join(words))
)


@given(LINES | st.text(max_size=60))
@settings(max_examples=800, deadline=None)
def test_what_was_understood_reads_the_same(line: str) -> None:
    with suppress(Mistake):
        options = Options.parse(line)
        assert Options.parse(str(options)) == options
        assert options.wanted in " ".join(line.split())


@given(
    wanted=st.sampled_from(["RAG", '"machine translation"', "检索增强", "cat:cs.CL AND agents", "retrieval in medicine"]),
    clock=st.times().map(lambda said: said.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "UTC+05:45", "America/Argentina/Buenos_Aires"]),
    tag=st.sampled_from(TAGS),
    top=st.none() | st.integers(1, 50),
    detail=st.none() | st.sampled_from(Detail),
    days=st.none() | st.frozensets(st.integers(0, 6), min_size=1, max_size=6),
    every=st.none() | st.integers(2, 366),
    roundup=st.booleans(),
    target=st.none() | st.sampled_from(["@channel", "#general", "<#123>", "-1001234"]),
    quiet=st.booleans(),
)  # fmt: skip
def test_whatever_can_be_said_can_be_written(
    wanted: str, clock: time, zone: str, tag: str, top: int | None, detail: Detail | None,
    days: frozenset[int] | None, every: int | None, roundup: bool, target: str | None, quiet: bool,
) -> None:  # fmt: skip
    if every and days:
        days = frozenset({min(days)})
    quoted = f'"{wanted}"' if wanted == "retrieval in medicine" else wanted
    options = Options(
        quoted, clock, Zone(zone), Language(tag), top, detail, days, every, roundup, target, quiet
    )  # fmt: skip
    assert Options.parse(str(options)) == options


@given(st.text(alphabet='at9:in每周一点三到,，"( mon-', max_size=1000))
@settings(deadline=1000)
def test_no_line_takes_long(line: str) -> None:
    with suppress(Mistake):
        Options.parse(line)
