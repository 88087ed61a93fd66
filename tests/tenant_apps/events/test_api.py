from __future__ import annotations

import pytest

from kernel import ids
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.api import pages
from tenant_apps.events.models import Event
from tests.support.api import ApiClient, api_client, ensure_problem, told
from tests.support.performances import make_event, make_performance


@pytest.fixture
def api(live_tenant: TenantRecord) -> ApiClient:
    return api_client(live_tenant, "events:read")


def test_a_client_sees_drafts_and_what_is_published(api: ApiClient) -> None:
    make_event("faust")
    performance = make_performance(make_event("hamlet"))
    items = told(api.get("/api/v1/events"))["items"]
    assert [(item["slug"], item["state"]) for item in items] == [
        ("hamlet", "published"),
        ("faust", "draft"),
    ]
    drafts = told(api.get("/api/v1/events?state=draft"))["items"]
    assert [item["slug"] for item in drafts] == ["faust"]
    event = told(api.get(f"/api/v1/events/{performance.event.public_id}"))
    assert event["id"] == performance.event.public_id
    assert "description" in event


def test_a_performance_says_when_it_is_sold(api: ApiClient) -> None:
    performance = make_performance()
    body = told(api.get(f"/api/v1/performances/{performance.public_id}"))
    assert body["timezone"] == "Europe/Berlin"
    assert body["sale"]["phase"] == "open"
    assert body["event"] == {"id": performance.event.public_id, "title": "Hamlet"}
    assert body["starts_at"].endswith("Z")
    listed = told(api.get(f"/api/v1/performances?event={performance.event.public_id}"))
    assert listed == {"items": [body], "next": None}
    assert told(api.get(f"/api/v1/performances?event={ids.new('evt')}"))["items"] == []


def test_pages_go_on_where_the_last_one_ended_though_rows_are_added(api: ApiClient) -> None:
    for number in range(5):
        make_event(f"event-{number}")
    first = told(api.get("/api/v1/events?limit=2"))
    make_event("in-between")
    second = told(api.get(f"/api/v1/events?limit=2&cursor={first['next']}"))
    third = told(api.get(f"/api/v1/events?limit=2&cursor={second['next']}"))
    slugs = [item["slug"] for page in (first, second, third) for item in page["items"]]
    assert slugs == ["event-4", "event-3", "event-2", "event-1", "event-0"]
    assert third["next"] is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1e9"])
def test_a_page_has_bounds(api: ApiClient, limit: str) -> None:
    body = ensure_problem(api.get(f"/api/v1/events?limit={limit}"), 422, "invalid")
    assert body["errors"][0]["field"] == "limit"


def test_a_cursor_is_good_for_its_list_and_its_tenant(
    api: ApiClient, other_tenant: TenantRecord
) -> None:
    make_event("a")
    make_event("b")
    cursor = told(api.get("/api/v1/events?limit=1"))["next"]
    ensure_problem(api.get(f"/api/v1/performances?cursor={cursor}"), 422, "bad_cursor")
    elsewhere = api_client(other_tenant, "events:read")
    ensure_problem(elsewhere.get(f"/api/v1/events?cursor={cursor}"), 422, "bad_cursor")
    ensure_problem(api.get("/api/v1/events?cursor=rubbish"), 422, "bad_cursor")
    ensure_problem(api.get(f"/api/v1/events?cursor={'x' * 500}"), 422, "invalid")


@pytest.mark.parametrize("path", ["/api/v1/events/", "/api/v1/performances/"])
@pytest.mark.parametrize("wanted", ["evt_x", "1", "%00", "x" * 3000, "../client"])
def test_an_id_that_is_none_is_a_404(api: ApiClient, path: str, wanted: str) -> None:
    ensure_problem(api.get(f"{path}{wanted}"), 404, "missing")


def test_an_id_of_nothing_is_a_404_that_says_of_what(api: ApiClient) -> None:
    ensure_problem(api.get(f"/api/v1/events/{ids.new('evt')}"), 404, "no_such_event")
    ensure_problem(api.get(f"/api/v1/performances/{ids.new('prf')}"), 404, "no_such_performance")


def test_who_may_not_see_events_sees_none(live_tenant: TenantRecord) -> None:
    event = make_event("faust")
    blind = api_client(live_tenant, "tickets:redeem")
    for path in ("events", "performances", f"events/{event.public_id}"):
        ensure_problem(blind.get(f"/api/v1/{path}"), 403, "insufficient_scope")


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    api: ApiClient, django_assert_max_num_queries: object
) -> None:
    for number in range(10):
        make_performance(make_event(f"event-{number}"))
    assert Event.objects.count() == 10
    # Path, role and token are one; then the list.
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(told(api.get("/api/v1/performances"))["items"]) == 10
    assert pages.MOST == 100
