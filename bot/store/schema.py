"""The number of the form in which data is kept: older data is migrated at the start, newer data refused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import Misconfigured, PaperwireError
from bot.store.client import Script, Store
from bot.store.lease import Lease

log = logging.getLogger(__name__)

# A step reads through the store and writes through scripts alone, which it makes with the function that it is
# given: they do nothing once the step is done. It may be killed between any two of them and begun anew, by
# several processes at a time, so each script is safe to repeat.
Step = Callable[[Store, Callable[[str], Script]], Awaitable[None]]

# The first makes schema 2 of schema 1. None is ever taken out or changed: somebody's data is as old as that.
STEPS: Sequence[Step] = ()

_KEY = "pw:schema"
_FENCE = f"""
if redis.call('GET', '{_KEY}') ~= '%d' then return redis.error_reply('this step was done by another process') end
"""
_DONE = f"redis.call('SET', '{_KEY}', ARGV[1])"


class Schema:
    """The form of a store's data."""

    def __init__(self, store: Store, steps: Sequence[Step] = STEPS, *, lease: float = 6.0) -> None:
        """`lease` is the seconds after which another process goes on with the work of one that died."""
        self._store = store
        self._steps = steps
        self._known = 1 + len(steps)
        self._lease = Lease(store, "schema", length=lease, level=logging.INFO)

    async def found(self) -> int:
        """Return the data's number, which is the present one where there was no data.

        Raises `Misconfigured` for data of a newer Paperwire and of somebody else, `StoreUnavailable`.
        """
        await self._store.set(_KEY, self._known, nx=True)
        setting = "REDIS_URL" if self._store.embedded is None else "DATA_DIR"
        try:
            found = int(await self._store.text(_KEY) or 0)
        except ValueError:
            found = 0
        if found < 1:
            problem = f"names data that is not Paperwire's ({_KEY} holds no number)"
            raise Misconfigured(setting, problem, "choose a database of its own")
        if found > self._known:
            problem = f"names data of a newer Paperwire (schema {found}, this one knows {self._known})"
            raise Misconfigured(setting, problem, "upgrade Paperwire, or restore the backup made before")
        return found

    async def migrate(self) -> None:
        """Return once the data has the present form, brought to it by one process for all that ask.

        Raises as `found` does.
        """
        if await self.found() < self._known:
            await self._lease.hold(self._work)

    async def _work(self) -> None:
        while (number := await self.found()) < self._known:
            log.info("bringing data from schema %d to %d", number, number + 1)

            def script(source: str, fence: str = _FENCE % number) -> Script:
                return self._store.script(fence + source)

            try:
                await self._steps[number - 1](self._store, script)
                await script(_DONE)(args=[number + 1])
            except PaperwireError:
                if await self.found() == number:  # else another process did it while this one was held up
                    raise
