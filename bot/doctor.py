"""`paperwire doctor`: one line for each thing that has to work, with its mend where it does not."""

from __future__ import annotations

import asyncio
import difflib
import errno
import logging
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.accounts import TelegramAccount, asked, discord_account, telegram_account
from bot.app import account as token_name
from bot.app import store_of, webhook_of
from bot.chat.text import plain
from bot.chat.wording import explain, translator
from bot.errors import Misconfigured, PaperNotFound, PaperwireError, StoreUnavailable
from bot.models import models_of
from bot.papers.api import ArxivApi
from bot.papers.gate import Gate, LocalGate
from bot.papers.ids import PaperId
from bot.papers.threads import in_thread
from bot.papers.transport import USER_AGENT
from bot.settings import PROXIES, Settings
from bot.store.access import Access
from bot.store.client import Store
from bot.store.gate import RedisGate

# Any paper that exists will do; this one is never withdrawn (Vaswani et al. 2017).
_PROBE = PaperId("1706.03762")

Check = Callable[[], Awaitable[str]]

_LIMIT = 20.0  # seconds for a check
_REDIS_LIMIT = 40.0  # more than an embedded server has to load its data
_ROUND_TRIP = "redis.call('SET', KEYS[1], 'here', 'EX', 10) return redis.call('GET', KEYS[1])"
_CLOSELY = (
    60.0  # seconds that a clock may differ; certificates and one-time nonces stand more, local times do not
)
_ROOM = 200_000_000  # bytes; an append-only file is written anew beside the old one

log = logging.getLogger(__name__)


class _Off(Exception):
    """What was to be checked is not used here; the message says how it would be."""


class _Odd(Exception):
    """The bot runs all the same; the message says what it has to do without, and the mend."""


async def examine(settings: Settings, *, reopen_arxiv: bool = False) -> int:
    """Print a line for each check; return 1 if anything needed is broken, else 0."""
    told = _Told()
    told.well("settings", _settings(settings))
    told.of_all(".env", _file(Path(".env")))
    clocks: dict[str, float] = {}
    async with _connected(settings) as (store, said):
        told.line("✗" if store is None else "✓", "Redis", said)
        gate: Gate = RedisGate(store) if store else LocalGate()
        checks: dict[str, Check] = {
            "data directory": partial(_directory, settings),
            "arXiv": partial(_arxiv, settings, gate, reopen_arxiv),
            "model": partial(_model, settings, 0),
        }
        if len(models_of(settings)) > 1:
            checks["fall-back model"] = partial(_model, settings, 1)
        checks["Telegram"] = partial(_telegram, settings, store, clocks)
        checks["Discord"] = partial(_discord, settings, clocks)
        if settings.has_platform:
            checks["owner"] = partial(_owner, settings, store)
        checks["reading room"] = partial(_port, settings, "HTTP")
        checks["metrics"] = partial(_port, settings, "METRICS")
        if proxies():
            checks["proxy"] = _proxy
        checks["clock"] = partial(_clock, settings, store, clocks)
        for name, check in checks.items():
            told.line(*await _outcome_of(name, check))
    return int(told.broken)


async def well_connected(settings: Settings) -> list[tuple[str, str, str]]:
    """Return mark, name and what there is to say of the store, its directory and the arXiv."""
    async with _connected(settings) as (store, said):
        gate: Gate = RedisGate(store) if store else LocalGate()
        return [
            ("✗" if store is None else "✓", "Redis", said),
            await _outcome_of("data directory", partial(_directory, settings)),
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
        except (_Off, _Odd) as reason:
            mark = "–" if isinstance(reason, _Off) else "!"
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


async def _model(settings: Settings, number: int) -> str:
    models = models_of(settings)
    if not models:
        raise _Off("none; texts are extracted, not written (OPENAI_API_KEY or OPENAI_BASE_URL sets one)")
    model = models[number]
    try:
        said = f"{model.name} answers, structured output by {await model.probe()}"
    finally:
        await model.aclose()
    spent = model.spent
    return f"{said} (this test took {spent.prompt_tokens} + {spent.completion_tokens} tokens)"


async def _telegram(settings: Settings, store: Store | None, clocks: dict[str, float]) -> str:
    """Ask Telegram whose the token is, and for what would keep messages from us."""
    token = settings.telegram_bot_token
    if token is None:
        raise _Off("off; TELEGRAM_BOT_TOKEN turns it on")
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
        raise _Off("off; DISCORD_BOT_TOKEN turns it on")
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
        raise _Off("not known without the store")
    if code := await Access(store, settings.owners).code():
        raise _Off(f"nobody yet; whoever sends the bot `/start {code}` in a private chat is")
    return "set by OWNERS" if settings.owners else "claimed by code"


async def _directory(settings: Settings) -> str:
    directory = settings.data_dir.expanduser().absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"here")
            probe.flush()
        free = shutil.disk_usage(directory).free
    except OSError as error:
        raise Misconfigured(
            "DATA_DIR",
            f"names {directory}, which cannot be written ({error.strerror})",
            "give it to this user, or name another",
        ) from None
    if free < _ROOM:
        raise Misconfigured(
            "DATA_DIR", f"lies on a disk with only {free // 1_000_000} MB left", "make room, or name another"
        )
    return f"{directory}, {free / 1e9:.0f} GB free"


