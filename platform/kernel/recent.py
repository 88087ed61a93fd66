"""What was found out a moment ago, remembered for a moment more.

A dictionary whose entries end. cachetools' TTLCache does more (it drops the oldest first) and takes
some microseconds for each look; a hold looks three times and lives in the microseconds.
"""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most so many entries, each for `life_s`; when it is full it begins anew.

    Threads may share it: each step is one operation of a dictionary.
    """

    def __init__(self, *, most: int, life_s: float) -> None:
        self.most = most
        self.life_s = life_s
        self._entries: dict[K, tuple[float, V]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K) -> tuple[bool, V | None]:
        """Return (known, value)."""
        entry = self._entries.get(key)
        if entry is None or entry[0] < monotonic():
            return False, None
        return True, entry[1]

    def put(self, key: K, value: V) -> None:
        """Remember it from now on."""
        if len(self._entries) >= self.most:
            self._entries.clear()
        self._entries[key] = (monotonic() + self.life_s, value)

    def forget(self, key: K) -> None:
        """Know nothing of it any more."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
