"""The double's answers against the types in the stripe package, which Stripe generates.

https://github.com/stripe/stripe-python is made from Stripe's OpenAPI description: its classes say
which keys an object has, which may be null, and which values an enumeration has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from stripe import params as p
from stripe.params import checkout as c

from eventflow.local.stripe_double import contract, operations, refunds, sessions
from tests.support.stripe import (
    DECLINED,
    REFUND_FAILS,
    REFUND_PENDING,
    SECURE,
    Receiver,
    StripeDouble,
    session_params,
)
from tests.support.stripe_types import violations

Show = Callable[..., dict[str, Any]]


@pytest.fixture
def account(stripe_double: StripeDouble) -> str:
    return stripe_double.new_account()


@pytest.fixture
def show(stripe_double: StripeDouble, account: str) -> Show:
    """Read from the API as the connected account; the raw JSON."""

    def get(path: str, *expand: str, own: bool = True) -> dict[str, Any]:
        answer = stripe_double.call(
            "GET",
            path,
            account=account if own else None,
            params=[("expand[]", field) for field in expand],
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


def make_session(double: StripeDouble, account: str) -> str:
    params: Any = session_params()
    return double.client.v1.checkout.sessions.create(params, {"stripe_account": account}).id


def test_the_checker_finds_what_is_wrong() -> None:
    """If this test fails, the ones below prove nothing."""
    wrong = {"object": "refund", "id": 7, "colour": "red", "status": "succeeded", "reason": "mood"}
    found = violations(wrong)

    for part in (".id: 7 is not", ".colour: unknown", ".amount: missing", ".reason: 'mood' is"):
        assert any(part in text for text in found), part


@pytest.mark.parametrize("card", [None, "4242424242424242", DECLINED, SECURE])
def test_sessions_intents_and_charges_keep_the_contract(
    stripe_double: StripeDouble, show: Show, account: str, card: str | None
) -> None:
    session_id = make_session(stripe_double, account)
    if card:
        stripe_double.pay(session_id, card)

    path = f"/v1/checkout/sessions/{session_id}"
    assert violations(show(path)) == []
    assert violations(show(path, "line_items")) == []
    if card:
        expanded = show(path, "payment_intent.latest_charge")
        assert isinstance(expanded["payment_intent"], dict)
        assert violations(expanded) == []
        assert violations(show("/v1/payment_intents", "data.latest_charge")) == []
        assert violations(show("/v1/charges", "data.refunds", "data.balance_transaction")) == []
    assert violations(show("/v1/events")) == []


def test_expired_sessions_keep_the_contract(
    stripe_double: StripeDouble, show: Show, account: str
) -> None:
    session_id = make_session(stripe_double, account)
    expired = stripe_double.call(
        "POST", f"/v1/checkout/sessions/{session_id}/expire", account=account
    )
    assert violations(expired.json()) == []
    assert violations(show("/v1/events")) == []


@pytest.mark.parametrize("card", ["4242424242424242", REFUND_PENDING, REFUND_FAILS])
def test_refunds_and_balances_keep_the_contract(
    stripe_double: StripeDouble, show: Show, account: str, card: str
) -> None:
    stripe_double.pay(make_session(stripe_double, account), card)
    intent = show("/v1/payment_intents")["data"][0]["id"]
    for _ in range(2):
        stripe_double.client.v1.refunds.create(
            {"payment_intent": intent, "amount": 1000, "refund_application_fee": True},
            {"stripe_account": account},
        )
    for _ in range(2):
        for path, own, expand in (
            ("/v1/refunds", True, ("data.charge", "data.balance_transaction")),
            ("/v1/charges", True, ("data.refunds",)),
            ("/v1/balance_transactions", True, ("data.source",)),
            ("/v1/balance_transactions", False, ("data.source",)),
            ("/v1/application_fees", False, ("data.account",)),
            ("/v1/events", True, ()),
            ("/v1/events", False, ()),
        ):
            assert violations(show(path, *expand, own=own)) == [], path
        stripe_double.post("/clock", advance_s=6)


def test_accounts_and_endpoints_keep_the_contract(
    stripe_double: StripeDouble, show: Show, account: str
) -> None:
    made = stripe_double.call(
        "POST",
        "/v1/webhook_endpoints",
        data={"url": "http://a.example", "enabled_events[]": "charge.refunded", "connect": "true"},
    )
    assert violations(made.json()) == []
    stripe_double.post("/accounts", id=account, charges_enabled=False)
    for path, own in (
        ("/v1/webhook_endpoints", False),
        ("/v1/accounts", False),
        (f"/v1/accounts/{account}", False),
        ("/v1/account", True),
        ("/v1/account", False),
        ("/v1/events", True),
    ):
        assert violations(show(path, own=own)) == [], path


def test_delivered_events_keep_the_contract(
    stripe_double: StripeDouble, account: str, receiver: Receiver
) -> None:
    stripe_double.client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["*"], "connect": True}
    )
    stripe_double.pay(make_session(stripe_double, account))
    receiver.wait_for(4)
    for event in receiver.events:
        assert violations(event) == []
        assert event["api_version"] == stripe.api_version


@pytest.mark.parametrize(
    ("params_type", "done"),
    [(c.SessionCreateParams, sessions._DONE), (p.RefundCreateParams, refunds._DONE)],
)
def test_what_the_double_acts_on_is_what_stripe_takes(
    params_type: type, done: frozenset[str]
) -> None:
    assert done <= set(contract.hints(params_type)) - contract.REQUEST_OPTIONS


@pytest.mark.parametrize("operation", operations.OPERATIONS, ids=lambda o: o.name)
def test_every_operation_reads_its_own_parameters(operation: operations.Operation) -> None:
    assert operation.params.__module__.startswith("stripe.params.")
    assert contract.hints(operation.params)


def test_the_library_and_the_double_speak_the_same_version(stripe_double: StripeDouble) -> None:
    answer = stripe_double.call("GET", "/v1/charges")
    assert answer.headers["stripe-version"] == stripe.api_version == "2026-10-28.endive"
