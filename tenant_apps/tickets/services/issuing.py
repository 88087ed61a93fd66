"""Issuing and voiding tickets, and turning over the key that signs them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.db.models import F
from django.db.utils import IntegrityError

from kernel import clock, signing
from kernel.db import violated_constraint
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.models import Performance
from tenant_apps.tickets import domain, queries
from tenant_apps.tickets.domain import (
    KeyState,
    TicketLine,
    TicketState,
)
from tenant_apps.tickets.models import ONE_ACTIVE_KEY, SigningKey, Ticket
from tenant_apps.tickets.services import redeeming


def issue_tickets(*, order_ref: str, lines: Sequence[TicketLine]) -> list[Ticket]:
    """Make one ticket for each line, once, in the caller's transaction; in the lines' order.

    Said again for the same order, it returns what there is: a void ticket stays void.
    """
    if not lines:
        return []
    ensure_tickets(order_ref=order_ref, lines=lines)
    by_line = {ticket.line_ref: ticket for ticket in queries.tickets_of_order(order_ref)}
    return [by_line[line.line_ref] for line in lines]


def ensure_tickets(*, order_ref: str, lines: Sequence[TicketLine]) -> None:
    """Make one ticket for each line, once, in the caller's transaction."""
    now = clock.now()
    _ensure_active_key(now)
    wanted = Performance.objects.filter(pk__in={line.performance_id for line in lines})
    ends = dict(wanted.values_list("pk", "ends_at"))
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
                valid_until=ends[line.performance_id] + redeeming.GRACE,
                issued_at=now,
            )
            # One order for everybody, so that two who settle at once do not deadlock.
            for line in sorted(lines, key=lambda line: line.line_ref)
        ],
        ignore_conflicts=True,
    )


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
    admission = queries.find_admission(ticket.pk)
    if admission is not None:
        raise redeeming.already_redeemed(admission)
    with transaction.atomic():
        renewed = Ticket.objects.filter(pk=ticket.pk, state=TicketState.VALID).update(
            serial=F("serial") + 1
        )
        if not renewed:
            raise redeeming.ticket_void(queries.ticket_by_public_id(public_id))
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
