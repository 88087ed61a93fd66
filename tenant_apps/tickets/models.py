from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kernel import ids
from tenant_apps.tickets.domain import KeyState, ScanResult, TicketState

ONE_ACTIVE_KEY = "one_active_signing_key"
ONE_TICKET_PER_LINE = "one_ticket_per_order_line"
ONE_ADMISSION = "one_admission_per_ticket"
ONE_SCAN_A_REF = "one_scan_per_caller_and_ref"


def new_public_id() -> str:
    return ids.new("tkt")


class SigningKey(models.Model):
    """An Ed25519 pair. The active one signs; retired ones still verify what they signed."""

    # Eight hex digits: what a token names its key by.
    kid = models.CharField(max_length=8, unique=True)
    public_key = models.BinaryField()
    # Sealed by `kernel.signing.encrypt`; without ENCRYPTION_KEYS it is rubbish.
    private_key = models.BinaryField()
    state = models.CharField(
        max_length=8, choices=[(s, s) for s in KeyState], default=KeyState.ACTIVE
    )
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("state",), condition=Q(state=KeyState.ACTIVE), name=ONE_ACTIVE_KEY
            ),
            models.CheckConstraint(
                condition=Q(state=KeyState.ACTIVE, retired_at__isnull=True)
                | Q(state=KeyState.RETIRED, retired_at__isnull=False),
                name="signing_key_state_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kid} ({self.state})"


class Ticket(models.Model):
    """The right of one person to enter one performance once."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id)
    # By value: orders are neighbours below, and a ticket outlives what sold it.
    order_ref = models.CharField(max_length=32)
    line_ref = models.CharField(max_length=32)
    performance = models.ForeignKey(
        "events.Performance", on_delete=models.PROTECT, related_name="tickets"
    )
    ordinal = models.PositiveIntegerField()
    # As it is printed; a later version of the plan changes no ticket.
    place_name = models.CharField(max_length=200)
    section = models.CharField(max_length=80, blank=True)
    row = models.CharField(max_length=80, blank=True)
    seat = models.CharField(max_length=80, blank=True)
    tier_name = models.CharField(max_length=120, blank=True)
    holder_name = models.CharField(max_length=160, blank=True)
    state = models.CharField(
        max_length=8, choices=[(s, s) for s in TicketState], default=TicketState.VALID
    )
    # A ticket that is issued anew has a higher one, and its older codes are refused.
    serial = models.PositiveSmallIntegerField(default=1)
    # What the code says to a device without a network; online the performance decides.
    valid_until = models.DateTimeField()
    issued_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)
    # A copy of the one admission's time, for lists. The law is the index over scans.
    redeemed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("order_ref", "line_ref"), name=ONE_TICKET_PER_LINE),
            models.CheckConstraint(
                condition=Q(state=TicketState.VALID, voided_at__isnull=True)
                | Q(state=TicketState.VOID, voided_at__isnull=False),
                name="ticket_state_known",
            ),
            models.CheckConstraint(condition=Q(serial__gte=1), name="ticket_serial_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.public_id} {self.place_name}"

    @property
    def is_valid(self) -> bool:
        return self.state == TicketState.VALID


class Scan(models.Model):
    """One attempt to enter, let in or not. Rows are only added; a trigger refuses anything else."""

    # Empty when the code was no ticket of ours.
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="scans")
    # When the code was held up, and when we heard of it: a device may have been offline.
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_ref = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=160, blank=True)
    gate = models.CharField(max_length=80, blank=True)
    device = models.CharField(max_length=80, blank=True)
    result = models.CharField(max_length=8, choices=[(r, r) for r in ScanResult])
    # The refusal's code; empty for an admission.
    reason = models.CharField(max_length=40, blank=True)
    # The device's own name for the scan, so that a batch may be sent again; empty for a single one.
    client_ref = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        constraints = (
            # The law of the door: let in once, ever, whoever scans at the same moment.
            models.UniqueConstraint(
                fields=("ticket",), condition=Q(result=ScanResult.ADMITTED), name=ONE_ADMISSION
            ),
            models.UniqueConstraint(
                fields=("actor_ref", "client_ref"),
                condition=~Q(client_ref=""),
                name=ONE_SCAN_A_REF,
            ),
            models.CheckConstraint(
                condition=Q(result=ScanResult.ADMITTED, ticket__isnull=False, reason="")
                | (Q(result=ScanResult.REFUSED) & ~Q(reason="")),
                name="scan_result_known",
            ),
            models.CheckConstraint(
                condition=Q(at__lte=F("recorded_at")), name="scan_before_it_was_recorded"
            ),
        )
        indexes = (models.Index(fields=("ticket", "id"), name="scans_of_ticket"),)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.result} {self.ticket_id}"
