"""What `paperwire doctor` looks at on this machine: its directory, ports, proxies and clock, and how `.env` is written."""

from __future__ import annotations

import asyncio
import difflib
import errno
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.errors import Misconfigured
from bot.papers.threads import in_thread
from bot.settings import PROXIES, Settings
from bot.store.client import Store

# Seconds that a clock may differ; certificates and one-time nonces stand more, local times do not.
_CLOSELY = 60.0
_ROOM = 200_000_000  # bytes; an append-only file is written anew beside the old one
_OURS = ("TELEGRAM_", "DISCORD_", "OPENAI_", "ARXIV_")  # what other programs do not call theirs
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - nothing is bound to it


class Off(Exception):
    """What was to be checked is not used here; the message says how it would be."""


class Odd(Exception):
    """The bot runs all the same; the message says what it has to do without, and the mend."""


async def directory(settings: Settings) -> str:
    """Say where data is kept and what room there is. Raises `Misconfigured`."""
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


async def port(settings: Settings, which: Literal["HTTP", "METRICS"]) -> str:
    """Say whether the port can be had, or is had by a bot of ours."""
    host, port = (
        (settings.http_host, settings.http_port)
        if which == "HTTP"
        else (settings.metrics_host, settings.metrics_port)
    )
    if not port:
        raise Off(f"off; {which}_PORT turns it on")
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
        raise Odd(f"port {port} {reason}; set {which}_PORT to another, or to 0 for none") from None
    return f"{host}:{port} is free"


async def _is_ours(settings: Settings) -> bool:
    import requests

    from bot.papers.transport import USER_AGENT

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


async def proxy() -> str:
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


async def clock(settings: Settings, store: Store | None, clocks: dict[str, float]) -> str:
    """Compare our clock with those of the services that told theirs."""
    if store is not None and settings.redis_url is not None:
        seconds, _ = await store.time()
        clocks["Redis"] = time.time() - float(seconds)
    if not clocks:
        raise Off("nothing to compare it with")
    name, off = max(clocks.items(), key=lambda clock: abs(clock[1]))
    if abs(off) > _CLOSELY:
        raise Misconfigured(
            "the clock of this machine",
            f"is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} {name}’s",
            "let it be set by NTP (timedatectl set-ntp true)",
        )
    return f"agrees with {' and '.join(clocks)}"


def odd_names() -> Iterator[tuple[str, str]]:
    """Yield where there is what is no setting, and what it may be: in `.env`, or named like ours in the environment."""
    try:
        named = dotenv_values(".env")
    except (OSError, UnicodeDecodeError):
        named = {}
    for name in named:
        if not _is_known(name):
            yield ".env", f"{name} is no setting" + _nearest(name, 0.6)
    for name in sorted(os.environ):
        if (
            name.startswith(_OURS)
            and name not in named
            and not _is_known(name)
            and (near := _nearest(name, 0.8))
        ):
            yield "environment", f"{name} is no setting{near}"


def _is_known(name: str) -> bool:
    return name.lower() in Settings.model_fields or name.lower() in PROXIES


def _nearest(name: str, closely: float) -> str:
    known = [known.upper() for known in (*Settings.model_fields, *PROXIES)]
    near = difflib.get_close_matches(name.upper(), known, 1, closely)
    return f"; did you mean {near[0]}?" if near else ""


def readable_by_others(path: Path = Path(".env")) -> Iterator[str]:
    """Yield what is to be said if the file holds secrets and is open to everybody on this machine."""
    try:
        named, mode = dotenv_values(path), path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        return
    if mode & 0o077 and any(
        value and name.upper().endswith(("_TOKEN", "_KEY", "_PASSWORD")) for name, value in named.items()
    ):
        yield f"others on this machine can read the secrets in it; `chmod 600 {path}`"


def unreachable_room(settings: Settings) -> Iterator[str]:
    """Yield what is to be said of a reading room whose address leads readers to their own machine."""
    host = urlsplit(settings.public_url or "").hostname
    if host in _HERE:
        yield (
            f"PUBLIC_URL names {host}, which is every reader’s own machine, so chats get no links to it;"
            " set the address that others reach, or take it out"
        )
