from __future__ import annotations

import pytest

from kernel import ids
from public_apps.audit.models import Entry
from public_apps.tenants.domain import TenantRecord
from tenant_apps.orders.models import Order
from tenant_apps.tickets import services as tickets
from tenant_apps.tickets.domain import TicketLine
from tenant_apps.tickets.models import Ticket
from tests.support.api import ApiClient, api_client, ensure_problem, told
from tests.support.orders import place_order
from tests.support.sale import put_on_sale


@pytest.fixture
def api(live_tenant: TenantRecord) -> ApiClient:
    return api_client(live_tenant, "orders:refund")


@pytest.fixture
def order(live_tenant: TenantRecord) -> Order:
    """A paid order that cost nothing, with its ticket. Money has its own tests."""
    performance = put_on_sale()
    order = place_order(performance, (0,), price=0)
    tickets.issue_tickets(
        order_ref=order.public_id,
        lines=[
            TicketLine(
                line_ref=order.lines.get().public_id, performance_id=performance.pk, ordinal=0,
                place_name="Stalls · Row A · Seat 1",
            )
        ],
    )  # fmt: skip
    return order


def path(order: Order) -> str:
    return f"/api/v1/orders/{order.public_id}/refund"


def test_a_refund_voids_the_tickets_and_says_who_did_it(api: ApiClient, order: Order) -> None:
    answer = api.post(path(order), {"reason": "The buyer is ill."})
    assert answer.status_code == 200
    body = told(answer)
    assert body["state"] == "refunded"
    assert "Box office" in [step["by"] for step in body["history"]]
    assert [ticket.state for ticket in Ticket.objects.all()] == ["void"]
    entry = Entry.objects.get(action="order.refunded")
    assert (entry.actor_kind, entry.actor_ref) == ("client", api.public_id)


def test_two_refunds_are_one(api: ApiClient, order: Order) -> None:
    first = api.post(path(order), {"reason": "ill"}, idempotency_key="k")
    again = api.post(path(order), {"reason": "ill"}, idempotency_key="k")
    other = api.post(path(order), {"reason": "ill"})
    assert told(first) == told(again) == told(other)
    assert Entry.objects.filter(action="order.refunded").count() == 1


def test_what_was_never_paid_is_not_refunded(api: ApiClient, live_tenant: TenantRecord) -> None:
    order = place_order(put_on_sale(), (1,), paid=False)
    ensure_problem(api.post(path(order), {"reason": "ill"}), 409, "cannot_refund")


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": 1}, {"reason": "x" * 201}, {"reason": "x", "amount": 1}]
)
def test_a_refund_of_rubbish_changes_nothing(
    api: ApiClient, order: Order, body: dict[str, object]
) -> None:
    ensure_problem(api.post(path(order), body), 422, "invalid")
    order.refresh_from_db()
    assert order.state == "paid"


def test_a_refund_of_nothing_is_a_404(api: ApiClient) -> None:
    answer = api.post(f"/api/v1/orders/{ids.new('ord')}/refund", {"reason": "x"})
    ensure_problem(answer, 404, "no_such_order")


def test_who_may_only_read_refunds_nothing(live_tenant: TenantRecord, order: Order) -> None:
    reader = api_client(live_tenant, "orders:read")
    ensure_problem(reader.post(path(order), {"reason": "x"}), 403, "insufficient_scope")
    order.refresh_from_db()
    assert order.state == "paid"
