"""What paying, failing, expiring and refunding leave behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.support.stripe import (
    DECLINED,
    NO_FUNDS,
    REFUND_FAILS,
    REFUND_PENDING,
    SECURE,
    StripeDouble,
)

New = Callable[..., stripe.checkout.Session]


def kinds(double: StripeDouble, account: str) -> list[str]:
    return [event["type"] for event in double.state(account)["events"]]


def test_a_paid_session_is_complete_and_has_one_charge(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    assert stripe_double.pay(session.id) == "paid"

    found = stripe_double.client.v1.checkout.sessions.retrieve(
        session.id,
        {"expand": ["payment_intent.latest_charge"]},
        {"stripe_account": account},
    )
    intent: Any = found.payment_intent
    assert (found.status, found.payment_status, found.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received) == ("succeeded", 4500)
    assert intent.metadata["order"] == "ord_1"
    assert (intent.latest_charge.paid, intent.latest_charge.application_fee_amount) == (True, 150)
    assert kinds(stripe_double, account) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_twenty_payments_at_once_charge_once(stripe_double: StripeDouble, new_session: New) -> None:
    session = new_session()
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(stripe_double.pay(session.id)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["closed"] * 19 + ["paid"]
    assert len(stripe_double.state()["sessions"][0]["_charges"]) == 1


@pytest.mark.parametrize(
    ("card", "decline_code"), [(DECLINED, "generic_decline"), (NO_FUNDS, "insufficient_funds")]
)
def test_a_declined_card_leaves_the_session_open_for_another(
    stripe_double: StripeDouble, new_session: New, account: str, card: str, decline_code: str
) -> None:
    session = new_session()
    assert stripe_double.pay(session.id, card) == "declined"

    intent = stripe_double.state(account)["payment_intents"][0]
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["decline_code"] == decline_code
    assert stripe_double.pay(session.id) == "paid"
    state = stripe_double.state(account)
    assert [charge["status"] for charge in state["charges"]] == ["failed", "succeeded"]
    assert len(state["payment_intents"]) == 1
    assert "charge.failed" in kinds(stripe_double, account)


@pytest.mark.parametrize(("bank", "outcome"), [("complete", "paid"), ("fail", "declined")])
def test_a_bank_may_ask_the_buyer(
    stripe_double: StripeDouble, new_session: New, account: str, bank: str, outcome: str
) -> None:
    session = new_session()
    assert stripe_double.pay(session.id, SECURE) == "authenticate"
    assert stripe_double.state()["payment_intents"][0]["status"] == "requires_action"
    assert stripe_double.pay(session.id, SECURE, authenticate=bank) == outcome
    assert "payment_intent.requires_action" in kinds(stripe_double, account)


def test_an_expired_session_cannot_be_paid(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    expired = stripe_double.client.v1.checkout.sessions.expire(
        session.id, {}, {"stripe_account": account}
    )

    assert (expired.status, expired.url) == ("expired", None)
    assert stripe_double.pay(session.id) == "closed"
    assert kinds(stripe_double, account) == ["checkout.session.expired"]


def test_what_is_complete_or_expired_cannot_be_expired(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    paid, over = new_session(), new_session()
    stripe_double.pay(paid.id)
    stripe_double.client.v1.checkout.sessions.expire(over.id, {}, {"stripe_account": account})

    for session, status in ((paid, "complete"), (over, "expired")):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            stripe_double.client.v1.checkout.sessions.expire(
                session.id, {}, {"stripe_account": account}
            )
        assert f"status of `{status}`" in str(refusal.value)


def test_time_expires_a_session(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    stripe_double.post("/clock", advance_s=24 * 3600 + 1)

    assert stripe_double.pay(session.id) == "closed"
    assert kinds(stripe_double, account) == ["checkout.session.expired"]


def paid_charge(double: StripeDouble, session: stripe.checkout.Session, card: str) -> str:
    assert double.pay(session.id, card) == "paid"
    return double.state()["payment_intents"][-1]["id"]


def test_the_merchants_balance_adds_up(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    intent = paid_charge(stripe_double, new_session(), "4242424242424242")
    client = stripe_double.client
    for amount in (1500, 3000):
        client.v1.refunds.create(
            {"payment_intent": intent, "amount": amount, "refund_application_fee": True},
            {"stripe_account": account},
        )

    rows = client.v1.balance_transactions.list({}, {"stripe_account": account}).data
    assert [(row.type, row.amount, row.fee, row.net) for row in reversed(rows)] == [
        ("charge", 4500, 150 + 93, 4257),
        ("refund", -1500, -50, -1450),
        ("refund", -3000, -100, -2900),
    ]
    platform = client.v1.balance_transactions.list().data
    assert [(row.type, row.amount) for row in reversed(platform)] == [
        ("application_fee", 150),
        ("application_fee_refund", -50),
        ("application_fee_refund", -100),
    ]


def test_no_more_is_refunded_than_was_paid(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    intent = paid_charge(stripe_double, new_session(), "4242424242424242")
    options: Any = {"stripe_account": account}
    refunds = stripe_double.client.v1.refunds
    refunds.create({"payment_intent": intent, "amount": 4000}, options)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refunds.create({"payment_intent": intent, "amount": 501}, options)
    assert refusal.value.param == "amount"
    assert refunds.create({"payment_intent": intent}, options).amount == 500
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refunds.create({"payment_intent": intent}, options)
    assert refusal.value.code == "charge_already_refunded"


def test_a_pending_refund_succeeds_later(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    intent = paid_charge(stripe_double, new_session(), REFUND_PENDING)
    refund = stripe_double.client.v1.refunds.create(
        {"payment_intent": intent}, {"stripe_account": account}
    )
    assert refund.status == "pending"
    stripe_double.post("/clock", advance_s=6)

    found = stripe_double.client.v1.refunds.retrieve(refund.id, {}, {"stripe_account": account})
    assert found.status == "succeeded"
    assert kinds(stripe_double, account)[-3:] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
    ]


def test_a_refund_that_fails_returns_to_the_merchant(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    intent = paid_charge(stripe_double, new_session(), REFUND_FAILS)
    refund = stripe_double.client.v1.refunds.create(
        {"payment_intent": intent}, {"stripe_account": account}
    )
    assert refund.status == "succeeded"
    stripe_double.post("/clock", advance_s=6)

    state = stripe_double.state(account)
    assert state["refunds"][0]["status"] == "failed"
    assert state["charges"][0]["amount_refunded"] == 0
    assert [row["type"] for row in state["balance_transactions"]] == [
        "charge",
        "refund",
        "refund_failure",
    ]
    assert kinds(stripe_double, account)[-2:] == ["refund.updated", "refund.failed"]
