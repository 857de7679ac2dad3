"""`paperwire doctor`: one line for each thing that has to work, with its mend where it does not."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from bot.app import model_of, store_of
from bot.chat.text import plain
from bot.chat.wording import explain, translator
from bot.errors import Misconfigured, PaperNotFound, PaperwireError, PlatformUnavailable, StoreUnavailable
from bot.papers.api import ArxivApi
from bot.papers.gate import Gate, LocalGate
from bot.papers.ids import PaperId
from bot.papers.threads import in_thread
from bot.papers.transport import USER_AGENT
from bot.settings import Settings
from bot.store.client import Store
from bot.store.gate import RedisGate

# Any paper that exists will do; this one is never withdrawn (Vaswani et al. 2017).
_PROBE = PaperId("1706.03762")

Check = Callable[[], Awaitable[str]]

_LIMIT = 20.0  # seconds for a check
_REDIS_LIMIT = 40.0  # more than an embedded server has to load its data
_ROUND_TRIP = "redis.call('SET', KEYS[1], 'here', 'EX', 10) return redis.call('GET', KEYS[1])"

log = logging.getLogger(__name__)


async def examine(settings: Settings, *, reopen_arxiv: bool = False) -> int:
    """Print a line for each check; return 1 if anything needed is broken, else 0."""
    print(f"✓ settings: {_settings(settings)}")
    checks: dict[str, Check] = {}
    async with _connected(settings) as (store, said):
        broken = store is None
        print(f"{'✗' if broken else '✓'} Redis: {said}")
        gate: Gate = RedisGate(store) if store else LocalGate()
        checks["arXiv"] = partial(_arxiv, settings, gate, reopen_arxiv)
        checks["model"] = partial(_model, settings)
        for name, token in {
            "Telegram": settings.telegram_bot_token,
            "Discord": settings.discord_bot_token,
        }.items():
            if token is None:
                print(f"– {name}: off; {name.upper()}_BOT_TOKEN turns it on")
            else:
                checks[name] = partial(_token, settings, name)
        for name, check in checks.items():
            well, told = await _outcome(name, check)
            broken = broken or not well
            print(f"{'✓' if well else '✗'} {name}: {told}")
    return int(broken)


async def _outcome(name: str, check: Check, *, limit: float = _LIMIT) -> tuple[bool, str]:
    """Return whether the check went well, and what there is to say. Never raises but for cancellation."""
    try:
        async with asyncio.timeout(limit):
            return True, await check()
    except PaperwireError as error:
        return False, _said(error)
    except TimeoutError:
        return False, f"no answer within {limit:.0f} s"
    except Exception:
        reference = secrets.token_hex(3)
        log.exception("checking %s failed, reference %s", name, reference)
        return False, f"the check itself failed; the log has it under the reference {reference}"


def _settings(settings: Settings) -> str:
    given = sorted(settings.model_fields_set)
    return f"{len(given)} set, all valid" + (
        f" ({', '.join(name.upper() for name in given)})" if given else ""
    )


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[tuple[Store | None, str]]:
    """Yield the store and what there is to say of it, or None and what is wrong."""
    try:
        store = store_of(settings)
    except PaperwireError as error:
        yield None, _said(error)
        return
    try:
        well, said = await _outcome("Redis", partial(_redis, store), limit=_REDIS_LIMIT)
        yield store if well else None, said
    finally:
        await store.close_all()


async def _redis(store: Store) -> str:
    await store.check()
    write_and_read = store.script(_ROUND_TRIP)  # a script, as most of what we write is written by one
    if await write_and_read(keys=["pw:doctor"]) != "here":
        raise StoreUnavailable("refused", "a value did not come back")
    persistence = await store.info("persistence")
    _refuse_failing(persistence)
    if persistence.get("aof_enabled"):
        kept = "append-only persistence"
    elif await _saves(store):
        kept = "snapshots only (`appendonly yes` loses less in a crash)"
    else:
        raise Misconfigured("REDIS_URL", "names a server without persistence", "set `appendonly yes` on it")
    where = "embedded Valkey" if store.embedded else "server of your own"
    return f"{where}, round trip, {kept}, {await store.eviction_policy()}"


def _refuse_failing(persistence: Mapping[str, object]) -> None:
    """Raise `StoreUnavailable` if what the server took last is only in its memory."""
    writing = persistence.get("aof_enabled") and persistence.get("aof_last_write_status", "ok") != "ok"
    if writing or persistence.get("rdb_last_bgsave_status", "ok") != "ok":
        raise StoreUnavailable("full")


async def _saves(store: Store) -> bool:
    try:
        return bool((await store.config_get("save")).get("save"))
    except PaperwireError:  # CONFIG is closed on managed servers, which do save
        return True


async def _arxiv(settings: Settings, gate: Gate, reopen: bool) -> str:
    if reopen:
        await gate.reopen()
    api = ArxivApi(gate, settings.arxiv_api_url, patience=15.0)
    try:
        return f"answers ({(await api.paper(_PROBE)).id})"
    except PaperNotFound:  # a mirror need not hold it; it answered as the API does
        return "answers"
    finally:
        await api.close()


async def _model(settings: Settings) -> str:
    model = model_of(settings)
    if model is None:
        return "none; texts are extracted, not written (OPENAI_API_KEY or OPENAI_BASE_URL sets one)"
    try:
        return f"{model.name} answers, structured output by {await model.probe()}"
    finally:
        await model.aclose()


async def _token(settings: Settings, name: str) -> str:
    """Ask the platform who the token belongs to."""
    import requests

    secret = getattr(settings, f"{name.lower()}_bot_token").get_secret_value()
    headers = {"User-Agent": USER_AGENT}
    if name == "Telegram":
        url = f"{settings.telegram_api_url}/bot{secret}/getMe"
    else:
        url = f"{settings.discord_api_url}/users/@me"
        headers["Authorization"] = f"Bot {secret}"
    try:
        response = await in_thread(lambda: requests.get(url, headers=headers, timeout=15))
        said = response.json()
    except (requests.exceptions.RequestException, ValueError):
        # The exception holds the address, and with it the token.
        raise PlatformUnavailable(name) from None
    if response.status_code in (401, 403, 404):
        raise Misconfigured(
            f"{name.upper()}_BOT_TOKEN", f"was refused by {name}", "copy it again from where you made it"
        )
    if response.status_code != requests.codes.OK:
        raise PlatformUnavailable(name)
    account = said.get("result") if isinstance(said, dict) and name == "Telegram" else said
    if not isinstance(account, dict) or not isinstance(account.get("username"), str):
        raise Misconfigured(
            f"{name.upper()}_API_URL", f"names a server that does not answer as {name} does", "correct it"
        )
    return f"the token is {account['username']}’s"


def _said(error: PaperwireError) -> str:
    return plain(explain(error, translator("en")))
