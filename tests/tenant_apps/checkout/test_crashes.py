"""A crash before and after each step of a sale: the same request again puts it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from redis import Redis

from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import services
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.models import ONE_LIVE_CLAIM, Claim
from tenant_apps.orders.models import Order
from tenant_apps.payments import gateway
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.tickets import queries as tickets
from tests.support.checkout import ANNA, BERT, cart, connect, events_of, pay, send_webhook, start
from tests.support.queue import drain
from tests.support.races import all_at_once
from tests.support.sale import put_on_sale
from tests.support.stripe import StripeDouble


class PowerCut(BaseException):
    """The process is gone: nothing in the product may catch this."""


@pytest.fixture
def account(live_tenant: TenantRecord, stripe_double: StripeDouble) -> str:
    return connect(stripe_double)


def cut_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """The first call never happens."""
    real = getattr(owner, name)
    calls: list[int] = []

    def wrapped(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise PowerCut
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, wrapped)


def cut_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """The first call happens, and nobody hears of it."""
    real = getattr(owner, name)
    calls: list[int] = []

    def wrapped(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        result = real(*arguments, **options)
        if len(calls) == 1:
            raise PowerCut
        return result

    monkeypatch.setattr(owner, name, wrapped)


Cut = Callable[[pytest.MonkeyPatch, Any, str], None]


@pytest.mark.parametrize("cut", [cut_before, cut_after])
@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (inventory, "keep_for_checkout"),
        (inventory, "claim_places"),
        (payment_services, "prepare_attempt"),
        (inventory, "settle"),
        (inventory, "record_settled"),
        (payment_services, "open_attempt"),
        (gateway, "create_session"),
    ],
)
def test_a_checkout_cut_off_anywhere_is_one_order_in_the_end(
    account: str,
    stripe_double: StripeDouble,
    monkeypatch: pytest.MonkeyPatch,
    cut: Cut,
    owner: Any,
    step: str,
) -> None:
    performance = put_on_sale()
    part = cart(performance, [3, 4])
    cut(monkeypatch, owner, step)
    with pytest.raises(PowerCut):
        start(part)
    started = start(part)
    assert pay(stripe_double, started.order_id) == "paid"
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    [order] = Order.objects.all()
    assert order.state == "paid"
    assert Claim.objects.live().count() == 2
    assert len(tickets.tickets_of_order(order.public_id)) == 2
    listed = stripe_double.client.v1.checkout.sessions.list(options={"stripe_account": account})
    assert len(listed.data) == 1


@pytest.mark.parametrize("cut", [cut_before, cut_after])
@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (payment_services, "record_payment"),
        (services.paying.issuing, "give_tickets"),
    ],
)
def test_a_webhook_cut_off_anywhere_pays_once_in_the_end(
    account: str,
    stripe_double: StripeDouble,
    monkeypatch: pytest.MonkeyPatch,
    cut: Cut,
    owner: Any,
    step: str,
) -> None:
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id)
    [event] = events_of(stripe_double, account, "checkout.session.completed")
    send_webhook(event)
    cut(monkeypatch, owner, step)
    with pytest.raises(PowerCut):
        services.apply_payment_event(event_id=event["id"])
    services.apply_payment_event(event_id=event["id"])
    [order] = Order.objects.all()
    assert order.state == "paid"
    assert len(tickets.tickets_of_order(order.public_id)) == 1
    assert len(payments.payments_of(order.public_id)) == 1


@pytest.mark.parametrize("cut", [cut_before, cut_after])
@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (inventory, "release_claims"),
        (inventory, "free"),
        (gateway, "create_refund"),
    ],
)
def test_a_refund_cut_off_anywhere_gives_back_once(
    account: str,
    stripe_double: StripeDouble,
    monkeypatch: pytest.MonkeyPatch,
    cut: Cut,
    owner: Any,
    step: str,
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    pay(stripe_double, started.order_id)
    services.refresh_order(order_id=started.order_id)
    cut(monkeypatch, owner, step)
    for _ in range(2):
        try:
            services.refund_order(order_id=started.order_id, reason="rain", actor=SYSTEM)
            drain()
        except PowerCut:
            continue
    [refund] = payments.refunds_of(started.order_id)
    if step == "create_refund":
        # The lease of the lost worker has to run out; the sweep then sends it again.
        from datetime import timedelta

        from kernel import clock

        with clock.fixed(clock.now() + timedelta(minutes=10)):
            payment_services.execute_refund(refund.refund_id)
        drain()
    assert Order.objects.get().state == "refunded"
    listed = stripe_double.client.v1.refunds.list(options={"stripe_account": account})
    assert [one.amount for one in listed.data] == [4_000]
    assert inventory.snapshot(performance.pk).places[3] == 0


def test_two_tabs_at_once_are_one_order(
    live_tenant: TenantRecord, account: str, stripe_double: StripeDouble
) -> None:
    part = cart(put_on_sale(), [3, 4])
    started: list[Any] = []

    def act(number: int, gate: Barrier) -> None:
        gate.wait()
        started.append(start(part))

    assert all_at_once(live_tenant.schema_name, 6, act) == {"done": 6}
    assert len(set(started)) == 1
    assert Order.objects.count() == 1
    listed = stripe_double.client.v1.checkout.sessions.list(options={"stripe_account": account})
    assert len(listed.data) == 1


def both_hold_the_same_seat(performance: Any, valkey: Redis) -> tuple[Any, Any]:
    """Valkey is emptied between the two holds, so both buyers believe that the seat is theirs."""
    first = cart(performance, [3])
    valkey.flushdb()
    second = cart(performance, [3], session=BERT)
    return first, second


def forget_both_holds_again(monkeypatch: pytest.MonkeyPatch, performance: Any) -> None:
    """Whoever asks Valkey is told that the hold is good: it knows no better."""
    from datetime import UTC, datetime

    from tenant_apps.inventory.domain import Hold

    monkeypatch.setattr(
        inventory,
        "keep_for_checkout",
        lambda *, performance_id, session, hold_id: Hold(
            hold_id, (3,), datetime(2099, 1, 1, tzinfo=UTC), 600, 0
        ),
    )


@pytest.fixture
def no_constraint(live_tenant: TenantRecord) -> Iterator[None]:
    with tenant_context(live_tenant.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [ONE_LIVE_CLAIM])
        definition = cursor.fetchone()[0]
        cursor.execute(f'DROP INDEX "{ONE_LIVE_CLAIM}"')
    yield
    with tenant_context(live_tenant.schema_name), connection.cursor() as cursor:
        cursor.execute("TRUNCATE inventory_claim CASCADE")
        cursor.execute(definition)


def outcomes(performance: Any, valkey: Redis) -> list[str]:
    ended = []
    for part, session in zip(
        both_hold_the_same_seat(performance, valkey), (ANNA, BERT), strict=True
    ):
        try:
            start(part, session=session)
            ended.append("sold")
        except Exception as refusal:  # noqa: BLE001
            ended.append(type(refusal).__name__)
    return ended


def test_valkey_emptied_between_hold_and_checkout_sells_once(account: str, valkey: Redis) -> None:
    performance = put_on_sale()
    assert outcomes(performance, valkey) == ["SeatsTaken", "sold"]
    assert Claim.objects.live().count() == 1


def test_when_valkey_says_yes_to_both_the_index_refuses_one(
    account: str, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = put_on_sale()
    forget_both_holds_again(monkeypatch, performance)
    assert outcomes(performance, valkey) == ["sold", "SeatsTaken"]
    assert Claim.objects.live().count() == 1


@pytest.mark.usefixtures("no_constraint")
def test_without_the_index_the_same_two_buyers_get_the_same_seat(
    account: str, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this test fails, the one above proves nothing."""
    performance = put_on_sale()
    forget_both_holds_again(monkeypatch, performance)
    assert outcomes(performance, valkey) == ["sold", "sold"]
    assert Claim.objects.live().count() == 2
