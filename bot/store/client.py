"""The one connection pool to Redis: errors become ours, the server is checked before it is trusted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from bot.errors import Misconfigured, PaperwireError, StoreUnavailable
from bot.store.embedded import EmbeddedConnection, EmbeddedValkey
from bot.store.gathering import Call, Gathering

Script = Callable[..., Awaitable[Any]]
Command = Sequence[str | int | float]


class Store(Redis):
    """A Redis client whose every failure is a `StoreUnavailable`. Replies are text.

    Commands that a lost connection interrupted are sent again for some seconds, so whatever is sent through
    it must be safe to repeat.
    """

    embedded: EmbeddedValkey | None = None
    _url = ""

    @property
    def url(self) -> str:
        """The server's address, for others who speak to it themselves; it may hold a password."""
        return f"unix://{self.embedded.socket_path}" if self.embedded else self._url

    @classmethod
    def at(cls, url: str, *, password: str = "") -> Store:
        """Return a store on a server of the owner's; the password counts where the address holds none.

        Raises `Misconfigured` for a malformed address.
        """
        try:
            url = _with_password(url, password)
            store = cls(connection_pool=BlockingConnectionPool.from_url(url, **_options()))
        except ValueError:  # whose message quotes parts of the address, the password among them
            mend = "write redis://[:password@]host:port/0, rediss:// or unix://path"
            raise Misconfigured("REDIS_URL", "is not an address of a Redis", mend) from None
        store._url = url
        return store

    @classmethod
    def embedded_in(cls, data_dir: Path) -> Store:
        """Return a store on the embedded server of `data_dir`, which starts at first use."""
        server = EmbeddedValkey(data_dir)
        store = cls(
            connection_pool=BlockingConnectionPool(
                connection_class=EmbeddedConnection, server=server, **_options()
            )
        )
        store.embedded = server
        return store

    async def check(self) -> None:
        """Refuse an address at which no Redis answers, and a server that forgets by its eviction policy.

        Raises `Misconfigured`, `StoreUnavailable`.
        """
        try:
            policy = await self.eviction_policy()
        except StoreUnavailable as error:
            if self.embedded or error.reason != "unreachable":
                raise
            kept = self.connection_pool.connection_kwargs
            where = kept.get("path") or f"{kept.get('host', 'localhost')}:{kept.get('port', 6379)}"
            mend = "start the server, or correct the address"
            raise Misconfigured("REDIS_URL", f"names {where}, where no Redis answers", mend) from None
        if policy.startswith(("allkeys", "volatile")):
            mend = "set `maxmemory-policy noeviction` on the server"
            raise Misconfigured(
                "REDIS_URL", f"names a server that forgets at will (maxmemory-policy {policy})", mend
            )

    async def eviction_policy(self) -> str:
        """Return the server's maxmemory-policy; INFO, unlike CONFIG, is open on managed servers too."""
        return str((await self.info("memory")).get("maxmemory_policy", "noeviction"))

    async def text(self, key: str) -> str | None:
        """Return the text at `key`, read once for all who ask for it at the moment."""
        try:
            return cast("str | None", await self._commands.read("GET", key))
        except (RedisError, OSError) as error:
            raise _told(error) from error

    async def texts(self, keys: Sequence[str]) -> Sequence[str | None]:
        """Return the texts at `keys`, in their order, in one round trip."""
        return cast("Sequence[str | None]", await self.mget(keys))

    def script(self, source: str) -> Script:
        """Return `source` as a function of `keys` and `args`.

        It is sent whole each time: a script that the server is to remember is gone when it restarts.
        """

        async def run(*, keys: Sequence[str] = (), args: Sequence[str | int | float] = ()) -> Any:
            return await self.execute_command("EVAL", source, len(keys), *keys, *args)

        return run

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command, in one round trip with what else is asked for. Raises `StoreUnavailable`."""
        try:
            return await self._commands.run(*args, **options)
        except (RedisError, OSError) as error:
            raise _told(error) from error

    @cached_property
    def _commands(self) -> Gathering:
        return Gathering(self._send)

    async def _send(self, commands: Sequence[Call]) -> Sequence[Any]:
        pipeline = self.pipeline(transaction=False)
        for words, options in commands:
            pipeline.execute_command(*words, **options)
        return await pipeline.execute(raise_on_error=False)

    async def close_all(self) -> None:
        """Close the connections, and the embedded server if nobody else uses it."""
        try:
            await self._commands.close()
            await self.aclose()
            await self.connection_pool.disconnect()
        finally:  # told twice to end, we still leave no server behind
            if self.embedded:
                self.embedded.leave()


def _with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    if not password or parts.password or "password=" in parts.query:
        return url
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user if at else ''}:{quote(password, safe='')}@{host}").geturl()


_STAYS = (AuthenticationError, AuthorizationError, PaperwireError)


class _Patience(Retry):
    """Try again what may pass, at once report what will not: a wrong password stays wrong."""

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[Any]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> Any:
        def passes(error: Exception) -> bool:
            if any(isinstance(cause, _STAYS) for cause in _causes(error)):
                return False
            return is_retryable is None or is_retryable(error)

        return await super().call_with_retry(do, fail, passes, with_failure_count)


def _options() -> dict[str, Any]:
    return {
        "decode_responses": True,
        "max_connections": 32,
        "timeout": 20,  # s that a command waits for one of them
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "health_check_interval": 30,
        # About four seconds in all: a restart of the server goes unnoticed, a dead one is reported.
        "retry": _Patience(ExponentialBackoff(cap=1, base=0.02), 9),
    }


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what lies beneath it: redis-py wraps what a connection says."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _told(error: Exception) -> PaperwireError:
    for cause in _causes(error):
        if isinstance(cause, PaperwireError):  # the embedded server has said what is wrong
            return cause
        if isinstance(cause, _STAYS):
            return Misconfigured("REDIS_URL", "has a wrong user or password", "correct it")
    match error:
        case OutOfMemoryError():
            return StoreUnavailable("full")
        case ReadOnlyError():
            return StoreUnavailable("read-only")
        case ResponseError() if "MISCONF" in str(error):
            return StoreUnavailable("full")
        case ResponseError():
            return StoreUnavailable("refused", str(error)[:120])
        case _:
            return StoreUnavailable("unreachable")
