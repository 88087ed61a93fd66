"""Turns: what begins now when many want to begin, so that one who storms does not slow the rest.

An event loop serves in the order of arrival: beside a tenant with sixty requests in the air, a
request of another waits for sixty. Here a few begin in each round of the loop, one of each tenant
after the other, and the others wait in a line of their tenant's own.

A request takes several rounds: each answer that it waits for comes in another one. So rounds are
short while tenants meet, and for a moment after: as long as the requests of both may take. They
cost: what many begin in one round goes to Valkey in one write. So they are long while one tenant is
alone, also where another asks something once in a while.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque

from kernel.errors import Unavailable


class LineFull(Unavailable):
    code = "busy"
    message = "Too many people ask at this moment. Try again in a second."


# Tenants that asked within this time of each other meet. Many times what a request takes; each
# meeting makes rounds short for as long, so no more than that.
MEETING_S = 0.25


class Turns:
    """Lets `alone` begin in a round, or `together` while tenants meet.

    Refuses whoever finds `most_waiting` of their own waiting.
    """

    def __init__(
        self, *, alone: int, together: int, most_waiting: int, meeting_s: float = MEETING_S
    ) -> None:
        self._alone = alone
        self._together = together
        self._most_waiting = most_waiting
        self._meeting_s = meeting_s
        self._at_once = alone
        self._begun = 0
        self._last = ""
        self._last_at = -math.inf
        self._meet_until = 0.0
        # Whose turn is next stands first. Nobody's line is empty.
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def wait(self, whose: str) -> asyncio.Future[None] | None:
        """Return what to wait for; None when it may begin at once. Refuses with LineFull."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if whose != self._last:
            if now - self._last_at < self._meeting_s:
                self._meet_until, self._at_once = now + self._meeting_s, self._together
            self._last = whose
        self._last_at = now
        if self._begun < self._at_once and not self._lines:
            if not self._begun:
                loop.call_soon(self._next_round)
            self._begun += 1
            return None
        line = self._lines.get(whose)
        if line is None:
            line = self._lines[whose] = deque()
        elif len(line) >= self._most_waiting:
            raise LineFull(retry_after_s=1)
        turn = loop.create_future()
        line.append(turn)
        return turn

    def _next_round(self) -> None:
        loop = asyncio.get_running_loop()
        self._begun = 0
        self._at_once = self._together if loop.time() < self._meet_until else self._alone
        while self._lines and self._begun < self._at_once:
            whose, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[whose] = line  # behind all others
            if not turn.done():  # who has gone has been cancelled
                turn.set_result(None)
                self._begun += 1
        if self._begun:
            loop.call_soon(self._next_round)
