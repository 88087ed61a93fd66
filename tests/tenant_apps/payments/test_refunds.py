"""Money going back: once each, never more than came in, whatever crashes in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel import clock
from kernel.money import Money
from public_apps.outbox.models import Fact
from tenant_apps.payments import domain, gateway, queries, services
from tenant_apps.payments.domain import LedgerAccount, PaymentFacts, RefundState
from tenant_apps.payments.models import Payment, Refund
from tenant_apps.payments.services import refunds as refund_services
from tests.support.payments import FEE_MINOR, TOTAL, ask_back, open_new, paid
from tests.support.stripe import REFUND_FAILS, REFUND_PENDING, StripeDouble

pytestmark = pytest.mark.usefixtures("account")
CREATE = "refunds.create"


def at_stripe(double: StripeDouble) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = double.state()["refunds"]
    return found


def state_of(refund_id: str) -> RefundState:
    found = queries.find_refund(refund_id)
    assert found
    return found.state


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def sums() -> dict[LedgerAccount, int]:
    return {row.account: row.total.amount_minor for row in queries.balances()}


def hear(double: StripeDouble, *kinds: str) -> None:
    """Apply the refund events that the double has recorded, as the inbox would."""
    for event in double.state()["events"]:
        meaning = domain.interpret(event)
        if isinstance(meaning, domain.RefundChanged) and event["type"] in kinds:
            services.apply_refund_change(meaning)


REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed")


# Asking -------------------------------------------------------------------------------------


def test_the_row_comes_first(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    refund_id = ask_back()

    assert state_of(refund_id) is RefundState.REQUESTED
    assert at_stripe(stripe_double) == []
    assert queries.payments_of("ord_1")[0].refunded == TOTAL


def test_the_same_key_is_the_same_refund(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    assert ask_back() == ask_back()
    with pytest.raises(domain.RefundDiffers):
        ask_back(amount=euros(1))
    assert Refund.objects.count() == 1


def test_a_key_of_another_order_is_refused(stripe_double: StripeDouble) -> None:
    paid(stripe_double, "ord_1")
    paid(stripe_double, "ord_2")
    ask_back("one", order_ref="ord_1")
    with pytest.raises(domain.RefundDiffers):
        ask_back("one", order_ref="ord_2")


@pytest.mark.parametrize("amount", [euros(0), euros(-1), euros(4501), Money(4500, "USD")], ids=str)
def test_what_was_not_paid_cannot_be_refunded(stripe_double: StripeDouble, amount: Money) -> None:
    paid(stripe_double)
    with pytest.raises(domain.NothingToRefund):
        ask_back(amount=amount)
    with pytest.raises(domain.NothingToRefund):
        ask_back(order_ref="ord_unpaid")


def test_parts_never_exceed_the_whole(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    ask_back("one", amount=euros(2000))
    ask_back("two", amount=euros(2500))
    with pytest.raises(domain.NothingToRefund):
        ask_back("three", amount=euros(1))


def test_the_database_refuses_more_than_was_paid(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    with pytest.raises(IntegrityError, match="refunded_within_paid"), transaction.atomic():
        Payment.objects.update(refunded_minor=4501)


def test_a_payment_can_be_named(stripe_double: StripeDouble) -> None:
    """An order paid twice: the second money goes back, not the first."""
    first = paid(stripe_double)
    second = paid(stripe_double)
    services.execute_refund(ask_back("extra", attempt_id=second.attempt_id))

    rows = {row.attempt_id: row.refunded for row in queries.payments_of("ord_1")}
    assert rows == {first.attempt_id: euros(0), second.attempt_id: TOTAL}


# Sending ------------------------------------------------------------------------------------


def test_a_refund_reaches_stripe_the_books_and_the_outbox(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    done = services.execute_refund(ask_back())

    assert done
    assert done.state is RefundState.SUCCEEDED
    (refund,) = at_stripe(stripe_double)
    assert (refund["amount"], refund["metadata"]["refund"]) == (4500, done.refund_id)
    assert queries.entries_of("ord_1")[-1].postings == {
        LedgerAccount.STRIPE_BALANCE: FEE_MINOR - 4500,
        LedgerAccount.PLATFORM_FEES: -FEE_MINOR,
        LedgerAccount.REFUNDS: 4500,
    }
    assert sums() == {
        LedgerAccount.STRIPE_BALANCE: 0,
        LedgerAccount.PLATFORM_FEES: 0,
        LedgerAccount.SALES: -4500,
        LedgerAccount.REFUNDS: 4500,
    }
    (fact,) = Fact.objects.filter(kind="refund.succeeded")
    assert fact.payload["order_ref"] == "ord_1"
    assert queries.open_refunds("ord_1") == []


def test_a_task_that_comes_twice_refunds_once(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    refund_id = ask_back()
    assert services.execute_refund(refund_id)
    assert services.execute_refund(refund_id) is None
    assert services.execute_refund("ref_nobody") is None
    assert len(at_stripe(stripe_double)) == 1


def test_the_fee_comes_back_in_proportion(stripe_double: StripeDouble, account: str) -> None:
    paid(stripe_double)
    for key, minor in (("a", 1000), ("b", 1001), ("c", 2499)):
        services.execute_refund(ask_back(key, amount=euros(minor)))

    returned = list(Refund.objects.order_by("pk").values_list("returned_fee_minor", flat=True))
    assert returned == [33, 33, 84]
    fees = [
        -row["fee"]
        for row in stripe_double.state(account)["balance_transactions"]
        if row["type"] == "refund"
    ]
    assert returned == fees


def test_without_a_fee_none_is_asked_back(stripe_double: StripeDouble) -> None:
    paid(stripe_double, application_fee_minor=0)
    services.execute_refund(ask_back())
    assert sums()[LedgerAccount.STRIPE_BALANCE] == 0


@pytest.mark.parametrize(
    ("kind", "when", "made"),
    [("drop", "before", 0), ("drop", "after", 1), ("error", "before", 0), ("error", "after", 1)],
)
def test_a_lost_call_is_healed_by_the_next_try(
    stripe_double: StripeDouble, kind: str, when: str, made: int
) -> None:
    """Also a 500 that Stripe would replay for a day: the refund is found by its metadata."""
    paid(stripe_double)
    refund_id = ask_back()
    stripe_double.post("/faults", operation=CREATE, kind=kind, when=when)
    with pytest.raises(domain.StripeUnreachable):
        services.execute_refund(refund_id)
    assert state_of(refund_id) is RefundState.REQUESTED
    assert len(at_stripe(stripe_double)) == made

    assert services.execute_refund(refund_id)

    assert state_of(refund_id) is RefundState.SUCCEEDED
    assert len(at_stripe(stripe_double)) == 1
    assert sums()[LedgerAccount.STRIPE_BALANCE] == 0


@pytest.mark.parametrize("calls_first", [True, False], ids=["after the call", "before the call"])
def test_a_worker_that_dies_is_made_good(
    stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch, calls_first: bool
) -> None:
    paid(stripe_double)
    refund_id = ask_back()
    create: Callable[..., Any] = gateway.create_refund

    def die(**arguments: Any) -> None:
        if calls_first:
            create(**arguments)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "create_refund", die)
        with pytest.raises(SystemExit):
            services.execute_refund(refund_id)
    assert state_of(refund_id) is RefundState.SENDING

    # Its lease keeps others away, and then runs out.
    assert services.execute_refund(refund_id) is None
    assert services.resend_refunds() == 0
    with clock.fixed(clock.now() + refund_services.LEASE + timedelta(seconds=1)):
        assert services.resend_refunds() == 1
        assert services.execute_refund(refund_id)
    assert state_of(refund_id) is RefundState.SUCCEEDED
    assert len(at_stripe(stripe_double)) == 1


def test_a_retry_after_the_idempotency_key_is_forgotten_refunds_once(
    stripe_double: StripeDouble,
) -> None:
    paid(stripe_double)
    refund_id = ask_back(amount=euros(1000))
    stripe_double.post("/faults", operation=CREATE, kind="drop", when="after")
    with pytest.raises(domain.StripeUnreachable):
        services.execute_refund(refund_id)
    stripe_double.post("/clock", advance_s=25 * 3600)

    assert services.execute_refund(refund_id)
    assert [refund["amount"] for refund in at_stripe(stripe_double)] == [1000]


def test_the_sweep_sends_what_was_never_sent(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    ask_back()
    assert services.resend_refunds() == 0  # its own message is still on the way
    with clock.fixed(clock.now() + timedelta(minutes=1)):
        assert services.resend_refunds() == 1


def test_a_refusal_ends_the_refund_and_lets_go_of_the_amount(
    stripe_double: StripeDouble, account: str
) -> None:
    """Somebody refunded everything at Stripe's own pages a moment before."""
    done = paid(stripe_double)
    intent = queries.payments_of("ord_1")[0].payment_intent
    stripe_double.client.v1.refunds.create({"payment_intent": intent}, {"stripe_account": account})
    refund = services.execute_refund(ask_back())

    assert refund
    assert (refund.state, refund.error) == (RefundState.FAILED, "charge_already_refunded")
    assert queries.payments_of("ord_1")[0].refunded == euros(0)
    assert Fact.objects.filter(kind="refund.failed").count() == 1
    assert done.matches


