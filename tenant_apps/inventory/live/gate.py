"""Who may ask for places at all: decided above, by whoever puts the live process together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kernel.askers import Asker
from tenant_apps.inventory.domain import Scope


class Gate(Protocol):
    """Asked before each new hold."""

    def scores_of(self, asker: Asker) -> Sequence[str]:
        """Return the keys of scores; they are read in the call that takes from the limits."""

    async def note_refusal(self, asker: Asker, limit: str) -> None:
        """Hear of a request that a limit has refused."""

    async def ensure_trusted(
        self, asker: Asker, performance: str, *, score: int, proof: str
    ) -> None:
        """Refuse, with a refusal of one's own, whose score is too high."""

    async def ensure_admitted(self, scope: Scope, session: str) -> None:
        """Refuse, with a refusal of one's own, who may not hold places now."""


class _Open:
    def scores_of(self, asker: Asker) -> Sequence[str]:
        return ()

    async def note_refusal(self, asker: Asker, limit: str) -> None:
        pass

    async def ensure_trusted(
        self, asker: Asker, performance: str, *, score: int, proof: str
    ) -> None:
        pass

    async def ensure_admitted(self, scope: Scope, session: str) -> None:
        pass


OPEN: Gate = _Open()
