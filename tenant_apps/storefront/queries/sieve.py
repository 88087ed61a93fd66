"""Which places a buyer's filter lets through."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tenant_apps.events.models import Performance
from tenant_apps.inventory.domain.best import Wish
from tenant_apps.pricing import queries as pricing
from tenant_apps.storefront.pages.seating import WHEELCHAIR_NEED, SeatFilter
from tenant_apps.storefront.queries.parts import Zones, zones_of
from tenant_apps.venues.domain import ACCESSIBLE, NEEDS


@dataclass(frozen=True, slots=True)
class Sieve:
    """A filter in the plan's own words. None lets everything through."""

    categories: frozenset[str] | None
    # Of which a seat must have one.
    attributes: frozenset[str] | None

    def takes(self, category: str, attributes: Collection[str]) -> bool:
        """Whether the place can be had by this filter."""
        return self.may_take({category}, attributes)

    def may_take(self, categories: Collection[str], attributes: Collection[str]) -> bool:
        """Whether there may be such a place among those that have these between them."""
        return (self.categories is None or not self.categories.isdisjoint(categories)) and (
            self.attributes is None or not self.attributes.isdisjoint(attributes)
        )


def sieve_of(chosen: SeatFilter, zones: Zones) -> Sieve:
    """Return the filter; what there is not in this house lets everything through."""
    return Sieve(_categories(chosen, zones), _attributes(chosen.need))


def wish_of(performance: Performance, chosen: SeatFilter, *, count: int, section: str) -> Wish:
    """Return what the best seats are looked for by."""
    zone = zones_of(pricing.price_book(performance.pk)).by_letter(chosen.price)
    is_wheelchair = chosen.need == WHEELCHAIR_NEED
    return Wish(
        count=count,
        zone=zone.key if zone else "",
        section=section,
        price_most=chosen.price_most,
        accessible=is_wheelchair,
        attribute=chosen.need if chosen.need in NEEDS else "",
    )


def _categories(chosen: SeatFilter, zones: Zones) -> frozenset[str] | None:
    most = chosen.price_most
    if most is not None:
        wanted = {zone for zone in zones.all if zone.price.amount_minor <= most}
    else:
        zone = zones.by_letter(chosen.price)
        if zone is None:
            return None
        wanted = {zone}
    return frozenset(key for key, zone in zones.of_category.items() if zone in wanted)


def _attributes(need: str) -> frozenset[str] | None:
    if need == WHEELCHAIR_NEED:
        return ACCESSIBLE
    return frozenset({need}) if need in NEEDS else None
