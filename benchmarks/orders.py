"""An order from its details to its tickets: over HTTP, with a session at the Stripe double.

In two steps, so that each can be looked at: every buyer sends details and "Pay"; then Stripe's
signed webhook of every payment arrives, and the worker issues the tickets. The rate is that of
both together. The double is a program of ours that stands for Stripe's machines, so the processor
time that it takes from this machine is not counted.
"""

from __future__ import annotations

import os
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from uuid import uuid4

import orjson
from django.conf import settings
from django.http import HttpResponse

from benchmarks import pgbench, stage
from benchmarks.figures import Row, figure
from benchmarks.load import CannotMeasure, Load, Request, http_request, said_of, send, status
from benchmarks.rig import BASE_DOMAIN, Rig
from benchmarks.stage import Sale
from eventflow.local.stripe_double.webhooks import signature
from kernel.db import tenant_context
from tenant_apps.access.domain import SYSTEM
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.payments import services as payments
from tenant_apps.payments.domain import AttemptState
from tenant_apps.payments.models import Attempt
from tenant_apps.storefront.views import memory
from tenant_apps.storefront.views.memory import Memory, Part
from tenant_apps.tickets.models import Ticket

ORDERS = 600
FIRST = 32  # not counted: by them each process of web reads the plan and the prices
BUYERS = 16  # at once: one connection each
SEATS = 2
WITHIN_S = 120.0
DETAILS, PAY = 0, 1
CSRF = "c" * 32
NAME = "Ada Lovelace"


@figure
def orders(rig: Rig) -> Iterator[Row]:
    """Details sent -> pending with its session -> paid by a signed webhook -> tickets."""
    sale = stage.stadium_sale(rig, slug="concert")
    rig.start_stripe()
    rig.start_web()
    rig.start_worker()
    with tenant_context(sale.house.schema_name):
        payments.connect_account(account_id=f"acct_{stage.SLUG}", actor=SYSTEM)
        carts = [cart(sale, number) for number in range(FIRST + ORDERS)]
    at_once(rig, checkouts(sale, carts[:FIRST]))
    pay(rig, sale, FIRST)
    double_before_s = rig.processor_s("stripe")
    placed = at_once(rig, checkouts(sale, carts[FIRST:]))
    double_s = (rig.processor_s("stripe") - double_before_s) / (os.cpu_count() or 1)
    paid, paying_s = pay(rig, sale, ORDERS)
    rig.stop("worker")
    seconds = placed.seconds - double_s + paying_s
    with tenant_context(sale.house.schema_name):
        limit = pgbench.orders_per_s(rig, sale.house.schema_name)
    yield Row(
        what="order: details, payment session, signed webhook, tickets",
        ours=ORDERS / seconds,
        bar=100,
        times=placed[PAY],
        time_bars={"p95": 120},
        limit=limit,
        limit_is="pgbench writing the same rows",
        note=f"times of the checkout request, its call to the double included; {said_of(placed)}; "
        f"the double's {double_s / ORDERS * 1000:.1f} ms an order are not counted",
    )
    yield Row(
        what="… details and payment session alone",
        ours=ORDERS / (placed.seconds - double_s),
        times=placed[DETAILS],
        note="times of the details",
    )
    yield Row(
        what="… signed webhook and tickets alone",
        ours=ORDERS / paying_s,
        times=paid[0],
        note=f"times of the webhook; {said_of(paid)}",
    )


def at_once(rig: Rig, requests: Iterator[Request]) -> Load:
    """Send each request to web once, by as many connections as there are buyers."""
    return send(requests, port=rig.ports["web"], connections=BUYERS, seconds=WITHIN_S, once=True)


@dataclass(frozen=True, slots=True)
class Cart:
    """What a buyer's browser carries: before the details were typed, and after."""

    email: str
    before: str
    after: str


