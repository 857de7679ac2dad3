"""Time zones as people name them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.editions.zones import Zone, is_technical, knows
from bot.errors import BadArgument
from bot.language import Language


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("ＡＳＩＡ／ＳＨＡＮＧＨＡＩ", "Asia/Shanghai"),
        ("Shanghai", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("北京", "Asia/Shanghai"),
        ("北京时间", "Asia/Shanghai"),
        ("北京時間", "Asia/Shanghai"),
        ("中国", "Asia/Shanghai"),
        ("PRC", "Asia/Shanghai"),
        ("New York", "America/New_York"),
        ("new_york", "America/New_York"),
        ("NYC", "America/New_York"),
        ("纽约", "America/New_York"),
        ("紐約", "America/New_York"),
        ("Washington, D.C.", "America/New_York"),
        ("US/Eastern", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("Germany", "Europe/Berlin"),
        ("德国", "Europe/Berlin"),
        ("München", "Europe/Berlin"),
        ("Kathmandu", "Asia/Kathmandu"),
        ("Katmandu", "Asia/Kathmandu"),
        ("Calcutta", "Asia/Kolkata"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Ho Chi Minh City", "Asia/Ho_Chi_Minh"),
        ("St. John's", "America/St_Johns"),
        ("Kiev", "Europe/Kyiv"),
        ("Berlin time", "Europe/Berlin"),
        ("Pacific Time", "America/Los_Angeles"),
        ("Lord Howe", "Australia/Lord_Howe"),
        ("UTC", "UTC"),
        ("GMT", "UTC"),
        ("Etc/UTC", "UTC"),
        ("UTC+8", "UTC+08:00"),
        ("utc +8", "UTC+08:00"),
        ("GMT-3:30", "UTC-03:30"),
        ("GMT−3:30", "UTC-03:30"),
        ("+08:00", "UTC+08:00"),
        ("+0530", "UTC+05:30"),
        ("UTC+5:45", "UTC+05:45"),
        ("UTC+0", "UTC"),
        ("Etc/GMT+8", "UTC-08:00"),
        ("EST", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("CET", "Europe/Berlin"),
        ("jst", "Asia/Tokyo"),
    ],
)
def test_names(said: str, key: str) -> None:
    assert Zone.parse(said).key == key
    assert knows(said)


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("CST", "Asia/Shanghai"),
        ("CST", "America/Chicago"),
        ("IST", "Europe/Dublin"),
        ("USA", "America/Denver"),
        ("美国", "America/New_York"),
        ("Indonesia", "Asia/Jakarta"),
        ("Shangai", "Asia/Shanghai"),
        ("Asia/Shangha", "Asia/Shanghai"),
        ("Europe/Berln", "Europe/Berlin"),
    ],
)
def test_what_may_be_several_or_is_misspelt_names_them(said: str, choice: str) -> None:
    with pytest.raises(BadArgument) as told:
        Zone.parse(said)
    assert (told.value.argument, told.value.given) == ("zone", said)
    assert choice in told.value.choices
    assert not knows(said)


@pytest.mark.parametrize(
    "said", ["", " ", "medicine", "UTC+15", "UTC+8:20", "UTC+5:60", "+", "9", "Factory", "../etc"]
)
def test_what_is_no_zone(said: str) -> None:
    with pytest.raises(BadArgument):
        Zone.parse(said)


@pytest.mark.parametrize("key", sorted(available_timezones() - {"Factory", "localtime", "posixrules"}))
def test_every_name_of_the_ianas_means_a_zone_of_the_same_time(key: str) -> None:
    if key in ("EST", "MST", "HST", "CET", "EET", "MET", "WET"):
        return  # abbreviations: they mean the place, with its daylight saving
    zone = Zone.parse(key)
    assert Zone.parse(str(zone)) == zone
    assert is_technical(str(zone))
    for month in (1, 7):
        day = datetime(2026, month, 1, tzinfo=UTC)
        assert day.astimezone(zone.tzinfo).utcoffset() == day.astimezone(Zone(key).tzinfo).utcoffset()


def test_abbreviations_have_daylight_saving() -> None:
    july = datetime(2026, 7, 1, tzinfo=UTC)
    assert july.astimezone(Zone.parse("EST").tzinfo).utcoffset() == timedelta(hours=-4)
    assert july.astimezone(Zone.parse("UTC-3:30").tzinfo).utcoffset() == timedelta(hours=-3.5)


def test_a_name_to_show() -> None:
    chinese = Language("zh-Hans")
    assert Zone("Asia/Shanghai").name() == "Shanghai"
    assert Zone("Asia/Shanghai").name(chinese) == "上海"
    assert Zone("Asia/Kathmandu").name(chinese) == "加德满都"
    assert Zone("UTC+05:45").name(chinese) == "UTC+05:45"
    assert Zone("America/New_York").name() == "New York"


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Asia/Nowhere"):
        _ = Zone("Asia/Nowhere").tzinfo


def test_words_are_split_off() -> None:
    assert Zone.take("New York and more") == ("New York", "and more")
    assert Zone.take("Ho Chi Minh City") == ("Ho Chi Minh City", "")
    assert Zone.take("nowhere else") == ("nowhere", "else")
    assert Zone.take("") == ("", "")


@pytest.mark.parametrize(
    ("prefix", "first"),
    [("ber", "Europe/Berlin"), ("shang", "Asia/Shanghai"), ("北", "Asia/Shanghai"), ("utc+5:45", "UTC+05:45"),
     ("cst", "America/Chicago"), ("pst", "America/Los_Angeles"), ("", "UTC")],
)  # fmt: skip
def test_completion(prefix: str, first: str) -> None:
    assert Zone.complete(prefix)[0][0] == first


@given(st.text(max_size=12) | st.sampled_from(["a", "asia", "america/", "s", "zz"]))
def test_what_is_offered_is_taken(prefix: str) -> None:
    offered = Zone.complete(prefix)
    assert len(offered) <= 25
    assert all(Zone.parse(key).key == key for key, _ in offered)


@given(st.text(max_size=80))
def test_anything_else_is_a_mistake(said: str) -> None:
    with suppress(BadArgument):
        zone = Zone.parse(said)
        assert knows(said)
        assert zone.tzinfo
        assert zone.name()
