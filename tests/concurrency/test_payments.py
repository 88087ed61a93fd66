"""Money at once: one session, one entry, one refund; and without the constraint, more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from kernel import clock, ids
from kernel.money import Money
from public_apps.tenants.domain import TenantRecord
from tenant_apps.payments import queries, services
from tenant_apps.payments.domain import NothingToRefund
from tenant_apps.payments.models import Attempt, LedgerEntry, Payment, Refund
from tests.support import payments
from tests.support.races import all_at_once
from tests.support.stripe import StripeDouble

BUYERS = 8
Body = Callable[[Barrier], None]
AtOnce = Callable[[Body], Counter[str]]


@pytest.fixture
def account(live_tenant: TenantRecord, stripe_double: StripeDouble) -> str:
    return payments.connect(stripe_double)


@pytest.fixture
def at_once(live_tenant: TenantRecord) -> AtOnce:
    """Run a body in eight threads, each in the tenant; how they ended."""
    return lambda body: all_at_once(live_tenant.schema_name, BUYERS, lambda _, gate: body(gate))


def without(table: str, drop: str, restore: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(drop)
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")
        cursor.execute(restore)


@pytest.fixture
def no_bound_on_refunds(account: str) -> Iterator[None]:
    """The check that refunds stay within the payment is gone."""
    yield from without(
        "payments_payment",
        "ALTER TABLE payments_payment DROP CONSTRAINT refunded_within_paid",
        "ALTER TABLE payments_payment ADD CONSTRAINT refunded_within_paid"
        " CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor)",
    )


@pytest.fixture
def no_single_attempt(account: str) -> Iterator[None]:
    """The index that allows one open attempt for an order is gone."""
    yield from without(
        "payments_attempt",
        "DROP INDEX one_open_attempt_per_order",
        "CREATE UNIQUE INDEX one_open_attempt_per_order ON payments_attempt (order_ref)"
        " WHERE state IN ('prepared', 'open')",
    )


@pytest.mark.usefixtures("account")
def test_an_order_is_attempted_once(stripe_double: StripeDouble, at_once: AtOnce) -> None:
    urls: set[str] = set()

    def press_pay(gate: Barrier) -> None:
        gate.wait()
        urls.add(payments.open_new().url)

    results = at_once(press_pay)

    # Who asks while the same call is running may be told to ask again.
    assert set(results) <= {"done", "stripe_unreachable"}
    assert results["done"]
    assert len(urls) == Attempt.objects.count() == len(stripe_double.state()["sessions"]) == 1


@pytest.mark.usefixtures("no_single_attempt")
def test_without_the_index_an_order_is_attempted_eight_times(
    at_once: AtOnce,
) -> None:
    """If this test fails, the one above proves nothing."""

    def press_pay(gate: Barrier) -> None:
        if queries.attempt_of_order("ord_1") is None:
            gate.wait()  # everyone has looked before anyone writes
            payments.prepare()

    assert at_once(press_pay) == {"done": BUYERS}
    assert Attempt.objects.count() == BUYERS


@pytest.mark.usefixtures("account")
def test_a_payment_is_recorded_once(stripe_double: StripeDouble, at_once: AtOnce) -> None:
    attempt = payments.open_new()
    stripe_double.pay(attempt.session_id)
    payment = services.ask_stripe(attempt.attempt_id).payment
    assert payment
    new: list[bool] = []

    def hear(gate: Barrier) -> None:
        gate.wait()
        with transaction.atomic():
            recorded = services.record_payment(attempt_id=attempt.attempt_id, payment=payment)
        new.append(recorded.is_new)

    assert at_once(hear) == {"done": BUYERS}
    assert sorted(new) == [False] * (BUYERS - 1) + [True]
    assert LedgerEntry.objects.count() == Payment.objects.count() == 1


@pytest.mark.usefixtures("account")
def test_a_payment_waits_for_no_other_order(
    live_tenant: TenantRecord, stripe_double: StripeDouble
) -> None:
    slow, quick = payments.open_new("ord_1"), payments.open_new("ord_2")
    stripe_double.pay(quick.session_id)

    def pay_the_other(_number: int, _gate: Barrier) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            try:
                payments.record(quick.attempt_id)
            finally:
                cursor.execute("RESET lock_timeout")

    with transaction.atomic():
        Attempt.objects.select_for_update().get(public_id=slow.attempt_id)
        assert all_at_once(live_tenant.schema_name, 1, pay_the_other) == {"done": 1}


@pytest.mark.usefixtures("account")
def test_eight_refunds_of_everything_refund_once(
    stripe_double: StripeDouble, at_once: AtOnce
) -> None:
    payments.paid(stripe_double)

    def refund(gate: Barrier) -> None:
        gate.wait()
        services.execute_refund(payments.ask_back(ids.new("key")))

    assert at_once(refund) == {"nothing_to_refund": BUYERS - 1, "done": 1}
    assert [row["amount"] for row in stripe_double.state()["refunds"]] == [4500]


@pytest.mark.usefixtures("account")
def test_one_refund_executed_eight_times_reaches_stripe_once(
    stripe_double: StripeDouble, at_once: AtOnce
) -> None:
    payments.paid(stripe_double)
    refund_id = payments.ask_back()

    def work(gate: Barrier) -> None:
        gate.wait()
        services.execute_refund(refund_id)

    assert at_once(work) == {"done": BUYERS}
    assert len(stripe_double.state()["refunds"]) == 1
    assert len(queries.entries_of("ord_1")) == 2


def look_then_write(gate: Barrier) -> None:
    """Refund without a lock: everyone has looked before anyone writes."""
    payment = Payment.objects.get()
    if payment.refunded_minor + payments.TOTAL.amount_minor > payment.amount_minor:
        raise NothingToRefund
    gate.wait()
    now = clock.now()
    with transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(
            refunded_minor=F("refunded_minor") + payments.TOTAL.amount_minor
        )
        Refund.objects.create(
            public_id=ids.new("ref"),
            key=ids.new("key"),
            payment=payment,
            order_ref=payment.order_ref,
            amount_minor=payments.TOTAL.amount_minor,
            currency="EUR",
            state="requested",
            requested_at=now,
            changed_at=now,
        )


@pytest.mark.usefixtures("account")
def test_the_constraint_alone_stops_the_careless(
    stripe_double: StripeDouble, at_once: AtOnce
) -> None:
    payments.paid(stripe_double)

    def careless(gate: Barrier) -> None:
        try:
            look_then_write(gate)
        except IntegrityError:
            raise NothingToRefund from None

    assert at_once(careless) == {"nothing_to_refund": BUYERS - 1, "done": 1}


@pytest.mark.usefixtures("no_bound_on_refunds")
def test_without_lock_and_constraint_the_money_goes_back_eight_times(
    stripe_double: StripeDouble, at_once: AtOnce
) -> None:
    """If this test fails, the ones above prove nothing."""
    payments.paid(stripe_double)

    assert at_once(look_then_write) == {"done": BUYERS}
    assert Payment.objects.get().refunded_minor == BUYERS * payments.TOTAL.amount_minor


@pytest.mark.usefixtures("account")
def test_partial_refunds_at_once_never_exceed_the_payment(
    stripe_double: StripeDouble, at_once: AtOnce
) -> None:
    payments.paid(stripe_double)

    def refund(gate: Barrier) -> None:
        gate.wait()
        services.execute_refund(payments.ask_back(ids.new("key"), amount=Money(1000, "EUR")))

    assert at_once(refund) == {"nothing_to_refund": 4, "done": 4}
    state: dict[str, Any] = stripe_double.state()
    assert sum(row["amount"] for row in state["refunds"]) == 4000
    assert queries.payments_of("ord_1")[0].refunded == Money(4000, "EUR")
