"""What the rare pages are of, brought about in a demo that runs, by the services it runs by.

`manage.py shell` runs this beside the demo, so that its worker, its Stripe double and its Valkey
do their part.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import httpx
from django.conf import settings
from django.test import override_settings

from benchmarks.screenshots.photographer import BLOCKED_MAIL
from eventflow.local.demo import DEMO
from kernel import addresses, clock, valkey
from kernel.db import public_context, tenant_context
from public_apps.tenants import services as tenants
from public_apps.tenants.models import Tenant
from tenant_apps.checkout import queries as checkout_queries
from tenant_apps.checkout import services as checkout
from tenant_apps.events import services as events
from tenant_apps.events.models import Performance
from tenant_apps.orders import queries as orders
from tenant_apps.payments import queries as payments
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing import suspicion
from tenant_apps.queueing.domain import Mode, RoomDraft
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.suspicion import Kind
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets import services as ticket_services
from tests.support.checkout import cart, start
from tests.support.shop import PAID
from tests.support.stripe import REFUND_FAILS

PATIENCE_S = 30
NOWHERE = override_settings(STRIPE_API_BASE="http://127.0.0.1:9", STRIPE_MAX_RETRIES=0)
# A room that lets nobody in while the pictures are taken.
ROOM = RoomDraft(mode=Mode.ON, most_inside=1, lease_seconds=3_600)
HOUR_MS = 3_600_000

_sessions = (f"somebody-{number}" for number in count(1))


def prepare() -> None:
    """Bring them about, and print their paths by name, as JSON."""
    paths: dict[str, str] = {}
    with tenant_context(_schema_of("aurora")):
        entry = Entry(Verdict.BLOCKED, What.MAIL, BLOCKED_MAIL, "resells")
        queueing.list_buyer(entry, actor=DEMO)
        paths |= _orders(_performances("the-tempest")[0])
        open_now, opens_later, *_ = _performances("peter-and-the-wolf")
        paths["room"] = _full_room(open_now)
        paths["room-before"] = _room_before_the_sale(opens_later)
    with tenant_context(schema_name := _schema_of("pulse")):
        paths["proof"] = _full_room(_performances("open-decks")[0])
        for here in ("127.0.0.1", "::1"):
            network = suspicion.key_of(schema_name, Kind.PREFIX, addresses.prefix_of(here))
            valkey.limits_client().set(network, suspicion.ASK_FROM, px=HOUR_MS)
    tenants.provision_tenant(slug="harbour", name="Harbour Stage", actor=DEMO)
    tenants.suspend(slug="harbour", reason="unpaid", actor=DEMO)
    print(json.dumps(paths))


def _schema_of(slug: str) -> str:
    with public_context():
        return Tenant.objects.get(slug=slug).schema_name


def _performances(event: str) -> list[Performance]:
    found = Performance.objects.filter(event__slug=event).select_related("event")
    return list(found.order_by("starts_at"))


# Orders -------------------------------------------------------------------------------------------


def _orders(performance: Performance) -> dict[str, str]:
    """Make an order of two places in each state; the paths of their pages."""
    pairs = ([first, first + 1] for first in count(0, 2))
    made = {
        "order-used": _used,
        "order-expired": _expired,
        "order-cancelled": _cancelled,
        "order-refunding": _refunding,
        "order-refunded": _refunded,
        "order-too-late": _paid_too_late,
    }
    return {
        name: checkout_queries.order_link(orders.get_order(make(performance, next(pairs))))
        for name, make in made.items()
    }


def _order(performance: Performance, pair: list[int], session: str = "") -> str:
    session = session or next(_sessions)
    return start(cart(performance, pair, session=session), session=session).order_id


def _pay(order_id: str, card: str = PAID) -> None:
    attempt = payments.attempt_of_order(order_id)
    assert attempt is not None
    address = f"{settings.STRIPE_API_BASE}/_double/sessions/{attempt.session_id}/pay"
    httpx.post(address, json={"card": card}, trust_env=False).raise_for_status()


def _paid(performance: Performance, pair: list[int], card: str = PAID) -> str:
    order_id = _order(performance, pair)
    _pay(order_id, card)
    checkout.refresh_order(order_id=order_id)
    return order_id


def _used(performance: Performance, pair: list[int]) -> str:
    order_id = _paid(performance, pair)
    first, _ = tickets.valid_tickets_of_order(order_id)
    ticket_services.redeem(token=tickets.tokens_of([first])[0], actor=DEMO)
    return order_id


def _expired(performance: Performance, pair: list[int]) -> str:
    order_id = _order(performance, pair)
    with clock.fixed(clock.now() + timedelta(hours=1)):
        checkout.expire_order(order_id=order_id)
    return order_id


def _cancelled(performance: Performance, pair: list[int]) -> str:
    session = next(_sessions)
    order_id = _order(performance, pair, session)
    checkout.leave_order(order_id=order_id, session=session)
    return order_id


def _refunding(performance: Performance, pair: list[int]) -> str:
    """An order whose refund did not arrive, so that it stays on its way."""
    order_id = _paid(performance, pair, REFUND_FAILS)
    checkout.refund_order(order_id=order_id, reason="rain", actor=DEMO)
    history = orders.get_order(order_id).history
    _wait(lambda: history.filter(note="refund failed").exists())
    return order_id


def _refunded(performance: Performance, pair: list[int]) -> str:
    order_id = _paid(performance, pair)
    checkout.refund_order(order_id=order_id, reason="rain", actor=DEMO)
    _wait(lambda: orders.get_order(order_id).state == "refunded")
    return order_id


def _paid_too_late(performance: Performance, pair: list[int]) -> str:
    """Given up while Stripe could not be asked; paid when somebody else had the places."""
    order_id = _order(performance, pair)
    with NOWHERE, clock.fixed(clock.now() + timedelta(hours=1)):
        checkout.expire_order(order_id=order_id)
    cart(performance, pair, session=next(_sessions))
    _pay(order_id)
    _wait(lambda: orders.get_order(order_id).state == "refunded")
    return order_id


def _wait(is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at, "the worker did not do its part"
        time.sleep(0.2)


# Waiting rooms ------------------------------------------------------------------------------------


def _full_room(performance: Performance) -> str:
    """Put a room for one in front of a sale, with one inside and others in line."""
    queueing.set_room(performance_id=performance.pk, draft=ROOM, actor=DEMO)
    rules = queueing.find_open_rules(performance.pk)
    assert rules is not None
    for session in [next(_sessions) for _ in range(24)]:
        queueing.join(rules, session=session, free_places=lambda: 100)
    return f"/performances/{performance.public_id}/"


def _room_before_the_sale(performance: Performance) -> str:
    opens_at = clock.now() + timedelta(hours=3)
    events.update_performance(
        performance_id=performance.pk,
        times=replace(performance.times, sale_opens_at=opens_at),
        limits=performance.limits,
        timezone=performance.timezone,
        actor=DEMO,
    )
    return f"{_full_room(performance)}room/"
