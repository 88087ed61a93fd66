"""How often each page and operation asks the database does not depend on how much there is.

Two organizers: one has little, the other more of everything. Each is asked the same at its own
host; who asks more often where there is more asks once for each row. A new address or operation
that `test_every_address.py` does not know fails here by name, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import queries as links
from tenant_apps.events.models import Performance
from tenant_apps.orders.models import OrderLine
from tenant_apps.pricing import services as pricing
from tenant_apps.pricing.models import PriceList
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.domain.reviews import Pointing
from tenant_apps.queueing.domain.rules import Rule
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets import services as ticket_services
from tenant_apps.tickets.domain import TicketLine
from tests.isolation.belongings import Belongings, fill
from tests.isolation.test_every_address import (
    ADDRESSES,
    FORMS,
    OPERATIONS,
    api_request,
    filled,
    path_of,
)
from tests.support.api import api_client
from tests.support.checkout import connect
from tests.support.orders import place_order
from tests.support.people import signed_in_member
from tests.support.performances import make_performance
from tests.support.sale import put_on_sale
from tests.support.stripe import StripeDouble

MORE = 4
OF_THE_HOST = re.compile(r'FROM "tenants_(?:tenant|domain)"')
PAGES = [
    (route, name) for group in ADDRESSES.values() for site, route, name in group if site == "tenant"
]
# These show something of the sale, or the comparison would be one of refusals.
SHOWN = {
    "storefront:home", "storefront:event", "storefront:seats", "storefront:cart",
    "storefront:details", "storefront:review", "storefront:order", "storefront:order_pdf",
    "console:overview", "console:orders", "console:order", "console:performances",
    "console:reviews", "console:review", "console:listings",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request went, and how many queries it took."""

    status: int
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Houses:
    """The one with little, and the one with more."""

    small: Belongings
    large: Belongings

    def compare(self, ask: Callable[[Belongings], HttpResponseBase]) -> tuple[Asked, Asked]:
        return counted(lambda: ask(self.small)), counted(lambda: ask(self.large))


@pytest.fixture
def houses(
    live_tenant: TenantRecord, other_tenant: TenantRecord, stripe_double: StripeDouble
) -> Houses:
    both = Houses(fill(live_tenant, "aurora"), fill(other_tenant, "borealis"))
    grow(both.large)
    for house, places in ((both.small, (1,)), (both.large, range(1, 2 + MORE))):
        with tenant_context(house.tenant.schema_name):
            connect(stripe_double)
        fill_cart(house, places)
    return both


def grow(house: Belongings) -> None:
    """Give the house more of everything that a page may list, and an order with more lines."""
    with tenant_context(house.tenant.schema_name):
        performance = Performance.objects.select_related("event").get(
            public_id=house.ids["performance_id"]
        )
        prices = PriceList.objects.order_by("pk").first()
        assert prices is not None
        for number in range(MORE):
            another = make_performance(
                performance.event,
                plan_version_id=performance.plan_version_id,
                starts_at=clock.now() + timedelta(days=8 + number),
            )
            pricing.use_price_list(performance_id=another.pk, price_list_id=prices.pk, actor=SYSTEM)
            put_on_sale()
            more = place_order(performance, (10 + number,), email=f"more-{number}@example.org")
            queueing.open_review(order_ref=more.public_id, why=Pointing((Rule.SNIPING,)))
            queueing.list_buyer(
                Entry(Verdict.TRUSTED, What.MAIL, f"more-{number}@example.org", "a friend"),
                actor=SYSTEM,
            )
        order = place_order(performance, range(20, 21 + MORE), email=house.forms["buyer_email"])
        queueing.open_review(order_ref=order.public_id, why=Pointing((Rule.HOARDING,)))
        issued = ticket_services.issue_tickets(
            order_ref=order.public_id,
            lines=[
                TicketLine(
                    line_ref=line.public_id, performance_id=performance.pk, ordinal=line.ordinal,
                    place_name=line.place_name, holder_name=order.name,
                )
                for line in order.lines.all()
            ],
        )  # fmt: skip
        house.ids |= {
            "order_id": order.public_id,
            "ticket_id": issued[0].public_id,
            "link": links.order_link(order).strip("/").split("/")[-1],
            "code": tickets.token_of(issued[0]),
        }
    for number in range(MORE):
        signed_in_member(house.tenant, email=f"member-{number}@borealis.example")
        api_client(house.tenant)


