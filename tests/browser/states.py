"""Pages of the shop that few buyers see, each brought about as in life.

A function leaves the browser on its page; `STATES` says what that page's heading must then be.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client, override_settings
from playwright.sync_api import Page, expect

from kernel import clock
from public_apps.tenants import services as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import queries as checkout_queries
from tenant_apps.checkout import services as checkout
from tenant_apps.events import services as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.notifications import queries as notifications
from tenant_apps.notifications import services as notification_services
from tenant_apps.notifications.models import PlaceAlert
from tenant_apps.orders import queries as orders
from tenant_apps.orders.models import Order
from tenant_apps.payments.domain import StripeUnreachable
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing import suspicion
from tenant_apps.queueing.domain import Mode, RoomDraft
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.suspicion import Kind
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets import services as ticket_services
from tests.support.checkout import ANNA, BERT, cart, pay, start
from tests.support.http import client_at
from tests.support.performances import OWNER, make_event
from tests.support.queue import drain
from tests.support.stripe import DECLINED, StripeDouble
from tests.support.suspects import suspect
from tests.tenant_apps.storefront.conftest import open_house
from tests.tenant_apps.storefront.test_buying import ADA, choose, hold_id, inventory_session

NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Visit:
    """A visitor of a house that is on sale, and what the house's staff and Stripe can do."""

    house: Performance
    tenant: TenantRecord
    stripe: StripeDouble
    shop: str
    page: Page

    def open(self, path: str) -> None:
        self.page.goto(f"{self.shop}{path}")

    def open_event(self, performance: Performance | None = None) -> None:
        self.open(f"/events/{(performance or self.house).event.slug}/")

    def come_from(self, client: Client) -> None:
        """Go on in the browser as who a client without one has been."""
        self.page.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": self.shop}
                for name, morsel in client.cookies.items()
            ]
        )

    def order(self) -> Order:
        """Order two seats, and do not pay yet."""
        return orders.get_order(start(cart(self.house, [8, 9])).order_id)

    def paid(self) -> Order:
        order = self.order()
        pay(self.stripe, order.public_id)
        checkout.refresh_order(order_id=order.public_id)
        return order

    def open_order(self, order: Order, more: str = "") -> None:
        self.open(f"{checkout_queries.order_link(order)}{more}")


def after(minutes: int) -> Any:
    return clock.fixed(clock.now() + timedelta(minutes=minutes))


# Orders -----------------------------------------------------------------------------------------


def unpaid(visit: Visit) -> None:
    order = visit.order()
    pay(visit.stripe, order.public_id, DECLINED)
    visit.open_order(order)


def unpaid_without_stripe(visit: Visit) -> None:
    with override_settings(STRIPE_API_BASE=NOWHERE, STRIPE_MAX_RETRIES=0):
        with suppress(StripeUnreachable):
            visit.order()
        visit.open_order(Order.objects.get())
        visit.page.get_by_role("button", name="Pay €82.00").click()
        expect(visit.page.get_by_role("alert")).to_contain_text("does not answer")


def left_by_a_stranger(visit: Visit) -> None:
    visit.open_order(visit.order())
    visit.page.get_by_role("button", name="Go back and change places").click()
    expect(visit.page.get_by_role("alert")).to_be_visible()


def waiting(visit: Visit) -> None:
    visit.open_order(visit.order(), "?paid=1")


def used(visit: Visit) -> None:
    order = visit.paid()
    first, _ = tickets.valid_tickets_of_order(order.public_id)
    (token,) = tickets.tokens_of([first])
    ticket_services.redeem(token=token, actor=OWNER)
    visit.open_order(order, "?mailed")
    expect(visit.page.get_by_text("Used")).to_be_visible()


def expired(visit: Visit) -> None:
    order = visit.order()
    with after(16):
        checkout.end_overdue()
    visit.open_order(order)


def cancelled(visit: Visit) -> None:
    order = visit.order()
    checkout.leave_order(order_id=order.public_id, session=ANNA)
    visit.open_order(order)


def refunding(visit: Visit) -> None:
    order = visit.paid()
    checkout.refund_order(order_id=order.public_id, reason="rain", actor=OWNER)
    visit.open_order(order)


def refunded(visit: Visit) -> None:
    order = visit.paid()
    checkout.refund_order(order_id=order.public_id, reason="rain", actor=OWNER)
    drain()
    visit.open_order(order)


def paid_too_late(visit: Visit) -> None:
    order = visit.order()
    pay(visit.stripe, order.public_id)
    with override_settings(STRIPE_API_BASE=NOWHERE), after(60):
        checkout.end_overdue()
    cart(visit.house, [8], session=BERT)
    checkout.refresh_order(order_id=order.public_id)
    visit.open_order(order)


def to_payment(visit: Visit) -> None:
    """Stay where others see the payment page at once: it gives no answer to change to."""
    visit.page.route(f"{visit.stripe.base}/**", lambda route: route.fulfill(status=204))
    visit.open_order(visit.order(), "pay/")


# Carts ------------------------------------------------------------------------------------------


def lapsed(visit: Visit) -> None:
    client = client_at(visit.tenant)
    choose(client, visit.house, 8, 9)
    hold = hold_id(client)
    client.post("/checkout/", ADA)
    inventory.release_hold(
        performance_id=visit.house.pk, session=inventory_session(client), hold_id=hold
    )
    visit.come_from(client)
    visit.open("/cart/")


def lapsed_and_taken(visit: Visit) -> None:
    lapsed(visit)
    inventory.hold_places(performance_id=visit.house.pk, session=BERT, ordinals=[9])
    visit.page.get_by_role("button", name="Try to get the same places again").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("Somebody was faster")