# Hearing ------------------------------------------------------------------------------------


def test_a_pending_refund_is_finished_by_its_event(stripe_double: StripeDouble) -> None:
    paid(stripe_double, card=REFUND_PENDING)
    refund_id = ask_back()
    services.execute_refund(refund_id)
    assert state_of(refund_id) is RefundState.PENDING
    assert [refund.refund_id for refund in queries.open_refunds("ord_1")] == [refund_id]
    assert not Fact.objects.filter(kind="refund.succeeded").exists()

    stripe_double.post("/clock", advance_s=6)
    for _ in range(2):
        hear(stripe_double, *REFUND_EVENTS)

    assert state_of(refund_id) is RefundState.SUCCEEDED
    assert Fact.objects.filter(kind="refund.succeeded").count() == 1
    assert len(queries.entries_of("ord_1")) == 2


def test_a_refund_that_comes_back_is_in_the_books_and_may_be_asked_for_again(
    stripe_double: StripeDouble,
) -> None:
    paid(stripe_double, card=REFUND_FAILS)
    refund_id = ask_back()
    services.execute_refund(refund_id)
    stripe_double.post("/clock", advance_s=6)
    hear(stripe_double, *REFUND_EVENTS)

    found = queries.find_refund(refund_id)
    assert found
    assert (found.state, found.error) == (RefundState.FAILED, "lost_or_stolen_card")
    # The buyer's money is back with the organizer; the platform's fee stays given back.
    assert sums() == {
        LedgerAccount.STRIPE_BALANCE: 4500,
        LedgerAccount.PLATFORM_FEES: 0,
        LedgerAccount.SALES: -4500,
        LedgerAccount.REFUNDS: 0,
    }
    assert queries.payments_of("ord_1")[0].refunded == euros(0)
    assert ask_back("again") != refund_id


