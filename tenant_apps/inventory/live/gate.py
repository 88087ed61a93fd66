"""Who may ask for places at all: decided above, by whoever puts the live process together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kernel.askers import Asker
from tenant_apps.inventory.domain import Hold, Scope


class Gate(Protocol):
    """Asked before each new hold."""

    def scores_of(self, asker: Asker) -> Sequence[str]:
        """Return the keys of scores; they are read in the call that takes from the limits."""

    async def note_refusal(self, asker: Asker, limit: str) -> None:
        """Hear of a request that a limit has refused."""

    async def is_vouched_for(self, asker: Asker) -> bool:
        """Whether the organizer trusts who asks: then a score means nothing."""

    async def ensure_trusted(
        self, asker: Asker, performance: str, *, score: int, proof: str
    ) -> None:
        """Refuse, with a refusal of one's own, whose score is too high."""

    async def ensure_admitted(self, scope: Scope, session: str) -> None:
        """Refuse, with a refusal of one's own, who may not hold places now."""

    def hold_ms(self, score: int) -> int:
        """Return how long a hold may live at most, with this score; 0: as the sale says."""

    def note_hold(self, asker: Asker, scope: Scope, hold: Hold) -> None:
        """Hear of a hold that was made, changed or extended. Costs nothing, refuses nothing."""

    def note_release(self, scope: Scope, hold_id: str) -> None:
        """Hear of a hold that its buyer gave back."""


class _Open:
    def scores_of(self, asker: Asker) -> Sequence[str]:
        return ()

    async def note_refusal(self, asker: Asker, limit: str) -> None:
        pass

    async def is_vouched_for(self, asker: Asker) -> bool:
        return False

    async def ensure_trusted(
        self, asker: Asker, performance: str, *, score: int, proof: str
    ) -> None:
        pass

    async def ensure_admitted(self, scope: Scope, session: str) -> None:
        pass

    def hold_ms(self, score: int) -> int:
        return 0

    def note_hold(self, asker: Asker, scope: Scope, hold: Hold) -> None:
        pass

    def note_release(self, scope: Scope, hold_id: str) -> None:
        pass


OPEN: Gate = _Open()
