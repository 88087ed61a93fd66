"""Tickets from their issue to the door."""

from __future__ import annotations

from tenant_apps.tickets.domain import TicketLine
from tenant_apps.tickets.services.batches import redeem_batch
from tenant_apps.tickets.services.issuing import (
    ensure_tickets,
    issue_tickets,
    reissue_ticket,
    rotate_key,
    void_tickets,
)
from tenant_apps.tickets.services.redeeming import redeem

__all__ = [
    "TicketLine",
    "ensure_tickets",
    "issue_tickets",
    "redeem",
    "redeem_batch",
    "reissue_ticket",
    "rotate_key",
    "void_tickets",
]
