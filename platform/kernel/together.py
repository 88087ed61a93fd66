"""What many want at the same time, done once: who comes meanwhile waits for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from kernel.errors import Unavailable

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

# Each is somebody's request, and most of them wait for one of a few threads.
MOST_AT_ONCE = 2_000


class TooMuchAtOnce(Unavailable):
    code = "busy"
    message = "Too many people ask at this moment. Try again in a second."


class Together(Generic[K, T]):
    """Tasks by what they are about, each as long as it runs: neither answer nor failure is kept.

    Who stops waiting stops nothing: the others still wait, and the next one may come.
    """

    def __init__(self, *, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._tasks: dict[K, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def do(self, key: K, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer of the task that runs, else of a new one. Refuses with TooMuchAtOnce.

        Raises what the task raises.
        """
        return await asyncio.shield(self.begin(key, start))

    def begin(self, key: K, start: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Return the task that runs, else a new one. Refuses with TooMuchAtOnce."""
        task = self._tasks.get(key)
        if task is None:
            if len(self._tasks) >= self._most:
                raise TooMuchAtOnce(retry_after_s=1)
            task = self._tasks[key] = asyncio.ensure_future(start())
            task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def stop(self) -> None:
        """Cancel what runs."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, key: K, task: asyncio.Task[T]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            # Whoever waits has it raised. Where nobody waits any more, asyncio would complain.
            task.exception()
