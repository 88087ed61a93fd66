"""Money for an order that is over, when its buyer has begun again with the same cart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.checkout import services
from tenant_apps.checkout.domain import CartPart
from tenant_apps.inventory import services as inventory
from tenant_apps.orders import queries as orders
from tenant_apps.orders.domain import OrderState
from tenant_apps.payments import queries as payments
from tenant_apps.tickets import queries as tickets
from tests.support.checkout import ANNA, cart, connect, events_of, pay, send_webhook, start
from tests.support.queue import drain
from tests.support.sale import put_on_sale, tiers
from tests.support.stripe import StripeDouble


@pytest.fixture
def account(live_tenant: TenantRecord, stripe_double: StripeDouble) -> str:
    return connect(stripe_double)


def paid_and_given_up(double: StripeDouble, part: CartPart) -> str:
    """Pay an order while Stripe is out of our reach, until the order is over; the order's id."""
    order_id = start(part).order_id
    pay(double, order_id)
    away = override_settings(STRIPE_API_BASE="http://127.0.0.1:9", STRIPE_MAX_RETRIES=0)
    with away, clock.fixed(clock.now() + timedelta(minutes=60)):
        services.end_overdue()
    assert state_of(order_id) == OrderState.EXPIRED
    return order_id


def state_of(order_id: str) -> str:
    return orders.get_order(order_id).state


def tell(double: StripeDouble, account: str, order_id: str) -> None:
    for event in events_of(double, account, "checkout.session.completed"):
        if event["data"]["object"]["metadata"]["order"] == order_id:
            send_webhook(event)
    drain()


def test_money_goes_back_when_the_same_cart_has_been_ordered_again(
    account: str, stripe_double: StripeDouble
) -> None:
    part = cart(put_on_sale(), [3])
    first = paid_and_given_up(stripe_double, part)
    second = start(part).order_id
    tell(stripe_double, account, first)
    assert state_of(first) == OrderState.REFUNDED
    [payment] = payments.payments_of(first)
    assert payment.refunded == payment.amount
    assert state_of(second) == OrderState.PENDING
    assert start(part).order_id == second


def test_both_orders_of_a_cart_are_paid_when_there_are_places_for_both(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    part = cart(performance, [3])
    first = paid_and_given_up(stripe_double, part)
    # The same hold with another place in it.
    inventory.hold_places(
        performance_id=performance.pk, session=ANNA, ordinals=[4], hold_id=part.hold_id
    )
    second = start(CartPart(performance.pk, part.hold_id, tiers([4]))).order_id
    tell(stripe_double, account, first)
    pay(stripe_double, second)
    tell(stripe_double, account, second)
    for order_id, place in ((first, 3), (second, 4)):
        assert state_of(order_id) == OrderState.PAID
        assert [ticket.ordinal for ticket in tickets.tickets_of_order(order_id)] == [place]
