"""Not asking, for a moment, somebody who has just been silent several times.

Whoever waits for a silent partner takes a thread from everybody else. After the pause one more
silence begins the next one; an answer ends it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock


class Breaker:
    """Counts the silences of one partner, for all threads of a process."""

    def __init__(
        self,
        *,
        silences: int,
        within_s: float,
        pause_s: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._within_s = within_s
        self._pause_s = pause_s
        self._now_s = now_s
        self._silences: deque[float] = deque(maxlen=silences)
        self._paused_until = 0.0
        self._is_suspect = False
        self._lock = Lock()

    def pause_left_s(self) -> float:
        """Return how many seconds nobody should ask; 0 to ask."""
        with self._lock:
            return max(0.0, self._paused_until - self._now_s())

    def note_silence(self) -> None:
        """Count a call that got no answer."""
        with self._lock:
            now = self._now_s()
            self._silences.append(now)
            is_full = len(self._silences) == self._silences.maxlen
            if self._is_suspect or (is_full and now - self._silences[0] <= self._within_s):
                self._is_suspect = True
                self._paused_until = now + self._pause_s

    def note_answer(self) -> None:
        """Forget the silences: whatever was said, somebody is there."""
        with self._lock:
            self._silences.clear()
            self._is_suspect = False
            self._paused_until = 0.0
