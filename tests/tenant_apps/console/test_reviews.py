"""Members look at orders that a rule points at, and keep their two lists of buyers."""

from __future__ import annotations

import pytest
from django.test import Client

from kernel import ids
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.access.services import create_role
from tenant_apps.events.models import Performance
from tenant_apps.orders.models import Order
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.domain.reviews import Pointing
from tenant_apps.queueing.domain.rules import Rule
from tenant_apps.queueing.models import Listing, Review
from tests.support.http import client_at
from tests.support.orders import place_order
from tests.support.people import signed_in_member
from tests.support.sale import put_on_sale
from tests.tenant_apps.console.test_pages import text

CARD = "ab" * 16
ENTRY = {
    "verdict": "blocked", "what": "mail", "value": "Ada+2@Example.org", "reason": "a scalper",
    "until": "",
}  # fmt: skip


@pytest.fixture
def owner(live_tenant: TenantRecord) -> Client:
    return signed_in_member(live_tenant, "owner")


@pytest.fixture
def performance(live_tenant: TenantRecord) -> Performance:
    return put_on_sale()


@pytest.fixture
def order(performance: Performance) -> Order:
    """A paid order that cost nothing, to be looked at."""
    return looked_at(performance)


def looked_at(performance: Performance, *places: int) -> Order:
    order = place_order(performance, places or (0, 1), price=0)
    rules = (Rule.HOARDING, Rule.SHARED_CARD)
    queueing.open_review(order_ref=order.public_id, why=Pointing(rules, CARD))
    return order


def page_of(order: Order) -> str:
    return f"/console/reviews/{order.public_id}/"


def test_an_order_is_shown_with_all_that_a_member_needs(owner: Client, order: Order) -> None:
    body = text(owner, "/console/reviews/")
    for words in (
        order.number, "Ada Lovelace", "ada@example.org", "Hamlet", "2 places", "0 minutes",
        "kept places again and again", "paid for 4 or more mail addresses",
    ):  # fmt: skip
        assert words in body
    assert CARD not in body
    body = text(owner, page_of(order))
    for words in (
        "Accept the order",
        "Refund and block",
        "mail address and card",
    ):
        assert words in body


def test_an_empty_queue_has_a_page_too(owner: Client) -> None:
    assert "Nothing waits here" in text(owner, "/console/reviews/")
    assert "Nobody is listed here" in text(owner, "/console/buyers/")


def test_every_page_says_how_many_wait(owner: Client, order: Order) -> None:
    assert "to be looked at" in text(owner, "/console/orders/")


def test_an_accepted_order_leaves_the_queue(owner: Client, order: Order) -> None:
    for _ in range(2):
        answer = owner.post(page_of(order), {"decision": "accept"})
        assert answer["Location"] == page_of(order)
    assert order.number not in text(owner, "/console/reviews/")
    body = text(owner, page_of(order))
    assert "Accepted" in body
    assert "Accept the order" not in body
    assert Order.objects.get().state == "paid"


@pytest.mark.parametrize(("decision", "listed"), [("refund", 0), ("block", 2)])
def test_money_goes_back_with_a_reason_and_once(
    owner: Client, order: Order, decision: str, listed: int
) -> None:
    answer = owner.post(page_of(order), {"decision": decision, "reason": " "})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert Order.objects.get().state == "paid"
    for _ in range(2):
        answer = owner.post(page_of(order), {"decision": decision, "reason": "a scalper"})
        assert answer.status_code == 302
    assert Order.objects.get().state == "refunded"
    assert Listing.objects.count() == listed
    assert "Given back" in text(owner, page_of(order))


def test_a_blocked_card_is_shown_as_its_order(owner: Client, order: Order) -> None:
    owner.post(page_of(order), {"decision": "block", "reason": "a scalper"})
    body = text(owner, "/console/buyers/")
    assert order.number in body
    assert CARD not in body


def test_who_comes_second_is_told_what_was_decided(owner: Client, order: Order) -> None:
    owner.post(page_of(order), {"decision": "accept"})
    answer = owner.post(page_of(order), {"decision": "block", "reason": "a scalper"})
    assert answer.status_code == 409
    assert "Somebody has decided" in answer.content.decode()
    assert Order.objects.get().state == "paid"


@pytest.mark.parametrize("sent", [{}, {"decision": "x"}, {"decision": "block", "reason": "a\0b"}])
def test_rubbish_decides_nothing(owner: Client, order: Order, sent: dict[str, str]) -> None:
    assert owner.post(page_of(order), sent).status_code == 422
    assert Review.objects.get().state == "open"


