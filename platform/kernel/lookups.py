"""What an event loop looks up in the database: from memory, else in a thread, once for all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from kernel.db import AWAY
from kernel.recent import Recent
from kernel.threads import in_thread
from kernel.together import Together

K = TypeVar("K", bound=tuple[Any, ...])
V = TypeVar("V")


class LookUps(Generic[K, V]):
    """The answers of one query, which is called with a key's parts.

    An answer is fresh for `life_s`; then it is asked for again, once however many want it, and
    while the database is away the last answer stands. A failure is not remembered. None, nothing
    found, is an answer too: it may live shorter, and it is kept apart, so that a scan of random
    keys drives none out that is found.
    """

    def __init__(
        self,
        query: Callable[..., V | None],
        *,
        life_s: float,
        nothing_life_s: float,
        most: int = 20_000,
        most_nothing: int = 2_000,
    ) -> None:
        self._query = query
        self._found: Recent[K, V] = Recent(most=most, life_s=life_s)
        self._nothing: Recent[K, None] = Recent(most=most_nothing, life_s=nothing_life_s)
        self._last_found: LRUCache[K, V] = LRUCache(most)
        self._last_nothing: LRUCache[K, None] = LRUCache(most_nothing)
        self._asked: Together[K, V | None] = Together()

    def cached(self, key: K) -> tuple[bool, V | None]:
        """Return (known, answer) without asking."""
        known, found = self._found.find(key)
        return (True, found) if known else self._nothing.find(key)

    async def find(self, key: K) -> V | None:
        """Return the answer; raises what the query raises, or refuses with TooMuchAtOnce."""
        known, found = self.cached(key)
        if known:
            return found
        return await self._asked.do(key, functools.partial(self._ask, key))

    def remember(self, key: K, found: V | None) -> None:
        """Know an answer from now on that came by another way."""
        if found is None:
            self._found.forget(key)
            self._last_found.pop(key, None)
            self._nothing.put(key, None)
            self._last_nothing[key] = None
        else:
            # What was nothing is asked for after what is found.
            self._last_nothing.pop(key, None)
            self._found.put(key, found)
            self._last_found[key] = found

    async def stop(self) -> None:
        await self._asked.stop()

    async def _ask(self, key: K) -> V | None:
        try:
            found = await in_thread(self._query, *key)
        except AWAY:
            if key not in self._last_found and key not in self._last_nothing:
                raise
            found = self._last_found.get(key)
        # Also when it is an old answer: not every request has to wait for the next try.
        self.remember(key, found)
        return found
