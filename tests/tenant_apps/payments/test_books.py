"""The books balance, are never changed, and are compared with Stripe's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from kernel import clock
from kernel.money import Money
from tenant_apps.payments import domain, queries, services
from tenant_apps.payments.domain import LedgerAccount
from tenant_apps.payments.models import LedgerEntry, Payment, Posting
from tenant_apps.payments.services.ledger import write_entry
from tenant_apps.payments.services.reconciliation import Difference, Reconciliation
from tests.support.payments import TOTAL, ask_back, open_new, paid
from tests.support.stripe import REFUND_FAILS, StripeDouble

BALANCED = {LedgerAccount.STRIPE_BALANCE: 5, LedgerAccount.SALES: -5}


def write(postings: dict[LedgerAccount, int], reference: str = "test:1") -> bool:
    return write_entry(
        reference=reference, order_ref="ord_1", currency="EUR", postings=postings, at=clock.now()
    )


def commit() -> None:
    """Let the deferred triggers speak now, as the commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.usefixtures("tenant")
def test_a_balanced_entry_is_written_once() -> None:
    assert write(BALANCED)
    assert not write(BALANCED)
    commit()
    assert Posting.objects.count() == 2


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize(
    "postings",
    [
        {},
        {LedgerAccount.SALES: -5},
        {LedgerAccount.STRIPE_BALANCE: 5, LedgerAccount.SALES: -4},
        {LedgerAccount.STRIPE_BALANCE: 2**62, LedgerAccount.SALES: 2**62},
    ],
)
def test_an_entry_that_does_not_balance_is_refused_at_the_commit(
    postings: dict[LedgerAccount, int],
) -> None:
    def write_and_commit() -> None:
        assert write(postings)
        commit()

    with pytest.raises(IntegrityError, match="add up to"), transaction.atomic():
        write_and_commit()


@pytest.mark.usefixtures("live_tenant")
def test_the_refusal_comes_with_a_real_commit_too() -> None:
    with pytest.raises(IntegrityError, match="add up to"), transaction.atomic(durable=True):
        write({LedgerAccount.SALES: -5})
    assert LedgerEntry.objects.count() == 0
    with transaction.atomic(durable=True):
        write(BALANCED)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.usefixtures("tenant")
def test_a_side_added_later_is_refused() -> None:
    write(BALANCED)
    commit()
    entry = LedgerEntry.objects.get()
    with pytest.raises(IntegrityError, match="add up to"), transaction.atomic():
        Posting.objects.create(entry=entry, account="refunds", amount_minor=1)


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize(
    "change",
    [
        lambda: Posting.objects.update(amount_minor=7),
        lambda: Posting.objects.all().delete(),
        lambda: LedgerEntry.objects.update(order_ref="ord_2"),
        lambda: LedgerEntry.objects.all()._raw_delete("default"),
    ],
)
def test_nothing_in_the_books_is_changed(change: Any) -> None:
    write(BALANCED)
    commit()
    with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
        change()


# Beside Stripe ------------------------------------------------------------------------------


def compare(**window: Any) -> Reconciliation:
    until = clock.now() + timedelta(hours=1)
    return services.reconcile(
        since=window.get("since", until - timedelta(days=2)), until=window.get("until", until)
    )


def sums() -> dict[LedgerAccount, int]:
    return {row.account: row.total.amount_minor for row in queries.balances()}


def test_books_that_agree_differ_in_nothing(stripe_double: StripeDouble, account: str) -> None:
    for n in range(3):
        paid(stripe_double, f"ord_{n}")
    services.execute_refund(ask_back("part", amount=Money(1000, "EUR"), order_ref="ord_1"))

    for _ in range(2):
        result = compare()
        assert (result.compared, result.differences) == (4, [])

    # What Stripe kept is known now, and both sides have the same balance.
    assert sums()[LedgerAccount.STRIPE_FEES] == 3 * 93
    net = sum(row["net"] for row in stripe_double.state(account)["balance_transactions"])
    assert sums()[LedgerAccount.STRIPE_BALANCE] == net


def test_a_refund_that_came_back_agrees_too(stripe_double: StripeDouble, account: str) -> None:
    paid(stripe_double, card=REFUND_FAILS)
    services.execute_refund(ask_back())
    stripe_double.post("/clock", advance_s=6)
    for event in stripe_double.state(account)["events"]:
        meaning = domain.interpret(event)
        if isinstance(meaning, domain.RefundChanged):
            services.apply_refund_change(meaning)
    assert compare().differences == []


@pytest.mark.usefixtures("account")
def test_money_that_we_never_heard_of_is_reported(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    (difference,) = compare().differences
    assert (difference.kind, difference.ours) == ("not_in_books", None)
    assert difference.theirs == Money(4350, "EUR")
    assert difference.reference.startswith("txn_")


@pytest.mark.usefixtures("account")
def test_money_that_stripe_never_heard_of_is_reported() -> None:
    write(BALANCED)
    assert compare().differences == [Difference("not_at_stripe", "test:1", Money(5, "EUR"), None)]


@pytest.mark.usefixtures("account")
def test_an_amount_that_differs_is_reported(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    status = services.ask_stripe(attempt.attempt_id)
    assert status.payment
    wrong = domain.PaymentFacts(
        attempt.session_id, status.payment.payment_intent, "", Money(4400, "EUR")
    )
    services.record_payment(attempt_id=attempt.attempt_id, payment=wrong)

    (difference,) = compare().differences
    assert difference == Difference(
        "amount", f"payment:{attempt.attempt_id}", Money(4250, "EUR"), Money(4350, "EUR")
    )
    # The charge was found through its PaymentIntent, and is known from now on.
    assert Payment.objects.get().charge == status.payment.charge


@pytest.mark.usefixtures("account")
def test_only_the_days_asked_for_are_compared(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    now = clock.now()
    assert compare(since=now - timedelta(days=9), until=now - timedelta(days=8)).compared == 0


@pytest.mark.usefixtures("account")
def test_money_that_we_heard_of_days_later_is_no_difference(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    payment = services.ask_stripe(attempt.attempt_id).payment
    assert payment
    later = clock.now() + timedelta(days=3)
    with clock.fixed(later):
        services.record_payment(attempt_id=attempt.attempt_id, payment=payment)
    day = timedelta(days=1)
    assert compare(since=later - day, until=later + day).differences == []
    assert compare().differences == []


@pytest.mark.usefixtures("tenant")
def test_without_an_account_there_is_nothing_to_compare() -> None:
    assert compare().compared == 0


@pytest.mark.usefixtures("account")
def test_more_than_a_page_is_compared(stripe_double: StripeDouble) -> None:
    for n in range(60):
        paid(stripe_double, f"ord_{n}")
        services.execute_refund(ask_back(f"r{n}", order_ref=f"ord_{n}", amount=TOTAL))
    result = compare()
    assert (result.compared, result.differences) == (120, [])