def test_an_order_that_nobody_pointed_at_has_no_such_page(
    owner: Client, performance: Performance
) -> None:
    text(owner, page_of(place_order(performance)), 404)
    text(owner, f"/console/reviews/{ids.new('ord')}/", 404)


def test_many_are_many_pages_the_oldest_first(owner: Client, performance: Performance) -> None:
    numbers = [looked_at(performance, 0).number for _ in range(26)]
    first = text(owner, "/console/reviews/")
    assert numbers[0] in first
    assert numbers[25] not in first
    assert numbers[25] in text(owner, "/console/reviews/?page=2")


def test_somebody_is_listed_and_removed(owner: Client) -> None:
    assert owner.post("/console/buyers/", ENTRY).status_code == 302
    listing = Listing.objects.get()
    assert (listing.value, listing.verdict, listing.until) == ("ada@example.org", "blocked", None)
    body = text(owner, "/console/buyers/")
    assert "ada@example.org" in body
    assert "a scalper" in body
    assert "ada@example.org" not in text(owner, "/console/buyers/?verdict=trusted")
    for _ in range(2):
        answer = owner.post(f"/console/buyers/{listing.public_id}/remove/")
        assert answer["Location"] == "/console/buyers/"
    assert not Listing.objects.exists()


def test_the_last_day_counts_whole_where_the_house_is(owner: Client) -> None:
    owner.post("/console/buyers/", ENTRY | {"until": "2090-05-01"})
    assert Listing.objects.get().until.isoformat() == "2090-05-01T22:00:00+00:00"


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "nobody"},
        {"value": ""},
        {"what": "network", "value": "10.0.0.0/8"},
        {"what": "domain", "value": "localhost"},
        {"reason": ""},
        {"until": "tomorrow"},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_listed(owner: Client, wrong: dict[str, str]) -> None:
    answer = owner.post("/console/buyers/", ENTRY | wrong)
    assert answer.status_code == 422
    field = next(name for name in ("until", "reason", "value") if name in wrong)
    assert f'id="{field}-error"' in answer.content.decode()
    assert not Listing.objects.exists()


def test_rubbish_in_the_address_is_no_error(owner: Client) -> None:
    for path in ("?verdict=x", "?page=-1", "?page=x", "?verdict=%00"):
        text(owner, f"/console/buyers/{path}")
        text(owner, f"/console/reviews/{path}")


def test_what_is_listed_is_text_and_nothing_else(owner: Client) -> None:
    owner.post("/console/buyers/", ENTRY | {"reason": "<script>alert(1)</script>"})
    assert "&lt;script&gt;" in text(owner, "/console/buyers/")


def test_staff_looks_on_and_decides_nothing(live_tenant: TenantRecord, order: Order) -> None:
    staff = signed_in_member(live_tenant, "staff")
    listing = queueing.list_buyer(
        Entry(Verdict.BLOCKED, What.MAIL, "a@b.example", "x"), actor=SYSTEM
    )
    assert "Accept the order" not in text(staff, page_of(order))
    assert "Remove" not in text(staff, "/console/buyers/")
    remove = f"/console/buyers/{listing.public_id}/remove/"
    for path, form in (
        (page_of(order), {"decision": "accept"}),
        (page_of(order), {"decision": "block", "reason": "x"}),
        ("/console/buyers/", ENTRY),
        (remove, {}),
    ):
        assert staff.post(path, form).status_code == 403
    assert (Review.objects.get().state, Listing.objects.count()) == ("open", 1)


def test_strangers_and_who_sees_no_orders_see_nothing(
    live_tenant: TenantRecord, order: Order
) -> None:
    create_role(name="Gate", permissions=["tickets:redeem"], actor=SYSTEM)
    gate = signed_in_member(live_tenant, "Gate", email="gate@x.example")
    for path in ("/console/reviews/", "/console/buyers/", page_of(order)):
        text(gate, path, 403)
        assert client_at(live_tenant).get(path)["Location"] == f"/sign-in/?next={path}"


def test_a_form_from_elsewhere_decides_nothing(live_tenant: TenantRecord, order: Order) -> None:
    strict = signed_in_member(live_tenant, "owner")
    strict.handler.enforce_csrf_checks = True
    for path, form in ((page_of(order), {"decision": "accept"}), ("/console/buyers/", ENTRY)):
        assert strict.post(path, form).status_code == 403
    assert Review.objects.get().state == "open"
