"""Idempotency keys as Stripe defines them: https://docs.stripe.com/api/idempotent_requests"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.support.stripe import StripeDouble, session_params

New = Callable[..., stripe.checkout.Session]


def sessions(double: StripeDouble) -> list[str]:
    return [session["id"] for session in double.state()["sessions"]]


def test_the_same_key_and_parameters_give_the_first_answer(
    stripe_double: StripeDouble, new_session: New
) -> None:
    first, second = new_session(key="pay_1"), new_session(key="pay_1")

    assert first.id == second.id
    assert len(sessions(stripe_double)) == 1
    assert second.last_response
    headers: Any = second.last_response.headers
    assert headers["Idempotent-Replayed"] == "true"


def test_the_replay_shows_the_first_answer_also_when_the_world_has_moved_on(
    stripe_double: StripeDouble, new_session: New
) -> None:
    first = new_session(key="pay_1")
    stripe_double.pay(first.id)

    assert new_session(key="pay_1").status == "open"


def test_other_parameters_under_the_same_key_are_refused(new_session: New) -> None:
    new_session(key="pay_1")
    with pytest.raises(stripe.IdempotencyError) as refusal:
        new_session(key="pay_1", locale="de")
    assert refusal.value.http_status == 400


def test_keys_belong_to_an_account(stripe_double: StripeDouble, new_session: New) -> None:
    first = new_session(key="pay_1")
    other = stripe_double.new_account()
    params: Any = session_params()
    second = stripe_double.client.v1.checkout.sessions.create(
        params, {"stripe_account": other, "idempotency_key": "pay_1"}
    )
    assert first.id != second.id


def test_a_refusal_after_execution_began_is_remembered(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    stripe_double.pay(session.id)
    intent = stripe_double.state()["payment_intents"][0]["id"]

    def refund(amount: int, key: str) -> stripe.Refund:
        return stripe_double.client.v1.refunds.create(
            {"payment_intent": intent, "amount": amount},
            {"stripe_account": account, "idempotency_key": key},
        )

    refund(4000, "ref_1")
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            refund(4000, "ref_2")
    headers: Any = refusal.value.headers
    assert headers["Idempotent-Replayed"] == "true"


def test_a_refusal_of_parameters_is_not_remembered(new_session: New) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        new_session(key="pay_1", locale="tlh")
    assert new_session(key="pay_1").status == "open"


def test_a_500_after_execution_is_replayed(stripe_double: StripeDouble, new_session: New) -> None:
    stripe_double.post("/faults", operation="checkout.sessions.create", when="after")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as refusal:
            new_session(key="pay_1")
        assert refusal.value.http_status == 500
    assert len(sessions(stripe_double)) == 1


def test_a_500_before_execution_is_not_remembered(
    stripe_double: StripeDouble, new_session: New
) -> None:
    stripe_double.post("/faults", operation="checkout.sessions.create", when="before")
    with pytest.raises(stripe.APIError):
        new_session(key="pay_1")
    assert new_session(key="pay_1").status == "open"
    assert len(sessions(stripe_double)) == 1


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_cut_connection_is_healed_by_the_same_call(
    stripe_double: StripeDouble, new_session: New, when: str, made: int
) -> None:
    stripe_double.post("/faults", kind="drop", when=when)
    with pytest.raises(stripe.APIConnectionError):
        new_session(key="pay_1")
    assert len(sessions(stripe_double)) == made

    assert new_session(key="pay_1").status == "open"
    assert len(sessions(stripe_double)) == 1


def test_a_key_in_use_is_409(stripe_double: StripeDouble, account: str) -> None:
    stripe_double.post("/latency", seconds=0.5)
    answers: list[int] = []

    def create() -> None:
        answer = stripe_double.call(
            "POST",
            "/v1/checkout/sessions",
            account=account,
            headers={"Idempotency-Key": "pay_1"},
            data={
                "mode": "payment",
                "success_url": "http://a.example",
                "line_items[0][price_data][currency]": "eur",
                "line_items[0][price_data][unit_amount]": "1000",
                "line_items[0][price_data][product_data][name]": "Seat",
                "line_items[0][quantity]": "1",
            },
        )
        answers.append(answer.status_code)
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "idempotency_key_in_use"

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 409, 409]
    assert len(sessions(stripe_double)) == 1


def test_a_key_is_forgotten_after_24_hours(stripe_double: StripeDouble, new_session: New) -> None:
    first = new_session(key="pay_1")
    stripe_double.post("/clock", advance_s=24 * 3600 + 1)
    assert new_session(key="pay_1").id != first.id
