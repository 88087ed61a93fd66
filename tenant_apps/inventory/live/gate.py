"""Who may ask for places at all: decided above, by whoever puts the live process together."""

from __future__ import annotations

from typing import Protocol

from tenant_apps.inventory.domain import Scope


class Gate(Protocol):
    """Asked before each new hold."""

    async def ensure_admitted(self, scope: Scope, session: str) -> None:
        """Refuse, with a refusal of one's own, who may not hold places now."""


class _Open:
    async def ensure_admitted(self, scope: Scope, session: str) -> None:
        pass


OPEN: Gate = _Open()
