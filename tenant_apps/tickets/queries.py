"""Reads of tickets, and the token that each of them stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from kernel import signing
from kernel.db import current_schema
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.tickets import domain
from tenant_apps.tickets.domain import (
    Admission,
    Claims,
    KeyState,
    NoSigningKey,
    ScanResult,
    ShownTicket,
)
from tenant_apps.tickets.models import Scan, SigningKey, Ticket

SEAL = "tickets.signing_key"

# By hand: the door asks it for every scan, and Django takes ten times as long to write it anew.
SHOWN = """
    SELECT ticket.id, ticket.public_id, ticket.serial, ticket.state, ticket.void_reason,
        ticket.voided_at, ticket.place_name, ticket.tier_name, ticket.holder_name,
        performance.public_id, performance.state, performance.starts_at, performance.ends_at
    FROM tickets_ticket AS ticket
    JOIN events_performance AS performance ON performance.id = ticket.performance_id
    WHERE ticket.public_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a scan; `reason` is a refusal's code, `admission` the ticket's one."""

    result: ScanResult
    reason: str
    admission: Admission | None


def tickets_of_order(order_ref: str) -> list[Ticket]:
    """Return the order's tickets, void ones too, as printed: by performance and place."""
    return list(
        _tickets().filter(order_ref=order_ref).order_by("performance__starts_at", "ordinal", "pk")
    )


def valid_tickets_of_order(order_ref: str) -> list[Ticket]:
    """Return the order's tickets that admit someone, as printed: by performance and place."""
    return [ticket for ticket in tickets_of_order(order_ref) if ticket.is_valid]


def ticket_by_public_id(public_id: str) -> Ticket:
    """Return one ticket. Refuses with UnknownTicket."""
    ticket = _tickets().filter(public_id=public_id).first()
    if ticket is None:
        raise domain.UnknownTicket(ticket=public_id)
    return ticket


def shown_tickets(public_ids: Collection[str]) -> dict[str, ShownTicket]:
    """Return those of the tickets that there are, by public id."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [[*public_ids]])
        return {row[1]: ShownTicket(*row) for row in cursor.fetchall()}


def tickets_visible_to(actor: Actor) -> QuerySet[Ticket]:
    """Return the tickets that the actor may see: all of the organizer's, or none."""
    if actor.may(Permission.ORDERS_VIEW) or actor.may(Permission.TICKETS_REDEEM):
        return _tickets()
    return Ticket.objects.none()


def get_ticket_visible_to(actor: Actor, public_id: str) -> Ticket:
    """Return one ticket that the actor may see. Refuses with UnknownTicket."""
    ticket = tickets_visible_to(actor).filter(public_id=public_id).first()
    if ticket is None:
        raise domain.UnknownTicket(ticket=public_id)
    return ticket


def token_of(ticket: Ticket) -> str:
    """Return the text of the ticket's QR, signed by the active key. Refuses with NoSigningKey."""
    return tokens_of([ticket])[0]


def tokens_of(tickets: Sequence[Ticket]) -> list[str]:
    """Return the tokens of several tickets; the key is opened once."""
    key = SigningKey.objects.filter(state=KeyState.ACTIVE).first()
    if key is None:
        raise NoSigningKey
    private_key = signing.decrypt(SEAL, bytes(key.private_key))
    schema_name = current_schema()
    return [
        domain.sign_token(
            Claims(
                key_id=key.kid,
                ticket_id=ticket.public_id,
                performance_id=ticket.performance.public_id,
                serial=ticket.serial,
                valid_until=ticket.valid_until,
            ),
            private_key=private_key,
            schema_name=schema_name,
        )
        for ticket in tickets
    ]


def public_keys() -> dict[str, bytes]:
    """Return what verifies this organizer's tickets, retired keys too: 32 bytes by key id."""
    return {kid: bytes(raw) for kid, raw in SigningKey.objects.values_list("kid", "public_key")}


def find_admission(ticket_pk: int) -> Admission | None:
    """Return when, where and by whom the ticket was let in, or None."""
    return _admissions_of([ticket_pk]).get(ticket_pk)


def recorded_scans(actor: Actor, refs: Collection[str]) -> dict[str, Recorded]:
    """Return those of the caller's scans that are recorded, by the names it gave them.

    One that was refused because its ticket had been used comes with the admission that did.
    """
    rows = Scan.objects.filter(actor_ref=actor.ref, client_ref__in=refs)
    scans = list(rows.values_list("client_ref", "result", "reason", "ticket_id"))
    used = {ticket for _, result, reason, ticket in scans if _tells_admission(result, reason)}
    admissions = _admissions_of(used) if used else {}
    return {
        ref: Recorded(
            result=ScanResult(result),
            reason=reason,
            admission=admissions.get(ticket) if _tells_admission(result, reason) else None,
        )
        for ref, result, reason, ticket in scans
    }


def _tells_admission(result: str, reason: str) -> bool:
    return result == ScanResult.ADMITTED or reason == domain.AlreadyRedeemed.code


def _admissions_of(ticket_ids: Collection[int]) -> dict[int, Admission]:
    # Values, not rows: a batch has two hundred of them.
    rows: Iterable[tuple[Any, ...]] = Scan.objects.filter(
        ticket__in=ticket_ids, result=ScanResult.ADMITTED
    ).values_list(
        "ticket_id", "ticket__public_id", "ticket__performance__public_id", "ticket__place_name",
        "ticket__tier_name", "ticket__holder_name", "at", "actor_name", "gate", "device",
    )  # fmt: skip
    return {ticket_id: Admission(*fields) for ticket_id, *fields in rows}


def _tickets() -> QuerySet[Ticket]:
    return Ticket.objects.select_related("performance__event")