def cart(sale: Sale, number: int) -> Cart:
    """Hold two seats as a buyer of their own; in the tenant's schema."""
    session = sessions.new_session()
    seats = [number * SEATS, number * SEATS + 1]
    hold = inventory.hold_places(
        performance_id=sale.performance_id, session=session, ordinals=seats
    )
    remembered = Memory(visited=[sale.public_id])
    remembered.parts = {hold.hold_id: Part(sale.public_id, dict.fromkeys(seats, "adult"))}
    before = cookies(sale, session, remembered)
    remembered.name, remembered.email = NAME, f"buyer-{number}@example.org"
    return Cart(remembered.email, before, cookies(sale, session, remembered))


def cookies(sale: Sale, session: str, remembered: Memory) -> str:
    """Return the Cookie header of a browser that has this cart."""
    jar: SimpleCookie = memory.keep(HttpResponse(), remembered).cookies
    values = {
        settings.CART_COOKIE_NAME: jar[settings.CART_COOKIE_NAME].value,
        settings.BUYER_COOKIE_NAME: sale.token(session),
        settings.CSRF_COOKIE_NAME: CSRF,
    }
    return "; ".join(f"{name}={value}" for name, value in values.items())


def checkouts(sale: Sale, carts: list[Cart]) -> Iterator[Request]:
    """Each buyer sends the details and then asks to pay."""
    for number, each in enumerate(carts):
        fields = {"name": NAME, "email": each.email}
        sent = form(sale, "/checkout/", each.before, fields)
        yield Request(number % BUYERS, sent, status(302), DETAILS)
        yield Request(
            number % BUYERS, form(sale, "/checkout/pay/", each.after, {}), status(302), PAY
        )


def form(sale: Sale, path: str, carried: str, fields: dict[str, str]) -> bytes:
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": CSRF, **fields}).encode()
    return http_request(
        "POST",
        path,
        host=sale.house.host,
        headers={"Cookie": carried, "Content-Type": "application/x-www-form-urlencoded"},
        body=body,
    )


def pay(rig: Rig, sale: Sale, count: int) -> tuple[Load, float]:
    """Send the webhook of every payment; the requests, and the seconds until the last ticket."""
    with tenant_context(sale.house.schema_name):
        attempts = list(Attempt.objects.filter(state=AttemptState.OPEN).order_by("pk"))
        if len(attempts) != count:
            raise CannotMeasure(f"{len(attempts)} of {count} orders have a payment session.")
        asked = [webhook(number, attempt) for number, attempt in enumerate(attempts)]
        before, started_at = Ticket.objects.count(), time.monotonic()
        sent = at_once(rig, iter(asked))
        wait_for(lambda: Ticket.objects.count() - before >= count * SEATS)
        return sent, time.monotonic() - started_at


def webhook(number: int, attempt: Attempt) -> Request:
    """Write what Stripe sends when a session was paid, signed as Stripe signs it."""
    session = {
        "id": attempt.session_id,
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "client_reference_id": attempt.public_id,
        "metadata": attempt.parameters["metadata"],
        "payment_intent": f"pi_{uuid4().hex}",
        "amount_total": attempt.amount_minor,
        "currency": attempt.currency.lower(),
    }
    event = {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": "checkout.session.completed",
        "account": attempt.stripe_account,
        "data": {"object": session},
    }
    body = orjson.dumps(event)
    signed = signature(body, settings.STRIPE_WEBHOOK_SECRET, int(time.time()))
    return Request(
        number % BUYERS,
        http_request(
            "POST",
            "/webhooks/stripe/",
            host=BASE_DOMAIN,
            headers={"Stripe-Signature": signed},
            body=body,
        ),
        status(200),
    )


def wait_for(is_so: Callable[[], bool]) -> None:
    """Look every 20 ms until it is so. Refuses with CannotMeasure after a while."""
    give_up_at = time.monotonic() + WITHIN_S
    while not is_so():
        if time.monotonic() > give_up_at:
            raise CannotMeasure(f"The tickets were not there after {WITHIN_S:.0f} s.")
        time.sleep(0.02)
