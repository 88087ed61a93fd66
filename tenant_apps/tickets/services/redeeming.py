"""Letting in: one scan at a time, and the rules that each scan is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from kernel import clock, errors
from kernel.db import current_schema
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import PerformanceCancelled, State
from tenant_apps.tickets import domain, queries
from tenant_apps.tickets.domain import Admission, ShownTicket
from tenant_apps.tickets.models import Ticket
from tenant_apps.tickets.services.admitting import Door, Entry, admit, refused_scan

# A performance that runs long still lets people back in.
GRACE = timedelta(hours=12)
# How far a scanner's clock may run ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)


def redeem(
    *,
    token: str,
    performance_public_id: str | None = None,
    gate: str = "",
    device: str = "",
    at: datetime | None = None,
    actor: Actor,
) -> Admission:
    """Let the holder in, once, ever. Every attempt is recorded, refused ones too.

    `at` is when the code was held up, where the device was offline. Refuses with NotPermitted,
    NotATicket, ForgedTicket, UnknownTicket, WrongPerformance, TicketVoid, TicketReplaced,
    TicketExpired, PerformanceCancelled, AlreadyRedeemed, BadScanTime or BadLabel.
    """
    actor.ensure(Permission.TICKETS_REDEEM)
    domain.ensure_good_label(gate, field="gate")
    domain.ensure_good_label(device, field="device")
    now = clock.now()
    door = Door(actor, gate, device, now)
    moment = moment_of(at, now)
    ticket = None
    try:
        claims = verified(token, queries.public_keys())
        # Whatever has changed at the first look decides at the second.
        for _ in range(2):
            ticket = queries.shown_tickets([claims.ticket_id]).get(claims.ticket_id)
            ensure_admissible(ticket, claims, performance_public_id, moment)
            assert ticket is not None
            is_first = admit([Entry(ticket, moment)], door).get(ticket.pk)
            if is_first:
                return _admission(ticket, moment, door)
            if is_first is not None:
                raise _already_redeemed(ticket)
        raise AssertionError("a ticket that was void has become valid again")
    except errors.DomainError as refusal:
        refused_scan(door, reason=refusal.code, at=moment, ticket=ticket).save(force_insert=True)
        raise


def moment_of(at: datetime | None, now: datetime) -> datetime:
    """Return when the code was held up, never later than now. Refuses with BadScanTime."""
    if at is None:
        return now
    if at.tzinfo is None or at > now + CLOCK_SKEW:
        raise domain.BadScanTime(field="at")
    return min(at, now)


def verified(token: str, public_keys: Mapping[str, bytes]) -> domain.Claims:
    """Return what a genuine code says. Refuses with NotATicket, ForgedTicket or UnknownTicket."""
    if len(token) > domain.MAX_SCANNED_LENGTH:
        raise domain.NotATicket(reason="length")
    return domain.verify(token.strip(), public_keys=public_keys, schema_name=current_schema())


def ensure_admissible(
    ticket: ShownTicket | None, claims: domain.Claims, wanted: str | None, at: datetime
) -> None:
    """Refuse what is wrong with the ticket apart from having been used."""
    if ticket is None:
        raise domain.UnknownTicket(ticket=claims.ticket_id)
    if not ticket.is_valid:
        raise ticket_void(ticket)
    if claims.serial != ticket.serial:
        raise domain.TicketReplaced(ticket=ticket.public_id)
    if wanted is not None and wanted != ticket.performance_id:
        raise domain.WrongPerformance(
            performance=ticket.performance_id, starts_at=ticket.starts_at.isoformat()
        )
    if ticket.performance_state == State.CANCELLED:
        raise PerformanceCancelled(performance=ticket.performance_id)
    # A performance that was put off makes its tickets last longer; their codes cannot know.
    if at > ticket.ends_at + GRACE:
        raise domain.TicketExpired(performance=ticket.performance_id)


def _admission(ticket: ShownTicket, at: datetime, door: Door) -> Admission:
    return Admission(
        ticket_id=ticket.public_id,
        performance_id=ticket.performance_id,
        place_name=ticket.place_name,
        tier_name=ticket.tier_name,
        holder_name=ticket.holder_name,
        at=at,
        by=door.actor.name[:160],
        gate=door.gate,
        device=door.device,
    )


def _already_redeemed(ticket: ShownTicket) -> domain.AlreadyRedeemed:
    admission = queries.find_admission(ticket.pk)
    assert admission is not None, "the index refused, so there is one"
    return already_redeemed(admission)


def already_redeemed(admission: Admission) -> domain.AlreadyRedeemed:
    """Return the refusal: when, where and by whom the ticket was used."""
    return domain.AlreadyRedeemed(
        ticket=admission.ticket_id,
        place=admission.place_name,
        at=admission.at.isoformat(),
        by=admission.by,
        gate=admission.gate,
    )


def ticket_void(ticket: Ticket | ShownTicket) -> domain.TicketVoid:
    """Return the refusal: why the ticket is void, and since when."""
    return domain.TicketVoid(
        ticket=ticket.public_id,
        reason=ticket.void_reason,
        at=ticket.voided_at.isoformat() if ticket.voided_at else "",
    )
