"""Telling Valkey what an order was given, directly after the commit."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import Claimed, ClaimKind, HoldsDown

log = structlog.get_logger(__name__)


def settle(performance_id: int, claimed: Claimed, *, used_holds: Sequence[str]) -> None:
    """Show the places as sold, and the outbox that nobody else has to.

    A crash on the way, or a Valkey that is away, leaves it to the outbox's sweep; a server that
    comes back empty reads the claims.
    """
    try:
        inventory.settle(
            performance_id, claimed.places, kind=ClaimKind.ALLOCATION, used_holds=used_holds
        )
    except HoldsDown:
        log.warning("settle_left_to_the_outbox", performance_id=performance_id)
        return
    inventory.record_settled(claimed)