def blocked(visit: Visit) -> None:
    entry = Entry(Verdict.BLOCKED, What.MAIL, ADA["email"], "a scalper")
    queueing.list_buyer(entry, actor=OWNER)
    client = client_at(visit.tenant)
    choose(client, visit.house, 8)
    client.get("/cart/")
    client.post("/checkout/", ADA)
    visit.come_from(client)
    visit.open("/checkout/review/")
    visit.page.get_by_role("button", name="Pay €41.00").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("cannot be placed online")


# Events -----------------------------------------------------------------------------------------


def cancelled_event(visit: Visit) -> None:
    events.cancel_event(event_id=visit.house.event_id, reason="fire", actor=OWNER)
    visit.open_event()


def past_event(visit: Visit) -> None:
    began = clock.now() - timedelta(days=2)
    past = open_house(
        venue="Old Hall", event=make_event("macbeth"), starts_at=began,
        ends_at=began + timedelta(hours=2), sale_opens_at=began - timedelta(days=7),
    )  # fmt: skip
    visit.open_event(past)
    visit.page.get_by_text("1 past date").click()


def event_that_opens_later(visit: Visit) -> None:
    later = open_house(
        venue="New Hall",
        event=make_event("macbeth"),
        sale_opens_at=clock.now() + timedelta(minutes=30),
    )
    queueing.set_room(performance_id=later.pk, draft=RoomDraft(mode=Mode.ON), actor=SYSTEM)
    visit.open_event(later)
    expect(visit.page.get_by_role("link", name="To the waiting room")).to_be_visible()
    expect(visit.page.get_by_text("Sale opens")).to_be_visible()


def sell_out(visit: Visit) -> None:
    inventory.block_places(
        performance_id=visit.house.pk, ordinals=range(46), reason="sold elsewhere", actor=OWNER
    )
    drain()


def sold_out_event(visit: Visit) -> None:
    sell_out(visit)
    visit.open_event()
    expect(visit.page.get_by_role("link", name="Notify me")).to_be_visible()


def sold_out_section(visit: Visit) -> None:
    sell_out(visit)
    visit.open(f"/performances/{visit.house.public_id}/?section=stalls")
    expect(visit.page.locator("[data-sold-out]")).to_be_visible()


def programme(visit: Visit) -> None:
    """An event that is cancelled and one that is over."""
    past_event(visit)
    events.cancel_event(event_id=visit.house.event_id, reason="fire", actor=OWNER)
    visit.open("/")


# Mails ------------------------------------------------------------------------------------------


def alert(visit: Visit) -> None:
    notification_services.alert_me(
        performance=visit.house, email=ADA["email"], places=2, locale="en"
    )
    visit.open(notifications.alert_link(PlaceAlert.objects.get()))


def alert_that_ended(visit: Visit) -> None:
    alert(visit)
    visit.page.get_by_role("button", name="Do not tell me").click()


def rubbish_as_address(visit: Visit) -> None:
    visit.open("/orders/")
    visit.page.get_by_label("Mail address").fill("ada@")
    visit.page.get_by_role("button", name="Send me the links").click()
    expect(visit.page.get_by_label("Mail address")).to_have_attribute("aria-invalid", "true")


# Refusals ---------------------------------------------------------------------------------------


def too_many_requests(visit: Visit) -> None:
    client = client_at(visit.tenant)
    while client.post("/orders/", {"email": ADA["email"]}).status_code != 429:
        pass
    visit.open("/orders/")
    visit.page.get_by_label("Mail address").fill(ADA["email"])
    visit.page.get_by_role("button", name="Send me the links").click()


def blocked_network(visit: Visit) -> None:
    suspect(visit.tenant.schema_name, Kind.PREFIX, "127.0.0.1", score=suspicion.BLOCK_FROM)
    # As without a script: with one the refusal is said on the page.
    visit.page.route("**/*.js", lambda route: route.abort())
    visit.open(f"/performances/{visit.house.public_id}/?section=stalls")
    visit.page.get_by_role("checkbox", name="Row B, seat 3").check(force=True)
    visit.page.get_by_role("button", name="Continue").click()


def gone(visit: Visit) -> None:
    events.cancel_event(event_id=visit.house.event_id, reason="fire", actor=OWNER)
    visit.open(f"/performances/{visit.house.public_id}/")


def form_without_cookie(visit: Visit) -> None:
    visit.open("/orders/")
    visit.page.context.clear_cookies()
    visit.page.get_by_label("Mail address").fill(ADA["email"])
    visit.page.get_by_role("button", name="Send me the links").click()


def suspended(visit: Visit) -> None:
    tenants.suspend(slug=visit.tenant.slug, reason="unpaid", actor=SYSTEM)
    visit.open("/")


STATES: dict[Callable[[Visit], None], str] = {
    unpaid: "Almost there",
    unpaid_without_stripe: "Almost there",
    left_by_a_stranger: "Almost there",
    waiting: "One moment, please",
    used: "You’re going!",
    expired: "This order has expired",
    cancelled: "This order is cancelled",
    refunding: "Your money is on its way back",
    refunded: "Refunded",
    paid_too_late: "Your payment came too late",
    to_payment: "Off to the payment page",
    lapsed: "Your time ran out",
    lapsed_and_taken: "Your time ran out",
    blocked: "Review and pay",
    cancelled_event: "Hamlet",
    past_event: "Hamlet",
    event_that_opens_later: "Hamlet",
    sold_out_event: "Hamlet",
    sold_out_section: "Hamlet",
    programme: "What’s on",
    alert: "Do not tell me",
    alert_that_ended: "You are not waiting any more",
    rubbish_as_address: "Find my order",
    too_many_requests: "One moment, please",
    blocked_network: "This is not open to you",
    gone: "This is over",
    form_without_cookie: "This page was open too long",
    suspended: "This shop is closed for now",
}
