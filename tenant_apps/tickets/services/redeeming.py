"""Letting in: one scan at a time, and the rules that each scan is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.utils import IntegrityError

from kernel import clock, errors
from kernel.db import current_schema, violated_constraint
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import PerformanceCancelled, State
from tenant_apps.events.models import Performance
from tenant_apps.tickets import domain, queries
from tenant_apps.tickets.domain import Admission, ScanResult, TicketState
from tenant_apps.tickets.models import ONE_ADMISSION, Scan, Ticket

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
    scan = Scan(
        at=moment_of(at, now),
        recorded_at=now,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        actor_name=actor.name[:160],
        gate=gate,
        device=device,
    )
    try:
        claims = verified(token, queries.public_keys())
        ticket = queries.ticket_by_public_id(claims.ticket_id)
        scan.ticket = ticket
        ensure_admissible(ticket, claims, performance_public_id, scan.at)
        return _admit(ticket, scan)
    except errors.DomainError as refusal:
        _record_refused(scan, refusal)
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
    ticket: Ticket, claims: domain.Claims, wanted: str | None, at: datetime
) -> None:
    """Refuse what is wrong with the ticket apart from having been used."""
    performance = ticket.performance
    if not ticket.is_valid:
        raise ticket_void(ticket)
    if claims.serial != ticket.serial:
        raise domain.TicketReplaced(ticket=ticket.public_id)
    if wanted is not None and wanted != performance.public_id:
        raise domain.WrongPerformance(
            performance=performance.public_id, starts_at=performance.starts_at.isoformat()
        )
    if performance.state == State.CANCELLED:
        raise PerformanceCancelled(performance=performance.public_id)
    # A performance that was put off makes its tickets last longer; their codes cannot know.
    if at > over_at(performance):
        raise domain.TicketExpired(performance=performance.public_id)


def _admit(ticket: Ticket, scan: Scan) -> Admission:
    """Write the admission. No look beforehand: the index alone says who was first."""
    scan.result = ScanResult.ADMITTED
    try:
        with transaction.atomic(durable=True):
            scan.save(force_insert=True)
            # The row's lock meets that of a refund: either the ticket is void before this, and
            # nobody enters, or the refund finds that somebody has.
            valid = Ticket.objects.filter(pk=ticket.pk, state=TicketState.VALID).update(
                redeemed_at=scan.at
            )
            if not valid:
                raise ticket_void(queries.ticket_by_public_id(ticket.public_id))
    except IntegrityError as error:
        if violated_constraint(error) != ONE_ADMISSION:
            raise
        admission = queries.find_admission(ticket)
        assert admission is not None, "the index refused, so there is one"
        raise already_redeemed(admission) from error
    return queries.admission_of(ticket, scan)


def _record_refused(scan: Scan, refusal: errors.DomainError) -> None:
    scan.pk = None
    scan.result = ScanResult.REFUSED
    scan.reason = refusal.code
    scan.save(force_insert=True)


def already_redeemed(admission: Admission) -> domain.AlreadyRedeemed:
    """Return the refusal: when, where and by whom the ticket was used."""
    return domain.AlreadyRedeemed(
        ticket=admission.ticket_id,
        place=admission.place_name,
        at=admission.at.isoformat(),
        by=admission.by,
        gate=admission.gate,
    )


def ticket_void(ticket: Ticket) -> domain.TicketVoid:
    """Return the refusal: why the ticket is void, and since when."""
    return domain.TicketVoid(
        ticket=ticket.public_id,
        reason=ticket.void_reason,
        at=ticket.voided_at.isoformat() if ticket.voided_at else "",
    )


def over_at(performance: Performance) -> datetime:
    """Return when the performance's tickets are worth nothing any more."""
    return performance.ends_at + GRACE
