"""The rules that need no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from tenant_apps.payments import domain
from tenant_apps.payments.domain import (
    AccountChanged,
    ChargeRefunded,
    Ignored,
    LineForPayment,
    RefundChanged,
    RefundState,
    SessionCompleted,
    SessionExpired,
    interpret,
)

NOW = datetime(2030, 5, 1, 19, 30, tzinfo=UTC)
MINOR = st.integers(min_value=1, max_value=10**9)


@pytest.mark.parametrize(
    ("wanted", "given_minutes"), [(15, 32), (32, 32), (45, 45), (60 * 24, 23 * 60 + 50)]
)
def test_a_session_ends_within_what_stripe_allows(wanted: int, given_minutes: int) -> None:
    end = domain.session_end(NOW + timedelta(minutes=wanted), NOW)
    assert end == NOW + timedelta(minutes=given_minutes)


@pytest.mark.parametrize(
    ("locale", "stripes"),
    [
        ("en", "en"), ("de-at", "de"), ("pt-br", "pt-BR"), ("pt_BR", "pt-BR"), ("en-gb", "en-GB"),
        ("tlh", "auto"), ("", "auto"),
    ],
)  # fmt: skip
def test_languages_are_named_as_stripe_names_them(locale: str, stripes: str) -> None:
    assert domain.stripe_locale(locale) == stripes


def test_lines_that_do_not_add_up_are_refused() -> None:
    lines = [LineForPayment("A", 1000, 2), LineForPayment("B", 1, 1)]
    domain.ensure_adds_up(lines, Money(2001, "EUR"))
    with pytest.raises(domain.LinesDoNotAddUp):
        domain.ensure_adds_up(lines, Money(2000, "EUR"))


def parameters(**changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "attempt_id": "pay_1",
        "order_ref": "ord_1",
        "amount": Money(300, "EUR"),
        "lines": [LineForPayment("Seat", 300, 1)],
        "email": "a@example.org",
        "expires_at": NOW,
        "success_url": "http://a.example/yes",
        "cancel_url": "http://a.example/no",
        "application_fee_minor": 0,
        "locale": "en",
    }
    return domain.session_parameters(**(arguments | changes))


def test_no_fee_is_not_mentioned() -> None:
    assert "application_fee_amount" not in parameters()["payment_intent_data"]
    with_fee = parameters(application_fee_minor=7)
    assert with_fee["payment_intent_data"]["application_fee_amount"] == 7


def test_more_lines_than_stripe_takes_become_one() -> None:
    lines = [LineForPayment("Seat", 3, 1)] * 100
    assert len(parameters(lines=lines)["line_items"]) == 100
    (line,) = parameters(lines=[*lines, lines[0]], amount=Money(303, "EUR"))["line_items"]
    assert line["price_data"]["unit_amount"] == 303


@given(amount=MINOR, fee=st.integers(0, 10**9), matches=st.booleans())
def test_payments_balance(amount: int, fee: int, matches: bool) -> None:
    assert sum(domain.payment_postings(amount, min(fee, amount), matches=matches).values()) == 0


@given(amount=MINOR, fee=st.integers(0, 10**9), matches=st.booleans())
def test_refunds_balance(amount: int, fee: int, matches: bool) -> None:
    assert sum(domain.refund_postings(amount, min(fee, amount), matches=matches).values()) == 0
    assert sum(domain.failed_refund_postings(amount, matches=matches).values()) == 0


@given(
    parts=st.lists(st.integers(1, 10_000), min_size=1, max_size=20),
    fee_basis_points=st.integers(0, 10_000),
)
def test_all_parts_together_give_the_whole_fee_back(
    parts: list[int], fee_basis_points: int
) -> None:
    amount = sum(parts)
    fee = amount * fee_basis_points // 10_000
    returned = 0
    for place, part in enumerate(parts):
        share = domain.fee_share(
            fee_minor=fee,
            returned_minor=returned,
            amount_minor=amount,
            part_minor=part,
            completes=place == len(parts) - 1,
        )
        assert share >= 0
        returned += share
    assert returned == fee


def event(kind: str, **subject: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": kind, "data": {"object": subject}}


SESSION = {
    "id": "cs_1",
    "client_reference_id": "pay_1",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "amount_total": 4500,
    "currency": "eur",
}
REFUND = {
    "id": "re_1",
    "payment_intent": "pi_1",
    "amount": 100,
    "currency": "eur",
    "status": "failed",
    "failure_reason": "lost_or_stolen_card",
    "metadata": {"refund": "ref_1"},
}


def test_a_paid_session_is_understood() -> None:
    meaning = interpret(event("checkout.session.completed", **SESSION))
    assert isinstance(meaning, SessionCompleted)
    assert (meaning.session_id, meaning.attempt_id) == ("cs_1", "pay_1")
    assert meaning.payment.amount == Money(4500, "EUR")
    assert (meaning.payment.payment_intent, meaning.payment.charge) == ("pi_1", "")


def test_an_expired_session_is_understood() -> None:
    meaning = interpret(event("checkout.session.expired", **SESSION))
    assert meaning == SessionExpired(session_id="cs_1", attempt_id="pay_1")


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed"])
def test_a_changed_refund_is_understood(kind: str) -> None:
    meaning = interpret(event(kind, **REFUND))
    assert isinstance(meaning, RefundChanged)
    assert (meaning.refund.state, meaning.refund.refund_id) == (RefundState.FAILED, "ref_1")
    assert meaning.refund.error == "lost_or_stolen_card"


def test_a_refunded_charge_and_a_changed_account_are_understood() -> None:
    charge = {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 5, "currency": "eur"}
    meaning = interpret(event("charge.refunded", **charge))
    assert meaning == ChargeRefunded("ch_1", "pi_1", Money(5, "EUR"))
    changed = interpret(event("account.updated", id="acct_1", charges_enabled=False))
    assert changed == AccountChanged("acct_1")


def test_what_was_given_up_is_asked_for_ever_more_rarely_and_not_for_ever() -> None:
    given_up_at = now = NOW
    waits = []
    while (again_at := domain.next_asking(given_up_at, now)) is not None:
        waits.append(again_at - now)
        now = again_at
    minutes = [wait // timedelta(minutes=1) for wait in waits]
    assert minutes[:8] == [1, 1, 2, 4, 8, 16, 32, 60]
    assert len(waits) < 200
    assert timedelta(days=7) <= now - given_up_at <= timedelta(days=7, hours=1)


RUBBISH: list[dict[str, Any]] = [
    {},
    {"type": None},
    {"type": "checkout.session.completed"},
    {"type": "checkout.session.completed", "data": None},
    event("checkout.session.completed"),
    event("checkout.session.completed", **SESSION | {"payment_status": "unpaid"}),
    event("checkout.session.completed", **SESSION | {"currency": "xyz"}),
    event("checkout.session.completed", **SESSION | {"currency": None}),
    event("checkout.session.completed", **SESSION | {"amount_total": "many"}),
    event("checkout.session.completed", **SESSION | {"payment_intent": {}}),
    event("refund.updated", **REFUND | {"status": "dancing"}),
    event("refund.updated", **REFUND | {"metadata": 7}),
    event("customer.created", id="cus_1"),
]


@pytest.mark.parametrize("body", RUBBISH)
def test_what_means_nothing_is_ignored_with_a_reason(body: dict[str, Any]) -> None:
    meaning = interpret(body)
    assert isinstance(meaning, Ignored)
    assert meaning.reason


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*SESSION, *REFUND, "data", "object"]), inner)
        ),
        max_leaves=20,
    ),
    st.sampled_from(["checkout.session.completed", "refund.updated", "account.updated"]),
)
def test_no_event_is_an_error_of_ours(subject: Any, kind: str) -> None:
    interpret({"type": kind, "data": {"object": subject}})
    interpret({"type": kind, "data": subject})
