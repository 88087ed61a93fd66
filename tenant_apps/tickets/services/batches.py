"""Letting in by batches: what a device has scanned since it was last heard of.

A batch takes a handful of statements, however many scans it has. What is answered is read from what
was recorded, so a batch that is sent again gets the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kernel import clock, errors
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import PerformanceCancelled
from tenant_apps.tickets import domain, queries
from tenant_apps.tickets.domain import (
    BATCH_MAX,
    OfflineScan,
    ScanAnswer,
    ScanResult,
    ShownTicket,
)
from tenant_apps.tickets.models import Scan
from tenant_apps.tickets.services import redeeming
from tenant_apps.tickets.services.admitting import Door, Entry, admit, refused_scan

# A ticket may become void while a batch is written; then the batch is judged anew.
ATTEMPTS = 4

REFUSALS: dict[str, type[errors.DomainError]] = {
    kind.code: kind
    for kind in (
        domain.NotATicket,
        domain.ForgedTicket,
        domain.UnknownTicket,
        domain.WrongPerformance,
        domain.AlreadyRedeemed,
        domain.TicketVoid,
        domain.TicketReplaced,
        domain.TicketExpired,
        PerformanceCancelled,
    )
}


class _Overtaken(Exception):
    """A ticket that was valid when it was looked at is void by now."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A scan that was looked at. Without a refusal its ticket may be let in."""

    ref: str
    at: datetime
    ticket: ShownTicket | None
    refusal: errors.DomainError | None = None


def redeem_batch(
    *,
    scans: Sequence[OfflineScan],
    performance_public_id: str | None = None,
    gate: str = "",
    device: str = "",
    actor: Actor,
) -> list[ScanAnswer]:
    """Let in whom a device has scanned; an answer for each scan, in their order.

    Each is judged by itself, as in `redeem`. Its `ref` is the caller's own: said again, in this
    batch or later, it is the same scan, and the first one stands. Of scans of one ticket the
    earliest of the batch lets in, and of batches the first that is here. Refuses the whole with
    NotPermitted, BadLabel, BadBatch, BadScanRef or BatchBusy. A scan from the future is refused
    and not recorded.
    """
    actor.ensure(Permission.TICKETS_REDEEM)
    domain.ensure_good_label(gate, field="gate")
    domain.ensure_good_label(device, field="device")
    _ensure_good(scans)
    door = Door(actor, gate, device, clock.now())
    wanted: dict[str, OfflineScan] = {}
    for scan in scans:
        wanted.setdefault(scan.ref, scan)
    known = queries.recorded_scans(actor, wanted)
    fresh = [scan for ref, scan in wanted.items() if ref not in known]
    unrecorded: dict[str, errors.DomainError] = {}
    if fresh:
        unrecorded = _record(fresh, performance_public_id, door)
        known |= queries.recorded_scans(actor, [scan.ref for scan in fresh])
    answers = {ref: _answer(ref, recorded) for ref, recorded in known.items()}
    answers |= {ref: _refused(ref, refusal) for ref, refusal in unrecorded.items()}
    return [answers[scan.ref] for scan in scans]


def _ensure_good(scans: Sequence[OfflineScan]) -> None:
    if not 1 <= len(scans) <= BATCH_MAX:
        raise domain.BadBatch(field="scans", most=BATCH_MAX)
    for place, scan in enumerate(scans):
        if not domain.SCAN_REF.fullmatch(scan.ref):
            raise domain.BadScanRef(field=f"scans[{place}].scan")


def _record(
    scans: Sequence[OfflineScan], performance: str | None, door: Door
) -> dict[str, errors.DomainError]:
    """Judge the scans and write down what became of them; what was refused unwritten, by ref."""
    for _ in range(ATTEMPTS):
        judged, unrecorded = _judge(scans, performance, door)
        try:
            _write(judged, door)
        except _Overtaken:
            continue
        return unrecorded
    raise domain.BatchBusy(retry_after_s=1)


def _judge(
    scans: Sequence[OfflineScan], performance: str | None, door: Door
) -> tuple[list[_Judged], dict[str, errors.DomainError]]:
    """Look at each scan by the rules of a single one; the earliest first."""
    public_keys = queries.public_keys()
    moments: dict[str, datetime] = {}
    claims: dict[str, domain.Claims] = {}
    refusals: dict[str, errors.DomainError] = {}
    for scan in scans:
        try:
            moments[scan.ref] = redeeming.moment_of(scan.at, door.now)
            claims[scan.ref] = redeeming.verified(scan.token, public_keys)
        except errors.DomainError as refusal:
            refusals[scan.ref] = refusal
    tickets = queries.shown_tickets({said.ticket_id for said in claims.values()})
    for ref, said in claims.items():
        try:
            ticket = tickets.get(said.ticket_id)
            redeeming.ensure_admissible(ticket, said, performance, moments[ref])
        except errors.DomainError as refusal:
            refusals[ref] = refusal
    judged = [
        _Judged(
            ref=ref,
            at=at,
            ticket=tickets.get(claims[ref].ticket_id) if ref in claims else None,
            refusal=refusals.get(ref),
        )
        for ref, at in moments.items()
    ]
    unrecorded = {ref: refusal for ref, refusal in refusals.items() if ref not in moments}
    return sorted(judged, key=lambda each: each.at), unrecorded


def _write(judged: Sequence[_Judged], door: Door) -> None:
    first: dict[ShownTicket, _Judged] = {}
    for each in judged:
        if each.ticket is not None and each.refusal is None:
            first.setdefault(each.ticket, each)
    with transaction.atomic(durable=True):
        is_first = admit([Entry(ticket, each.at, each.ref) for ticket, each in first.items()], door)
        if len(is_first) < len(first):
            raise _Overtaken
        admitted = {each.ref for ticket, each in first.items() if is_first[ticket.pk]}
        refused = [each for each in judged if each.ref not in admitted]
        Scan.objects.bulk_create(
            # Two requests with the same scans meet in one order.
            [_refused_scan(each, door) for each in sorted(refused, key=lambda each: each.ref)],
            ignore_conflicts=True,
        )


def _refused_scan(judged: _Judged, door: Door) -> Scan:
    refusal = judged.refusal
    return refused_scan(
        door,
        reason=refusal.code if refusal else domain.AlreadyRedeemed.code,
        at=judged.at,
        ticket=judged.ticket,
        ref=judged.ref,
    )


def _answer(ref: str, recorded: queries.Recorded) -> ScanAnswer:
    message = str(REFUSALS[recorded.reason].message) if recorded.reason else ""
    return ScanAnswer(ref, recorded.result, recorded.reason, message, recorded.admission)


def _refused(ref: str, refusal: errors.DomainError) -> ScanAnswer:
    return ScanAnswer(ref, ScanResult.REFUSED, refusal.code, str(refusal.message), None)