async def _port(settings: Settings, which: Literal["HTTP", "METRICS"]) -> str:
    """Say whether the port can be had, or is had by a bot of ours."""
    host, port = (
        (settings.http_host, settings.http_port)
        if which == "HTTP"
        else (settings.metrics_host, settings.metrics_port)
    )
    if not port:
        raise _Off(f"off; {which}_PORT turns it on")
    try:
        for family, kind, _, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and await _is_ours(settings):
            return f"{host}:{port}, where a bot is listening"
        reason = (
            "is taken by another program"
            if error.errno == errno.EADDRINUSE
            else f"cannot be had ({error.strerror})"
        )
        raise _Odd(f"port {port} {reason}; set {which}_PORT to another, or to 0 for none") from None
    return f"{host}:{port} is free"


async def _is_ours(settings: Settings) -> bool:
    import requests

    host = "127.0.0.1" if settings.metrics_host in ("0.0.0.0", "") else settings.metrics_host  # noqa: S104
    url = f"http://{host}:{settings.metrics_port}/healthz"
    try:
        answer = await in_thread(lambda: requests.get(url, timeout=3, headers={"User-Agent": USER_AGENT}))
    except requests.exceptions.RequestException:
        return False
    return answer.ok


def proxies() -> dict[str, str]:
    """Return the proxies that the environment names, without their passwords, by the setting's name."""
    named = {
        name: os.environ.get(name.upper()) or os.environ.get(name) for name in PROXIES if name != "no_proxy"
    }
    return {name.upper(): address for name, address in named.items() if address}


async def _proxy() -> str:
    """Connect to each proxy, without asking it for anything."""
    said = []
    for name, address in proxies().items():
        parts = urlsplit(address if "://" in address else f"http://{address}")
        where = f"{parts.hostname}:{parts.port or 80}"
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port or 80), 5)
        except (OSError, TimeoutError):
            raise Misconfigured(
                name, f"names {where}, which does not answer", "start the proxy, or take it out"
            ) from None
        writer.close()
        said.append(f"{name} is {where}")
    return "; ".join(said)


async def _clock(settings: Settings, store: Store | None, clocks: dict[str, float]) -> str:
    """Compare our clock with those of the services that told theirs."""
    if store is not None and settings.redis_url is not None:
        seconds, _ = await store.time()
        clocks["Redis"] = time.time() - float(seconds)
    if not clocks:
        raise _Off("nothing to compare it with")
    name, off = max(clocks.items(), key=lambda clock: abs(clock[1]))
    if abs(off) > _CLOSELY:
        raise Misconfigured(
            "the clock of this machine",
            f"is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} {name}’s",
            "let it be set by NTP (timedatectl set-ntp true)",
        )
    return f"agrees with {' and '.join(clocks)}"


def _file(path: Path) -> Iterator[str]:
    """Yield what is odd about `.env`, without breaking anything."""
    try:
        named = dotenv_values(path)
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        return
    known = [name.upper() for name in Settings.model_fields] + [name.upper() for name in PROXIES]
    for name in named:
        if name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, 1, 0.6)
            yield f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else "")
    if mode & 0o077 and any(
        value and name.upper().endswith(("_TOKEN", "_KEY", "_PASSWORD")) for name, value in named.items()
    ):
        yield "others on this machine can read the secrets in it; `chmod 600 .env`"


def _said(error: PaperwireError) -> str:
    return plain(explain(error, translator("en")))
