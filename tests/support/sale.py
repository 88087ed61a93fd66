"""A performance on sale, made by the product's own services on a small published plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from kernel import clock
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events import services as events
from tenant_apps.events.domain import Limits, Texts
from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries as inventory
from tenant_apps.pricing import services as pricing
from tenant_apps.pricing.domain import FeeRule, PriceListDraft, TaxRule, TierDraft, ZoneDraft
from tenant_apps.venues import services as venues

ROWS = 3
SEATS = 8
AREA = 10
# Ordinals: rows from the front, left to right; then the area.
ROW_A = range(SEATS)
ROW_B = range(SEATS, 2 * SEATS)
FLOOR = range(ROWS * SEATS, ROWS * SEATS + AREA)


def hall_plan(rows: int = ROWS, seats: int = SEATS, area: int = AREA) -> dict[str, Any]:
    """Return a plan of rows of seats (category "seat") and one standing area ("floor")."""
    document: dict[str, Any] = {
        "format": "eventflow-plan/1",
        "name": "Hall",
        "size": {"width": 4000, "height": 4000},
        "seat_size": 40,
        "categories": [
            {"key": "seat", "name": "Seats", "colour": "#3b5bdb"},
            {"key": "floor", "name": "Floor", "colour": "#0b7285"},
        ],
        "sections": [
            {
                "key": "stalls",
                "label": "Stalls",
                "category": "seat",
                "rows": [
                    {
                        "key": f"r{row}",
                        "label": chr(ord("A") + row),
                        "start": [200, 300 + 60 * row],
                        "spacing": 50,
                        "seats": [{"label": str(seat + 1)} for seat in range(seats)],
                    }
                    for row in range(rows)
                ],
            }
        ],
    }
    if area:
        document["areas"] = [
            {
                "key": "floor",
                "label": "Floor",
                "category": "floor",
                "capacity": area,
                "polygon": [[200, 2500], [900, 2500], [900, 3000], [200, 3000]],
            }
        ]
    return document


def put_on_sale(
    document: dict[str, Any] | None = None,
    *,
    adult: int = 4_000,
    child: int = 2_000,
    limits: Limits | None = None,
    fee: FeeRule | None = None,
    tax: TaxRule | None = None,
    currency: str = "EUR",
    opens_in: timedelta = -timedelta(days=1),
    starts_in: timedelta = timedelta(days=7),
) -> Performance:
    """Publish a plan, an event and a performance with prices; on sale since yesterday."""
    now = clock.now()
    name = uuid4().hex[:10]
    venue = venues.create_venue(name=f"House {name}", timezone="Europe/Berlin", actor=SYSTEM)
    plan = venues.create_plan(
        venue_id=venue.pk, name="Hall", document=document or hall_plan(), actor=SYSTEM
    )
    version = venues.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    event = events.create_event(
        texts=Texts(
            slug=f"hamlet-{name}", title="Hamlet", summary="", description="", language="en"
        ),
        actor=SYSTEM,
    )
    performance = events.create_performance(
        event_id=event.pk,
        plan_version_id=version.pk,
        timezone="Europe/Berlin",
        starts_at=now + starts_in,
        ends_at=now + starts_in + timedelta(hours=3),
        sale_opens_at=now + opens_in,
        limits=limits or Limits(),
        actor=SYSTEM,
    )
    prices = {"adult": adult, "child": child}
    price_list = pricing.create_price_list(
        draft=PriceListDraft(
            name="Prices",
            currency=currency,
            zones=(
                ZoneDraft("seat", "Seats", "#3b5bdb", ("seat",), prices),
                ZoneDraft("floor", "Floor", "#0b7285", ("floor",), prices),
            ),
            tiers=(TierDraft("adult", "Adult"), TierDraft("child", "Child")),
            fee=fee or FeeRule(),
            tax=tax or TaxRule(),
        ),
        actor=SYSTEM,
    )
    pricing.use_price_list(performance_id=performance.pk, price_list_id=price_list.pk, actor=SYSTEM)
    events.publish_event(event_id=event.pk, actor=SYSTEM)
    inventory.forget_cached()
    return Performance.objects.select_related("event").get(pk=performance.pk)


def tiers(ordinals: Sequence[int], tier: str = "adult") -> dict[int, str]:
    """Return the same tier for every place."""
    return dict.fromkeys(ordinals, tier)
