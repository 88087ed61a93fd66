"""What many ask for at the same moment, made by one of them and kept for seconds.

The others get the last one meanwhile, or wait a moment when there is none: a crowd that comes all
at once asks the database once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic
from typing import Generic, TypeVar

from cachetools import LRUCache

V = TypeVar("V")

# Whoever makes it may be waiting for a database that is away: nobody waits for them for ever.
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    size: int
    fresh_until: float
    usable_until: float


class Shelf(Generic[V]):
    """Values by key, up to so many bytes together; what nobody asks for makes room first.

    A value is fresh for the life that it is put with. For `stale_s` more it is given to those who
    come while another one is being made.
    """

    def __init__(
        self, *, most_bytes: int, stale_s: float, now_s: Callable[[], float] = monotonic
    ) -> None:
        self.most_bytes = most_bytes
        self.stale_s = stale_s
        self._now_s = now_s
        self._entries: LRUCache[Hashable, _Entry[V]] = LRUCache(
            most_bytes, getsizeof=lambda entry: entry.size
        )
        self._turns: dict[Hashable, Event] = {}
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def find(self, key: Hashable) -> V | None:
        """Return what is kept; None makes it the caller's turn, who ends it by `end_turn`.

        Waits when another one has the turn and nothing is kept; after PATIENCE_S nobody is waited
        for.
        """
        with self._lock:
            entry, now = self._entries.get(key), self._now_s()
            if entry is not None and now < entry.fresh_until:
                return entry.value
            turn = self._turns.get(key)
            if turn is None:
                self._turns[key] = Event()
                return None
            if entry is not None and now < entry.usable_until:
                return entry.value
        turn.wait(PATIENCE_S)
        with self._lock:
            entry = self._entries.get(key)
        return entry.value if entry is not None and self._now_s() < entry.usable_until else None

    def put(self, key: Hashable, value: V, *, size: int, life_s: float) -> None:
        """Keep a value for its life, unless it is too large."""
        if size > self.most_bytes:
            return
        fresh_until = self._now_s() + life_s
        with self._lock:
            self._entries[key] = _Entry(value, size, fresh_until, fresh_until + self.stale_s)

    def end_turn(self, key: Hashable) -> None:
        """Let those go on who wait. Where nothing was put, each of them makes its own."""
        with self._lock:
            turn = self._turns.pop(key, None)
        if turn is not None:
            turn.set()

    def forget(self) -> None:
        """Forget everything that is kept."""
        with self._lock:
            self._entries.clear()
