"""`paperwire doctor`: one line for each thing that has to work, with its mend where it does not."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from bot import machine
from bot.accounts import TelegramAccount, asked, discord_account, telegram_account
from bot.app import account as token_name
from bot.app import store_of, webhook_of
from bot.chat.text import plain
from bot.chat.wording import explain, translator
from bot.errors import (
    ArxivUnavailable,
    Misconfigured,
    ModelFailure,
    ModelUnavailable,
    ModelUnusable,
    PaperNotFound,
    PaperwireError,
    PlatformUnavailable,
    StoreUnavailable,
)
from bot.machine import Odd, Off
from bot.models import models_of
from bot.papers.api import ArxivApi
from bot.papers.gate import Gate, LocalGate
from bot.papers.ids import PaperId
from bot.settings import Settings
from bot.store.access import Access
from bot.store.client import Store
from bot.store.gate import RedisGate
from bot.store.schema import Schema

# Any paper that exists will do; this one is never withdrawn (Vaswani et al. 2017).
_PROBE = PaperId("1706.03762")

Check = Callable[[], Awaitable[str]]

_LIMIT = 20.0  # seconds for a check
_MODEL_LIMIT = 15.0  # seconds for the model, within these
_REDIS_LIMIT = 40.0  # more than an embedded server has to load its data
_ROUND_TRIP = "redis.call('SET', KEYS[1], 'here', 'EX', 10) return redis.call('GET', KEYS[1])"

_NETWORK = "check the address and the network, and set HTTPS_PROXY where a proxy is needed"

log = logging.getLogger(__name__)


async def examine(settings: Settings, *, reopen_arxiv: bool = False) -> int:
    """Print a line for each check; return 1 if anything needed is broken, else 0."""
    told = _Told()
    told.well("settings", _settings(settings))
    for where, said in machine.odd_names():
        told.line("!", where, said)
    told.of_all(".env", machine.readable_by_others())
    told.of_all("reading room", machine.unreachable_room(settings))
    clocks: dict[str, float] = {}
    async with _connected(settings) as (store, said):
        told.line("✗" if store is None else "✓", "Redis", said)
        gate: Gate = RedisGate(store) if store else LocalGate()
        checks: dict[str, Check] = {
            "data directory": partial(machine.directory, settings),
            "arXiv": partial(_arxiv, settings, gate, reopen_arxiv),
            "model": partial(_model, settings, 0),
        }
        if len(models_of(settings)) > 1:
            checks["fall-back model"] = partial(_model, settings, 1)
        checks["Telegram"] = partial(_telegram, settings, store, clocks)
        checks["Discord"] = partial(_discord, settings, clocks)
        if settings.has_platform:
            checks["owner"] = partial(_owner, settings, store)
        checks["reading room"] = partial(machine.port, settings, "HTTP")
        checks["metrics"] = partial(machine.port, settings, "METRICS")
        if machine.proxies():
            checks["proxy"] = machine.proxy
        checks["clock"] = partial(machine.clock, settings, store, clocks)
        for name, check in checks.items():
            told.line(*await _outcome_of(name, check))
    return int(told.broken)


async def well_connected(settings: Settings) -> list[tuple[str, str, str]]:
    """Return mark, name and what there is to say of the store, its directory and the arXiv."""
    async with _connected(settings) as (store, said):
        gate: Gate = RedisGate(store) if store else LocalGate()
        return [
            ("✗" if store is None else "✓", "Redis", said),
            await _outcome_of("data directory", partial(machine.directory, settings)),
            await _outcome_of("arXiv", partial(_arxiv, settings, gate, False)),
        ]


class _Told:
    """The lines that were printed, and whether any said that something is broken."""

    def __init__(self) -> None:
        self.broken = False

    def line(self, mark: str, name: str, said: str) -> None:
        self.broken = self.broken or mark == "✗"
        print(f"{mark} {name}: {said}")

    def well(self, name: str, said: str) -> None:
        self.line("✓", name, said)

    def of_all(self, name: str, said: Iterable[str]) -> None:
        """Print what is not as it should be, and yet breaks nothing."""
        for one in said:
            self.line("!", name, one)


async def _outcome_of(name: str, check: Check) -> tuple[str, str, str]:
    """Return the mark, the name and what there is to say."""
    mark = ""

    async def asked_kindly() -> str:
        nonlocal mark
        try:
            return await check()
        except (Off, Odd) as reason:
            mark = "–" if isinstance(reason, Off) else "!"
            return str(reason)

    well, said = await _outcome(name, asked_kindly)
    return mark or ("✓" if well else "✗"), name, said


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
    given = sorted(name for name in settings.model_fields_set if getattr(settings, name) is not None)
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
    await Schema(store).found()
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
    except ArxivUnavailable as error:
        raise _arxiv_trouble(error, _host(settings.arxiv_api_url)) from None
    finally:
        await api.close()


def _arxiv_trouble(error: ArxivUnavailable, host: str) -> Misconfigured:
    match error.reason:
        case "throttled":
            problem = f"names {host}, which asks for a pause (“Rate exceeded.”)"
            mend = "wait some minutes, and let nothing else at this address ask it"
        case "unreachable" | "timeout" | "busy":
            problem, mend = f"names {host}, which does not answer ({error.reason})", _NETWORK
        case _:
            problem = f"names {host}, which does not answer as the arXiv does ({error.reason})"
            mend = "correct it, or look whether a proxy or a login page answers in its place"
    return Misconfigured("ARXIV_API_URL", problem, mend)


async def _model(settings: Settings, number: int) -> str:
    models = models_of(settings)
    if not models:
        raise Off("none; texts are extracted, not written (OPENAI_API_KEY or OPENAI_BASE_URL sets one)")
    model = models[number]
    try:
        said = f"{model.name} answers, structured output by {await model.probe(deadline=_MODEL_LIMIT)}"
    except ModelFailure as error:
        raise _model_trouble(error, model.name, settings, number) from None
    finally:
        await model.aclose()
    spent = model.spent
    return f"{said} (this test took {spent.prompt_tokens} + {spent.completion_tokens} tokens)"


def _model_trouble(error: ModelFailure, name: str, settings: Settings, number: int) -> PaperwireError:
    second = number == 1 and settings.fallback_base_url
    setting = "FALLBACK_BASE_URL" if second else "OPENAI_BASE_URL"
    host = _host(second or settings.openai_base_url)
    match error:
        case ModelUnavailable(reason="unreachable"):
            return Misconfigured(
                setting, f"names {host}, which does not answer", f"start the server, or {_NETWORK}"
            )
        case ModelUnavailable(reason="timeout"):
            mend = "try again; a small machine of one’s own needs a larger MODEL_SECONDS"
            return Misconfigured(
                setting, f"names {host}, where {name} says nothing in {_MODEL_LIMIT:.0f} s", mend
            )
        case ModelUnavailable(reason="no such model"):
            mend = f"name one that it has, or correct {setting}, which mostly ends in /v1"
            return Misconfigured(
                "FALLBACK_MODEL" if number else "OPENAI_MODEL", f"is {name}, which {host} does not know", mend
            )
        case ModelUnusable(reason="malformed"):
            return Misconfigured(
                setting, f"names {host}, where no model answers", "correct it; it mostly ends in /v1"
            )
        case _:
            return error


async def _telegram(settings: Settings, store: Store | None, clocks: dict[str, float]) -> str:
    """Ask Telegram whose the token is, and for what would keep messages from us."""
    token = settings.telegram_bot_token
    if token is None:
        raise Off("off; TELEGRAM_BOT_TOKEN turns it on")
    with _reaching("TELEGRAM_API_URL", settings.telegram_api_url):
        account = await telegram_account(settings, clocks)
    said = [f"the token is @{account.name}’s"]
    if not account.joins_groups:
        said.append("it may not be added to groups (/setjoingroups at @BotFather permits it)")
    if not account.inline:
        said.append("inline mode is off (/setinline at @BotFather turns it on)")
    if not account.hears_all:
        said.append(
            "in groups it hears commands alone unless it is an administrator, so links get no cards (/setprivacy at @BotFather)"
        )
    if settings.telegram_webhook_url:
        said += _hooked(settings, account)
    elif account.webhook:
        said.append(
            "a webhook is set, which `paperwire run` removes; should it come back, another program uses this token"
        )
    elif store is not None:
        lease = f"pw:lease:telegram:{token_name(token.get_secret_value(), settings.telegram_api_url)}"
        if await store.exists(lease):
            said.append("a bot of this store is receiving now")
        else:
            await _alone(settings, token.get_secret_value())
    return "; ".join(said)


def _hooked(settings: Settings, account: TelegramAccount) -> list[str]:
    """Say how the webhook is. Raises `Misconfigured` for one that the settings do not make up."""
    webhook_of(settings)
    if account.webhook != settings.telegram_webhook_url:
        return ["no webhook is set yet; `paperwire run` sets it"]
    return [
        f"the webhook is set, and failed last with: {account.trouble}"
        if account.trouble
        else "the webhook is set"
    ]


async def _alone(settings: Settings, token: str) -> None:
    """Raise `Misconfigured` if another program receives for this token: it ends our poll when it polls again.

    Nothing is confirmed by it, so nothing is lost.
    """
    query = "getUpdates?timeout=3&limit=1"
    status, _, _ = await asked("Telegram", f"{settings.telegram_api_url}/bot{token}/{query}", {})
    if status == HTTPStatus.CONFLICT:
        raise Misconfigured(
            "TELEGRAM_BOT_TOKEN",
            "is used by another program at this moment",
            "stop that, or make a new token with /revoke at @BotFather",
        )


async def _discord(settings: Settings, clocks: dict[str, float]) -> str:
    """Ask Discord whose the token is, and on which servers the invitation gave it too little."""
    if settings.discord_bot_token is None:
        raise Off("off; DISCORD_BOT_TOKEN turns it on")
    with _reaching("DISCORD_API_URL", settings.discord_api_url):
        account = await discord_account(settings, clocks)
    said = [f"the token is {account.name}’s"]
    if account.starts == 0:
        said.append("it has been started so often that Discord takes no more today")
    if account.code_grant:
        said.append(
            "turn off *Requires OAuth2 Code Grant* under *Bot* in the developer portal, or nobody can invite it"
        )
    if account.servers is None:
        pass  # a gateway in between may not pass this on
    elif not account.servers:
        said.append(f"it is on no server yet; invite it: {account.invitation}")
    for name, missing in account.servers or ():
        if missing:
            said.append(f"on {name} it lacks {', '.join(missing)}; invite it again: {account.invitation}")
    return "; ".join(said)


async def _owner(settings: Settings, store: Store | None) -> str:
    if store is None:
        raise Off("not known without the store")
    if code := await Access(store, settings.owners).code():
        raise Off(f"nobody yet; whoever sends the bot `/start {code}` in a private chat is")
    return "set by OWNERS" if settings.owners else "claimed by code"


@contextmanager
def _reaching(setting: str, url: str) -> Iterator[None]:
    """Name the setting where a platform does not answer."""
    try:
        yield
    except PlatformUnavailable:
        raise Misconfigured(setting, f"names {_host(url)}, which does not answer", _NETWORK) from None


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _said(error: PaperwireError) -> str:
    return plain(explain(error, translator("en")))
