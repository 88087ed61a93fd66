from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kernel import ids, money
from tenant_apps.events.models import Performance
from tenant_apps.pricing.domain.drafts import (
    AMOUNT_MOST,
    CATEGORY_MAX,
    DESCRIPTION_MAX,
    FEE_BASIS_POINTS_MOST,
    KEY_MAX,
    NAME_MAX,
    PER_ORDER_MOST,
    TAX_BASIS_POINTS_MOST,
)

ONE_CATEGORY = "one_zone_per_category"


def new_price_list_id() -> str:
    return ids.new("prl")


def new_zone_id() -> str:
    return ids.new("zon")


def new_tier_id() -> str:
    return ids.new("tir")


class PriceList(models.Model):
    """Zones, tiers and prices that performances use; fees and the tax that come with them."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_price_list_id)
    name = models.CharField(max_length=NAME_MAX)
    currency = models.CharField(max_length=3)
    fee_fixed_minor = models.BigIntegerField(default=0)
    fee_basis_points = models.PositiveIntegerField(default=0)
    order_fee_minor = models.BigIntegerField(default=0)
    tax_name = models.CharField(max_length=NAME_MAX, blank=True)
    tax_basis_points = models.PositiveIntegerField(default=0)
    tax_included = models.BooleanField(default=True)
    # One more with each change: who keeps a copy knows by it whether the copy still holds.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(currency__in=sorted(money.EXPONENTS)), name="price_list_currency_known"
            ),
            models.CheckConstraint(
                condition=Q(fee_fixed_minor__range=(0, AMOUNT_MOST))
                & Q(order_fee_minor__range=(0, AMOUNT_MOST))
                & Q(fee_basis_points__lte=FEE_BASIS_POINTS_MOST),
                name="price_list_fees_bounded",
            ),
            models.CheckConstraint(
                condition=Q(tax_basis_points__lte=TAX_BASIS_POINTS_MOST),
                name="price_list_tax_bounded",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    """Places that cost the same: one or more categories of the plan."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_zone_id)
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="zones")
    key = models.CharField(max_length=KEY_MAX)
    name = models.CharField(max_length=NAME_MAX)
    colour = models.CharField(max_length=7)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("price_list", "key"), name="one_zone_per_key"),
            # The target of the composite keys below.
            models.UniqueConstraint(fields=("id", "price_list"), name="zone_in_its_list"),
            models.CheckConstraint(
                condition=Q(colour__regex=r"^#[0-9a-f]{6}$"), name="zone_colour_is_hex"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ZoneCategory(models.Model):
    """One category of the plan, in one zone of the list at most."""

    # A composite foreign key of the database ties zone and list together: 0002.
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="+")
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="categories")
    category = models.CharField(max_length=CATEGORY_MAX)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("price_list", "category"), name=ONE_CATEGORY),
        )

    def __str__(self) -> str:
        return self.category


class Tier(models.Model):
    """Who pays how much: adults, under 16, groups of ten."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_tier_id)
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="tiers")
    key = models.CharField(max_length=KEY_MAX)
    name = models.CharField(max_length=NAME_MAX)
    description = models.CharField(max_length=DESCRIPTION_MAX, blank=True)
    min_per_order = models.PositiveSmallIntegerField(default=0)
    max_per_order = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("price_list", "key"), name="one_tier_per_key"),
            models.UniqueConstraint(fields=("id", "price_list"), name="tier_in_its_list"),
            models.CheckConstraint(
                condition=Q(min_per_order__lte=PER_ORDER_MOST)
                & (
                    Q(max_per_order__isnull=True)
                    | Q(max_per_order__range=(1, PER_ORDER_MOST))
                    & Q(max_per_order__gte=F("min_per_order"))
                ),
                name="tier_limits_in_order",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a tier pays in a zone, before fees; without a row it is not sold there."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="+")
    tier = models.ForeignKey(Tier, on_delete=models.CASCADE, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("zone", "tier"), name="one_price_per_zone_and_tier"),
            models.CheckConstraint(
                condition=Q(amount_minor__range=(0, AMOUNT_MOST)), name="price_bounded"
            ),
        )

    def __str__(self) -> str:
        return f"{self.zone_id}/{self.tier_id}: {self.amount_minor}"


class PerformancePricing(models.Model):
    """Which price list a performance is sold by."""

    performance = models.OneToOneField(
        Performance, on_delete=models.PROTECT, related_name="pricing", primary_key=True
    )
    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="uses")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.performance_id} by {self.price_list_id}"
