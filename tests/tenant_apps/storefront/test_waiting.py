"""The waiting room in the shop: by its pages alone, as a browser without a script sees it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from redis import Redis

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.orders.models import Order
from tenant_apps.pricing.domain import FeeRule, ZoneDraft
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import Mode, RoomDraft
from tests.support.http import client_at
from tests.tenant_apps.storefront.conftest import open_house
from tests.tenant_apps.storefront.test_buying import ADA

FREE = tuple(
    ZoneDraft(key, key.title(), "#3b5bdb", (key,), {"adult": 0})
    for key in ("front", "back", "floor")
)


def switch(performance: Performance, mode: Mode = Mode.ON, **given: Any) -> None:
    draft = RoomDraft(mode=mode, **{"per_minute": 60_000, "most_inside": 1, **given})
    queueing.set_room(performance_id=performance.pk, draft=draft, actor=SYSTEM)


def path(performance: Performance, rest: str = "") -> str:
    return f"/performances/{performance.public_id}/{rest}"


def page(visitor: Client, performance: Performance) -> str:
    answer = visitor.get(path(performance, "room/"))
    assert answer.status_code == 200, answer
    return html.unescape(answer.content.decode())


def choose(visitor: Client, performance: Performance, *places: int) -> Any:
    return visitor.post(path(performance, "choose/"), {"section": "stalls", "place": places})


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with clock.fixed(clock.now() + timedelta(seconds=seconds)):
        yield


@pytest.fixture
def second(live_tenant: TenantRecord) -> Client:
    return client_at(live_tenant)


@pytest.fixture
def full(house: Performance, visitor: Client, second: Client) -> Performance:
    """A room for one, with `visitor` inside and `second` in line."""
    switch(house)
    assert visitor.get(path(house)).status_code == 200
    assert second.get(path(house))["Location"] == path(house, "room/")
    return house


def test_without_a_room_the_seats_are_open(house: Performance, visitor: Client) -> None:
    assert visitor.get(path(house)).status_code == 200
    assert visitor.get(path(house, "room/"))["Location"] == path(house)


def test_who_waits_sees_position_people_ahead_and_no_invented_estimate(
    full: Performance, second: Client, live_tenant: TenantRecord
) -> None:
    page(second, full)
    third = page(client_at(live_tenant), full)
    assert "<dd data-position>2</dd>" in third
    assert "<dd data-ahead>1</dd>" in third
    assert "<dd data-estimate>we cannot say yet</dd>" in third


def test_the_page_fetches_itself_again_without_a_script(full: Performance, second: Client) -> None:
    shown = page(second, full)
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in shown
    assert 'role="status"' in shown


def test_reloading_keeps_the_place(full: Performance, second: Client) -> None:
    first = page(second, full)
    assert "<dd data-position>1</dd>" in first
    assert "<dd data-position>1</dd>" in page(second, full)


def test_nobody_holds_a_place_past_the_room(full: Performance, second: Client) -> None:
    for answer in (
        choose(second, full, 8),
        second.post(path(full, "together/"), {"count": "2", "section": "stalls"}),
    ):
        assert (answer.status_code, answer["Location"]) == (302, path(full, "room/"))
    assert inventory.snapshot(full.pk).places.count(b"\x01") == 0


def test_a_lapsed_cart_waits_like_everybody(house: Performance, second: Client) -> None:
    choose(second, house, 8)
    second.get("/cart/")
    switch(house)
    with later(3_600):
        answer = second.post("/cart/again/")
        assert answer["Location"] == path(house, "room/")


def test_who_is_in_holds_and_chooses_on_after_the_lease(full: Performance, visitor: Client) -> None:
    assert choose(visitor, full, 8)["Location"] == "/cart/"
    # The lease is over before the hold is: what is held can still be looked at and changed.
    switch(full, lease_seconds=60)
    assert visitor.get(path(full)).status_code == 200
    assert choose(visitor, full, 8, 9)["Location"] == "/cart/"


def test_who_leaves_lets_the_next_one_in(
    full: Performance, visitor: Client, second: Client
) -> None:
    answer = visitor.post(path(full, "room/"))
    assert answer["Location"] == f"/events/{full.event.slug}/"
    with later(2):
        assert second.get(path(full, "room/"))["Location"] == path(full)
        assert second.get(path(full)).status_code == 200


def test_an_order_lets_the_next_one_in(live_tenant: TenantRecord, second: Client) -> None:
    free = open_house(prices={"fee": FeeRule(), "zones": FREE})
    visitor = client_at(live_tenant)
    switch(free)
    visitor.get(path(free))
    choose(visitor, free, 8)
    page(second, free)
    visitor.get("/cart/")
    visitor.post("/checkout/", ADA)
    visitor.post("/checkout/pay/")
    assert Order.objects.count() == 1
    with later(2):
        assert second.get(path(free, "room/"))["Location"] == path(free)


def test_before_the_sale_the_event_leads_into_the_room(
    live_tenant: TenantRecord, visitor: Client
) -> None:
    soon = open_house(sale_opens_at=clock.now() + timedelta(hours=1))
    event = f"/events/{soon.event.slug}/"
    assert "To the waiting room" not in visitor.get(event).content.decode()
    assert visitor.get(path(soon))["Location"] == event
    switch(soon, Mode.TIME, waits_from=clock.now() - timedelta(minutes=1))
    assert "To the waiting room" in visitor.get(event).content.decode()
    shown = page(visitor, soon)
    assert "random order" in shown
    assert "data-position" not in shown


def test_a_place_survives_a_room_that_forgot_everybody(
    full: Performance, visitor: Client, second: Client, live_tenant: TenantRecord, valkey: Redis
) -> None:
    page(second, full)
    for key in valkey.scan_iter("*:room:*"):
        valkey.delete(key)
    newcomer = client_at(live_tenant)
    page(newcomer, full)
    assert "<dd data-position>1</dd>" in page(second, full)
    assert "<dd data-position>2</dd>" in page(newcomer, full)


def test_another_organizers_performance_has_no_room_here(
    full: Performance, other_tenant: TenantRecord
) -> None:
    assert client_at(other_tenant).get(path(full, "room/")).status_code == 404
    assert client_at(other_tenant).post(path(full, "room/")).status_code == 404


def test_a_place_cookie_of_rubbish_is_passed_over(full: Performance, second: Client) -> None:
    second.cookies["ef_place"] = "rubbish.\x7f" * 50
    assert "<dd data-position>1</dd>" in page(second, full)
