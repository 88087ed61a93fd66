"""Cart, details, review, and time run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.money import Money
from tenant_apps.storefront.pages.parts import (
    FormField,
    PerformanceHead,
    Summary,
    Text,
    Timer,
    ZoneLegend,
)


@dataclass(frozen=True, slots=True)
class TierChoice:
    key: str
    name: str
    price: Money
    chosen: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class CartPlace:
    ordinal: int
    field: str
    name: str
    zone: ZoneLegend | None
    tiers: Sequence[TierChoice]
    total: Money
    notes: Sequence[Text] = ()

    @property
    def tier(self) -> TierChoice:
        return next(tier for tier in self.tiers if tier.chosen)


@dataclass(frozen=True, slots=True)
class CartGroup:
    """One performance in the cart, which is one hold."""

    head: PerformanceHead
    hold_id: str
    places: Sequence[CartPlace]
    update_url: str
    # Whether one press may find another seat beside them.
    takes_more: bool
    error: Text = ""


@dataclass(frozen=True, slots=True)
class CartPage:
    groups: Sequence[CartGroup]
    summary: Summary | None
    timer: Timer | None
    details_url: str
    home_url: str
    error: Text = ""


@dataclass(frozen=True, slots=True)
class ExpiredPage:
    """The time ran out. What was chosen can be tried again with one button."""

    head: PerformanceHead | None
    places: Sequence[str]
    again_url: str
    home_url: str
    kept_details: bool


@dataclass(frozen=True, slots=True)
class DetailsPage:
    fields: Sequence[FormField]
    groups: Sequence[CartGroup]
    summary: Summary
    timer: Timer | None
    form_url: str
    cart_url: str

    @property
    def errors(self) -> list[FormField]:
        return [one for one in self.fields if one.error]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    name: str
    email: str
    groups: Sequence[CartGroup]
    summary: Summary
    timer: Timer | None
    pay_url: str
    details_url: str
    cart_url: str
    seller: str
    free: bool = False
    error: Text = ""