def test_events_out_of_order_do_not_turn_a_refund_back(stripe_double: StripeDouble) -> None:
    paid(stripe_double, card=REFUND_FAILS)
    refund_id = ask_back()
    services.execute_refund(refund_id)
    stripe_double.post("/clock", advance_s=6)
    for kinds in (["refund.failed"], ["refund.created"], ["refund.updated"], REFUND_EVENTS):
        hear(stripe_double, *kinds)
    assert state_of(refund_id) is RefundState.FAILED
    assert len(queries.entries_of("ord_1")) == 3


def test_an_event_that_overtakes_the_answer_is_the_same_refund(
    stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(stripe_double)
    refund_id = ask_back()
    create: Callable[..., Any] = gateway.create_refund

    def slowly(**arguments: Any) -> Any:
        answer = create(**arguments)
        hear(stripe_double, *REFUND_EVENTS)
        return answer

    monkeypatch.setattr(gateway, "create_refund", slowly)
    services.execute_refund(refund_id)

    assert state_of(refund_id) is RefundState.SUCCEEDED
    assert Refund.objects.count() == 1
    assert len(queries.entries_of("ord_1")) == 2
    assert Fact.objects.filter(kind="refund.succeeded").count() == 1


def test_a_refund_made_at_stripes_own_pages_is_in_the_books_once(
    stripe_double: StripeDouble, account: str
) -> None:
    paid(stripe_double)
    intent = queries.payments_of("ord_1")[0].payment_intent
    stripe_double.client.v1.refunds.create(
        {"payment_intent": intent, "amount": 1000}, {"stripe_account": account}
    )
    for _ in range(2):
        hear(stripe_double, *REFUND_EVENTS)

    (refund,) = queries.refunds_of("ord_1")
    assert (refund.state, refund.reason) == (RefundState.SUCCEEDED, "Made at Stripe")
    assert sums()[LedgerAccount.REFUNDS] == 1000
    with pytest.raises(domain.NothingToRefund):
        ask_back(amount=euros(3501))


def test_a_refund_made_elsewhere_waits_for_ours_to_be_refused(
    stripe_double: StripeDouble, account: str
) -> None:
    paid(stripe_double)
    refund_id = ask_back()
    intent = queries.payments_of("ord_1")[0].payment_intent
    stripe_double.client.v1.refunds.create({"payment_intent": intent}, {"stripe_account": account})
    with pytest.raises(refund_services.RefundInTheWay):
        hear(stripe_double, *REFUND_EVENTS)
    services.execute_refund(refund_id)
    hear(stripe_double, *REFUND_EVENTS)

    assert state_of(refund_id) is RefundState.FAILED
    assert queries.payments_of("ord_1")[0].refunded == TOTAL
    assert sums()[LedgerAccount.REFUNDS] == 4500


def test_a_refund_of_nobody_is_left_alone(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    services.execute_refund(ask_back())
    event = next(e for e in stripe_double.state()["events"] if e["type"] == "refund.created")
    event["data"]["object"]["payment_intent"] = "pi_of_another_system"
    meaning = domain.interpret(event)
    assert isinstance(meaning, domain.RefundChanged)
    assert services.apply_refund_change(meaning) is None


def test_unmatched_money_goes_back_from_where_it_lies(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    status = services.ask_stripe(attempt.attempt_id)
    assert status.payment
    wrong = PaymentFacts(
        attempt.session_id, status.payment.payment_intent, status.payment.charge, euros(4400)
    )
    services.record_payment(attempt_id=attempt.attempt_id, payment=wrong)
    services.execute_refund(ask_back("mismatch", amount=euros(4400), attempt_id=attempt.attempt_id))
    assert sums()[LedgerAccount.UNMATCHED] == 0
    assert LedgerAccount.SALES not in sums()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount_minor": 0}, "refund_is_money|refund_fee_within_amount"),
        ({"state": "succeeded"}, "refund_done_is_known_to_stripe"),
        ({"returned_fee_minor": 4501}, "refund_fee_within_amount"),
        ({"state": "dancing"}, "refund_state_known"),
    ],
)
def test_the_database_refuses_what_can_never_be(
    stripe_double: StripeDouble, changes: dict[str, Any], name: str
) -> None:
    paid(stripe_double)
    ask_back()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Refund.objects.update(**changes)
