"""Writing down who is let in: one statement, for one scan and for two hundred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tenant_apps.access.domain import Actor
from tenant_apps.tickets.domain import ScanResult, ShownTicket
from tenant_apps.tickets.models import Scan

# No look beforehand: the index alone says who was first. The tickets' rows are locked before, in
# one order for everybody and as a refund locks them: either a ticket is void by then, and nobody
# enters, or the refund finds that somebody has.
ADMIT = """
    WITH valid AS (
        SELECT ticket.id, wanted.at, wanted.ref
        FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::text[])
            AS wanted (ticket_id, serial, at, ref)
        JOIN tickets_ticket AS ticket ON ticket.id = wanted.ticket_id
        WHERE ticket.state = 'valid' AND ticket.serial = wanted.serial
        ORDER BY ticket.id FOR NO KEY UPDATE OF ticket
    ), scan AS (
        INSERT INTO tickets_scan (ticket_id, at, client_ref, result, reason, recorded_at,
            actor_kind, actor_ref, actor_name, gate, device)
        SELECT id, at, ref, 'admitted', '', %s, %s, %s, %s, %s, %s FROM valid ORDER BY id
        ON CONFLICT DO NOTHING RETURNING ticket_id, at
    ), noted AS (
        UPDATE tickets_ticket AS ticket SET redeemed_at = scan.at
        FROM scan WHERE ticket.id = scan.ticket_id
    )
    SELECT valid.id, scan.ticket_id IS NOT NULL
    FROM valid LEFT JOIN scan ON scan.ticket_id = valid.id
"""


@dataclass(frozen=True, slots=True)
class Door:
    """Who scans, where, and when we heard of it."""

    actor: Actor
    gate: str
    device: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A scan that may let in. `ref` is the caller's own name for it, or empty."""

    ticket: ShownTicket
    at: datetime
    ref: str = ""


def admit(entries: Sequence[Entry], door: Door) -> dict[int, bool]:
    """Let in each ticket's first; whether it did, by the ticket's row.

    Who came second is False: to the ticket, or with a scan of that name. A ticket that has become
    void since it was looked at, or has a new code, is not in the answer.
    """
    if not entries:
        return {}
    actor = door.actor
    with connection.cursor() as cursor:
        cursor.execute(
            ADMIT,
            [
                [entry.ticket.pk for entry in entries],
                [entry.ticket.serial for entry in entries],
                [entry.at for entry in entries],
                [entry.ref for entry in entries],
                *(door.now, actor.kind, actor.ref, actor.name[:160], door.gate, door.device),
            ],
        )
        return dict(cursor.fetchall())


def refused_scan(
    door: Door, *, reason: str, at: datetime, ticket: ShownTicket | None, ref: str = ""
) -> Scan:
    """Return the row of a scan that let nobody in."""
    return Scan(
        ticket_id=ticket.pk if ticket else None,
        at=at,
        client_ref=ref,
        result=ScanResult.REFUSED,
        reason=reason,
        recorded_at=door.now,
        actor_kind=door.actor.kind,
        actor_ref=door.actor.ref,
        actor_name=door.actor.name[:160],
        gate=door.gate,
        device=door.device,
    )