def fill_cart(house: Belongings, places: tuple[int, ...] | range) -> None:
    """Let the browser choose places and say who buys."""
    headers = {"host": house.tenant.primary_host, "accept": "text/html"}
    performance = f"/performances/{house.ids['performance_id']}/"
    for path, form in (
        (f"{performance}choose/", {"section": "stalls", "place": [str(each) for each in places]}),
        ("/checkout/", {"name": "Ada Lovelace", "email": "ada@example.org"}),
    ):
        answer = house.browser.post(path, form, headers=headers)
        assert answer.status_code == 302, (path, answer.status_code)


def counted(ask: Callable[[], HttpResponseBase]) -> Asked:
    """Ask, read the whole answer, and note every query that it took.

    Not those that find the organizer: a process keeps that for seconds, so it is chance who asks.
    """
    with CaptureQueriesContext(connection) as seen:
        answer = ask()
        if answer.streaming:
            b"".join(answer)
    statements = (query["sql"] for query in seen.captured_queries)
    return Asked(
        answer.status_code,
        tuple(statement for statement in statements if not OF_THE_HOST.search(statement)),
    )


def page(method: str, route: str, name: str) -> Callable[[Belongings], HttpResponseBase]:
    """Return how a house's own browser asks for a page."""

    def ask(house: Belongings) -> HttpResponseBase:
        path = path_of(route, house)
        headers = {"host": house.tenant.primary_host, "accept": "text/html"}
        house.browser.raise_request_exception = False
        if method == "POST":
            return house.browser.post(path, filled(FORMS.get(name, {}), house), headers=headers)
        return house.browser.get(path, headers=headers)

    return ask


def growth(what: str, small: Asked, large: Asked) -> str:
    """Say what grows; nothing when nothing does."""
    assert small.status == large.status, f"{what}: {small.status} and {large.status}"
    assert small.status < 500, f"{what}: {small.status}"
    if len(large.queries) <= len(small.queries):
        return ""
    more = Counter(map(shape, large.queries)) - Counter(map(shape, small.queries))
    return (
        f"{what}: {len(small.queries)} queries became {len(large.queries)}: {more.most_common(3)}"
    )


def shape(statement: str) -> str:
    """Return a statement without its values, and not all of it."""
    return re.sub(r"'[^']*'|\b\d+\b", "?", statement)[:400]


def test_no_page_asks_once_for_each_row(houses: Houses) -> None:
    grown, shown = [], set()
    # "Pay" before what empties the cart.
    posted = sorted(PAGES, key=lambda page: page[1] != "storefront:pay")
    for method, pages in (("GET", PAGES), ("POST", posted)):
        for route, name in pages:
            if method == "GET":
                # What a process has read once it keeps: plans and price lists never change.
                houses.compare(page(method, route, name))
            small, large = houses.compare(page(method, route, name))
            grown.append(growth(f"{method} {route}", small, large))
            if (method, large.status) == ("GET", 200):
                shown.add(name)
    assert shown >= SHOWN, f"refused, so nothing was compared: {sorted(SHOWN - shown)}"
    assert not any(grown), "\n".join(filter(None, grown))


def test_no_operation_of_the_api_asks_once_for_each_row(houses: Houses) -> None:
    grown = []
    for group in OPERATIONS.values():
        for path, method, operation in group:

            def ask(house: Belongings) -> HttpResponseBase:
                address, body = api_request(path, method, operation, house)  # noqa: B023
                return house.api.ask(method.upper(), address, body)  # noqa: B023

            grown.append(growth(f"{method} {path}", *houses.compare(ask)))
    assert not any(grown), "\n".join(filter(None, grown))


def test_a_query_for_each_row_is_found(houses: Houses) -> None:
    """If this test fails, the ones above prove nothing."""

    def look(house: Belongings) -> HttpResponseBase:
        from django.http import HttpResponse

        with tenant_context(house.tenant.schema_name):
            return HttpResponse([line.performance.public_id for line in OrderLine.objects.all()])

    assert "queries became" in growth("a page", *houses.compare(look))
