"""Our books beside Stripe's: every line of the account's balance, every entry, each difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Sum

from kernel.money import Money
from tenant_apps.payments import gateway, queries
from tenant_apps.payments.domain import LedgerAccount
from tenant_apps.payments.gateway import Movement
from tenant_apps.payments.models import LedgerEntry, Payment, Refund
from tenant_apps.payments.services.ledger import write_entry

log = structlog.get_logger(__name__)

# We date a movement when we hear of it: as much later as Stripe goes on sending an event.
HEARD_WITHIN = timedelta(days=4)
# Clocks differ a little.
CLOCKS_WITHIN = timedelta(minutes=10)
# Lines that move money out to the organizer's bank; they are not ours to keep.
PAYOUTS = frozenset({"payout", "payout_cancel", "payout_failure"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the two sides do not agree on. None means: that side knows nothing of it.

    `kind`: amount (they differ), not_in_books, not_at_stripe. `reference` is the entry's, or the
    balance transaction's where there is no entry.
    """

    kind: str
    reference: str
    ours: Money | None
    theirs: Money | None


@dataclass(slots=True)
class Reconciliation:
    """What was compared, and what was found."""

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)


def reconcile(*, since: datetime, until: datetime) -> Reconciliation:
    """Compare the books with the account's balance at Stripe in [since, until).

    What lies around it is read too, so that nothing seems missing that was heard of later.

    Not in a transaction. What Stripe kept for itself becomes known here and is entered. Each
    difference is returned and logged; nothing is corrected. Refuses with StripeUnreachable.
    """
    result = Reconciliation()
    account = queries.account()
    if account is None:
        return result
    movements = gateway.movements(
        account=account.stripe_account, since=since - HEARD_WITHIN, until=until + CLOCKS_WITHIN
    )
    seen: set[str] = set()
    for movement in movements:
        if movement.kind in PAYOUTS:
            continue
        reference, order_ref = _reference_of(movement)
        seen.add(reference)
        if not since <= movement.created < until:
            continue
        result.compared += 1
        difference = _compare(movement, reference)
        if difference:
            result.differences.append(difference)
        if movement.stripe_fee_minor:
            _enter_stripe_fee(movement, order_ref)
    result.differences += _unknown_to_stripe(since, until, seen)
    for difference in result.differences:
        log.warning(
            "books_differ",
            kind=difference.kind,
            reference=difference.reference,
            ours=str(difference.ours),
            theirs=str(difference.theirs),
        )
    return result


def _reference_of(movement: Movement) -> tuple[str, str]:
    """Return the reference that the entry of this movement has, and its order; or nothing."""
    finder = _FINDERS.get(movement.kind)
    return finder(movement.source) if finder else ("", "")


def _payment(charge: str) -> tuple[str, str]:
    # A payment's charge may not have been told yet; then Stripe is asked for its PaymentIntent.
    found = Payment.objects.select_related("attempt").filter(charge=charge).first()
    if found is None:
        account = queries.account()
        intent = (
            gateway.intent_of_charge(account=account.stripe_account, charge=charge)
            if account
            else ""
        )
        found = Payment.objects.select_related("attempt").filter(payment_intent=intent).first()
        if found is not None:
            Payment.objects.filter(pk=found.pk, charge__isnull=True).update(charge=charge)
    return (f"payment:{found.attempt.public_id}", found.order_ref) if found else ("", "")


def _refund(stripe_refund: str) -> tuple[str, str]:
    found = Refund.objects.filter(stripe_refund=stripe_refund).first()
    return (f"refund:{found.public_id}", found.order_ref) if found else ("", "")


def _failed_refund(stripe_refund: str) -> tuple[str, str]:
    found = Refund.objects.filter(stripe_refund=stripe_refund).first()
    return (f"refund-failed:{found.public_id}", found.order_ref) if found else ("", "")


_FINDERS: dict[str, Callable[[str], tuple[str, str]]] = {
    "charge": _payment,
    "payment": _payment,
    "refund": _refund,
    "payment_refund": _refund,
    "refund_failure": _failed_refund,
}


def _compare(movement: Movement, reference: str) -> Difference | None:
    # What moved the organizer's balance, before what Stripe kept for itself.
    theirs = movement.amount - Money(movement.application_fee_minor, movement.amount.currency)
    entry = LedgerEntry.objects.filter(reference=reference).first() if reference else None
    if entry is None:
        return Difference("not_in_books", reference or movement.transaction_id, None, theirs)
    ours = Money(_moved(entry), entry.currency)
    return None if ours == theirs else Difference("amount", reference, ours, theirs)


def _moved(entry: LedgerEntry) -> int:
    rows = entry.postings.filter(account=LedgerAccount.STRIPE_BALANCE)
    return rows.aggregate(total=Sum("amount_minor"))["total"] or 0


def _enter_stripe_fee(movement: Movement, order_ref: str) -> None:
    fee = movement.stripe_fee_minor
    with transaction.atomic():
        write_entry(
            reference=f"stripe-fee:{movement.transaction_id}",
            order_ref=order_ref,
            currency=movement.amount.currency,
            postings={LedgerAccount.STRIPE_FEES: fee, LedgerAccount.STRIPE_BALANCE: -fee},
            at=movement.created,
        )


def _unknown_to_stripe(since: datetime, until: datetime, seen: set[str]) -> list[Difference]:
    entries = LedgerEntry.objects.filter(at__gte=since, at__lt=until).exclude(
        reference__startswith="stripe-fee:"
    )
    return [
        Difference("not_at_stripe", entry.reference, Money(_moved(entry), entry.currency), None)
        for entry in entries.order_by("pk")
        if entry.reference not in seen
    ]
