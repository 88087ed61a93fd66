from __future__ import annotations

import pytest

from kernel import ids
from public_apps.tenants.domain import TenantRecord
from tests.support.api import ApiClient, api_client, ensure_problem, told
from tests.support.orders import place_order
from tests.support.performances import make_event, make_performance


@pytest.fixture
def api(live_tenant: TenantRecord) -> ApiClient:
    return api_client(live_tenant, "orders:read")


def test_an_order_is_shown_whole(api: ApiClient) -> None:
    performance = make_performance()
    order = place_order(performance)
    body = told(api.get(f"/api/v1/orders/{order.public_id}"))
    assert (body["id"], body["state"], body["currency"]) == (order.public_id, "paid", "EUR")
    assert body["total_minor"] == 8_000
    assert [line["place"] for line in body["lines"]] == [
        "Stalls · Row A · Seat 1",
        "Stalls · Row A · Seat 2",
    ]
    assert body["lines"][0]["performance"] == performance.public_id
    assert [step["to_state"] for step in body["history"]] == ["pending", "paid"]


def test_orders_are_found(api: ApiClient) -> None:
    hamlet, faust = make_performance(), make_performance(make_event("faust"))
    first = place_order(hamlet, (0, 1))
    second = place_order(faust, email="grace@example.org", name="Grace Hopper", paid=False)

    def found(query: str) -> list[str]:
        return [item["id"] for item in told(api.get(f"/api/v1/orders{query}"))["items"]]

    assert found("") == [second.public_id, first.public_id]
    assert found("?state=pending") == [second.public_id]
    assert found(f"?performance={hamlet.public_id}") == [first.public_id]
    assert found("?search=grace") == [second.public_id]
    assert found(f"?search={first.number}") == [first.public_id]
    assert found("?search=%25_%27%22") == []


def test_what_is_none_is_refused(api: ApiClient) -> None:
    ensure_problem(api.get(f"/api/v1/orders/{ids.new('ord')}"), 404, "no_such_order")
    ensure_problem(api.get(f"/api/v1/orders/{ids.new('tkt')}"), 404, "no_such_order")
    ensure_problem(api.get("/api/v1/orders?state=lost"), 422, "invalid")
    ensure_problem(api.get("/api/v1/orders?search=a%00b"), 422, "invalid")
    ensure_problem(api.get(f"/api/v1/orders?search={'x' * 101}"), 422, "invalid")
    ensure_problem(api.get("/api/v1/orders?performance=1"), 422, "invalid")


def test_who_may_not_see_orders_sees_none(live_tenant: TenantRecord) -> None:
    order = place_order(make_performance())
    blind = api_client(live_tenant, "events:read", "tickets:redeem")
    for path in ("orders", f"orders/{order.public_id}"):
        ensure_problem(blind.get(f"/api/v1/{path}"), 403, "insufficient_scope")


def test_another_tenants_order_does_not_exist(api: ApiClient, other_tenant: TenantRecord) -> None:
    order = place_order(make_performance())
    elsewhere = api_client(other_tenant, "orders:read")
    ensure_problem(elsewhere.get(f"/api/v1/orders/{order.public_id}"), 404, "no_such_order")
    assert told(elsewhere.get("/api/v1/orders"))["items"] == []
