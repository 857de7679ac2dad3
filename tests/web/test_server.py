"""Serving beside everything else: ports, numbers, and what a machine asks."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import socket
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.announcements.batch import State
from bot.announcements.record import Announcements
from bot.editions.period import Period
from bot.editions.roundups import Asked
from bot.errors import StoreUnavailable
from bot.language import ENGLISH
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.gate import RedisGate
from bot.store.outbox import Outbox
from bot.store.quotas import Ceilings, Quotas, Spent
from bot.store.subscriptions import Subscriptions
from bot.web.export import export
from bot.web.metrics import Metrics, Troubles
from bot.web.prompt import Prompt
from bot.web.room import Exported
from bot.web.server import serving, watch_app
from bot.writing.texts import Texts
from tests.editions.newsroom import NOW, WED, payer, wish
from tests.editions.roundup_room import editor, mixed
from tests.web.rooms import CHINESE, filled_room
from tests.writing.scripted import ScriptedModel


async def _fine() -> bool:
    return True


def metrics_of(store: Store, troubles: Troubles, patience: float = 5.0) -> Metrics:
    """Return the numbers as a process that has just started tells them."""
    quotas = Quotas(store, Ceilings(9, 9, 9))

    async def categories() -> set[str]:
        return {"cs.CL", "cs.LG"}

    return Metrics(
        announcements=Announcements(store),
        categories=categories,
        outbox=Outbox(store),
        quotas=quotas,
        subscriptions=Subscriptions(store),
        texts=Texts(Cache(store, keep_days=1), store, quotas),
        gate=RedisGate(store, gap=0.0),
        troubles=troubles,
        clock=NOW.timestamp,
        patience=patience,
    )


def samples(exposition: bytes) -> dict[tuple[str, ...], float]:
    """Return the values by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition.decode())
        for sample in family.samples
    }


async def test_a_port_that_is_taken_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        def never() -> object:
            raise AssertionError("nothing is loaded for a port that is not ours")

        async with serving(never, "127.0.0.1", port, "the reading room", "HTTP_PORT") as address:  # type: ignore[arg-type]
            assert address is None
    assert caplog.messages == [
        f"the reading room is off: port {port} of 127.0.0.1 is taken; HTTP_PORT names another"
    ]


async def test_a_host_that_is_none_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(lambda: None, "203.0.113.1", 0, "the watch", "METRICS_PORT") as address:  # type: ignore[arg-type,return-value]
        assert address is None
    assert "the watch is off" in caplog.text


async def test_it_ends_with_its_block_and_leaves_signals_alone() -> None:
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    async def nothing() -> bytes:
        return b""

    async with serving(
        lambda: watch_app(nothing, _fine), "127.0.0.1", 0, "the watch", "METRICS_PORT"
    ) as address:
        assert address
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{address}healthz")).text == "ok\n"
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    with pytest.raises(OSError):  # noqa: PT011 - which one is the system's business
        await asyncio.open_connection("127.0.0.1", int(address.rstrip("/").rsplit(":", 1)[1]))


