from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from tenant_apps.payments.domain import AttemptState, LedgerAccount, RefundState

ONE_OPEN_ATTEMPT = "one_open_attempt_per_order"
ONE_REFUND_A_KEY = "one_refund_per_key"
REFUNDED_WITHIN_PAID = "refunded_within_paid"
ONE_ENTRY_A_REFERENCE = "one_entry_per_reference"


# Plain strings: a migration that names them imports nothing of ours.
_OPEN_ATTEMPT = (AttemptState.PREPARED.value, AttemptState.OPEN.value)
_CLOSED_ATTEMPT = (
    AttemptState.PAID.value,
    AttemptState.EXPIRED.value,
    AttemptState.REFUSED.value,
)
_UNSENT_REFUND = (RefundState.REQUESTED.value, RefundState.SENDING.value)
_ACCEPTED_REFUND = (RefundState.PENDING.value, RefundState.SUCCEEDED.value)


def _choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in kind]


class Account(models.Model):
    """This organizer's connected account at Stripe: one or none."""

    is_the_one = models.BooleanField(default=True, unique=True, editable=False)
    stripe_account = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    charges_enabled = models.BooleanField()
    connected_at = models.DateTimeField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(is_the_one=True), name="payments_one_account"),
        )

    def __str__(self) -> str:
        return self.stripe_account


class Attempt(models.Model):
    """One try to be paid for an order: a Checkout Session, from before the call that makes it."""

    public_id = models.CharField(max_length=32, unique=True)
    # Not a foreign key: orders stand below and know nothing of payments.
    order_ref = models.CharField(max_length=32, db_index=True)
    state = models.CharField(max_length=12, choices=_choices(AttemptState))
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    application_fee_minor = models.BigIntegerField()
    # The account when the attempt was prepared: a session lives in the account that made it.
    stripe_account = models.CharField(max_length=64)
    # All that Stripe is told, so that the same call can be made again after a crash.
    parameters = models.JSONField()
    session_id = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001
    url = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # Given up without a word of Stripe's: when to ask for it, as money may have come in before.
    ask_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("ask_at",), condition=Q(ask_at__isnull=False), name="attempts_to_ask_about"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("order_ref",),
                condition=Q(state__in=_OPEN_ATTEMPT),
                name=ONE_OPEN_ATTEMPT,
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in AttemptState]),
                name="attempt_state_known",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="attempt_asks_for_money"),
            models.CheckConstraint(
                condition=Q(application_fee_minor__gte=0)
                & Q(application_fee_minor__lte=F("amount_minor")),
                name="attempt_fee_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state=AttemptState.OPEN.value)
                | (Q(session_id__isnull=False) & ~Q(url="") & Q(opened_at__isnull=False)),
                name="attempt_open_has_session",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OPEN_ATTEMPT, closed_at__isnull=True)
                | Q(
                    state__in=_CLOSED_ATTEMPT,
                    closed_at__isnull=False,
                ),
                name="attempt_closed_when_over",
            ),
        )

    def __str__(self) -> str:
        return f"{self.public_id} for {self.order_ref}: {self.state}"


class Payment(models.Model):
    """Money that came in through an attempt: at most once."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="payment")
    order_ref = models.CharField(max_length=32, db_index=True)
    payment_intent = models.CharField(max_length=128, unique=True)
    charge = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    application_fee_minor = models.BigIntegerField()
    # The amount and the currency are what was asked for.
    matches = models.BooleanField()
    # The attempt had been given up before the money came.
    late = models.BooleanField()
    # What refunds have asked for and not lost again: never more than came in.
    refunded_minor = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_is_money"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0) & Q(refunded_minor__lte=F("amount_minor")),
                name=REFUNDED_WITHIN_PAID,
            ),
            models.CheckConstraint(
                condition=Q(application_fee_minor__gte=0)
                & Q(application_fee_minor__lte=F("amount_minor")),
                name="payment_fee_within_amount",
            ),
        )

    def __str__(self) -> str:
        return f"{self.payment_intent}: {self.amount_minor} {self.currency}"


class Refund(models.Model):
    """Money that goes back. The row comes first, then Stripe is asked."""

    public_id = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=128)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    order_ref = models.CharField(max_length=32, db_index=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=_choices(RefundState))
    stripe_refund = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001
    returned_fee_minor = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("key",), name=ONE_REFUND_A_KEY),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RefundState]),
                name="refund_state_known",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_is_money"),
            models.CheckConstraint(
                condition=~Q(state__in=_ACCEPTED_REFUND) | Q(stripe_refund__isnull=False),
                name="refund_done_is_known_to_stripe",
            ),
            models.CheckConstraint(
                condition=Q(returned_fee_minor__isnull=True)
                | (Q(returned_fee_minor__gte=0) & Q(returned_fee_minor__lte=F("amount_minor"))),
                name="refund_fee_within_amount",
            ),
        )
        indexes = (
            models.Index(
                fields=("lease_until",),
                condition=Q(state__in=_UNSENT_REFUND),
                name="payments_unsent_refunds",
            ),
        )

    def __str__(self) -> str:
        return f"{self.public_id} for {self.order_ref}: {self.state}"


class ProviderEvent(models.Model):
    """The body of an event of Stripe's, once. Its envelope lies in public."""

    event_id = models.CharField(max_length=128, unique=True)
    type = models.CharField(max_length=100)
    account = models.CharField(max_length=64)
    body = models.JSONField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id} {self.type}"


class LedgerEntry(models.Model):
    """One movement of money: postings that add up to zero. Rows are only added.

    A deferred trigger refuses, at the commit, an entry that does not balance; another refuses
    every change of an entry or a posting. See migration 0002.
    """

    # Says what moved, so that it cannot be written twice: "payment:pay_…", "refund:ref_…".
    reference = models.CharField(max_length=128)
    order_ref = models.CharField(max_length=32, blank=True, db_index=True)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("reference",), name=ONE_ENTRY_A_REFERENCE),)

    def __str__(self) -> str:
        return self.reference


class Posting(models.Model):
    """One side of an entry. Debits are positive, credits negative."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=24, choices=_choices(LedgerAccount))
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("entry", "account"), name="one_posting_per_account"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_moves_something"),
            models.CheckConstraint(
                condition=Q(account__in=[account.value for account in LedgerAccount]),
                name="posting_account_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"
