"""`paperwire doctor`: one line for each thing that has to work, with its mend where it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from bot.app import model_of, store_of
from bot.chat.text import plain
from bot.chat.wording import explain, translator
from bot.errors import Misconfigured, PaperNotFound, PaperwireError, PlatformUnavailable, StoreUnavailable
from bot.papers.api import ArxivApi
from bot.papers.gate import Gate, LocalGate
from bot.papers.ids import PaperId
from bot.papers.transport import USER_AGENT, in_thread
from bot.settings import Settings
from bot.store.client import Store
from bot.store.gate import RedisGate

# Any paper that exists will do; this one is never withdrawn (Vaswani et al. 2017).
_PROBE = PaperId("1706.03762")

Check = Callable[[], Awaitable[str]]


async def examine(settings: Settings, *, reopen_arxiv: bool = False) -> int:
    """Print a line for each check; return 1 if anything needed is broken, else 0."""
    print(f"✓ settings: {_settings(settings)}")
    checks: dict[str, Check] = {}
    async with _connected(settings) as (store, said):
        broken = store is None
        print(f"{'✗' if broken else '✓'} Redis: {said}")
        gate: Gate = RedisGate(store) if store else LocalGate()
        if reopen_arxiv:
            await gate.reopen()
        checks["arXiv"] = partial(_arxiv, settings, gate)
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
            try:
                print(f"✓ {name}: {await check()}")
            except PaperwireError as error:
                broken = True
                print(f"✗ {name}: {_said(error)}")
    return int(broken)


def _settings(settings: Settings) -> str:
    given = sorted(settings.model_fields_set)
    return f"{len(given)} set, all valid" + (
        f" ({', '.join(name.upper() for name in given)})" if given else ""
    )


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[tuple[Store | None, str]]:
    """Yield the store and what there is to say of it, or None and what is wrong."""
    store: Store | None = None
    try:
        store = store_of(settings)
        said = await _redis(store)
    except PaperwireError as error:
        said = _said(error)
        if store:
            await store.close_all()
            store = None
    try:
        yield store, said
    finally:
        if store:
            await store.close_all()


async def _redis(store: Store) -> str:
    await store.check()
    await store.set("pw:doctor", "here", ex=10)
    if await store.text("pw:doctor") != "here":
        raise StoreUnavailable("refused", "a value did not come back")
    persistence = await store.info("persistence")
    if persistence.get("aof_enabled"):
        kept = "append-only persistence"
    elif await _saves(store):
        kept = "snapshots only (`appendonly yes` loses less in a crash)"
    else:
        raise Misconfigured("REDIS_URL", "names a server without persistence", "set `appendonly yes` on it")
    where = "embedded Valkey" if store.embedded else "server of your own"
    return f"{where}, round trip, {kept}, {await store.eviction_policy()}"


async def _saves(store: Store) -> bool:
    try:
        return bool((await store.config_get("save")).get("save"))
    except PaperwireError:  # CONFIG is closed on managed servers, which do save
        return True


async def _arxiv(settings: Settings, gate: Gate) -> str:
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
    return f"the token is {said.get('result', said).get('username', 'good')}’s"


def _said(error: PaperwireError) -> str:
    return plain(explain(error, translator("en")))
