"""Finding a buyer's orders among many: by the index, and by the mailbox where that is meant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.db import connection

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.orders import queries
from tenant_apps.orders.models import Order, OrderLine
from tests.support.orders import place_order
from tests.support.sale import put_on_sale

MANY = 10_000


@pytest.fixture
def performance(tenant: TenantRecord) -> Performance:
    return put_on_sale()


@pytest.fixture
def crowd(performance: Performance) -> Performance:
    """Ten thousand paid orders of one place at the performance, each of another buyer."""
    now = clock.now()
    ordered = Order.objects.bulk_create(
        Order(
            number=f"N{number}", state="paid", currency="EUR", subtotal_minor=0, fees_minor=0,
            taxes_minor=0, total_minor=0, email=f"buyer{number}@example.org", name="Buyer",
            buyer_session=f"s{number}", checkout_key=f"k{number}", content_key=f"c{number}",
            created_at=now, due_at=now + timedelta(minutes=15), paid_at=now,
        )
        for number in range(MANY)
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, public_id=f"lin_{ordinal}", performance=performance, ordinal=ordinal,
            face_minor=0, fee_minor=0, tax_minor=0, total_minor=0,
        )
        for ordinal, order in enumerate(ordered)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return performance


def test_the_orders_of_a_mail_address_are_found_by_the_index(crowd: Performance) -> None:
    placed = place_order(crowd, email="Ada@Example.org")
    assert queries.orders_of_email(" ada@example.ORG ") == [placed]
    plan = queries.shown_to_address("ada@example.org").explain()
    assert "order_by_email" in plan
    assert "Seq Scan" not in plan


def test_what_a_mailbox_has_bought_is_found_by_the_index(crowd: Performance) -> None:
    order = place_order(crowd, email="buyer7+again@example.org")
    assert queries.places_of_buyer(order) == (3, crowd.max_places_per_order)
    plan = queries.lines_of_mailbox(order).explain()
    assert "order_by_mailbox" in plan
    assert "Seq Scan" not in plan


def places_of(performance: Performance, emails: Iterable[str]) -> list[int]:
    placed = [place_order(performance, (0,), email=email) for email in emails]
    return [queries.places_of_buyer(order)[0] for order in placed]


def test_all_spellings_of_a_mailbox_are_one_buyer(performance: Performance) -> None:
    spellings = ["ada@example.org", "ADA@example.org", "ada+1@example.org", "Ada+x+y@Example.org"]
    assert places_of(performance, spellings) == [4] * 4


def test_what_only_looks_like_it_is_another_buyer(performance: Performance) -> None:
    others = ["ada@example.org", "adam@example.org", "ada@example.org.example", "a.da@example.org"]
    assert places_of(performance, others) == [1, 1, 1, 1]


def test_only_what_is_paid_and_for_the_same_performance_counts(performance: Performance) -> None:
    place_order(performance, (0, 1), paid=False)
    place_order(put_on_sale(), (0, 1))
    order = place_order(performance, (2, 3))
    assert queries.places_of_buyer(order) == (2, performance.max_places_per_order)
