"""Idempotency keys: https://docs.stripe.com/api/idempotent_requests

An answer is remembered once execution has begun, whatever it was: 2xx, 4xx or 500. What was refused
before (a bad parameter, a key in use) is not, so the same key may be tried again.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .refusals import invalid, key_in_use, other_parameters
from .store import Row
from .world import World

ANSWER = "idempotent_answer"
LIFETIME_S = 24 * 3600
MAX_LENGTH = 255


def fingerprint(method: str, path: str, params: dict[str, Any]) -> str:
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Keys:
    """The keys of all accounts: those whose request is running, and the answers of the rest."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._running: dict[tuple[str, str], str] = {}

    def remembered(self, account: str, key: str, request: str) -> Row | None:
        """Return the first answer to this key. Refuses other parameters, and a running request."""
        if len(key) > MAX_LENGTH:
            raise invalid(f"Idempotency keys can have up to {MAX_LENGTH} characters.")
        running = self._running.get((account, key))
        if running is not None:
            raise key_in_use(key) if running == request else other_parameters(key)
        answer = self._world.store.find(ANSWER, account, key)
        if answer is None:
            return None
        if self._world.clock.now() - answer["at"] >= LIFETIME_S:
            self._world.store.remove(ANSWER, account, key)
            return None
        if answer["request"] != request:
            raise other_parameters(key)
        return answer

    def begin(self, account: str, key: str, request: str) -> None:
        self._running[account, key] = request

    def end(self, account: str, key: str) -> None:
        self._running.pop((account, key), None)

    def remember(self, account: str, key: str, request: str, answer: Row) -> None:
        """Keep the answer: its status, its body and the request's id."""
        noted = {"id": key, "request": request, "at": self._world.clock.now()}
        self._world.store.put(ANSWER, account, answer | noted)
