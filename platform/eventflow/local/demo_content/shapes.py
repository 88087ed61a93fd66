"""What an organizer of the demo is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eventflow.local.demo_views import DemoView
from tenant_apps.events.domain import Limits, Texts
from tenant_apps.events.domain.sale import USUAL_LIMITS
from tenant_apps.pricing.domain import PriceListDraft


@dataclass(frozen=True, slots=True)
class House:
    """A venue and its one plan."""

    key: str
    name: str
    address: str
    plan_name: str
    draw: Callable[[], dict[str, Any]]
    views: Sequence[DemoView] = ()


@dataclass(frozen=True, slots=True)
class Date:
    """One performance. The sale has been open for weeks, or opens soon, or in some days."""

    day: int
    start: str
    minutes: int
    doors_minutes_before: int = 45
    opens_soon: bool = False
    opens_day: int = -30


@dataclass(frozen=True, slots=True)
class Show:
    """An event with its dates. `sell_out` has every place taken by orders, free ones only."""

    texts: Texts
    house: str
    prices: str
    dates: tuple[Date, ...]
    cancelled_because: str = ""
    sell_out: bool = False
    limits: Limits = USUAL_LIMITS


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Organizer:
    slug: str
    name: str
    colour: str
    currency: str
    country: str
    timezone: str
    # Whether it has an account at Stripe; without one only free tickets are sold.
    takes_cards: bool
    people: tuple[Person, ...]
    houses: tuple[House, ...]
    prices: tuple[PriceListDraft, ...]
    shows: tuple[Show, ...]


def people(slug: str, owner: str, staff: str) -> tuple[Person, ...]:
    return (
        Person(owner, f"owner@{slug}.example", "owner"),
        Person(staff, f"staff@{slug}.example", "staff"),
    )


def paragraphs(*parts: str) -> str:
    return "\n\n".join(parts)
