"""Pieces that several pages need: moments, heads, zones, timers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from kernel.money import Money
from tenant_apps.events.models import Event, Performance
from tenant_apps.inventory.domain import Hold
from tenant_apps.pricing import domain as pricing
from tenant_apps.pricing.domain import PriceBook
from tenant_apps.storefront.pages.parts import (
    PerformanceHead,
    Poster,
    TierPrice,
    Timer,
    When,
    ZoneLegend,
)


def when_of(performance: Performance, at: datetime) -> When:
    """Return a moment on the clock of the performance's place."""
    return When(at, performance.timezone)


def poster_of(event: Event) -> Poster:
    return Poster(seed=event.public_id)


def event_url(event: Event) -> str:
    return reverse("storefront:event", args=[event.slug])


def seats_url(performance: Performance) -> str:
    return reverse("storefront:seats", args=[performance.public_id])


def alert_url(performance: Performance) -> str:
    return reverse("storefront:alert", args=[performance.public_id])


def head_of(performance: Performance) -> PerformanceHead:
    """Return what heads the pages about a performance; its event and venue are fetched with it."""
    return PerformanceHead(
        public_id=performance.public_id,
        title=performance.event.title,
        event_url=event_url(performance.event),
        seats_url=seats_url(performance),
        when=when_of(performance, performance.starts_at),
        venue=performance.plan_version.plan.venue.name,
        poster=poster_of(performance.event),
    )


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of a price list: in order, and by the plan's category."""

    all: tuple[ZoneLegend, ...]
    of_category: Mapping[str, ZoneLegend]
    # What an order that costs something costs once, all in.
    order_fee: Money | None = None

    def by_letter(self, letter: str) -> ZoneLegend | None:
        return next((zone for zone in self.all if zone.letter == letter), None)

    def prices(self, categories: Iterable[str]) -> list[Money]:
        """Return the prices of these categories' first tiers, the lowest first."""
        zones = {self.of_category[key] for key in categories if key in self.of_category}
        return sorted({zone.price for zone in zones}, key=lambda price: price.amount_minor)


def zones_of(book: PriceBook) -> Zones:
    """Return the zones that have a price, each with its tiers, all in."""
    zones: list[ZoneLegend] = []
    of_category: dict[str, ZoneLegend] = {}
    for book_zone in book.zones:
        tiers = pricing.zone_prices(book, book_zone)
        if not tiers:
            continue
        zone = ZoneLegend(
            index=len(zones),
            key=book_zone.key,
            name=book_zone.name,
            tiers=tuple(TierPrice(tier.name, price, tier.description) for tier, price in tiers),
        )
        zones.append(zone)
        of_category.update(dict.fromkeys(book_zone.categories, zone))
    return Zones(tuple(zones), of_category, pricing.order_fee(book))


def timer_of(holds: Iterable[Hold]) -> Timer:
    """Return the time until the first of the holds ends; none left when there is no hold."""
    running = sorted(holds, key=lambda hold: hold.expires_at)
    urls = [reverse(f"storefront:{name}") for name in ("extend", "cart", "again")]
    if not running:
        return Timer(None, 0, 0, *urls)
    first = running[0]
    extensions = min(hold.extensions_left for hold in running)
    return Timer(first.expires_at, first.seconds_left, extensions, *urls)
