"""Two members decide about one order at once: one of them does, and the other one is told."""

from __future__ import annotations

from threading import Barrier

import pytest

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import services
from tenant_apps.orders.domain import OrderState
from tenant_apps.orders.models import Order
from tenant_apps.queueing import queries
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.reviews import AlreadyDecided, Pointing, ReviewState
from tenant_apps.queueing.domain.rules import Rule
from tenant_apps.queueing.models import Listing, Review
from tests.support.orders import place_order
from tests.support.races import all_at_once
from tests.support.sale import put_on_sale

MEMBERS = 6


@pytest.fixture
def order_id(live_tenant: TenantRecord) -> str:
    order = place_order(put_on_sale(), (0,), price=0)
    queueing.open_review(order_ref=order.public_id, why=Pointing((Rule.HOARDING,)))
    return order.public_id


def is_open(order_id: str) -> bool:
    return queries.get_review(order_id).state == ReviewState.OPEN


def test_one_decision_stands(live_tenant: TenantRecord, order_id: str) -> None:
    """Everybody sees the order open before anybody decides: half accept, half block."""

    def decide(number: int, gate: Barrier) -> None:
        assert is_open(order_id)
        gate.wait()
        if number % 2:
            services.accept_order(order_id=order_id, actor=SYSTEM)
        else:
            services.block_buyer(order_id=order_id, reason="a scalper", actor=SYSTEM)

    ended = all_at_once(live_tenant.schema_name, MEMBERS, decide)

    # Who wants what was decided has what they wanted; the others are told.
    assert ended == {"done": MEMBERS // 2, "already_decided": MEMBERS // 2}
    review, order = Review.objects.get(), Order.objects.get()
    assert (review.state, order.state, Listing.objects.count()) in [
        (ReviewState.ACCEPTED, OrderState.PAID, 0),
        (ReviewState.BLOCKED, OrderState.REFUNDED, 1),
    ]


def test_a_double_click_refunds_once(live_tenant: TenantRecord, order_id: str) -> None:
    def refund(_: int, gate: Barrier) -> None:
        gate.wait()
        services.refund_looked_at(order_id=order_id, reason="twice", actor=SYSTEM)

    assert all_at_once(live_tenant.schema_name, MEMBERS, refund) == {"done": MEMBERS}
    steps = [step.step for step in Order.objects.get().history.all()]
    assert steps.count("refund") == 1


def test_the_race_is_real_without_the_count_of_rows(
    live_tenant: TenantRecord, order_id: str
) -> None:
    """If this test fails, the ones above prove nothing: look first, then write, as one must not."""

    def look_then_write(number: int, gate: Barrier) -> None:
        if not is_open(order_id):
            raise AlreadyDecided
        gate.wait()
        state = ReviewState.ACCEPTED if number % 2 else ReviewState.BLOCKED
        Review.objects.filter(order_ref=order_id).update(
            state=state, closed_at="2030-01-01T00:00:00Z", closed_by=SYSTEM.name
        )

    assert all_at_once(live_tenant.schema_name, MEMBERS, look_then_write) == {"done": MEMBERS}
