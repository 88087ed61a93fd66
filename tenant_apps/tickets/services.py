"""Issuing, voiding and redeeming tickets, and turning over the key that signs them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.db.models import F
from django.db.utils import IntegrityError

from kernel import clock, errors, signing
from kernel.db import current_schema, violated_constraint
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import PerformanceCancelled, State
from tenant_apps.events.models import Performance
from tenant_apps.tickets import domain, queries
from tenant_apps.tickets.domain import (
    Admission,
    KeyState,
    ScanResult,
    TicketLine,
    TicketState,
)
from tenant_apps.tickets.models import ONE_ACTIVE_KEY, ONE_ADMISSION, Scan, SigningKey, Ticket

__all__ = [
    "TicketLine",
    "issue_tickets",
    "redeem",
    "reissue_ticket",
    "rotate_key",
    "void_tickets",
]

# A performance that runs long still lets people back in.
GRACE = timedelta(hours=12)
# How far a scanner's clock may run ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)


def issue_tickets(*, order_ref: str, lines: Sequence[TicketLine]) -> list[Ticket]:
    """Make one ticket for each line, once, in the caller's transaction; in the lines' order.

    Said again for the same order, it returns what there is: a void ticket stays void.
    """
    if not lines:
        return []
    now = clock.now()
    _ensure_active_key(now)
    performances = Performance.objects.in_bulk({line.performance_id for line in lines})
    with transaction.atomic():
        Ticket.objects.bulk_create(
            [
                Ticket(
                    order_ref=order_ref,
                    line_ref=line.line_ref,
                    performance_id=line.performance_id,
                    ordinal=line.ordinal,
                    place_name=line.place_name,
                    section=line.section,
                    row=line.row,
                    seat=line.seat,
                    tier_name=line.tier_name,
                    holder_name=line.holder_name,
                    valid_until=_over_at(performances[line.performance_id]),
                    issued_at=now,
                )
                # One order for everybody, so that two who settle at once do not deadlock.
                for line in sorted(lines, key=lambda line: line.line_ref)
            ],
            ignore_conflicts=True,
        )
    by_line = {ticket.line_ref: ticket for ticket in queries.tickets_of_order(order_ref)}
    return [by_line[line.line_ref] for line in lines]


def void_tickets(
    *,
    order_ref: str,
    line_refs: Collection[str] | None = None,
    reason: str,
    actor: Actor,
) -> list[Ticket]:
    """Take back an order's tickets, or those of some lines, in the caller's transaction.

    Returns those that became void just now: repeated, it returns none. Who was let in before
    stays in the scans. Whether the actor may, the caller has decided: it is part of a refund.
    """
    now = clock.now()
    chosen = Ticket.objects.filter(order_ref=order_ref, state=TicketState.VALID)
    if line_refs is not None:
        chosen = chosen.filter(line_ref__in=line_refs)
    with transaction.atomic():
        tickets = list(chosen.order_by("pk").select_for_update())
        if not tickets:
            return []
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(
            state=TicketState.VOID, voided_at=now, void_reason=reason[:200]
        )
        audit.record(
            action="tickets.voided",
            actor=actor,
            subject=order_ref,
            reason=reason,
            tickets=[ticket.public_id for ticket in tickets],
        )
    voided = {ticket.pk for ticket in tickets}
    return [ticket for ticket in queries.tickets_of_order(order_ref) if ticket.pk in voided]


def reissue_ticket(*, public_id: str, actor: Actor) -> Ticket:
    """Give the ticket a new code; every older one is refused from now on.

    Refuses with NotPermitted, UnknownTicket, TicketVoid or AlreadyRedeemed.
    """
    actor.ensure(Permission.ORDERS_REFUND)
    ticket = queries.ticket_by_public_id(public_id)
    admission = queries.find_admission(ticket)
    if admission is not None:
        raise _already(admission)
    with transaction.atomic():
        renewed = Ticket.objects.filter(pk=ticket.pk, state=TicketState.VALID).update(
            serial=F("serial") + 1
        )
        if not renewed:
            raise _void(queries.ticket_by_public_id(public_id))
        audit.record(action="ticket.reissued", actor=actor, subject=public_id)
    return queries.ticket_by_public_id(public_id)


def rotate_key(*, actor: Actor) -> str:
    """Sign with a new key from now on and return its id; what the old one signed stays good."""
    actor.ensure(Permission.SETTINGS_MANAGE)
    now = clock.now()
    with transaction.atomic(durable=True):
        # The row's lock makes two who rotate at once wait for each other.
        old = SigningKey.objects.select_for_update().filter(state=KeyState.ACTIVE).first()
        if old is not None:
            SigningKey.objects.filter(pk=old.pk).update(state=KeyState.RETIRED, retired_at=now)
        kid = _make_key(now)
        audit.record(
            action="tickets.key_rotated", actor=actor, subject=kid, old=old.kid if old else ""
        )
    return kid


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
    at = at or now
    if at.tzinfo is None or at > now + CLOCK_SKEW:
        raise domain.BadScanTime(field="at")
    scan = Scan(
        at=min(at, now),
        recorded_at=now,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        actor_name=actor.name[:160],
        gate=gate,
        device=device,
    )
    try:
        claims = _verified(token)
        ticket = queries.ticket_by_public_id(claims.ticket_id)
        scan.ticket = ticket
        _ensure_admissible(ticket, claims, performance_public_id, scan.at)
        return _admit(ticket, scan)
    except errors.DomainError as refusal:
        _record_refused(scan, refusal)
        raise


def _verified(token: str) -> domain.Claims:
    if len(token) > domain.MAX_SCANNED_LENGTH:
        raise domain.NotATicket(reason="length")
    return domain.verify(
        token.strip(), public_keys=queries.public_keys(), schema_name=current_schema()
    )


def _ensure_admissible(
    ticket: Ticket, claims: domain.Claims, wanted: str | None, at: datetime
) -> None:
    """Refuse what is wrong with the ticket apart from having been used."""
    performance = ticket.performance
    if not ticket.is_valid:
        raise _void(ticket)
    if claims.serial != ticket.serial:
        raise domain.TicketReplaced(ticket=ticket.public_id)
    if wanted is not None and wanted != performance.public_id:
        raise domain.WrongPerformance(
            performance=performance.public_id, starts_at=performance.starts_at.isoformat()
        )
    if performance.state == State.CANCELLED:
        raise PerformanceCancelled(performance=performance.public_id)
    # A performance that was put off makes its tickets last longer; their codes cannot know.
    if at > _over_at(performance):
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
                raise _void(queries.ticket_by_public_id(ticket.public_id))
    except IntegrityError as error:
        if violated_constraint(error) != ONE_ADMISSION:
            raise
        admission = queries.find_admission(ticket)
        assert admission is not None, "the index refused, so there is one"
        raise _already(admission) from error
    return queries.admission_of(ticket, scan)


def _record_refused(scan: Scan, refusal: errors.DomainError) -> None:
    scan.pk = None
    scan.result = ScanResult.REFUSED
    scan.reason = refusal.code
    scan.save(force_insert=True)


def _already(admission: Admission) -> domain.AlreadyRedeemed:
    return domain.AlreadyRedeemed(
        ticket=admission.ticket_id,
        place=admission.place_name,
        at=admission.at.isoformat(),
        by=admission.by,
        gate=admission.gate,
    )


def _void(ticket: Ticket) -> domain.TicketVoid:
    return domain.TicketVoid(
        ticket=ticket.public_id,
        reason=ticket.void_reason,
        at=ticket.voided_at.isoformat() if ticket.voided_at else "",
    )


def _over_at(performance: Performance) -> datetime:
    """Return when the performance's tickets are worth nothing any more."""
    return performance.ends_at + GRACE


def _ensure_active_key(now: datetime) -> None:
    """Make the organizer's first key when the first ticket needs one."""
    if SigningKey.objects.filter(state=KeyState.ACTIVE).exists():
        return
    try:
        with transaction.atomic():
            _make_key(now)
    except IntegrityError as error:
        # Somebody else's first ticket was a moment earlier: their key is ours.
        if violated_constraint(error) != ONE_ACTIVE_KEY:
            raise


def _make_key(now: datetime) -> str:
    key = Ed25519PrivateKey.generate()
    kid = secrets.token_hex(domain.KEY_ID_BYTES)
    SigningKey.objects.create(
        kid=kid,
        public_key=key.public_key().public_bytes_raw(),
        private_key=signing.encrypt(queries.SEAL, key.private_bytes_raw()),
        state=KeyState.ACTIVE,
        created_at=now,
    )
    return kid
