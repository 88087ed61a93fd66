from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from kernel import clock, ids
from public_apps.audit.models import Entry
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.access.services import add_member, create_role
from tenant_apps.events.models import Performance
from tenant_apps.orders.models import Order
from tenant_apps.queueing.models import Room
from tenant_apps.tickets import services as tickets
from tenant_apps.tickets.domain import TicketLine
from tenant_apps.tickets.models import Ticket
from tests.support.http import client_at
from tests.support.orders import place_order
from tests.support.people import PASSWORD, signed_in_member
from tests.support.performances import make_event, make_performance
from tests.support.sale import put_on_sale

PAGES = ("/console/", "/console/orders/", "/console/events/")


@pytest.fixture
def owner(live_tenant: TenantRecord) -> Client:
    return signed_in_member(live_tenant, "owner")


@pytest.fixture
def order(live_tenant: TenantRecord) -> Order:
    """A paid order that cost nothing, with its ticket."""
    performance = put_on_sale()
    order = place_order(performance, (0,), price=0)
    line = TicketLine(
        line_ref=order.lines.get().public_id, performance_id=performance.pk, ordinal=0,
        place_name="Stalls · Row A · Seat 1",
    )  # fmt: skip
    tickets.issue_tickets(order_ref=order.public_id, lines=[line])
    return order


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    body = answer.content.decode()
    assert "style=" not in body
    assert "<script" not in body
    return body


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_signs_in_first(live_tenant: TenantRecord, path: str) -> None:
    answer = client_at(live_tenant).get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={path}"


def test_signing_in_leads_on_to_the_page_that_was_asked_for(
    live_tenant: TenantRecord, owner: Client
) -> None:
    client = client_at(live_tenant)
    form = {"login": f"owner@{live_tenant.slug}.example", "password": PASSWORD}
    answer = client.post("/sign-in/?next=/console/orders/", form)
    assert answer["Location"] == "/console/orders/"


def test_what_comes_and_what_was_ordered_is_on_the_first_page(owner: Client, order: Order) -> None:
    body = text(owner, "/console/")
    assert order.number in body
    assert "Hamlet" in body
    assert "On sale" in body


def test_an_empty_house_has_pages_too(owner: Client) -> None:
    for path in PAGES:
        assert "here." in text(owner, path)


def test_orders_are_found_by_words_and_state(owner: Client, order: Order) -> None:
    pending = place_order(put_on_sale(), (1,), name="Grace Hopper", email="g@x.example", paid=False)
    assert order.number in text(owner, "/console/orders/")
    found = text(owner, "/console/orders/?q=hopper")
    assert pending.number in found
    assert order.number not in found
    assert pending.number not in text(owner, "/console/orders/?state=paid")
    for rubbish in ("q=%00", "state=lost", "page=-1", "page=x", f"q={'x' * 5000}"):
        text(owner, f"/console/orders/?{rubbish}")


def test_what_a_buyer_calls_themselves_is_text_and_nothing_else(owner: Client) -> None:
    order = place_order(put_on_sale(), (1,), name="<script>alert(1)</script>")
    assert "&lt;script&gt;" in text(owner, f"/console/orders/{order.public_id}/")


def test_many_orders_are_many_pages(owner: Client) -> None:
    performance = put_on_sale()
    numbers = [place_order(performance, (0,)).number for _ in range(26)]
    assert numbers[0] not in text(owner, "/console/orders/")
    second = text(owner, "/console/orders/?state=paid&page=2")
    assert numbers[0] in second
    assert "state=paid&amp;page=1" in second


def test_an_order_shows_its_places_and_its_history(owner: Client, order: Order) -> None:
    body = text(owner, f"/console/orders/{order.public_id}/")
    for words in ("Stalls · Row A · Seat 1", "Ticket valid", "Ordered", "Paid", "Refund in full"):
        assert words in body
    text(owner, f"/console/orders/{ids.new('ord')}/", 404)
    text(owner, "/console/orders/ord_1/", 404)


def test_events_show_the_state_of_their_sale(owner: Client) -> None:
    now = clock.now()
    make_performance(make_event("faust"), published=False)
    make_performance(
        make_event("tosca"), starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1),
        sale_opens_at=now - timedelta(days=9), sale_closes_at=now - timedelta(days=2),
    )  # fmt: skip
    assert "Draft" in text(owner, "/console/events/")
    assert "Over" in text(owner, "/console/events/?when=past")


def test_a_refund_is_asked_for_twice_and_done_once(owner: Client, order: Order) -> None:
    path = f"/console/orders/{order.public_id}/refund/"
    assert "This cannot be undone" in text(owner, path)
    assert Order.objects.get().state == "paid"
    for _ in range(2):
        answer = owner.post(path, {"reason": "The buyer is ill."})
        assert answer["Location"] == f"/console/orders/{order.public_id}/"
    assert Order.objects.get().state == "refunded"
    assert Ticket.objects.get().state == "void"
    body = text(owner, f"/console/orders/{order.public_id}/")
    assert "Ticket void" in body
    assert "The buyer is ill." in body
    assert "Refund in full" not in body
    assert "nothing to refund" in text(owner, path)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\0b", "a\x1bb"])