async def test_numbers_are_told_as_prometheus_reads_them(store: Store) -> None:
    async with filled_room(store) as served:
        await served.news.looked(WED, State.TRUNCATED, "cs.LG")
        quotas = Quotas(store, Ceilings(9, 9, 9))
        await quotas.spend(await payer(), Spent(3, 1000, 200, 50, 1, 0.25))
        troubles = Troubles()
        log = logging.getLogger("bot.platforms.telegram.sender")
        log.addHandler(troubles)
        try:
            log.warning("a made-up trouble")
        finally:
            log.removeHandler(troubles)

        gate = RedisGate(store, gap=0.0)
        turn = await gate.enter()
        from bot.papers.gate import Answered

        await turn.leave(Answered())
        metrics = metrics_of(store, troubles)
        metrics.texts, metrics.gate = served.news.kept_texts, gate
        ready = True

        async def is_ready() -> bool:
            return ready

        async with (
            serving(
                lambda: watch_app(metrics.exposition, is_ready), "127.0.0.1", 0, "the watch", "X"
            ) as address,
            httpx.AsyncClient(trust_env=False) as http,
        ):
            answer = await http.get(f"{address}metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            told = samples(answer.content)
            assert (await http.get(f"{address}readyz")).status_code == 200
            ready = False
            assert (await http.get(f"{address}readyz")).status_code == 503
            assert (await http.get(f"{address}topics")).status_code == 404
    assert told["paperwire_batches", "read"] == told["paperwire_batches", "truncated"] == 1
    assert told["paperwire_announced_papers",] == 8
    assert told["paperwire_model_calls_today",] >= 3
    assert told["paperwire_model_money_today",] == 0.25
    assert told["paperwire_arxiv_gate_turns_total",] == 1
    assert told["paperwire_texts_total", "miss"] == 6
    assert told["paperwire_platform_errors_total", "warning", "telegram"] == 1
    # What has not happened yet is 0 and not absent.
    assert told["paperwire_platform_errors_total", "error", "discord"] == 0
    assert told["paperwire_troubles_total", "error", "store"] == 0
    assert told["paperwire_batches", "unreachable"] == 0
    assert told["paperwire_editions_today", "sent"] == 0


async def test_what_the_store_knows_outlives_the_process_and_the_rest_outlives_the_store(
    store: Store, tmp_path: Path
) -> None:
    await Quotas(store, Ceilings(9, 9, 9)).spend(await payer(), Spent(3, 1000, 200, 50, 1, 0.25))
    for _ in ("before it was killed", "after"):
        told = samples(await metrics_of(store, Troubles()).exposition())
        assert told["paperwire_store_up",] == 1
        assert told["paperwire_model_calls_today",] == 3
        assert told["paperwire_editions_today", "planned"] == 0
    troubles = Troubles()
    troubles.handle(logging.makeLogRecord({"name": "bot.platforms.discord.adapter", "levelname": "ERROR"}))
    nowhere = Store.at(f"unix://{tmp_path}/none.sock")
    told = samples(await metrics_of(nowhere, troubles, 0.2).exposition())
    await nowhere.close_all()
    assert told["paperwire_store_up",] == 0
    assert told["paperwire_platform_errors_total", "error", "discord"] == 1
    assert ("paperwire_model_calls_today",) not in told


async def test_a_probe_has_its_answer_in_time() -> None:
    asked = 0
    answered = asyncio.Event()

    async def slow() -> bool:
        nonlocal asked
        asked += 1
        await answered.wait()
        return True

    prompt = Prompt(slow, 0.02)
    assert [await prompt() for _ in range(3)] == [None] * 3
    assert asked == 1  # who waits is not joined by others
    answered.set()
    assert await prompt() is True
    assert await prompt() is True
    assert asked == 2


async def test_what_fails_after_whoever_asked_has_left_is_no_stray_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As a store that is away does, a second after the watch has its answer, at each of its questions."""
    away = asyncio.Event()

    async def failing() -> bool:
        await away.wait()
        raise StoreUnavailable("unreachable")

    prompt = Prompt(failing, 0.01)
    assert await prompt() is None
    away.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del prompt
    gc.collect()
    assert caplog.records == []


async def test_roundups_are_exported_in_the_languages_that_they_have(store: Store, tmp_path: Path) -> None:
    days = f"{WED - timedelta(days=6)}--{WED}"
    async with filled_room(store, exported=Exported([WED], [ENGLISH, CHINESE])) as served:
        assert isinstance(served.news.model, ScriptedModel)
        served.news.model.say(*(next(lines) for lines in [editor()] for _ in range(30)))
        await served.news.announce(WED, mixed(1, 9))
        await served.roundups.of(Asked(wish("rag"), Period.until(WED, 7), CHINESE), payer)
        await export(served.room, tmp_path, lambda *_: None)
    assert (tmp_path / f"zh-Hans/roundups/rag/{days}.html").exists()
    assert not (tmp_path / f"roundups/rag/{days}.html").exists()
    for page in ("roundups.html", "topics/rag.html"):
        found = re.findall(r'href="([^"]*--[^"]*)"', (tmp_path / page).read_text())
        assert [((tmp_path / page).parent / link).resolve().exists() for link in found] == [True], page


async def test_an_export_links_to_nothing_that_is_not_there(store: Store, tmp_path: Path) -> None:
    async with filled_room(store, exported=Exported([WED], [ENGLISH])) as served:
        await export(served.room, tmp_path, lambda *_: None)
        text = (tmp_path / "index.html").read_text()
        assert "<form" not in text
        assert "zh-Hans" not in text
        assert 'http-equiv="Content-Security-Policy"' in text
        for page in tmp_path.rglob("*.html"):
            for target in re.findall(r'(?:href|src)="([^"#]+)', page.read_text()):
                if "://" not in target:
                    assert (page.parent / target).resolve().exists(), (page, target)
        assert served.asked() == (0, 0)
