"""A house with stalls, a balcony and a floor, on sale, and a visitor at its shop."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries as inventory
from tenant_apps.pricing.domain import FeeRule, TaxRule, TierDraft, ZoneDraft
from tenant_apps.venues import services as venues
from tests.support.http import client_at
from tests.support.performances import OWNER, give_prices, make_event, make_performance

SUMMARY = "The prince of Denmark."


def house_document() -> dict[str, Any]:
    def row(label: str, y: int, count: int, **more: Any) -> dict[str, Any]:
        seats = [{"label": str(number + 1)} for number in range(count)]
        return {
            "key": label.lower(),
            "label": label,
            "start": [100, y],
            "spacing": 50,
            "seats": seats,
            **more,
        }

    first = row("A", 100, 6)
    first["seats"][0]["attributes"] = ["wheelchair"]
    first["seats"][1]["attributes"] = ["companion"]
    first["seats"][5]["attributes"] = ["restricted_view"]
    return {
        "format": "eventflow-plan/1",
        "name": "House",
        "size": {"width": 4_000, "height": 4_000},
        "seat_size": 40,
        "categories": [
            {"key": "front", "name": "Front", "colour": "#aa0000"},
            {"key": "back", "name": "Back", "colour": "#0000aa"},
            {"key": "floor", "name": "Floor", "colour": "#00aa00"},
        ],
        "sections": [
            {
                "key": "stalls",
                "label": "Stalls",
                "category": "front",
                "rows": [first, row("B", 160, 6), row("C", 220, 6)],
            },
            {
                "key": "balcony",
                "label": "Balcony",
                "category": "back",
                "rows": [row("AA", 400, 4), row("BB", 460, 4)],
            },
        ],
        "areas": [
            {
                "key": "floor",
                "label": "Floor",
                "category": "floor",
                "capacity": 20,
                "polygon": [[100, 1000], [900, 1000], [900, 1800], [100, 1800]],
            }
        ],
    }


TIERS = (
    TierDraft("adult", "Adult"),
    TierDraft("child", "Child", "up to 14", max_per_order=2),
)
ZONES = (
    ZoneDraft("front", "Front", "#3b5bdb", ("front",), {"adult": 4_000, "child": 2_000}),
    ZoneDraft("back", "Back", "#0b7285", ("back",), {"adult": 2_500}),
    ZoneDraft("floor", "Floor", "#2f7d32", ("floor",), {"adult": 1_000}),
)


def open_house(**given: Any) -> Performance:
    """Put a performance in the house on sale."""
    venue = venues.create_venue(
        name=given.pop("venue", "Great Hall"), timezone="Europe/Berlin", actor=OWNER
    )
    plan = venues.create_plan(
        venue_id=venue.pk,
        name="House",
        actor=OWNER,
        document=given.pop("document", None) or house_document(),
    )
    version = venues.publish_plan(plan_id=plan.pk, actor=OWNER)
    event = given.pop("event", None) or make_event(summary=SUMMARY, description="To be.\n\nOr not.")
    prices = {"zones": ZONES, "tiers": TIERS, **given.pop("prices", {})}
    performance = make_performance(event, plan_version_id=version.pk, **given)
    prices.setdefault("fee", FeeRule(fixed_minor=100))
    prices.setdefault("tax", TaxRule("VAT", 700, included=True))
    give_prices(performance, **prices)
    inventory.forget_cached()
    return performance


@pytest.fixture
def house(live_tenant: TenantRecord) -> Performance:
    return open_house()


@pytest.fixture
def visitor(live_tenant: TenantRecord) -> Client:
    return client_at(live_tenant)
