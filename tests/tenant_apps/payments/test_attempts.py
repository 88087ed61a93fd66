"""From prepared to paid, or to over, with a failure before and after each call to Stripe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel import clock
from kernel.money import Money
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.payments import domain, gateway, queries, services
from tenant_apps.payments.domain import (
    AttemptState,
    LedgerAccount,
    Outcome,
    PaymentFacts,
    SessionState,
)
from tenant_apps.payments.models import Account, Attempt, Payment
from tests.support.payments import FEE_MINOR, TOTAL, connect, open_new, paid, prepare, record
from tests.support.stripe import DECLINED, StripeDouble

pytestmark = pytest.mark.usefixtures("account")
CREATE = "checkout.sessions.create"
EXPIRE = "checkout.sessions.expire"
RETRIEVE = "checkout.sessions.retrieve"


def state_of(attempt_id: str) -> str:
    return queries.get_attempt(attempt_id).state


def sessions(double: StripeDouble) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = double.state()["sessions"]
    return found


def break_next(double: StripeDouble, operation: str, **how: Any) -> None:
    double.post("/faults", operation=operation, **how)


# Preparing ----------------------------------------------------------------------------------


def test_everything_is_written_down_before_stripe_is_asked(stripe_double: StripeDouble) -> None:
    attempt = prepare()

    assert (attempt.state, attempt.url, attempt.session_id) == (AttemptState.PREPARED, "", "")
    assert attempt.attempt_id.startswith("pay_")
    parameters = Attempt.objects.get().parameters
    assert parameters["expires_at"] == int(attempt.expires_at.timestamp())
    assert parameters["client_reference_id"] == attempt.attempt_id
    assert sessions(stripe_double) == []


def test_an_order_has_one_open_attempt() -> None:
    assert prepare().attempt_id == prepare().attempt_id
    assert prepare("ord_2").attempt_id != prepare().attempt_id


def test_another_amount_is_not_the_same_attempt() -> None:
    prepare()
    lines = [domain.LineForPayment("Seat", 1000, 1)]
    with pytest.raises(domain.AttemptDiffers):
        prepare(amount=Money(1000, "EUR"), lines=lines)
    assert Attempt.objects.count() == 1


def test_lines_must_add_up() -> None:
    with pytest.raises(domain.LinesDoNotAddUp):
        prepare(amount=Money(4501, "EUR"))


def test_without_an_account_nothing_is_prepared() -> None:
    Account.objects.all().delete()
    with pytest.raises(domain.PaymentsNotConnected):
        prepare()


def test_an_account_that_may_not_charge_prepares_nothing(
    stripe_double: StripeDouble, account: str
) -> None:
    stripe_double.post("/accounts", id=account, charges_enabled=False)
    body = stripe_double.state()["events"][-1]
    meaning = domain.interpret(body)
    assert isinstance(meaning, domain.AccountChanged)
    assert services.refresh_account(meaning.stripe_account)
    with pytest.raises(domain.PaymentsNotConnected):
        prepare()


# Opening ------------------------------------------------------------------------------------


def test_an_opened_attempt_has_a_page(stripe_double: StripeDouble, account: str) -> None:
    attempt = open_new()

    assert attempt.state is AttemptState.OPEN
    assert attempt.url.endswith(attempt.session_id)
    (session,) = sessions(stripe_double)
    assert session["_account"] == account
    assert (session["amount_total"], session["currency"]) == (4500, "eur")
    assert session["customer_email"] == "buyer@example.org"


def test_opening_twice_is_one_session(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    assert services.open_attempt(attempt.attempt_id) == attempt
    assert len(sessions(stripe_double)) == 1


@pytest.mark.parametrize(
    ("kind", "when", "made"),
    [
        ("drop", "before", 0),
        ("drop", "after", 1),
        ("error", "before", 0),
        ("timeout", "after", 1),
    ],
)
def test_a_lost_call_is_healed_by_the_same_call(
    stripe_double: StripeDouble, kind: str, when: str, made: int
) -> None:
    attempt_id = prepare().attempt_id
    break_next(stripe_double, CREATE, kind=kind, when=when, seconds=0.2)
    with pytest.raises(domain.StripeUnreachable):
        services.open_attempt(attempt_id)
    assert state_of(attempt_id) == AttemptState.PREPARED
    assert len(sessions(stripe_double)) == made

    attempt = services.open_attempt(attempt_id)

    assert attempt.state is AttemptState.OPEN
    assert [session["id"] for session in sessions(stripe_double)] == [attempt.session_id]


def test_a_crash_between_the_call_and_the_record_is_healed(
    stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenant_apps.payments import gateway

    attempt_id = prepare().attempt_id
    create: Callable[..., Any] = gateway.create_session

    def crash(**arguments: Any) -> None:
        create(**arguments)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "create_session", crash)
        with pytest.raises(SystemExit):
            services.open_attempt(attempt_id)

    assert services.open_attempt(attempt_id).state is AttemptState.OPEN
    assert len(sessions(stripe_double)) == 1


def test_the_library_itself_calls_again(stripe_double: StripeDouble, settings: Any) -> None:
    settings.STRIPE_MAX_RETRIES = 1
    break_next(stripe_double, CREATE, kind="drop", when="after")
    assert open_new().state is AttemptState.OPEN
    assert len(sessions(stripe_double)) == 1


def test_what_stripe_refuses_is_over_and_another_attempt_may_follow(
    stripe_double: StripeDouble,
) -> None:
    attempt_id = prepare(email="nobody").attempt_id
    with pytest.raises(domain.StripeRefused) as refusal:
        services.open_attempt(attempt_id)

    assert refusal.value.details["reason"] == "email_invalid"
    assert state_of(attempt_id) == AttemptState.REFUSED
    assert Attempt.objects.get().error == "email_invalid customer_email"
    assert open_new().state is AttemptState.OPEN


def test_a_call_that_comes_too_late_for_its_own_end_is_refused(
    stripe_double: StripeDouble,
) -> None:
    """A crash, then a sweep an hour later: expires_at was written down and is past."""
    attempt_id = prepare().attempt_id
    stripe_double.post("/clock", advance_s=3600)
    with pytest.raises(domain.StripeRefused):
        services.open_attempt(attempt_id)
    assert state_of(attempt_id) == AttemptState.REFUSED


def test_a_wrong_key_is_no_word_about_the_attempt(settings: Any) -> None:
    attempt_id = prepare().attempt_id
    settings.STRIPE_API_KEY = "sk_test_rotated_away"
    with pytest.raises(domain.StripeUnreachable):
        services.open_attempt(attempt_id)
    assert state_of(attempt_id) == AttemptState.PREPARED


def test_nobody_at_home_is_unreachable(settings: Any) -> None:
    attempt_id = prepare().attempt_id
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(domain.StripeUnreachable):
        services.open_attempt(attempt_id)


def test_stripe_is_never_called_in_a_transaction(live_account: str) -> None:
    attempt_id = prepare().attempt_id
    for call in (services.open_attempt, services.expire_attempt, services.ask_stripe):
        with transaction.atomic(), pytest.raises(RuntimeError, match="in no transaction"):
            call(attempt_id)


def test_an_attempt_given_up_while_stripe_was_thinking_is_never_shown(
    stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenant_apps.payments import gateway

    attempt_id = prepare().attempt_id
    create: Callable[..., Any] = gateway.create_session

    def slowly(**arguments: Any) -> Any:
        assert services.expire_attempt(attempt_id) is Outcome.EXPIRED
        return create(**arguments)

    monkeypatch.setattr(gateway, "create_session", slowly)
    attempt = services.open_attempt(attempt_id)

    assert (attempt.state, attempt.url) == (AttemptState.EXPIRED, "")
    assert [session["status"] for session in sessions(stripe_double)] == ["expired"]


# Asking and ending --------------------------------------------------------------------------


def test_stripe_says_how_a_session_stands(stripe_double: StripeDouble) -> None:
    attempt_id = prepare().attempt_id
    assert services.ask_stripe(attempt_id).state is SessionState.UNOPENED
    attempt = services.open_attempt(attempt_id)
    assert services.ask_stripe(attempt_id).state is SessionState.OPEN
    stripe_double.pay(attempt.session_id, DECLINED)
    assert services.ask_stripe(attempt_id).state is SessionState.OPEN
    stripe_double.pay(attempt.session_id)

    status = services.ask_stripe(attempt_id)

    assert status.state is SessionState.PAID
    assert status.payment
    assert status.payment.amount == TOTAL
    assert status.payment.payment_intent.startswith("pi_")
    assert status.payment.charge.startswith("ch_")


def test_an_open_attempt_is_expired_at_stripe_too(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    assert services.expire_attempt(attempt.attempt_id) is Outcome.EXPIRED
    assert state_of(attempt.attempt_id) == AttemptState.EXPIRED
    assert sessions(stripe_double)[0]["status"] == "expired"
    assert services.expire_attempt(attempt.attempt_id) is Outcome.EXPIRED


def test_a_prepared_attempt_ends_without_stripe(stripe_double: StripeDouble) -> None:
    attempt_id = prepare().attempt_id
    break_next(stripe_double, "*", kind="drop")
    assert services.expire_attempt(attempt_id) is Outcome.EXPIRED
    stripe_double.control("DELETE", "/faults")
    assert services.open_attempt(attempt_id).state is AttemptState.EXPIRED
    assert sessions(stripe_double) == []


def test_already_complete_means_paid(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    assert services.expire_attempt(attempt.attempt_id) is Outcome.PAID
    # What the money is for is decided by the caller, who records it.
    assert state_of(attempt.attempt_id) == AttemptState.OPEN
    record(attempt.attempt_id)
    assert services.expire_attempt(attempt.attempt_id) is Outcome.PAID


def test_already_expired_means_expired(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.post("/clock", advance_s=3600)
    assert services.expire_attempt(attempt.attempt_id) is Outcome.EXPIRED


@pytest.mark.parametrize("when", ["before", "after"])
def test_while_stripe_is_unreachable_the_attempt_may_still_be_paid(
    stripe_double: StripeDouble, when: str
) -> None:
    attempt = open_new()
    break_next(stripe_double, EXPIRE, kind="drop", when=when)
    assert services.expire_attempt(attempt.attempt_id) is Outcome.UNREACHABLE
    assert state_of(attempt.attempt_id) == AttemptState.OPEN
    assert services.expire_attempt(attempt.attempt_id) is Outcome.EXPIRED


def test_unreachable_past_the_sessions_own_end_is_over(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    break_next(stripe_double, EXPIRE, kind="drop", count=3)
    for minutes, outcome in ((-1, Outcome.UNREACHABLE), (4, Outcome.UNREACHABLE)):
        with clock.fixed(attempt.expires_at + timedelta(minutes=minutes)):
            assert services.expire_attempt(attempt.attempt_id) is outcome
    with clock.fixed(attempt.expires_at + timedelta(minutes=6)):
        assert services.expire_attempt(attempt.attempt_id) is Outcome.EXPIRED


def test_a_crash_gives_nothing_up_that_is_not_asked_about_later(
    stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = open_new()
    break_next(stripe_double, EXPIRE, kind="drop", count=2)
    with clock.fixed(attempt.expires_at + timedelta(minutes=6)):
        with monkeypatch.context() as broken:
            broken.setattr(domain, "next_asking", lambda *_: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                services.expire_attempt(attempt.attempt_id)
        assert state_of(attempt.attempt_id) == AttemptState.OPEN
        assert services.expire_attempt(attempt.attempt_id) is Outcome.EXPIRED


def test_an_answer_that_is_lost_twice_is_unreachable(stripe_double: StripeDouble) -> None:
    """Expire is refused because it is paid, and the question why gets no answer."""
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    break_next(stripe_double, RETRIEVE, kind="drop")
    assert services.expire_attempt(attempt.attempt_id) is Outcome.UNREACHABLE
    assert services.expire_attempt(attempt.attempt_id) is Outcome.PAID


def test_stripes_own_expiry_is_noted_and_never_undoes_a_payment(
    stripe_double: StripeDouble,
) -> None:
    over, done = open_new("ord_1"), paid(stripe_double, "ord_2")
    services.record_session_expired(attempt_id=over.attempt_id, session_id=over.session_id)
    assert state_of(over.attempt_id) == AttemptState.EXPIRED
    kept = queries.get_attempt(done.attempt_id)
    services.record_session_expired(attempt_id=kept.attempt_id, session_id=kept.session_id)
    assert state_of(kept.attempt_id) == AttemptState.PAID


# Recording ----------------------------------------------------------------------------------


def test_a_payment_is_in_the_books_once(stripe_double: StripeDouble) -> None:
    first = paid(stripe_double)
    again = record(first.attempt_id)

    assert (first.is_new, first.matches, first.late) == (True, True, False)
    assert (again.is_new, again.matches) == (False, True)
    (entry,) = queries.entries_of("ord_1")
    assert entry.postings == {
        LedgerAccount.STRIPE_BALANCE: 4500 - FEE_MINOR,
        LedgerAccount.PLATFORM_FEES: FEE_MINOR,
        LedgerAccount.SALES: -4500,
    }
    assert state_of(first.attempt_id) == AttemptState.PAID


def test_a_paid_order_may_not_be_attempted_behind_its_back(stripe_double: StripeDouble) -> None:
    done = paid(stripe_double)
    assert services.open_attempt(done.attempt_id).state is AttemptState.PAID


def facts(attempt_id: str, amount: Money, **changes: str) -> PaymentFacts:
    values = {"session_id": queries.get_attempt(attempt_id).session_id or "cs_1"}
    values |= {"payment_intent": "pi_1", "charge": "ch_1"} | changes
    return PaymentFacts(amount=amount, **values)


@pytest.mark.parametrize("amount", [Money(4499, "EUR"), Money(4501, "EUR"), Money(4500, "USD")])
def test_a_wrong_amount_is_recognised_and_kept(amount: Money) -> None:
    attempt_id = open_new().attempt_id
    with transaction.atomic():
        recorded = services.record_payment(attempt_id=attempt_id, payment=facts(attempt_id, amount))

    assert not recorded.matches
    assert (recorded.amount, recorded.expected) == (amount, TOTAL)
    assert {(b.account, b.total) for b in queries.balances()} >= {
        (LedgerAccount.UNMATCHED, -amount)
    }
    assert LedgerAccount.SALES not in {b.account for b in queries.balances()}


def test_money_for_an_attempt_given_up_is_late_and_kept() -> None:
    attempt_id = open_new().attempt_id
    services.expire_attempt(attempt_id)
    payment = facts(attempt_id, TOTAL)
    for is_new in (True, False):
        with transaction.atomic():
            recorded = services.record_payment(attempt_id=attempt_id, payment=payment)
        assert (recorded.late, recorded.matches, recorded.is_new) == (True, True, is_new)


def test_an_event_that_overtakes_the_answer_finds_its_attempt() -> None:
    attempt_id = prepare().attempt_id
    found = queries.attempt_of_session("cs_9", attempt_id)
    assert found
    assert found.attempt_id == attempt_id
    with transaction.atomic():
        services.record_payment(
            attempt_id=attempt_id, payment=facts(attempt_id, TOTAL, session_id="cs_9")
        )
    assert queries.get_attempt(attempt_id).session_id == "cs_9"


def test_a_session_of_another_attempt_is_not_believed() -> None:
    attempt_id = open_new().attempt_id
    assert queries.attempt_of_session("cs_other", attempt_id) is None
    with pytest.raises(domain.NoSuchAttempt):
        services.record_payment(
            attempt_id=attempt_id, payment=facts(attempt_id, TOTAL, session_id="cs_other")
        )


def test_a_charge_that_is_learned_later_is_kept(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    status = services.ask_stripe(attempt.attempt_id)
    assert status.payment
    without = PaymentFacts(
        attempt.session_id, status.payment.payment_intent, "", status.payment.amount
    )
    for payment in (without, status.payment, without):
        services.record_payment(attempt_id=attempt.attempt_id, payment=payment)
    assert Payment.objects.get().charge == status.payment.charge


def test_a_payment_that_is_rolled_back_leaves_nothing(stripe_double: StripeDouble) -> None:
    attempt = open_new()
    stripe_double.pay(attempt.session_id)
    payment = services.ask_stripe(attempt.attempt_id).payment
    assert payment
    with transaction.atomic():
        services.record_payment(attempt_id=attempt.attempt_id, payment=payment)
        transaction.set_rollback(True)
    assert queries.entries_of("ord_1") == []
    assert record(attempt.attempt_id).is_new


# The account and the events -----------------------------------------------------------------


def test_an_account_stripe_does_not_know_is_refused() -> None:
    with pytest.raises(domain.StripeRefused):
        services.connect_account(account_id="acct_nobody", actor=SYSTEM)


def test_only_who_may_manage_payments_connects_an_account(account: str) -> None:
    with pytest.raises(NotPermitted):
        services.connect_account(account_id=account, actor=BUYER)


def test_another_account_takes_the_place_of_the_first(
    stripe_double: StripeDouble, account: str
) -> None:
    attempt = prepare()
    other = connect(stripe_double)

    now = queries.account()
    assert now
    assert now.stripe_account == other
    assert Account.objects.count() == 1
    # What was begun on the first account is finished there.
    services.open_attempt(attempt.attempt_id)
    assert sessions(stripe_double)[0]["_account"] == account


def may_charge(account: str) -> bool:
    return Account.objects.get(stripe_account=account).charges_enabled


def test_an_older_word_on_the_account_does_not_undo_a_newer_one(
    stripe_double: StripeDouble, account: str
) -> None:
    for enabled in (False, True):
        stripe_double.post("/accounts", id=account, charges_enabled=enabled)
    older, newer = stripe_double.state()["events"][-2:]
    for event in (newer, older):
        meaning = domain.interpret(event)
        assert isinstance(meaning, domain.AccountChanged)
        services.refresh_account(meaning.stripe_account)
    assert not older["data"]["object"]["charges_enabled"]
    assert may_charge(account)


def test_an_answer_that_is_slow_does_not_undo_one_that_was_asked_for_later(
    stripe_double: StripeDouble, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = gateway.retrieve_account

    def overtaken(account_id: str) -> domain.AccountRecord:
        answer = ask(account_id)
        monkeypatch.setattr(gateway, "retrieve_account", ask)
        stripe_double.post("/accounts", id=account, charges_enabled=False)
        assert services.refresh_account(account)
        return answer

    monkeypatch.setattr(gateway, "retrieve_account", overtaken)
    assert not services.refresh_account(account)
    assert not may_charge(account)


def test_a_word_on_an_account_that_is_not_ours_asks_nobody(account: str) -> None:
    assert not services.refresh_account("acct_nobody")


def test_an_event_is_kept_once_and_the_first_stands() -> None:
    for body in ({"n": 1}, {"n": 2}):
        services.store_provider_event(event_id="evt_1", type="x", account="acct_1", body=body)
    assert queries.provider_event("evt_1") == {"n": 1}
    with pytest.raises(domain.NoSuchEvent):
        queries.provider_event("evt_2")


# What the database itself refuses -----------------------------------------------------------


def test_the_database_refuses_a_second_open_attempt() -> None:
    attempt_id = prepare().attempt_id
    row = Attempt.objects.get(public_id=attempt_id)
    row.pk, row.public_id = None, "pay_other"
    with pytest.raises(IntegrityError, match="one_open_attempt_per_order"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount_minor": 0}, "attempt_asks_for_money"),
        ({"application_fee_minor": 4501}, "attempt_fee_within_amount"),
        ({"state": "open"}, "attempt_open_has_session"),
        ({"state": "paid"}, "attempt_closed_when_over"),
        ({"state": "dancing"}, "attempt_closed_when_over"),
    ],
)
def test_the_database_refuses_what_can_never_be(changes: dict[str, Any], name: str) -> None:
    prepare()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Attempt.objects.update(**changes)
