"""Attempts, payments and refunds for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from kernel import clock
from kernel.money import Money
from tenant_apps.access.domain import SYSTEM
from tenant_apps.payments import services
from tenant_apps.payments.domain import AttemptRecord, LineForPayment, RecordedPayment
from tests.support.stripe import PAID, StripeDouble

TOTAL = Money(4500, "EUR")
FEE_MINOR = 150
LINES = (
    LineForPayment("Stalls · Row C · Seat 14 (Adult)", 2500, 1),
    LineForPayment("Stalls · Row C · Seat 15 (Child)", 2000, 1),
)


def connect(double: StripeDouble) -> str:
    """Connect the current tenant to a new account at the double; the account's id."""
    account = double.new_account()
    services.connect_account(account_id=account, actor=SYSTEM)
    return account


def prepare(order_ref: str = "ord_1", **changes: Any) -> AttemptRecord:
    arguments: dict[str, Any] = {
        "order_ref": order_ref,
        "amount": TOTAL,
        "lines": LINES,
        "email": "buyer@example.org",
        "expires_at": clock.now() + timedelta(minutes=35),
        "success_url": "http://aurora.localhost/orders/x/?paid=1",
        "cancel_url": "http://aurora.localhost/orders/x/?back=1",
        "application_fee_minor": FEE_MINOR,
        "locale": "en",
    }
    with transaction.atomic():
        return services.prepare_attempt(**(arguments | changes))


def open_new(order_ref: str = "ord_1", **changes: Any) -> AttemptRecord:
    return services.open_attempt(prepare(order_ref, **changes).attempt_id)


def record(attempt_id: str) -> RecordedPayment:
    """Ask Stripe and put what it says into the books."""
    status = services.ask_stripe(attempt_id)
    assert status.payment is not None
    with transaction.atomic():
        return services.record_payment(attempt_id=attempt_id, payment=status.payment)


def paid(
    double: StripeDouble, order_ref: str = "ord_1", *, card: str = PAID, **changes: Any
) -> RecordedPayment:
    """Have an order paid through the double and recorded."""
    attempt = open_new(order_ref, **changes)
    assert double.pay(attempt.session_id, card) == "paid"
    return record(attempt.attempt_id)


def ask_back(
    key: str = "order:ord_1", *, amount: Money = TOTAL, order_ref: str = "ord_1", **more: Any
) -> str:
    """Ask for a refund; its id."""
    refund = services.request_refund(
        order_ref=order_ref, amount=amount, reason="requested", key=key, **more
    )
    return refund.refund_id
