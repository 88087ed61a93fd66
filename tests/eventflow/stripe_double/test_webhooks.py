"""Webhooks: signed, retried, and as late, lost, doubled or mixed up as a switch says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.support.stripe import Receiver, StripeDouble, wait_until

New = Callable[..., stripe.checkout.Session]
AFTER_PAYMENT = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


@pytest.fixture
def endpoint(stripe_double: StripeDouble, receiver: Receiver) -> stripe.WebhookEndpoint:
    made = stripe_double.client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["*"], "connect": True}
    )
    assert made.secret
    receiver.secret = made.secret
    stripe_double.post("/webhooks", retry_base_s=0.05)
    return made


@pytest.mark.usefixtures("endpoint")
def test_events_arrive_signed_with_their_account(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver, account: str
) -> None:
    stripe_double.pay(new_session().id)

    assert receiver.wait_for(4) == AFTER_PAYMENT
    for body, signature in zip(receiver.bodies, receiver.signatures, strict=True):
        event = stripe.Webhook.construct_event(body, signature, receiver.secret)
        assert event.account == account
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, receiver.secret)


@pytest.mark.usefixtures("endpoint")
def test_what_is_delivered_is_what_the_api_lists(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver, account: str
) -> None:
    stripe_double.pay(new_session().id)
    receiver.wait_for(4)
    event = receiver.events[-1]
    found = stripe_double.client.v1.events.retrieve(event["id"], {}, {"stripe_account": account})
    assert found.type == event["type"]
    assert found.data.object["id"] == event["data"]["object"]["id"]


def test_the_secret_is_told_once(
    stripe_double: StripeDouble, endpoint: stripe.WebhookEndpoint
) -> None:
    listed = stripe_double.client.v1.webhook_endpoints.list().data
    assert [found.id for found in listed] == [endpoint.id]
    assert "secret" not in listed[0]


def test_an_endpoint_hears_only_what_it_enabled(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver
) -> None:
    stripe_double.client.v1.webhook_endpoints.create(
        {
            "url": receiver.url,
            "enabled_events": ["checkout.session.completed"],
            "connect": True,
        }
    )
    stripe_double.client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["application_fee.created"]}
    )
    stripe_double.pay(new_session().id)
    assert sorted(receiver.wait_for(2)) == ["application_fee.created", "checkout.session.completed"]


@pytest.mark.usefixtures("endpoint")
def test_a_refused_delivery_is_tried_again(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver
) -> None:
    receiver.answers = [500, 503, 302]
    session = new_session()
    stripe_double.client.v1.checkout.sessions.expire(
        session.id, {}, {"stripe_account": stripe_double.state()["accounts"][0]["id"]}
    )
    receiver.wait_for(4)

    wait_until(lambda: stripe_double.state()["deliveries"][0]["state"] == "delivered")
    delivery = stripe_double.state()["deliveries"][0]
    assert [attempt["answer"] for attempt in delivery["attempts"]] == [500, 503, 302, 200]
    assert len({event["id"] for event in receiver.events}) == 1


@pytest.mark.usefixtures("endpoint")
def test_tries_are_bounded(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver
) -> None:
    stripe_double.post("/webhooks", max_attempts=2, drop_next=3)
    receiver.answers = [500] * 5
    stripe_double.pay(new_session().id)
    wait_until(lambda: stripe_double.state()["deliveries"][-1]["state"] == "failed")

    assert [row["state"] for row in stripe_double.state()["deliveries"]] == ["dropped"] * 3 + [
        "failed"
    ]
    assert receiver.kinds == ["checkout.session.completed"] * 2


@pytest.mark.usefixtures("endpoint")
def test_the_clock_brings_a_retry_nearer(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver
) -> None:
    stripe_double.post("/webhooks", retry_base_s=3000.0, drop_next=3)
    receiver.answers = [500]
    stripe_double.pay(new_session().id)
    receiver.wait_for(1)
    wait_until(lambda: len(stripe_double.state()["deliveries"][-1]["attempts"]) == 1)
    stripe_double.post("/clock", advance_s=3600)
    receiver.wait_for(2)


@pytest.mark.usefixtures("endpoint")
def test_a_nobody_at_home_is_tried_again(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    stripe_double.client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"], "connect": True}
    )
    new_session()
    stripe_double.pay(stripe_double.state()["sessions"][0]["id"])
    wait_until(
        lambda: any(
            attempt["answer"] == "ConnectError"
            for row in stripe_double.state()["deliveries"]
            for attempt in row["attempts"]
        )
    )


SWITCHED: list[tuple[dict[str, Any], list[str]]] = [
    ({"drop_next": 2}, AFTER_PAYMENT[2:]),
    ({"reorder_next": 4}, AFTER_PAYMENT[::-1]),
    ({"repeat": 1}, [kind for kind in AFTER_PAYMENT for _ in range(2)]),
    ({"reorder_next": 2}, [*AFTER_PAYMENT[:2][::-1], *AFTER_PAYMENT[2:]]),
    ({"delay_s": 0.3}, AFTER_PAYMENT),
]


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(("switches", "arrived"), SWITCHED)
def test_a_switch_changes_how_they_travel(
    stripe_double: StripeDouble,
    new_session: New,
    receiver: Receiver,
    switches: dict[str, Any],
    arrived: list[str],
) -> None:
    stripe_double.post("/webhooks", **switches)
    stripe_double.pay(new_session().id)
    assert receiver.wait_for(len(arrived)) == arrived


@pytest.mark.usefixtures("endpoint")
def test_held_deliveries_leave_when_told_and_in_the_order_told(
    stripe_double: StripeDouble, new_session: New, receiver: Receiver
) -> None:
    stripe_double.post("/webhooks", hold_next=4)
    stripe_double.pay(new_session().id)
    held = stripe_double.state()["deliveries"]
    assert states(stripe_double) == ["held"] * 4
    assert receiver.bodies == []

    order = [held[3]["event"], held[0]["event"]]
    assert stripe_double.post("/webhooks/deliver", events=order) == {"released": 2}
    assert receiver.wait_for(2) == [AFTER_PAYMENT[3], AFTER_PAYMENT[0]]
    # The receiver has the second one a moment before the double has its answer.
    wait_until(lambda: "waiting" not in states(stripe_double))
    assert stripe_double.post("/webhooks/deliver") == {"released": 2}
    assert receiver.wait_for(4)[2:] == AFTER_PAYMENT[1:3]


def states(stripe_double: StripeDouble) -> list[str]:
    return [row["state"] for row in stripe_double.state()["deliveries"]]


def test_unknown_switches_are_refused(stripe_double: StripeDouble) -> None:
    for body in ({"colour": 1}, {"repeat": "x"}, {"repeat": -1}, {"paused": 1}):
        answer = stripe_double.http.post("/_double/webhooks", content=json.dumps(body))
        assert answer.status_code == 400
    for path in ("/_double/faults", "/_double/latency", "/_double/clock", "/_double/accounts"):
        for content in ("{", "[]", '{"x": 1}'):
            assert stripe_double.http.post(path, content=content).status_code == 400
