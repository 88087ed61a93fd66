"""Loading performances beside an event loop: who waits for a load costs no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from kernel.db import tenant_context
from kernel.threads import in_thread
from kernel.together import Together
from kernel.valkey import Call
from tenant_apps.inventory import holds, services
from tenant_apps.inventory.domain import Loading, Scope

# As long as a loader that died is waited for, and then for a load.
WAIT_S = services.PATIENCE_MS / 1000 + 2.0
PAUSE_S = 0.05
# Reads at the same time: the other threads are for those who look something up.
MOST_READING = 4


class Loads:
    """The loads that somebody in this process waits for. `ask` runs a script."""

    def __init__(self, ask: Callable[[Call], Awaitable[Any]]) -> None:
        self._ask = ask
        self._loads: Together[Scope, None] = Together()
        self._reading = asyncio.Semaphore(MOST_READING)

    async def load(self, scope: Scope) -> None:
        """Load a performance, unless it is loaded; once however many ask for it at a time.

        Refuses with Loading when it takes too long, HoldsDown when Valkey is away.
        """
        try:
            async with asyncio.timeout(WAIT_S):
                await self._loads.do(scope, lambda: self._load(scope))
        except TimeoutError:
            raise Loading(retry_after_s=0.5) from None

    async def stop(self) -> None:
        await self._loads.stop()

    async def _load(self, scope: Scope) -> None:
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + WAIT_S
        # Never cut off: a thread that reads goes on reading, and has to be counted as long.
        while not await self._load_or_find_loaded(scope):
            if clock() >= give_up_at:
                raise Loading(retry_after_s=0.5)
            await asyncio.sleep(PAUSE_S)

    async def _load_or_find_loaded(self, scope: Scope) -> bool:
        """Whether it is loaded now; else another loads it, or has come in between."""
        # Begun once a thread is there for it: until then another process may be faster.
        async with self._reading:
            epoch = services.new_epoch()
            call = services.begin_load(scope, epoch=epoch)
            began = holds.read_word(await self._ask(call))
            if began != "BEGUN":
                return began == "OPEN"
            return await in_thread(_finish, scope, epoch)


def _finish(scope: Scope, epoch: str) -> bool:
    with tenant_context(scope.schema_name):
        return services.finish_load(scope.performance_id, epoch=epoch)
