"""The double's own time: the machine's, plus what a test has skipped."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch, as Stripe counts them; it only ever moves forward."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s

    def now(self) -> float:
        return time.time() + self.offset_s

    def second(self) -> int:
        """Return the present whole second, the form of every `created` and `expires_at`."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        self.offset_s += max(0.0, seconds)
