"""What is measured on: an organizer and performances on sale, made by the product's services."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from benchmarks.rig import BASE_DOMAIN, Rig
from eventflow.local.demo_plans.stadium_plan import stadium
from kernel import clock
from kernel.db import public_context, tenant_context
from public_apps.tenants import services as tenants
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events import services as events
from tenant_apps.events.domain import Limits, Texts
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.pricing import services as pricing
from tenant_apps.pricing.domain import PriceListDraft, TierDraft, ZoneDraft
from tenant_apps.venues import services as venues

SLUG = "arena"
SEED = 20_26
TIMEZONE = "Europe/Berlin"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """An organizer and the host that answers for it."""

    schema_name: str
    host: str


@dataclass(frozen=True, slots=True)
class Sale:
    """A performance on sale. Its seats have the ordinals from 0 to `seats`."""

    house: House
    performance_id: int
    public_id: str
    event_slug: str
    seats: int

    @property
    def live_path(self) -> str:
        return f"/live/performances/{self.public_id}"

    def token(self, session: str = "") -> str:
        """Return the token of a buyer's session, of a new one unless named."""
        return sessions.token_of(
            session or sessions.new_session(), schema_name=self.house.schema_name
        )


def house(slug: str = SLUG) -> House:
    """Make an organizer."""
    with public_context():
        made = tenants.provision_tenant(
            slug=slug, name=slug.title(), contact_email=f"box@{slug}.example", actor=SYSTEM
        )
    return House(made.schema_name, f"{slug}.{BASE_DOMAIN}")


@cache
def arena(rig: Rig) -> House:
    """Return the organizer that most figures are measured on."""
    return house()


@cache
def stadium_version(rig: Rig) -> int:
    """Return the published plan of 60,000 seats."""
    with tenant_context(arena(rig).schema_name):
        return publish(stadium(), name="Stadium")


@cache
def stadium_sale(rig: Rig, slug: str = "final") -> Sale:
    """Return the sale of 60,000 seats that most figures are measured on, or another like it."""
    house = arena(rig)
    with tenant_context(house.schema_name):
        return open_sale(house, stadium_version(rig), stadium(), slug=slug)


@cache
def half_sold(rig: Rig) -> Sale:
    """Return a sale of 60,000 seats of which every other one is taken, anywhere."""
    sale = stadium_sale(rig, slug="semi-final")
    taken = random.Random(SEED).sample(range(sale.seats), sale.seats // 2)
    with tenant_context(sale.house.schema_name):
        inventory.block_places(
            performance_id=sale.performance_id, ordinals=taken, reason="taken", actor=SYSTEM
        )
        inventory.load(sale.performance_id, again=True)
    return sale


@cache
def small_sale(rig: Rig) -> Sale:
    """Return a sale of 1,000 seats."""
    return put_on_sale(arena(rig), small_plan(), slug="chamber-music")


def small_plan(seats: int = 1_000) -> Json:
    """Return a plan of rows of fifty seats."""
    rows = [
        {
            "key": f"r{row}",
            "label": str(row + 1),
            "start": [200, 300 + 60 * row],
            "spacing": 50,
            "seats": [{"label": str(seat + 1)} for seat in range(50)],
        }
        for row in range(seats // 50)
    ]
    return {
        "format": "eventflow-plan/1",
        "name": "Hall",
        "size": {"width": 4000, "height": 4000},
        "seat_size": 40,
        "categories": [{"key": "seat", "name": "Seats", "colour": "#3b5bdb"}],
        "sections": [{"key": "stalls", "label": "Stalls", "category": "seat", "rows": rows}],
    }


def put_on_sale(at: House, document: Json, *, slug: str) -> Sale:
    """Publish a plan, an event and a performance with prices; on sale since yesterday."""
    with tenant_context(at.schema_name):
        return open_sale(at, publish(document, name=f"Plan of {slug}"), document, slug=slug)


def publish(document: Json, *, name: str) -> int:
    """Import a plan and publish it; the version's number."""
    venue = venues.create_venue(name=name, timezone=TIMEZONE, actor=SYSTEM)
    plan = venues.create_plan(venue_id=venue.pk, name=name, document=document, actor=SYSTEM)
    return venues.publish_plan(plan_id=plan.pk, actor=SYSTEM).pk


def open_sale(at: House, version_id: int, document: Json, *, slug: str) -> Sale:
    """Make an event with one performance of a published plan, with prices, and open its sale."""
    now = clock.now()
    event = events.create_event(
        texts=Texts(slug=slug, title=slug.title(), summary="", description="", language="en"),
        actor=SYSTEM,
    )
    performance = events.create_performance(
        event_id=event.pk,
        plan_version_id=version_id,
        timezone=TIMEZONE,
        starts_at=now + timedelta(days=7),
        ends_at=now + timedelta(days=7, hours=3),
        sale_opens_at=now - timedelta(days=1),
        limits=Limits(),
        actor=SYSTEM,
    )
    categories = tuple(category["key"] for category in document["categories"])
    price_list = pricing.create_price_list(
        draft=PriceListDraft(
            name=f"Prices of {slug}",
            currency="EUR",
            zones=(ZoneDraft("all", "All", "#3b5bdb", categories, {"adult": 4_000}),),
            tiers=(TierDraft("adult", "Adult"),),
        ),
        actor=SYSTEM,
    )
    pricing.use_price_list(performance_id=performance.pk, price_list_id=price_list.pk, actor=SYSTEM)
    events.publish_event(event_id=event.pk, actor=SYSTEM)
    inventory.load(performance.pk)
    found = Performance.objects.get(pk=performance.pk)
    return Sale(at, found.pk, found.public_id, slug, seats_of(document))


def seats_of(document: Json) -> int:
    """Count the seats in rows."""
    return sum(
        len(row["seats"]) for section in document["sections"] for row in section.get("rows", ())
    )
