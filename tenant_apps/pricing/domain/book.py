"""A price book: everything that the price of a choice depends on, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kernel.money import Money, exponent_of

THREE_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class BookZone:
    """Places that cost the same: one or more of the plan's categories."""

    key: str
    name: str
    colour: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookTier:
    """Who pays how much: adults, under 16, groups. `max_per_order` None means no limit."""

    key: str
    name: str
    description: str = ""
    min_per_order: int = 0
    max_per_order: int | None = None


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What is added to each ticket that costs something, and once to each order that does."""

    fixed_minor: int = 0
    basis_points: int = 0
    per_order_minor: int = 0


@dataclass(frozen=True, slots=True)
class TaxRule:
    """The one rate of a list, on prices and fees alike: contained in them, or on top."""

    name: str = ""
    basis_points: int = 0
    included: bool = True


NO_FEE = FeeRule()
NO_TAX = TaxRule()


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The prices of one performance. `prices` is by (zone key, tier key), in minor units."""

    currency: str
    zones: tuple[BookZone, ...]
    tiers: tuple[BookTier, ...]
    prices: Mapping[tuple[str, str], int]
    fee: FeeRule = NO_FEE
    tax: TaxRule = NO_TAX
    max_places: int = 200
    # By plan category and by tier key, made here so that a quote does not search.
    zone_of: Mapping[str, BookZone] = field(init=False, compare=False, repr=False)
    tier_of: Mapping[str, BookTier] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        zones = {category: zone for zone in self.zones for category in zone.categories}
        tiers = {tier.key: tier for tier in self.tiers}
        object.__setattr__(self, "prices", MappingProxyType(dict(self.prices)))
        object.__setattr__(self, "zone_of", MappingProxyType(zones))
        object.__setattr__(self, "tier_of", MappingProxyType(tiers))

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self.currency)

    def tiers_of(self, zone: BookZone) -> list[BookTier]:
        """Return the tiers that are offered in the zone, in the list's order."""
        return [tier for tier in self.tiers if (zone.key, tier.key) in self.prices]


def step_of(currency: str) -> int:
    """Return the smallest difference between two amounts that can be charged, in minor units.

    Cards are charged in tens of the minor unit where the currency has three decimals:
    https://docs.stripe.com/currencies#three-decimal
    """
    return 10 if exponent_of(currency) == THREE_DECIMALS else 1
