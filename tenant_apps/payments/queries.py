"""Reads: records for other apps, and sums of the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from kernel.money import Money
from tenant_apps.payments.domain import (
    AccountRecord,
    AttemptRecord,
    AttemptState,
    LedgerAccount,
    NoSuchAttempt,
    NoSuchEvent,
    RefundRecord,
    RefundState,
)
from tenant_apps.payments.models import (
    Account,
    Attempt,
    LedgerEntry,
    Payment,
    Posting,
    ProviderEvent,
    Refund,
)

# One round of the sweep; each asking is a call to Stripe.
ASK_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Balance:
    """What the postings to one account add up to. Debits are positive."""

    account: LedgerAccount
    total: Money


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One movement in the books, with its postings in minor units."""

    reference: str
    order_ref: str
    currency: str
    at: datetime
    postings: dict[LedgerAccount, int]


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment that came in, and how much of it is on its way back."""

    attempt_id: str
    order_ref: str
    payment_intent: str
    amount: Money
    refunded: Money
    matches: bool
    recorded_at: datetime


def account() -> AccountRecord | None:
    """Return the connected account, if there is one."""
    row = Account.objects.first()
    if row is None:
        return None
    return AccountRecord(
        stripe_account=row.stripe_account,
        name=row.name,
        country=row.country,
        currency=row.currency,
        charges_enabled=row.charges_enabled,
    )


def record_of(attempt: Attempt) -> AttemptRecord:
    """Return the attempt as a value; the page's address only while it can be paid."""
    state = AttemptState(attempt.state)
    return AttemptRecord(
        attempt_id=attempt.public_id,
        order_ref=attempt.order_ref,
        state=state,
        amount=Money(attempt.amount_minor, attempt.currency),
        url=attempt.url if state is AttemptState.OPEN else "",
        session_id=attempt.session_id or "",
        expires_at=attempt.expires_at,
    )


def get_attempt(attempt_id: str) -> AttemptRecord:
    """Return the attempt. Refuses with NoSuchAttempt."""
    found = Attempt.objects.filter(public_id=attempt_id).first()
    if found is None:
        raise NoSuchAttempt(attempt_id=attempt_id)
    return record_of(found)


def find_attempt(attempt_id: str) -> AttemptRecord | None:
    """Return the attempt, if there is such a one."""
    found = Attempt.objects.filter(public_id=attempt_id).first()
    return record_of(found) if found else None


def attempts_of(order_ref: str) -> list[AttemptRecord]:
    """Return the order's attempts, oldest first."""
    return [record_of(row) for row in Attempt.objects.filter(order_ref=order_ref).order_by("pk")]


def attempt_of_order(order_ref: str) -> AttemptRecord | None:
    """Return the order's newest attempt, if there is one."""
    found = Attempt.objects.filter(order_ref=order_ref).order_by("-pk").first()
    return record_of(found) if found else None


def attempts_to_ask_about(now: datetime) -> list[AttemptRecord]:
    """Return attempts that were given up in a silence and whose time to be asked for has come."""
    waiting = Attempt.objects.filter(ask_at__lte=now).order_by("ask_at", "pk")
    return [record_of(row) for row in waiting[:ASK_AT_MOST]]


def attempt_of_session(session_id: str, attempt_id: str = "") -> AttemptRecord | None:
    """Return the attempt that a session belongs to.

    The session's id decides. Only where the answer that would have told us that id was lost, the
    attempt is found by what we had told Stripe.
    """
    found = Attempt.objects.filter(session_id=session_id).first()
    if found is None and attempt_id:
        found = Attempt.objects.filter(public_id=attempt_id, session_id__isnull=True).first()
    return record_of(found) if found else None


def payments_of(order_ref: str) -> list[PaymentRecord]:
    """Return what came in for the order, oldest first."""
    rows = Payment.objects.select_related("attempt").filter(order_ref=order_ref).order_by("pk")
    return [
        PaymentRecord(
            attempt_id=row.attempt.public_id,
            order_ref=row.order_ref,
            payment_intent=row.payment_intent,
            amount=Money(row.amount_minor, row.currency),
            refunded=Money(row.refunded_minor, row.currency),
            matches=row.matches,
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


def refund_record_of(refund: Refund) -> RefundRecord:
    return RefundRecord(
        refund_id=refund.public_id,
        order_ref=refund.order_ref,
        key=refund.key,
        amount=Money(refund.amount_minor, refund.currency),
        reason=refund.reason,
        state=RefundState(refund.state),
        error=refund.error,
    )


def find_refund(refund_id: str) -> RefundRecord | None:
    """Return the refund, if there is one."""
    found = Refund.objects.filter(public_id=refund_id).first()
    return refund_record_of(found) if found else None


def refunds_of(order_ref: str) -> list[RefundRecord]:
    """Return the order's refunds, oldest first."""
    rows = Refund.objects.filter(order_ref=order_ref).order_by("pk")
    return [refund_record_of(row) for row in rows]


def open_refunds(order_ref: str) -> list[RefundRecord]:
    """Return the order's refunds that have neither succeeded nor failed."""
    over = (RefundState.SUCCEEDED, RefundState.FAILED)
    return [refund for refund in refunds_of(order_ref) if refund.state not in over]


def provider_event(event_id: str) -> dict[str, Any]:
    """Return the body of an event of Stripe's. Refuses with NoSuchEvent."""
    bodies = ProviderEvent.objects.filter(event_id=event_id).values_list("body", flat=True)
    body: dict[str, Any] | None = bodies.first()
    if body is None:
        raise NoSuchEvent(event_id=event_id)
    return body


def balances() -> list[Balance]:
    """Return the sum of every account in every currency, zero or not."""
    rows = (
        Posting.objects.values_list("account", "entry__currency")
        .annotate(total=Sum("amount_minor"))
        .order_by("account", "entry__currency")
    )
    return [
        Balance(account=LedgerAccount(account), total=Money(total, currency))
        for account, currency, total in rows
    ]


def entries_of(order_ref: str) -> list[EntryRecord]:
    """Return the order's movements, in the order in which they were written."""
    entries = LedgerEntry.objects.filter(order_ref=order_ref).prefetch_related("postings")
    return [
        EntryRecord(
            reference=entry.reference,
            order_ref=entry.order_ref,
            currency=entry.currency,
            at=entry.at,
            postings={
                LedgerAccount(posting.account): posting.amount_minor
                for posting in entry.postings.all()
            },
        )
        for entry in entries.order_by("pk")
    ]
