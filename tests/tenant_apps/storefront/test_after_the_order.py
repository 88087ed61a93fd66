"""Three steps to an order, and what its page offers: a calendar, tickets by mail, words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from django.test import Client
from icalendar import Calendar

from kernel.db import current_schema, tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events import services as events
from tenant_apps.events.models import Performance
from tenant_apps.notifications import services as notifications
from tenant_apps.notifications.models import Message
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.storefront.pages.orders import OrderLook
from tenant_apps.storefront.queries import orders as order_pages
from tests.support.performances import OWNER
from tests.support.queue import drain
from tests.support.stripe import StripeDouble
from tests.tenant_apps.storefront.test_buying import choose, review, text_of

AGAIN = "Choose places again"


@pytest.fixture
def link(
    visitor: Client, house: Performance, stripe_double: StripeDouble, live_tenant: TenantRecord
) -> str:
    """The page of a paid order for two seats."""
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    choose(visitor, house, 8, 9)
    review(visitor)
    pay = visitor.post("/checkout/pay/")["Location"]
    stripe_double.pay(visitor.get(pay)["Refresh"].rpartition("/")[2])
    address = pay.removesuffix("pay/")
    assert "You’re going!" in text_of(visitor.get(f"{address}?paid=1"))
    return address


def test_who_has_nothing_to_decide_goes_from_the_seats_to_the_details(
    visitor: Client, house: Performance
) -> None:
    visitor.get(f"/performances/{house.public_id}/?section=balcony")
    answer = visitor.post(
        f"/performances/{house.public_id}/choose/", {"section": "balcony", "place": [18, 19]}
    )
    assert answer["Location"] == "/checkout/"
    page = text_of(visitor.get("/checkout/"))
    assert 'aria-current="step"' in page
    assert page.count('class="steps__number"') == 3


def test_who_can_choose_a_kind_of_ticket_sees_the_cart_first(
    visitor: Client, house: Performance
) -> None:
    answer = visitor.post(
        f"/performances/{house.public_id}/choose/", {"section": "stalls", "place": [8]}
    )
    assert answer["Location"] == "/cart/"


def test_the_calendar_has_the_performance_at_its_moment_and_no_key_to_the_tickets(
    visitor: Client, house: Performance, link: str
) -> None:
    answer = visitor.get(f"{link}event.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (entry,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert entry.decoded("dtstart") == house.starts_at
    assert entry.decoded("dtend") == house.ends_at
    assert str(entry["summary"]) == "Hamlet"
    assert str(entry["location"]) == "Great Hall"
    assert "Stalls · Row B · Seat 3" in str(entry["description"])
    assert link.strip("/").split("/")[-1] not in answer.content.decode()
    again = visitor.get(f"{link}event.ics")
    assert Calendar.from_ical(again.content).walk("VEVENT")[0]["uid"] == entry["uid"]


def test_an_order_without_valid_tickets_has_no_calendar_and_sends_nothing(
    visitor: Client, house: Performance, stripe_double: StripeDouble, live_tenant: TenantRecord
) -> None:
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")
    assert visitor.get(f"{link}event.ics")["Location"] == link
    assert visitor.post(f"{link}resend/")["Location"] == link
    assert not Message.objects.exists()


def test_of_an_order_that_was_left_nobody_is_told_that_its_tickets_are_void(
    visitor: Client, house: Performance, stripe_double: StripeDouble, live_tenant: TenantRecord
) -> None:
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")
    visitor.post(f"{link}leave/")
    page = text_of(visitor.get(link))
    assert "It was not paid, and its places were given back. Nothing was charged." in page
    assert "not valid" not in page
    assert AGAIN in page


def test_places_are_offered_again_only_while_they_are_sold(
    visitor: Client, house: Performance, stripe_double: StripeDouble, live_tenant: TenantRecord
) -> None:
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")
    events.cancel_event(event_id=house.event_id, reason="fire", actor=OWNER)
    drain()
    page = text_of(visitor.get(link))
    assert "This order is cancelled" in page
    assert AGAIN not in page


def test_the_tickets_are_sent_again_to_the_address_that_ordered(
    visitor: Client, house: Performance, link: str
) -> None:
    drain()
    Message.objects.all().delete()

    answer = visitor.post(f"{link}resend/")
    assert answer["Location"] == f"{link}?mailed"
    assert "on their way to ada@example.org once more" in text_of(visitor.get(f"{link}?mailed"))
    visitor.post(f"{link}resend/")
    drain()

    # Asked twice within minutes: one mail.
    (message,) = Message.objects.all()
    assert (message.kind, message.to) == ("order_paid", "ada@example.org")


def test_who_asks_for_them_too_often_is_told_to_wait(
    visitor: Client, house: Performance, link: str
) -> None:
    statuses = [visitor.post(f"{link}resend/").status_code for _ in range(5)]
    assert statuses == [302, 302, 302, 429, 429]


def test_another_organizers_order_cannot_be_sent_from_here(
    visitor: Client, house: Performance, link: str, other_tenant: TenantRecord
) -> None:
    order_id = Order.objects.get().public_id
    assert current_schema() != other_tenant.schema_name
    with tenant_context(other_tenant.schema_name), pytest.raises(Exception, match="order"):
        notifications.send_tickets_again(order_id=order_id)


@pytest.mark.parametrize("look", list(OrderLook))
def test_whatever_becomes_of_an_order_its_page_says_it(
    house: Performance, link: str, look: OrderLook
) -> None:
    """A headline, a sentence, a chip; and no two states that look alike."""
    found = Order.objects.get()
    paid = order_pages.order_page(found, "token", returned=False, now=found.created_at)
    page = replace(paid, look=look)
    html = render_to_string("storefront/order.html", {"page": page})
    head = html.split('<header class="order-head">')[1].split("</header>")[0]
    assert head.count("<h1") == 1
    assert 'class="lede"' in head
    assert str(page.label) in html
