"""Something to sell: an event with a performance on a small plan, and its prices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kernel import clock
from tenant_apps.access.domain import EVERYTHING, Actor
from tenant_apps.events import services as events
from tenant_apps.events.domain import Texts
from tenant_apps.events.models import Event, Performance
from tenant_apps.pricing import services as pricing
from tenant_apps.pricing.domain import PriceListDraft, TierDraft, ZoneDraft
from tenant_apps.venues import services as venues
from tenant_apps.venues.models import PlanVersion, Venue

OWNER = Actor(kind="member", ref="mbr_owner", name="Olive Owner", permissions=EVERYTHING)
STRANGER = Actor(kind="buyer", ref="", name="buyer", permissions=frozenset())


def make_plan_version(categories: dict[str, int] | None = None) -> PlanVersion:
    """Publish a hall with one row for each category, of so many seats, in that order."""
    wanted = categories or {"front": 4, "back": 6}
    number = Venue.objects.count() + 1
    venue = venues.create_venue(name=f"House {number}", timezone="Europe/Berlin", actor=OWNER)
    plan = venues.create_plan(
        venue_id=venue.pk, name="Hall", actor=OWNER, document=hall_document(wanted)
    )
    return venues.publish_plan(plan_id=plan.pk, actor=OWNER)


def hall_document(categories: dict[str, int]) -> dict[str, Any]:
    """Draw a hall with one row for each category, of so many seats."""
    return {
        "format": "eventflow-plan/1",
        "name": "Hall",
        "size": {"width": 20_000, "height": 2_000},
        "seat_size": 40,
        "categories": [
            {"key": key, "name": key.capitalize(), "colour": "#aa0000"} for key in categories
        ],
        "sections": [
            {
                "key": "hall",
                "label": "Hall",
                "rows": [
                    {
                        "key": f"row-{key}",
                        "label": "ABCDEFGH"[place],
                        "start": [100, 100 + 60 * place],
                        "spacing": 50,
                        "category": key,
                        "seats": [{"label": str(seat + 1)} for seat in range(count)],
                    }
                    for place, (key, count) in enumerate(categories.items())
                ],
            }
        ],
    }


def make_event(slug: str = "hamlet", **texts: Any) -> Event:
    """Make a draft of an event."""
    return events.create_event(texts=Texts(slug=slug, title="Hamlet", **texts), actor=OWNER)


def make_performance(
    event: Event | None = None, *, published: bool = True, **given: Any
) -> Performance:
    """Make a performance a week from now, on sale since yesterday unless said otherwise."""
    now = clock.now()
    starts_at = given.pop("starts_at", now + timedelta(days=7))
    plan_version_id = given.pop("plan_version_id", None) or make_plan_version().pk
    event = event or make_event()
    performance = events.create_performance(
        event_id=event.pk,
        plan_version_id=plan_version_id,
        timezone=given.pop("timezone", "Europe/Berlin"),
        starts_at=starts_at,
        ends_at=given.pop("ends_at", starts_at + timedelta(hours=3)),
        sale_opens_at=given.pop("sale_opens_at", now - timedelta(days=1)),
        actor=OWNER,
        **given,
    )
    if published:
        event.refresh_from_db()
        if event.state == "draft":
            events.publish_event(event_id=event.pk, actor=OWNER)
        else:
            events.publish_performance(performance_id=performance.pk, actor=OWNER)
        performance.refresh_from_db()
    return performance


def price_list_draft(**changes: Any) -> PriceListDraft:
    """Write down a list that prices the categories of `make_plan_version`."""
    whole: dict[str, Any] = {
        "name": "Usual prices",
        "currency": "EUR",
        "zones": (
            ZoneDraft("front", "Front", "#3b5bdb", ("front",), {"adult": 4_000, "child": 2_000}),
            ZoneDraft("back", "Back", "#0b7285", ("back",), {"adult": 2_500}),
        ),
        "tiers": (TierDraft("adult", "Adult"), TierDraft("child", "Child", "under 16")),
    }
    return PriceListDraft(**{**whole, **changes})


def give_prices(performance: Performance, **changes: Any) -> int:
    """Have the performance sold by a new price list; the list's database id."""
    price_list = pricing.create_price_list(draft=price_list_draft(**changes), actor=OWNER)
    pricing.use_price_list(performance_id=performance.pk, price_list_id=price_list.pk, actor=OWNER)
    return price_list.pk