def test_a_refund_needs_a_reason(owner: Client, order: Order, reason: str) -> None:
    answer = owner.post(f"/console/orders/{order.public_id}/refund/", {"reason": reason})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert Order.objects.get().state == "paid"


def test_what_was_never_paid_is_not_refunded(owner: Client) -> None:
    order = place_order(put_on_sale(), (1,), paid=False)
    answer = owner.post(f"/console/orders/{order.public_id}/refund/", {"reason": "ill"})
    assert answer.status_code == 409


def test_staff_sees_orders_and_refunds_none(live_tenant: TenantRecord, order: Order) -> None:
    staff = signed_in_member(live_tenant, "staff")
    path = f"/console/orders/{order.public_id}/"
    assert "Refund in full" not in text(staff, path)
    text(staff, f"{path}refund/", 403)
    assert staff.post(f"{path}refund/", {"reason": "ill"}).status_code == 403
    assert Order.objects.get().state == "paid"


def test_who_may_not_see_a_page_gets_a_403_page(live_tenant: TenantRecord, order: Order) -> None:
    create_role(name="Gate", permissions=["tickets:redeem"], actor=SYSTEM)
    gate = signed_in_member(live_tenant, "Gate", email="gate@x.example")
    for path in (*PAGES, f"/console/orders/{order.public_id}/"):
        assert "Your role does not allow this." in text(gate, path, 403)


def test_who_is_no_member_any_more_is_a_stranger(live_tenant: TenantRecord, owner: Client) -> None:
    from tenant_apps.access.models import Membership
    from tenant_apps.access.services import remove_member

    add_member(email="second@x.example", name="", role="owner", actor=SYSTEM)
    member = Membership.objects.get(user__email=f"owner@{live_tenant.slug}.example")
    remove_member(member_id=member.public_id, actor=SYSTEM)
    assert owner.get("/console/").status_code == 302


def test_a_form_from_elsewhere_refunds_nothing(live_tenant: TenantRecord, order: Order) -> None:
    strict = signed_in_member(live_tenant, "owner")
    strict.handler.enforce_csrf_checks = True
    answer = strict.post(f"/console/orders/{order.public_id}/refund/", {"reason": "ill"})
    assert answer.status_code == 403
    assert Order.objects.get().state == "paid"


def room_path(performance: Performance) -> str:
    return f"/console/events/{performance.public_id}/waiting-room/"


ROOM = {
    "mode": "time", "minutes_before": "30", "per_minute": "120", "most_inside": "50",
    "lease_minutes": "5",
}  # fmt: skip


def test_an_owner_puts_a_waiting_room_in_front_of_a_sale(owner: Client) -> None:
    performance = put_on_sale(opens_in=timedelta(hours=2))
    assert "Waiting room" in text(owner, "/console/events/")
    answer = owner.post(room_path(performance), ROOM)
    assert answer["Location"] == room_path(performance)
    shown = text(owner, room_path(performance))
    assert 'value="time" checked' in shown
    assert 'name="minutes_before" value="30"' in shown
    room = Room.objects.get()
    assert (room.per_minute, room.most_inside, room.lease_seconds) == (120, 50, 300)
    assert performance.sale_opens_at - room.waits_from == timedelta(minutes=30)
    assert "Waiting room: on" in text(owner, "/console/events/")
    assert Entry.objects.filter(action="waiting_room.set").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_minute": "0"},
        {"per_minute": "ten"},
        {"most_inside": "9999999"},
        {"lease_minutes": "61"},
        {"minutes_before": "0"},
        {"minutes_before": "-5"},
        {"minutes_before": "\u0661"},
    ],
)
def test_a_wrong_number_is_named_and_nothing_changes(owner: Client, wrong: dict[str, str]) -> None:
    performance = put_on_sale(opens_in=timedelta(hours=2))
    answer = owner.post(room_path(performance), ROOM | wrong)
    assert answer.status_code == 422
    assert f'id="{next(iter(wrong))}-error"' in answer.content.decode()
    assert not Room.objects.exists()


def test_an_unknown_mode_is_off(owner: Client) -> None:
    performance = put_on_sale()
    assert owner.post(room_path(performance), ROOM | {"mode": "x"}).status_code == 302
    assert Room.objects.get().mode == "off"


def test_who_may_not_edit_events_sees_no_waiting_room(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    staff = signed_in_member(live_tenant, "staff")
    assert "waiting-room" not in text(staff, "/console/events/")
    assert staff.get(room_path(performance)).status_code == 403
    assert staff.post(room_path(performance), ROOM).status_code == 403
    assert (
        client_at(live_tenant)
        .post(room_path(performance), ROOM)["Location"]
        .startswith("/sign-in/")
    )
    assert not Room.objects.exists()
